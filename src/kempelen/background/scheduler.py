"""The loop that does what is due. It decides nothing; correctness never waits for it."""

import threading

import structlog

from kempelen.background import files
from kempelen.clock import monotonic
from kempelen.operations import sweeping
from kempelen.operations.app import App

PAUSE_SECONDS = 1.0
FORGET_SECONDS = 3600.0
_log = structlog.get_logger("kempelen.scheduler")


class Scheduler:
    """One thread that runs due work until it is stopped."""

    def __init__(self, app: App) -> None:
        """Prepare; nothing runs before `start`."""
        self._app = app
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work at hand."""
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        forgot_at = monotonic()
        while not self._stopping.wait(self._pause()):
            try:
                sweeping.run_due(self._app)
                files.remove_dropped(self._app)
                if monotonic() - forgot_at >= FORGET_SECONDS:
                    forgot_at = monotonic()
                    sweeping.forget_old(self._app)
            except Exception:  # noqa: BLE001 - the loop outlives every fault
                _log.exception("the scheduler will try again")

    def _pause(self) -> float:
        """Until the next due time, at most a second: a nearer one may be set meanwhile."""
        try:
            wait = sweeping.seconds_until_due(self._app)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("the scheduler will try again")
            return PAUSE_SECONDS
        return PAUSE_SECONDS if wait is None else min(max(wait, 0.02), PAUSE_SECONDS)
