"""The operations on assignments, named as boto3 names them."""

from kempelen.api import types
from kempelen.api.assignments import (
    ApproveAssignmentRequest,
    ApproveAssignmentResponse,
    GetAssignmentRequest,
    GetAssignmentResponse,
    ListAssignmentsForHITRequest,
    ListAssignmentsForHITResponse,
    RejectAssignmentRequest,
    RejectAssignmentResponse,
)
from kempelen.clock import micros
from kempelen.domain import errors
from kempelen.domain.assignment import SUBMITTED_STATES, Assignment, AssignmentStatus
from kempelen.domain.hit import HIT
from kempelen.domain.people import Requester
from kempelen.operations import decisions, paging, parameters, present, timers
from kempelen.operations import hits as hit_operations
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import assignments, hits
from kempelen.store.tx import Tx


@operation(writes=False)
def get_assignment(
    tx: Tx, requester: Requester, request: GetAssignmentRequest
) -> GetAssignmentResponse:
    """Show submitted work and its HIT.

    Refusals: AssignmentDoesNotExist (also for work that is not submitted, or of somebody else's
    HIT, or of a disposed one).
    """
    hit, assignment = own_submitted(tx, requester, request.assignment_id)
    answer = assignments.answer(tx, assignment)
    hit_type = hit_operations.type_of(tx, hit)
    return GetAssignmentResponse(
        assignment=shown(tx, assignment, answer),
        hit=present.hit(hit, hit_type, hits.question(tx, hit), tx.now),
    )


@operation(writes=False, scope=Scope.SCAN)
def list_assignments_for_hit(
    tx: Tx, requester: Requester, request: ListAssignmentsForHITRequest
) -> ListAssignmentsForHITResponse:
    """List the submitted work of a HIT in order of submission.

    Refusals, in order: InvalidParameterValue for NextToken, HITDoesNotExist.
    """
    wanted = tuple(map(AssignmentStatus, request.assignment_statuses or SUBMITTED_STATES))
    statuses = tuple(status for status in SUBMITTED_STATES if status in wanted)
    walk = Walk(
        operation="ListAssignmentsForHIT",
        caller_id=requester.requester_id,
        filters=f"{request.hit_id}:{','.join(statuses)}",
    )
    position = paging.position(tx, walk, request.next_token)
    hit = hit_operations.own(tx, requester, request.hit_id)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    after = (int(position[0]), str(position[1])) if position else (0, "")
    found = assignments.page_of_hit(tx, hit.hit_id, statuses, after, size + 1)
    page = found[:size]
    positions = [
        (micros(item.assignment.submitted_at or tx.now), item.assignment.assignment_id)
        for item in page
    ]
    return ListAssignmentsForHITResponse(
        next_token=paging.next_token(tx, walk, positions, has_more=len(found) > size),
        num_results=len(page),
        assignments=tuple(shown(tx, item.assignment, item.document) for item in page),
    )


@operation(writes=True)
def approve_assignment(
    tx: Tx, requester: Requester, request: ApproveAssignmentRequest
) -> ApproveAssignmentResponse:
    """Approve submitted work and pay for it; with OverrideRejection also rejected work.

    Refusals, in order: RequesterFeedback, AssignmentDoesNotExist, InvalidAssignmentState,
    InsufficientFunds.
    """
    if request.requester_feedback is not None:
        parameters.message(request.requester_feedback, "RequesterFeedback")
    hit, assignment = _own(tx, requester, request.assignment_id)
    hit, _ = decisions.approve(
        tx,
        hit,
        assignment,
        feedback=request.requester_feedback,
        override=bool(request.override_rejection),
    )
    hits.save(tx, hit)
    return ApproveAssignmentResponse()


@operation(writes=True)
def reject_assignment(
    tx: Tx, requester: Requester, request: RejectAssignmentRequest
) -> RejectAssignmentResponse:
    """Reject submitted work; the worker is shown the feedback.

    Refusals, in order: RequesterFeedback, AssignmentDoesNotExist, InvalidAssignmentState.
    """
    parameters.message(request.requester_feedback, "RequesterFeedback")
    hit, assignment = _own(tx, requester, request.assignment_id)
    hit, _ = decisions.reject(tx, hit, assignment, feedback=request.requester_feedback)
    hits.save(tx, hit)
    return RejectAssignmentResponse()


def own_submitted(
    tx: Tx, requester: Requester, assignment_id: str, *, allow_disposed: bool = False
) -> tuple[HIT, Assignment]:
    """Submitted work of the caller's HIT, which must not be disposed unless allowed."""
    hit, assignment = _own(tx, requester, assignment_id, allow_disposed=allow_disposed)
    if not assignment.is_submitted:
        raise errors.AssignmentDoesNotExist(assignment_id=assignment_id)
    return hit, assignment


def _own(
    tx: Tx, requester: Requester, assignment_id: str, *, allow_disposed: bool = False
) -> tuple[HIT, Assignment]:
    """An assignment of the caller's HIT with everything due done.

    Returned and abandoned work is as unknown as foreign work.
    """
    refusal = errors.AssignmentDoesNotExist(assignment_id=assignment_id)
    found = assignments.get(tx, assignment_id)
    if found is None or found.requester_id != requester.requester_id:
        raise refusal
    hit = hits.get(tx, found.hit_id)
    if hit is None:
        raise refusal
    if tx.is_writing:
        hit = timers.settle(tx, hit)
    if hit.is_gone and not allow_disposed:
        raise refusal
    assignment = assignments.get(tx, assignment_id) or found
    if assignment.status in {AssignmentStatus.RETURNED, AssignmentStatus.ABANDONED}:
        raise refusal
    return hit, assignment


def shown(tx: Tx, assignment: Assignment, answer: str) -> types.Assignment:
    """Work as its requester sees it."""
    with_deadline = tx.settings.assignments.include_deadline
    return present.assignment(assignment, answer, with_deadline=with_deadline)
