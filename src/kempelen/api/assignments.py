"""Requests and responses of the operations on assignments and their uploaded files."""

from kempelen.api import types
from kempelen.api.shape import Integer, Shape


class GetAssignmentRequest(Shape, frozen=True, kw_only=True):
    """The assignment to show."""

    assignment_id: types.EntityId


class GetAssignmentResponse(Shape, frozen=True, kw_only=True):
    """The assignment and its HIT."""

    assignment: types.Assignment | None = None
    hit: types.HIT | None = None


class ListAssignmentsForHITRequest(Shape, frozen=True, kw_only=True):
    """A page of a HIT's assignments."""

    hit_id: types.EntityId
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None
    assignment_statuses: tuple[types.AssignmentStatus, ...] | None = None


class ListAssignmentsForHITResponse(Shape, frozen=True, kw_only=True):
    """A page of assignments."""

    next_token: types.PaginationToken | None = None
    num_results: Integer | None = None
    assignments: tuple[types.Assignment, ...] | None = None


class ApproveAssignmentRequest(Shape, frozen=True, kw_only=True):
    """The assignment to approve, perhaps although it was rejected."""

    assignment_id: types.EntityId
    requester_feedback: str | None = None
    override_rejection: bool | None = None


class ApproveAssignmentResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class RejectAssignmentRequest(Shape, frozen=True, kw_only=True):
    """The assignment to reject, and why."""

    assignment_id: types.EntityId
    requester_feedback: str


class RejectAssignmentResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class GetFileUploadURLRequest(Shape, frozen=True, kw_only=True):
    """The file that answers one question of an assignment."""

    assignment_id: types.EntityId
    question_identifier: str


class GetFileUploadURLResponse(Shape, frozen=True, kw_only=True):
    """Where the file can be fetched for a short time."""

    file_upload_url: str | None = None
