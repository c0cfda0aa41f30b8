"""ListReviewPolicyResultsForHIT: what is in it, by level, by kind, by assignment, by page."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors

START = 1_767_614_400.0
NAME = "ListReviewPolicyResultsForHIT"
KNOWN, PLURALITY = "ScoreMyKnownAnswers/2011-09-01", "SimplePlurality/2011-09-01"
Entry = tuple[str, str, str, str, str | None]


def parameter(key: str, value: str) -> types.PolicyParameter:
    return types.PolicyParameter(key=key, values=(value,))


@pytest.fixture
def reviewed(make: Any) -> tuple[str, str, str]:
    """A HIT that both policies have judged, and its two assignments."""
    known = types.PolicyParameter(
        key="AnswerKey", map_entries=(types.ParameterMapEntry(key="k", values=("1",)),)
    )
    hit_id = make.create_hit(
        max_assignments=1,
        assignment_review_policy=types.ReviewPolicy(
            policy_name=KNOWN,
            parameters=(
                known,
                parameter("ApproveIfKnownAnswerScoreIsAtLeast", "100"),
                parameter("ExtendIfKnownAnswerScoreIsLessThan", "100"),
                parameter("ExtendMaximumAssignments", "2"),
            ),
        ),
        hit_review_policy=types.ReviewPolicy(
            policy_name=PLURALITY,
            parameters=(
                parameter("QuestionIds", "q"),
                parameter("QuestionAgreementThreshold", "50"),
                parameter("ApproveIfWorkerAgreementScoreIsAtLeast", "100"),
            ),
        ),
    ).hit_id
    make.clock.advance(seconds=10)
    first = make.done(hit_id, k="0", q="yes")
    make.clock.advance(seconds=10)
    second = make.done(hit_id, k="1", q="yes")
    return hit_id, first, second


def entries(answer: Any) -> list[Entry]:
    """Everything in the sequence of the reports: kind, level, key or name, subject, value."""
    found: list[Entry] = []
    for level, report in (
        ("Assignment", answer.assignment_review_report),
        ("HIT", answer.hit_review_report),
    ):
        if report is None:
            continue
        found += [
            ("result", level, item.key, item.subject_id, item.value)
            for item in report.review_results or ()
        ]
        found += [
            ("action", level, item.action_name, item.target_id, item.result)
            for item in report.review_actions or ()
        ]
    return found


def expected(hit_id: str, first: str, second: str) -> list[Entry]:
    worker_results: list[Entry] = [
        ("result", "HIT", key, subject, value)
        for subject in (first, second)
        for key, value in (
            ("WorkerAgreementScore", "100"),
            ("PluralityAnswersCorrect", "1"),
            ("PluralityAnswersIncorrect", "0"),
        )
    ]
    return [
        ("result", "Assignment", "KnownAnswerCorrect", first, "0"),
        ("result", "Assignment", "KnownAnswerScore", first, "0"),
        ("result", "Assignment", "KnownAnswerCorrect", second, "1"),
        ("result", "Assignment", "KnownAnswerScore", second, "100"),
        ("action", "Assignment", "review", first, "Reviewed one known answer; 0/1 correct"),
        ("action", "Assignment", "extend", hit_id, "Extended to 2 assignments"),
        ("action", "Assignment", "review", second, "Reviewed one known answer; 1/1 correct"),
        ("action", "Assignment", "approve", second, "Approved"),
        *worker_results,
        ("result", "HIT", "AgreedAnswerFound", hit_id, "true"),
        ("result", "HIT", "AgreedAnswer", hit_id, "yes"),
        ("result", "HIT", "AnswerAgreementScore", hit_id, "100"),
        ("result", "HIT", "HitAgreementScore", hit_id, "100"),
        ("action", "HIT", "approve", first, "Approved"),
        ("action", "HIT", "approve", second, "Already approved"),
    ]


def test_everything_at_once(make: Any, reviewed: tuple[str, str, str]) -> None:
    hit_id, first, second = reviewed
    answer = make.ask(NAME, hit_id=hit_id)
    assert entries(answer) == expected(*reviewed)
    assert (answer.hit_id, answer.next_token) == (hit_id, None)
    assert answer.assignment_review_policy == types.ReviewPolicy(policy_name=KNOWN)
    assert answer.hit_review_policy == types.ReviewPolicy(policy_name=PLURALITY)
    report = answer.assignment_review_report
    review = report.review_actions[0]
    assert review == types.ReviewActionDetail(
        action_id=review.action_id,
        action_name="review",
        target_id=first,
        target_type="Assignment",
        status="Succeeded",
        complete_time=START + 10,
        result="Reviewed one known answer; 0/1 correct",
        error_code=None,
    )
    assert report.review_results[0] == types.ReviewResultDetail(
        action_id=review.action_id,
        subject_id=first,
        subject_type="Assignment",
        question_id="k",
        key="KnownAnswerCorrect",
        value="0",
    )
    assert report.review_results[1].question_id is None
    assert report.review_actions[1].target_type == "HIT"
    assert report.review_results[2].action_id == report.review_actions[2].action_id
    runs = {item.action_id for item in answer.hit_review_report.review_results}
    every = [
        *(item.action_id for item in report.review_actions),
        *(item.action_id for item in answer.hit_review_report.review_actions),
    ]
    assert len(runs) == 1
    assert runs.isdisjoint(every)
    assert len(set(every)) == len(every)
    assert answer.hit_review_report.review_results[-1].subject_type == "HIT"
    del second


@pytest.mark.parametrize("level", ["Assignment", "HIT"])
def test_one_level(make: Any, reviewed: tuple[str, str, str], level: str) -> None:
    wanted = [entry for entry in expected(*reviewed) if entry[1] == level]
    for members in (
        {"policy_levels": (level,)},
        {"policy_level": level},
        {"policy_levels": (level,), "policy_level": level},
    ):
        answer = make.ask(NAME, hit_id=reviewed[0], **members)
        assert entries(answer) == wanted
        other = "hit" if level == "Assignment" else "assignment"
        assert getattr(answer, f"{other}_review_policy") is None
        assert getattr(answer, f"{other}_review_report") is None


@pytest.mark.parametrize("levels", [(), ("HIT", "Assignment")])
def test_both_levels(make: Any, reviewed: tuple[str, str, str], levels: tuple[str, ...]) -> None:
    answer = make.ask(NAME, hit_id=reviewed[0], policy_levels=levels)
    assert entries(answer) == expected(*reviewed)


def test_results_or_actions_alone(make: Any, reviewed: tuple[str, str, str]) -> None:
    for left_out, kind in (("retrieve_actions", "result"), ("retrieve_results", "action")):
        answer = make.ask(NAME, hit_id=reviewed[0], **{left_out: False})
        assert entries(answer) == [entry for entry in expected(*reviewed) if entry[0] == kind]
        missing = "review_actions" if kind == "result" else "review_results"
        assert getattr(answer.hit_review_report, missing) is None
    answer = make.ask(NAME, hit_id=reviewed[0], retrieve_actions=False, retrieve_results=False)
    assert entries(answer) == []
    assert answer.hit_review_report == types.ReviewReport()
    assert answer.next_token is None


def test_one_assignment(make: Any, reviewed: tuple[str, str, str]) -> None:
    hit_id, first, second = reviewed
    found = entries(make.ask(NAME, hit_id=hit_id, assignment_id=first))
    extension = ("action", "Assignment", "extend", hit_id, "Extended to 2 assignments")
    assert found == [
        entry for entry in expected(*reviewed) if entry[3] == first or entry == extension
    ]
    found = entries(make.ask(NAME, hit_id=hit_id, assignment_id=second))
    assert found == [entry for entry in expected(*reviewed) if entry[3] == second]


@pytest.mark.parametrize("size", range(1, 22))
def test_pages_of_any_size_make_the_whole(
    make: Any, reviewed: tuple[str, str, str], size: int
) -> None:
    wanted = expected(*reviewed)
    found: list[Entry] = []
    token, pages = None, 0
    while True:
        answer = make.ask(NAME, hit_id=reviewed[0], max_results=size, next_token=token)
        page = entries(answer)
        pages += 1
        assert len(page) <= size
        assert answer.assignment_review_policy.policy_name == KNOWN
        assert answer.hit_review_policy.policy_name == PLURALITY
        assert answer.hit_review_report.review_results is not None
        found += page
        token = answer.next_token
        if token is None:
            break
        assert len(page) == size
    assert found == wanted
    assert pages == -(-len(wanted) // size)


@pytest.mark.parametrize(
    "members",
    [
        {"policy_levels": ("HIT",)},
        {"retrieve_results": False},
        {"retrieve_actions": False, "policy_level": "Assignment"},
    ],
)
def test_filtered_pages(make: Any, reviewed: tuple[str, str, str], members: dict[str, Any]) -> None:
    whole = entries(make.ask(NAME, hit_id=reviewed[0], **members))
    found: list[Entry] = []
    token = None
    while True:
        answer = make.ask(NAME, hit_id=reviewed[0], max_results=1, next_token=token, **members)
        found += entries(answer)
        token = answer.next_token
        if token is None:
            break
    assert found == whole


def test_a_walk_keeps_its_place_while_reviews_come_in(
    make: Any, reviewed: tuple[str, str, str]
) -> None:
    hit_id = reviewed[0]
    before = expected(*reviewed)
    first = make.ask(NAME, hit_id=hit_id, max_results=6)
    make.ask("CreateAdditionalAssignmentsForHIT", hit_id=hit_id, number_of_additional_assignments=1)
    third = make.done(hit_id, k="1", q="yes")
    rest = make.ask(NAME, hit_id=hit_id, next_token=first.next_token)
    seen = entries(first) + entries(rest)
    positions = [seen.index(entry) for entry in before]
    assert positions == sorted(positions)
    assert ("action", "Assignment", "approve", third, "Approved") in seen
    assert ("result", "Assignment", "KnownAnswerScore", third, "100") not in seen


def test_tokens_are_bound_to_the_question(
    make: Any, other_requester: Any, reviewed: tuple[str, str, str]
) -> None:
    hit_id, first, _ = reviewed
    token = make.ask(NAME, hit_id=hit_id, max_results=1).next_token
    for by, members in (
        (other_requester, {}),
        (None, {"policy_levels": ("HIT",)}),
        (None, {"retrieve_actions": False}),
        (None, {"retrieve_results": False}),
        (None, {"assignment_id": first}),
        (None, {"hit_id": make.create_hit().hit_id}),
    ):
        refusal = make.refusal(NAME, by=by, **{"hit_id": hit_id, "next_token": token, **members})
        assert refusal.parameter == "NextToken"
    assert make.ask(NAME, hit_id=hit_id, next_token=token, retrieve_actions=True).hit_id


def test_a_hit_without_policies_has_nothing_but_its_id(make: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.done(hit_id)
    answer = make.ask(NAME, hit_id=hit_id)
    assert answer == type(answer)(hit_id=hit_id)


def test_policies_show_empty_reports_before_there_is_work(make: Any) -> None:
    policy = types.ReviewPolicy(
        policy_name=PLURALITY,
        parameters=(parameter("QuestionIds", "q"), parameter("QuestionAgreementThreshold", "5")),
    )
    hit_id = make.create_hit(hit_review_policy=policy).hit_id
    answer = make.ask(NAME, hit_id=hit_id)
    assert answer.hit_review_report == types.ReviewReport(review_results=(), review_actions=())
    assert (answer.assignment_review_policy, answer.assignment_review_report) == (None, None)


def test_the_assignment_must_be_submitted_work_of_the_hit(
    make: Any, worker: Any, reviewed: tuple[str, str, str]
) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    held = make.accept(worker, hit_id)
    for assignment_id in ("3UNKNOWN", held, reviewed[1]):
        refusal = make.refusal(NAME, hit_id=hit_id, assignment_id=assignment_id)
        assert isinstance(refusal, errors.AssignmentDoesNotExist)
    refusal = make.refusal(NAME, hit_id="3UNKNOWN", assignment_id=reviewed[1])
    assert isinstance(refusal, errors.HITDoesNotExist)
    make.submit(worker, held)
    assert make.ask(NAME, hit_id=hit_id, assignment_id=held).hit_id == hit_id
