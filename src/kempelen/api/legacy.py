"""Requests and responses of what only the older API (2014-08-15 and before) can do.

Operations that live on under another name have the shapes of their successors.
"""

from typing import Annotated, TypeVar

import msgspec

from kempelen.api import types
from kempelen.api.shape import Integer, Long, OneOf, Shape

S = TypeVar("S", bound=Shape)
SortDirection = Annotated[str, OneOf("Ascending", "Descending")]
HITSortProperty = Annotated[
    str, OneOf("Title", "Reward", "Expiration", "CreationTime", "Enumeration")
]
AssignmentSortProperty = Annotated[
    str, OneOf("AcceptTime", "SubmitTime", "AssignmentStatus", "Answer")
]
# The last one is what boto 2 asks for; requests do not expire, so it means their time.
QualificationRequestSortProperty = Annotated[
    str, OneOf("QualificationTypeId", "SubmitTime", "Expiration")
]
QualificationTypeSortProperty = Annotated[str, OneOf("Name")]
NotificationTransport = Annotated[str, OneOf("SOAP", "REST", "Email", "SQS")]
TimePeriod = Annotated[str, OneOf("OneDay", "SevenDays", "ThirtyDays", "LifeToDate")]
RequesterStatistic = Annotated[
    str,
    OneOf(
        "NumberAssignmentsAvailable",
        "NumberAssignmentsAccepted",
        "NumberAssignmentsPending",
        "NumberAssignmentsApproved",
        "NumberAssignmentsRejected",
        "NumberAssignmentsReturned",
        "NumberAssignmentsAbandoned",
        "PercentAssignmentsApproved",
        "PercentAssignmentsRejected",
        "TotalRewardPayout",
        "AverageRewardAmount",
        "TotalRewardFeePayout",
        "TotalFeePayout",
        "TotalRewardAndFeePayout",
        "TotalBonusPayout",
        "TotalBonusFeePayout",
        "NumberHITsCreated",
        "NumberHITsCompleted",
        "NumberHITsAssignable",
        "NumberHITsReviewable",
        "EstimatedRewardLiability",
        "EstimatedFeeLiability",
        "EstimatedTotalLiability",
    ),
]
RequesterWorkerStatistic = Annotated[
    str,
    OneOf(
        "NumberAssignmentsApproved",
        "NumberAssignmentsRejected",
        "PercentAssignmentsApproved",
        "PercentAssignmentsRejected",
        "NumberKnownAnswersCorrect",
        "NumberKnownAnswersIncorrect",
        "NumberKnownAnswersEvaluated",
        "PercentKnownAnswersCorrect",
        "NumberPluralityAnswersCorrect",
        "NumberPluralityAnswersIncorrect",
        "NumberPluralityAnswersEvaluated",
        "PercentPluralityAnswersCorrect",
    ),
]


class Paging(Shape, frozen=True, kw_only=True):
    """Which page of a list, counted from 1."""

    page_size: Integer | None = None
    page_number: Integer | None = None


class QualificationRequestPaging(Paging, frozen=True, kw_only=True):
    """A page of Qualification requests in some order."""

    sort_property: QualificationRequestSortProperty | None = None
    sort_direction: SortDirection | None = None


class QualificationTypePaging(Paging, frozen=True, kw_only=True):
    """A page of Qualification types, by name."""

    sort_property: QualificationTypeSortProperty | None = None
    sort_direction: SortDirection | None = None


class ExtendHITRequest(Shape, frozen=True, kw_only=True):
    """More assignments for a HIT, more time, or both."""

    hit_id: types.EntityId
    max_assignments_increment: Integer | None = None
    expiration_increment_in_seconds: Long | None = None
    unique_request_token: types.IdempotencyToken | None = None


class ForceExpireHITRequest(Shape, frozen=True, kw_only=True):
    """The HIT that is to expire now."""

    hit_id: types.EntityId


class DisableHITRequest(Shape, frozen=True, kw_only=True):
    """The HIT to take away from workers, with all its work approved."""

    hit_id: types.EntityId


class ApproveRejectedAssignmentRequest(Shape, frozen=True, kw_only=True):
    """The rejected assignment to approve all the same."""

    assignment_id: types.EntityId
    requester_feedback: str | None = None


class UpdateQualificationScoreRequest(Shape, frozen=True, kw_only=True):
    """A new value for a Qualification that a worker has."""

    qualification_type_id: types.EntityId
    subject_id: types.CustomerId
    integer_value: Integer


class SearchHITsRequest(Paging, frozen=True, kw_only=True):
    """A page of the requester's HITs; in spite of its name it takes no words to search for."""

    sort_property: HITSortProperty | None = None
    sort_direction: SortDirection | None = None


class GetReviewableHITsRequest(Paging, frozen=True, kw_only=True):
    """A page of the HITs that are Reviewable, Reviewing, or either."""

    hit_type_id: types.EntityId | None = None
    status: tuple[types.ReviewableHITStatus, ...] | None = None
    sort_property: HITSortProperty | None = None
    sort_direction: SortDirection | None = None


class GetAssignmentsForHITRequest(Paging, frozen=True, kw_only=True):
    """A page of a HIT's submitted work."""

    hit_id: types.EntityId
    assignment_statuses: tuple[types.AssignmentStatus, ...] | None = None
    sort_property: AssignmentSortProperty | None = None
    sort_direction: SortDirection | None = None


class GetReviewResultsForHITRequest(Paging, frozen=True, kw_only=True):
    """A page of what review policies found and did."""

    hit_id: types.EntityId
    policy_levels: tuple[types.ReviewPolicyLevel, ...] | None = None
    assignment_id: types.EntityId | None = None
    retrieve_actions: bool | None = None
    retrieve_results: bool | None = None


class GetRequesterStatisticRequest(Shape, frozen=True, kw_only=True):
    """A figure of the requester's account, for some period; `count` days with OneDay."""

    statistic: RequesterStatistic
    time_period: TimePeriod | None = None
    count: Integer | None = None


class GetRequesterWorkerStatisticRequest(Shape, frozen=True, kw_only=True):
    """A figure of what one worker did for the requester."""

    statistic: RequesterWorkerStatistic
    worker_id: types.CustomerId
    time_period: TimePeriod | None = None
    count: Integer | None = None


class NotificationSpecification(Shape, frozen=True, kw_only=True):
    """Which events are sent where, and by which of the transports of the time."""

    destination: str
    transport: NotificationTransport
    version: str
    event_types: tuple[types.EventType, ...]


class SetHITTypeNotificationRequest(Shape, frozen=True, kw_only=True):
    """What a HIT type's notifications are to be like; at least one optional member is needed."""

    hit_type_id: types.EntityId
    notification: NotificationSpecification | None = None
    active: bool | None = None


class SendTestEventNotificationRequest(Shape, frozen=True, kw_only=True):
    """The event to pretend, and where to send it."""

    notification: NotificationSpecification
    test_event_type: types.EventType


class Nothing(Shape, frozen=True, kw_only=True):
    """An operation without output."""


class Page(Shape, frozen=True, kw_only=True):
    """How much of a list a response holds."""

    num_results: Integer
    total_num_results: Integer
    page_number: Integer


class HITPage(Page, frozen=True, kw_only=True):
    """A page of HITs."""

    hits: tuple[types.HIT, ...]


class AssignmentPage(Page, frozen=True, kw_only=True):
    """A page of submitted work."""

    assignments: tuple[types.Assignment, ...]


class BonusPaymentPage(Page, frozen=True, kw_only=True):
    """A page of bonuses."""

    bonus_payments: tuple[types.BonusPayment, ...]


class WorkerBlockPage(Page, frozen=True, kw_only=True):
    """A page of blocks."""

    worker_blocks: tuple[types.WorkerBlock, ...]


class QualificationPage(Page, frozen=True, kw_only=True):
    """A page of Qualifications."""

    qualifications: tuple[types.Qualification, ...]


class QualificationTypePage(Page, frozen=True, kw_only=True):
    """A page of Qualification types."""

    qualification_types: tuple[types.QualificationType, ...]


class QualificationRequestPage(Page, frozen=True, kw_only=True):
    """A page of Qualification requests."""

    qualification_requests: tuple[types.QualificationRequest, ...]


class ReviewReport(Shape, frozen=True, kw_only=True):
    """A page of what the policy of one level found and did; each level has pages of its own."""

    page_number: Integer
    num_results: Integer
    total_num_results: Integer
    review_results: tuple[types.ReviewResultDetail, ...]
    review_actions: tuple[types.ReviewActionDetail, ...]


class GetReviewResultsForHITResponse(Shape, frozen=True, kw_only=True):
    """The policies of both levels and their reports."""

    hit_id: types.EntityId
    assignment_review_policy: types.ReviewPolicy | None = None
    hit_review_policy: types.ReviewPolicy | None = None
    assignment_review_report: ReviewReport | None = None
    hit_review_report: ReviewReport | None = None


class DataPoint(Shape, frozen=True, kw_only=True):
    """One figure: a whole number or a decimal one, written out."""

    date: float
    long_value: Long | None = None
    double_value: str | None = None


class GetStatisticResponse(Shape, frozen=True, kw_only=True):
    """Figures, oldest first, and what they are."""

    data_points: tuple[DataPoint, ...]
    statistic: str
    time_period: str
    worker_id: types.CustomerId | None = None


def following(request: S, token: str | None) -> S:
    """The same request for the page that a token begins, as long as pages can be."""
    return msgspec.structs.replace(request, max_results=100, next_token=token)
