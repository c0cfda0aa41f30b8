"""CreateQualificationType, GetQualificationType and UpdateQualificationType."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors, system_types

START = 1_767_614_400.0


def combination(names: str) -> str:
    return f"The combination of parameters supplied to the request is invalid: {names}."


def test_a_plain_type_has_what_was_given(make: Any, qualify: Any) -> None:
    made = qualify.new_type(name="Dogs", description="Knows dogs")
    assert made == types.QualificationType(
        qualification_type_id=made.qualification_type_id,
        creation_time=START,
        name="Dogs",
        description="Knows dogs",
        qualification_type_status="Active",
        is_requestable=True,
        auto_granted=False,
    )
    shown = make.ask(
        "GetQualificationType", qualification_type_id=made.qualification_type_id
    ).qualification_type
    assert shown == made


def test_a_type_with_everything(make: Any, qualify: Any) -> None:
    made = qualify.new_type(
        name="Fruit",
        keywords="apple, pear",
        retry_delay_in_seconds=0,
        test=f"  {qualify.test}",
        answer_key=qualify.key,
        test_duration_in_seconds=600,
        qualification_type_status="Inactive",
        auto_granted=False,
        auto_granted_value=7,
    )
    assert made == types.QualificationType(
        qualification_type_id=made.qualification_type_id,
        creation_time=START,
        name="Fruit",
        description="Knows dogs",
        keywords="apple, pear",
        qualification_type_status="Inactive",
        retry_delay_in_seconds=0,
        test=f"  {qualify.test}",
        answer_key=qualify.key,
        test_duration_in_seconds=600,
        is_requestable=True,
        auto_granted=False,
    )
    automatic = qualify.new_type(auto_granted=True)
    assert (automatic.auto_granted, automatic.auto_granted_value) == (True, 1)
    assert qualify.new_type(auto_granted=True, auto_granted_value=-3).auto_granted_value == -3


def test_refusals_of_a_creation_come_in_order(make: Any, qualify: Any) -> None:
    qualify.new_type(name="Taken")
    asked = {
        "name": "",
        "keywords": "k" * 1001,
        "description": "d" * 2001,
        "qualification_type_status": "Active",
        "retry_delay_in_seconds": -1,
        "test": "",
        "answer_key": "<AnswerKey/>",
        "test_duration_in_seconds": 0,
        "auto_granted": True,
    }
    steps: list[tuple[str, dict[str, Any]]] = [
        ("Your request parameter Name has a minimum length of 1.", {"name": "n" * 201}),
        ("Your request parameter Name has a maximum length of 200.", {"name": "Taken"}),
        ("Your request parameter Keywords has a maximum length of 1000.", {"keywords": "k" * 1000}),
        (
            "Your request parameter Description has a maximum length of 2000.",
            {"description": "d" * 2000},
        ),
        (
            (
                "The value -1 is invalid for RetryDelayInSeconds. Valid values range from 0 to"
                " 2147483647."
            ),
            {"retry_delay_in_seconds": 0},
        ),
        ("Your request parameter Test has a minimum length of 1.", {"test": "x" * 65_536}),
        (
            "Your request parameter Test has a maximum length of 65535.",
            {"test": "<QuestionForm/>"},
        ),
        ("There was an error parsing the XML question or answer data", {"test": qualify.test}),
        (
            "There was an error parsing the XML question or answer data",
            {"answer_key": qualify.key},
        ),
        (
            (
                "The value 0 is invalid for TestDurationInSeconds. Valid values range from 1 to"
                " 31536000."
            ),
            {"test": None, "test_duration_in_seconds": None},
        ),
        (combination("AnswerKey, Test"), {"answer_key": None, "test_duration_in_seconds": 1}),
        (combination("TestDurationInSeconds, Test"), {"test": qualify.test}),
        (combination("Test, AutoGranted"), {"test_duration_in_seconds": None}),
        (
            combination("Test, TestDurationInSeconds"),
            {"test_duration_in_seconds": 1, "auto_granted": None},
        ),
        (
            (
                "You have already created a QualificationType with this name. A QualificationType's"
                " name must be unique among all of the QualificationTypes created by the same user."
            ),
            {"name": "Free"},
        ),
    ]
    for message, repair in steps:
        refusal = make.refusal("CreateQualificationType", **asked)
        assert refusal.message.startswith(message)
        asked |= repair
    assert make.ask("CreateQualificationType", **asked).qualification_type.name == "Free"


FILES = (
    "<Question><QuestionIdentifier>f</QuestionIdentifier><QuestionContent><Text>?</Text>"
    "</QuestionContent><AnswerSpecification><FileUploadAnswer><MaxFileSizeInBytes>9"
    "</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer>"
    "</AnswerSpecification></Question>"
)
BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (
            (
                f'<ExternalQuestion xmlns="{BASE}/2006-07-14/ExternalQuestion.xsd"><ExternalURL>'
                "https://example.org/</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
            ),
            "A test is a QuestionForm, in the namespace of its schema.",
        ),
        (
            (
                f'<HTMLQuestion xmlns="{BASE}/2011-11-11/HTMLQuestion.xsd"><HTMLContent>x'
                "</HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
            ),
            "A test is a QuestionForm",
        ),
        (
            f'<QuestionForm xmlns="{BASE}/2005-10-01/QuestionForm.xsd">{FILES}</QuestionForm>',
            "FileUploadAnswer is not accepted",
        ),
        ("<QuestionForm", "Details: "),
        ("<!DOCTYPE a><a/>", "Details: "),
    ],
)
def test_only_a_question_form_without_files_is_a_test(
    make: Any, qualify: Any, test: str, said: str
) -> None:
    for make_too in (make.refusal, _update_refusal(make, qualify)):
        asked = qualify.members(test=test, test_duration_in_seconds=60)
        refusal = make_too("CreateQualificationType", **asked)
        assert isinstance(refusal, errors.XMLParseError)
        assert said in refusal.message


def _update_refusal(make: Any, qualify: Any) -> Any:
    type_id = qualify.type_id()

    def refused(_: str, /, **asked: Any) -> errors.Refusal:
        found: errors.Refusal = make.refusal(
            "UpdateQualificationType",
            qualification_type_id=type_id,
            test=asked["test"],
            test_duration_in_seconds=60,
        )
        return found

    return refused


def test_an_answer_key_must_be_of_the_test(make: Any, qualify: Any) -> None:
    foreign = qualify.key.replace("<SelectionIdentifier>apples", "<SelectionIdentifier>plums")
    asked = qualify.members(test=qualify.test, answer_key=foreign, test_duration_in_seconds=60)
    refusal = make.refusal("CreateQualificationType", **asked)
    assert isinstance(refusal, errors.XMLParseError)
    assert "plums" in refusal.message


def test_a_name_is_taken_per_requester_and_exactly(
    make: Any, qualify: Any, other_requester: Any
) -> None:
    qualify.new_type(name="Dogs", qualification_type_status="Inactive")
    refusal = make.refusal("CreateQualificationType", **qualify.members(name="Dogs"))
    assert isinstance(refusal, errors.QualificationTypeAlreadyExists)
    qualify.new_type(name="dogs")
    qualify.new_type(name="Dogs", by=other_requester)


def test_what_others_see_of_a_type(make: Any, qualify: Any, other_requester: Any) -> None:
    full = qualify.new_type(
        test=qualify.test, answer_key=qualify.key, test_duration_in_seconds=60, keywords="k"
    )
    type_id = full.qualification_type_id
    seen = make.ask(
        "GetQualificationType", by=other_requester, qualification_type_id=type_id
    ).qualification_type
    assert (seen.test, seen.answer_key) == (None, None)
    assert (seen.name, seen.keywords, seen.test_duration_in_seconds) == (full.name, "k", 60)
    make.ask(
        "UpdateQualificationType",
        qualification_type_id=type_id,
        qualification_type_status="Inactive",
    )
    refusal = make.refusal(
        "GetQualificationType", by=other_requester, qualification_type_id=type_id
    )
    assert refusal.message == f"QualificationType {type_id} does not exist."
    assert make.ask("GetQualificationType", qualification_type_id=type_id)


@pytest.mark.parametrize("type_id", sorted(system_types.SYSTEM_TYPES))
def test_system_types_are_shown_and_never_changed(make: Any, worker: Any, type_id: str) -> None:
    shown = make.ask("GetQualificationType", qualification_type_id=type_id).qualification_type
    assert shown.qualification_type_id == type_id
    assert shown.name == system_types.SYSTEM_TYPES[type_id].name
    assert (shown.qualification_type_status, shown.is_requestable) == ("Active", False)
    worker_id = worker.worker.worker_id
    calls: list[tuple[str, dict[str, Any]]] = [
        ("UpdateQualificationType", {}),
        ("DeleteQualificationType", {}),
        ("AssociateQualificationWithWorker", {"worker_id": worker_id}),
        ("DisassociateQualificationFromWorker", {"worker_id": worker_id}),
        ("GetQualificationScore", {"worker_id": worker_id}),
        ("ListWorkersWithQualificationType", {}),
        ("ListQualificationRequests", {}),
    ]
    for name, members in calls:
        refusal = make.refusal(name, qualification_type_id=type_id, **members)
        assert isinstance(refusal, errors.PermissionDenied)


def test_an_update_changes_what_it_names(make: Any, qualify: Any) -> None:
    before = qualify.new_type(name="Dogs", keywords="dog", retry_delay_in_seconds=60)
    make.clock.advance(seconds=9)

    def update(**members: Any) -> types.QualificationType:
        answer = make.ask(
            "UpdateQualificationType",
            qualification_type_id=before.qualification_type_id,
            **members,
        )
        shown = make.ask("GetQualificationType", qualification_type_id=before.qualification_type_id)
        assert answer.qualification_type == shown.qualification_type
        found: types.QualificationType = answer.qualification_type
        return found

    assert update() == before
    changed = update(description="Knows cats", qualification_type_status="Inactive")
    assert (changed.description, changed.qualification_type_status) == ("Knows cats", "Inactive")
    assert (changed.name, changed.keywords, changed.creation_time) == ("Dogs", "dog", START)
    assert changed.retry_delay_in_seconds == 60
    assert update(retry_delay_in_seconds=0).retry_delay_in_seconds == 0
    assert update(auto_granted=True, auto_granted_value=4).auto_granted_value == 4
    assert update(auto_granted=False).auto_granted_value is None
    tested = update(test=qualify.test, test_duration_in_seconds=60, answer_key=qualify.key)
    assert (tested.test_duration_in_seconds, tested.answer_key) == (60, qualify.key)
    by_hand = update(test=qualify.test, test_duration_in_seconds=90)
    assert (by_hand.test_duration_in_seconds, by_hand.answer_key) == (90, None)
    assert update(description="").test == qualify.test


def test_refusals_of_an_update_come_in_order(make: Any, qualify: Any, other_requester: Any) -> None:
    tested = qualify.tested()
    foreign = qualify.type_id(by=other_requester)
    asked = {
        "qualification_type_id": "3UNKNOWN",
        "description": "d" * 2001,
        "test": "<QuestionForm/>",
        "answer_key": "<AnswerKey/>",
        "test_duration_in_seconds": 31_536_001,
        "retry_delay_in_seconds": 2_147_483_648,
        "auto_granted": True,
    }
    parsing = "There was an error parsing the XML question or answer data"
    steps: list[tuple[str, dict[str, Any]]] = [
        ("Your request parameter Description has", {"description": "d"}),
        (parsing, {"test": qualify.test}),
        (parsing, {"answer_key": qualify.key}),
        ("The value 31536001 is invalid for TestDuration", {"test_duration_in_seconds": None}),
        ("The value 2147483648 is invalid for RetryDelay", {"retry_delay_in_seconds": 9}),
        (combination("Test, TestDurationInSeconds"), {"test": None}),
        (combination("AnswerKey, Test"), {"answer_key": None, "test_duration_in_seconds": 1}),
        (combination("TestDurationInSeconds, Test"), {"test_duration_in_seconds": None}),
        ("QualificationType 3UNKNOWN does not exist.", {"qualification_type_id": foreign}),
        (f"QualificationType {foreign} does not exist.", {"qualification_type_id": tested}),
        (combination("Test, AutoGranted"), {"auto_granted": None}),
    ]
    for message, repair in steps:
        refusal = make.refusal("UpdateQualificationType", **asked)
        assert refusal.message.startswith(message)
        asked |= repair
    assert make.ask("UpdateQualificationType", **asked).qualification_type.description == "d"
