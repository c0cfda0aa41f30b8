"""The demo's server: a process of its own on a fresh database, which it removes when it ends.

It ends when its standard input does, so it cannot outlive the demo, however that ends.
"""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from kempelen import bootstrap
from kempelen.domain.people import WorkerClass
from kempelen.edges import accounts
from kempelen.operations.app import App
from kempelen.testing.server import Server

PORT = 8800
PREPAID = "500.00"
VISITOR = "visitor"
SETTINGS = {"worker_classes.default": "any"}


class ServerFailed(Exception):
    """The server did not start, or did not go on; the message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A running server and the accounts that were made on it; `tokens` are the workers'."""

    url: str
    access_key_id: str
    secret_access_key: str
    tokens: list[str]
    visitor: str
    visitor_password: str


@contextlib.contextmanager
def running(worker_count: int) -> Iterator[tuple[Site, "subprocess.Popen[str]"]]:
    """Start the server with accounts for so many workers; end it and its database afterwards."""
    # In a session of its own, so that Ctrl-C reaches only us: the server is then told to end.
    process = subprocess.Popen(  # noqa: S603 - this Python, this module
        [sys.executable, "-m", __name__, str(worker_count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield _introduced(process), process
        finally:
            _end(process)


def _introduced(process: "subprocess.Popen[str]") -> Site:
    """What the server says when it is ready."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        message = "The demo's server did not start. What it wrote above says why."
        raise ServerFailed(message)
    return Site(**json.loads(line))


def _end(process: "subprocess.Popen[str]") -> None:
    """Let the server put everything away; impatience must not leave half of it behind."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if process.stdin:
            process.stdin.close()
        process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def serve(worker_count: int) -> None:
    """Be the server: introduce it in one line, then run until the standard input ends."""
    bootstrap.configure_logging()
    signal.signal(signal.SIGTERM, _leave)
    with (
        tempfile.TemporaryDirectory(prefix="kempelen-demo-") as folder,
        _listening(Path(folder) / "kempelen.db") as server,
        contextlib.suppress(BrokenPipeError),
    ):
        site = _with_accounts(server, worker_count)
        sys.stdout.write(f"{json.dumps(site)}\n")
        sys.stdout.flush()
        sys.stdin.read()


def _leave(signal_number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + signal_number)


def _listening(database: Path) -> Server:
    """A server at the usual port, or at a free one when somebody else is there."""
    try:
        return Server(database, overrides=SETTINGS, port=PORT)
    except OSError:
        return Server(database, overrides=SETTINGS)


def _with_accounts(server: Server, worker_count: int) -> dict[str, object]:
    """Make the accounts: a prepaid requester, the simulated crowd, and a person who looks in."""
    app = server.app
    requester = accounts.add_requester(app, "Bird watchers", PREPAID)
    password = app.ids.password()
    human = accounts.NewWorker(name=VISITOR, worker_class=WorkerClass.HUMAN)
    accounts.add_worker(app, human, password)
    return {
        "url": server.url,
        "access_key_id": requester.access_key_id,
        "secret_access_key": requester.secret_access_key,
        "tokens": [_simulated_worker(app, number) for number in range(worker_count)],
        "visitor": VISITOR,
        "visitor_password": password,
    }


def _simulated_worker(app: App, number: int) -> str:
    wanted = accounts.NewWorker(name=f"crowd-{number}", worker_class=WorkerClass.SIMULATED)
    return accounts.add_worker(app, wanted, None).token


if __name__ == "__main__":
    serve(int(sys.argv[1]))
