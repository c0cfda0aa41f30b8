"""What a worker does about qualifications: request one, take a test, withdraw, give one back.

Readings are in `own_qualifications`; what requesters decide is in `qualification_requests`.
"""

import json

from kempelen.api.own_qualifications import (
    CancelQualificationRequestRequest,
    CancelQualificationRequestResponse,
    GiveBackQualificationRequest,
    GiveBackQualificationResponse,
    OwnAttempt,
    RequestQualificationRequest,
    RequestQualificationResponse,
    StartTestRequest,
    SubmitTestRequest,
    SubmitTestResponse,
)
from kempelen.domain import qualification_request as transitions
from kempelen.domain import qualification_step, work_errors
from kempelen.domain.people import WorkerCaller
from kempelen.domain.qualification import Cause
from kempelen.domain.qualification_request import QualificationRequest, RequestState
from kempelen.domain.qualification_type import QualificationType
from kempelen.domain.system_types import SYSTEM_TYPES
from kempelen.operations import (
    grading,
    granting,
    own_qualifications,
    own_records,
    present_qualifications,
    qualification_timers,
)
from kempelen.operations.registry import operation
from kempelen.store import (
    db,
    qualification_requests,
    qualification_types,
    qualifications,
    tokens,
)
from kempelen.store.tx import Tx

REQUEST_FAMILY = "qualification"


@operation(writes=True)
def request_qualification(
    tx: Tx, caller: WorkerCaller, request: RequestQualificationRequest
) -> RequestQualificationResponse:
    """Ask for a type without a test; one that is granted automatically is granted at once.

    Refusals, in order: IDEMPOTENCY_CONFLICT, ACCOUNT_SUSPENDED, TOKEN_READ_ONLY, NOT_REQUESTABLE
    for a type of the marketplace, NOT_FOUND, TEST_REQUIRED, NOT_PERMITTED, TYPE_INACTIVE,
    ALREADY_PENDING, ALREADY_HELD, RETRY_TOO_SOON.
    """
    repeated = _repeated(tx, caller, request)
    if repeated is not None:
        return _answer(tx, repeated)
    _check_caller(caller)
    wanted = _requestable(tx, request.qualification_type_id)
    if wanted.test is not None:
        raise work_errors.NeedsTest
    opened = _open(tx, caller, wanted)
    if wanted.auto_granted_value is not None:
        opened = _grant(tx, opened, wanted.auto_granted_value, Cause.AUTO_GRANTED)
    if request.idempotency_key is not None:
        noted = json.dumps([request.qualification_type_id, opened.request_id])
        tokens.use(tx, caller.worker.worker_id, REQUEST_FAMILY, request.idempotency_key, noted)
    return _answer(tx, opened)


def _repeated(
    tx: Tx, caller: WorkerCaller, request: RequestQualificationRequest
) -> QualificationRequest | None:
    """The request that was made with the same Idempotency-Key before."""
    key = request.idempotency_key
    if key is None:
        return None
    noted = tokens.find(tx, caller.worker.worker_id, REQUEST_FAMILY, key)
    if noted is None:
        return None
    type_id, request_id = json.loads(noted)
    if type_id != request.qualification_type_id:
        raise work_errors.IdempotencyConflict(key=key[:100])
    return own_qualifications.own_request(tx, caller, request_id)


def _answer(tx: Tx, made: QualificationRequest) -> RequestQualificationResponse:
    return RequestQualificationResponse(request=present_qualifications.request(made, tx.now))


@operation(writes=True)
def start_test(tx: Tx, caller: WorkerCaller, request: StartTestRequest) -> OwnAttempt:
    """Begin the test of a type; its time begins to run. A test that is running is shown again.

    Refusals, in order: ACCOUNT_SUSPENDED, TOKEN_READ_ONLY, NOT_REQUESTABLE for a type of the
    marketplace, NOT_FOUND, NO_TEST, NOT_PERMITTED, TYPE_INACTIVE, ALREADY_PENDING, ALREADY_HELD,
    RETRY_TOO_SOON.
    """
    _check_caller(caller)
    type_id = request.qualification_type_id
    running = own_qualifications.running(tx, caller, type_id)
    if running is not None:
        return own_qualifications.shown_attempt(tx, running)
    wanted = _requestable(tx, type_id)
    if wanted.test is None:
        raise work_errors.NoTest
    return own_qualifications.shown_attempt(tx, _open(tx, caller, wanted))


@operation(writes=True)
def submit_test(tx: Tx, caller: WorkerCaller, request: SubmitTestRequest) -> SubmitTestResponse:
    """Hand in the answers to a test. With a key it is graded and granted at once.

    Handing in again shows what became of the first answers and stores nothing.
    Refusals, in order: NOT_FOUND, TOKEN_READ_ONLY, TEST_TIME_OVER, TEST_ENDED, INVALID_ANSWERS,
    TOO_LARGE.
    """
    attempt = own_qualifications.own_request(tx, caller, request.request_id)
    if not caller.may_work:
        raise work_errors.TokenMayNotWork
    if attempt.test is None:
        raise work_errors.RequestNotFound
    if attempt.submitted_at is None:
        transitions.check_running(attempt, tx.now)
        answers, document = grading.given(tx, attempt.test, request)
        submitted = _moved(tx, attempt, transitions.submit(attempt, document, tx.now))
        value = grading.value(attempt.test, answers)
        attempt = submitted if value is None else _grant(tx, submitted, value, Cause.GRADED)
    return SubmitTestResponse(request=present_qualifications.request(attempt, tx.now))


@operation(writes=True)
def cancel_qualification_request(
    tx: Tx, caller: WorkerCaller, request: CancelQualificationRequestRequest
) -> CancelQualificationRequestResponse:
    """Withdraw a request that waits, or break off a test that is running.

    Refusals, in order: NOT_FOUND, TOKEN_READ_ONLY, TEST_TIME_OVER, TEST_ENDED.
    """
    found = own_qualifications.own_request(tx, caller, request.request_id)
    if not caller.may_work:
        raise work_errors.TokenMayNotWork
    if found.state is not RequestState.SUBMITTED:
        transitions.check_running(found, tx.now)
    cancelled = _moved(tx, found, transitions.cancel(found, tx.now))
    return CancelQualificationRequestResponse(
        request=present_qualifications.request(cancelled, tx.now)
    )


@operation(writes=True)
def give_back_qualification(
    tx: Tx, caller: WorkerCaller, request: GiveBackQualificationRequest
) -> GiveBackQualificationResponse:
    """Give a qualification up; it counts as revoked at the worker's own wish.

    Refusals, in order: TOKEN_READ_ONLY, NOT_PERMITTED for a type of the marketplace, NOT_FOUND for
    what the worker does not hold.
    """
    if not caller.may_work:
        raise work_errors.TokenMayNotWork
    type_id = request.qualification_type_id
    if type_id in SYSTEM_TYPES:
        raise work_errors.CannotGiveBack
    held = qualifications.get(tx, type_id, caller.worker.worker_id)
    kind = qualification_types.get(tx, type_id)
    if held is None or kind is None or not held.is_granted:
        raise work_errors.NotHeld
    granting.revoke(tx, held, None, Cause.GIVEN_BACK)
    own = own_records.of(tx, caller, kind)
    return GiveBackQualificationResponse(
        qualification_type=present_qualifications.qualification_type(tx, kind, own)
    )


def _check_caller(caller: WorkerCaller) -> None:
    if caller.worker.is_suspended:
        raise work_errors.AccountSuspended
    if not caller.may_work:
        raise work_errors.TokenMayNotWork


def _requestable(tx: Tx, type_id: str) -> QualificationType:
    if type_id in SYSTEM_TYPES:
        raise work_errors.NotRequestable
    # Who deletes it at this moment either finds the request, or is found here.
    qualification_types.lock(tx, type_id)
    wanted = qualification_types.get(tx, type_id)
    if wanted is None or wanted.is_deleted:
        raise work_errors.TypeNotFound
    return wanted


def _open(tx: Tx, caller: WorkerCaller, wanted: QualificationType) -> QualificationRequest:
    """Store a new request, as far as the worker's record with the type admits one."""
    record = own_records.of(tx, caller, wanted).record
    if record.last is not None:
        qualification_timers.settle(tx, record.last)
    refusal = qualification_step.refusal_of_request(wanted, record, tx.now)
    if refusal is not None:
        raise refusal
    return qualification_requests.add(
        tx, transitions.open_request(tx.new_id(), wanted, caller.worker.worker_id, tx.now)
    )


def _grant(
    tx: Tx, submitted: QualificationRequest, value: int, cause: Cause
) -> QualificationRequest:
    granted = _moved(tx, submitted, transitions.grant(submitted, value, tx.now))
    granting.grant(tx, granted.qualification_type_id, granted.worker_id, value, cause)
    return granted


def _moved(
    tx: Tx, before: QualificationRequest, after: QualificationRequest
) -> QualificationRequest:
    """Store a transition; when somebody was quicker, all is done again on what is true then."""
    if not qualification_requests.move(tx, before, after):
        raise db.Outpaced
    return after
