"""HITs: their counters, the one formula for HITStatus, and every transition as a pure function.

Transitions take a HIT and the time, and return the changed HIT; refusals raise. Which money moves
is decided by `slots_on_hold` before and after (docs/explanation/life-cycles.md).
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from kempelen.domain import errors

NINE_ASSIGNMENT_LIMIT = 10
DISPOSAL_DELAY = timedelta(days=120)
EXTENSION_EPOCH = datetime(2015, 7, 22, tzinfo=UTC)
EXPIRATION_INCREMENT_MIN_SECONDS = 60
EXPIRATION_INCREMENT_MAX_SECONDS = 31_536_000


class HITStatus(StrEnum):
    """HITStatus with its wire values."""

    ASSIGNABLE = "Assignable"
    UNASSIGNABLE = "Unassignable"
    REVIEWABLE = "Reviewable"
    REVIEWING = "Reviewing"
    DISPOSED = "Disposed"


REVIEW_STATES = (HITStatus.REVIEWABLE, HITStatus.REVIEWING)


class HIT(NamedTuple):
    """One task, wanted `max_assignments` times.

    `fee` is the fee of one assignment in money units. `is_expired` says that the expiry has been
    carried out (its money released, its event sent); `status` goes by the clock, and
    `recorded_status` is what it was when last stored. `next_due` is the earliest instant at which
    time may change the HIT or an assignment of it; it may be early, never late. With
    `approve_on_submit` the HIT was disposed of while work was out, which is approved when it comes
    in; `is_disposed` follows with the last of it. The review policies are the documents of the
    request, read by `operations.reviewing`.
    """

    n: int
    hit_id: str
    hit_type_id: str
    group_id: str
    requester_id: str
    created_at: datetime
    expiration: datetime
    max_assignments: int
    created_max_assignments: int
    fee: int
    next_due: datetime
    annotation: str | None = None
    layout_id: str | None = None
    assignment_policy: str | None = None
    hit_policy: str | None = None
    pending: int = 0
    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    is_expired: bool = False
    is_reviewing: bool = False
    is_disposed: bool = False
    reviewable_since: datetime | None = None
    hold_moves: int = 0
    hit_runs: int = 0
    work_at_last_run: int = 0
    recorded_status: HITStatus | None = None
    approve_on_submit: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether it is disposed for everybody but workers who still hold it."""
        return self.is_disposed or self.approve_on_submit

    @property
    def work(self) -> int:
        """Assignments that were submitted, whatever was decided about them."""
        return self.submitted + self.approved + self.rejected

    @property
    def open_slots(self) -> int:
        """Assignments nobody took; expired HITs keep theirs closed."""
        return self.max_assignments - self.pending - self.work

    @property
    def slots_on_hold(self) -> int:
        """Slots whose reward and fee are held: open ones until expiry, and undecided work."""
        still_open = 0 if self.is_expired or self.is_gone else self.open_slots
        return still_open + self.pending + self.submitted

    def status(self, now: datetime) -> HITStatus:
        """The single formula for HITStatus."""
        if self.is_gone:
            return HITStatus.DISPOSED
        if now < self.expiration and self.open_slots > 0:
            return HITStatus.ASSIGNABLE
        if self.pending > 0:
            return HITStatus.UNASSIGNABLE
        return HITStatus.REVIEWING if self.is_reviewing else HITStatus.REVIEWABLE

    def available(self, now: datetime) -> int:
        """NumberOfAssignmentsAvailable: open slots while Assignable, otherwise none."""
        return self.open_slots if self.status(now) is HITStatus.ASSIGNABLE else 0


def check_extension(hit: HIT, count: int, *, nine_assignment_rule: bool) -> None:
    """Refuse, in order: HITTooOldForExtension, InvalidMaximumAssignmentsIncrease."""
    if hit.created_at < EXTENSION_EPOCH:
        raise errors.HITTooOldForExtension
    if (
        nine_assignment_rule
        and hit.created_max_assignments < NINE_ASSIGNMENT_LIMIT
        and hit.max_assignments + count >= NINE_ASSIGNMENT_LIMIT
    ):
        raise errors.InvalidMaximumAssignmentsIncrease


def extend(hit: HIT, count: int) -> HIT:
    """Add assignments; whether that opens the HIT again follows from the formula."""
    return hit._replace(max_assignments=hit.max_assignments + count)


def expire(hit: HIT) -> HIT:
    """Carry out an expiration that has passed."""
    return hit._replace(is_expired=True)


def move_expiration(hit: HIT, expiration: datetime, now: datetime) -> HIT:
    """Set the expiration; one in the future opens an expired HIT again."""
    return hit._replace(
        expiration=expiration,
        is_expired=hit.is_expired and expiration <= now,
        next_due=min(hit.next_due, expiration) if expiration > now else hit.next_due,
    )


def check_increment(hit: HIT, expire_at: datetime, now: datetime) -> None:
    """Refuse an increment outside 60 seconds to 365 days, counted from the later of both times."""
    increment = int((expire_at - max(hit.expiration, now)).total_seconds())
    if not EXPIRATION_INCREMENT_MIN_SECONDS <= increment <= EXPIRATION_INCREMENT_MAX_SECONDS:
        raise errors.ParameterOutOfRange(
            value=increment,
            name="ExpirationIncrementInSeconds",
            minimum=EXPIRATION_INCREMENT_MIN_SECONDS,
            maximum=EXPIRATION_INCREMENT_MAX_SECONDS,
        )


def set_reviewing(hit: HIT, now: datetime, *, revert: bool) -> HIT:
    """Mark a Reviewable HIT as Reviewing, or with `revert` the other way; it is no toggle."""
    required = HITStatus.REVIEWING if revert else HITStatus.REVIEWABLE
    status = hit.status(now)
    if status is not required:
        raise errors.InvalidHITState(state=status, allowed=required)
    return hit._replace(is_reviewing=not revert)


def check_hit_type_change(hit: HIT, now: datetime) -> None:
    """Refuse to change the HIT type of a HIT with work, or in any state after Reviewable."""
    status = hit.status(now)
    is_open = status in {HITStatus.ASSIGNABLE, HITStatus.REVIEWABLE}
    if not is_open or hit.pending + hit.work > 0:
        raise errors.InvalidHITState(state=status, allowed=HITStatus.ASSIGNABLE)


def check_disposal(hit: HIT, now: datetime) -> None:
    """Refuse to dispose of a HIT that is in work or has undecided work."""
    status = hit.status(now)
    if status not in REVIEW_STATES or hit.submitted > 0:
        raise errors.InvalidHITState(state=status, allowed="Reviewing, Reviewable")


def dispose(hit: HIT) -> HIT:
    """Put a HIT away for good."""
    return hit._replace(is_disposed=True)


def disable(hit: HIT) -> HIT:
    """Put an expired HIT away while work may still be out."""
    return hit._replace(approve_on_submit=True)


def finish_disabled(hit: HIT) -> HIT:
    """Put a disabled HIT away for good once nobody works on it any more."""
    return dispose(hit) if hit.approve_on_submit and hit.pending == 0 else hit


def becomes_reviewable(before: HITStatus | None, after: HITStatus) -> bool:
    """Whether a change is a transition into Reviewable that runs the HIT's review policy."""
    return (
        before in {HITStatus.ASSIGNABLE, HITStatus.UNASSIGNABLE} and after is HITStatus.REVIEWABLE
    )
