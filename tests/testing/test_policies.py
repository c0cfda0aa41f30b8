"""`kempelen.testing.policies.review`: policies judge as on a server, without one."""

from collections.abc import Mapping

import pytest

from kempelen.domain.errors import Refusal
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    Parameters,
    Review,
    ReviewPolicyLevel,
    ReviewResult,
    Subject,
)
from kempelen.testing.policies import review

PLURALITY = "SimplePlurality/2011-09-01"
KNOWN = "ScoreMyKnownAnswers/2011-09-01"


class Longest:
    """A policy of a user: approves whoever wrote most, and reports what it was given."""

    name = "Longest/2026-01-01"
    level = ReviewPolicyLevel.HIT

    def __init__(self) -> None:
        self.seen: list[Parameters] = []

    def parse(self, parameters: Parameters, *, ignore_unknown: bool) -> Parameters:
        assert not ignore_unknown
        return parameters

    def review(self, params: Parameters, subject: Subject) -> Review:
        results = tuple(
            ReviewResult(
                subject_type="Assignment",
                subject_id=work.assignment_id,
                key=work.worker_id,
                value=f"{sorted(work.values['text'])} {dict(work.joined)} "
                f"{work.known_answer_score} {subject.max_assignments}",
            )
            for work in subject.works
        )
        best = max(subject.works, key=lambda work: sum(map(len, work.values["text"])))
        action = IntendedAction(
            kind=ActionName.APPROVE, target_type="Assignment", target_id=best.assignment_id
        )
        self.seen.append(params)
        return Review(results=results, actions=(action,))


def values(found: Review, question_id: str | None) -> Mapping[str, str]:
    return {item.key: item.value for item in found.results if item.question_id == question_id}


def test_an_installed_policy_of_a_hit_is_found_by_its_name() -> None:
    found = review(
        PLURALITY,
        {"QuestionIds": "label", "QuestionAgreementThreshold": "60"},
        [{"label": "cat"}, {"label": "cat"}, {"label": "dog"}],
    )
    assert values(found, "label")["AgreedAnswer"] == "cat"


def test_an_installed_policy_of_an_assignment_sees_one() -> None:
    found = review(
        KNOWN,
        {
            "AnswerKey": {"q1": "cat", "q2": ["dog", "wolf"]},
            "ApproveIfKnownAnswerScoreIsAtLeast": "50",
        },
        [{"q1": "cat", "q2": "fox"}],
    )
    assert found.known_answer_score == 50
    assert [action.kind for action in found.actions if action.target_id == "assignment-1"][-1] is (
        ActionName.APPROVE
    )


def test_a_policy_of_an_assignment_refuses_several() -> None:
    with pytest.raises(ValueError, match="Give the answers of one worker, not of 2"):
        review(KNOWN, {"AnswerKey": {"q1": "cat"}}, [{"q1": "cat"}, {"q1": "dog"}])


def test_parameters_are_refused_as_in_a_request() -> None:
    with pytest.raises(Refusal):
        review(PLURALITY, {"NoSuchParameter": "1"}, [{"label": "cat"}])


def test_a_policy_that_is_not_installed_is_named() -> None:
    with pytest.raises(ValueError, match=r"No review policy Acme/1 is installed.*SimplePlurality"):
        review("Acme/1", {}, [])


def test_a_policy_of_ones_own_gets_what_a_server_would_give() -> None:
    policy = Longest()
    found = review(
        policy,
        {"Weight": ["1", "2"], "Map": {"a": "x", "b": ["y", "z"]}},
        [{"text": " short "}, {"text": ["long", "longer"]}],
        known_answer_scores=[None, 80],
        max_assignments=5,
    )
    assert [(item.subject_id, item.key, item.value) for item in found.results] == [
        ("assignment-1", "worker-1", "['short'] {} None 5"),
        ("assignment-2", "worker-2", "['long', 'longer'] {'text': 'long|longer'} 80 5"),
    ]
    assert found.actions[0].target_id == "assignment-2"
    (weight, mapping) = policy.seen[-1]
    assert (weight.key, weight.values, weight.map_entries) == ("Weight", ("1", "2"), None)
    assert mapping.map_entries is not None
    assert [(entry.key, entry.values) for entry in mapping.map_entries] == [
        ("a", ("x",)),
        ("b", ("y", "z")),
    ]
