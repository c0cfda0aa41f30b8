"""Requests and responses of the operations that create, read and change HITs."""

from kempelen.api import types
from kempelen.api.shape import Integer, Long, Shape, Timestamp


class CreateHITRequest(Shape, frozen=True, kw_only=True):
    """A HIT together with the properties of its HIT type."""

    lifetime_in_seconds: Long
    assignment_duration_in_seconds: Long
    reward: types.CurrencyAmount
    title: str
    description: str
    max_assignments: Integer | None = None
    auto_approval_delay_in_seconds: Long | None = None
    keywords: str | None = None
    question: str | None = None
    requester_annotation: str | None = None
    qualification_requirements: tuple[types.QualificationRequirement, ...] | None = None
    unique_request_token: types.IdempotencyToken | None = None
    assignment_review_policy: types.ReviewPolicy | None = None
    hit_review_policy: types.ReviewPolicy | None = None
    hit_layout_id: types.EntityId | None = None
    hit_layout_parameters: tuple[types.HITLayoutParameter, ...] | None = None


class CreateHITResponse(Shape, frozen=True, kw_only=True):
    """The new HIT."""

    hit: types.HIT | None = None


class CreateHITTypeRequest(Shape, frozen=True, kw_only=True):
    """The properties that HITs of one type share."""

    assignment_duration_in_seconds: Long
    reward: types.CurrencyAmount
    title: str
    description: str
    auto_approval_delay_in_seconds: Long | None = None
    keywords: str | None = None
    qualification_requirements: tuple[types.QualificationRequirement, ...] | None = None


class CreateHITTypeResponse(Shape, frozen=True, kw_only=True):
    """The HIT type, new or found."""

    hit_type_id: types.EntityId | None = None


class CreateHITWithHITTypeRequest(Shape, frozen=True, kw_only=True):
    """A HIT of a type that exists."""

    hit_type_id: types.EntityId
    lifetime_in_seconds: Long
    max_assignments: Integer | None = None
    question: str | None = None
    requester_annotation: str | None = None
    unique_request_token: types.IdempotencyToken | None = None
    assignment_review_policy: types.ReviewPolicy | None = None
    hit_review_policy: types.ReviewPolicy | None = None
    hit_layout_id: types.EntityId | None = None
    hit_layout_parameters: tuple[types.HITLayoutParameter, ...] | None = None


class CreateHITWithHITTypeResponse(Shape, frozen=True, kw_only=True):
    """The new HIT."""

    hit: types.HIT | None = None


class GetHITRequest(Shape, frozen=True, kw_only=True):
    """The HIT to show."""

    hit_id: types.EntityId


class GetHITResponse(Shape, frozen=True, kw_only=True):
    """The HIT."""

    hit: types.HIT | None = None


class ListHITsRequest(Shape, frozen=True, kw_only=True):
    """A page of all HITs of the requester."""

    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListHITsResponse(Shape, frozen=True, kw_only=True):
    """A page of HITs."""

    next_token: types.PaginationToken | None = None
    num_results: Integer | None = None
    hits: tuple[types.HIT, ...] | None = None


class ListReviewableHITsRequest(Shape, frozen=True, kw_only=True):
    """A page of the HITs that are Reviewable or Reviewing."""

    hit_type_id: types.EntityId | None = None
    status: types.ReviewableHITStatus | None = None
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListReviewableHITsResponse(Shape, frozen=True, kw_only=True):
    """A page of HITs."""

    next_token: types.PaginationToken | None = None
    num_results: Integer | None = None
    hits: tuple[types.HIT, ...] | None = None


class ListHITsForQualificationTypeRequest(Shape, frozen=True, kw_only=True):
    """A page of the HITs that require a Qualification of one type."""

    qualification_type_id: types.EntityId
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListHITsForQualificationTypeResponse(Shape, frozen=True, kw_only=True):
    """A page of HITs."""

    next_token: types.PaginationToken | None = None
    num_results: Integer | None = None
    hits: tuple[types.HIT, ...] | None = None


class CreateAdditionalAssignmentsForHITRequest(Shape, frozen=True, kw_only=True):
    """How many assignments a HIT is to have more."""

    hit_id: types.EntityId
    number_of_additional_assignments: Integer
    unique_request_token: types.IdempotencyToken | None = None


class CreateAdditionalAssignmentsForHITResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class UpdateExpirationForHITRequest(Shape, frozen=True, kw_only=True):
    """When a HIT is to expire."""

    hit_id: types.EntityId
    expire_at: Timestamp


class UpdateExpirationForHITResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class UpdateHITReviewStatusRequest(Shape, frozen=True, kw_only=True):
    """A HIT that becomes Reviewing or, with revert, Reviewable again."""

    hit_id: types.EntityId
    revert: bool | None = None


class UpdateHITReviewStatusResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class UpdateHITTypeOfHITRequest(Shape, frozen=True, kw_only=True):
    """A HIT and the type it is to have."""

    hit_id: types.EntityId
    hit_type_id: types.EntityId


class UpdateHITTypeOfHITResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class DeleteHITRequest(Shape, frozen=True, kw_only=True):
    """The HIT to dispose of."""

    hit_id: types.EntityId


class DeleteHITResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""
