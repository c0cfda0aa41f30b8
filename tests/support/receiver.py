"""An HTTP server that keeps what it is sent, and misbehaves when a test wants it."""

import http.server
import queue
import threading
from typing import NamedTuple

WAIT_SECONDS = 30


class Received(NamedTuple):
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """An HTTP server that keeps what it is sent, and answers as `behaviour` says by path."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[Received] = queue.Queue()
        self.behaviour: dict[str, str] = {}
        self.resume = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.arrived.put(Received(self.path, dict(self.headers), body))
                place = self.path.partition("?")[0]
                receiver.answer(self, receiver.behaviour.get(place, "200"))

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, path: str = "/hook") -> str:
        """The address of a path."""
        return f"http://{self.place}{path}"

    def answer(self, handler: http.server.BaseHTTPRequestHandler, behaviour: str) -> None:
        """Behave."""
        try:
            if behaviour == "slow":
                self.resume.wait(WAIT_SECONDS)
                behaviour = "200"
            if behaviour == "endless":
                self._go_on(handler)
                return
            if behaviour == "trickle":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not self.resume.wait(0.05):
                    handler.wfile.write(b"x")
                return
            if behaviour == "nonsense":
                handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
                return
            handler.send_response(int(behaviour))
            if behaviour.startswith("3"):
                handler.send_header("Location", self.url("/elsewhere"))
            handler.send_header("Content-Length", "2")
            handler.end_headers()
            handler.wfile.write(b"ok")
        except OSError:
            pass

    def next(self) -> Received:
        """What arrives next."""
        return self.arrived.get(timeout=WAIT_SECONDS)

    def close(self) -> None:
        """Go away."""
        self.resume.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @staticmethod
    def _go_on(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65_536)
