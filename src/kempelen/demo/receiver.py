"""The requester's receiver of notifications: a webhook that believes only what is signed."""

import contextlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from kempelen.clock import monotonic
from kempelen.demo import loopback

BYTES_MAX = 65_536


class Inbox:
    """The events that arrived, each counted once however often it was delivered."""

    def __init__(self) -> None:
        """Trust nobody before `expect` names the secret."""
        self.address = ""
        self._secret = b""
        self._seen: set[str] = set()
        self._events: Counter[str] = Counter()
        self._arrived = threading.Condition()

    def expect(self, secret: str) -> None:
        """Believe documents that are signed with this secret."""
        self._secret = secret.encode()

    def wait(self, event_type: str, count: int, seconds: float) -> int:
        """Wait until so many events of a type have arrived, or the time is over; how many have."""
        until = monotonic() + seconds
        with self._arrived:
            while self._events[event_type] < count:
                if not self._arrived.wait(max(0.0, until - monotonic())):
                    break
            return self._events[event_type]

    def take(self, timestamp: str, signature: str, body: bytes) -> bool:
        """Note a document; False when it is not signed as it should be."""
        wanted = hmac.digest(self._secret, timestamp.encode() + b"." + body, "sha256").hex()
        if not self._secret or not hmac.compare_digest(wanted, signature):
            return False
        document = json.loads(body)
        with self._arrived:
            if document["EventDocId"] not in self._seen:
                self._seen.add(document["EventDocId"])
                self._events.update(event["EventType"] for event in document["Events"])
                self._arrived.notify_all()
        return True


@contextlib.contextmanager
def served() -> Iterator[Inbox]:
    """An inbox at an address of this machine."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        """Answers 204 to what is signed, 403 to everything else."""

        server_version = "BirdWatchers"
        sys_version = ""

        def do_POST(self) -> None:
            """Hand a document over."""
            body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), BYTES_MAX))
            is_taken = inbox.take(
                self.headers.get("X-Timestamp", ""),
                self.headers.get("X-Signature-SHA256", ""),
                body,
            )
            self.send_response(HTTPStatus.NO_CONTENT if is_taken else HTTPStatus.FORBIDDEN)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet: the terminal belongs to the demo."""

    with loopback.served(Handler) as address:
        inbox.address = f"{address}/events"
        yield inbox
