"""Several server processes behind one port: started, watched, and replaced one after the other.

The port belongs to the process that watches, so that it answers however many of the others come
and go. They share nothing but that and the database.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

POLL_SECONDS = 0.1
# A process that dies younger than this is not replaced at once, lest they die in a row.
YOUTH_SECONDS = 5.0
START_SECONDS_MAX = 60.0

Serve = Callable[[Callable[[], None]], None]


class Processes:
    """A number of processes that serve until a signal asks them to stop."""

    def __init__(self, count: int, serve: Serve) -> None:
        """`serve` runs in each process; it calls what it is given when it can answer requests."""
        self._count = count
        self._serve = serve
        self._started: dict[int, float] = {}
        self._is_stopping = False
        self._is_to_be_replaced = False

    def run(self, ready: Callable[[], None]) -> int:
        """Serve; returns when everything has ended. `ready` is called when all answer requests.

        SIGTERM and SIGINT stop, and SIGHUP replaces one process after the other.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._replace)
        for _ in range(self._count):
            if not self._is_stopping and not self._start():
                self._end()
                return 1
        ready()
        while not self._is_stopping:
            time.sleep(POLL_SECONDS)
            self._reap()
            if self._is_to_be_replaced:
                self._is_to_be_replaced = False
                self._replace_all()
            if len(self._started) < self._count and not self._is_stopping:
                self._start()
        self._end()
        return 0

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_stopping = True

    def _replace(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._is_to_be_replaced = True

    def _start(self) -> bool:
        """Start a process and wait until it answers; False when it does not."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._be_a_child(writing)
        os.close(writing)
        self._started[child] = time.monotonic()
        with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor has no path
            is_ready = pipe.read(1) != b""
        if not is_ready:
            self._reap()
        return is_ready

    def _be_a_child(self, writing: int) -> NoReturn:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

        def ready() -> None:
            os.write(writing, b".")
            os.close(writing)

        code = 1
        try:
            self._serve(ready)
            code = 0
        except KeyboardInterrupt:
            code = 0
        except BaseException as error:  # noqa: BLE001 - whatever it is, it ends this process only
            print(f"kempelen: a process ended: {error!r}", file=sys.stderr)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _replace_all(self) -> None:
        """Replace every process: the next one answers before the last one is asked to leave."""
        for old in list(self._started):
            if self._is_stopping or not self._start():
                return
            _send(old, signal.SIGTERM)
            while old in self._started and not self._is_stopping:
                time.sleep(POLL_SECONDS)
                self._reap()

    def _reap(self) -> None:
        """Take note of the processes that have ended."""
        for child, started in list(self._started.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended == 0:
                continue
            del self._started[child]
            code = os.waitstatus_to_exitcode(status)
            if code == 0 or self._is_stopping:
                continue
            print(f"kempelen: process {child} ended with code {code}", file=sys.stderr, flush=True)
            if time.monotonic() - started < YOUTH_SECONDS:
                time.sleep(1)

    def _end(self) -> None:
        """Ask every process to stop, and wait for them."""
        self._is_stopping = True
        for child in self._started:
            _send(child, signal.SIGTERM)
        while self._started:
            self._reap()
            time.sleep(POLL_SECONDS)


def _send(child: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def when(condition: Callable[[], bool], call: Callable[[], None]) -> None:
    """Call something, from a thread, as soon as a condition holds."""

    def watch() -> None:
        while not condition():
            time.sleep(0.01)
        call()

    threading.Thread(target=watch, name="readiness", daemon=True).start()
