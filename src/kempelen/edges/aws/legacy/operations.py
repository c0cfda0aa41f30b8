"""The table of the older operations: which operation each is, and what is different about it.

Renamed members are in `elements`; here are defaults, results, response groups and pages.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from kempelen.api import (
    account,
    assignments,
    hits,
    qualifications,
    workers,
)
from kempelen.api import legacy as older
from kempelen.api.hits import CreateHITRequest, CreateHITWithHITTypeRequest
from kempelen.edges.aws.legacy import groups
from kempelen.edges.aws.legacy.faults import InvalidValue
from kempelen.edges.aws.legacy.groups import HIT_GROUPS, Groups
from kempelen.edges.aws.legacy.rows import PagesOf, Row
from kempelen.operations import registry
from kempelen.operations.legacy import assignments as older_assignments
from kempelen.operations.legacy import hits as older_hits
from kempelen.operations.legacy import listings, reviews, statistics
from kempelen.operations.legacy import notifications as older_notifications
from kempelen.operations.legacy import qualifications as older_qualifications
from kempelen.operations.legacy.paging import Order

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GetReveiwResultsForHIT": "GetReviewResultsForHIT",
        "AssignQualifcation": "AssignQualification",
        "GetQualificationForQualificationType": "GetQualificationsForQualificationType",
    }
)
REMOVED: Final = frozenset({"SetWorkerAcceptLimit", "GetWorkerAcceptLimit"})

_WHOLE_HIT: Final = Groups(allowed=HIT_GROUPS, default=("HITDetail", "HITQuestion"))
_ANY_STATE: Final = "Assignable, Unassignable, Reviewable, Reviewing"
_BLOCKS_MAX: Final = 65_535


def _simple(name: str, modern: str, request: type, **more: Any) -> Row:
    """An operation without output."""
    return Row(
        name=name,
        operation=modern,
        request=request,
        result=f"{name}Result",
        **more,
    )


def _own(name: str, function: Any, **more: Any) -> Row:
    """An operation that only the older API has."""
    operation = registry.of(function)
    return Row(
        name=name,
        operation=operation,
        request=operation.request,
        result=more.pop("result", f"{name}Result"),
        **more,
    )


def _check_question(request: CreateHITRequest | CreateHITWithHITTypeRequest) -> None:
    """A question or a layout: none, and both, are a wrong value here."""
    if request.question is None and request.hit_layout_id is None:
        reason = "Give a Question, or a HITLayoutId."
        raise InvalidValue("", "Question", reason)
    if request.question is not None and request.hit_layout_id is not None:
        reason = "Give a Question or a HITLayoutId, not both."
        raise InvalidValue(request.hit_layout_id, "HITLayoutId", reason)


_CREATION: Final = Groups(allowed=HIT_GROUPS)
_HITS: Final = (
    _own(
        "ExtendHIT",
        older_hits.extend_hit,
        states=_ANY_STATE,
    ),
    _own("ForceExpireHIT", older_hits.force_expire_hit, states=_ANY_STATE),
    _own("DisableHIT", older_hits.disable_hit, states="Assignable, Unassignable"),
    Row(
        name="CreateHIT",
        operation="CreateHIT",
        request=CreateHITRequest,
        result="HIT",
        member="hit",
        groups=_CREATION,
        check=_check_question,
        instead=(
            "HITTypeId",
            Row(
                name="CreateHIT",
                operation="CreateHITWithHITType",
                request=CreateHITWithHITTypeRequest,
                result="HIT",
                member="hit",
                groups=_CREATION,
                check=_check_question,
            ),
        ),
    ),
    Row(
        name="RegisterHITType",
        operation="CreateHITType",
        request=hits.CreateHITTypeRequest,
        result="RegisterHITTypeResult",
    ),
    Row(
        name="GetHIT",
        operation="GetHIT",
        request=hits.GetHITRequest,
        result="HIT",
        member="hit",
        groups=_WHOLE_HIT,
    ),
    _own(
        "SearchHITs",
        listings.search_hits,
        groups=Groups(allowed=HIT_GROUPS, default=("HITDetail", "HITAssignmentSummary")),
    ),
    _own("GetReviewableHITs", listings.get_reviewable_hits, groups=Groups(never=groups.REVIEWABLE)),
    Row(
        name="GetHITsForQualificationType",
        operation="ListHITsForQualificationType",
        request=hits.ListHITsForQualificationTypeRequest,
        result="GetHITsForQualificationTypeResult",
        paging=older.Paging,
        pages=PagesOf(page=older.HITPage, items="hits"),
        groups=_WHOLE_HIT,
    ),
    _simple("DisposeHIT", "DeleteHIT", hits.DeleteHITRequest, states="Reviewing, Reviewable"),
    _simple(
        "SetHITAsReviewing",
        "UpdateHITReviewStatus",
        hits.UpdateHITReviewStatusRequest,
        states="Reviewable",
    ),
    _simple(
        "ChangeHITTypeOfHIT",
        "UpdateHITTypeOfHIT",
        hits.UpdateHITTypeOfHITRequest,
        states="Assignable",
    ),
    _own("GetReviewResultsForHIT", reviews.get_review_results_for_hit),
)
_ASSIGNMENTS: Final = (
    _simple("ApproveAssignment", "ApproveAssignment", assignments.ApproveAssignmentRequest),
    _simple(
        "RejectAssignment",
        "RejectAssignment",
        assignments.RejectAssignmentRequest,
        defaults={"requester_feedback": ""},
    ),
    _own("ApproveRejectedAssignment", older_assignments.approve_rejected_assignment),
    Row(
        name="GetAssignment",
        operation="GetAssignment",
        request=assignments.GetAssignmentRequest,
        result="GetAssignmentResult",
        groups=Groups(
            allowed=("AssignmentFeedback", "HITDetail", "HITQuestion"),
            default=("HITDetail", "HITQuestion"),
        ),
    ),
    _own(
        "GetAssignmentsForHIT",
        listings.get_assignments_for_hit,
        groups=Groups(allowed=("AssignmentFeedback",)),
    ),
    Row(
        name="GetFileUploadURL",
        operation="GetFileUploadURL",
        request=assignments.GetFileUploadURLRequest,
        result="GetFileUploadURLResult",
    ),
)
_MONEY: Final = (
    Row(
        name="GetAccountBalance",
        operation="GetAccountBalance",
        request=account.GetAccountBalanceRequest,
        result="GetAccountBalanceResult",
    ),
    _simple("GrantBonus", "SendBonus", account.SendBonusRequest),
    Row(
        name="GetBonusPayments",
        operation="ListBonusPayments",
        request=account.ListBonusPaymentsRequest,
        result="GetBonusPaymentsResult",
        paging=older.Paging,
        pages=PagesOf(page=older.BonusPaymentPage, items="bonus_payments"),
    ),
    _own(
        "GetRequesterStatistic",
        statistics.get_requester_statistic,
        result="GetStatisticResult",
        groups=Groups(allowed=("Parameters",), default=("Parameters",)),
    ),
    _own(
        "GetRequesterWorkerStatistic",
        statistics.get_requester_worker_statistic,
        result="GetStatisticResult",
        groups=Groups(allowed=("Parameters",), default=("Parameters",)),
    ),
)
_QUALIFICATIONS: Final = (
    Row(
        name="CreateQualificationType",
        operation="CreateQualificationType",
        request=qualifications.CreateQualificationTypeRequest,
        result="QualificationType",
        member="qualification_type",
        defaults={"qualification_type_status": "Active"},
    ),
    Row(
        name="UpdateQualificationType",
        operation="UpdateQualificationType",
        request=qualifications.UpdateQualificationTypeRequest,
        result="QualificationType",
        member="qualification_type",
    ),
    Row(
        name="GetQualificationType",
        operation="GetQualificationType",
        request=qualifications.GetQualificationTypeRequest,
        result="QualificationType",
        member="qualification_type",
    ),
    Row(
        name="SearchQualificationTypes",
        operation="ListQualificationTypes",
        request=qualifications.ListQualificationTypesRequest,
        result="SearchQualificationTypesResult",
        paging=older.QualificationTypePaging,
        pages=PagesOf(
            page=older.QualificationTypePage,
            items="qualification_types",
            order=Order(
                keys={"Name": lambda item: item.name},
                default="Name",
                direction=listings.DESCENDING,
            ),
        ),
    ),
    _simple(
        "DisposeQualificationType",
        "DeleteQualificationType",
        qualifications.DeleteQualificationTypeRequest,
    ),
    Row(
        name="GetQualificationRequests",
        operation="ListQualificationRequests",
        request=qualifications.ListQualificationRequestsRequest,
        result="GetQualificationRequestsResult",
        paging=older.QualificationRequestPaging,
        pages=PagesOf(
            page=older.QualificationRequestPage,
            items="qualification_requests",
            order=Order(
                keys={
                    "SubmitTime": lambda item: item.submit_time,
                    "Expiration": lambda item: item.submit_time,
                    "QualificationTypeId": lambda item: item.qualification_type_id,
                },
                default="SubmitTime",
            ),
        ),
    ),
    _simple(
        "GrantQualification",
        "AcceptQualificationRequest",
        qualifications.AcceptQualificationRequestRequest,
    ),
    _simple(
        "RejectQualificationRequest",
        "RejectQualificationRequest",
        qualifications.RejectQualificationRequestRequest,
    ),
    _simple(
        "AssignQualification",
        "AssociateQualificationWithWorker",
        qualifications.AssociateQualificationWithWorkerRequest,
    ),
    _simple(
        "RevokeQualification",
        "DisassociateQualificationFromWorker",
        qualifications.DisassociateQualificationFromWorkerRequest,
    ),
    _own("UpdateQualificationScore", older_qualifications.update_qualification_score),
    Row(
        name="GetQualificationScore",
        operation="GetQualificationScore",
        request=qualifications.GetQualificationScoreRequest,
        result="Qualification",
        member="qualification",
    ),
    Row(
        name="GetQualificationsForQualificationType",
        operation="ListWorkersWithQualificationType",
        request=qualifications.ListWorkersWithQualificationTypeRequest,
        result="GetQualificationsForQualificationTypeResult",
        paging=older.Paging,
        pages=PagesOf(page=older.QualificationPage, items="qualifications"),
    ),
)
_WORKERS: Final = (
    _simple("BlockWorker", "CreateWorkerBlock", workers.CreateWorkerBlockRequest),
    _simple("UnblockWorker", "DeleteWorkerBlock", workers.DeleteWorkerBlockRequest),
    Row(
        name="GetBlockedWorkers",
        operation="ListWorkerBlocks",
        request=workers.ListWorkerBlocksRequest,
        result="GetBlockedWorkersResult",
        paging=older.Paging,
        pages=PagesOf(page=older.WorkerBlockPage, items="worker_blocks", size_max=_BLOCKS_MAX),
    ),
    Row(
        name="NotifyWorkers",
        operation="NotifyWorkers",
        request=workers.NotifyWorkersRequest,
        result="NotifyWorkersResult",
    ),
    _own("SetHITTypeNotification", older_notifications.set_hit_type_notification),
    _own(
        "SendTestEventNotification",
        older_notifications.send_test_event_notification,
        defaults={"test_event_type": "Ping"},
    ),
)

BY_NAME: Final[Mapping[str, Row]] = MappingProxyType(
    {row.name: row for row in (*_HITS, *_ASSIGNMENTS, *_MONEY, *_QUALIFICATIONS, *_WORKERS)}
)
"""Older name to row."""


def named(name: str) -> Row | None:
    """The row of an operation, under its name or a misprint of it in the reference."""
    return BY_NAME.get(ALIASES.get(name, name))
