"""Domain records to the shapes that workers see: groups, assignments, tasks."""

from collections.abc import Callable, Sequence
from datetime import datetime

from kempelen.api import work
from kempelen.domain import money, qualification_step
from kempelen.domain import requirement as requirements
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.countries import Locale
from kempelen.domain.hit import HIT
from kempelen.domain.hit_type import HITType
from kempelen.domain.qualification_step import NextStep
from kempelen.domain.requirement import QualificationRequirement, Standing
from kempelen.store import assignments, bonuses, hit_types, requesters
from kempelen.store.search import GroupRow
from kempelen.store.tx import Tx

CURRENCY = "USD"
Steps = Callable[[QualificationRequirement], NextStep]
"""What a worker can do about a requirement that is not met."""

_STATUS_NAMES = {status: status.lower() for status in AssignmentStatus} | {
    AssignmentStatus.ACCEPTED: "assigned"
}
STATUSES = {name: status for status, name in _STATUS_NAMES.items()}


def time(value: datetime) -> str:
    """An instant as RFC 3339 text in UTC, with milliseconds."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def amount(units: int) -> work.Money:
    """Money units as an amount."""
    return work.Money(amount=money.show(units), currency=CURRENCY)


def requirement(
    record: QualificationRequirement, standing: Standing, steps: Steps
) -> work.Requirement:
    """A requirement beside the worker's own value, and what may help where it is not met."""
    value = standing.value(record.qualification_type_id)
    is_met = record.is_met_by(value)
    step = qualification_step.NOTHING if is_met else steps(record)
    locales = [
        {"country": locale.country, "subdivision": locale.subdivision}
        for locale in record.locale_values
    ]
    return work.Requirement(
        qualification_type_id=record.qualification_type_id,
        name=record.name,
        comparator=record.comparator.value,
        values=list(record.integer_values) or None,
        locales=locales or None,
        actions_guarded=record.actions_guarded.value,
        caller_value=str(value) if isinstance(value, Locale) else value,
        met=is_met,
        action=step.step.value,
        action_at=None if step.at is None else time(step.at),
        in_words=requirements.in_words(record),
    )


def group(
    row: GroupRow,
    hit_type: HITType,
    measure: tuple[Standing, Steps],
    available: int,
    reasons: Sequence[str],
) -> work.HitGroup:
    """A group of HITs with what the worker may do; `reasons` are codes of what is in the way."""
    standing, steps = measure
    properties = hit_type.properties
    hidden = requirements.unmet(properties.requirements, standing, requirements.PREVIEW_GUARDS)
    return work.HitGroup(
        group_id=row.group_id,
        hit_type_id=hit_type.hit_type_id,
        title=properties.title,
        description=properties.description,
        keywords=[word for word in map(str.strip, properties.keywords.split(",")) if word],
        reward=amount(properties.reward),
        requester=work.RequesterSummary(
            requester_id=hit_type.requester_id, name=row.requester_name
        ),
        available=available,
        assignment_duration_seconds=properties.assignment_duration_seconds,
        auto_approval_delay_seconds=properties.auto_approval_delay_seconds,
        created_at=time(hit_type.created_at),
        updated_at=time(row.last_created_at),
        expires_at=time(row.latest_expiration),
        requirements=[requirement(item, standing, steps) for item in properties.requirements],
        caller=work.CallerRights(
            can_preview=not hidden, can_accept=not reasons, reasons=list(reasons)
        ),
    )


def assignment(
    tx: Tx,
    record: Assignment,
    hit: HIT,
    *,
    task: work.Task | None = None,
    is_fresh: bool = False,
) -> work.Assignment:
    """One of the worker's own assignments.

    A fresh one was accepted or submitted just now: nothing can be staged, no bonus paid.
    """
    hit_type = hit_types.get(tx, hit.hit_type_id)
    requester = requesters.get(tx, record.requester_id)
    is_out = record.status is AssignmentStatus.ACCEPTED
    staged = bonus = None
    if is_out and not is_fresh:
        staged = assignments.last_staged(tx, record.assignment_id)
    if record.submitted_at and not is_fresh:
        bonus = bonuses.total(tx, record.assignment_id)
    reviewed_at = record.approved_at or record.rejected_at
    return work.Assignment(
        assignment_id=record.assignment_id,
        hit_id=record.hit_id,
        group_id=hit.group_id,
        hit_type_id=hit.hit_type_id,
        status=_STATUS_NAMES[record.status],
        title="" if hit_type is None else hit_type.properties.title,
        requester=work.RequesterSummary(
            requester_id=record.requester_id, name="" if requester is None else requester.name
        ),
        reward=amount(0 if hit_type is None else hit_type.properties.reward),
        bonus_total=amount(bonus or 0),
        accepted_at=time(record.accepted_at),
        deadline=time(record.deadline),
        submitted_at=_time_or_none(record.submitted_at),
        auto_approval_at=_time_or_none(record.auto_approval_at),
        reviewed_at=_time_or_none(reviewed_at),
        requester_feedback=record.feedback or None,
        answer_sha256=record.answer_sha256,
        staged=None
        if staged is None
        else work.Staged(ticket=staged[0], received_at=time(staged[1])),
        task=task,
    )


def _time_or_none(value: datetime | None) -> str | None:
    return None if value is None else time(value)
