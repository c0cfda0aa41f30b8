"""Try a review policy without a server: parameters and answers in, its review out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kempelen import plugins
from kempelen.domain import answers as records
from kempelen.domain.answers import Answer, Answers
from kempelen.domain.review.policy import (
    MapEntry,
    Parameter,
    Review,
    ReviewPolicy,
    ReviewPolicyLevel,
    Subject,
    Work,
)

HIT_ID = "HIT"
_STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)

Values = str | Sequence[str]
Parameters = Mapping[str, Values | Mapping[str, Values]]


def review(
    policy: ReviewPolicy[Any] | str,
    parameters: Parameters,
    answers: Sequence[Mapping[str, Values]],
    *,
    known_answer_scores: Sequence[int | None] = (),
    max_assignments: int | None = None,
) -> Review:
    """What a review policy says of some answers, as it would on a server.

    `policy` is the policy itself, or the name of an installed one. `parameters` are those of the
    request; one that is a map is a mapping. `answers` has the answers of one worker after the
    other, each a text or a list of texts per question. Assignments and workers have the ids
    "assignment-1", "worker-1" and so on, the HIT has the id "HIT".

        found = review(
            "SimplePlurality/2011-09-01",
            {"QuestionIds": ["label"], "QuestionAgreementThreshold": "60"},
            [{"label": "cat"}, {"label": "cat"}, {"label": "dog"}],
        )
        for result in found.results:
            print(result.question_id, result.key, result.value)

    `known_answer_scores` are what an assignment-level policy would have given to each worker.
    Refused parameters raise as CreateHIT would. A policy of level Assignment sees the answers of
    one worker: give exactly one, or ValueError.
    """
    judge = _installed(policy) if isinstance(policy, str) else policy
    if judge.level is ReviewPolicyLevel.ASSIGNMENT and len(answers) != 1:
        message = (
            f"{judge.name} reviews one assignment at a time. Give the answers of one worker, "
            f"not of {len(answers)}."
        )
        raise ValueError(message)
    scores = [*known_answer_scores, *[None] * len(answers)]
    works = tuple(
        _work(number, given, score)
        for number, (given, score) in enumerate(zip(answers, scores, strict=False), start=1)
    )
    subject = Subject(
        hit_id=HIT_ID,
        max_assignments=len(answers) if max_assignments is None else max_assignments,
        works=works,
    )
    given = tuple(_parameter(key, value) for key, value in parameters.items())
    return judge.review(judge.parse(given, ignore_unknown=False), subject)


def _installed(name: str) -> ReviewPolicy[Any]:
    policies = plugins.review_policies()
    if name not in policies:
        message = f"No review policy {name} is installed. There are: {', '.join(policies)}."
        raise ValueError(message)
    return policies[name]


def _parameter(key: str, value: Values | Mapping[str, Values]) -> Parameter:
    if isinstance(value, Mapping):
        entries = tuple(MapEntry(key=name, values=_texts(item)) for name, item in value.items())
        return Parameter(key=key, map_entries=entries)
    return Parameter(key=key, values=_texts(value))


def _work(number: int, given: Mapping[str, Values], score: int | None) -> Work:
    document = Answers(tuple(_answer(question_id, value) for question_id, value in given.items()))
    return Work(
        assignment_id=f"assignment-{number}",
        worker_id=f"worker-{number}",
        status="Submitted",
        submitted_at=_STARTED_AT + timedelta(minutes=number),
        values=records.value_sets(document),
        joined=records.joined(document),
        known_answer_score=score,
    )


def _answer(question_id: str, value: Values) -> Answer:
    return records.of_values(question_id, _texts(value))


def _texts(value: Values) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
