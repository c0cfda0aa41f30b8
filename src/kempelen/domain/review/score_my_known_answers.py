"""ScoreMyKnownAnswers/2011-09-01: one worker's answers compared with an answer key."""

from dataclasses import dataclass

from kempelen.domain.review import parameters as reading
from kempelen.domain.review.parameters import EXTENSION_SECONDS, SCORE
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    MapEntry,
    Parameters,
    Review,
    ReviewPolicyLevel,
    ReviewResult,
    Subject,
    Work,
)
from kempelen.domain.review.scores import percent
from kempelen.domain.review.thresholds import Decisions, Extension

MAXIMUM_ASSIGNMENTS = (2, 25)
MAXIMUM_ASSIGNMENTS_DEFAULT = 5
_KEYS = (
    "AnswerKey",
    "ApproveIfKnownAnswerScoreIsAtLeast",
    "ApproveReason",
    "RejectIfKnownAnswerScoreIsLessThan",
    "RejectReason",
    "ExtendIfKnownAnswerScoreIsLessThan",
    "ExtendMaximumAssignments",
    "ExtendMinimumTimeInSeconds",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAnswer:
    """The right answer to one question; without values, that it is left empty.

    `shown_id` is the question id as the requester wrote it, `question_id` the one to look up.
    """

    shown_id: str
    question_id: str
    values: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAnswersParameters:
    """The parameters of the policy."""

    answer_key: tuple[KnownAnswer, ...]
    decisions: Decisions
    extension: Extension


class ScoreMyKnownAnswers:
    """The assignment-level policy of Mechanical Turk."""

    name = "ScoreMyKnownAnswers/2011-09-01"
    level = ReviewPolicyLevel.ASSIGNMENT

    def parse(self, parameters: Parameters, *, ignore_unknown: bool) -> KnownAnswersParameters:
        """Read the parameters; unknown keys are refused first, then values in the order of `_KEYS`.

        Refusals: InvalidPolicyParameter, ParameterOutOfRange, MissingParameters for the
        AnswerKey, TooLong for reasons.
        """
        given = reading.collect(parameters, _KEYS, ignore_unknown=ignore_unknown)
        answer_key = tuple(map(_known_answer, reading.entries(given, "AnswerKey")))
        decisions = Decisions(
            approve_at_least=reading.integer(given, "ApproveIfKnownAnswerScoreIsAtLeast", SCORE),
            approve_reason=reading.reason(given, "ApproveReason"),
            reject_less_than=reading.integer(given, "RejectIfKnownAnswerScoreIsLessThan", SCORE),
            reject_reason=reading.reason(given, "RejectReason"),
        )
        less_than = reading.integer(given, "ExtendIfKnownAnswerScoreIsLessThan", SCORE)
        maximum = reading.integer(given, "ExtendMaximumAssignments", MAXIMUM_ASSIGNMENTS)
        seconds = reading.integer(
            given, "ExtendMinimumTimeInSeconds", EXTENSION_SECONDS, or_zero=True
        )
        extension = Extension(
            less_than=less_than,
            maximum_assignments=maximum or MAXIMUM_ASSIGNMENTS_DEFAULT,
            minimum_time_seconds=seconds or 0,
        )
        return KnownAnswersParameters(
            answer_key=answer_key, decisions=decisions, extension=extension
        )

    def review(self, params: KnownAnswersParameters, subject: Subject) -> Review:
        """Score the one work that was submitted."""
        (work,) = subject.works
        marks = [(known.shown_id, _is_correct(known, work)) for known in params.answer_key]
        correct = sum(is_correct for _, is_correct in marks)
        score = percent(correct, len(marks))
        return Review(
            results=(
                *(
                    _result(work, "KnownAnswerCorrect", int(is_correct), question_id)
                    for question_id, is_correct in marks
                ),
                _result(work, "KnownAnswerScore", score),
            ),
            actions=(
                _reviewed(work, correct, len(marks)),
                *params.decisions.of(score, work.assignment_id),
                *params.extension.of(score, subject.hit_id),
            ),
            known_answer_score=score,
        )


def _known_answer(entry: MapEntry) -> KnownAnswer:
    trimmed = (value.strip() for value in entry.values)
    return KnownAnswer(
        shown_id=entry.key,
        question_id=entry.key.strip(),
        values=frozenset(filter(None, trimmed)),
    )


def _is_correct(known: KnownAnswer, work: Work) -> bool:
    """Equal as sets; a single known value also matches several values joined with `|`."""
    if work.values.get(known.question_id, frozenset()) == known.values:
        return True
    return known.values == {work.joined.get(known.question_id)}


def _result(work: Work, key: str, value: int, question_id: str | None = None) -> ReviewResult:
    return ReviewResult(
        subject_type="Assignment",
        subject_id=work.assignment_id,
        question_id=question_id,
        key=key,
        value=str(value),
    )


def _reviewed(work: Work, correct: int, total: int) -> IntendedAction:
    scope = "one known answer" if total == 1 else f"{total} known answers"
    return IntendedAction(
        kind=ActionName.REVIEW,
        target_type="Assignment",
        target_id=work.assignment_id,
        result=f"Reviewed {scope}; {correct}/{total} correct",
    )
