"""What the older API does to HITs and no single operation of the present one does.

Each is one transaction under its older name.
"""

from collections.abc import Collection
from datetime import timedelta

from kempelen.api.legacy import (
    DisableHITRequest,
    ExtendHITRequest,
    ForceExpireHITRequest,
    Nothing,
)
from kempelen.domain import errors
from kempelen.domain import hit as transitions
from kempelen.domain.assignment import AssignmentStatus
from kempelen.domain.events import EventType
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.people import Requester
from kempelen.operations import (
    decisions,
    extensions,
    lifecycle,
    parameters,
    payments,
    required_types,
    timers,
)
from kempelen.operations import hits as hit_operations
from kempelen.operations.hits import EXTENSION_FAMILY
from kempelen.operations.registry import OLDER_ONLY, operation
from kempelen.store import assignments, search
from kempelen.store.tx import Tx

INCREMENT_SECONDS = (
    transitions.EXPIRATION_INCREMENT_MIN_SECONDS,
    transitions.EXPIRATION_INCREMENT_MAX_SECONDS,
)
OPEN_STATES = (HITStatus.ASSIGNABLE, HITStatus.UNASSIGNABLE)


@operation(writes=True, protocols=OLDER_ONLY)
def extend_hit(tx: Tx, requester: Requester, request: ExtendHITRequest) -> Nothing:
    """Add assignments to a HIT, time, or both; with neither nothing happens.

    Time is added to the expiration, or to now when the HIT has expired. Refusals, in order: the
    ranges of both numbers, HITDoesNotExist, HITTooOldForExtension,
    InvalidMaximumAssignmentsIncrease, DuplicateCall, InsufficientFunds.
    """
    count, seconds = request.max_assignments_increment, request.expiration_increment_in_seconds
    if count is not None:
        parameters.in_range(count, "MaxAssignmentsIncrement", parameters.MAX_ASSIGNMENTS)
    if seconds is not None:
        parameters.in_range(seconds, "ExpirationIncrementInSeconds", INCREMENT_SECONDS)
    hit = hit_operations.own(tx, requester, request.hit_id)
    rule = tx.settings.enforce_nine_assignment_rule
    if count is not None:
        transitions.check_extension(hit, count, nine_assignment_rule=rule)
    token = request.unique_request_token
    hit_operations.check_duplicate(tx, requester, EXTENSION_FAMILY, token)
    moved = None
    if seconds is not None:
        expiration = max(hit.expiration, tx.now) + timedelta(seconds=seconds)
        moved = transitions.move_expiration(hit, expiration, tx.now)
    if count is not None:
        lifecycle.conclude(tx, extensions.extend(tx, hit, count, moved))
    elif moved is not None:
        lifecycle.conclude(tx, payments.rebalance(tx, hit, moved))
        search.reach(tx, moved.group_id, moved.expiration)
    hit_operations.remember(tx, requester, EXTENSION_FAMILY, token, hit.hit_id)
    return Nothing()


@operation(writes=True, protocols=OLDER_ONLY)
def force_expire_hit(tx: Tx, requester: Requester, request: ForceExpireHITRequest) -> Nothing:
    """Expire a HIT now; one whose work is complete stays as it is.

    Refusals: HITDoesNotExist.
    """
    hit = hit_operations.own(tx, requester, request.hit_id)
    if hit.status(tx.now) not in transitions.REVIEW_STATES and not hit.is_expired:
        timers.expire(tx, hit._replace(expiration=tx.now), tx.now)
    return Nothing()


@operation(writes=True, protocols=OLDER_ONLY)
def disable_hit(tx: Tx, requester: Requester, request: DisableHITRequest) -> Nothing:
    """Take a HIT away from workers: expire it, approve its work, dispose of it.

    Work that is still out can be submitted until its deadline, and is approved then. Refusals, in
    order: HITDoesNotExist, InvalidHITState for one that is Reviewable already, InsufficientFunds.
    """
    hit = hit_operations.own(tx, requester, request.hit_id)
    status = hit.status(tx.now)
    if status not in OPEN_STATES:
        raise errors.InvalidHITState(state=status, allowed=", ".join(OPEN_STATES))
    if not hit.is_expired:
        tx.emit(lifecycle.event(EventType.HIT_EXPIRED, hit))
        ended = transitions.expire(hit._replace(expiration=tx.now))
        hit = payments.rebalance(tx, hit, ended)
    hit = _approve_all(tx, hit)
    tx.emit(lifecycle.event(EventType.HIT_DISPOSED, hit))
    required_types.forget(tx, hit)
    lifecycle.record(tx, transitions.disable(hit), HITStatus.DISPOSED)
    return Nothing()


def _approve_all(tx: Tx, hit: HIT) -> HIT:
    for item in assignments.all_of_hit(tx, hit.hit_id) if hit.submitted else ():
        if item.assignment.status is AssignmentStatus.SUBMITTED:
            hit, _ = decisions.approve(tx, hit, item.assignment, feedback=None)
    return hit


def open_hits(tx: Tx, group_ids: Collection[str]) -> dict[str, int]:
    """How many HITs of some groups are available."""
    found = {group_id: search.group(tx, group_id) for group_id in group_ids}
    return {group_id: row.open_hits for group_id, row in found.items() if row is not None}
