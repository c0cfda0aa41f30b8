"""SimplePlurality/2011-09-01: the workers' answers to a HIT compared with each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kempelen.domain import errors
from kempelen.domain.review import parameters as reading
from kempelen.domain.review.parameters import EXTENSION_SECONDS, SCORE, Given
from kempelen.domain.review.policy import (
    Parameters,
    Review,
    ReviewPolicyLevel,
    ReviewResult,
    Subject,
    Work,
)
from kempelen.domain.review.scores import Agreement, agreement, is_usable, percent
from kempelen.domain.review.thresholds import Decisions, Extension

AGREEMENT_THRESHOLD = (0, 100)
HIT_AGREEMENT_SCORE = (1, 100)
MAXIMUM_ASSIGNMENTS = (1, 1_000_000_000)
_KEYS = (
    "QuestionIds",
    "QuestionAgreementThreshold",
    "DisregardAssignmentIfRejected",
    "DisregardAssignmentIfKnownAnswerScoreIsLessThan",
    "ExtendIfHITAgreementScoreIsLessThan",
    "ExtendMaximumAssignments",
    "ExtendMinimumTimeInSeconds",
    "ApproveIfWorkerAgreementScoreIsAtLeast",
    "RejectIfWorkerAgreementScoreIsLessThan",
    "RejectReason",
)
_ALIASES: Mapping[str, str] = MappingProxyType(
    {"ApproveIfWorkerAgreementScoreIsNotLessThan": "ApproveIfWorkerAgreementScoreIsAtLeast"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimplePluralityParameters:
    """The parameters of the policy."""

    question_ids: tuple[str, ...]
    agreement_threshold: int
    disregard_rejected: bool
    disregard_known_answer_score_less_than: int | None
    extension: Extension
    decisions: Decisions


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """One question with the usable answers to it; None stands for one that is not."""

    question_id: str
    answers: tuple[frozenset[str] | None, ...]
    agreement: Agreement


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tally:
    """How one work compares with the agreed answers."""

    work: Work
    correct: int
    incorrect: int

    @property
    def score(self) -> int | None:
        """WorkerAgreementScore; None without an agreed question to judge by."""
        judged = self.correct + self.incorrect
        return percent(self.correct, judged) if judged else None


class SimplePlurality:
    """The HIT-level policy of Mechanical Turk."""

    name = "SimplePlurality/2011-09-01"
    level = ReviewPolicyLevel.HIT

    def parse(self, parameters: Parameters, *, ignore_unknown: bool) -> SimplePluralityParameters:
        """Read the parameters; unknown keys are refused first, then values in the order of `_KEYS`.

        Refusals: InvalidPolicyParameter, ParameterOutOfRange, MissingParameters for QuestionIds,
        QuestionAgreementThreshold, and ExtendMaximumAssignments with
        ExtendIfHITAgreementScoreIsLessThan; TooLong for the reason.
        """
        given = reading.collect(parameters, _KEYS, aliases=_ALIASES, ignore_unknown=ignore_unknown)
        return SimplePluralityParameters(
            question_ids=reading.question_ids(given, "QuestionIds"),
            agreement_threshold=reading.required_integer(
                given, "QuestionAgreementThreshold", AGREEMENT_THRESHOLD
            ),
            disregard_rejected=reading.boolean(given, "DisregardAssignmentIfRejected") or False,
            disregard_known_answer_score_less_than=reading.integer(
                given, "DisregardAssignmentIfKnownAnswerScoreIsLessThan", SCORE
            ),
            extension=_extension(given),
            decisions=Decisions(
                approve_at_least=reading.integer(
                    given, "ApproveIfWorkerAgreementScoreIsAtLeast", SCORE
                ),
                reject_less_than=reading.integer(
                    given, "RejectIfWorkerAgreementScoreIsLessThan", SCORE
                ),
                reject_reason=reading.reason(given, "RejectReason"),
            ),
        )

    def review(self, params: SimplePluralityParameters, subject: Subject) -> Review:
        """Find the agreed answers, and how each worker and the HIT do by them."""
        works = tuple(work for work in subject.works if _is_considered(params, work))
        questions = tuple(
            _question(question_id, works, params.agreement_threshold)
            for question_id in params.question_ids
        )
        tallies = _tallies(works, questions)
        agreed = sum(question.agreement.answer is not None for question in questions)
        hit_score = percent(agreed, len(questions))
        return Review(
            results=(
                *(result for tally in tallies for result in _worker_results(tally)),
                *(
                    result
                    for question in questions
                    for result in _question_results(subject.hit_id, question)
                ),
                _hit_result(subject.hit_id, "HitAgreementScore", str(hit_score)),
            ),
            actions=(
                *(
                    action
                    for tally in tallies
                    if tally.score is not None
                    for action in params.decisions.of(tally.score, tally.work.assignment_id)
                ),
                *params.extension.of(hit_score, subject.hit_id),
            ),
        )


def _extension(given: Given) -> Extension:
    less_than = reading.integer(given, "ExtendIfHITAgreementScoreIsLessThan", HIT_AGREEMENT_SCORE)
    maximum = reading.integer(given, "ExtendMaximumAssignments", MAXIMUM_ASSIGNMENTS)
    if less_than is not None and maximum is None:
        raise errors.MissingParameters(names="ExtendMaximumAssignments")
    seconds = reading.integer(given, "ExtendMinimumTimeInSeconds", EXTENSION_SECONDS, or_zero=True)
    return Extension(
        less_than=less_than, maximum_assignments=maximum, minimum_time_seconds=seconds or 0
    )


def _is_considered(params: SimplePluralityParameters, work: Work) -> bool:
    if params.disregard_rejected and work.status == "Rejected":
        return False
    least, score = params.disregard_known_answer_score_less_than, work.known_answer_score
    return least is None or score is None or score >= least


def _question(question_id: str, works: tuple[Work, ...], threshold: int) -> _Question:
    given = (work.values.get(question_id, frozenset()) for work in works)
    answers = tuple(values if is_usable(values) else None for values in given)
    usable = (values for values in answers if values is not None)
    return _Question(
        question_id=question_id, answers=answers, agreement=agreement(usable, threshold)
    )


def _tallies(works: tuple[Work, ...], questions: tuple[_Question, ...]) -> tuple[_Tally, ...]:
    """Judge each work by the agreed questions to which its answer is usable."""
    correct = [0] * len(works)
    judged = [0] * len(works)
    for question in questions:
        agreed = question.agreement.answer
        if agreed is None:
            continue
        for index, values in enumerate(question.answers):
            correct[index] += values == agreed
            judged[index] += values is not None
    return tuple(
        _Tally(work=work, correct=right, incorrect=total - right)
        for work, right, total in zip(works, correct, judged, strict=True)
    )


def _worker_results(tally: _Tally) -> Iterator[ReviewResult]:
    assignment_id = tally.work.assignment_id
    if tally.score is not None:
        yield _worker_result(assignment_id, "WorkerAgreementScore", tally.score)
    yield _worker_result(assignment_id, "PluralityAnswersCorrect", tally.correct)
    yield _worker_result(assignment_id, "PluralityAnswersIncorrect", tally.incorrect)


def _worker_result(assignment_id: str, key: str, value: int) -> ReviewResult:
    return ReviewResult(
        subject_type="Assignment", subject_id=assignment_id, key=key, value=str(value)
    )


def _question_results(hit_id: str, question: _Question) -> Iterator[ReviewResult]:
    agreed, question_id = question.agreement.answer, question.question_id
    if agreed is None:
        yield _hit_result(hit_id, "AgreedAnswerFound", "false", question_id)
        return
    score = str(question.agreement.score)
    yield _hit_result(hit_id, "AgreedAnswerFound", "true", question_id)
    yield _hit_result(hit_id, "AgreedAnswer", "|".join(sorted(agreed)), question_id)
    yield _hit_result(hit_id, "AnswerAgreementScore", score, question_id)


def _hit_result(hit_id: str, key: str, value: str, question_id: str | None = None) -> ReviewResult:
    return ReviewResult(
        subject_type="HIT", subject_id=hit_id, question_id=question_id, key=key, value=value
    )
