"""Policies that fail: recorded as failed, while the work and the HIT go their way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kempelen.domain.assignment import AssignmentStatus
from kempelen.domain.hit import HITStatus
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    Parameter,
    Review,
    ReviewPolicyLevel,
    ReviewResult,
    Subject,
)
from kempelen.operations import reviewing
from kempelen.store import hits

ASSIGNMENT, WHOLE = ReviewPolicyLevel.ASSIGNMENT, ReviewPolicyLevel.HIT
Judge = Callable[[Subject], Any]


def acme(*keys: str) -> str:
    """The stored text of the plugin with some parameters."""
    return reviewing.to_text(
        "Acme/2026-01-01", tuple(Parameter(key=key, values=("1",)) for key in keys)
    )


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


class Unprintable(Exception):
    """An error that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


def raising(error: Exception) -> Judge:
    """A policy that fails."""

    def judge(subject: Subject) -> Review:
        raise error

    return judge


def unsound(subject: Subject) -> Review:
    """A result that is a number."""
    result: Any = ReviewResult(
        subject_type="HIT", subject_id=subject.hit_id, key="Score", value="7"
    )
    return Review(results=(replace(result, value=7),))


def foreign(subject: Subject) -> Review:
    """A decision about work on another HIT, after one that is all right."""
    return Review(actions=(about(subject), about(subject, target_id="ANOTHERHITS")))


def endless(subject: Subject) -> Review:
    """An extension far beyond any calendar."""
    return Review(actions=(extend(subject, seconds=10**15),))


def nothing(subject: Subject) -> Review:
    """A review without results and actions."""
    del subject
    return Review()


def scoring(score: int) -> Judge:
    """A policy that gives everybody the same score."""
    return lambda _: Review(known_answer_score=score)


FAILURES: list[tuple[Judge, str]] = [
    (raising(ZeroDivisionError("division by zero")), "ZeroDivisionError: division by zero"),
    (raising(ValueError("\ud800")), "ValueError: \\ud800"),
    (raising(Unprintable()), "Unprintable: <exception str() failed>"),
    (lambda _: None, "a policy returns a Review"),
    (unsound, "the value of a result is a text"),
    (foreign, "Assignment ANOTHERHITS is not what the policy was given to review"),
    (endless, "minimum_time_seconds is out of range"),
]


NOT_EVALUATED = (
    "review",
    "Failed",
    "The review policy could not be evaluated.",
    "AWS.ServiceUnavailable",
)


@pytest.mark.parametrize(("judge", "said"), FAILURES)
def test_a_failing_assignment_policy_loses_nothing(market: Any, judge: Judge, said: str) -> None:
    """The work stays submitted and nothing is decided; the HIT becomes Reviewable."""
    market.install(ASSIGNMENT, judge)
    hit, assignment = market.submit(market.publish(assignment=acme()))
    assert assignment.status is AssignmentStatus.SUBMITTED
    assert assignment.known_answer_score is None
    assert hit.recorded_status is HITStatus.REVIEWABLE
    assert hits.get(market.tx, hit.hit_id) == hit
    assert market.results(hit, ASSIGNMENT) == []
    assert market.actions(hit, ASSIGNMENT) == [NOT_EVALUATED]
    (error,) = market.errors()
    assert said in (error or "")
    assert market.told() == ["HITReviewable"]


@pytest.mark.parametrize(("judge", "said"), FAILURES)
def test_a_failing_hit_policy_stops_nothing(market: Any, judge: Judge, said: str) -> None:
    """The HIT becomes Reviewable, and the policy is not run again for this transition."""
    market.install(WHOLE, judge)
    hit, assignment = market.submit(market.publish(hit=acme()))
    assert assignment.status is AssignmentStatus.SUBMITTED
    assert hit.recorded_status is HITStatus.REVIEWABLE
    assert market.told() == ["HITReviewable"]
    assert reviewing.review_hit(market.tx, hit) == hit
    (error,) = market.errors()
    assert said in (error or "")
    assert market.actions(hit, WHOLE) == [NOT_EVALUATED]


@pytest.mark.parametrize("text", [acme("Broken"), acme().replace("Acme", "Gone"), "{"])
def test_policies_that_can_no_longer_be_read(market: Any, text: str) -> None:
    """A plugin that changed its mind, one that is gone, and a text that is none."""
    market.install(ASSIGNMENT, nothing)
    hit, assignment = market.submit(market.publish(assignment=text))
    assert assignment.status is AssignmentStatus.SUBMITTED
    assert market.actions(hit, ASSIGNMENT) == [NOT_EVALUATED]


def test_a_policy_runs_only_at_its_level(market: Any) -> None:
    """A plugin that moved to the other level is no longer the one that was asked for."""
    market.install(WHOLE, nothing)
    hit, _ = market.submit(market.publish(assignment=acme()))
    assert market.actions(hit, ASSIGNMENT) == [NOT_EVALUATED]


def test_another_policy_of_the_same_name(market: Any) -> None:
    """What was parsed for one installation is not used in another."""
    for score in (10, 20):
        market.install(ASSIGNMENT, scoring(score))
        _, assignment = market.submit(market.publish(assignment=acme()))
        assert assignment.known_answer_score == score
