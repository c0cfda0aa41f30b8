"""Which reviews are taken from a policy, and which are none."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    Review,
    ReviewPolicyLevel,
    ReviewResult,
    Subject,
    Work,
)
from kempelen.domain.review.soundness import UnsoundReview, checked

WORK = Work(
    assignment_id="W1",
    worker_id="A1",
    status="Submitted",
    submitted_at=datetime(2026, 3, 1, tzinfo=UTC),
    values={},
    joined={},
)
SUBJECT = Subject(hit_id="HIT", max_assignments=2, works=(WORK, replace(WORK, assignment_id="W2")))
RESULT = ReviewResult(subject_type="Assignment", subject_id="W1", key="K", value="1")
APPROVE = IntendedAction(kind=ActionName.APPROVE, target_type="Assignment", target_id="W2")
REVIEW = IntendedAction(kind=ActionName.REVIEW, target_type="Assignment", target_id="W1")
EXTEND = IntendedAction(
    kind=ActionName.EXTEND,
    target_type="HIT",
    target_id="HIT",
    maximum_assignments=1,
    minimum_time_seconds=31_536_000,
)


def with_(record: Any, **changes: Any) -> Any:
    """A record with values that its types do not admit."""
    return replace(record, **changes)


@pytest.mark.parametrize("level", list(ReviewPolicyLevel))
def test_sound_reviews(level: ReviewPolicyLevel) -> None:
    """Results and actions about the HIT and the works that the policy was given."""
    about_hit = with_(RESULT, subject_type="HIT", subject_id="HIT", question_id="q")
    review = Review(results=(RESULT, about_hit), actions=(REVIEW, APPROVE, EXTEND))
    assert checked(review, level, SUBJECT) is review
    assert checked(Review(), level, SUBJECT) == Review()


@pytest.mark.parametrize("score", [None, 0, 100])
def test_sound_scores(score: int | None) -> None:
    """An assignment may get a score, or none."""
    review = Review(known_answer_score=score)
    assert checked(review, ReviewPolicyLevel.ASSIGNMENT, SUBJECT) is review


def test_lists_are_taken_for_tuples() -> None:
    """Whoever writes a policy without a type checker will return lists."""
    review = with_(Review(), results=[RESULT], actions=[APPROVE])
    assert checked(review, ReviewPolicyLevel.HIT, SUBJECT) is review


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (None, "a policy returns a Review, not a NoneType"),
        ({"results": []}, "a policy returns a Review, not a dict"),
        (with_(Review(), results=None), "results are a tuple, not a NoneType"),
        (with_(Review(), actions=iter(())), "actions are a tuple, not a tuple_iterator"),
        (with_(Review(), known_answer_score="100"), "known_answer_score is an integer, not a str"),
        (with_(Review(), known_answer_score=True), "known_answer_score is an integer, not a bool"),
        (with_(Review(), known_answer_score=101), "known_answer_score is out of range: 101"),
        (with_(Review(), known_answer_score=-1), "known_answer_score is out of range: -1"),
        (Review(actions=(REVIEW, REVIEW)), "one run reviews once, not 2 times"),
    ],
)
def test_what_is_no_review(review: object, said: str) -> None:
    """The whole of it is wrong."""
    with pytest.raises(UnsoundReview) as raised:
        checked(review, ReviewPolicyLevel.ASSIGNMENT, SUBJECT)
    assert str(raised.value) == said


def test_hits_have_no_known_answer_score() -> None:
    """There would be no place to keep it."""
    with pytest.raises(UnsoundReview, match="belongs to an assignment"):
        checked(Review(known_answer_score=1), ReviewPolicyLevel.HIT, SUBJECT)


@pytest.mark.parametrize(
    "result",
    [
        None,
        ("Assignment", "W1", "K", "1"),
        APPROVE,
        with_(RESULT, value=1),
        with_(RESULT, value=None),
        with_(RESULT, value=b"1"),
        with_(RESULT, value="\ud800"),
        with_(RESULT, key=None),
        with_(RESULT, question_id=7),
        with_(RESULT, subject_id="W3"),
        with_(RESULT, subject_id="HIT"),
        with_(RESULT, subject_id=None),
        with_(RESULT, subject_type="HIT"),
        with_(RESULT, subject_type="Question"),
        with_(RESULT, subject_type=["Assignment"]),
    ],
)
def test_unsound_results(result: object) -> None:
    """Results are texts about the HIT or one of the works."""
    for results in ((result,), (RESULT, result)):
        with pytest.raises(UnsoundReview):
            checked(with_(Review(), results=results), ReviewPolicyLevel.HIT, SUBJECT)


@pytest.mark.parametrize(
    "action",
    [
        None,
        "approve",
        RESULT,
        with_(APPROVE, kind="approve"),
        with_(APPROVE, kind=None),
        with_(APPROVE, target_id="W3"),
        with_(APPROVE, target_id=None),
        with_(APPROVE, target_type="HIT", target_id="HIT"),
        with_(APPROVE, kind=ActionName.REJECT, target_type="HIT", target_id="HIT"),
        with_(APPROVE, feedback=None),
        with_(APPROVE, feedback="\udfff"),
        with_(REVIEW, result=5),
        with_(EXTEND, target_type="Assignment", target_id="W1"),
        with_(EXTEND, target_id="ANOTHERHIT"),
        with_(EXTEND, maximum_assignments="9"),
        with_(EXTEND, maximum_assignments=0),
        with_(EXTEND, minimum_time_seconds=None),
        with_(EXTEND, minimum_time_seconds=-1),
        with_(EXTEND, minimum_time_seconds=31_536_001),
        with_(EXTEND, minimum_time_seconds=1.5),
    ],
)
def test_unsound_actions(action: object) -> None:
    """Approve and reject apply to a work that was given, extend to the HIT."""
    for actions in ((action,), (APPROVE, action)):
        with pytest.raises(UnsoundReview):
            checked(with_(Review(), actions=actions), ReviewPolicyLevel.HIT, SUBJECT)
