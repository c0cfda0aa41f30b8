"""Request and response of the operation that lists what review policies found and did."""

from kempelen.api import types
from kempelen.api.shape import Shape


class ListReviewPolicyResultsForHITRequest(Shape, frozen=True, kw_only=True):
    """A page of results and actions; the last two members are of the older API, not the model."""

    hit_id: types.EntityId
    policy_levels: tuple[types.ReviewPolicyLevel, ...] | None = None
    retrieve_actions: bool | None = None
    retrieve_results: bool | None = None
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None
    assignment_id: types.EntityId | None = None
    policy_level: types.ReviewPolicyLevel | None = None


class ListReviewPolicyResultsForHITResponse(Shape, frozen=True, kw_only=True):
    """The policies of both levels and their reports."""

    hit_id: types.EntityId | None = None
    assignment_review_policy: types.ReviewPolicy | None = None
    hit_review_policy: types.ReviewPolicy | None = None
    assignment_review_report: types.ReviewReport | None = None
    hit_review_report: types.ReviewReport | None = None
    next_token: types.PaginationToken | None = None
