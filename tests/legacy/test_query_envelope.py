"""The bytes of an answer of the older API: clients cut strings out of them."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from kempelen.edges.aws.legacy import operations

BALANCE = "GetAccountBalance"
MTURK = "AWS.MechanicalTurk."
FORM = "application/x-www-form-urlencoded"
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)


def test_an_answer_byte_by_byte(old: Any) -> None:
    """A declaration, a line; no namespace; one Request with the literal that clients look for."""
    answer = old(BALANCE)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml;charset=UTF-8"
    assert int(answer.headers["content-length"]) == len(answer.raw)
    request_id = answer.text("OperationRequest/RequestId")
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(request_id))
    assert answer.body == (
        '<?xml version="1.0"?>\n'
        f"<GetAccountBalanceResponse><OperationRequest><RequestId>{request_id}</RequestId>"
        "</OperationRequest><GetAccountBalanceResult><Request><IsValid>True</IsValid></Request>"
        "<AvailableBalance><Amount>10000.00</Amount><CurrencyCode>USD</CurrencyCode>"
        "<FormattedPrice>$10,000.00</FormattedPrice></AvailableBalance>"
        "</GetAccountBalanceResult></GetAccountBalanceResponse>"
    )
    assert old(BALANCE).text("OperationRequest/RequestId") != request_id


def test_a_failure_byte_by_byte(old: Any) -> None:
    """In the result, with the market's milliseconds at the end of the message, and what it is."""
    answer = old("GetHIT", HITId="3NOSUCHHIT")
    now = int(old.market.clock.now().timestamp() * 1000)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml;charset=UTF-8")
    assert answer.body.endswith(
        "</OperationRequest><HIT><Request><IsValid>False</IsValid><Errors><Error>"
        "<Code>AWS.MechanicalTurk.HITDoesNotExist</Code>"
        f"<Message>Hit 3NOSUCHHIT does not exist. ({now})</Message>"
        "<Data><Key>HITId</Key><Value>3NOSUCHHIT</Value></Data>"
        "</Error></Errors></Request></HIT></GetHITResponse>"
    )


def test_sandboxes_end_messages_in_their_own_way(old_with: Callable[..., Any]) -> None:
    """With an s, as the reference service did."""
    old = old_with(sandbox=True)
    now = int(old.market.clock.now().timestamp() * 1000)
    assert old("GetHIT", HITId="3A").text(".//Message") == f"Hit 3A does not exist. ({now} s)"


def test_errors_only_when_it_failed(old: Any, publish: Callable[..., str]) -> None:
    """Boto looks for the literal `<Errors>`, whatever stands around it."""
    hit_id = publish(title="About <Errors> & more", description="<b>\x0bbold</b>")
    answer = old("GetHIT", HITId=hit_id)
    assert answer.is_valid
    assert answer.text("HIT/Title") == "About <Errors> & more"
    assert "<Title>About &lt;Errors&gt; &amp; more</Title>" in answer.body
    assert answer.text("HIT/Description") == "<b>bold</b>"
    assert answer.body.count("<Request>") == 1


def test_times_prices_and_truth_values(old: Any, publish: Callable[..., str]) -> None:
    """Whole seconds and Z; two decimals and a formatted price; digits as they used to be."""
    requirement = {
        "QualificationRequirement.1.QualificationTypeId": "00000000000000000040",
        "QualificationRequirement.1.Comparator": "GreaterThan",
        "QualificationRequirement.1.IntegerValue": "-1",
        "QualificationRequirement.1.RequiredToPreview": "true",
    }
    type_id = register(old, **{"Reward.1.Amount": "1234.5"}, **requirement)
    answer = old(
        "CreateHIT",
        HITTypeId=type_id,
        LifetimeInSeconds="60",
        Question=QUESTION,
        ResponseGroup="HITDetail",
    )
    now = old.market.clock.now()
    assert answer.text("HIT/CreationTime") == f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert [child.text for child in answer.root.findall("HIT/Reward/*")] == [
        "1234.50",
        "USD",
        "$1,234.50",
    ]
    assert answer.text("HIT/QualificationRequirement/RequiredToPreview") == "1"
    assert [child.tag for child in answer.root.findall("HIT/QualificationRequirement/*")] == [
        "QualificationTypeId",
        "Comparator",
        "IntegerValue",
        "RequiredToPreview",
    ]


QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><body>'
    "<form><input name='tag'></form></body></html>]]></HTMLContent>"
    "<FrameHeight>400</FrameHeight></HTMLQuestion>"
)


def register(old: Any, **more: str) -> str:
    """A HIT type."""
    answer = old.give(
        "RegisterHITType",
        {
            "Title": "t",
            "Description": "d",
            "Reward.1.Amount": "0.05",
            "AssignmentDurationInSeconds": "600",
            **more,
        },
    )
    assert answer.is_valid, answer.body
    return str(answer.text("RegisterHITTypeResult/HITTypeId"))


def test_words_for_truth_values(old_with: Callable[..., Any]) -> None:
    """Where somebody wants them."""
    old = old_with(legacy__boolean_style="words")
    type_id = register(
        old,
        **{
            "QualificationRequirement.1.QualificationTypeId": "00000000000000000060",
            "QualificationRequirement.1.Comparator": "EqualTo",
            "QualificationRequirement.1.IntegerValue": "1",
        },
    )
    answer = old(
        "CreateHIT",
        HITTypeId=type_id,
        LifetimeInSeconds="60",
        Question=QUESTION,
        ResponseGroup="HITDetail",
    )
    assert answer.text("HIT/QualificationRequirement/RequiredToPreview") == "false"


RESULTS = {
    "CreateHIT": "HIT",
    "GetHIT": "HIT",
    "CreateQualificationType": "QualificationType",
    "GetQualificationType": "QualificationType",
    "UpdateQualificationType": "QualificationType",
    "GetQualificationScore": "Qualification",
    "GetRequesterStatistic": "GetStatisticResult",
    "GetRequesterWorkerStatistic": "GetStatisticResult",
    "Help": "Information",
}


@pytest.mark.parametrize("name", [*operations.BY_NAME, "Help"])
def test_names_of_results(old: Any, name: str) -> None:
    """Asked without parameters, every operation fails in its own result element, or succeeds."""
    answer = old(name)
    assert answer.status == 200
    assert answer.root.tag == f"{name}Response"
    assert [child.tag for child in answer.root] == [
        "OperationRequest",
        RESULTS.get(name, f"{name}Result"),
    ]
    assert answer.text("*/Request/IsValid") in {"True", "False"}


@pytest.mark.parametrize("name", ["DropTables", "gethit", "<b>", "GetHIT<Errors>", "../GetHIT"])
def test_unknown_operations(old: Any, name: str) -> None:
    """Have a form of their own, and their name is not repeated."""
    answer = old(name)
    assert answer.status == 200
    assert answer.root.tag == "Response"
    assert [child.tag for child in answer.root] == ["Errors", "RequestID"]
    assert answer.text("Errors/Error/Code") == "AWS.InvalidOperationParameter"
    assert name not in answer.body


@pytest.mark.parametrize("name", ["SetWorkerAcceptLimit", "GetWorkerAcceptLimit"])
def test_operations_that_went_long_ago(old: Any, name: str) -> None:
    """Say so."""
    answer = old(name)
    assert answer.code == "AWS.InvalidOperationParameter"
    assert answer.message == "This operation was removed from the service in 2008."


def test_no_operation(old: Any) -> None:
    """The form of an unknown one."""
    fields = old.signed(BALANCE)
    del fields["Operation"]
    answer = old.post(urlencode(fields))
    assert (answer.status, answer.root.tag) == (200, "Response")
    assert answer.text("Errors/Error/Code") == "AWS.MissingParameters"


@pytest.mark.parametrize(
    ("misprint", "name"),
    [
        ("GetReveiwResultsForHIT", "GetReviewResultsForHIT"),
        ("AssignQualifcation", "AssignQualification"),
        ("GetQualificationForQualificationType", "GetQualificationsForQualificationType"),
    ],
)
def test_misprints_of_the_reference(old: Any, misprint: str, name: str) -> None:
    """Are answered under the right name; the signature is over what was sent."""
    assert old(misprint).root.tag == f"{name}Response"


def test_several_requests_in_one_call(old: Any, publish: Callable[..., str]) -> None:
    """One result for each, in their order; a failure leaves its neighbours alone."""
    first, second = publish(), publish()
    answer = old.give(
        "GetHIT",
        {
            "GetHIT.1.HITId": first,
            "GetHIT.2.HITId": "3NOPE",
            "GetHIT.3.HITId": second,
            "GetHIT.Shared.ResponseGroup": "Minimal",
        },
    )
    assert [child.tag for child in answer.root] == ["OperationRequest", "HIT", "HIT", "HIT"]
    assert answer.texts("HIT/Request/IsValid") == ["True", "False", "True"]
    assert answer.texts("HIT/HITId") == [first, second]
    assert answer.texts("HIT/Title") == []


def test_statistics_in_a_batch(old: Any) -> None:
    """As the Perl SDK asks for them."""
    answer = old.give(
        "GetRequesterStatistic",
        {
            "GetRequesterStatistic.1.Statistic": "NumberHITsCreated",
            "GetRequesterStatistic.2.Statistic": "TotalRewardPayout",
            "GetRequesterStatistic.Shared.TimePeriod": "LifeToDate",
        },
    )
    assert answer.texts("GetStatisticResult/Statistic") == [
        "NumberHITsCreated",
        "TotalRewardPayout",
    ]
    assert answer.texts("GetStatisticResult/DataPoint/LongValue") == ["0"]
    assert answer.texts("GetStatisticResult/DataPoint/DoubleValue") == ["0.0"]


def test_trying_a_request(old: Any) -> None:
    """It is looked at and not performed, not even when several come in one call."""
    wanted = {
        "Title": "t",
        "Description": "d",
        "Reward.1.Amount": "0.05",
        "AssignmentDurationInSeconds": "600",
        "LifetimeInSeconds": "3600",
        "Question": EXTERNAL,
    }
    answer = old.give("CreateHIT", {**wanted, "Validate": "true"})
    assert answer.is_valid
    assert [child.tag for child in answer.root.find("HIT")] == ["Request"]
    batch = {f"CreateHIT.1.{name}": value for name, value in wanted.items()}
    assert old.give("CreateHIT", {**batch, "Validate": "T"}).is_valid
    assert old("SearchHITs").text(".//TotalNumResults") == "0"
    for changed, code in (
        ({"LifetimeInSeconds": "1"}, "AWS.ParameterOutOfRange"),
        ({"Question": "<QuestionForm>"}, MTURK + "XMLParseError"),
        ({"Title": ""}, "AWS.MissingParameters"),
        ({"Validate": "perhaps"}, MTURK + "InvalidParameterValue"),
    ):
        assert old.give("CreateHIT", {**wanted, "Validate": "true", **changed}).code == code
    page = old("GetBonusPayments", HITId="3NOPE", Validate="true")
    assert (page.is_valid, page.text(".//NumResults")) == (True, None)
    assert old("Help", About="GetHIT", Validate="true").texts("Information/*/IsValid") == ["True"]
    assert old(BALANCE, Validate="false").text(".//Amount") == "10000.00"


def test_the_request_repeated(old: Any) -> None:
    """With the group Request: as it was understood, and as it came, but for key and signature."""
    fields = {"HitId": "3NOPE", "ResponseGroup.0": "Minimal", "ResponseGroup.1": "Request"}
    headers = {"Content-Type": FORM, "User-Agent": 'a "b" <Errors>', "Cookie": "c=1"}
    signed = old.signed("GetHIT", Version="2008-08-02")
    answer = old.post(urlencode({**signed, **fields}), headers=headers)
    assert [child.tag for child in answer.root.find("OperationRequest")] == [
        "HTTPHeaders",
        "RequestId",
        "Arguments",
    ]
    told = {item.get("Name"): item.get("Value") for item in answer.root.iter("Argument")}
    del signed["Signature"], signed["AWSAccessKeyId"]
    assert told == {**signed, **fields}
    sent = {item.get("Name"): item.get("Value") for item in answer.root.iter("Header")}
    assert sent["user-agent"] == headers["User-Agent"]
    assert "cookie" not in sent
    assert old.key_id not in answer.body
    request = answer.root.find("HIT/Request")
    assert [child.tag for child in request] == ["IsValid", "GetHITRequest", "Errors"]
    assert [(child.tag, child.text) for child in request.find("GetHITRequest")] == [
        ("HITId", "3NOPE"),
        ("ResponseGroup", "Minimal"),
        ("ResponseGroup", "Request"),
    ]
    registered = old.give(
        "RegisterHITType",
        {
            "Title": "a <b>",
            "Description": "d",
            "Reward": "1",
            "Reward.1.Amount": "0.05",
            "AssignmentDurationInSeconds": "600",
            "ResponseGroup": "Request",
            "QualificationRequirement.1.QualificationTypeId": "00000000000000000071",
            "QualificationRequirement.1.Comparator": "EqualTo",
            "QualificationRequirement.1.LocaleValue.Country": "DE",
        },
    )
    assert registered.is_valid
    inner = registered.root.find("RegisterHITTypeResult/Request/RegisterHITTypeRequest")
    assert inner.findtext("Title") == "a <b>"
    assert inner.findtext("Reward/Amount") == "0.05"
    assert inner.findtext("QualificationRequirement/LocaleValue/Country") == "DE"
    listed = old("GetBonusPayments", HITId="3NOPE", PageSize="7", ResponseGroup="Request")
    assert listed.text(".//GetBonusPaymentsRequest/PageSize") == "7"
    help_ = old("Help", About="GetHIT", ResponseGroup="Request")
    assert help_.text("Information/Request/HelpRequest/About") == "GetHIT"
    assert "GetHITRequest" not in old("GetHIT", HITId="3NOPE").body


def test_early_versions_tell_of_similar_hits(old: Any) -> None:
    """How many others of the group are available; later versions do not have it."""
    wanted = {
        "Title": "t",
        "Description": "d",
        "Reward.1.Amount": "0.05",
        "AssignmentDurationInSeconds": "600",
        "LifetimeInSeconds": "3600",
        "Question": EXTERNAL,
    }
    hit_ids = [old.give("CreateHIT", wanted).text("HIT/HITId") for _ in range(3)]
    old("ForceExpireHIT", HITId=hit_ids[0])
    told = old("SearchHITs", Version="2008-08-02")
    assert told.texts(".//HIT/NumberOfSimilarHITs") == ["2", "1", "1"]
    names = [child.tag for child in told.root.findall(".//HIT")[0]]
    at = names.index("NumberOfSimilarHITs")
    assert names[at - 1] == "AssignmentDurationInSeconds"
    assert (
        old("GetHIT", HITId=hit_ids[1], Version="2005-10-01").text(".//NumberOfSimilarHITs") == "1"
    )
    for version in ("2011-09-01", "2014-08-15", "nonsense", ""):
        assert (
            old("GetHIT", HITId=hit_ids[1], Version=version).text(".//NumberOfSimilarHITs") is None
        )
    minimal = old("GetHIT", HITId=hit_ids[1], Version="2008-08-02", ResponseGroup="Minimal")
    assert minimal.text(".//NumberOfSimilarHITs") is None


def test_too_many_calls(old_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of each protocol, which its clients take for a reason to try again."""
    monkeypatch.setattr("kempelen.edges.aws.rates.READINGS_PER_SECOND", 0.001)
    old = old_with(limits__aws_api=True)
    answer = old(BALANCE)
    assert (answer.status, answer.root.tag) == (503, "Response")
    assert answer.text("Errors/Error/Code") == "ServiceUnavailable"
    assert answer.text("RequestID")
    fields = old.signed(BALANCE)
    inner = "".join(
        f"<{name}>{fields[name]}</{name}>" for name in ("AWSAccessKeyId", "Timestamp", "Signature")
    )
    namespace = "http://requester.mturk.amazonaws.com/doc/2014-08-15"
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<{BALANCE} xmlns="{namespace}">{inner}</{BALANCE}></e:Body></e:Envelope>'
    )
    fault = old.post(envelope, headers={"Content-Type": "text/xml"})
    assert (fault.status, fault.text(".//faultcode")) == (503, "aws:Server.ServiceUnavailable")
    with pytest.raises(old.market.client.exceptions.ClientError) as found:
        old.market.client.get_account_balance()
    assert found.value.response["Error"]["Code"] == "ThrottlingException"
    assert found.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert old("Help", About="GetHIT").is_valid
    # What is written is counted apart.
    assert old("BlockWorker", WorkerId="A1", Reason="r").code == MTURK + "InvalidParameterValue"


def test_what_breaks_tells_nothing(old: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 500, so that clients try again; the log has the rest."""

    def broken(*_: object) -> None:
        message = "a secret of the house"
        raise RuntimeError(message)

    monkeypatch.setattr("kempelen.operations.payments.balances", broken)
    answer = old(BALANCE)
    assert (answer.status, answer.root.tag) == (500, "Response")
    assert answer.text("Errors/Error/Code") == "InternalFailure"
    assert "secret" not in answer.body
    monkeypatch.setattr("kempelen.edges.aws.legacy.query.result", broken)
    answer = old(BALANCE)
    assert (answer.status, answer.text("Errors/Error/Code")) == (500, "InternalFailure")
    assert "secret" not in answer.body


@pytest.mark.parametrize("name", [*operations.BY_NAME])
def test_help_about_every_operation(old: Any, name: str) -> None:
    """What it takes and what it gives, from the same tables that it is served by."""
    answer = old("Help", About=name)
    assert answer.is_valid
    assert answer.text("Information/OperationInformation/Name") == name
    known = answer.texts("Information/OperationInformation/AvailableParameters/Parameter")
    required = answer.texts("Information/OperationInformation/RequiredParameters/Parameter")
    assert set(required) <= set(known)
    missing = old(name)
    if required:
        assert missing.code == "AWS.MissingParameters"
        assert all(str(item) in missing.message for item in required)


def test_help_about_response_groups(old: Any) -> None:
    """Which operations have them, and what they add; names that nobody knows are refused."""
    answer = old("Help", HelpType="ResponseGroup", About="HITQuestion,Parameters")
    assert answer.texts("Information/ResponseGroupInformation/Name") == [
        "HITQuestion",
        "Parameters",
    ]
    first = answer.root.findall("Information/ResponseGroupInformation")[0]
    assert [item.text for item in first.findall("Elements/Element")] == ["Question"]
    assert "GetHIT" in [item.text for item in first.findall("ValidOperations/Operation")]
    assert old("Help", About="Nothing").code == "AWS.InvalidEnumeratedParameter"
    assert old("Help", HelpType="Else", About="GetHIT").code == "AWS.InvalidEnumeratedParameter"
    assert old("Help").code == "AWS.MissingParameters"


def test_help_needs_no_key_but_checks_one(old: Any) -> None:
    """As its schema has it."""
    assert old.post("Service=AWSMechanicalTurkRequester&Operation=Help&About=GetHIT").is_valid
    assert old("Help", About="GetHIT", Signature="x").code == "AWS.NotAuthorized"
