"""Shapes of a worker's qualifications: types, requests, tests, and what the worker may do next."""

from typing import Annotated

import msgspec

from kempelen.api.tasks import QuestionFormTask
from kempelen.api.work import QualificationAction, RequesterSummary, Time, WorkShape

RequestState = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={
            "enum": ["testing", "submitted", "granted", "rejected", "expired", "cancelled"]
        }
    ),
]
ChangeCause = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={
            "enum": [
                "associated",
                "accepted",
                "auto_granted",
                "graded",
                "disassociated",
                "given_back",
            ]
        }
    ),
]
Holding = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["granted", "revoked"]})]


class QualificationRequest(WorkShape, frozen=True, kw_only=True):
    """An own request; with a test it is the attempt, and `deadline` is when its time is over.

    `value` is what was granted for it, `reason` what the requester said at a rejection.
    """

    request_id: str
    qualification_type_id: str
    state: RequestState
    requested_at: Time
    deadline: Time | None
    submitted_at: Time | None
    ended_at: Time | None
    value: int | None
    reason: str | None


class QualificationChange(WorkShape, frozen=True, kw_only=True):
    """How a qualification came, got another value, or went; `reason` is what the requester said.

    The value is the one that was granted, or that was lost.
    """

    cause: ChangeCause
    value: int
    reason: str | None
    changed_at: Time


class OwnQualification(WorkShape, frozen=True, kw_only=True):
    """How the caller stands with a type: what is held, the last request, what can be done.

    `code` is why nothing can be done, or why one has to wait; `action_at` is when a request is
    allowed again, or when a running test is over. `history` is there only where one type is shown,
    the newest change first, at most twenty.
    """

    status: Holding | None
    value: int | str | None
    granted_at: Time | None
    reason: str | None
    request: QualificationRequest | None
    action: QualificationAction
    action_at: Time | None
    code: str | None
    history: list[QualificationChange] | None


class QualificationType(WorkShape, frozen=True, kw_only=True):
    """A qualification type as workers see it; `requester` is null for those of the marketplace.

    `is_graded` tells that an answer key decides about the test at once. `question_count` is there
    only where one type is shown.
    """

    qualification_type_id: str
    name: str
    description: str
    keywords: list[str]
    requester: RequesterSummary | None
    is_active: bool
    is_requestable: bool
    auto_granted: bool
    has_test: bool
    is_graded: bool
    test_duration_seconds: int | None
    question_count: int | None
    retry_delay_seconds: int | None
    created_at: Time | None
    caller: OwnQualification


class SearchQualificationTypesRequest(WorkShape, frozen=True, kw_only=True):
    """Which types to list."""

    search: str | None = None
    requestable: bool = False
    has_test: bool = False
    auto_granted: bool = False
    limit: int = 20
    cursor: str | None = None


class SearchQualificationTypesResponse(WorkShape, frozen=True, kw_only=True):
    """A page of types."""

    items: list[QualificationType]
    next_cursor: str | None


class ShowQualificationTypeRequest(WorkShape, frozen=True, kw_only=True):
    """One type."""

    qualification_type_id: str


class ShowQualificationTypeResponse(WorkShape, frozen=True, kw_only=True):
    """The type."""

    qualification_type: QualificationType


class ListOwnQualificationsRequest(WorkShape, frozen=True, kw_only=True):
    """What the caller holds (`assigned`), what the caller has requested (`pending`), or both."""

    states: tuple[str, ...] = ()
    limit: int = 20
    cursor: str | None = None


class ListOwnQualificationsResponse(WorkShape, frozen=True, kw_only=True):
    """A page of types with the caller's state; open requests come first, each newest first."""

    items: list[QualificationType]
    next_cursor: str | None


class RequestQualificationRequest(WorkShape, frozen=True, kw_only=True):
    """Ask for a type that has no test."""

    qualification_type_id: str
    idempotency_key: str | None = None


class RequestQualificationResponse(WorkShape, frozen=True, kw_only=True):
    """The request, granted at once or waiting for the requester."""

    request: QualificationRequest


class StartTestRequest(WorkShape, frozen=True, kw_only=True):
    """Begin the test of a type; one that is running goes on."""

    qualification_type_id: str


class GetTestRequest(WorkShape, frozen=True, kw_only=True):
    """An own attempt by its id, or the running one of a type."""

    request_id: str | None = None
    qualification_type_id: str | None = None


class OwnAttempt(WorkShape, frozen=True, kw_only=True):
    """An own attempt with the document of its questions, which only a running one has."""

    request: QualificationRequest
    name: str
    requester: RequesterSummary
    duration_seconds: int
    question: str | None


class QualificationTest(WorkShape, frozen=True, kw_only=True):
    """An attempt at a test; `question_form` only while it is running."""

    attempt_id: str
    name: str
    requester: RequesterSummary
    duration_seconds: int
    request: QualificationRequest
    question_form: QuestionFormTask | None


class SubmitTestRequest(WorkShape, frozen=True, kw_only=True):
    """Answers to a test: as form fields, by question id, or as a document; exactly one of them."""

    request_id: str
    form_fields: tuple[tuple[str, str], ...] | None = None
    answers: dict[str, object] | None = None
    answer_xml: str | None = None


class SubmitTestResponse(WorkShape, frozen=True, kw_only=True):
    """The request: granted with its value where a key graded it, else submitted."""

    request: QualificationRequest


class CancelQualificationRequestRequest(WorkShape, frozen=True, kw_only=True):
    """Withdraw an open request, or break a running test off."""

    request_id: str


class CancelQualificationRequestResponse(WorkShape, frozen=True, kw_only=True):
    """The request as cancelled."""

    request: QualificationRequest


class GiveBackQualificationRequest(WorkShape, frozen=True, kw_only=True):
    """Give a qualification up."""

    qualification_type_id: str


class GiveBackQualificationResponse(WorkShape, frozen=True, kw_only=True):
    """The type, with the qualification revoked."""

    qualification_type: QualificationType
