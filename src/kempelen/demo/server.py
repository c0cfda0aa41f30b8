"""Starting and ending the demo's server, a process of its own; `serving` is its inside."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

PREPAID = "500.00"


class ServerFailed(Exception):
    """The server did not start, or did not go on; the message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A running server and the accounts that were made on it.

    `workers` has the WorkerId, the name and the token of each member of the crowd.
    """

    url: str
    database: str
    access_key_id: str
    secret_access_key: str
    webhook_secret: str
    workers: list[dict[str, str]]
    visitor: str
    visitor_password: str


@contextlib.contextmanager
def running(worker_count: int, webhook: str) -> Iterator[tuple[Site, "subprocess.Popen[str]"]]:
    """Start the server with accounts for so many workers; end it and its database afterwards.

    `webhook` is the address on this machine that it may notify.
    """
    # In a session of its own, so that Ctrl-C reaches only us: the server is then told to end.
    process = subprocess.Popen(  # noqa: S603 - this Python, our module
        [sys.executable, "-m", "kempelen.demo.serving", str(worker_count), PREPAID, webhook],
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
