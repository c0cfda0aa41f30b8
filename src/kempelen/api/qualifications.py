"""Requests and responses of the operations on Qualification types, requests and Qualifications."""

from kempelen.api import types
from kempelen.api.shape import Integer, Long, Shape


class CreateQualificationTypeRequest(Shape, frozen=True, kw_only=True):
    """A new Qualification type, perhaps with a test."""

    name: str
    description: str
    qualification_type_status: types.QualificationTypeStatus
    keywords: str | None = None
    retry_delay_in_seconds: Long | None = None
    test: str | None = None
    answer_key: str | None = None
    test_duration_in_seconds: Long | None = None
    auto_granted: bool | None = None
    auto_granted_value: Integer | None = None


class CreateQualificationTypeResponse(Shape, frozen=True, kw_only=True):
    """The new Qualification type."""

    qualification_type: types.QualificationType | None = None


class UpdateQualificationTypeRequest(Shape, frozen=True, kw_only=True):
    """What is to change about a Qualification type."""

    qualification_type_id: types.EntityId
    description: str | None = None
    qualification_type_status: types.QualificationTypeStatus | None = None
    test: str | None = None
    answer_key: str | None = None
    test_duration_in_seconds: Long | None = None
    retry_delay_in_seconds: Long | None = None
    auto_granted: bool | None = None
    auto_granted_value: Integer | None = None


class UpdateQualificationTypeResponse(Shape, frozen=True, kw_only=True):
    """The Qualification type after the change."""

    qualification_type: types.QualificationType | None = None


class GetQualificationTypeRequest(Shape, frozen=True, kw_only=True):
    """The Qualification type to show."""

    qualification_type_id: types.EntityId


class GetQualificationTypeResponse(Shape, frozen=True, kw_only=True):
    """The Qualification type."""

    qualification_type: types.QualificationType | None = None


class ListQualificationTypesRequest(Shape, frozen=True, kw_only=True):
    """A page of the Qualification types that meet the conditions."""

    must_be_requestable: bool
    query: str | None = None
    must_be_owned_by_caller: bool | None = None
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListQualificationTypesResponse(Shape, frozen=True, kw_only=True):
    """A page of Qualification types."""

    num_results: Integer | None = None
    next_token: types.PaginationToken | None = None
    qualification_types: tuple[types.QualificationType, ...] | None = None


class DeleteQualificationTypeRequest(Shape, frozen=True, kw_only=True):
    """The Qualification type to delete."""

    qualification_type_id: types.EntityId


class DeleteQualificationTypeResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class ListQualificationRequestsRequest(Shape, frozen=True, kw_only=True):
    """A page of the requests that await a decision."""

    qualification_type_id: types.EntityId | None = None
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListQualificationRequestsResponse(Shape, frozen=True, kw_only=True):
    """A page of Qualification requests."""

    num_results: Integer | None = None
    next_token: types.PaginationToken | None = None
    qualification_requests: tuple[types.QualificationRequest, ...] | None = None


class AcceptQualificationRequestRequest(Shape, frozen=True, kw_only=True):
    """The request to grant, and the value."""

    qualification_request_id: str
    integer_value: Integer | None = None


class AcceptQualificationRequestResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class RejectQualificationRequestRequest(Shape, frozen=True, kw_only=True):
    """The request to refuse, and why."""

    qualification_request_id: str
    reason: str | None = None


class RejectQualificationRequestResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class AssociateQualificationWithWorkerRequest(Shape, frozen=True, kw_only=True):
    """A Qualification to grant without a request."""

    qualification_type_id: types.EntityId
    worker_id: types.CustomerId
    integer_value: Integer | None = None
    send_notification: bool | None = None


class AssociateQualificationWithWorkerResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class DisassociateQualificationFromWorkerRequest(Shape, frozen=True, kw_only=True):
    """A Qualification to revoke."""

    worker_id: types.CustomerId
    qualification_type_id: types.EntityId
    reason: str | None = None


class DisassociateQualificationFromWorkerResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class GetQualificationScoreRequest(Shape, frozen=True, kw_only=True):
    """The Qualification to show."""

    qualification_type_id: types.EntityId
    worker_id: types.CustomerId


class GetQualificationScoreResponse(Shape, frozen=True, kw_only=True):
    """The Qualification."""

    qualification: types.Qualification | None = None


class ListWorkersWithQualificationTypeRequest(Shape, frozen=True, kw_only=True):
    """A page of the Qualifications of one type."""

    qualification_type_id: types.EntityId
    status: types.QualificationStatus | None = None
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListWorkersWithQualificationTypeResponse(Shape, frozen=True, kw_only=True):
    """A page of Qualifications."""

    next_token: types.PaginationToken | None = None
    num_results: Integer | None = None
    qualifications: tuple[types.Qualification, ...] | None = None
