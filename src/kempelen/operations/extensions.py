"""Extending a HIT by assignments: the one path for the API and for review policies."""

from kempelen.domain import hit as transitions
from kempelen.domain.events import Event, EventType
from kempelen.domain.hit import HIT
from kempelen.operations import payments
from kempelen.store import search
from kempelen.store.tx import Tx


def extend(tx: Tx, before: HIT, count: int, moved: HIT | None = None) -> HIT:
    """Add assignments and hold the money for them; the caller records the status.

    `moved` is the HIT with its expiration moved, when that happens too. Refusals, in order:
    HITTooOldForExtension, InvalidMaximumAssignmentsIncrease, InsufficientFunds.
    """
    rule = tx.settings.enforce_nine_assignment_rule
    transitions.check_extension(before, count, nine_assignment_rule=rule)
    hit = payments.rebalance(tx, before, transitions.extend(moved or before, count))
    if moved is not None:
        search.reach(tx, hit.group_id, hit.expiration)
    extended = Event(type=EventType.HIT_EXTENDED, hit_id=hit.hit_id, hit_type_id=hit.hit_type_id)
    tx.emit(extended)
    return hit
