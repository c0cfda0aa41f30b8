"""The operations on requests for qualifications, as their requester sees them."""

from kempelen.api.qualifications import (
    AcceptQualificationRequestRequest,
    AcceptQualificationRequestResponse,
    ListQualificationRequestsRequest,
    ListQualificationRequestsResponse,
    RejectQualificationRequestRequest,
    RejectQualificationRequestResponse,
)
from kempelen.clock import micros
from kempelen.domain import errors, notice
from kempelen.domain import qualification_request as transitions
from kempelen.domain.people import Requester
from kempelen.domain.qualification import Cause
from kempelen.domain.qualification_request import QualificationRequest, RequestState
from kempelen.domain.qualification_type import QualificationType
from kempelen.operations import (
    granting,
    notices,
    paging,
    parameters,
    present,
)
from kempelen.operations import qualification_types as type_operations
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import qualification_requests, qualification_types
from kempelen.store.tx import Tx

VALUE_DEFAULT = 1
ID_SHOWN = 100


@operation(writes=False, scope=Scope.SCAN)
def list_qualification_requests(
    tx: Tx, requester: Requester, request: ListQualificationRequestsRequest
) -> ListQualificationRequestsResponse:
    """List the requests that wait for the caller, of one type or of all, the oldest first.

    Refusals, in order: InvalidParameterValue for NextToken, PermissionDenied for system types,
    QualificationTypeDoesNotExist.
    """
    type_id = request.qualification_type_id
    walk = Walk(
        operation="ListQualificationRequests",
        caller_id=requester.requester_id,
        filters=type_id or "",
    )
    position = paging.position(tx, walk, request.next_token)
    after = (int(position[0]), int(position[1])) if position else (0, 0)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    if type_id is None:
        found = qualification_requests.page_of_requester(
            tx, requester.requester_id, after, size + 1
        )
    else:
        type_operations.own(tx, requester, type_id)
        found = qualification_requests.page_of_type(tx, type_id, after, size + 1)
    page = found[:size]
    positions = [(micros(item.submitted_at or item.requested_at), item.n) for item in page]
    return ListQualificationRequestsResponse(
        next_token=paging.next_token(tx, walk, positions, has_more=len(found) > size),
        num_results=len(page),
        qualification_requests=tuple(map(present.qualification_request, page)),
    )


@operation(writes=True)
def accept_qualification_request(
    tx: Tx, requester: Requester, request: AcceptQualificationRequestRequest
) -> AcceptQualificationRequestResponse:
    """Grant what a worker asks for, with a value or 1, and tell the worker.

    Refusals, in order: QualificationRequestDoesNotExist, InvalidQualificationRequestState.
    """
    value = VALUE_DEFAULT if request.integer_value is None else request.integer_value
    before, wanted = _own(tx, requester, request.qualification_request_id)
    _decide(tx, before, transitions.grant(before, value, tx.now))
    granting.grant(tx, before.qualification_type_id, before.worker_id, value, Cause.ACCEPTED)
    told = notice.qualification_granted(
        requester.name, wanted.name, wanted.qualification_type_id, value
    )
    notices.tell(tx, before.worker_id, requester, told)
    return AcceptQualificationRequestResponse()


@operation(writes=True)
def reject_qualification_request(
    tx: Tx, requester: Requester, request: RejectQualificationRequestRequest
) -> RejectQualificationRequestResponse:
    """Turn a request down and tell the worker, with the reason if there is one.

    Refusals, in order: Reason, QualificationRequestDoesNotExist,
    InvalidQualificationRequestState.
    """
    reason = parameters.message(request.reason or "", "Reason") or None
    before, wanted = _own(tx, requester, request.qualification_request_id)
    _decide(tx, before, transitions.reject(before, reason, tx.now))
    told = notice.qualification_rejected(
        requester.name, wanted.name, wanted.qualification_type_id, reason
    )
    notices.tell(tx, before.worker_id, requester, told)
    return RejectQualificationRequestResponse()


def _own(
    tx: Tx, requester: Requester, request_id: str
) -> tuple[QualificationRequest, QualificationType]:
    """A request of the caller's type, and the type; a test that runs is not there yet."""
    found = qualification_requests.get(tx, request_id)
    if found is None or found.requester_id != requester.requester_id or not found.is_visible:
        raise errors.QualificationRequestDoesNotExist(request_id=request_id[:ID_SHOWN])
    wanted = qualification_types.get(tx, found.qualification_type_id)
    if wanted is None:
        raise errors.ServiceFault
    return found, wanted


def _decide(tx: Tx, before: QualificationRequest, after: QualificationRequest) -> None:
    """Store a decision; refuses when somebody else decided at the same moment."""
    if not qualification_requests.move(tx, before, after):
        raise errors.InvalidQualificationRequestState(allowed=RequestState.SUBMITTED)
