"""The long lists of the older API: sorted as the caller likes, by page number, with their total."""

from kempelen.api.legacy import (
    AssignmentPage,
    GetAssignmentsForHITRequest,
    GetReviewableHITsRequest,
    HITPage,
    SearchHITsRequest,
)
from kempelen.domain.assignment import SUBMITTED_STATES, AssignmentStatus
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.people import Requester
from kempelen.operations import assignments as assignment_operations
from kempelen.operations import hits as hit_operations
from kempelen.operations import present
from kempelen.operations.legacy import paging
from kempelen.operations.legacy.paging import ASCENDING, Window
from kempelen.operations.registry import OLDER_ONLY, Scope, operation
from kempelen.store import assignments, hits
from kempelen.store.tx import Tx

DESCENDING = "Descending"


@operation(writes=False, scope=Scope.SCAN, protocols=OLDER_ONLY)
def search_hits(tx: Tx, requester: Requester, request: SearchHITsRequest) -> HITPage:
    """List the caller's HITs but disposed ones, by default in the order of their creation.

    Refusals: ParameterOutOfRange for PageSize and PageNumber.
    """
    window = paging.window(request)
    hits.check_due(tx, requester.requester_id)
    found, total = hits.page_sorted(
        tx,
        hits.SortedPage(
            requester_id=requester.requester_id,
            column=request.sort_property or "CreationTime",
            descending=request.sort_direction == DESCENDING,
            start=window.start,
            size=window.size,
        ),
    )
    return _hit_page(tx, found, total, window)


@operation(writes=False, scope=Scope.SCAN, protocols=OLDER_ONLY)
def get_reviewable_hits(tx: Tx, requester: Requester, request: GetReviewableHITsRequest) -> HITPage:
    """List the caller's HITs in status Reviewable, Reviewing or either; latest expiration first.

    Refusals: ParameterOutOfRange for PageSize and PageNumber.
    """
    window = paging.window(request)
    hits.check_due(tx, requester.requester_id)
    found, total = hits.page_sorted(
        tx,
        hits.SortedPage(
            requester_id=requester.requester_id,
            column=request.sort_property or "Expiration",
            descending=request.sort_direction != ASCENDING,
            start=window.start,
            size=window.size,
            statuses=request.status or (HITStatus.REVIEWABLE.value,),
            hit_type_id=request.hit_type_id,
        ),
    )
    return _hit_page(tx, found, total, window)


@operation(writes=False, scope=Scope.SCAN, protocols=OLDER_ONLY)
def get_assignments_for_hit(
    tx: Tx, requester: Requester, request: GetAssignmentsForHITRequest
) -> AssignmentPage:
    """List the submitted work of a HIT, by default in order of submission.

    Refusals, in order: ParameterOutOfRange for PageSize and PageNumber, HITDoesNotExist.
    """
    window = paging.window(request)
    hit = hit_operations.own(tx, requester, request.hit_id)
    wanted = request.assignment_statuses or SUBMITTED_STATES
    found, total = assignments.page_sorted(
        tx,
        assignments.SortedPage(
            hit_id=hit.hit_id,
            statuses=tuple(map(AssignmentStatus, wanted)),
            column=request.sort_property or "SubmitTime",
            descending=request.sort_direction == DESCENDING,
            start=window.start,
            size=window.size,
        ),
    )
    return AssignmentPage(
        num_results=len(found),
        total_num_results=total,
        page_number=window.number,
        assignments=tuple(
            assignment_operations.shown(tx, item.assignment, item.document) for item in found
        ),
    )


def _hit_page(tx: Tx, found: list[tuple[HIT, str]], total: int, window: Window) -> HITPage:
    return HITPage(
        num_results=len(found),
        total_num_results=total,
        page_number=window.number,
        hits=tuple(
            present.hit(hit, hit_operations.type_of(tx, hit), question, tx.now)
            for hit, question in found
        ),
    )
