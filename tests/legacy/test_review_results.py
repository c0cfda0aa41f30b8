"""GetReviewResultsForHIT: the sample of its documentation, levels, filters, flags, pages, runs."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

MTURK = "AWS.MechanicalTurk."
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)
KNOWN = {
    "AssignmentReviewPolicy.PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "AssignmentReviewPolicy.Parameter.1.Key": "AnswerKey",
    "AssignmentReviewPolicy.Parameter.1.MapEntry.1.Key": "Question_2",
    "AssignmentReviewPolicy.Parameter.1.MapEntry.1.Value": "right",
    "AssignmentReviewPolicy.Parameter.2.Key": "ApproveIfKnownAnswerScoreIsAtLeast",
    "AssignmentReviewPolicy.Parameter.2.Value": "100",
    "AssignmentReviewPolicy.Parameter.3.Key": "RejectIfKnownAnswerScoreIsLessThan",
    "AssignmentReviewPolicy.Parameter.3.Value": "100",
}
PLURALITY = {
    "HITReviewPolicy.PolicyName": "SimplePlurality/2011-09-01",
    "HITReviewPolicy.Parameter.1.Key": "QuestionIds",
    "HITReviewPolicy.Parameter.1.Value": "Question_1",
    "HITReviewPolicy.Parameter.2.Key": "QuestionAgreementThreshold",
    "HITReviewPolicy.Parameter.2.Value": "50",
    "HITReviewPolicy.Parameter.3.Key": "ApproveIfWorkerAgreementScoreIsAtLeast",
    "HITReviewPolicy.Parameter.3.Value": "50",
}
RESULT = "GetReviewResultsForHITResult"
# The sample response of the reference: entries of both reports. A and B are assignments, H the HIT.
SAMPLE = {
    "AssignmentReviewReport": [
        ("A", "Assignment", "Question_2", "KnownAnswerCorrect", "1"),
        ("A", "Assignment", None, "KnownAnswerScore", "100"),
        ("B", "Assignment", "Question_2", "KnownAnswerCorrect", "0"),
        ("B", "Assignment", None, "KnownAnswerScore", "0"),
        ("review", "A", "Assignment", "SUCCEEDED", "Reviewed one known answer; 1/1 correct", None),
        ("approve", "A", "Assignment", "SUCCEEDED", "Approved", None),
        ("review", "B", "Assignment", "SUCCEEDED", "Reviewed one known answer; 0/1 correct", None),
        ("reject", "B", "Assignment", "SUCCEEDED", "Rejected", None),
    ],
    "HITReviewReport": [
        ("A", "Assignment", "Question_1", "AgreedWithPlurality", "1"),
        ("B", "Assignment", "Question_1", "AgreedWithPlurality", "1"),
        ("H", "HIT", "Question_1", "PluralityAnswer", "true"),
        ("H", "HIT", "Question_1", "PluralityLevel", "100"),
        ("approve", "A", "Assignment", "SUCCEEDED", "Already approved", None),
        (
            "approve",
            "B",
            "Assignment",
            "FAILED",
            "Assignment was in an invalid state for this operation.",
            "AWS.MechanicalTurk.InvalidAssignmentState",
        ),
    ],
}
SAMPLE_KEYS = {"AgreedWithPlurality", "PluralityAnswer", "PluralityLevel"}


def create(old: Any, *policies: dict[str, str], assignments: int = 2) -> str:
    """A HIT with review policies."""
    answer = old.give(
        "CreateHIT",
        {
            "Title": "t",
            "Description": "d",
            "Reward.1.Amount": "0.05",
            "AssignmentDurationInSeconds": "600",
            "LifetimeInSeconds": "3600",
            "MaxAssignments": str(assignments),
            "Question": EXTERNAL,
            **{name: value for policy in policies for name, value in policy.items()},
        },
    )
    assert answer.is_valid, answer.body
    return str(answer.text("HIT/HITId"))


def do(old: Any, hit_id: str, one: str, two: str) -> str:
    """Work of a new worker, a second after whatever was before; the id of the assignment."""
    old.market.advance(seconds=1)
    worker = old.market.add_worker()
    submitted = worker.do(hit_id, {"Question_1": one, "Question_2": two})
    assignment_id: str = submitted["assignment_id"]
    return assignment_id


def entries(report: ET.Element | None, names: dict[str, str]) -> list[tuple[str | None, ...]]:
    """What a report says in the members that the sample has, with ids by their names."""
    assert report is not None
    found = []
    for entry in report:
        members = {child.tag: child.text for child in entry}
        if entry.tag == "ReviewResult":
            assert members["SubjectType"] == members["ObjectType"]
            wanted: tuple[str, ...] = ("SubjectId", "ObjectType", "QuestionId", "Key", "Value")
        elif entry.tag == "ReviewAction":
            assert members["CompleteTime"]
            wanted = ("ActionName", "ObjectId", "ObjectType", "Status", "Result", "ErrorCode")
        else:
            continue
        assert members["ActionId"]
        values = [members.get(name) for name in wanted]
        found.append(tuple(names.get(value or "", value) for value in values))
    return found


@pytest.fixture
def reviewed(old_with: Callable[..., Any]) -> Any:
    """The HIT of the sample: two workers who agree, of whom one fails the known answer."""
    old = old_with(legacy__review_sample_keys=True)
    hit_id = create(old, KNOWN, PLURALITY)
    first, second = do(old, hit_id, "true", "right"), do(old, hit_id, "true", "wrong")
    return old, hit_id, first, second


def test_the_sample_of_the_documentation(reviewed: Any) -> None:
    """Entry by entry as printed there, apart from ids; keys of later are left aside."""
    old, hit_id, first, second = reviewed
    answer = old("GetReviewResultsForHIT", HITId=hit_id)
    result = answer.root.find(RESULT)
    assert [child.tag for child in result] == [
        "Request",
        "HITId",
        "AssignmentReviewPolicy",
        "HITReviewPolicy",
        "AssignmentReviewReport",
        "HITReviewReport",
    ]
    assert answer.text(f"{RESULT}/HITId") == hit_id
    assert answer.texts(f"{RESULT}/AssignmentReviewPolicy/*") == ["ScoreMyKnownAnswers/2011-09-01"]
    assert answer.texts(f"{RESULT}/HITReviewPolicy/*") == ["SimplePlurality/2011-09-01"]
    names = {hit_id: "H", first: "A", second: "B"}
    for report, sample in SAMPLE.items():
        told = entries(result.find(report), names)
        if report == "HITReviewReport":
            told = [item for item in told if item[0] == "approve" or item[3] in SAMPLE_KEYS]
        assert told == sample, report


def test_the_present_keys(old: Any) -> None:
    """Without that setting the keys are those of the present API, which says the same."""
    hit_id = create(old, KNOWN, PLURALITY)
    first, second = do(old, hit_id, "true", "right"), do(old, hit_id, "true", "wrong")
    answer = old("GetReviewResultsForHIT", HITId=hit_id)
    keys = answer.texts(f"{RESULT}/HITReviewReport/ReviewResult/Key")
    assert keys == [
        "WorkerAgreementScore", "PluralityAnswersCorrect", "PluralityAnswersIncorrect",
        "WorkerAgreementScore", "PluralityAnswersCorrect", "PluralityAnswersIncorrect",
        "AgreedAnswerFound", "AgreedAnswer", "AnswerAgreementScore", "HitAgreementScore",
    ]  # fmt: skip
    present = old.market.client.list_review_policy_results_for_hit(HITId=hit_id)
    members = ("ActionId", "SubjectId", "SubjectType", "QuestionId", "Key", "Value")
    for level in ("AssignmentReviewReport", "HITReviewReport"):
        entries_there = present[level]["ReviewResults"]
        entries_here = answer.root.findall(f"{RESULT}/{level}/ReviewResult")
        assert [[item.get(name) for name in members] for item in entries_there] == [
            [item.findtext(name) for name in members] for item in entries_here
        ]
    assert {first, second} <= set(answer.texts(f"{RESULT}/AssignmentReviewReport//ObjectId"))


def test_levels(reviewed: Any) -> None:
    """One, both, in any spelling; a report is there when its policy is."""
    old, hit_id, _, _ = reviewed
    for level, there, absent in (
        ("Assignment", "AssignmentReview", "HITReview"),
        ("HIT", "HITReview", "AssignmentReview"),
    ):
        answer = old("GetReviewResultsForHIT", HITId=hit_id, PolicyLevel=level)
        result = answer.root.find(RESULT)
        assert result.find(f"{there}Policy") is not None
        assert result.find(f"{there}Report") is not None
        assert result.find(f"{absent}Policy") is None
        assert result.find(f"{absent}Report") is None
    both = old("GetReviewResultsForHIT", HITId=hit_id, PolicyLevel="HIT,Assignment")
    assert len(both.root.find(RESULT)) == 6
    wrong = old("GetReviewResultsForHIT", HITId=hit_id, PolicyLevel="Worker")
    assert wrong.code == "AWS.InvalidEnumeratedParameter"


def test_one_assignment(reviewed: Any) -> None:
    """At both levels: what a HIT-level policy found about it and did with it, too."""
    old, hit_id, first, second = reviewed
    answer = old("GetReviewResultsForHIT", HITId=hit_id, AssignmentId=second)
    for level, total in (("AssignmentReviewReport", "4"), ("HITReviewReport", "5")):
        report = f"{RESULT}/{level}"
        ids = answer.texts(f"{report}/ReviewResult/SubjectId")
        ids += answer.texts(f"{report}/ReviewAction/ObjectId")
        assert set(ids) == {second}
        assert answer.text(f"{report}/TotalNumResults") == total
    keys = answer.texts(f"{RESULT}/HITReviewReport/ReviewResult/Key")
    assert keys[-1] == "AgreedWithPlurality"
    unknown = old("GetReviewResultsForHIT", HITId=hit_id, AssignmentId="3NOPE")
    assert unknown.code == MTURK + "AssignmentDoesNotExist"
    assert first not in answer.body


@pytest.mark.parametrize("word", ["F", "false", "0"])
def test_flags(reviewed: Any, word: str) -> None:
    """Either kind of entry can be left out; the totals are of what is asked for."""
    old, hit_id, _, _ = reviewed
    answer = old("GetReviewResultsForHIT", HITId=hit_id, RetrieveActions=word)
    assert answer.texts(f"{RESULT}//ReviewAction") == []
    assert answer.text(f"{RESULT}/AssignmentReviewReport/TotalNumResults") == "4"
    answer = old("GetReviewResultsForHIT", HITId=hit_id, RetrieveResults=word, RetrieveActions="T")
    assert answer.texts(f"{RESULT}//ReviewResult") == []
    assert answer.text(f"{RESULT}/AssignmentReviewReport/TotalNumResults") == "4"


def test_pages_of_each_level(reviewed: Any) -> None:
    """Results before actions; each report is counted and cut by itself."""
    old, hit_id, _, _ = reviewed
    report = f"{RESULT}/AssignmentReviewReport"
    whole = old("GetReviewResultsForHIT", HITId=hit_id)
    assert whole.texts(f"{report}/PageNumber") == ["1"]
    assert whole.texts(f"{report}/NumResults") == ["8"]
    assert whole.texts(f"{report}/TotalNumResults") == ["8"]
    found = []
    for number, size in ((1, "3"), (2, "3"), (3, "2"), (4, "0")):
        page = old("GetReviewResultsForHIT", HITId=hit_id, PageSize="3", PageNumber=str(number))
        assert page.text(f"{report}/PageNumber") == str(number)
        assert page.text(f"{report}/NumResults") == size
        assert page.text(f"{report}/TotalNumResults") == "8"
        part = page.root.find(report)
        found += [ET.tostring(entry) for entry in part if entry.tag.startswith("Review")]
    together = whole.root.find(report)
    assert found == [ET.tostring(entry) for entry in together if entry.tag.startswith("Review")]


@pytest.mark.parametrize(
    ("size", "is_valid"),
    [("1", True), ("99", True), ("100", True), ("65535", True), ("0", False), ("65536", False)],
)
def test_page_sizes(reviewed: Any, size: str, is_valid: bool) -> None:  # noqa: FBT001
    """Up to 65535; smaller ones than the documented 100 do no harm."""
    old, hit_id, _, _ = reviewed
    answer = old("GetReviewResultsForHIT", HITId=hit_id, PageSize=size)
    assert answer.is_valid is is_valid
    if not is_valid:
        assert answer.code == "AWS.ParameterOutOfRange"
        assert answer.message == (
            f"The value {size} is invalid for PageSize. Valid values range from 1 to 65535."
        )
    wrong = old("GetReviewResultsForHIT", HITId=hit_id, PageNumber="0")
    assert wrong.code == "AWS.ParameterOutOfRange"


def test_without_policies(old: Any) -> None:
    """Just the id; an unknown HIT does not exist."""
    hit_id = create(old)
    answer = old("GetReviewResultsForHIT", HITId=hit_id)
    assert [child.tag for child in answer.root.find(RESULT)] == ["Request", "HITId"]
    assert old("GetReviewResultsForHIT", HITId="3NOPE").code == MTURK + "HITDoesNotExist"


def test_before_anything_was_reviewed(old: Any) -> None:
    """The reports are there and hold nothing: clients open them when the policies are."""
    hit_id = create(old, KNOWN, PLURALITY)
    answer = old("GetReviewResultsForHIT", HITId=hit_id)
    for level in ("AssignmentReviewReport", "HITReviewReport"):
        assert [(child.tag, child.text) for child in answer.root.find(f"{RESULT}/{level}")] == [
            ("PageNumber", "1"),
            ("NumResults", "0"),
            ("TotalNumResults", "0"),
        ]


def test_another_run_is_appended(old: Any) -> None:
    """Oldest first; the same key may come again with another value."""
    hit_id = create(old, PLURALITY)
    do(old, hit_id, "cat", "x")
    do(old, hit_id, "cat", "x")
    assert old("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="1").is_valid
    old.market.advance(minutes=1)
    do(old, hit_id, "dog", "x")
    answer = old("GetReviewResultsForHIT", HITId=hit_id)
    results = answer.root.findall(f"{RESULT}/HITReviewReport/ReviewResult")
    scores = [
        (item.findtext("ActionId"), item.findtext("Value"))
        for item in results
        if item.findtext("Key") == "AnswerAgreementScore"
    ]
    assert [value for _, value in scores] == ["100", "66"]
    assert scores[0][0] != scores[1][0]
    times = answer.texts(f"{RESULT}/HITReviewReport/ReviewAction/CompleteTime")
    assert times == sorted(str(time) for time in times)
    assert len(set(times)) == 2


def test_actions_that_failed(old: Any) -> None:
    """With their code, and other actions go on."""
    hit_id = create(old, KNOWN, PLURALITY)
    do(old, hit_id, "true", "wrong")
    do(old, hit_id, "true", "right")
    answer = old("GetReviewResultsForHIT", HITId=hit_id, PolicyLevel="HIT")
    told = [
        (item.findtext("Status"), item.findtext("ErrorCode"))
        for item in answer.root.findall(f"{RESULT}/HITReviewReport/ReviewAction")
    ]
    assert told == [("FAILED", MTURK + "InvalidAssignmentState"), ("SUCCEEDED", None)]
