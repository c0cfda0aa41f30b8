"""The only place that asks what time it is; and datetimes as integer microseconds, both ways.

Rules are given the time. Only `operations.dispatch`, the edges and the loops hold a Clock.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_PER_DAY = 86_400
_MICROS_PER_SECOND = 1_000_000
# Up to the year 2096 a float of seconds is exact to the microsecond, and twice as quick.
_EXACT_MICROS = 4_000_000_000_000_000


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """The time as an aware datetime in UTC; never earlier than an answer before it."""


class SystemClock:
    """The time of the machine, except that it never goes back while the process lives."""

    def __init__(self) -> None:
        """Start with the present."""
        self._last = datetime.now(UTC)

    def now(self) -> datetime:
        """The machine's time, or the latest answer when the machine was set back."""
        # Two threads may race here; the loser's answer is then older by microseconds only, as
        # it would be had that thread been suspended after its return.
        present = datetime.now(UTC)
        if present < self._last:
            return self._last
        self._last = present
        return present


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        """Stand at `start`, which must be aware."""
        self._lock = threading.Lock()
        self._now = _utc(start)

    def now(self) -> datetime:
        """Where the clock stands."""
        return self._now

    def advance(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        microseconds: float = 0,
    ) -> datetime:
        """Move forward and say where the clock stands then; ValueError for a step back."""
        step = timedelta(
            days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds
        )
        with self._lock:
            return self._move(self._now + step)

    def set(self, moment: datetime) -> datetime:
        """Move to a moment, which must not be in the clock's past (ValueError)."""
        with self._lock:
            return self._move(_utc(moment))

    def _move(self, moment: datetime) -> datetime:
        if moment < self._now:
            message = f"A clock cannot go back from {self._now} to {moment}."
            raise ValueError(message)
        self._now = moment
        return moment


class OffsetClock:
    """The machine's time plus an offset that can only grow, for trying out what time does."""

    def __init__(self) -> None:
        """Start without an offset."""
        self._lock = threading.Lock()
        self._system = SystemClock()
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The machine's time and the offset."""
        return self._system.now() + self._offset

    def advance(self, seconds: float) -> datetime:
        """Let the offset grow and say what time it is then; ValueError when it would shrink."""
        if not seconds >= 0:
            message = f"A clock cannot go back: advance by 0 seconds or more, not {seconds}."
            raise ValueError(message)
        with self._lock:
            offset = self._offset + timedelta(seconds=seconds)
            # Raises OverflowError beyond the year 9999, and then the clock is left as it was.
            moment = self._system.now() + offset
            self._offset = offset
        return moment


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime; TypeError for a naive one."""
    since = moment - EPOCH
    return (since.days * _SECONDS_PER_DAY + since.seconds) * _MICROS_PER_SECOND + since.microseconds


def from_micros(value: int) -> datetime:
    """The aware datetime in UTC of microseconds since 1970."""
    if 0 <= value < _EXACT_MICROS:
        return datetime.fromtimestamp(value / _MICROS_PER_SECOND, UTC)
    return EPOCH + timedelta(microseconds=value)


def monotonic() -> float:
    """Seconds from an unknown start, for measuring how long something took."""
    return time.monotonic()


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = f"The moment {moment} has no time zone. Use an aware datetime."
        raise ValueError(message)
    return moment.astimezone(UTC)
