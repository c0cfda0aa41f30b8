"""The listings that are measured, each with the filters that it is asked with."""

from dataclasses import dataclass, field
from typing import Any

from kempelen.api.account import ListBonusPaymentsRequest
from kempelen.api.assignments import ListAssignmentsForHITRequest
from kempelen.api.hits import (
    ListHITsForQualificationTypeRequest,
    ListHITsRequest,
    ListReviewableHITsRequest,
)
from kempelen.api.qualifications import (
    ListQualificationRequestsRequest,
    ListQualificationTypesRequest,
    ListWorkersWithQualificationTypeRequest,
)
from kempelen.api.reviews import ListReviewPolicyResultsForHITRequest
from kempelen.api.workers import ListWorkerBlocksRequest
from kempelen.operations import served
from kempelen.operations.registry import Operation
from shelves import Shelf


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One listing operation and the filters that it is asked with."""

    name: str
    operation: Operation
    shape: type
    filters: dict[str, Any] = field(default_factory=dict)

    def request(self, shelf: Shelf, **paging: Any) -> Any:
        """The request of one page; filters that name a field of the shelf take it from there."""
        chosen = {
            name: getattr(shelf, value.removeprefix("shelf.")) if _is_place(value) else value
            for name, value in self.filters.items()
        }
        return self.shape(**chosen, **paging)


def _is_place(value: object) -> bool:
    return isinstance(value, str) and value.startswith("shelf.")


def _listing(name: str, shape: type, note: str = "", **filters: Any) -> Listing:
    return Listing(
        name=f"{name}{note}", operation=served.BY_NAME[name], shape=shape, filters=filters
    )


LISTINGS = (
    _listing("ListHITs", ListHITsRequest),
    _listing("ListReviewableHITs", ListReviewableHITsRequest),
    _listing(
        "ListReviewableHITs",
        ListReviewableHITsRequest,
        " of a type",
        hit_type_id="shelf.hit_type_id",
    ),
    _listing("ListAssignmentsForHIT", ListAssignmentsForHITRequest, hit_id="shelf.worked_hit_id"),
    _listing(
        "ListAssignmentsForHIT",
        ListAssignmentsForHITRequest,
        ", Rejected",
        hit_id="shelf.worked_hit_id",
        assignment_statuses=("Rejected",),
    ),
    _listing("ListBonusPayments", ListBonusPaymentsRequest, hit_id="shelf.worked_hit_id"),
    _listing(
        "ListHITsForQualificationType",
        ListHITsForQualificationTypeRequest,
        qualification_type_id="shelf.qualification_type_id",
    ),
    _listing("ListQualificationTypes", ListQualificationTypesRequest, must_be_requestable=True),
    _listing(
        "ListWorkersWithQualificationType",
        ListWorkersWithQualificationTypeRequest,
        qualification_type_id="shelf.qualification_type_id",
    ),
    _listing("ListQualificationRequests", ListQualificationRequestsRequest),
    _listing("ListWorkerBlocks", ListWorkerBlocksRequest),
    _listing(
        "ListReviewPolicyResultsForHIT",
        ListReviewPolicyResultsForHITRequest,
        hit_id="shelf.worked_hit_id",
    ),
)
