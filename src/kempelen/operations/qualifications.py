"""The operations on what workers hold, named as boto3 names them."""

from kempelen.api.qualifications import (
    AssociateQualificationWithWorkerRequest,
    AssociateQualificationWithWorkerResponse,
    DisassociateQualificationFromWorkerRequest,
    DisassociateQualificationFromWorkerResponse,
    GetQualificationScoreRequest,
    GetQualificationScoreResponse,
    ListWorkersWithQualificationTypeRequest,
    ListWorkersWithQualificationTypeResponse,
)
from kempelen.clock import micros
from kempelen.domain import errors, notice
from kempelen.domain import qualification as transitions
from kempelen.domain.people import Requester
from kempelen.domain.qualification import Cause, QualificationStatus
from kempelen.operations import (
    granting,
    notices,
    paging,
    parameters,
    present,
    qualification_types,
)
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import qualifications, workers
from kempelen.store.tx import Tx

VALUE_DEFAULT = 1


@operation(writes=True)
def associate_qualification_with_worker(
    tx: Tx, requester: Requester, request: AssociateQualificationWithWorkerRequest
) -> AssociateQualificationWithWorkerResponse:
    """Grant a qualification without a request, again, or with another value; requests stay open.

    The worker is told unless SendNotification is false. Refusals, in order: PermissionDenied for
    system types, QualificationTypeDoesNotExist, WorkerId unknown.
    """
    wanted = qualification_types.own(tx, requester, request.qualification_type_id)
    worker_id = request.worker_id
    if workers.get(tx, worker_id) is None:
        raise errors.InvalidParameterValue(value=worker_id, name="WorkerId")
    value = VALUE_DEFAULT if request.integer_value is None else request.integer_value
    granting.grant(tx, wanted.qualification_type_id, worker_id, value, Cause.ASSOCIATED)
    if request.send_notification is not False:
        told = notice.qualification_granted(
            requester.name, wanted.name, wanted.qualification_type_id, value
        )
        notices.tell(tx, worker_id, requester, told)
    return AssociateQualificationWithWorkerResponse()


@operation(writes=True)
def disassociate_qualification_from_worker(
    tx: Tx, requester: Requester, request: DisassociateQualificationFromWorkerRequest
) -> DisassociateQualificationFromWorkerResponse:
    """Revoke a qualification; the worker is told only when there is a reason.

    Refusals, in order: Reason, PermissionDenied for system types, QualificationTypeDoesNotExist,
    QualificationDoesNotExist, InvalidQualificationState.
    """
    reason = parameters.message(request.reason or "", "Reason") or None
    wanted = qualification_types.own(tx, requester, request.qualification_type_id)
    held = qualifications.get(tx, wanted.qualification_type_id, request.worker_id)
    if held is None:
        raise errors.QualificationDoesNotExist
    granting.revoke(tx, held, reason, Cause.DISASSOCIATED)
    if reason is not None:
        told = notice.qualification_revoked(
            requester.name, wanted.name, wanted.qualification_type_id, reason
        )
        notices.tell(tx, held.worker_id, requester, told)
    return DisassociateQualificationFromWorkerResponse()


@operation(writes=False)
def get_qualification_score(
    tx: Tx, requester: Requester, request: GetQualificationScoreRequest
) -> GetQualificationScoreResponse:
    """Show what a worker holds of a type of the caller's.

    Refusals, in order: PermissionDenied for system types, QualificationTypeDoesNotExist,
    QualificationDoesNotExist, InvalidQualificationState for a revoked one (unless
    `qualifications.score_returns_revoked`).
    """
    wanted = qualification_types.own(tx, requester, request.qualification_type_id)
    held = qualifications.get(tx, wanted.qualification_type_id, request.worker_id)
    if held is None:
        raise errors.QualificationDoesNotExist
    if not tx.settings.qualifications.score_returns_revoked:
        transitions.check_granted(held)
    return GetQualificationScoreResponse(qualification=present.qualification(held))


@operation(writes=False, scope=Scope.SCAN)
def list_workers_with_qualification_type(
    tx: Tx, requester: Requester, request: ListWorkersWithQualificationTypeRequest
) -> ListWorkersWithQualificationTypeResponse:
    """List who holds a type of the caller's, or who held it, in the order of the grants.

    Refusals, in order: InvalidParameterValue for NextToken, PermissionDenied for system types,
    QualificationTypeDoesNotExist.
    """
    type_id = request.qualification_type_id
    status = QualificationStatus(request.status or QualificationStatus.GRANTED)
    walk = Walk(
        operation="ListWorkersWithQualificationType",
        caller_id=requester.requester_id,
        filters=f"{type_id}:{status}",
    )
    position = paging.position(tx, walk, request.next_token)
    qualification_types.own(tx, requester, type_id)
    after = (int(position[0]), int(position[1])) if position else (0, 0)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    found = qualifications.page(tx, type_id, status, after, size + 1)
    page = found[:size]
    positions = [(micros(item.granted_at), item.n) for item in page]
    return ListWorkersWithQualificationTypeResponse(
        next_token=paging.next_token(tx, walk, positions, has_more=len(found) > size),
        num_results=len(page),
        qualifications=tuple(map(present.qualification, page)),
    )
