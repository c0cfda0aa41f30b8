"""Actions that follow from a score: approve, reject and extend, each from a threshold of its own.

Thresholds that were not given trigger nothing. Approve and reject may both be triggered; what
becomes of the second one is decided where actions are carried out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kempelen.domain.review.policy import ActionName, IntendedAction


@dataclass(frozen=True, kw_only=True, slots=True)
class Decisions:
    """Which scores approve or reject an assignment, and what its worker is told."""

    approve_at_least: int | None = None
    approve_reason: str = ""
    reject_less_than: int | None = None
    reject_reason: str = ""

    def of(self, score: int, assignment_id: str) -> Iterator[IntendedAction]:
        """Approve, then reject, as far as the score triggers them."""
        if self.approve_at_least is not None and score >= self.approve_at_least:
            yield IntendedAction(
                kind=ActionName.APPROVE,
                target_type="Assignment",
                target_id=assignment_id,
                feedback=self.approve_reason,
            )
        if self.reject_less_than is not None and score < self.reject_less_than:
            yield IntendedAction(
                kind=ActionName.REJECT,
                target_type="Assignment",
                target_id=assignment_id,
                feedback=self.reject_reason,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """Which scores add an assignment to a HIT, up to how many, and with how much more time."""

    less_than: int | None = None
    maximum_assignments: int | None = None
    minimum_time_seconds: int = 0

    def of(self, score: int, hit_id: str) -> Iterator[IntendedAction]:
        """Extend, if the score triggers it."""
        if self.less_than is not None and score < self.less_than:
            yield IntendedAction(
                kind=ActionName.EXTEND,
                target_type="HIT",
                target_id=hit_id,
                maximum_assignments=self.maximum_assignments,
                minimum_time_seconds=self.minimum_time_seconds,
            )
