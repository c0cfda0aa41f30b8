"""Every spelling of parameters that old clients use, decoded without a server."""

import pytest

from kempelen.api import hits, notifications, types, workers
from kempelen.api.hits import CreateHITTypeRequest
from kempelen.api.legacy import GetReviewResultsForHITRequest
from kempelen.domain import errors
from kempelen.edges.aws.legacy import reading, values
from kempelen.edges.aws.legacy.faults import (
    InvalidEnumeratedParameter,
    InvalidValue,
    LegacyFault,
    MissingParameters,
)
from kempelen.edges.aws.legacy.names import Parameters

TYPE = {
    "Title": "t",
    "Description": "d",
    "Reward.1.Amount": "0.05",
    "AssignmentDurationInSeconds": "600",
}


def given(*pairs: tuple[str, str], **scalars: str) -> Parameters:
    return Parameters.of([*pairs, *scalars.items()])


def hit_type(**changed: str) -> CreateHITTypeRequest:
    wanted = {name.replace("_", "."): value for name, value in changed.items()}
    return reading.request(
        CreateHITTypeRequest, Parameters.of([*TYPE.items(), *wanted.items()]), {}
    )


@pytest.mark.parametrize("name", ["HITId", "HITId.1", "HITId.0", " HITId ", "HitId"])
def test_spellings_of_a_scalar(name: str) -> None:
    """With and without a number, with blanks, and as the reference misprints it."""
    assert given((name, "3A")).text("HITId") == "3A"


def test_the_first_spelling_with_a_value_wins() -> None:
    """An empty one is no value; the plain name comes before `.1`, and that before `.0`."""
    assert given(("HITId", ""), ("HITId.1", "3B"), ("HITId.0", "3C")).text("HITId") == "3B"
    assert given(("HITId.0", "3C"), ("HITId", "3A")).text("HITId") == "3A"
    assert given(("", "3A"), (".1", "x")).text("HITId") is None


@pytest.mark.parametrize(
    "pairs",
    [
        [("WorkerId.1", "A1"), ("WorkerId.2", "A2")],
        [("WorkerId.0", "A1"), ("WorkerId.1", "A2")],
        [("WorkerId.10", "A2"), ("WorkerId.9", "A1")],
        [("WorkerId", "A1"), ("WorkerId", "A2")],
        [("WorkerId.1", "A1"), ("WorkerId.1", "A2")],
        [("WorkerId", "A1"), ("WorkerId.7", "A2"), ("WorkerId.8", "")],
    ],
)
def test_spellings_of_a_list(pairs: list[tuple[str, str]]) -> None:
    """By number from 0 on, gaps allowed, or repeated; empty ones are absent."""
    request = reading.request(
        workers.NotifyWorkersRequest,
        given(*pairs, Subject="s", MessageText="m"),
        {},
    )
    assert request.worker_ids == ("A1", "A2")


@pytest.mark.parametrize(
    "pairs",
    [
        [("ResponseGroup.1", "Minimal"), ("ResponseGroup.2", "HITDetail")],
        [("ResponseGroup.0", "Minimal"), ("ResponseGroup.1", "HITDetail")],
        [("ResponseGroup0", "Minimal"), ("ResponseGroup1", "HITDetail")],
        [("ResponseGroup", "Minimal,HITDetail")],
        [("ResponseGroup.1", "Minimal, HITDetail")],
    ],
)
def test_spellings_of_response_groups(pairs: list[tuple[str, str]]) -> None:
    """This list has a form of its own besides."""
    assert reading.words(given(*pairs), "ResponseGroup") == ["Minimal", "HITDetail"]


@pytest.mark.parametrize("prefix", ["Reward.1.", "Reward.", "Reward.0."])
def test_spellings_of_a_structure(prefix: str) -> None:
    """With a number, although there is only one, and without."""
    pairs = [(name, value) for name, value in TYPE.items() if not name.startswith("Reward")]
    wanted = given(*pairs, (f"{prefix}Amount", "5"), (f"{prefix}CurrencyCode", "USD"))
    assert reading.request(CreateHITTypeRequest, wanted, {}).reward == "5.00"


@pytest.mark.parametrize("locale", ["LocaleValue.", "LocaleValue.1."])
@pytest.mark.parametrize("integer", ["IntegerValue", "IntegerValue.1"])
def test_requirements(locale: str, integer: str) -> None:
    """Structures in structures, lists in structures, lists of structures in structures."""
    read = reading.request(
        CreateHITTypeRequest,
        given(
            *TYPE.items(),
            ("QualificationRequirement.2.QualificationTypeId", "00000000000000000071"),
            ("QualificationRequirement.2.Comparator", "In"),
            (f"QualificationRequirement.2.{locale}Country", "US"),
            (f"QualificationRequirement.2.{locale}Subdivision", "NY"),
            ("QualificationRequirement.2.LocaleValue.2.Country", "CA"),
            ("QualificationRequirement.1.QualificationTypeId", "000000000000000000L0"),
            ("QualificationRequirement.1.Comparator", "GreaterThanOrEqualTo"),
            (f"QualificationRequirement.1.{integer}", "95"),
            ("QualificationRequirement.1.RequiredToPreview", "1"),
        ),
        {},
    )
    assert read.qualification_requirements == (
        types.QualificationRequirement(
            qualification_type_id="000000000000000000L0",
            comparator="GreaterThanOrEqualTo",
            integer_values=(95,),
            required_to_preview=True,
        ),
        types.QualificationRequirement(
            qualification_type_id="00000000000000000071",
            comparator="In",
            locale_values=(
                types.Locale(country="US", subdivision="NY"),
                types.Locale(country="CA"),
            ),
        ),
    )


@pytest.mark.parametrize("value", ["", "1"])
def test_values_with_a_comparator_that_takes_none(value: str) -> None:
    """Empty ones, and ones that older clients send with every comparator."""
    read = hit_type(
        QualificationRequirement_1_QualificationTypeId="2F1QJWKUDD8XADTFD2Q0G6UTO95ALH",
        QualificationRequirement_1_Comparator="Exists",
        QualificationRequirement_1_IntegerValue_1=value,
        QualificationRequirement_1_LocaleValue_1_Country="",
    )
    (requirement,) = read.qualification_requirements or ()
    assert requirement.integer_values is None
    assert requirement.locale_values is None


def test_events_one_key_several_times() -> None:
    """As MTurkR and rturk send arrays."""
    read = reading.request(
        notifications.UpdateNotificationSettingsRequest,
        given(
            ("HITTypeId", "3T"),
            ("Notification.1.Destination", "a@example.org"),
            ("Notification.1.Transport", "Email"),
            ("Notification.1.Version", "2006-05-05"),
            ("Notification.1.EventType", "AssignmentSubmitted"),
            ("Notification.1.EventType", "HITReviewable,HITExpired"),
            ("Active", "T"),
        ),
        {},
    )
    assert read.notification is not None
    assert read.notification.event_types == ("AssignmentSubmitted", "HITReviewable", "HITExpired")
    assert read.active is True


@pytest.mark.parametrize(
    ("pairs", "levels"),
    [
        ([("PolicyLevel", "HIT")], ("HIT",)),
        ([("PolicyLevel.1", "Assignment"), ("PolicyLevel.2", "hit")], ("Assignment", "HIT")),
        ([("PolicyLevel", "Assignment,HIT")], ("Assignment", "HIT")),
        ([("PolicyLevel", "")], None),
    ],
)
def test_policy_levels(pairs: list[tuple[str, str]], levels: tuple[str, ...] | None) -> None:
    """Single, numbered, with commas, in any case, absent."""
    wanted = given(("HITId", "3A"), *pairs, ("RetrieveActions", "T"), ("RetrieveResults", "f"))
    read = reading.request(GetReviewResultsForHITRequest, wanted, {})
    assert read.policy_levels == levels
    assert (read.retrieve_actions, read.retrieve_results) == (True, False)


@pytest.mark.parametrize("number", ["", ".1"])
@pytest.mark.parametrize(
    "ids",
    [
        [("Parameter.1.Key", "QuestionIds"), ("Parameter.1.Value", "q1,q2")],
        [
            ("Parameter.1.Key", "QuestionIDs"),
            ("Parameter.1.Value.1", "q1"),
            ("Parameter.1.Value.2", "q2"),
        ],
    ],
)
def test_review_policies(number: str, ids: list[tuple[str, str]]) -> None:
    """Values as a list or with commas, maps with one entry for each value, old policy names."""
    plurality, known = f"HITReviewPolicy{number}.", f"AssignmentReviewPolicy{number}."
    read = reading.request(
        hits.CreateHITWithHITTypeRequest,
        given(
            ("HITTypeId", "3T"),
            ("LifetimeInSeconds", "60"),
            (f"{plurality}PolicyName", "SimplePlurality/2011/09/01"),
            *((plurality + name, value) for name, value in ids),
            (f"{known}PolicyName", "ScoreYourKnownAnswers/2011-09-01"),
            (f"{known}Parameter.1.Key", "AnswerKey"),
            (f"{known}Parameter.1.MapEntry.1.Key", "q7"),
            (f"{known}Parameter.1.MapEntry.1.Value", "B"),
            (f"{known}Parameter.1.MapEntry.2.Key", "q8"),
            (f"{known}Parameter.1.MapEntry.2.Value.1", "C"),
            (f"{known}Parameter.1.MapEntry.3.Key", "q7"),
            (f"{known}Parameter.1.MapEntry.3.Value.1", "D"),
        ),
        {},
    )
    assert read.hit_review_policy == types.ReviewPolicy(
        policy_name="SimplePlurality/2011-09-01",
        parameters=(types.PolicyParameter(key="QuestionIds", values=("q1", "q2")),),
    )
    assert read.assignment_review_policy == types.ReviewPolicy(
        policy_name="ScoreMyKnownAnswers/2011-09-01",
        parameters=(
            types.PolicyParameter(
                key="AnswerKey",
                map_entries=(
                    types.ParameterMapEntry(key="q7", values=("B", "D")),
                    types.ParameterMapEntry(key="q8", values=("C",)),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("600", 600), (" 600 ", 600), ("+600", 600), ("6e+05", 600_000), ("6e 05", 600_000),
     ("1.5e3", 1500), ("-1", -1)],
)  # fmt: skip
def test_whole_numbers(text: str, value: int) -> None:
    """With blanks and signs, and as R prints them."""
    assert hit_type(AutoApprovalDelayInSeconds=text).auto_approval_delay_in_seconds == value


@pytest.mark.parametrize("text", ["abc", "1.5", "1,000", "1e-3", "1.55e1", "0x10", "\u0661"])
def test_what_is_no_whole_number(text: str) -> None:
    """The error names value and parameter."""
    with pytest.raises(InvalidValue) as found:
        hit_type(AutoApprovalDelayInSeconds=text)
    assert found.value.code == "AWS.MechanicalTurk.InvalidParameterValue"
    assert found.value.data == {
        "ParameterName": "AutoApprovalDelayInSeconds",
        "ParameterValue": text,
    }


def test_numbers_wider_than_their_type() -> None:
    """Out of range, not an overflow."""
    with pytest.raises(errors.ParameterOutOfRange):
        hit_type(AutoApprovalDelayInSeconds=str(2**63))


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "1", "T", "t"])
def test_yes(word: str) -> None:
    """Six spellings of true, and the same of false."""
    assert values.truth(word, "Revert") is True
    opposite = {"true": "false", "True": "False", "TRUE": "FALSE", "1": "0", "T": "F", "t": "f"}
    assert values.truth(opposite[word], "Revert") is False
    with pytest.raises(InvalidValue):
        values.truth("yes", "Revert")


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0.30000000000000004", "0.30"), ("1.0", "1.00"), ("5", "5.00"), (".5", "0.50"),
     ("0.050", "0.05"), ("0", "0.00"), ("1e1", "10.00"), ("10000", "10000.00"),
     ("0.0500009", "0.05")],
)  # fmt: skip
def test_amounts(text: str, amount: str) -> None:
    """What floating point made of cents is cents again."""
    assert values.amount(text, None, "Reward") == amount


@pytest.mark.parametrize(
    "text", ["0.055", "-1", "-0.01", "NaN", "Infinity", "1e400", "1e999999999", "five", "", "$5"]
)
def test_what_is_no_amount(text: str) -> None:
    """Parts of a cent, negative ones, and no numbers at all."""
    with pytest.raises(InvalidValue) as found:
        values.amount(text, "USD", "Reward")
    assert found.value.data["ParameterName"] == "Reward"


def test_currencies() -> None:
    """There is one."""
    with pytest.raises(InvalidValue) as found:
        values.amount("5", "EUR", "Reward")
    assert found.value.data == {"ParameterName": "Reward.CurrencyCode", "ParameterValue": "EUR"}


def test_words_of_an_enumeration() -> None:
    """Exactly, else in any case; what is not in it has an error of its own."""
    comparator = "QualificationRequirement_1_Comparator"
    type_id = {"QualificationRequirement_1_QualificationTypeId": "00000000000000000040"}
    read = hit_type(**type_id, **{comparator: "greaterthan"}).qualification_requirements
    assert read is not None
    assert read[0].comparator == "GreaterThan"
    with pytest.raises(InvalidEnumeratedParameter) as found:
        hit_type(**type_id, **{comparator: "Above"})
    assert found.value.code == "AWS.InvalidEnumeratedParameter"
    assert found.value.message.startswith(
        'The value "Above" is not valid for the parameter QualificationRequirement.Comparator.'
    )


def test_everything_missing_is_told_together() -> None:
    """Also inside structures; before any value is looked at."""
    with pytest.raises(MissingParameters) as found:
        reading.request(
            CreateHITTypeRequest,
            given(
                ("Title", ""),
                ("AssignmentDurationInSeconds", "abc"),
                ("Reward.1.CurrencyCode", "USD"),
                ("QualificationRequirement.1.Comparator", "Exists"),
            ),
            {},
        )
    assert found.value.code == "AWS.MissingParameters"
    assert found.value.message == (
        "Your request is missing required parameters. Required parameters include: "
        "Reward.Amount, Title, Description, QualificationRequirement.QualificationTypeId."
    )


def test_several_requests_in_one_call() -> None:
    """By number, with what they share."""
    requests = given(
        ("GetHIT.2.HITId", "3B"), ("GetHIT.1.HITId", "3A"), ("GetHIT.Shared.ResponseGroup", "x")
    ).requests("GetHIT")
    assert [part.text("HITId") for part in requests] == ["3A", "3B"]
    assert [part.text("ResponseGroup") for part in requests] == ["x", "x"]


def test_unusable_ids() -> None:
    """A value that no id can have is not valid, whatever exists."""
    with pytest.raises(LegacyFault) as found:
        reading.request(hits.GetHITRequest, given(HITId="no id!"), {})
    assert found.value.code == "AWS.MechanicalTurk.InvalidParameterValue"
