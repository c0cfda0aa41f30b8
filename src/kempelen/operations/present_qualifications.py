"""Domain records to the shapes of a worker's qualifications."""

from collections.abc import Sequence
from datetime import datetime

from kempelen.api import own_qualifications as shapes
from kempelen.api.work import RequesterSummary
from kempelen.domain import qualification_request as requests
from kempelen.domain import qualification_step, system_types
from kempelen.domain.countries import Locale
from kempelen.domain.people import Worker
from kempelen.domain.qualification import Change, Qualification
from kempelen.domain.qualification_request import QualificationRequest
from kempelen.domain.qualification_type import QualificationTest, QualificationType
from kempelen.domain.question import QuestionForm
from kempelen.domain.system_types import SystemType
from kempelen.domain.work_errors import NotRequestable
from kempelen.formats import question as question_format
from kempelen.operations import present_work
from kempelen.operations.own_records import Own
from kempelen.store import requesters
from kempelen.store.tx import Tx


def request(record: QualificationRequest, now: datetime) -> shapes.QualificationRequest:
    """A request as it stands at `now`: a test whose time is over has expired, noticed or not."""
    if record.is_overdue(now):
        record = requests.expire(record)
    return shapes.QualificationRequest(
        request_id=record.request_id,
        qualification_type_id=record.qualification_type_id,
        state=record.state.lower(),
        requested_at=present_work.time(record.requested_at),
        deadline=_time(record.deadline),
        submitted_at=_time(record.submitted_at),
        ended_at=_time(record.ended_at),
        value=record.value,
        reason=record.reason or None,
    )


def qualification_type(
    tx: Tx, item: QualificationType, own: Own, history: Sequence[Change] | None = None
) -> shapes.QualificationType:
    """A requester's type beside the worker's own record; with a history its questions count."""
    test = item.test
    return shapes.QualificationType(
        qualification_type_id=item.qualification_type_id,
        name=item.name,
        description=item.description,
        keywords=[word for word in map(str.strip, (item.keywords or "").split(",")) if word],
        requester=requester(tx, item.requester_id),
        is_active=item.is_active,
        is_requestable=item.is_active,
        auto_granted=item.auto_granted_value is not None,
        has_test=test is not None,
        is_graded=test is not None and test.answer_key is not None,
        test_duration_seconds=None if test is None else test.duration_seconds,
        question_count=None if test is None or history is None else _question_count(test),
        retry_delay_seconds=item.retry_delay_seconds,
        created_at=present_work.time(item.created_at),
        caller=_own(item, own, history, tx.now),
    )


def system_type(item: SystemType, worker: Worker) -> shapes.QualificationType:
    """A type of the marketplace, which computes its value from the worker's record."""
    value = system_types.value(worker, item.qualification_type_id)
    return shapes.QualificationType(
        qualification_type_id=item.qualification_type_id,
        name=item.name,
        description=item.description,
        keywords=[],
        requester=None,
        is_active=True,
        is_requestable=False,
        auto_granted=False,
        has_test=False,
        is_graded=False,
        test_duration_seconds=None,
        question_count=None,
        retry_delay_seconds=None,
        created_at=None,
        caller=shapes.OwnQualification(
            status=None if value is None else "granted",
            value=str(value) if isinstance(value, Locale) else value,
            granted_at=None,
            reason=None,
            request=None,
            action=qualification_step.Step.NONE.value,
            action_at=None,
            code=NotRequestable.work_code,
            history=None,
        ),
    )


def requester(tx: Tx, requester_id: str) -> RequesterSummary:
    """Who made a type."""
    found = requesters.get(tx, requester_id)
    return RequesterSummary(requester_id=requester_id, name="" if found is None else found.name)


def _own(
    item: QualificationType, own: Own, history: Sequence[Change] | None, now: datetime
) -> shapes.OwnQualification:
    held, last = own.held, own.record.last
    following = qualification_step.next_step(item, own.record, now)
    return shapes.OwnQualification(
        status=_status(held),
        value=None if held is None else held.value,
        granted_at=None if held is None else present_work.time(held.granted_at),
        reason=None if held is None else held.reason or None,
        request=None if last is None else request(last, now),
        action=following.step.value,
        action_at=_time(following.at),
        code=None if following.refusal is None else following.refusal.work_code,
        history=None if history is None else [_change(each) for each in history],
    )


def _change(record: Change) -> shapes.QualificationChange:
    return shapes.QualificationChange(
        cause=record.cause.value,
        value=record.value,
        reason=record.reason or None,
        changed_at=present_work.time(record.changed_at),
    )


def _status(held: Qualification | None) -> str | None:
    if held is None:
        return None
    return "granted" if held.is_granted else "revoked"


def _question_count(test: QualificationTest) -> int | None:
    form = question_format.stored(test.document)
    return len(form.questions) if isinstance(form, QuestionForm) else None


def _time(value: datetime | None) -> str | None:
    return None if value is None else present_work.time(value)
