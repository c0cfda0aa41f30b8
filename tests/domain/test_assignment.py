"""Assignments: every arrow of their life, and every arrow that there is not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kempelen.domain import assignment as transitions
from kempelen.domain import errors, work_errors
from kempelen.domain.assignment import LIVE_STATES, SUBMITTED_STATES, Assignment, AssignmentStatus

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DEADLINE = NOW + timedelta(minutes=10)
GRACE = timedelta(seconds=10)
MOMENT = timedelta(microseconds=1)


def assignment(status: str = "Accepted", **members: Any) -> Assignment:
    return Assignment(
        **{
            "n": 1,
            "assignment_id": "3ASSIGNMENT",
            "hit_id": "3HIT",
            "worker_id": "AWORKER",
            "requester_id": "AREQUESTER",
            "status": AssignmentStatus(status),
            "accepted_at": NOW,
            "deadline": DEADLINE,
            "due_at": DEADLINE + GRACE,
            **members,
        }
    )


def submitted(**members: Any) -> Assignment:
    return assignment("Submitted", submitted_at=NOW, auto_approval_at=NOW, due_at=NOW, **members)


def approval(
    item: Assignment, now: datetime = NOW, *, override: bool = False, strict: bool = False
) -> None:
    transitions.check_approval(item, now, override=override, reversal_days=30, strict=strict)


def test_states() -> None:
    visible = {"Submitted", "Approved", "Rejected"}
    assert set(SUBMITTED_STATES) == visible
    assert set(LIVE_STATES) == visible | {"Accepted"}
    for status in AssignmentStatus:
        assert assignment(status).is_submitted is (status in visible)


def test_submission_sets_the_times_that_follow_from_it() -> None:
    received = NOW + timedelta(minutes=5)
    done = transitions.submit(assignment(), received, timedelta(days=2), "abc")
    assert done == assignment()._replace(
        status=AssignmentStatus.SUBMITTED,
        submitted_at=received,
        auto_approval_at=received + timedelta(days=2),
        due_at=received + timedelta(days=2),
        answer_sha256="abc",
    )


@pytest.mark.parametrize(
    ("received_at", "is_late"),
    [(DEADLINE, False), (DEADLINE + GRACE, False), (DEADLINE + GRACE + MOMENT, True)],
)
def test_submission_until_the_grace_is_over(received_at: datetime, *, is_late: bool) -> None:
    if is_late:
        with pytest.raises(work_errors.DeadlinePassed, match="2026-01-05 12:10:00 UTC"):
            transitions.check_submission(assignment(), received_at, GRACE)
    else:
        transitions.check_submission(assignment(), received_at, GRACE)


@pytest.mark.parametrize("status", ["Returned", "Submitted", "Approved", "Rejected"])
def test_what_is_not_out_cannot_be_handed_in_nor_back(status: str) -> None:
    later = DEADLINE + timedelta(days=1)
    told = f"is {status.lower()};"
    with pytest.raises(work_errors.NotAssigned, match=told):
        transitions.check_submission(assignment(status), later, GRACE)
    with pytest.raises(work_errors.NotAssigned, match=told):
        transitions.check_return(assignment(status), later)


def test_abandoned_work_is_late_for_everything() -> None:
    with pytest.raises(work_errors.DeadlinePassed):
        transitions.check_submission(assignment("Abandoned"), NOW, GRACE)
    with pytest.raises(work_errors.DeadlinePassed):
        transitions.check_return(assignment("Abandoned"), NOW)


def test_return_before_the_deadline_only() -> None:
    transitions.check_return(assignment(), DEADLINE - MOMENT)
    with pytest.raises(work_errors.DeadlinePassed):
        transitions.check_return(assignment(), DEADLINE)
    given_back = transitions.return_(assignment(), NOW + MOMENT)
    assert (given_back.status, given_back.ended_at) == ("Returned", NOW + MOMENT)
    assert given_back.due_at is None


def test_abandonment_ends_at_the_deadline_whenever_it_is_noticed() -> None:
    abandoned = transitions.abandon(assignment())
    assert (abandoned.status, abandoned.ended_at) == ("Abandoned", DEADLINE)
    assert abandoned.due_at is None


Decide = Callable[[Assignment], None]
APPROVE: Decide = approval
OVERRIDE: Decide = lambda item: approval(item, override=True)  # noqa: E731 - named for the table
STRICT: Decide = lambda item: approval(item, override=True, strict=True)  # noqa: E731 - as above


@pytest.mark.parametrize(
    ("decide", "status", "allowed"),
    [
        (APPROVE, "Submitted", None),
        (APPROVE, "Rejected", "Submitted"),
        (APPROVE, "Approved", "Submitted"),
        (APPROVE, "Accepted", "null"),
        (APPROVE, "Returned", "null"),
        (APPROVE, "Abandoned", "null"),
        (OVERRIDE, "Submitted", None),
        (OVERRIDE, "Rejected", None),
        (OVERRIDE, "Approved", "Submitted"),
        (OVERRIDE, "Accepted", "null"),
        (STRICT, "Submitted", "Rejected"),
        (STRICT, "Rejected", None),
        (STRICT, "Approved", "Rejected"),
        (STRICT, "Accepted", "null"),
        (transitions.check_rejection, "Submitted", None),
        (transitions.check_rejection, "Rejected", "Submitted"),
        (transitions.check_rejection, "Approved", "Submitted"),
        (transitions.check_rejection, "Accepted", "null"),
    ],
)
def test_who_may_be_decided(decide: Decide, status: str, allowed: str | None) -> None:
    item = assignment(status, submitted_at=NOW)
    if allowed is None:
        decide(item)
        return
    with pytest.raises(errors.InvalidAssignmentState) as found:
        decide(item)
    assert found.value.message == f"This operation can be called with a status of: {allowed}"


def test_an_overruled_rejection_has_thirty_days() -> None:
    rejected = submitted()._replace(status=AssignmentStatus.REJECTED)
    month = timedelta(days=30)
    approval(rejected, NOW + month, override=True)
    with pytest.raises(errors.ReversalTooLate) as found:
        approval(rejected, NOW + month + MOMENT, override=True)
    assert found.value.code == errors.InvalidAssignmentState.code
    approval(submitted(), NOW + month + MOMENT, override=True)


def test_decisions_keep_what_was_there() -> None:
    rejected = transitions.reject(submitted(), NOW + MOMENT, "wrong")
    assert (rejected.status, rejected.rejected_at) == ("Rejected", NOW + MOMENT)
    assert (rejected.feedback, rejected.due_at) == ("wrong", None)
    approved = transitions.approve(rejected, NOW + 2 * MOMENT, None)
    assert (approved.status, approved.approved_at) == ("Approved", NOW + 2 * MOMENT)
    assert (approved.rejected_at, approved.feedback) == (NOW + MOMENT, "wrong")
    assert transitions.approve(rejected, NOW, "sorry").feedback == "sorry"
    assert transitions.approve(rejected, NOW, "").feedback == ""
    assert transitions.approve(submitted(), NOW, None).due_at is None
