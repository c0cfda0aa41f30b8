"""ApproveAssignment, RejectAssignment and automatic approval; GetAssignment."""

from typing import Any

import pytest
import raw

from kempelen.api import types
from kempelen.domain import errors

START = 1_767_614_400.0
DAY = 86_400
NOT_SUBMITTED = "This operation can be called with a status of: Submitted"


def approve(make: Any, assignment_id: str, **members: Any) -> None:
    make.ask("ApproveAssignment", assignment_id=assignment_id, **members)


def reject(make: Any, assignment_id: str, feedback: str = "wrong tags") -> None:
    make.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback=feedback)


def test_work_has_every_member(make: Any, worker: Any) -> None:
    hit = make.create_hit(max_assignments=2, auto_approval_delay_in_seconds=3600)
    make.clock.advance(seconds=10)
    assignment_id = make.accept(worker, hit.hit_id)
    make.clock.advance(seconds=20)
    make.submit(worker, assignment_id, tag="dog & cat", more=["a", "b"])
    make.clock.advance(seconds=30)
    answer = make.ask("GetAssignment", assignment_id=assignment_id)
    document = answer.assignment.answer
    assert answer.assignment == types.Assignment(
        assignment_id=assignment_id,
        worker_id=worker.worker.worker_id,
        hit_id=hit.hit_id,
        assignment_status="Submitted",
        auto_approval_time=START + 30 + 3600,
        accept_time=START + 10,
        submit_time=START + 30,
        approval_time=None,
        rejection_time=None,
        deadline=START + 10 + 600,
        answer=document,
        requester_feedback=None,
    )
    assert "<FreeText>dog &amp; cat</FreeText>" in document
    assert "<FreeText>a|b</FreeText>" in document
    assert answer.hit == make.hit(hit.hit_id)
    listed = make.ask("ListAssignmentsForHIT", hit_id=hit.hit_id)
    assert listed.assignments == (answer.assignment,)


def test_the_deadline_can_be_left_out(make_with: Any) -> None:
    make = make_with(assignments__include_deadline=False)
    assert make.assignment(make.done(make.create_hit().hit_id)).deadline is None


def test_approval(make: Any, worker: Any) -> None:
    hit_id = make.create_hit().hit_id
    assignment_id = make.done(hit_id, worker)
    make.clock.advance(hours=1)
    approve(make, assignment_id, requester_feedback="Thank you")
    shown = make.assignment(assignment_id)
    assert shown.assignment_status == "Approved"
    assert (shown.approval_time, shown.rejection_time) == (START + 3600, None)
    assert shown.requester_feedback == "Thank you"
    assert make.events(hit_id)[-1] == "AssignmentApproved"
    assert make.balance(f"earnings:{worker.worker.worker_id}") == 500
    query = "SELECT accepted, submitted, approved, rejected FROM workers WHERE worker_id = ?"
    assert make.rows(query, worker.worker.worker_id) == [(1, 1, 1, 0)]


def test_rejection(make: Any, worker: Any) -> None:
    hit_id = make.create_hit().hit_id
    assignment_id = make.done(hit_id, worker)
    make.clock.advance(hours=1)
    reject(make, assignment_id)
    shown = make.assignment(assignment_id)
    assert shown.assignment_status == "Rejected"
    assert (shown.approval_time, shown.rejection_time) == (None, START + 3600)
    assert shown.requester_feedback == "wrong tags"
    assert make.events(hit_id)[-1] == "AssignmentRejected"
    assert make.balance(f"earnings:{worker.worker.worker_id}") == 0
    assert make.hit(hit_id).hit_status == "Reviewable"
    query = "SELECT accepted, submitted, approved, rejected FROM workers WHERE worker_id = ?"
    assert make.rows(query, worker.worker.worker_id) == [(1, 1, 0, 1)]


def test_an_empty_reason_is_accepted(make: Any) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    reject(make, assignment_id, "")
    assert make.assignment(assignment_id).requester_feedback is None


def test_override_is_accepted_for_submitted_work(make: Any) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    approve(make, assignment_id, override_rejection=True)
    assert make.assignment(assignment_id).assignment_status == "Approved"


def test_override_within_thirty_days_keeps_both_times(make: Any, worker: Any) -> None:
    hit_id = make.create_hit().hit_id
    assignment_id = make.done(hit_id, worker)
    reject(make, assignment_id)
    refusal = make.refusal("ApproveAssignment", assignment_id=assignment_id)
    assert refusal.message == NOT_SUBMITTED
    make.sweep(days=30)
    approve(make, assignment_id, override_rejection=True)
    shown = make.assignment(assignment_id)
    assert shown.assignment_status == "Approved"
    assert (shown.rejection_time, shown.approval_time) == (START, START + 30 * DAY)
    assert shown.requester_feedback == "wrong tags"
    query = "SELECT approved, rejected FROM workers WHERE worker_id = ?"
    assert make.rows(query, worker.worker.worker_id) == [(1, 0)]
    assert make.hit(hit_id).number_of_assignments_completed == 1


def test_override_replaces_the_feedback_when_there_is_one(make: Any) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    reject(make, assignment_id)
    approve(make, assignment_id, override_rejection=True, requester_feedback="Sorry")
    assert make.assignment(assignment_id).requester_feedback == "Sorry"


def test_override_after_thirty_days_is_too_late(make: Any) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    reject(make, assignment_id)
    make.sweep(days=30, seconds=1)
    refusal = make.refusal(
        "ApproveAssignment", assignment_id=assignment_id, override_rejection=True
    )
    assert isinstance(refusal, errors.InvalidAssignmentState)
    assert refusal.message == (
        f"Assignment {assignment_id} was submitted more than 30 days ago"
        " and can no longer be approved."
    )
    assert make.assignment(assignment_id).assignment_status == "Rejected"


def test_override_needs_funds(make: Any) -> None:
    poor = make.new_requester(balance=500)
    assignment_id = make.done(make.create_hit(by=poor).hit_id)
    make.ask("RejectAssignment", by=poor, assignment_id=assignment_id, requester_feedback="")
    make.create_hit(by=poor, reward="0.01")
    asked = {"assignment_id": assignment_id, "override_rejection": True}
    refusal = make.refusal("ApproveAssignment", by=poor, **asked)
    assert isinstance(refusal, errors.InsufficientFunds)
    assert make.assignment(assignment_id, by=poor).assignment_status == "Rejected"


def test_strict_override_is_for_rejected_work_only(make_with: Any) -> None:
    make = make_with(override_rejection__strict=True)
    assignment_id = make.done(make.create_hit().hit_id)
    asked = {"assignment_id": assignment_id, "override_rejection": True}
    message = "This operation can be called with a status of: Rejected"
    assert make.refusal("ApproveAssignment", **asked).message == message
    approve(make, assignment_id)
    assert make.refusal("ApproveAssignment", **asked).message == message


@pytest.mark.parametrize("override", [False, True])
def test_approval_is_final(make: Any, *, override: bool) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    approve(make, assignment_id)
    before = make.assignment(assignment_id)
    make.clock.advance(hours=1)
    refusals = [
        make.refusal("ApproveAssignment", assignment_id=assignment_id, override_rejection=override),
        make.refusal("RejectAssignment", assignment_id=assignment_id, requester_feedback=""),
    ]
    for refusal in refusals:
        assert isinstance(refusal, errors.InvalidAssignmentState)
        assert refusal.message == NOT_SUBMITTED
    assert make.assignment(assignment_id) == before


def test_rejected_work_cannot_be_rejected_again(make: Any) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    reject(make, assignment_id)
    refusal = make.refusal(
        "RejectAssignment", assignment_id=assignment_id, requester_feedback="again"
    )
    assert refusal.message == NOT_SUBMITTED


def test_work_that_is_still_out_cannot_be_decided_nor_seen(make: Any, worker: Any) -> None:
    hit_id = make.create_hit().hit_id
    assignment_id = make.accept(worker, hit_id)
    message = "This operation can be called with a status of: null"
    refusal = make.refusal("ApproveAssignment", assignment_id=assignment_id)
    assert (refusal.message, refusal.code) == (message, errors.InvalidAssignmentState.code)
    refusal = make.refusal("RejectAssignment", assignment_id=assignment_id, requester_feedback="")
    assert refusal.message == message
    refusal = make.refusal("GetAssignment", assignment_id=assignment_id)
    assert refusal.message == f"Assignment {assignment_id} does not exist."
    assert make.ask("ListAssignmentsForHIT", hit_id=hit_id).assignments == ()


@pytest.mark.parametrize("abandons", [False, True])
def test_work_that_was_given_up_does_not_exist(make: Any, worker: Any, *, abandons: bool) -> None:
    assignment_id = make.accept(worker, make.create_hit().hit_id)
    if abandons:
        make.clock.advance(hours=1)
    else:
        make.give_back(worker, assignment_id)
    for name, members in (
        ("GetAssignment", {}),
        ("ApproveAssignment", {}),
        ("RejectAssignment", {"requester_feedback": ""}),
    ):
        refusal = make.refusal(name, assignment_id=assignment_id, **members)
        assert isinstance(refusal, errors.AssignmentDoesNotExist)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("GetAssignment", {}),
        ("ApproveAssignment", {}),
        ("RejectAssignment", {"requester_feedback": ""}),
        ("ListBonusPayments", {}),
    ],
)
def test_work_for_others_does_not_exist(
    make: Any, other_requester: Any, name: str, members: dict[str, Any]
) -> None:
    assignment_id = make.done(make.create_hit().hit_id)
    foreign = make.refusal(name, by=other_requester, assignment_id=assignment_id, **members)
    unknown = make.refusal(name, assignment_id="3UNKNOWN", **members)
    assert foreign.code == unknown.code == "AWS.MechanicalTurk.AssignmentDoesNotExist"
    assert unknown.message == "Assignment 3UNKNOWN does not exist."
    assert make.assignment(assignment_id).assignment_status == "Submitted"


@pytest.mark.parametrize("name", ["ApproveAssignment", "RejectAssignment"])
def test_feedback_is_checked_first(make: Any, name: str) -> None:
    long = make.refusal(name, assignment_id="3UNKNOWN", requester_feedback="x" * 1025)
    assert long.message == "Your request parameter RequesterFeedback has a maximum length of 1024."
    control = make.refusal(name, assignment_id="3UNKNOWN", requester_feedback="bell \x07")
    assert isinstance(control, errors.InvalidParameterValue)
    assert control.parameter == "RequesterFeedback"
    fine = make.refusal(name, assignment_id="3UNKNOWN", requester_feedback="x" * 1020 + "\t\n\r.")
    assert isinstance(fine, errors.AssignmentDoesNotExist)


def test_zero_delay_approves_at_submission(make: Any) -> None:
    hit_id = make.create_hit(auto_approval_delay_in_seconds=0).hit_id
    make.clock.advance(seconds=5)
    shown = make.assignment(make.done(hit_id))
    assert shown.assignment_status == "Approved"
    assert shown.approval_time == shown.submit_time == shown.auto_approval_time == START + 5
    assert make.events(hit_id)[2:] == [
        "AssignmentSubmitted",
        "AssignmentApproved",
        "HITReviewable",
    ]


def test_automatic_approval_comes_at_its_time_and_not_before(make: Any, worker: Any) -> None:
    hit_id = make.create_hit(auto_approval_delay_in_seconds=3600).hit_id
    assignment_id = make.done(hit_id, worker)
    make.sweep(seconds=3599)
    assert make.assignment(assignment_id).assignment_status == "Submitted"
    make.sweep(seconds=1)
    shown = make.assignment(assignment_id)
    assert (shown.assignment_status, shown.approval_time) == ("Approved", START + 3600)
    assert make.balance(f"earnings:{worker.worker.worker_id}") == 500
    make.sweep(days=1)
    assert make.events(hit_id).count("AssignmentApproved") == 1


def test_a_decision_after_its_automatic_approval_is_refused_before_any_sweep(make: Any) -> None:
    assignment_id = make.done(make.create_hit(auto_approval_delay_in_seconds=60).hit_id)
    make.clock.advance(seconds=60)
    refusal = make.refusal(
        "RejectAssignment", assignment_id=assignment_id, requester_feedback="late"
    )
    assert refusal.message == NOT_SUBMITTED
    assert make.assignment(assignment_id).approval_time == START + 60


def test_rejected_work_is_not_approved_by_time(make: Any) -> None:
    assignment_id = make.done(make.create_hit(auto_approval_delay_in_seconds=60).hit_id)
    reject(make, assignment_id)
    make.sweep(days=1)
    assert make.assignment(assignment_id).assignment_status == "Rejected"


def test_many_overdue_approvals_are_done_before_anything_is_shown(make: Any) -> None:
    """More than one transaction does at a time, for a reading and for a writing."""
    count = 1203
    hit_ids = []
    for _ in range(2):
        hit_id = make.create_hit(
            max_assignments=count, auto_approval_delay_in_seconds=60, lifetime_in_seconds=86_400
        ).hit_id
        first = make.done(hit_id)
        copied = raw.copying(
            "assignments",
            count - 1,
            "assignment_id = ?",
            assignment_id="assignment_id || value",
            worker_id="worker_id || value",
        )
        make.change(copied, first)
        make.change(
            "INSERT INTO answers SELECT n, 'x', '[]' FROM assignments"
            " WHERE n NOT IN (SELECT n FROM answers)"
        )
        make.change(
            "UPDATE hits SET submitted = ?, status = 'Reviewable' WHERE hit_id = ?", count, hit_id
        )
        make.change(
            "INSERT INTO accounts SELECT DISTINCT 'earnings:' || worker_id, 0 FROM assignments"
            " WHERE 'earnings:' || worker_id NOT IN (SELECT account_id FROM accounts)"
        )
        hit_ids.append((hit_id, first))
    make.clock.advance(seconds=60)
    (read, _), (written, last) = hit_ids
    assert make.hit(read).number_of_assignments_completed == count
    refusal = make.refusal(
        "RejectAssignment", assignment_id=f"{last}{count - 1}", requester_feedback=""
    )
    assert refusal.message == NOT_SUBMITTED
    assert make.hit(written).number_of_assignments_completed == count
