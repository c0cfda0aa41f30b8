"""Requests for qualifications: every state, the time of a test, and when one may ask again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kempelen.domain import errors, work_errors
from kempelen.domain import qualification_request as requests
from kempelen.domain.qualification_request import QualificationRequest, RequestState
from kempelen.domain.qualification_type import (
    QualificationTest,
    QualificationType,
    QualificationTypeStatus,
)

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TEST = QualificationTest(n=4, document="<QuestionForm/>", answer_key=None, duration_seconds=600)


def check_new(
    wanted: QualificationType,
    last: QualificationRequest | None,
    now: datetime,
    *,
    has_attempted: bool,
) -> None:
    refusal = requests.refusal_of_new(wanted, last, now, has_attempted=has_attempted)
    if refusal is not None:
        raise refusal


def type_of(**members: Any) -> QualificationType:
    return QualificationType(
        **{
            "n": 1,
            "qualification_type_id": "3TYPE",
            "requester_id": "AREQUESTER",
            "name": "Knows dogs",
            "description": "Tells one from another",
            "keywords": None,
            "status": QualificationTypeStatus.ACTIVE,
            "test": None,
            "retry_delay_seconds": None,
            "auto_granted_value": None,
            "created_at": NOW,
            **members,
        }
    )


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def opened(test: QualificationTest | None = None) -> QualificationRequest:
    return requests.open_request("3REQUEST", type_of(test=test), "AWORKER", NOW)


def submitted() -> QualificationRequest:
    return requests.submit(opened(TEST), "<QuestionFormAnswers/>", at(60))


def test_without_a_test_a_request_is_submitted_at_once() -> None:
    found = opened()
    assert (found.state, found.submitted_at, found.due_at) == (RequestState.SUBMITTED, NOW, None)
    assert found.deadline is None
    assert (found.qualification_type_id, found.requester_id) == ("3TYPE", "AREQUESTER")


def test_with_a_test_its_time_begins_to_run() -> None:
    found = opened(TEST)
    assert (found.state, found.submitted_at) == (RequestState.TESTING, None)
    assert found.due_at == found.deadline == at(600)
    assert found.is_open
    assert found.test is TEST


def test_answers_come_before_the_time_is_over() -> None:
    found = opened(TEST)
    requests.check_running(found, at(599.999999))
    with pytest.raises(work_errors.AttemptTimeOver, match="12:10:00 UTC"):
        requests.check_running(found, at(600))
    assert not found.is_overdue(at(599.999999))
    assert found.is_overdue(at(600))
    handed_in = submitted()
    assert (handed_in.state, handed_in.submitted_at) == (RequestState.SUBMITTED, at(60))
    assert (handed_in.answer, handed_in.due_at) == ("<QuestionFormAnswers/>", None)
    assert not handed_in.is_overdue(at(9999))
    with pytest.raises(work_errors.AttemptEnded):
        requests.check_running(handed_in, at(61))


def test_a_test_expires_at_its_deadline_however_late_it_is_noticed() -> None:
    expired = requests.expire(opened(TEST))
    assert (expired.state, expired.ended_at, expired.due_at) == (
        RequestState.EXPIRED,
        at(600),
        None,
    )
    with pytest.raises(work_errors.AttemptTimeOver):
        requests.check_running(expired, at(0))


def test_only_what_is_submitted_is_decided() -> None:
    granted = requests.grant(submitted(), 7, at(90))
    assert (granted.state, granted.value, granted.ended_at) == (RequestState.GRANTED, 7, at(90))
    rejected = requests.reject(submitted(), "Sorry", at(90))
    assert (rejected.state, rejected.reason) == (RequestState.REJECTED, "Sorry")
    ended = [
        opened(TEST),
        granted,
        rejected,
        requests.expire(opened(TEST)),
        requests.cancel(submitted(), at(90)),
    ]
    for request in ended:
        with pytest.raises(errors.InvalidQualificationRequestState, match="of: Submitted"):
            requests.grant(request, 1, at(99))
        with pytest.raises(errors.InvalidQualificationRequestState):
            requests.reject(request, None, at(99))


def ended(state: str) -> QualificationRequest | None:
    """A request that came to its end."""
    makers: dict[str, Callable[[], QualificationRequest | None]] = {
        "none": lambda: None,
        "rejected": lambda: requests.reject(opened(), None, at(5000)),
        "granted": lambda: requests.grant(opened(), 1, NOW),
        "graded": lambda: requests.grant(submitted(), 1, at(60)),
        "expired": lambda: requests.expire(opened(TEST)),
        "withdrawn": lambda: requests.cancel(opened(), at(30)),
        "test withdrawn": lambda: requests.cancel(submitted(), at(90)),
        "broken off": lambda: requests.cancel(opened(TEST), at(30)),
    }
    return makers[state]()


@pytest.mark.parametrize(
    ("state", "counted_from", "is_attempt"),
    [
        ("rejected", 0, True),
        ("granted", 0, True),
        ("graded", 60, True),
        ("expired", 600, True),
        ("withdrawn", 0, True),
        ("test withdrawn", 60, True),
        ("broken off", 0, False),
    ],
)
def test_the_retry_rule(state: str, counted_from: int, *, is_attempt: bool) -> None:
    last = ended(state)
    assert last is not None
    assert last.is_attempt is is_attempt
    once = type_of()
    if is_attempt:
        with pytest.raises(work_errors.RetakeNotAllowed):
            check_new(once, last, at(10**6), has_attempted=True)
    else:
        check_new(once, last, at(31), has_attempted=False)
    again = type_of(retry_delay_seconds=3600)
    allowed_at = at(counted_from + 3600)
    assert requests.retry_at(again, last) == allowed_at
    check_new(again, last, allowed_at, has_attempted=True)
    with pytest.raises(work_errors.RetryTooSoon) as found:
        check_new(again, last, allowed_at - timedelta(seconds=1), has_attempted=True)
    assert found.value.at == allowed_at
    assert found.value.code == "AWS.MechanicalTurk.QualificationTypeRetryDelayNotElapsed"
    without_delay = type_of(retry_delay_seconds=0)
    check_new(without_delay, last, at(counted_from), has_attempted=True)


def test_a_first_request_needs_an_active_type() -> None:
    check_new(type_of(), None, NOW, has_attempted=False)
    inactive = type_of(status=QualificationTypeStatus.INACTIVE)
    deleted = type_of(deleted_at=NOW)
    for item in (inactive, deleted):
        with pytest.raises(work_errors.TypeInactive):
            check_new(item, opened(), NOW, has_attempted=True)


def test_one_request_is_open_at_a_time() -> None:
    eager = type_of(retry_delay_seconds=0)
    for request in (opened(), opened(TEST), submitted()):
        with pytest.raises(work_errors.AlreadyPending):
            check_new(eager, request, at(3600), has_attempted=True)
