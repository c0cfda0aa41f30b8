"""When review policies run and what follows: the two policies of Mechanical Turk, by operations."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors

START = 1_767_614_400.0
KEY = {"k1": "1", "k2": "2", "k3": "3", "k4": "4", "k5": "5"}
Action = tuple[str, str, str]


def known_answers(**parameters: int | str) -> types.ReviewPolicy:
    """ScoreMyKnownAnswers on five questions."""
    entries = tuple(types.ParameterMapEntry(key=k, values=(v,)) for k, v in KEY.items())
    return types.ReviewPolicy(
        policy_name="ScoreMyKnownAnswers/2011-09-01",
        parameters=(
            types.PolicyParameter(key="AnswerKey", map_entries=entries),
            *_scalars(parameters),
        ),
    )


def plurality(threshold: int = 50, **parameters: int | str) -> types.ReviewPolicy:
    """SimplePlurality on the question `cat`."""
    wanted: dict[str, int | str] = {
        "QuestionIds": "cat",
        "QuestionAgreementThreshold": threshold,
        **parameters,
    }
    return types.ReviewPolicy(policy_name="SimplePlurality/2011-09-01", parameters=_scalars(wanted))


def _scalars(parameters: dict[str, int | str]) -> tuple[types.PolicyParameter, ...]:
    return tuple(
        types.PolicyParameter(key=key, values=(str(value),)) for key, value in parameters.items()
    )


def right(count: int) -> dict[str, str]:
    """Answers of which so many are right: 20 points each."""
    return {key: value if key <= f"k{count}" else "wrong" for key, value in KEY.items()}


def actions(make: Any, hit_id: str, level: str, by: Any = None) -> list[Action]:
    """Name, status and result of what a level did."""
    answer = make.ask("ListReviewPolicyResultsForHIT", by=by, hit_id=hit_id)
    report = answer.assignment_review_report if level == "Assignment" else answer.hit_review_report
    return [(action.action_name, action.status, action.result) for action in report.review_actions]


def runs(make: Any, hit_id: str) -> list[tuple[str, str]]:
    """Level and trigger of every run."""
    return make.rows(  # type: ignore[no-any-return]  # rows are Any
        "SELECT level, trigger FROM review_runs WHERE hit_id = ? ORDER BY n", hit_id
    )


def test_known_answers_decide_at_submission(make: Any) -> None:
    policy = known_answers(
        ApproveIfKnownAnswerScoreIsAtLeast=80,
        ApproveReason="Good",
        RejectIfKnownAnswerScoreIsLessThan=40,
        RejectReason="Too many wrong",
    )
    hit_id = make.create_hit(max_assignments=3, assignment_review_policy=policy).hit_id
    good, middling, bad = (make.done(hit_id, **right(count)) for count in (4, 2, 1))
    shown = [make.assignment(assignment_id) for assignment_id in (good, middling, bad)]
    assert [item.assignment_status for item in shown] == ["Approved", "Submitted", "Rejected"]
    assert [item.requester_feedback for item in shown] == ["Good", None, "Too many wrong"]
    assert make.events(hit_id)[1:] == [
        *("AssignmentAccepted", "AssignmentSubmitted", "AssignmentApproved"),
        *("AssignmentAccepted", "AssignmentSubmitted"),
        *("AssignmentAccepted", "AssignmentSubmitted", "AssignmentRejected", "HITReviewable"),
    ]
    assert actions(make, hit_id, "Assignment") == [
        ("review", "Succeeded", "Reviewed 5 known answers; 4/5 correct"),
        ("approve", "Succeeded", "Approved"),
        ("review", "Succeeded", "Reviewed 5 known answers; 2/5 correct"),
        ("review", "Succeeded", "Reviewed 5 known answers; 1/5 correct"),
        ("reject", "Succeeded", "Rejected"),
    ]


def test_zero_delay_approves_what_the_policy_leaves(make: Any) -> None:
    policy = known_answers(RejectIfKnownAnswerScoreIsLessThan=40)
    hit_id = make.create_hit(
        max_assignments=2, auto_approval_delay_in_seconds=0, assignment_review_policy=policy
    ).hit_id
    bad, good = make.done(hit_id, **right(1)), make.done(hit_id, **right(2))
    assert make.assignment(bad).assignment_status == "Rejected"
    assert make.assignment(good).assignment_status == "Approved"
    assert [name for name, _, _ in actions(make, hit_id, "Assignment")] == [
        "review",
        "reject",
        "review",
    ]


def test_approve_and_reject_both_triggered(make: Any) -> None:
    policy = known_answers(
        ApproveIfKnownAnswerScoreIsAtLeast=50, RejectIfKnownAnswerScoreIsLessThan=70
    )
    hit_id = make.create_hit(assignment_review_policy=policy).hit_id
    assignment_id = make.done(hit_id, **right(3))
    assert make.assignment(assignment_id).assignment_status == "Approved"
    assert actions(make, hit_id, "Assignment")[1:] == [
        ("approve", "Succeeded", "Approved"),
        ("reject", "Failed", "Assignment was in an invalid state for this operation."),
    ]
    report = make.ask("ListReviewPolicyResultsForHIT", hit_id=hit_id).assignment_review_report
    codes = [action.error_code for action in report.review_actions]
    assert codes == [None, None, "AWS.MechanicalTurk.InvalidAssignmentState"]


def test_an_extension_comes_before_the_status(make: Any) -> None:
    """The last submission failed, and still the HIT never becomes Reviewable."""
    policy = known_answers(ExtendIfKnownAnswerScoreIsLessThan=80, ExtendMaximumAssignments=3)
    hit_id = make.create_hit(assignment_review_policy=policy).hit_id
    first = make.done(hit_id, **right(3))
    hit = make.hit(hit_id)
    assert (hit.hit_status, hit.max_assignments) == ("Assignable", 2)
    second = make.done(hit_id, **right(4))
    hit = make.hit(hit_id)
    assert (hit.hit_status, hit.max_assignments) == ("Reviewable", 2)
    for assignment_id in (first, second):
        assert make.assignment(assignment_id).assignment_status == "Submitted"
    assert make.events(hit_id)[1:] == [
        *("AssignmentAccepted", "AssignmentSubmitted", "HITExtended"),
        *("AssignmentAccepted", "AssignmentSubmitted", "HITReviewable"),
    ]


def test_extensions_end_at_their_maximum(make: Any) -> None:
    policy = known_answers(ExtendIfKnownAnswerScoreIsLessThan=80, ExtendMaximumAssignments=3)
    hit_id = make.create_hit(assignment_review_policy=policy).hit_id
    for _ in range(3):
        make.done(hit_id, **right(0))
    hit = make.hit(hit_id)
    assert (hit.hit_status, hit.max_assignments) == ("Reviewable", 3)
    extensions = [item for item in actions(make, hit_id, "Assignment") if item[0] == "extend"]
    assert extensions == [
        ("extend", "Succeeded", "Extended to 2 assignments"),
        ("extend", "Succeeded", "Extended to 3 assignments"),
        ("extend", "Succeeded", "HIT already has the maximum of 3 assignments"),
    ]


def test_a_policy_adds_nothing_to_what_the_requester_raised(make: Any) -> None:
    policy = known_answers(ExtendIfKnownAnswerScoreIsLessThan=80, ExtendMaximumAssignments=2)
    hit_id = make.create_hit(max_assignments=4, assignment_review_policy=policy).hit_id
    make.done(hit_id, **right(0))
    assert make.hit(hit_id).max_assignments == 4


def test_nine_assignments_stay_nine_for_policies_too(make: Any) -> None:
    policy = known_answers(ExtendIfKnownAnswerScoreIsLessThan=80, ExtendMaximumAssignments=12)
    hit_id = make.create_hit(max_assignments=9, assignment_review_policy=policy).hit_id
    for _ in range(8):
        make.done(hit_id, **right(5))
    make.done(hit_id, **right(0))
    hit = make.hit(hit_id)
    assert (hit.hit_status, hit.max_assignments) == ("Reviewable", 9)
    report = make.ask("ListReviewPolicyResultsForHIT", hit_id=hit_id).assignment_review_report
    last = report.review_actions[-1]
    assert (last.action_name, last.status) == ("extend", "Failed")
    assert last.error_code == "AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease"
    assert last.result == errors.InvalidMaximumAssignmentsIncrease().message


def test_one_review_per_submission_whatever_happens_later(make: Any, worker: Any) -> None:
    policy = known_answers(RejectIfKnownAnswerScoreIsLessThan=40)
    hit_id = make.create_hit(max_assignments=2, assignment_review_policy=policy).hit_id
    bad = make.done(hit_id, **right(0))
    make.ask("ApproveAssignment", assignment_id=bad, override_rejection=True)
    make.give_back(worker, make.accept(worker, hit_id))
    make.done(hit_id, worker, **right(5))
    make.ask("CreateAdditionalAssignmentsForHIT", hit_id=hit_id, number_of_additional_assignments=1)
    make.sweep(days=40)
    reviews = [item for item in actions(make, hit_id, "Assignment") if item[0] == "review"]
    assert len(reviews) == 2
    assert make.assignment(bad).assignment_status == "Approved"


def trigger_by(make: Any, way: str, hit_id: str, out: tuple[Any, str]) -> None:
    """Let a HIT with one submission and one assignment out become Reviewable."""
    worker, assignment_id = out
    if way == "submission":
        make.submit(worker, assignment_id, cat="yes")
        return
    if way == "ending it":
        make.give_back(worker, assignment_id)
        make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
        return
    if way == "expiry":
        make.give_back(worker, assignment_id)
        make.sweep(seconds=100)
        return
    make.sweep(seconds=100)
    assert make.hit(hit_id).hit_status == "Unassignable"
    assert runs(make, hit_id) == []
    if way == "return":
        make.give_back(worker, assignment_id)
    else:
        make.sweep(seconds=600)


@pytest.mark.parametrize("way", ["submission", "return", "abandonment", "expiry", "ending it"])
def test_every_way_to_become_reviewable_runs_the_policy_once(
    make: Any, worker: Any, way: str
) -> None:
    policy = plurality(ApproveIfWorkerAgreementScoreIsAtLeast=100)
    hit_id = make.create_hit(
        max_assignments=2, lifetime_in_seconds=100, hit_review_policy=policy
    ).hit_id
    submitted = make.done(hit_id, cat="yes")
    out = worker, make.accept(worker, hit_id)
    trigger_by(make, way, hit_id, out)
    assert make.hit(hit_id).hit_status == "Reviewable"
    assert runs(make, hit_id) == [("HIT", "1")]
    assert make.assignment(submitted).assignment_status == "Approved"
    assert make.events(hit_id)[-1] == "HITReviewable"
    count = 2 if way == "submission" else 1
    assert actions(make, hit_id, "HIT") == [("approve", "Succeeded", "Approved")] * count


def test_a_hit_without_work_is_not_reviewed(make: Any) -> None:
    hit_id = make.create_hit(hit_review_policy=plurality()).hit_id
    make.sweep(hours=1)
    assert make.events(hit_id)[-1] == "HITReviewable"
    assert runs(make, hit_id) == []


def test_only_new_work_is_reviewed_again(make: Any) -> None:
    hit_id = make.create_hit(hit_review_policy=plurality(), lifetime_in_seconds=100).hit_id
    make.done(hit_id, cat="yes")
    assert runs(make, hit_id) == [("HIT", "1")]
    make.ask("UpdateHITReviewStatus", hit_id=hit_id)
    make.ask("UpdateHITReviewStatus", hit_id=hit_id, revert=True)
    make.ask("CreateAdditionalAssignmentsForHIT", hit_id=hit_id, number_of_additional_assignments=2)
    make.sweep(seconds=100)
    assert make.hit(hit_id).hit_status == "Reviewable"
    assert runs(make, hit_id) == [("HIT", "1")]
    expire_at = make.clock.now().timestamp() + 100
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=expire_at)
    make.done(hit_id, cat="yes")
    make.sweep(seconds=100)
    assert runs(make, hit_id) == [("HIT", "1"), ("HIT", "2")]
    report = make.ask("ListReviewPolicyResultsForHIT", hit_id=hit_id).hit_review_report
    correct = [item for item in report.review_results if item.key == "PluralityAnswersCorrect"]
    assert len(correct) == 1 + 2


def test_a_policy_that_extends_does_so_instead_of_telling(make: Any) -> None:
    policy = plurality(
        100,
        ExtendIfHITAgreementScoreIsLessThan=100,
        ExtendMaximumAssignments=3,
        ExtendMinimumTimeInSeconds=3600,
    )
    hit = make.create_hit(max_assignments=2, hit_review_policy=policy)
    for answer in ("yes", "no"):
        make.done(hit.hit_id, cat=answer)
    extended = make.hit(hit.hit_id)
    assert (extended.hit_status, extended.max_assignments) == ("Assignable", 3)
    assert extended.expiration == hit.expiration + 3600
    assert make.events(hit.hit_id)[-1] == "HITExtended"
    make.sweep(hours=2)
    assert make.hit(hit.hit_id).hit_status == "Reviewable"
    assert make.events(hit.hit_id)[-2:] == ["HITExpired", "HITReviewable"]
    assert runs(make, hit.hit_id) == [("HIT", "1")]


def test_a_policy_may_give_an_expired_hit_more_time(make: Any, worker: Any) -> None:
    policy = plurality(
        100,
        ExtendIfHITAgreementScoreIsLessThan=100,
        ExtendMaximumAssignments=5,
        ExtendMinimumTimeInSeconds=600,
    )
    requester = make.new_requester(balance=5_000)
    hit = make.create_hit(
        by=requester, max_assignments=3, lifetime_in_seconds=60, hit_review_policy=policy
    )
    for answer in ("yes", "no"):
        make.done(hit.hit_id, cat=answer)
    make.sweep(seconds=60)
    extended = make.hit(hit.hit_id, by=requester)
    assert (extended.hit_status, extended.max_assignments) == ("Assignable", 4)
    assert extended.number_of_assignments_available == 2
    assert extended.expiration == START + 660
    assert make.balance(f"on_hold:{requester.requester_id}") == 2_000
    assert make.events(hit.hit_id)[-2:] == ["HITExpired", "HITExtended"]
    query = "SELECT open_hits, latest_expiration FROM group_counts WHERE group_id = ?"
    assert make.rows(query, hit.hit_group_id) == [(1, int(START + 660) * 1_000_000)]
    assert make.accept(worker, hit.hit_id)


def test_work_decided_by_hand_before_the_run(make: Any) -> None:
    policy = plurality(
        ApproveIfWorkerAgreementScoreIsAtLeast=100, RejectIfWorkerAgreementScoreIsLessThan=100
    )
    hit_id = make.create_hit(max_assignments=4, hit_review_policy=policy).hit_id
    done = []
    for answer in "aab":
        done.append(make.done(hit_id, cat=answer))
        make.clock.advance(seconds=1)
    first, second, third = done
    make.ask("ApproveAssignment", assignment_id=first)
    make.ask("RejectAssignment", assignment_id=second, requester_feedback="")
    make.ask("RejectAssignment", assignment_id=third, requester_feedback="")
    make.done(hit_id, cat="a")
    assert actions(make, hit_id, "HIT") == [
        ("approve", "Succeeded", "Already approved"),
        ("approve", "Failed", "Assignment was in an invalid state for this operation."),
        ("reject", "Succeeded", "Already rejected"),
        ("approve", "Succeeded", "Approved"),
    ]
    assert make.assignment(second).assignment_status == "Rejected"


def test_rejected_work_can_be_disregarded(make: Any) -> None:
    policy = plurality(DisregardAssignmentIfRejected="T")
    hit_id = make.create_hit(max_assignments=2, hit_review_policy=policy).hit_id
    rejected = make.done(hit_id, cat="a")
    make.ask("RejectAssignment", assignment_id=rejected, requester_feedback="")
    kept = make.done(hit_id, cat="b")
    report = make.ask("ListReviewPolicyResultsForHIT", hit_id=hit_id).hit_review_report
    subjects = {item.subject_id for item in report.review_results}
    assert subjects == {kept, hit_id}


def test_known_answers_that_failed_can_be_disregarded(make: Any) -> None:
    hit_id = make.create_hit(
        max_assignments=2,
        assignment_review_policy=known_answers(),
        hit_review_policy=plurality(DisregardAssignmentIfKnownAnswerScoreIsLessThan=60),
    ).hit_id
    make.done(hit_id, cat="a", **right(2))
    kept = make.done(hit_id, cat="b", **right(3))
    report = make.ask("ListReviewPolicyResultsForHIT", hit_id=hit_id).hit_review_report
    assert {item.subject_id for item in report.review_results} == {kept, hit_id}


def test_several_values_of_one_question(make: Any) -> None:
    hit_id = make.create_hit(max_assignments=3, hit_review_policy=plurality(65)).hit_id
    for given in (["a", "b"], ["b", "a"], ["a"]):
        make.done(hit_id, cat=given)
    report = make.ask("ListReviewPolicyResultsForHIT", hit_id=hit_id).hit_review_report
    found = {item.key: item.value for item in report.review_results if item.question_id}
    assert found == {
        "AgreedAnswerFound": "true",
        "AgreedAnswer": "a|b",
        "AnswerAgreementScore": "66",
    }


def test_a_refused_extension_lets_the_others_pass(make: Any) -> None:
    policy = known_answers(
        RejectIfKnownAnswerScoreIsLessThan=0,
        ApproveIfKnownAnswerScoreIsAtLeast=0,
        ExtendIfKnownAnswerScoreIsLessThan=101,
        ExtendMaximumAssignments=3,
    )
    poor = make.new_requester(balance=900)
    hit_id = make.create_hit(by=poor, assignment_review_policy=policy).hit_id
    make.done(hit_id, **right(5))
    assert actions(make, hit_id, "Assignment", by=poor)[1:] == [
        ("approve", "Succeeded", "Approved"),
        (
            "extend",
            "Failed",
            "This Requester has insufficient funds in their account to complete this transaction.",
        ),
    ]
    hit = make.hit(hit_id, by=poor)
    assert (hit.hit_status, hit.max_assignments) == ("Reviewable", 1)
    assert "HITExtended" not in make.events(hit_id)
    assert make.balance(f"available:{poor.requester_id}") == 400
