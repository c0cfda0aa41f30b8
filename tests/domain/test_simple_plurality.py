"""SimplePlurality by hand: what it finds in the work on a HIT, and what it wants done."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    Parameter,
    Review,
    ReviewResult,
    Subject,
    Work,
)
from kempelen.domain.review.simple_plurality import SimplePlurality

START = datetime(2026, 3, 1, tzinfo=UTC)
Given = Mapping[str, str | Iterable[str]]


def work(index: int, given: Given, *, status: str = "Submitted", known: int | None = None) -> Work:
    """The work W<index>; answers are single texts or several values."""
    values = {
        key: frozenset([value] if isinstance(value, str) else value) for key, value in given.items()
    }
    return Work(
        assignment_id=f"W{index}",
        worker_id=f"A{index}",
        status=status,
        submitted_at=START + timedelta(minutes=index),
        values={key: frozenset(filter(None, found)) for key, found in values.items()},
        joined={},
        known_answer_score=known,
    )


def works(*given: Given) -> tuple[Work, ...]:
    """Undecided work, W1 first."""
    return tuple(work(index, item) for index, item in enumerate(given, start=1))


def about(question_id: str, *values: str | Iterable[str]) -> tuple[Work, ...]:
    """Work on one question, one answer per worker."""
    return works(*({question_id: value} for value in values))


def review(done: tuple[Work, ...], ids: str, threshold: int, **scalars: str) -> Review:
    """Judge the work on a HIT by its agreement on some questions."""
    parameters = (
        Parameter(key="QuestionIds", values=(ids,)),
        Parameter(key="QuestionAgreementThreshold", values=(str(threshold),)),
        *(Parameter(key=name, values=(value,)) for name, value in scalars.items()),
    )
    policy = SimplePlurality()
    subject = Subject(hit_id="HIT", max_assignments=len(done), works=done)
    return policy.review(policy.parse(parameters, ignore_unknown=False), subject)


def of_question(found: Review, question_id: str) -> tuple[str, ...]:
    """What was found about a question: whether there is an answer, which, and its score."""
    return tuple(item.value for item in found.results if item.question_id == question_id)


def of_worker(found: Review, assignment_id: str) -> dict[str, str]:
    """What was found about one work."""
    return {item.key: item.value for item in found.results if item.subject_id == assignment_id}


def tally(found: Review, assignment_id: str) -> tuple[str | None, str, str]:
    """Score, correct and incorrect answers of one work."""
    values = of_worker(found, assignment_id)
    return (
        values.get("WorkerAgreementScore"),
        values["PluralityAnswersCorrect"],
        values["PluralityAnswersIncorrect"],
    )


def hit_score(found: Review) -> str:
    """HitAgreementScore, which is always the last result."""
    last = found.results[-1]
    assert (last.subject_type, last.subject_id, last.question_id) == ("HIT", "HIT", None)
    assert last.key == "HitAgreementScore"
    return last.value


def wanted(found: Review) -> list[tuple[str, str]]:
    """The actions that are wanted, with their targets."""
    return [(action.kind.value, action.target_id) for action in found.actions]


def test_the_reference_sample() -> None:
    """Both workers agree: every result and every action, in order."""
    done = (
        work(1, {"Question_1": "true"}, status="Approved"),
        work(2, {"Question_1": "true"}, status="Rejected"),
    )
    found = review(done, "Question_1", 50, ApproveIfWorkerAgreementScoreIsAtLeast="100")
    of_workers = [
        ReviewResult(subject_type="Assignment", subject_id=subject, key=key, value=value)
        for subject in ("W1", "W2")
        for key, value in [
            ("WorkerAgreementScore", "100"),
            ("PluralityAnswersCorrect", "1"),
            ("PluralityAnswersIncorrect", "0"),
        ]
    ]
    of_questions = [
        ReviewResult(
            subject_type="HIT", subject_id="HIT", question_id="Question_1", key=key, value=value
        )
        for key, value in [
            ("AgreedAnswerFound", "true"),
            ("AgreedAnswer", "true"),
            ("AnswerAgreementScore", "100"),
        ]
    ]
    of_hit = ReviewResult(
        subject_type="HIT", subject_id="HIT", key="HitAgreementScore", value="100"
    )
    # What becomes of an approval of rejected work is found out when it is carried out.
    assert found == Review(
        results=(*of_workers, *of_questions, of_hit),
        actions=tuple(
            IntendedAction(kind=ActionName.APPROVE, target_type="Assignment", target_id=target)
            for target in ("W1", "W2")
        ),
    )


CHART = works(
    {"A": "coat", "B": "blue", "C": "large", "D": "Furry"},
    {"A": "sweater", "B": "blue", "C": "large", "D": "fur"},
    {"A": "coat", "B": "green", "C": "large", "D": "furr"},
)


@pytest.mark.parametrize("threshold", [50, 65])
def test_the_reference_chart(threshold: int) -> None:
    """Two of three is 66, above 50 and above 65; the fourth question has three answers."""
    found = review(CHART, "A,B,C,D", threshold)
    assert of_question(found, "A") == ("true", "coat", "66")
    assert of_question(found, "B") == ("true", "blue", "66")
    assert of_question(found, "C") == ("true", "large", "100")
    assert of_question(found, "D") == ("false",)
    assert tally(found, "W1") == ("100", "3", "0")
    assert tally(found, "W2") == ("66", "2", "1")
    assert tally(found, "W3") == ("66", "2", "1")
    assert hit_score(found) == "75"


def test_the_reference_chart_at_66() -> None:
    """66 is not greater than 66: only the unanimous answer is left."""
    found = review(CHART, "A,B,C,D", 66)
    assert [of_question(found, question_id) for question_id in "ABCD"] == [
        ("false",),
        ("false",),
        ("true", "large", "100"),
        ("false",),
    ]
    assert {tally(found, f"W{index}") for index in (1, 2, 3)} == {("100", "1", "0")}
    assert hit_score(found) == "25"


def test_results_come_in_order() -> None:
    """Per worker, then per question in the order of QuestionIds, then the HIT."""
    found = review(about("b", "1", "1"), "b,a", 50)
    assert [(item.subject_id, item.question_id, item.key) for item in found.results] == [
        ("W1", None, "WorkerAgreementScore"),
        ("W1", None, "PluralityAnswersCorrect"),
        ("W1", None, "PluralityAnswersIncorrect"),
        ("W2", None, "WorkerAgreementScore"),
        ("W2", None, "PluralityAnswersCorrect"),
        ("W2", None, "PluralityAnswersIncorrect"),
        ("HIT", "b", "AgreedAnswerFound"),
        ("HIT", "b", "AgreedAnswer"),
        ("HIT", "b", "AnswerAgreementScore"),
        ("HIT", "a", "AgreedAnswerFound"),
        ("HIT", None, "HitAgreementScore"),
    ]
    assert hit_score(found) == "50"
    assert found.known_answer_score is None


def test_known_answers_extension_and_plurality() -> None:
    """W2 failed the known answers and is left out; W1 and W3 agree on x but not on y."""
    done = (
        work(1, {"x": "1", "y": "1"}, status="Approved", known=100),
        work(2, {"x": "1", "y": "2"}, known=60),
        work(3, {"x": "1", "y": "2"}, status="Approved", known=80),
    )
    found = review(done, "x,y", 100, DisregardAssignmentIfKnownAnswerScoreIsLessThan="80")
    assert of_question(found, "x") == ("true", "1", "100")
    assert of_question(found, "y") == ("false",)
    assert tally(found, "W1") == ("100", "1", "0")
    assert tally(found, "W3") == ("100", "1", "0")
    assert of_worker(found, "W2") == {}
    assert hit_score(found) == "50"


EXTENDING = {
    "ExtendIfHITAgreementScoreIsLessThan": "100",
    "ExtendMaximumAssignments": "3",
    "ExtendMinimumTimeInSeconds": "3600",
}
EXTEND = IntendedAction(
    kind=ActionName.EXTEND,
    target_type="HIT",
    target_id="HIT",
    maximum_assignments=3,
    minimum_time_seconds=3600,
)


def test_two_runs_with_a_threshold_of_100() -> None:
    """A tie first, then two of three: neither is unanimous, and both runs want to extend."""
    first = review(about("cat", "yes", "no"), "cat", 100, **EXTENDING)
    assert [(item.subject_id, item.key, item.value) for item in first.results] == [
        ("W1", "PluralityAnswersCorrect", "0"),
        ("W1", "PluralityAnswersIncorrect", "0"),
        ("W2", "PluralityAnswersCorrect", "0"),
        ("W2", "PluralityAnswersIncorrect", "0"),
        ("HIT", "AgreedAnswerFound", "false"),
        ("HIT", "HitAgreementScore", "0"),
    ]
    assert first.actions == (EXTEND,)
    second = review(about("cat", "yes", "no", "yes"), "cat", 100, **EXTENDING)
    assert len(second.results) == 8
    assert of_question(second, "cat") == ("false",)
    assert hit_score(second) == "0"
    assert second.actions == (EXTEND,)


def test_two_runs_with_a_threshold_of_50() -> None:
    """Two of three are enough; nothing is left to extend for."""
    found = review(about("cat", "yes", "no", "yes"), "cat", 50, **EXTENDING)
    assert of_question(found, "cat") == ("true", "yes", "66")
    assert [tally(found, f"W{index}") for index in (1, 2, 3)] == [
        ("100", "1", "0"),
        ("0", "0", "1"),
        ("100", "1", "0"),
    ]
    assert hit_score(found) == "100"
    assert found.actions == ()


def test_several_choices() -> None:
    """Sets are compared as sets, and an agreed set is printed sorted and joined."""
    found = review(about("q", ["a", "b"], ["b", "a"], ["a"]), "q", 65)
    assert of_question(found, "q") == ("true", "a|b", "66")
    assert [tally(found, f"W{index}")[0] for index in (1, 2, 3)] == ["100", "100", "0"]
    assert of_question(review(about("q", ["a", "b"], ["b", "a"], ["a"]), "q", 66), "q") == (
        "false",
    )


def test_agreed_sets_are_sorted_by_code_point() -> None:
    """Capitals come before small letters, and those before the rest."""
    answer = ["ä", "b", "Z", "10", "9", "𝄞", "\uff41"]
    assert of_question(review(about("q", answer), "q", 50), "q")[1] == "10|9|Z|b|ä|\uff41|𝄞"


@pytest.mark.parametrize(
    ("given", "threshold", "expected"),
    [
        (("x", "x", "y", "y"), 49, ("false",)),
        (("x", "x", "y", "z"), 49, ("true", "x", "50")),
        (("x", "x", "y", "z"), 50, ("false",)),
        (("", "x", "", "x"), 50, ("false",)),
        (("", "x", "", "x"), 49, ("true", "x", "50")),
        (("x", "x", "y"), 65, ("true", "x", "66")),
        (("x", "x", "y"), 66, ("false",)),
        (("x", "x", "x"), 100, ("true", "x", "100")),
        (("x", "x", ""), 100, ("false",)),
        (("x",), 100, ("true", "x", "100")),
        (("x",), 0, ("true", "x", "100")),
        (("x", "y"), 0, ("false",)),
        (("x", "", ""), 0, ("true", "x", "33")),
        (("", "", ""), 0, ("false",)),
        (("",), 100, ("false",)),
        (("x", "X", "x"), 50, ("true", "x", "66")),
    ],
)
def test_agreement(given: tuple[str, ...], threshold: int, expected: tuple[str, ...]) -> None:
    """Ties are no agreement, silence counts against it, and unanimity reaches any threshold."""
    found = review(about("q", *given), "q", threshold)
    assert of_question(found, "q") == expected
    assert hit_score(found) == ("100" if expected[0] == "true" else "0")


def test_silent_workers_are_incorrect() -> None:
    """Who leaves an agreed question empty has one incorrect answer."""
    found = review(about("q", "", "x", "", "x"), "q", 49)
    assert [tally(found, f"W{index}") for index in (1, 2, 3, 4)] == [
        ("0", "0", "1"),
        ("100", "1", "0"),
        ("0", "0", "1"),
        ("100", "1", "0"),
    ]


def test_unanswered_is_the_same_as_empty() -> None:
    """A question that is missing in the answers counts like one that was left empty."""
    found = review(works({"q": "x"}, {}, {"other": "x"}), "q", 33)
    assert of_question(found, "q") == ("false",)
    assert of_question(review(works({"q": "x"}, {}, {}), "q", 32), "q") == ("true", "x", "33")


def test_long_answers_are_left_out_of_both_counts() -> None:
    """300 characters are not used: n is 2, and the long answer is neither right nor wrong."""
    found = review(about("q", "x" * 300, "x", "x"), "q", 100)
    assert of_question(found, "q") == ("true", "x", "100")
    assert tally(found, "W1") == (None, "0", "0")
    assert tally(found, "W2") == ("100", "1", "0")


def test_the_longest_usable_answer() -> None:
    """256 characters are used, 257 are not, whatever their bytes; one long value is enough."""
    longest = "é" * 256
    assert of_question(review(about("q", longest, "x"), "q", 0), "q") == ("false",)
    assert of_question(review(about("q", longest + "é", "x"), "q", 0), "q")[0] == "true"
    assert of_question(review(about("q", ["x", "y" * 257], "x"), "q", 100), "q") == (
        "true",
        "x",
        "100",
    )


def test_nobody_has_a_usable_answer() -> None:
    """Such a question is not agreed, but counts in the score of the HIT."""
    done = works({"q": "x" * 257, "p": "1"}, {"q": "x" * 257, "p": "1"})
    found = review(done, "q,p", 0)
    assert of_question(found, "q") == ("false",)
    assert hit_score(found) == "50"


def test_rejected_work_counts_unless_it_is_disregarded() -> None:
    """With T it has neither a say nor results nor actions; F is the default."""
    done = (
        work(1, {"q": "x"}, status="Rejected"),
        work(2, {"q": "y"}, status="Approved"),
        work(3, {"q": "x"}),
    )
    always = {"ApproveIfWorkerAgreementScoreIsAtLeast": "0"}
    for more in ({}, {"DisregardAssignmentIfRejected": "F"}):
        found = review(done, "q", 50, **always, **more)
        assert of_question(found, "q") == ("true", "x", "66")
        assert wanted(found) == [("approve", "W1"), ("approve", "W2"), ("approve", "W3")]
    found = review(done, "q", 50, DisregardAssignmentIfRejected="T", **always)
    assert of_question(found, "q") == ("false",)
    assert of_worker(found, "W1") == {}
    assert wanted(found) == []


def test_work_without_a_known_answer_score_is_never_disregarded() -> None:
    """Without a policy that scores known answers there is nothing to compare."""
    done = (work(1, {"q": "x"}), work(2, {"q": "x"}, known=0), work(3, {"q": "x"}, known=100))
    found = review(done, "q", 50, DisregardAssignmentIfKnownAnswerScoreIsLessThan="101")
    assert [bool(of_worker(found, f"W{index}")) for index in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize(("least", "considered"), [("0", True), ("60", True), ("61", False)])
def test_disregarding_compares_strictly(least: str, *, considered: bool) -> None:
    """A score equal to the value is not less."""
    found = review(
        (work(1, {"q": "x"}, known=60),),
        "q",
        50,
        DisregardAssignmentIfKnownAnswerScoreIsLessThan=least,
    )
    assert bool(of_worker(found, "W1")) is considered


def test_everything_is_disregarded() -> None:
    """The run takes place all the same: no agreed answer anywhere, score 0."""
    done = (work(1, {"q": "x"}, status="Rejected"), work(2, {"q": "x"}, status="Rejected"))
    found = review(
        done,
        "q,p",
        50,
        DisregardAssignmentIfRejected="T",
        ApproveIfWorkerAgreementScoreIsAtLeast="0",
        RejectIfWorkerAgreementScoreIsLessThan="101",
        **EXTENDING,
    )
    assert [(item.subject_id, item.key, item.value) for item in found.results] == [
        ("HIT", "AgreedAnswerFound", "false"),
        ("HIT", "AgreedAnswerFound", "false"),
        ("HIT", "HitAgreementScore", "0"),
    ]
    assert found.actions == (EXTEND,)


def test_no_decision_without_an_agreed_question() -> None:
    """Without a score not even the thresholds that say always are applied."""
    found = review(
        about("q", "x", "y"),
        "q",
        0,
        ApproveIfWorkerAgreementScoreIsAtLeast="0",
        RejectIfWorkerAgreementScoreIsLessThan="101",
    )
    assert found.actions == ()
    assert tally(found, "W1") == (None, "0", "0")


@pytest.mark.parametrize(
    ("approve", "reject", "decisions"),
    [
        ("66", "66", [("approve", "W1"), ("approve", "W2"), ("approve", "W3")]),
        ("67", "67", [("approve", "W1"), ("reject", "W2"), ("reject", "W3")]),
        ("101", "0", []),
        ("101", "101", [("reject", "W1"), ("reject", "W2"), ("reject", "W3")]),
        (
            "66",
            "67",
            [
                ("approve", "W1"),
                ("approve", "W2"),
                ("reject", "W2"),
                ("approve", "W3"),
                ("reject", "W3"),
            ],
        ),
    ],
)
def test_decisions_compare_the_rounded_score(
    approve: str, reject: str, decisions: list[tuple[str, str]]
) -> None:
    """In the chart W1 has 100, W2 and W3 have 66; per worker approve comes before reject."""
    found = review(
        CHART,
        "A,B,C,D",
        50,
        ApproveIfWorkerAgreementScoreIsAtLeast=approve,
        RejectIfWorkerAgreementScoreIsLessThan=reject,
        RejectReason="Others disagree.",
    )
    assert wanted(found) == decisions
    assert {action.feedback for action in found.actions if action.kind is ActionName.REJECT} <= {
        "Others disagree."
    }
    assert not any(action.feedback for action in found.actions if action.kind is ActionName.APPROVE)


def test_decisions_are_taken_on_a_run_that_also_extends() -> None:
    """They come before the extension and are not put off to the last run."""
    found = review(
        CHART,
        "A,B,C,D",
        50,
        ApproveIfWorkerAgreementScoreIsAtLeast="100",
        RejectIfWorkerAgreementScoreIsLessThan="67",
        ExtendIfHITAgreementScoreIsLessThan="76",
        ExtendMaximumAssignments="5",
    )
    assert wanted(found) == [
        ("approve", "W1"),
        ("reject", "W2"),
        ("reject", "W3"),
        ("extend", "HIT"),
    ]
    assert found.actions[-1].minimum_time_seconds == 0


def test_extension_compares_strictly() -> None:
    """A score of 75 is not less than 75."""
    found = review(
        CHART,
        "A,B,C,D",
        50,
        ExtendIfHITAgreementScoreIsLessThan="75",
        ExtendMaximumAssignments="5",
    )
    assert found.actions == ()


def test_question_ids_are_case_sensitive() -> None:
    """Results name the question as the policy does."""
    found = review(about("q", "x", "x"), "q,Q", 50)
    assert of_question(found, "q")[0] == "true"
    assert of_question(found, "Q") == ("false",)
