"""Actions of review policies carried out: what is done, what is refused, what is recorded."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kempelen.domain.assignment import AssignmentStatus
from kempelen.domain.hit import HITStatus
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    MapEntry,
    Parameter,
    Review,
    ReviewPolicyLevel,
    Subject,
)
from kempelen.operations import reviewing
from kempelen.store import assignments

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASSIGNMENT, WHOLE = ReviewPolicyLevel.ASSIGNMENT, ReviewPolicyLevel.HIT
ACME = reviewing.to_text("Acme/2026-01-01", ())
INVALID_STATE = (
    "Failed",
    "Assignment was in an invalid state for this operation.",
    "AWS.MechanicalTurk.InvalidAssignmentState",
)
NINE = (
    "Failed",
    (
        "HITs created with fewer than 10 assignments "
        "cannot be extended to have 10 or more assignments."
    ),
    "AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease",
)


def known(**thresholds: str) -> str:
    """ScoreMyKnownAnswers: the answer to `gold` is "yes"."""
    key = Parameter(key="AnswerKey", map_entries=(MapEntry(key="gold", values=("yes",)),))
    more = (Parameter(key=name, values=(value,)) for name, value in thresholds.items())
    return reviewing.to_text("ScoreMyKnownAnswers/2011-09-01", (key, *more))


def plurality(threshold: int, **parameters: str) -> str:
    """SimplePlurality over the question `cat`."""
    given = {"QuestionIds": "cat", "QuestionAgreementThreshold": str(threshold), **parameters}
    read = tuple(Parameter(key=name, values=(value,)) for name, value in given.items())
    return reviewing.to_text("SimplePlurality/2011-09-01", read)


def about(subject: Subject, kind: ActionName = ActionName.APPROVE, **more: Any) -> IntendedAction:
    """An action on the newest work."""
    work = subject.works[-1]
    target: dict[str, Any] = {"target_type": "Assignment", "target_id": work.assignment_id}
    return IntendedAction(**{"kind": kind, **target, **more})


def extend(subject: Subject, maximum: int | None = None, seconds: int = 0) -> IntendedAction:
    """One more assignment."""
    return IntendedAction(
        kind=ActionName.EXTEND,
        target_type="HIT",
        target_id=subject.hit_id,
        maximum_assignments=maximum,
        minimum_time_seconds=seconds,
    )


def test_actions_end_one_by_one(market: Any) -> None:
    """A refused action is undone and does not stop the next one."""
    market.install(
        ASSIGNMENT,
        lambda subject: Review(
            actions=(
                about(subject, ActionName.REVIEW, result="Looked at"),
                about(subject, feedback="Good."),
                about(subject),
                about(subject, ActionName.REJECT, feedback="Bad."),
                extend(subject, maximum=10),
                extend(subject, maximum=9),
            )
        ),
    )
    hit = market.publish(8, assignment=ACME)
    hit, assignment = market.submit(hit._replace(max_assignments=9))
    assert market.actions(hit, ASSIGNMENT) == [
        ("review", "Succeeded", "Looked at", None),
        ("approve", "Succeeded", "Approved", None),
        ("approve", "Succeeded", "Already approved", None),
        ("reject", *INVALID_STATE),
        ("extend", *NINE),
        ("extend", "Succeeded", "HIT already has the maximum of 9 assignments", None),
    ]
    assert (assignment.status, assignment.feedback) == (AssignmentStatus.APPROVED, "Good.")
    assert (hit.approved, hit.rejected, hit.max_assignments) == (1, 0, 9)
    assert market.told() == ["AssignmentApproved"]


def test_an_extension_without_funds(open_market: Callable[..., Any]) -> None:
    """It fails without the advice where to pay, and the HIT becomes Reviewable."""
    market = open_market(balance=1)
    market.install(WHOLE, lambda subject: Review(actions=(extend(subject, 11, 60),)))
    hit = market.publish(10, hit=ACME)
    for _ in range(10):
        hit, _ = market.submit(hit)
    assert market.actions(hit, WHOLE) == [
        (
            "extend",
            "Failed",
            "This Requester has insufficient funds in their account to complete this transaction.",
            "AWS.MechanicalTurk.InsufficientFunds",
        )
    ]
    assert hit.recorded_status is HITStatus.REVIEWABLE
    assert (hit.max_assignments, hit.expiration) == (10, NOW + HOUR)
    assert market.told() == ["HITReviewable"]


def test_an_extension_of_a_disposed_hit(market: Any) -> None:
    """It is refused, and told as the state of the HIT."""
    market.install(WHOLE, lambda subject: Review(actions=(extend(subject),)))
    hit = market.publish(hit=ACME)._replace(submitted=1, is_disposed=True)
    reviewing.review_hit(market.tx, hit)
    assert market.actions(hit, WHOLE) == [
        (
            "extend",
            "Failed",
            "HIT was in an invalid state for this operation.",
            "AWS.MechanicalTurk.InvalidHITState",
        )
    ]


@pytest.mark.parametrize(
    ("late", "seconds", "expiration", "status"),
    [
        (timedelta(0), 0, HOUR, HITStatus.ASSIGNABLE),
        (timedelta(0), 600, HOUR + timedelta(minutes=10), HITStatus.ASSIGNABLE),
        (2 * HOUR, 600, 2 * HOUR + timedelta(minutes=10), HITStatus.ASSIGNABLE),
        (2 * HOUR, 0, HOUR, HITStatus.REVIEWABLE),
    ],
)
def test_time_of_extensions(
    market: Any, late: timedelta, seconds: int, expiration: timedelta, status: HITStatus
) -> None:
    """Time is added to the later of expiration and now; without it an expired HIT stays so."""
    market.install(ASSIGNMENT, lambda subject: Review(actions=(extend(subject, seconds=seconds),)))
    hit = market.publish(assignment=ACME)
    market.tx.now += late
    hit, _ = market.submit(hit._replace(is_expired=late > HOUR))
    assert market.actions(hit, ASSIGNMENT) == [
        ("extend", "Succeeded", "Extended to 2 assignments", None)
    ]
    assert (hit.expiration, hit.recorded_status) == (NOW + expiration, status)


def test_the_reference_sample(market: Any) -> None:
    """Known answers decide, then plurality wants both approved: a no-op and a failure."""
    hit = market.publish(
        2,
        assignment=known(
            ApproveIfKnownAnswerScoreIsAtLeast="100", RejectIfKnownAnswerScoreIsLessThan="100"
        ),
        hit=plurality(50, ApproveIfWorkerAgreementScoreIsAtLeast="100"),
    )
    hit, first = market.submit(hit, gold="yes", cat="true")
    hit, second = market.submit(hit, gold="no", cat="true")
    assert (first.status, first.known_answer_score) == (AssignmentStatus.APPROVED, 100)
    assert (second.status, second.known_answer_score) == (AssignmentStatus.REJECTED, 0)
    assert market.actions(hit, ASSIGNMENT) == [
        ("review", "Succeeded", "Reviewed one known answer; 1/1 correct", None),
        ("approve", "Succeeded", "Approved", None),
        ("review", "Succeeded", "Reviewed one known answer; 0/1 correct", None),
        ("reject", "Succeeded", "Rejected", None),
    ]
    assert market.actions(hit, WHOLE) == [
        ("approve", "Succeeded", "Already approved", None),
        ("approve", *INVALID_STATE),
    ]
    assert len(market.results(hit, ASSIGNMENT)) == 4
    assert len(market.results(hit, WHOLE)) == 10
    assert market.told() == ["AssignmentApproved", "AssignmentRejected", "HITReviewable"]


def test_known_answers_extension_and_plurality(market: Any) -> None:
    """Failed known answers keep the HIT open; plurality comes when the work is complete."""
    hit = market.publish(
        2,
        assignment=known(
            ApproveIfKnownAnswerScoreIsAtLeast="80",
            ExtendIfKnownAnswerScoreIsLessThan="80",
            ExtendMaximumAssignments="3",
            ExtendMinimumTimeInSeconds="3600",
        ),
        hit=plurality(100, DisregardAssignmentIfKnownAnswerScoreIsLessThan="80"),
    )
    hit, _ = market.submit(hit, gold="yes", cat="1")
    hit, failed = market.submit(hit, gold="no", cat="2")
    assert hit.recorded_status is HITStatus.ASSIGNABLE
    assert (hit.max_assignments, hit.expiration) == (3, NOW + 2 * HOUR)
    assert market.results(hit, WHOLE) == []
    hit, _ = market.submit(hit, gold="yes", cat="1")
    assert hit.recorded_status is HITStatus.REVIEWABLE
    assert market.results(hit, WHOLE)[-4:] == [
        ("AgreedAnswerFound", "true"),
        ("AgreedAnswer", "1"),
        ("AnswerAgreementScore", "100"),
        ("HitAgreementScore", "100"),
    ]
    assert assignments.get(market.tx, failed.assignment_id) == failed
    assert failed.status is AssignmentStatus.SUBMITTED
    assert market.told() == [
        "AssignmentApproved",
        "HITExtended",
        "AssignmentApproved",
        "HITReviewable",
    ]


def test_plurality_runs_again_after_its_extension(market: Any) -> None:
    """The second run appends to the first, sees all work, and cannot extend any further."""
    hit = market.publish(
        2,
        hit=plurality(
            100,
            ExtendIfHITAgreementScoreIsLessThan="100",
            ExtendMaximumAssignments="3",
            ExtendMinimumTimeInSeconds="3600",
        ),
    )
    hit, _ = market.submit(hit, cat="yes")
    hit, _ = market.submit(hit, cat="no")
    assert hit.recorded_status is HITStatus.ASSIGNABLE
    assert market.told() == ["HITExtended"]
    hit, _ = market.submit(hit, cat="yes")
    assert hit.recorded_status is HITStatus.REVIEWABLE
    assert market.told() == ["HITExtended", "HITReviewable"]
    assert len(market.results(hit, WHOLE)) == 6 + 8
    assert market.actions(hit, WHOLE) == [
        ("extend", "Succeeded", "Extended to 3 assignments", None),
        ("extend", "Succeeded", "HIT already has the maximum of 3 assignments", None),
    ]
    assert market.errors() == [None, None]
