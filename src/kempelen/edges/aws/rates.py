"""How often requesters may call the API: a bucket of tokens for readings and one for writings.

Each process counts for itself.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from kempelen.clock import monotonic

READINGS_PER_SECOND: Final = 50
WRITINGS_PER_SECOND: Final = 20
BUCKETS_MAX: Final = 10_000


class Rates:
    """The buckets of everybody who called lately; a full one holds the tokens of a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Begin with full buckets."""
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, bool], tuple[float, float]] = OrderedDict()

    def admits(self, requester_id: str, *, writes: bool, number: int = 1) -> bool:
        """Whether a call of so many requests may be made now; it is counted if so.

        A call of many requests may leave a bucket in debt.
        """
        size = WRITINGS_PER_SECOND if writes else READINGS_PER_SECOND
        now = self._clock()
        with self._lock:
            tokens, filled_at = self._buckets.pop((requester_id, writes), (float(size), now))
            tokens = min(size, tokens + (now - filled_at) * size)
            is_admitted = tokens >= 1
            self._buckets[requester_id, writes] = (tokens - number * is_admitted, now)
            if len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
        return is_admitted
