"""The operations that list HITs."""

from collections.abc import Sequence

from kempelen.api import types
from kempelen.api.hits import (
    ListHITsForQualificationTypeRequest,
    ListHITsForQualificationTypeResponse,
    ListHITsRequest,
    ListHITsResponse,
    ListReviewableHITsRequest,
    ListReviewableHITsResponse,
)
from kempelen.clock import micros
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.people import Requester
from kempelen.operations import hits as hit_operations
from kempelen.operations import paging, present, qualification_types
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import hits
from kempelen.store.hits import ReviewablePage
from kempelen.store.tx import Tx


@operation(writes=False, scope=Scope.SCAN)
def list_hits(tx: Tx, requester: Requester, request: ListHITsRequest) -> ListHITsResponse:
    """List the caller's HITs but disposed ones, in order of their creation.

    Refusals: InvalidParameterValue for NextToken.
    """
    walk = Walk(operation="ListHITs", caller_id=requester.requester_id)
    position = paging.position(tx, walk, request.next_token)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    hits.check_due(tx, requester.requester_id)
    after = int(position[0]) if position else 0
    found = hits.page(tx, requester.requester_id, after, size + 1)
    page = found[:size]
    return ListHITsResponse(
        next_token=paging.next_token(
            tx, walk, [(hit.n,) for hit, _ in page], has_more=len(found) > size
        ),
        num_results=len(page),
        hits=_shown(tx, page),
    )


def _shown(tx: Tx, page: Sequence[tuple[HIT, str]]) -> tuple[types.HIT, ...]:
    return tuple(
        present.hit(hit, hit_operations.type_of(tx, hit), question, tx.now)
        for hit, question in page
    )


@operation(writes=False, scope=Scope.SCAN)
def list_hits_for_qualification_type(
    tx: Tx, requester: Requester, request: ListHITsForQualificationTypeRequest
) -> ListHITsForQualificationTypeResponse:
    """List the caller's HITs but disposed ones that require a type, in order of their creation.

    The type is the caller's own or a system type; both ids of Masters are one type. Refusals, in
    order: InvalidParameterValue for NextToken, QualificationTypeDoesNotExist.
    """
    type_id = request.qualification_type_id
    walk = Walk(
        operation="ListHITsForQualificationType",
        caller_id=requester.requester_id,
        filters=type_id,
    )
    position = paging.position(tx, walk, request.next_token)
    qualification_types.check_requirable(tx, requester, type_id)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    hits.check_due(tx, requester.requester_id)
    after = int(position[0]) if position else 0
    found = hits.page_requiring(tx, requester.requester_id, type_id, after, size + 1)
    page = found[:size]
    return ListHITsForQualificationTypeResponse(
        next_token=paging.next_token(
            tx, walk, [(hit.n,) for hit, _ in page], has_more=len(found) > size
        ),
        num_results=len(page),
        hits=_shown(tx, page),
    )


@operation(writes=False, scope=Scope.SCAN)
def list_reviewable_hits(
    tx: Tx, requester: Requester, request: ListReviewableHITsRequest
) -> ListReviewableHITsResponse:
    """List the caller's HITs in status Reviewable or Reviewing, latest expiration first.

    Refusals: InvalidParameterValue for NextToken.
    """
    status = HITStatus(request.status or HITStatus.REVIEWABLE)
    walk = Walk(
        operation="ListReviewableHITs",
        caller_id=requester.requester_id,
        filters=f"{status}:{request.hit_type_id or ''}",
    )
    position = paging.position(tx, walk, request.next_token)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    hits.check_due(tx, requester.requester_id)
    wanted = ReviewablePage(
        requester_id=requester.requester_id,
        status=status,
        hit_type_id=request.hit_type_id,
        after=(int(position[0]), str(position[1])) if position else None,
        size=size + 1,
    )
    found = hits.page_reviewable(tx, wanted)
    page = found[:size]
    positions = [(micros(hit.expiration), hit.hit_id) for hit, _ in page]
    return ListReviewableHITsResponse(
        next_token=paging.next_token(tx, walk, positions, has_more=len(found) > size),
        num_results=len(page),
        hits=_shown(tx, page),
    )
