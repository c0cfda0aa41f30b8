"""Scalars, enumerations and structures that several operations share.

Enumerations are plain strings here; the domain has the StrEnum types with the same values.
"""

from typing import Annotated

from kempelen.api.shape import (
    Integer,
    Length,
    Long,
    OneOf,
    Pattern,
    Range,
    Shape,
    Timestamp,
)

EntityId = Annotated[str, Length(1, 64), Pattern("^[A-Z0-9]+$")]
CustomerId = Annotated[str, Length(1, 64), Pattern("^A[A-Z0-9]+$")]
IdempotencyToken = Annotated[str, Length(1, 64)]
PaginationToken = Annotated[str, Length(1, 255)]
ResultSize = Annotated[int, Range(1, 100)]
CurrencyAmount = Annotated[str, Pattern(r"^[0-9]+(\.)?[0-9]{0,2}$")]
CountryParameters = Annotated[str, Length(2, 2)]

AssignmentStatus = Annotated[str, OneOf("Submitted", "Approved", "Rejected")]
Comparator = Annotated[
    str,
    OneOf(
        "LessThan",
        "LessThanOrEqualTo",
        "GreaterThan",
        "GreaterThanOrEqualTo",
        "EqualTo",
        "NotEqualTo",
        "Exists",
        "DoesNotExist",
        "In",
        "NotIn",
    ),
]
EventType = Annotated[
    str,
    OneOf(
        "AssignmentAccepted",
        "AssignmentAbandoned",
        "AssignmentReturned",
        "AssignmentSubmitted",
        "AssignmentRejected",
        "AssignmentApproved",
        "HITCreated",
        "HITExpired",
        "HITReviewable",
        "HITExtended",
        "HITDisposed",
        "Ping",
    ),
]
HITAccessActions = Annotated[str, OneOf("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept")]
HITReviewStatus = Annotated[
    str, OneOf("NotReviewed", "MarkedForReview", "ReviewedAppropriate", "ReviewedInappropriate")
]
HITStatus = Annotated[
    str, OneOf("Assignable", "Unassignable", "Reviewable", "Reviewing", "Disposed")
]
NotificationTransport = Annotated[str, OneOf("Email", "SQS", "SNS")]
NotifyWorkersFailureCode = Annotated[str, OneOf("SoftFailure", "HardFailure")]
QualificationStatus = Annotated[str, OneOf("Granted", "Revoked")]
QualificationTypeStatus = Annotated[str, OneOf("Active", "Inactive")]
ReviewActionStatus = Annotated[str, OneOf("Intended", "Succeeded", "Failed", "Cancelled")]
ReviewPolicyLevel = Annotated[str, OneOf("Assignment", "HIT")]
ReviewableHITStatus = Annotated[str, OneOf("Reviewable", "Reviewing")]


class Locale(Shape, frozen=True, kw_only=True):
    """A country by its ISO 3166 code, perhaps narrowed to a subdivision."""

    country: CountryParameters
    subdivision: CountryParameters | None = None


class QualificationRequirement(Shape, frozen=True, kw_only=True):
    """What a worker's Qualification must be like; system types have ids that are no EntityId."""

    qualification_type_id: str
    comparator: Comparator
    integer_values: tuple[Integer, ...] | None = None
    locale_values: tuple[Locale, ...] | None = None
    required_to_preview: bool | None = None
    actions_guarded: HITAccessActions | None = None


class HITLayoutParameter(Shape, frozen=True, kw_only=True):
    """The value for one placeholder of a HIT layout."""

    name: str
    value: str


class ParameterMapEntry(Shape, frozen=True, kw_only=True):
    """A key with its values, inside a policy's parameter."""

    key: str | None = None
    values: tuple[str, ...] | None = None


class PolicyParameter(Shape, frozen=True, kw_only=True):
    """A parameter of a review policy: values, or a map."""

    key: str | None = None
    values: tuple[str, ...] | None = None
    map_entries: tuple[ParameterMapEntry, ...] | None = None


class ReviewPolicy(Shape, frozen=True, kw_only=True):
    """A review policy by name, with its parameters."""

    policy_name: str
    parameters: tuple[PolicyParameter, ...] | None = None


class HIT(Shape, frozen=True, kw_only=True):
    """A HIT as its requester sees it."""

    hit_id: EntityId | None = None
    hit_type_id: EntityId | None = None
    hit_group_id: EntityId | None = None
    hit_layout_id: EntityId | None = None
    creation_time: Timestamp | None = None
    title: str | None = None
    description: str | None = None
    question: str | None = None
    keywords: str | None = None
    hit_status: HITStatus | None = None
    max_assignments: Integer | None = None
    reward: CurrencyAmount | None = None
    auto_approval_delay_in_seconds: Long | None = None
    expiration: Timestamp | None = None
    assignment_duration_in_seconds: Long | None = None
    requester_annotation: str | None = None
    qualification_requirements: tuple[QualificationRequirement, ...] | None = None
    hit_review_status: HITReviewStatus | None = None
    number_of_assignments_pending: Integer | None = None
    number_of_assignments_available: Integer | None = None
    number_of_assignments_completed: Integer | None = None


class Assignment(Shape, frozen=True, kw_only=True):
    """Submitted work, decided or not."""

    assignment_id: EntityId | None = None
    worker_id: CustomerId | None = None
    hit_id: EntityId | None = None
    assignment_status: AssignmentStatus | None = None
    auto_approval_time: Timestamp | None = None
    accept_time: Timestamp | None = None
    submit_time: Timestamp | None = None
    approval_time: Timestamp | None = None
    rejection_time: Timestamp | None = None
    deadline: Timestamp | None = None
    answer: str | None = None
    requester_feedback: str | None = None


class BonusPayment(Shape, frozen=True, kw_only=True):
    """A bonus that was paid."""

    worker_id: CustomerId | None = None
    bonus_amount: CurrencyAmount | None = None
    assignment_id: EntityId | None = None
    reason: str | None = None
    grant_time: Timestamp | None = None


class QualificationType(Shape, frozen=True, kw_only=True):
    """A kind of Qualification, with its test."""

    qualification_type_id: EntityId | None = None
    creation_time: Timestamp | None = None
    name: str | None = None
    description: str | None = None
    keywords: str | None = None
    qualification_type_status: QualificationTypeStatus | None = None
    test: str | None = None
    test_duration_in_seconds: Long | None = None
    answer_key: str | None = None
    retry_delay_in_seconds: Long | None = None
    is_requestable: bool | None = None
    auto_granted: bool | None = None
    auto_granted_value: Integer | None = None


class Qualification(Shape, frozen=True, kw_only=True):
    """A worker's Qualification, granted or revoked."""

    qualification_type_id: EntityId | None = None
    worker_id: CustomerId | None = None
    grant_time: Timestamp | None = None
    integer_value: Integer | None = None
    locale_value: Locale | None = None
    status: QualificationStatus | None = None


class QualificationRequest(Shape, frozen=True, kw_only=True):
    """A worker's request for a Qualification, which awaits a decision."""

    qualification_request_id: str | None = None
    qualification_type_id: EntityId | None = None
    worker_id: CustomerId | None = None
    test: str | None = None
    answer: str | None = None
    submit_time: Timestamp | None = None


class ReviewResultDetail(Shape, frozen=True, kw_only=True):
    """One value that a review policy computed."""

    action_id: EntityId | None = None
    subject_id: EntityId | None = None
    subject_type: str | None = None
    question_id: EntityId | None = None
    key: str | None = None
    value: str | None = None


class ReviewActionDetail(Shape, frozen=True, kw_only=True):
    """One action that a review policy took or tried to take."""

    action_id: EntityId | None = None
    action_name: str | None = None
    target_id: EntityId | None = None
    target_type: str | None = None
    status: ReviewActionStatus | None = None
    complete_time: Timestamp | None = None
    result: str | None = None
    error_code: str | None = None


class ReviewReport(Shape, frozen=True, kw_only=True):
    """What the review policy of one level found and did."""

    review_results: tuple[ReviewResultDetail, ...] | None = None
    review_actions: tuple[ReviewActionDetail, ...] | None = None


class NotificationSpecification(Shape, frozen=True, kw_only=True):
    """Which events are sent where."""

    destination: str
    transport: NotificationTransport
    version: str
    event_types: tuple[EventType, ...]


class NotifyWorkersFailureStatus(Shape, frozen=True, kw_only=True):
    """Why one worker was not notified."""

    notify_workers_failure_code: NotifyWorkersFailureCode | None = None
    notify_workers_failure_message: str | None = None
    worker_id: CustomerId | None = None


class WorkerBlock(Shape, frozen=True, kw_only=True):
    """A worker whom the requester has blocked."""

    worker_id: CustomerId | None = None
    reason: str | None = None
