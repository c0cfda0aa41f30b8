"""Time-driven work: abandon, expire, approve automatically, dispose. One HIT at a time.

`settle` carries out everything about a HIT that is due at `tx.now`, in the order of the due times.
Every change of a HIT settles it first, so correctness never waits for the loop.
"""

from datetime import UTC, datetime

from kempelen.domain import assignment as assignment_transitions
from kempelen.domain import hit as hit_transitions
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.events import Event, EventType
from kempelen.domain.hit import HIT, HITStatus
from kempelen.operations import decisions, lifecycle, payments, required_types
from kempelen.store import assignments, due, files, hits, workers
from kempelen.store.tx import Overtaken, Tx

STEPS_MAX = 500
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def settle(tx: Tx, hit: HIT) -> HIT:
    """Carry out what is due about a HIT; cheap when nothing is.

    Overtaken when that is more than one transaction should do: `run_hit` has to come first.
    """
    hit = _some_steps(tx, hit)
    if hit.next_due <= tx.now and not hit.is_disposed:
        raise Overtaken((hit.hit_id,))
    return hit


def run_hit(tx: Tx, hit_id: str) -> None:
    """Carry out what is due about one HIT, at most 500 steps; the next run goes on."""
    hit = hits.get(tx, hit_id)
    if hit is not None:
        _some_steps(tx, hit)


def run_hit_if_free(tx: Tx, hit_id: str) -> bool:
    """As `run_hit`; False for a HIT that somebody else is changing just now."""
    hit = hits.get_if_free(tx, hit_id)
    if hit is None:
        return False
    _some_steps(tx, hit)
    return True


def due_hits(tx: Tx, more: int = 0) -> list[str]:
    """HITs with something due, the longest overdue first, at most 500 and `more`."""
    return due.hit_ids(tx, due.BATCH + more)


def next_due_at(tx: Tx) -> datetime | None:
    """When something is due next."""
    return due.next_at(tx)


def _some_steps(tx: Tx, hit: HIT) -> HIT:
    if hit.is_disposed or hit.next_due > tx.now:
        return hit
    for _ in range(STEPS_MAX):
        step = _next_step(tx, hit)
        if step is None:
            break
        hit = step
    if hit.is_disposed:
        return hit
    hit = hit._replace(next_due=_next_due(tx, hit))
    hits.save(tx, hit)
    return hit


def _next_step(tx: Tx, hit: HIT) -> HIT | None:
    """Carry out the longest overdue step; None when nothing is due."""
    assignment = assignments.first_due(tx, hit.hit_id)
    expiration = NEVER if hit.is_expired else hit.expiration
    disposal = _disposal_at(hit)
    assignment_at = NEVER if assignment is None else assignment.due_at or NEVER
    first = min(expiration, disposal, assignment_at)
    if first > tx.now:
        return None
    if assignment is not None and assignment_at == first:
        return _assignment_step(tx, hit, assignment)
    if expiration == first:
        return expire(tx, hit, expiration)
    return _dispose_overdue(tx, hit)


def _assignment_step(tx: Tx, hit: HIT, assignment: Assignment) -> HIT:
    if assignment.status is AssignmentStatus.ACCEPTED:
        return _abandon(tx, hit, assignment)
    hit, _ = decisions.approve(tx, hit, assignment, feedback=None, at=assignment.auto_approval_at)
    hits.save(tx, hit)
    return hit


def _abandon(tx: Tx, hit: HIT, assignment: Assignment) -> HIT:
    at = assignment.due_at or tx.now
    assignments.save(tx, assignment_transitions.abandon(assignment))
    workers.count(tx, assignment.worker_id, abandoned=1)
    tx.emit(
        Event(
            type=EventType.ASSIGNMENT_ABANDONED,
            hit_id=hit.hit_id,
            hit_type_id=hit.hit_type_id,
            assignment_id=assignment.assignment_id,
        )
    )
    freed = payments.rebalance(tx, hit, hit._replace(pending=hit.pending - 1))
    return lifecycle.conclude(tx, freed, at)


def expire(tx: Tx, hit: HIT, at: datetime) -> HIT:
    """Carry out an expiration: tell, release the money of open slots, record the status.

    Nobody is told of the expiration of a HIT that was Reviewable before: its work is complete.
    """
    if hit.recorded_status not in hit_transitions.REVIEW_STATES:
        tx.emit(lifecycle.event(EventType.HIT_EXPIRED, hit))
    expired = payments.rebalance(tx, hit, hit_transitions.expire(hit))
    return lifecycle.conclude(tx, expired, at)


def _disposal_at(hit: HIT) -> datetime:
    if hit.reviewable_since is None or hit.recorded_status not in hit_transitions.REVIEW_STATES:
        return NEVER
    return hit.reviewable_since + hit_transitions.DISPOSAL_DELAY


def _dispose_overdue(tx: Tx, hit: HIT) -> HIT:
    """Put an old HIT away; work that nobody decided is approved before."""
    for item in assignments.all_of_hit(tx, hit.hit_id) if hit.submitted else ():
        if item.assignment.status is AssignmentStatus.SUBMITTED:
            hit, _ = decisions.approve(tx, hit, item.assignment, feedback=None)
    return dispose(tx, hit)


def dispose(tx: Tx, hit: HIT) -> HIT:
    """Put a HIT away and tell it; the files of its answers go."""
    files.drop_of_hit(tx, hit.hit_id)
    tx.emit(lifecycle.event(EventType.HIT_DISPOSED, hit))
    required_types.forget(tx, hit)
    disposed = payments.rebalance(tx, hit, hit_transitions.dispose(hit))
    return lifecycle.record(tx, disposed, HITStatus.DISPOSED)


def _next_due(tx: Tx, hit: HIT) -> datetime:
    expiration = NEVER if hit.is_expired else hit.expiration
    return min(expiration, _disposal_at(hit), assignments.next_due(tx, hit.hit_id) or NEVER)
