"""What a worker sees of the own work: one assignment, the list of them, the queue, staged answers.

Readings only; accepting, returning and submitting are in `work`.
"""

from collections.abc import Sequence

from kempelen.api.work import (
    GetMyAssignmentRequest,
    GetMyAssignmentResponse,
    GetStagedRequest,
    GetStagedResponse,
    ListMyAssignmentsRequest,
    ListMyAssignmentsResponse,
    ListQueueRequest,
    ListQueueResponse,
    ReadQuestionRequest,
    ReadQuestionResponse,
)
from kempelen.domain import errors, work_errors
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.hit import HIT
from kempelen.domain.people import WorkerCaller
from kempelen.operations import finding, paging, present_work
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import assignments, due, hit_types, hits
from kempelen.store.tx import Overtaken, Tx

PAGE_SIZE_MAX = 100
NEWEST = 2**62


@operation(writes=False)
def get_my_assignment(
    tx: Tx, caller: WorkerCaller, request: GetMyAssignmentRequest
) -> GetMyAssignmentResponse:
    """Show an own assignment, with its task while it is assigned.

    Refusals: ASSIGNMENT_NOT_FOUND, also for somebody else's.
    """
    assignment, hit = own(tx, caller, request.assignment_id)
    is_out = assignment.status is AssignmentStatus.ACCEPTED
    task = finding.task(tx, hit, assignment.assignment_id) if is_out else None
    return GetMyAssignmentResponse(
        assignment=present_work.assignment(tx, assignment, hit, task=task)
    )


@operation(writes=False, scope=Scope.SCAN)
def list_my_assignments(
    tx: Tx, caller: WorkerCaller, request: ListMyAssignmentsRequest
) -> ListMyAssignmentsResponse:
    """List own assignments, newest first.

    Refusals, in order: InvalidParameterValue for `status`, `limit` and `cursor`.
    """
    unknown = [name for name in request.statuses if name not in present_work.STATUSES]
    if unknown:
        raise errors.InvalidParameterValue(value=unknown[0][:100], name="status")
    if not 1 <= request.limit <= PAGE_SIZE_MAX:
        raise errors.InvalidParameterValue(value=request.limit, name="limit")
    statuses = tuple(present_work.STATUSES[name] for name in request.statuses)
    walk = Walk(
        operation="ListMyAssignments",
        caller_id=caller.worker.worker_id,
        filters=",".join(statuses),
    )
    position = paging.position(tx, walk, request.cursor, name="cursor")
    check_due(tx, caller)
    before = NEWEST if position is None else int(position[0])
    found = assignments.of_worker(
        tx,
        caller.worker.worker_id,
        statuses or tuple(AssignmentStatus),
        before,
        request.limit + 1,
    )
    page = found[: request.limit]
    has_more = len(found) > len(page)
    return ListMyAssignmentsResponse(
        items=[present_work.assignment(tx, item, hit) for item, hit in _with_hits(tx, page)],
        next_cursor=paging.token(tx, walk, (page[-1].n,)) if has_more else None,
    )


@operation(writes=False)
def list_queue(tx: Tx, caller: WorkerCaller, request: ListQueueRequest) -> ListQueueResponse:
    """List the HITs that the worker holds, the one with the nearest deadline first."""
    del request
    check_due(tx, caller)
    held = _with_hits(tx, assignments.queue(tx, caller.worker.worker_id))
    rewards = 0
    for _, hit in held:
        hit_type = hit_types.get(tx, hit.hit_type_id)
        rewards += 0 if hit_type is None else hit_type.properties.reward
    return ListQueueResponse(
        items=[present_work.assignment(tx, item, hit) for item, hit in held],
        limit=tx.settings.max_assigned_per_worker,
        reward_total=present_work.amount(rewards),
    )


@operation(writes=False)
def get_staged(tx: Tx, caller: WorkerCaller, request: GetStagedRequest) -> GetStagedResponse:
    """Show the assignment that staged answers belong to.

    Refusals, in order: NOT_FOUND for an unknown ticket, ASSIGNMENT_NOT_FOUND for somebody else's.
    """
    staged = assignments.get_staged(tx, request.ticket)
    if staged is None:
        raise work_errors.TicketNotFound
    assignment, hit = own(tx, caller, staged.assignment_id)
    return GetStagedResponse(
        assignment=present_work.assignment(tx, assignment, hit), origin=staged.origin
    )


@operation(writes=False)
def read_question(tx: Tx, caller: None, request: ReadQuestionRequest) -> ReadQuestionResponse:
    """Read a question document for its frame, whose signed address is the permission."""
    del caller
    hit = hits.get(tx, request.hit_id)
    if hit is None:
        raise work_errors.NotFound
    return ReadQuestionResponse(question=hits.question(tx, hit))


def check_due(tx: Tx, caller: WorkerCaller) -> None:
    """Stop a reading of the own work while something about it is due."""
    overdue = due.of_worker(tx, caller.worker.worker_id)
    if overdue:
        raise Overtaken(tuple(overdue))


def own(tx: Tx, caller: WorkerCaller, assignment_id: str) -> tuple[Assignment, HIT]:
    """The caller's own assignment and its HIT."""
    assignment = assignments.get(tx, assignment_id)
    if assignment is None or assignment.worker_id != caller.worker.worker_id:
        raise work_errors.AssignmentNotFound
    return assignment, _hit(tx, assignment)


def _with_hits(tx: Tx, items: Sequence[Assignment]) -> list[tuple[Assignment, HIT]]:
    """Assignments with their HITs; all HITs that time has overtaken are named at once."""
    found: list[tuple[Assignment, HIT]] = []
    overdue: list[str] = []
    for item in items:
        try:
            found.append((item, _hit(tx, item)))
        except Overtaken as overtaken:
            overdue += overtaken.hit_ids
    if overdue:
        raise Overtaken(tuple(overdue))
    return found


def _hit(tx: Tx, assignment: Assignment) -> HIT:
    hit = hits.get(tx, assignment.hit_id)
    if hit is None:
        raise work_errors.AssignmentNotFound
    return hit
