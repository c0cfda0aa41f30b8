"""What a worker does: accept a HIT, keep answers safe, submit them, give the HIT back.

Readings of the own work are in `own_work`; what there is to find is in `finding`.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from kempelen.api.work import (
    AcceptFromGroupRequest,
    AcceptHitRequest,
    AcceptResponse,
    ReturnAssignmentRequest,
    ReturnAssignmentResponse,
    StageSubmissionRequest,
    StageSubmissionResponse,
    SubmitAssignmentRequest,
    SubmitAssignmentResponse,
)
from kempelen.api.work import Assignment as ShownAssignment
from kempelen.domain import assignment as transitions
from kempelen.domain import errors, requirement, work_errors
from kempelen.domain.answers import Answers, from_plain, to_plain
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.errors import Refusal
from kempelen.domain.events import Event, EventType
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.hit_type import HITType
from kempelen.domain.people import WorkerCaller
from kempelen.operations import (
    answering,
    decisions,
    finding,
    lifecycle,
    payments,
    present_work,
    reviewing,
    standings,
    timers,
)
from kempelen.operations.registry import operation
from kempelen.store import assignments, due, files, hit_types, hits, search, tokens, workers
from kempelen.store.assignments import Staged
from kempelen.store.tx import Tx

PREVIEW_ASSIGNMENT_ID = "ASSIGNMENT_ID_NOT_AVAILABLE"
ACCEPTED_AT_ONCE_MAX = 10
ACCEPT_FAMILY = "accept"
AVOIDED_AFTER_RETURN = timedelta(minutes=10)


@operation(writes=True)
def accept_from_group(
    tx: Tx, caller: WorkerCaller, request: AcceptFromGroupRequest
) -> AcceptResponse:
    """Accept up to `count` HITs of a group, chosen at random; fewer when there are fewer.

    HITs that the worker gave back within ten minutes are chosen only when there is nothing else.
    Refusals, in order: IDEMPOTENCY_CONFLICT, InvalidParameterValue for `count`,
    ACCOUNT_SUSPENDED, TOKEN_READ_ONLY, NOT_FOUND, NOT_PERMITTED, NOT_QUALIFIED, QUEUE_FULL,
    DAILY_LIMIT, NO_ASSIGNMENTS.
    """
    repeated = _repeated(tx, caller, request, request.idempotency_key)
    if repeated is not None:
        return repeated
    if not 1 <= request.count <= ACCEPTED_AT_ONCE_MAX:
        raise errors.InvalidParameterValue(value=request.count, name="count")
    _check_caller(caller)
    hit_type = finding.visible_type(tx, caller.worker, request.group_id)
    finding.check_permitted(tx, caller.worker, hit_type)
    _check_qualified(tx, caller, hit_type)
    avoided = _avoided(tx, caller, request.skip_hit_id)
    accepted: list[ShownAssignment] = []
    for _ in range(request.count):
        try:
            accepted.append(_accept_one(tx, caller, hit_type, avoided))
        except work_errors.WorkRefusal:
            if not accepted:
                raise
            break
    return _remembered(tx, caller, request, request.idempotency_key, accepted)


def _avoided(tx: Tx, caller: WorkerCaller, skip_hit_id: str | None) -> frozenset[str]:
    """HITs to choose last: the one to be skipped, and those given back a short while ago."""
    skipped = frozenset(filter(None, [skip_hit_id]))
    worker = caller.worker
    if not worker.returned:
        return skipped
    since = tx.now - AVOIDED_AFTER_RETURN
    return skipped | assignments.returned_since(tx, worker.worker_id, since)


def _accept_one(
    tx: Tx, caller: WorkerCaller, hit_type: HITType, avoided: frozenset[str]
) -> ShownAssignment:
    """Accept some HIT of the group that is still open when everything due is done."""
    _check_limits(tx, caller)
    for hit_id in _choices(tx, caller, hit_type.group_id, avoided):
        found = hits.get(tx, hit_id)
        if found is None:
            continue
        hit = timers.settle(tx, found)
        if hit.status(tx.now) is HITStatus.ASSIGNABLE:
            return _take(tx, caller, hit, hit_type)
    if search.group(tx, hit_type.group_id) is None:
        raise work_errors.NotFound
    raise work_errors.NoAssignments


def _choices(tx: Tx, caller: WorkerCaller, group_id: str, avoided: frozenset[str]) -> Iterator[str]:
    """Open HITs in random order, then those whose slots are free once due work is done."""
    yield from finding.candidates(tx, caller.worker, group_id, avoided)
    overdue = due.in_group(tx, group_id, finding.WINDOW)
    for hit_id in overdue:
        timers.run_hit(tx, hit_id)
    if overdue:
        yield from finding.candidates(tx, caller.worker, group_id, avoided)


@operation(writes=True)
def accept_hit(tx: Tx, caller: WorkerCaller, request: AcceptHitRequest) -> AcceptResponse:
    """Accept one given HIT.

    Refusals, in order: IDEMPOTENCY_CONFLICT, ACCOUNT_SUSPENDED, TOKEN_READ_ONLY, NOT_FOUND,
    HIT_UNAVAILABLE, NOT_PERMITTED, NOT_QUALIFIED, ALREADY_ACCEPTED, ALREADY_DONE, QUEUE_FULL,
    DAILY_LIMIT, NO_ASSIGNMENTS.
    """
    repeated = _repeated(tx, caller, request, request.idempotency_key)
    if repeated is not None:
        return repeated
    _check_caller(caller)
    found = hits.get(tx, request.hit_id)
    hit_type = None if found is None else hit_types.get(tx, found.hit_type_id)
    if found is None or hit_type is None:
        raise work_errors.NotFound
    if not finding.may_discover(tx, caller.worker, hit_type):
        raise work_errors.NotFound
    hit = timers.settle(tx, found)
    if hit.is_gone or hit.expiration <= tx.now:
        raise work_errors.HITUnavailable
    finding.check_permitted(tx, caller.worker, hit_type)
    _check_qualified(tx, caller, hit_type)
    _check_first_time(tx, caller, hit)
    _check_limits(tx, caller)
    if hit.status(tx.now) is not HITStatus.ASSIGNABLE:
        raise work_errors.NoAssignments
    accepted = [_take(tx, caller, hit, hit_type)]
    return _remembered(tx, caller, request, request.idempotency_key, accepted)


def _check_caller(caller: WorkerCaller) -> None:
    if caller.worker.is_suspended:
        raise work_errors.AccountSuspended
    if not caller.may_work:
        raise work_errors.TokenMayNotWork


def _check_qualified(tx: Tx, caller: WorkerCaller, hit_type: HITType) -> None:
    """Compare the requirements with the worker's record as it is in this transaction."""
    requirements = hit_type.properties.requirements
    if not requirements:
        return
    worker = workers.get(tx, caller.worker.worker_id) or caller.worker
    standing = standings.for_requirements(tx, worker, requirements)
    unmet = requirement.unmet(requirements, standing, requirement.ACCEPT_GUARDS)
    if unmet:
        raise work_errors.NotQualified(
            [(item.qualification_type_id, requirement.in_words(item)) for item in unmet]
        )


def _check_first_time(tx: Tx, caller: WorkerCaller, hit: HIT) -> None:
    earlier = assignments.live(tx, caller.worker.worker_id, hit.hit_id)
    if earlier is None:
        return
    if earlier.status is AssignmentStatus.ACCEPTED:
        raise work_errors.AlreadyAccepted(assignment_id=earlier.assignment_id)
    raise work_errors.AlreadyDone


def _check_limits(tx: Tx, caller: WorkerCaller) -> None:
    """Refuse a full queue and too many HITs in a day; work whose time ran out does not count."""
    worker_id = caller.worker.worker_id
    limit = tx.settings.max_assigned_per_worker
    if assignments.queue_length(tx, worker_id) >= limit:
        for held in assignments.queue(tx, worker_id):
            if held.due_at is not None and held.due_at <= tx.now:
                timers.run_hit(tx, held.hit_id)
        if assignments.queue_length(tx, worker_id) >= limit:
            raise work_errors.QueueFull(limit=limit)
    daily = tx.settings.daily_accept_limit
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    if daily and assignments.accepted_since(tx, worker_id, midnight) >= daily:
        raise work_errors.DailyLimit(limit=daily)


def _take(tx: Tx, caller: WorkerCaller, hit: HIT, hit_type: HITType) -> ShownAssignment:
    """Take a slot of an Assignable HIT."""
    deadline = tx.now + timedelta(seconds=hit_type.properties.assignment_duration_seconds)
    due_at = deadline + timedelta(seconds=tx.settings.submit_grace_seconds)
    assignment = assignments.add(
        tx,
        Assignment(
            n=0,
            assignment_id=tx.new_id(),
            hit_id=hit.hit_id,
            worker_id=caller.worker.worker_id,
            requester_id=hit.requester_id,
            status=AssignmentStatus.ACCEPTED,
            accepted_at=tx.now,
            deadline=deadline,
            due_at=due_at,
        ),
        hit.group_id,
    )
    workers.count(tx, caller.worker.worker_id, accepted=1)
    tx.emit(_event(EventType.ASSIGNMENT_ACCEPTED, assignment, hit))
    taken = hit._replace(pending=hit.pending + 1, next_due=min(hit.next_due, due_at))
    lifecycle.conclude(tx, taken)
    return present_work.assignment(tx, assignment, taken, is_fresh=True)


def _repeated(
    tx: Tx,
    caller: WorkerCaller,
    request: AcceptFromGroupRequest | AcceptHitRequest,
    key: str | None,
) -> AcceptResponse | None:
    """The first answer to a request that is repeated with its Idempotency-Key."""
    if key is None:
        return None
    noted = tokens.find(tx, caller.worker.worker_id, ACCEPT_FAMILY, key)
    if noted is None:
        return None
    asked, assignment_ids = json.loads(noted)
    if asked != repr(request):
        raise work_errors.IdempotencyConflict(key=key[:100])
    shown = []
    for assignment_id in assignment_ids:
        assignment, hit = settled(tx, caller, assignment_id)
        shown.append(present_work.assignment(tx, assignment, hit))
    return AcceptResponse(assignments=shown)


def _remembered(
    tx: Tx,
    caller: WorkerCaller,
    request: AcceptFromGroupRequest | AcceptHitRequest,
    key: str | None,
    accepted: list[ShownAssignment],
) -> AcceptResponse:
    if key is not None:
        noted = json.dumps([repr(request), [item.assignment_id for item in accepted]])
        tokens.use(tx, caller.worker.worker_id, ACCEPT_FAMILY, key, noted)
    return AcceptResponse(assignments=accepted)


@operation(writes=True)
def return_assignment(
    tx: Tx, caller: WorkerCaller, request: ReturnAssignmentRequest
) -> ReturnAssignmentResponse:
    """Give a HIT back; its slot is free at once, unless the HIT has expired.

    Refusals, in order: ASSIGNMENT_NOT_FOUND, TOKEN_READ_ONLY, DEADLINE_PASSED, NOT_ASSIGNED.
    """
    assignment, hit = settled(tx, caller, request.assignment_id)
    if not caller.may_work:
        raise work_errors.TokenMayNotWork
    transitions.check_return(assignment, tx.now)
    returned = transitions.return_(assignment, tx.now)
    assignments.save(tx, returned)
    workers.count(tx, returned.worker_id, returned=1)
    tx.emit(_event(EventType.ASSIGNMENT_RETURNED, returned, hit))
    freed = payments.rebalance(tx, hit, hit._replace(pending=hit.pending - 1))
    hit = lifecycle.conclude(tx, freed)
    return ReturnAssignmentResponse(assignment=present_work.assignment(tx, returned, hit))


@operation(writes=True)
def stage_submission(
    tx: Tx, caller: None, request: StageSubmissionRequest
) -> StageSubmissionResponse:
    """Keep what a frame posted until its worker confirms it; the assignment id is the permission.

    Work that was submitted before answers "submitted", and nothing is stored.
    Refusals, in order: PREVIEW, ASSIGNMENT_NOT_FOUND, DEADLINE_PASSED, NOT_ASSIGNED,
    INVALID_ANSWERS, TOO_LARGE.
    """
    del caller
    assignment_id = request.assignment_id
    if assignment_id == PREVIEW_ASSIGNMENT_ID:
        raise work_errors.PreviewOnly
    assignment, hit = up_to_date(tx, assignment_id)
    done = StageSubmissionResponse(state="submitted", assignment_id=assignment_id, ticket=None)
    if assignment.is_submitted:
        return done
    transitions.check_submission(assignment, tx.now, grace(tx))
    read = answering.from_fields(tx, assignment, hit, request.fields)
    given, document = answering.written(tx, read)
    if tx.settings.external_submit.mode == "direct":
        _hand_in(tx, assignment, hit, (given, document), tx.now)
        return done
    ticket = tx.ids.ticket()
    assignments.add_staged(
        tx,
        Staged(
            ticket=ticket,
            assignment_id=assignment_id,
            document=document,
            values=to_plain(given),
            origin=request.origin,
            received_at=tx.now,
        ),
    )
    for answer in given.answers:
        if answer.file is not None:
            files.use(tx, answer.file.key, ticket)
    held_until = assignment.deadline + timedelta(seconds=tx.settings.staged_hold_seconds)
    assignments.save(tx, assignment._replace(due_at=held_until))
    return StageSubmissionResponse(state="staged", assignment_id=assignment_id, ticket=ticket)


@operation(writes=True)
def submit_assignment(
    tx: Tx, caller: WorkerCaller, request: SubmitAssignmentRequest
) -> SubmitAssignmentResponse:
    """Hand in the work; review policies decide in the same transaction.

    Submitting again shows the first submission and stores nothing.
    Refusals, in order: ASSIGNMENT_NOT_FOUND, TOKEN_READ_ONLY, NOT_FOUND for a ticket,
    DEADLINE_PASSED, NOT_ASSIGNED, INVALID_ANSWERS, TOO_LARGE.
    """
    assignment, hit = settled(tx, caller, request.assignment_id)
    if not caller.may_work:
        raise work_errors.TokenMayNotWork
    if assignment.is_submitted:
        shown = present_work.assignment(tx, assignment, hit)
        return SubmitAssignmentResponse(assignment=shown, next=None)
    staged = _staged(tx, assignment, request.ticket)
    received_at = tx.now if staged is None else staged.received_at
    transitions.check_submission(assignment, received_at, grace(tx))
    if staged is None:
        written = answering.written(tx, answering.given(tx, assignment, hit, request))
    else:
        written = from_plain(staged.values), staged.document
    assignment, hit = _hand_in(tx, assignment, hit, written, received_at)
    return SubmitAssignmentResponse(
        assignment=present_work.assignment(tx, assignment, hit, is_fresh=True),
        next=_accept_next(tx, caller, request, hit),
    )


def settled(tx: Tx, caller: WorkerCaller, assignment_id: str) -> tuple[Assignment, HIT]:
    """The caller's own assignment and its HIT with everything due done."""
    assignment, hit = up_to_date(tx, assignment_id)
    if assignment.worker_id != caller.worker.worker_id:
        raise work_errors.AssignmentNotFound
    return assignment, hit


def up_to_date(tx: Tx, assignment_id: str) -> tuple[Assignment, HIT]:
    """An assignment, whoever it is of, and its HIT with everything due done."""
    assignment = assignments.get(tx, assignment_id)
    hit = None if assignment is None else hits.get(tx, assignment.hit_id)
    if assignment is None or hit is None:
        raise work_errors.AssignmentNotFound
    if hit.next_due > tx.now:
        return assignment, hit
    hit = timers.settle(tx, hit)
    return assignments.get(tx, assignment_id) or assignment, hit


def grace(tx: Tx) -> timedelta:
    """How long after the deadline work is still taken."""
    return timedelta(seconds=tx.settings.submit_grace_seconds)


def _staged(tx: Tx, assignment: Assignment, ticket: str | None) -> Staged | None:
    if ticket is None:
        return None
    staged = assignments.get_staged(tx, ticket)
    if staged is None or staged.assignment_id != assignment.assignment_id:
        raise work_errors.TicketNotFound
    return staged


def _hand_in(
    tx: Tx,
    assignment: Assignment,
    hit: HIT,
    written: tuple[Answers, str],
    received_at: datetime,
) -> tuple[Assignment, HIT]:
    """Store the work, then let policies and clocks do what follows from it."""
    given, document = written
    delay = _type_of(tx, hit).properties.auto_approval_delay_seconds
    assignment = transitions.submit(
        assignment,
        received_at,
        timedelta(seconds=delay),
        hashlib.sha256(document.encode()).hexdigest(),
    )
    assignments.save(tx, assignment)
    assignments.save_answer(tx, assignment, document, to_plain(given))
    for answer in given.answers:
        if answer.file is not None:
            files.keep(tx, answer.file.key, answer.question_id)
    workers.count(tx, assignment.worker_id, submitted=1)
    tx.emit(_event(EventType.ASSIGNMENT_SUBMITTED, assignment, hit))
    hit = hit._replace(
        pending=hit.pending - 1,
        submitted=hit.submitted + 1,
        next_due=min(hit.next_due, assignment.due_at or hit.next_due),
    )
    if hit.approve_on_submit:
        hit, assignment = decisions.approve(tx, hit, assignment, feedback=None)
    else:
        hit, assignment = reviewing.review_assignment(tx, hit, assignment, given)
    is_due = assignment.due_at is not None and assignment.due_at <= tx.now
    if assignment.status is AssignmentStatus.SUBMITTED and is_due:
        hit, assignment = decisions.approve(
            tx, hit, assignment, feedback=None, at=assignment.auto_approval_at
        )
    hit = lifecycle.conclude(tx, hit)
    if hit.hit_policy is not None:
        assignment = assignments.get(tx, assignment.assignment_id) or assignment
    return assignment, hit


def _type_of(tx: Tx, hit: HIT) -> HITType:
    found = hit_types.get(tx, hit.hit_type_id)
    if found is None:
        raise errors.ServiceFault
    return found


def _accept_next(
    tx: Tx, caller: WorkerCaller, request: SubmitAssignmentRequest, hit: HIT
) -> ShownAssignment | None:
    """Accept another HIT of the group, if the worker wants one and there is one."""
    wanted = request.accept_next
    if wanted is None:
        wanted = workers.accepts_next(tx, caller.worker.worker_id)
    if not wanted:
        return None
    following = AcceptFromGroupRequest(group_id=hit.group_id)
    try:
        with tx.savepoint():
            accepted: AcceptResponse = accept_from_group(tx, caller, following)
    except Refusal:
        return None
    return accepted.assignments[0]


def _event(event_type: EventType, assignment: Assignment, hit: HIT) -> Event:
    return Event(
        type=event_type,
        hit_id=hit.hit_id,
        hit_type_id=hit.hit_type_id,
        assignment_id=assignment.assignment_id,
    )
