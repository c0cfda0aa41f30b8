"""Several server processes behind one port: started, watched, and replaced one after the other.

The port belongs to the process that watches, so that it answers however many of the others come
and go. Each of them runs the command line anew, with whatever version of the program is installed
then, and finds what it shares with the first one through the environment.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

VARIABLE = "KEMPELEN_PROCESS"
POLL_SECONDS = 0.1
# A process that dies younger than this is not replaced at once, lest they die in a row.
YOUTH_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What one of several processes shares with the first: the port, and two pipes."""

    listener: socket.socket
    _ready: int
    _lifeline: int

    def serve(self, run: Callable[[], None], *, is_started: Callable[[], bool]) -> None:
        """Run a server that says when it has started, and ends when the first process does."""
        # For the terminal that closes, or for all processes of a group: the first one hears it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        threading.Thread(target=self._tell, args=(is_started,), daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        run()

    def _tell(self, is_started: Callable[[], bool]) -> None:
        while not is_started():
            time.sleep(0.01)
        os.write(self._ready, b".")
        os.close(self._ready)

    def _watch(self) -> None:
        os.read(self._lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)


def own_place() -> Place | None:
    """The place of this process, if it is one of several and not the first."""
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    port, ready, lifeline = map(int, given.split(","))
    return Place(listener=socket.socket(fileno=port), _ready=ready, _lifeline=lifeline)


class Processes:
    """A number of processes that serve until a signal asks them to stop."""

    def __init__(self, count: int, arguments: Sequence[str], listener: socket.socket) -> None:
        """Each will run `kempelen` with these arguments."""
        self._count = count
        self._command = [sys.executable, "-m", "kempelen.cli", *arguments]
        self._listener = listener
        self._started: dict[subprocess.Popen[bytes], float] = {}
        self._is_stopping = False
        self._is_to_be_replaced = False

    def run(self, ready: Callable[[], None]) -> int:
        """Serve; returns when everything has ended. `ready` is called when all answer requests.

        SIGTERM and SIGINT stop, and SIGHUP replaces one process after the other.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._replace)
        with _pipe() as (self._lifeline, _):
            try:
                return self._run(ready)
            finally:
                self._end()

    def _run(self, ready: Callable[[], None]) -> int:
        for _ in range(self._count):
            if not self._is_stopping and not self._start():
                return 1
        if not self._is_stopping:
            ready()
        while not self._is_stopping:
            time.sleep(POLL_SECONDS)
            self._reap()
            if self._is_to_be_replaced:
                self._is_to_be_replaced = False
                self._replace_all()
            if len(self._started) < self._count and not self._is_stopping:
                self._start()
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_stopping = True

    def _replace(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_to_be_replaced = True

    def _start(self) -> bool:
        """Start a process and wait until it answers; False when it does not."""
        with _pipe() as (reading, writing):
            shared = (self._listener.fileno(), writing, self._lifeline)
            child = subprocess.Popen(  # noqa: S603 - this very program
                self._command,
                env={**os.environ, VARIABLE: ",".join(map(str, shared))},
                pass_fds=shared,
            )
            self._started[child] = time.monotonic()
            os.close(writing)
            is_ready = os.read(reading, 1) != b""
        if not is_ready:
            child.wait()
            self._reap()
        return is_ready

    def _replace_all(self) -> None:
        """Replace every process: the next one answers before the last one is asked to leave."""
        for old in list(self._started):
            if self._is_stopping or not self._start():
                return
            old.terminate()
            while old in self._started and not self._is_stopping:
                time.sleep(POLL_SECONDS)
                self._reap()

    def _reap(self) -> None:
        """Take note of the processes that have ended."""
        for child, started in list(self._started.items()):
            code = child.poll()
            if code is None:
                continue
            del self._started[child]
            if code == 0 or self._is_stopping:
                continue
            told = f"kempelen: process {child.pid} ended with code {code}"
            print(told, file=sys.stderr, flush=True)
            if time.monotonic() - started < YOUTH_SECONDS:
                time.sleep(1)

    def _end(self) -> None:
        """Ask every process to stop, and wait for them."""
        self._is_stopping = True
        for child in self._started:
            child.terminate()
        for child in self._started:
            child.wait()


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe, closed afterwards unless they are already."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                os.close(end)
