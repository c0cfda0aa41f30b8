"""What every change of a HIT ends with: money follows the slots, the status is recorded.

A transition into Reviewable runs the HIT's review policy before anybody is told of it.
"""

from datetime import datetime

from kempelen.domain import hit as transitions
from kempelen.domain.events import Event, EventType
from kempelen.domain.hit import HIT, HITStatus
from kempelen.operations import reviewing
from kempelen.store import files, hits, search
from kempelen.store.tx import Tx


def conclude(tx: Tx, hit: HIT, at: datetime | None = None) -> HIT:
    """Record the status that a change led to, with its consequences, and store the HIT.

    `at` is the instant of a time-driven change, when it lies before `tx.now`.
    """
    at = at or tx.now
    status = hit.status(at)
    if transitions.becomes_reviewable(hit.recorded_status, status):
        hit = hit._replace(
            reviewable_since=at,
            next_due=min(hit.next_due, at + transitions.DISPOSAL_DELAY),
        )
        hit = reviewing.review_hit(tx, hit)
        status = hit.status(tx.now)
        if status is HITStatus.REVIEWABLE:
            tx.emit(event(EventType.HIT_REVIEWABLE, hit))
    if status is HITStatus.ASSIGNABLE:
        hit = hit._replace(is_reviewing=False, reviewable_since=None)
    return record(tx, hit, status)


def record(tx: Tx, hit: HIT, status: HITStatus) -> HIT:
    """Store the HIT with its status, and keep the count of open HITs of its group."""
    was_open = hit.recorded_status is HITStatus.ASSIGNABLE
    is_open = status is HITStatus.ASSIGNABLE
    if was_open is not is_open:
        more = 1 if is_open else -1
        search.count_open(tx, hit.group_id, more, hit.created_at, hit.expiration)
    finished = transitions.finish_disabled(hit._replace(recorded_status=status))
    if finished.is_disposed and not hit.is_disposed:
        files.drop_of_hit(tx, hit.hit_id)
    hits.save(tx, finished)
    return finished


def count_new(tx: Tx, hit: HIT) -> None:
    """Count a HIT that is open in a group where it was not before."""
    search.count_open(tx, hit.group_id, 1, hit.created_at, hit.expiration)


def regroup(tx: Tx, before: HIT, after: HIT) -> None:
    """Store a HIT that moved to another group, and count it there."""
    if before.recorded_status is HITStatus.ASSIGNABLE:
        search.count_open(tx, before.group_id, -1, before.created_at, before.expiration)
        count_new(tx, after)
    hits.save(tx, after)


def event(event_type: EventType, hit: HIT) -> Event:
    """An event about a HIT."""
    return Event(type=event_type, hit_id=hit.hit_id, hit_type_id=hit.hit_type_id)
