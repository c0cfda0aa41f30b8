"""Domain records to wire shapes of the Requester API. Times are cut to whole seconds."""

from datetime import UTC, datetime

from kempelen.api import types
from kempelen.domain import money
from kempelen.domain.assignment import Assignment
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.hit_type import HITType
from kempelen.domain.qualification import Qualification
from kempelen.domain.qualification_request import QualificationRequest
from kempelen.domain.qualification_type import QualificationType, QualificationTypeStatus
from kempelen.domain.requirement import ActionsGuarded, QualificationRequirement
from kempelen.domain.system_types import SystemType
from kempelen.store.bonuses import Bonus
from kempelen.store.reviews import DoneAction, StoredResult

NOT_REVIEWED = "NotReviewed"
SYSTEM_SINCE = datetime(2005, 11, 2, tzinfo=UTC)
"""When system types are said to be made: the day that Mechanical Turk opened."""


def time(value: datetime) -> float:
    """Seconds since the epoch without a fraction."""
    return float(int(value.timestamp()))


def _time_or_none(value: datetime | None) -> float | None:
    return None if value is None else time(value)


def hit(record: HIT, hit_type: HITType, question: str, now: datetime) -> types.HIT:
    """A HIT with all its members."""
    properties = hit_type.properties
    status = record.status(now)
    return types.HIT(
        hit_id=record.hit_id,
        hit_type_id=record.hit_type_id,
        hit_group_id=record.group_id,
        hit_layout_id=record.layout_id,
        creation_time=time(record.created_at),
        title=properties.title,
        description=properties.description,
        question=question,
        keywords=properties.keywords or None,
        hit_status=status.value,
        max_assignments=record.max_assignments,
        reward=money.show(properties.reward),
        auto_approval_delay_in_seconds=properties.auto_approval_delay_seconds,
        expiration=time(record.expiration),
        assignment_duration_in_seconds=properties.assignment_duration_seconds,
        requester_annotation=record.annotation,
        qualification_requirements=tuple(map(requirement, properties.requirements)),
        hit_review_status=NOT_REVIEWED,
        number_of_assignments_pending=record.pending,
        number_of_assignments_available=(
            record.open_slots if status is HITStatus.ASSIGNABLE else 0
        ),
        number_of_assignments_completed=record.approved + record.rejected,
    )


def requirement(record: QualificationRequirement) -> types.QualificationRequirement:
    """A requirement with the effective values of both its guard members."""
    locales = tuple(
        types.Locale(country=locale.country, subdivision=locale.subdivision)
        for locale in record.locale_values
    )
    return types.QualificationRequirement(
        qualification_type_id=record.qualification_type_id,
        comparator=record.comparator.value,
        integer_values=record.integer_values or None,
        locale_values=locales or None,
        required_to_preview=record.actions_guarded is not ActionsGuarded.ACCEPT,
        actions_guarded=record.actions_guarded.value,
    )


def assignment(record: Assignment, answer: str, *, with_deadline: bool) -> types.Assignment:
    """Submitted work with its answers."""
    return types.Assignment(
        assignment_id=record.assignment_id,
        worker_id=record.worker_id,
        hit_id=record.hit_id,
        assignment_status=record.status.value,
        auto_approval_time=_time_or_none(record.auto_approval_at),
        accept_time=time(record.accepted_at),
        submit_time=_time_or_none(record.submitted_at),
        approval_time=_time_or_none(record.approved_at),
        rejection_time=_time_or_none(record.rejected_at),
        deadline=time(record.deadline) if with_deadline else None,
        answer=answer,
        requester_feedback=record.feedback or None,
    )


def bonus(record: Bonus) -> types.BonusPayment:
    """A bonus that was paid."""
    return types.BonusPayment(
        worker_id=record.worker_id,
        bonus_amount=money.show(record.amount),
        assignment_id=record.assignment_id,
        reason=record.reason,
        grant_time=time(record.granted_at),
    )


def review_result(stored: StoredResult) -> types.ReviewResultDetail:
    """A result of a review policy."""
    result = stored.result
    return types.ReviewResultDetail(
        action_id=stored.action_id,
        subject_id=result.subject_id,
        subject_type=result.subject_type,
        question_id=result.question_id,
        key=result.key,
        value=result.value,
    )


def review_action(action: DoneAction) -> types.ReviewActionDetail:
    """An action of a review policy."""
    return types.ReviewActionDetail(
        action_id=action.action_id,
        action_name=action.action_name,
        target_id=action.target_id,
        target_type=action.target_type,
        status=action.status,
        complete_time=time(action.completed_at),
        result=action.result,
        error_code=action.error_code,
    )


def qualification_type(record: QualificationType, *, is_own: bool) -> types.QualificationType:
    """A type of a requester; the test and its key are shown to nobody else."""
    test = record.test
    value = record.auto_granted_value
    return types.QualificationType(
        qualification_type_id=record.qualification_type_id,
        creation_time=time(record.created_at),
        name=record.name,
        description=record.description,
        keywords=record.keywords,
        qualification_type_status=record.status.value,
        test=test.document if test is not None and is_own else None,
        test_duration_in_seconds=None if test is None else test.duration_seconds,
        answer_key=test.answer_key if test is not None and is_own else None,
        retry_delay_in_seconds=record.retry_delay_seconds,
        is_requestable=True,
        auto_granted=value is not None,
        auto_granted_value=value,
    )


def system_type(record: SystemType) -> types.QualificationType:
    """A type of the marketplace, which nobody can request."""
    return types.QualificationType(
        qualification_type_id=record.qualification_type_id,
        creation_time=time(SYSTEM_SINCE),
        name=record.name,
        description=record.description,
        qualification_type_status=QualificationTypeStatus.ACTIVE.value,
        is_requestable=False,
        auto_granted=False,
    )


def qualification(record: Qualification) -> types.Qualification:
    """What a worker holds or held."""
    return types.Qualification(
        qualification_type_id=record.qualification_type_id,
        worker_id=record.worker_id,
        grant_time=time(record.granted_at),
        integer_value=record.value,
        status=record.status.value,
    )


def qualification_request(record: QualificationRequest) -> types.QualificationRequest:
    """A request that waits for a decision, with the test as it was when it was made."""
    return types.QualificationRequest(
        qualification_request_id=record.request_id,
        qualification_type_id=record.qualification_type_id,
        worker_id=record.worker_id,
        test=None if record.test is None else record.test.document,
        answer=record.answer,
        submit_time=time(record.submitted_at or record.requested_at),
    )
