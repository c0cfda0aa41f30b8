"""ScoreMyKnownAnswers by hand: what it finds in one submission, and what it wants done."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest

from kempelen.domain import answers
from kempelen.domain.answers import Answer, Answers
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    MapEntry,
    Parameter,
    Review,
    ReviewResult,
    Subject,
    Work,
)
from kempelen.domain.review.score_my_known_answers import ScoreMyKnownAnswers

FIVE = {f"k{number}": ("yes",) for number in range(1, 6)}


def texts(**values: str) -> Answers:
    """Text answers, one value each."""
    return Answers(tuple(answers.of_values(key, (value,)) for key, value in values.items()))


def right(count: int) -> Answers:
    """Answers to the five questions of which the first `count` are right."""
    return texts(**{key: "yes" if index < count else "no" for index, key in enumerate(FIVE)})


def review(key: Mapping[str, Iterable[str]], given: Answers, **scalars: str) -> Review:
    """Judge one submission by an answer key and further parameters."""
    entries = tuple(MapEntry(key=name, values=tuple(values)) for name, values in key.items())
    parameters = (
        Parameter(key="AnswerKey", map_entries=entries),
        *(Parameter(key=name, values=(value,)) for name, value in scalars.items()),
    )
    work = Work(
        assignment_id="ASSIGNMENT",
        worker_id="AWORKER",
        status="Submitted",
        submitted_at=datetime(2026, 3, 1, tzinfo=UTC),
        values=answers.value_sets(given),
        joined=answers.joined(given),
    )
    subject = Subject(hit_id="HIT", max_assignments=3, works=(work,))
    policy = ScoreMyKnownAnswers()
    return policy.review(policy.parse(parameters, ignore_unknown=False), subject)


def marks(found: Review) -> str:
    """The values of KnownAnswerCorrect in a row."""
    return "".join(item.value for item in found.results if item.key == "KnownAnswerCorrect")


def kinds(found: Review) -> list[str]:
    """The actions that are wanted, by name."""
    return [action.kind.value for action in found.actions]


def test_the_reference_sample() -> None:
    """One known answer: D has it right and is approved, G has it wrong and is rejected."""
    thresholds = {
        "ApproveIfKnownAnswerScoreIsAtLeast": "100",
        "RejectIfKnownAnswerScoreIsLessThan": "100",
    }
    key = {"Question_2": ("5",)}
    for value, mark, score, decision in [
        ("5", "1", "100", ActionName.APPROVE),
        ("6", "0", "0", ActionName.REJECT),
    ]:
        found = review(key, texts(Question_1="true", Question_2=value), **thresholds)
        assert found == Review(
            results=(
                ReviewResult(
                    subject_type="Assignment",
                    subject_id="ASSIGNMENT",
                    question_id="Question_2",
                    key="KnownAnswerCorrect",
                    value=mark,
                ),
                ReviewResult(
                    subject_type="Assignment",
                    subject_id="ASSIGNMENT",
                    key="KnownAnswerScore",
                    value=score,
                ),
            ),
            actions=(
                IntendedAction(
                    kind=ActionName.REVIEW,
                    target_type="Assignment",
                    target_id="ASSIGNMENT",
                    result=f"Reviewed one known answer; {mark}/1 correct",
                ),
                IntendedAction(kind=decision, target_type="Assignment", target_id="ASSIGNMENT"),
            ),
            known_answer_score=int(score),
        )


def test_results_follow_the_order_of_the_key() -> None:
    """One mark per map entry in its order, then the score."""
    found = review({"z": ("1",), "a": ("1",), "m": ("1",)}, texts(a="1", m="2", z="1"))
    assert [(item.question_id, item.key, item.value) for item in found.results] == [
        ("z", "KnownAnswerCorrect", "1"),
        ("a", "KnownAnswerCorrect", "1"),
        ("m", "KnownAnswerCorrect", "0"),
        (None, "KnownAnswerScore", "66"),
    ]
    assert found.known_answer_score == 66
    assert found.actions[0].result == "Reviewed 3 known answers; 2/3 correct"


SETS_AND_BLANKS: dict[str, tuple[str, ...]] = {"q1": ("B",), "q2": ("A", "C"), "q3": ()}


@pytest.mark.parametrize(
    ("q1", "q3", "expected", "score"),
    [(" B ", None, "101", 66), (" B ", "none", "100", 33), ("b", None, "001", 33)],
)
def test_sets_and_blanks(q1: str, q3: str | None, expected: str, score: int) -> None:
    """Blanks around a value do not matter; case, a missing selection and an extra text do."""
    given = [
        answers.of_values("q1", (q1,)),
        Answer(question_id="q2", selections=("A",)),
        Answer(question_id="q3", free_text=q3) if q3 is not None else Answer(question_id="q3"),
    ]
    found = review(SETS_AND_BLANKS, Answers(tuple(given)))
    assert marks(found) == expected
    assert found.known_answer_score == score


@pytest.mark.parametrize(
    ("threshold", "value", "wanted"),
    [
        ("ApproveIfKnownAnswerScoreIsAtLeast", "66", ["approve"]),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "67", []),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "0", ["approve"]),
        ("ApproveIfKnownAnswerScoreIsAtLeast", "101", []),
        ("RejectIfKnownAnswerScoreIsLessThan", "66", []),
        ("RejectIfKnownAnswerScoreIsLessThan", "67", ["reject"]),
        ("RejectIfKnownAnswerScoreIsLessThan", "0", []),
        ("RejectIfKnownAnswerScoreIsLessThan", "101", ["reject"]),
        ("ExtendIfKnownAnswerScoreIsLessThan", "66", []),
        ("ExtendIfKnownAnswerScoreIsLessThan", "67", ["extend"]),
        ("ExtendIfKnownAnswerScoreIsLessThan", "0", []),
        ("ExtendIfKnownAnswerScoreIsLessThan", "101", ["extend"]),
    ],
)
def test_thresholds_compare_the_rounded_score(
    threshold: str, value: str, wanted: list[str]
) -> None:
    """Two of three is 66: at least 66 and not less than 66."""
    given = Answers(
        (Answer(question_id="q1", free_text="B"), Answer(question_id="q2", selections=("A",)))
    )
    assert kinds(review(SETS_AND_BLANKS, given, **{threshold: value})) == ["review", *wanted]


@pytest.mark.parametrize("count", [0, 3, 5])
def test_reject_at_101_rejects_everything(count: int) -> None:
    """Even a perfect score is less than 101; nothing is less than 0."""
    always = review(FIVE, right(count), RejectIfKnownAnswerScoreIsLessThan="101")
    never = review(FIVE, right(count), RejectIfKnownAnswerScoreIsLessThan="0")
    assert kinds(always) == ["review", "reject"]
    assert kinds(never) == ["review"]


def test_actions_come_in_order_with_their_facts() -> None:
    """Review, approve, reject, extend; a reject threshold above the approve one triggers both."""
    found = review(
        {f"q{number}": ("1",) for number in range(20)},
        texts(**{f"q{number}": "1" if number < 11 else "0" for number in range(20)}),
        ApproveIfKnownAnswerScoreIsAtLeast="50",
        ApproveReason="Good.",
        RejectIfKnownAnswerScoreIsLessThan="60",
        RejectReason="Bad.",
        ExtendIfKnownAnswerScoreIsLessThan="56",
        ExtendMaximumAssignments="12",
        ExtendMinimumTimeInSeconds="3600",
    )
    assert found.known_answer_score == 55
    assert found.actions == (
        IntendedAction(
            kind=ActionName.REVIEW,
            target_type="Assignment",
            target_id="ASSIGNMENT",
            result="Reviewed 20 known answers; 11/20 correct",
        ),
        IntendedAction(
            kind=ActionName.APPROVE,
            target_type="Assignment",
            target_id="ASSIGNMENT",
            feedback="Good.",
        ),
        IntendedAction(
            kind=ActionName.REJECT,
            target_type="Assignment",
            target_id="ASSIGNMENT",
            feedback="Bad.",
        ),
        IntendedAction(
            kind=ActionName.EXTEND,
            target_type="HIT",
            target_id="HIT",
            maximum_assignments=12,
            minimum_time_seconds=3600,
        ),
    )


def test_extension_defaults() -> None:
    """Extensions end at 5 assignments and add no time unless the parameters say otherwise."""
    extend = review(FIVE, right(0), ExtendIfKnownAnswerScoreIsLessThan="1").actions[-1]
    assert (extend.maximum_assignments, extend.minimum_time_seconds) == (5, 0)


@pytest.mark.parametrize(
    ("count", "score", "wanted"),
    [(5, 100, ["approve"]), (3, 60, ["extend"]), (4, 80, ["approve"])],
)
def test_known_answers_with_extension(count: int, score: int, wanted: list[str]) -> None:
    """Approve from 80, extend below 80: five, three and four of five."""
    found = review(
        FIVE,
        right(count),
        ApproveIfKnownAnswerScoreIsAtLeast="80",
        ExtendIfKnownAnswerScoreIsLessThan="80",
        ExtendMaximumAssignments="3",
        ExtendMinimumTimeInSeconds="3600",
    )
    assert found.known_answer_score == score
    assert kinds(found) == ["review", *wanted]


def test_extension_is_wanted_also_at_the_maximum() -> None:
    """That nothing is left to add is found out, and noted, when the action is carried out."""
    found = review(
        FIVE,
        right(3),
        ExtendIfKnownAnswerScoreIsLessThan="80",
        ExtendMaximumAssignments="3",
    )
    assert kinds(found) == ["review", "extend"]


@pytest.mark.parametrize(
    ("known", "given", "mark"),
    [
        (("circle", "square"), ("square", "circle"), "1"),
        (("circle", "square", "circle"), ("circle", "square", "square"), "1"),
        (("circle", "square"), ("circle",), "0"),
        (("circle",), ("circle", "square"), "0"),
        ((" circle ",), ("circle\n",), "1"),
        (("two words",), ("two  words",), "0"),
        (("5",), ("5.0",), "0"),
        (("é",), ("e\u0301",), "0"),
        ((), (), "1"),
        ((), (" ", "\u3000"), "1"),
        ((" ",), (), "1"),
        (("x",), (), "0"),
    ],
)
def test_answers_match_as_sets(known: tuple[str, ...], given: tuple[str, ...], mark: str) -> None:
    """Order and repetition do not matter, everything else does."""
    selected = Answers((Answer(question_id="q", selections=given),))
    assert marks(review({"q": known}, selected)) == mark
    fields = Answers((answers.of_values("q", given),) if given else ())
    assert marks(review({"q": known}, fields)) == mark


@pytest.mark.parametrize(
    ("known", "given", "mark"),
    [
        (("x|y",), ("x", "y"), "1"),
        (("x", "y"), ("x", "y"), "1"),
        (("y|x",), ("x", "y"), "0"),
        (("x|y",), ("x|y",), "1"),
        (("x", "y"), ("x|y",), "0"),
        (("x|y", "z"), ("x", "y"), "0"),
        (("x|x",), ("x", "x"), "1"),
    ],
)
def test_several_values_of_one_field(
    known: tuple[str, ...], given: tuple[str, ...], mark: str
) -> None:
    """A single known value is also compared with the joined text; a text is never split."""
    assert marks(review({"q": known}, Answers((answers.of_values("q", given),)))) == mark


def test_what_counts_as_a_value() -> None:
    """Texts, selections and the text of "other" count; uploaded files do not."""
    given = Answers(
        (
            Answer(question_id="pick", selections=("a",), other_text=" else "),
            Answer(question_id="file", file=answers.UploadedFile(key="k", size_bytes=3)),
        )
    )
    assert marks(review({"pick": ("a", "else"), "file": ()}, given)) == "11"


def test_question_ids_are_compared_exactly_but_trimmed() -> None:
    """Case matters, blanks around do not; results show the id as the key has it."""
    given = Answers((answers.of_values(" colour ", ("red",)),))
    found = review({"colour ": ("red",), "Colour": ("red",)}, given)
    assert [(item.question_id, item.value) for item in found.results[:-1]] == [
        ("colour ", "1"),
        ("Colour", "0"),
    ]


def test_answers_to_other_questions_do_not_matter() -> None:
    """Only questions of the key are scored."""
    assert review({"q": ("1",)}, texts(q="1", other="2", more="3")).known_answer_score == 100
