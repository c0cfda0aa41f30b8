"""What holds for review policies whatever workers answer and requesters ask for."""

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import answers
from kempelen.domain.answers import Answers
from kempelen.domain.review import soundness
from kempelen.domain.review.policy import (
    ActionName,
    MapEntry,
    Parameter,
    Review,
    ReviewPolicyLevel,
    Subject,
    Work,
)
from kempelen.domain.review.score_my_known_answers import ScoreMyKnownAnswers
from kempelen.domain.review.simple_plurality import SimplePlurality, SimplePluralityParameters

QUESTIONS = ("p", "q", "r")
NOW = datetime(2026, 3, 1, tzinfo=UTC)

lists = st.lists(st.sampled_from(["a", "b", "A", " a ", "", "x" * 257]), max_size=3)
sheets = st.dictionaries(st.sampled_from(QUESTIONS), lists)
thresholds = st.integers(0, 100)


@st.composite
def works(draw: st.DrawFn) -> tuple[Work, ...]:
    """The submitted work on a HIT, in order."""
    drawn = draw(st.lists(sheets, max_size=6))
    return tuple(
        Work(
            assignment_id=f"W{index}",
            worker_id=f"A{index}",
            status=draw(st.sampled_from(["Submitted", "Approved", "Rejected"])),
            submitted_at=NOW,
            values=answers.value_sets(_answers(sheet)),
            joined=answers.joined(_answers(sheet)),
            known_answer_score=draw(st.none() | st.integers(0, 100)),
        )
        for index, sheet in enumerate(drawn)
    )


def _answers(sheet: dict[str, list[str]]) -> Answers:
    return Answers(
        tuple(answers.of_values(key, tuple(values)) for key, values in sheet.items() if values)
    )


def plurality(threshold: int, **scalars: int | str | None) -> SimplePluralityParameters:
    """Parameters about all questions; those that are None are left out."""
    parameters = (
        Parameter(key="QuestionIds", values=QUESTIONS),
        Parameter(key="QuestionAgreementThreshold", values=(str(threshold),)),
        *(
            Parameter(key=key, values=(str(value),))
            for key, value in scalars.items()
            if value is not None
        ),
    )
    return SimplePlurality().parse(parameters, ignore_unknown=False)


def judged(done: tuple[Work, ...], params: SimplePluralityParameters) -> Review:
    """What plurality says about the work."""
    subject = Subject(hit_id="HIT", max_assignments=max(1, len(done)), works=done)
    return SimplePlurality().review(params, subject)


def scored(done: tuple[Work, ...], key: dict[str, list[str]]) -> list[Review]:
    """What an answer key says about each of the works."""
    policy = ScoreMyKnownAnswers()
    entries = tuple(MapEntry(key=name, values=tuple(values)) for name, values in key.items())
    params = policy.parse((Parameter(key="AnswerKey", map_entries=entries),), ignore_unknown=False)
    return [
        policy.review(params, Subject(hit_id="HIT", max_assignments=9, works=(work,)))
        for work in done
    ]


def agreed(found: Review) -> dict[str, str]:
    """The agreed answers by question."""
    return {
        item.question_id: item.value
        for item in found.results
        if item.key == "AgreedAnswer" and item.question_id is not None
    }


def numbers(found: Review, key: str) -> list[int]:
    """Every value of a result key as an integer."""
    return [int(item.value) for item in found.results if item.key == key]


@given(works(), thresholds, st.dictionaries(st.sampled_from(QUESTIONS), lists, min_size=1))
def test_scores_are_integers_from_0_to_100(
    done: tuple[Work, ...], threshold: int, key: dict[str, list[str]]
) -> None:
    """So are all scores of both policies."""
    found = judged(done, plurality(threshold))
    for name in ("WorkerAgreementScore", "AnswerAgreementScore", "HitAgreementScore"):
        assert all(0 <= value <= 100 for value in numbers(found, name))
    for review in scored(done, key):
        (score,) = numbers(review, "KnownAnswerScore")
        assert 0 <= score <= 100
        assert review.known_answer_score == score


@given(works(), st.dictionaries(st.sampled_from(QUESTIONS), lists, min_size=1))
def test_a_score_is_the_share_of_correct_answers_rounded_down(
    done: tuple[Work, ...], key: dict[str, list[str]]
) -> None:
    """Never rounded up, and less than one point below the exact share."""
    for review in scored(done, key):
        marks = numbers(review, "KnownAnswerCorrect")
        exact = Fraction(100 * sum(marks), len(key))
        assert len(marks) == len(key)
        assert 0 <= exact - (review.known_answer_score or 0) < 1


@given(works(), thresholds, st.sampled_from("TF"), st.data())
def test_the_order_of_workers_changes_no_score(
    done: tuple[Work, ...], threshold: int, disregard: str, data: st.DataObject
) -> None:
    """The same results come out, each worker's and each question's."""
    params = plurality(threshold, DisregardAssignmentIfRejected=disregard)
    shuffled = tuple(data.draw(st.permutations(done)))
    first, second = judged(done, params), judged(shuffled, params)
    assert set(first.results) == set(second.results)
    assert len(first.results) == len(second.results)


@given(sheets, st.dictionaries(st.sampled_from(QUESTIONS), lists, min_size=1), st.data())
def test_the_order_of_values_changes_no_score(
    sheet: dict[str, list[str]], key: dict[str, list[str]], data: st.DataObject
) -> None:
    """Neither in the answers nor in the answer key."""
    reviews = []
    for shuffle in (False, True):
        used, known = (
            {
                name: data.draw(st.permutations(values)) if shuffle else values
                for name, values in given_values.items()
            }
            for given_values in (sheet, key)
        )
        work = Work(
            assignment_id="W",
            worker_id="A",
            status="Submitted",
            submitted_at=NOW,
            values=answers.value_sets(_answers(used)),
            joined=answers.joined(_answers(used)),
        )
        reviews.append((scored((work,), known), judged((work,), plurality(50)).results))
    assert reviews[0] == reviews[1]


@given(works(), thresholds, thresholds)
def test_a_higher_threshold_never_agrees_on_more(
    done: tuple[Work, ...], one: int, other: int
) -> None:
    """What is agreed at the higher threshold is agreed at the lower, on the same answer."""
    lower = agreed(judged(done, plurality(min(one, other))))
    higher = agreed(judged(done, plurality(max(one, other))))
    assert higher.items() <= lower.items()


@given(works(), thresholds, st.none() | st.integers(0, 101))
def test_matching_workers_add_up(
    done: tuple[Work, ...], threshold: int, least_known: int | None
) -> None:
    """Counted by question or by worker, there are as many correct answers."""
    params = plurality(threshold, DisregardAssignmentIfKnownAnswerScoreIsLessThan=least_known)
    found = judged(done, params)
    considered = {item.subject_id for item in found.results if item.subject_type == "Assignment"}
    by_question = sum(
        "|".join(sorted(work.values.get(question_id, ()))) == answer
        for question_id, answer in agreed(found).items()
        for work in done
        if work.assignment_id in considered
    )
    assert sum(numbers(found, "PluralityAnswersCorrect")) == by_question


@given(works(), thresholds, st.integers(1, 100), st.integers(1, 30), st.integers(1, 60))
def test_extensions_stay_below_their_maximum(
    done: tuple[Work, ...], threshold: int, less_than: int, maximum: int, rounds: int
) -> None:
    """However often a HIT is judged, one assignment at a time is added up to the maximum."""
    params = plurality(
        threshold,
        ExtendIfHITAgreementScoreIsLessThan=less_than,
        ExtendMaximumAssignments=maximum,
    )
    started = max_assignments = max(1, len(done))
    for _ in range(rounds):
        extends = [
            action for action in judged(done, params).actions if action.kind is ActionName.EXTEND
        ]
        assert len(extends) <= 1
        for action in extends:
            assert action.maximum_assignments == maximum
            max_assignments += max_assignments < action.maximum_assignments
    assert max_assignments <= max(started, maximum)


@given(works(), thresholds, st.integers(0, 101), st.integers(0, 101), st.integers(1, 100))
def test_actions_follow_from_the_results(
    done: tuple[Work, ...], threshold: int, approve: int, reject: int, extend: int
) -> None:
    """Every decision can be read off the results that are listed beside it."""
    params = plurality(
        threshold,
        ApproveIfWorkerAgreementScoreIsAtLeast=approve,
        RejectIfWorkerAgreementScoreIsLessThan=reject,
        ExtendIfHITAgreementScoreIsLessThan=extend,
        ExtendMaximumAssignments=9,
    )
    found = judged(done, params)
    expected: list[tuple[str, str]] = []
    for item in found.results:
        if item.key == "WorkerAgreementScore":
            expected += [("approve", item.subject_id)] * (int(item.value) >= approve)
            expected += [("reject", item.subject_id)] * (int(item.value) < reject)
        elif item.key == "HitAgreementScore":
            expected += [("extend", item.subject_id)] * (int(item.value) < extend)
    assert [(action.kind.value, action.target_id) for action in found.actions] == expected


@given(works(), thresholds, st.dictionaries(st.sampled_from(QUESTIONS), lists, min_size=1))
def test_reviews_repeat_and_are_sound(
    done: tuple[Work, ...], threshold: int, key: dict[str, list[str]]
) -> None:
    """The same work gives the same review, and one that can be stored."""
    found = judged(done, plurality(threshold))
    assert found == judged(done, plurality(threshold))
    subject = Subject(hit_id="HIT", max_assignments=9, works=done)
    assert soundness.checked(found, ReviewPolicyLevel.HIT, subject) is found
    for review, work in zip(scored(done, key), done, strict=True):
        assert [action.kind for action in review.actions] == [ActionName.REVIEW]
        alone = Subject(hit_id="HIT", max_assignments=9, works=(work,))
        assert soundness.checked(review, ReviewPolicyLevel.ASSIGNMENT, alone) is review
