"""Approve and reject: the one path for the API, the review policies and automatic approval."""

from datetime import datetime

from kempelen.domain import assignment as transitions
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.events import Event, EventType
from kempelen.domain.hit import HIT
from kempelen.operations import payments
from kempelen.store import assignments, workers
from kempelen.store.tx import Tx


def approve(
    tx: Tx,
    hit: HIT,
    assignment: Assignment,
    *,
    feedback: str | None,
    override: bool = False,
    at: datetime | None = None,
) -> tuple[HIT, Assignment]:
    """Approve and pay; the caller stores the HIT.

    Refusals, in order: InvalidAssignmentState, InsufficientFunds (after a rejection only).
    """
    transitions.check_approval(
        assignment,
        tx.now,
        override=override,
        reversal_days=tx.settings.review.reversal_days,
        strict=tx.settings.override_rejection.strict,
    )
    was_rejected = assignment.status is AssignmentStatus.REJECTED
    payments.pay(tx, hit, assignment, was_rejected=was_rejected)
    approved = transitions.approve(assignment, at or tx.now, feedback)
    assignments.save(tx, approved)
    if was_rejected:
        hit = hit._replace(rejected=hit.rejected - 1, approved=hit.approved + 1)
        workers.count(tx, assignment.worker_id, approved=1, rejected=-1)
    else:
        hit = hit._replace(submitted=hit.submitted - 1, approved=hit.approved + 1)
        workers.count(tx, assignment.worker_id, approved=1)
    tx.emit(_event(EventType.ASSIGNMENT_APPROVED, hit, approved))
    return hit, approved


def reject(tx: Tx, hit: HIT, assignment: Assignment, *, feedback: str) -> tuple[HIT, Assignment]:
    """Reject and release what was held; the caller stores the HIT.

    Refusals: InvalidAssignmentState.
    """
    transitions.check_rejection(assignment)
    payments.release(tx, hit, assignment)
    rejected = transitions.reject(assignment, tx.now, feedback)
    assignments.save(tx, rejected)
    hit = hit._replace(submitted=hit.submitted - 1, rejected=hit.rejected + 1)
    workers.count(tx, assignment.worker_id, rejected=1)
    tx.emit(_event(EventType.ASSIGNMENT_REJECTED, hit, rejected))
    return hit, rejected


def _event(event_type: EventType, hit: HIT, assignment: Assignment) -> Event:
    return Event(
        type=event_type,
        hit_id=hit.hit_id,
        hit_type_id=hit.hit_type_id,
        assignment_id=assignment.assignment_id,
    )
