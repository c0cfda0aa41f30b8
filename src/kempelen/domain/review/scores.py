"""The arithmetic of review policies: percentages, and agreement between sets of values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

VALUE_LENGTH_MAX = 256
UNANIMITY = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How far the answers to one question agree, and on which set of values, if on one."""

    score: int
    answer: frozenset[str] | None


def percent(part: int, whole: int) -> int:
    """An integer percentage, rounded down; 0 of nothing."""
    return 100 * part // whole if whole else 0


def is_usable(values: frozenset[str]) -> bool:
    """Whether an answer takes part in plurality: a single over-long value keeps it out."""
    return all(len(value) <= VALUE_LENGTH_MAX for value in values)


def agreement(given: Iterable[frozenset[str]], threshold: int) -> Agreement:
    """What usable answers agree on: the one most frequent non-empty answer, above the threshold.

    Empty answers count as answers that nobody agrees with. Unanimity reaches every threshold,
    since requesters write 100 for it.
    """
    counts = Counter(given)
    total = counts.total()
    counts.pop(frozenset(), None)
    most = max(counts.values(), default=0)
    leaders = [answer for answer, count in counts.items() if count == most]
    score = percent(most, total)
    is_enough = score > threshold or score == UNANIMITY
    if len(leaders) == 1 and is_enough:
        return Agreement(score=score, answer=leaders[0])
    return Agreement(score=score, answer=None)
