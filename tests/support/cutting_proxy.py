"""Between a program and a PostgreSQL server: cuts the connection around a commit when told to."""

import contextlib
import socket
import threading
from pathlib import Path

COMMIT = b"COMMIT\0"
DONE = b"COMMIT\0"


class CuttingProxy:
    """A socket in a folder of its own that leads to another one.

    `cut` is what happens to the next commits, one after the other: "before" it reaches the server,
    or "after" it was carried out and before that is told.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self.cut: list[str] = []
        self.connections = 0
        self._server = server / ".s.PGSQL.5432"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(64)
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Let go of everything."""
        for each in (self._listener, *self._sockets):
            _close(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            self._sockets += [client, server]
            way = _Way(self, client, server)
            threading.Thread(target=way.there, daemon=True).start()
            threading.Thread(target=way.back, daemon=True).start()


class _Way:
    """One connection through the proxy."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server = server
        self.is_to_be_cut = False

    def there(self) -> None:
        """From the program to the server."""
        with contextlib.suppress(OSError):
            while data := self.client.recv(65536):
                if COMMIT in data and self.proxy.cut:
                    if self.proxy.cut.pop(0) == "before":
                        break
                    self.is_to_be_cut = True
                self.server.sendall(data)
        self._end()

    def back(self) -> None:
        """From the server to the program."""
        with contextlib.suppress(OSError):
            while data := self.server.recv(65536):
                if self.is_to_be_cut and DONE in data:
                    break
                self.client.sendall(data)
        self._end()

    def _end(self) -> None:
        _close(self.client)
        _close(self.server)


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
