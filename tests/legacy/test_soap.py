"""SOAP 1.1 through zeep, from our own WSDL; raw envelopes where a client would not send them."""

import importlib
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from lxml import etree

from kempelen.edges.aws.legacy import operations
from kempelen.testing.market import Kempelen

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "http://requester.mturk.amazonaws.com/doc/"
NEWEST = "2014-08-15"
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)
ALL = "".join(f"<ResponseGroup>{name}</ResponseGroup>" for name in ("Request", "HITDetail"))
HIT = {
    "Title": "Größe <b>",
    "Description": "d",
    "Reward": {"Amount": "0.05", "CurrencyCode": "USD"},
    "AssignmentDurationInSeconds": 600,
    "LifetimeInSeconds": 3600,
    "MaxAssignments": 2,
    "Question": EXTERNAL,
    "QualificationRequirement": [
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "In",
            "LocaleValue": [{"Country": "DE"}, {"Country": "US", "Subdivision": "NY"}],
        }
    ],
}


class Soap:
    """Calls through a client that zeep made from the WSDL of a version."""

    def __init__(self, old: Any, session: requests.Session, version: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zeep: Any = importlib.import_module("zeep")  # it warns about what it imports
        address = f"{old.market.url}/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.wsdl"
        self.client = zeep.Client(address, transport=zeep.Transport(session=session))
        self.old = old

    def __call__(self, operation: str, *asked: dict[str, Any]) -> Any:
        """Call an operation with some requests."""
        # As Axis, Ruby and Node write it.
        timestamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.321Z"
        return getattr(self.client.service, operation)(
            AWSAccessKeyId=self.old.key_id,
            Timestamp=timestamp,
            Signature=self.old.signature(f"AWSMechanicalTurkRequester{operation}{timestamp}"),
            Request=list(asked),
        )


@pytest.fixture
def soap_of(old: Any) -> Iterator[Callable[[str], Soap]]:
    """A function that gives the calls of a version."""
    with requests.Session() as session:
        yield lambda version: Soap(old, session, version)


@pytest.fixture
def soap(soap_of: Callable[[str], Soap]) -> Soap:
    """Calls of the newest version."""
    return soap_of(NEWEST)


def envelope(body: str, before: str = "") -> bytes:
    """An envelope around markup."""
    return (
        f'{before}<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>{body}'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def signed(old: Any, operation: str, inner: str, version: str = NEWEST) -> str:
    """The element of a call with its signature."""
    fields = old.signed(operation)
    common = "".join(
        f"<{name}>{fields[name]}</{name}>" for name in ("AWSAccessKeyId", "Timestamp", "Signature")
    )
    return f'<{operation} xmlns="{NAMESPACE}{version}">{common}{inner}</{operation}>'


def post(old: Any, body: bytes, path: str = "/", **headers: str) -> Any:
    """Post an envelope."""
    return old.post(body, path, headers={"Content-Type": "text/xml", **headers})


def test_a_hit_through_its_life(kempelen: Kempelen, soap: Soap) -> None:
    """Made, seen, worked, listed, decided, paid for, disposed of."""
    made = soap("CreateHIT", {**HIT, "ResponseGroup": ["HITDetail", "HITQuestion"]}).HIT[0]
    assert made.Request.IsValid == "True"
    assert (made.Title, made.Question) == ("Größe <b>", EXTERNAL)
    assert str(made.Reward.Amount) == "0.05"
    assert made.Expiration == kempelen.clock.now().replace(microsecond=0) + (
        made.Expiration - made.CreationTime
    )
    (requirement,) = made.QualificationRequirement
    assert [(item.Country, item.Subdivision) for item in requirement.LocaleValue] == [
        ("DE", None),
        ("US", "NY"),
    ]
    assert requirement.RequiredToPreview is False
    work = kempelen.add_worker(country="DE").do(made.HITId, {"tag": "x"})["assignment_id"]
    kempelen.add_worker(country="DE").do(made.HITId, {"tag": "y"})
    page = soap("GetAssignmentsForHIT", {"HITId": made.HITId, "PageSize": 1})
    (result,) = page.GetAssignmentsForHITResult
    assert (result.NumResults, result.TotalNumResults, result.PageNumber) == (1, 2, 1)
    assert "QuestionFormAnswers" in result.Assignment[0].Answer
    ids = [
        item.AssignmentId
        for item in soap("GetAssignmentsForHIT", {"HITId": made.HITId})
        .GetAssignmentsForHITResult[0]
        .Assignment
    ]
    assert work in ids
    approved = soap("ApproveAssignment", *({"AssignmentId": item} for item in ids))
    assert [item.Request.IsValid for item in approved.ApproveAssignmentResult] == ["True"] * 2
    balance = soap("GetAccountBalance").GetAccountBalanceResult[0].AvailableBalance
    assert (str(balance.Amount), balance.FormattedPrice) == ("9999.90", "$9,999.90")
    soap("DisposeHIT", {"HITId": made.HITId})
    assert soap("GetHIT", {"HITId": made.HITId}).HIT[0].HITStatus == "Disposed"


def test_refusals_are_no_faults(soap: Soap) -> None:
    """They stand in the result, in the order of the requests."""
    answer = soap("GetHIT", {"HITId": "3NOPE"}, {"HITId": "3NEITHER"})
    assert [item.Request.IsValid for item in answer.HIT] == ["False", "False"]
    (error,) = answer.HIT[1].Request.Errors.Error
    assert error.Code == "AWS.MechanicalTurk.HITDoesNotExist"
    assert [(item.Key, item.Value) for item in error.Data] == [("HITId", "3NEITHER")]


def test_wrong_keys_are_no_faults_either(old: Any, soap: Soap) -> None:
    """They stand beside the request id."""
    old.secret = "another"
    answer = soap("GetAccountBalance")
    assert answer.GetAccountBalanceResult == []
    assert [item.Code for item in answer.OperationRequest.Errors.Error] == ["AWS.NotAuthorized"]


def test_statuses_and_names_of_review_results(kempelen: Kempelen, soap: Soap) -> None:
    """As the schema has them: one name for subjects, statuses in words."""
    made = soap(
        "CreateHIT",
        {
            **HIT,
            "QualificationRequirement": [],
            "AssignmentReviewPolicy": {
                "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
                "Parameter": [
                    {"Key": "AnswerKey", "MapEntry": [{"Key": "tag", "Value": ["dog"]}]},
                    {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Value": ["100"]},
                ],
            },
        },
    ).HIT[0]
    kempelen.add_worker().do(made.HITId, {"tag": "dog"})
    (told,) = soap("GetReviewResultsForHIT", {"HITId": made.HITId}).GetReviewResultsForHITResult
    report = told.AssignmentReviewReport
    assert [(item.Key, item.SubjectType) for item in report.ReviewResult] == [
        ("KnownAnswerCorrect", "Assignment"),
        ("KnownAnswerScore", "Assignment"),
    ]
    assert [(item.ActionName, item.Status) for item in report.ReviewAction] == [
        ("review", "Succeeded"),
        ("approve", "Succeeded"),
    ]


def test_help_needs_no_key(soap: Soap) -> None:
    """As its schema has it."""
    answer = soap.client.service.Help(Request=[{"About": ["GetHIT"]}])
    (told,) = answer.Information[0].OperationInformation
    assert told.RequiredParameters.Parameter == ["HITId"]


@pytest.mark.parametrize("version", ["2007-06-21", "2012-03-25", NEWEST])
def test_versions(soap_of: Callable[[str], Soap], version: str) -> None:
    """An answer has the namespace of its call, and early ones no member that came later."""
    soap = soap_of(version)
    made = soap("CreateHIT", {**HIT, "ResponseGroup": ["HITDetail"]}).HIT[0]
    is_early = version == "2007-06-21"
    assert (getattr(made, "HITGroupId", None) is None) is is_early
    assert (made.QualificationRequirement == []) is is_early
    assert (getattr(made, "NumberOfSimilarHITs", None) == 0) is is_early


@pytest.mark.parametrize("version", ["2007-06-21", NEWEST])
def test_answers_are_valid_by_the_schema(old: Any, soap: Soap, version: str) -> None:
    """Which is served beside the WSDL, with this server's own address."""
    base = f"/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester"
    schema = etree.XMLSchema(etree.fromstring(old.request("GET", f"{base}.xsd").raw))
    hit_id = soap("CreateHIT", HIT).HIT[0].HITId
    old.market.add_worker(country="DE").do(hit_id, {"tag": "x"})
    for operation, inner in (
        ("GetAccountBalance", ""),
        ("GetHIT", f"<Request><HITId>{hit_id}</HITId></Request>"),
        ("GetAssignmentsForHIT", f"<Request><HITId>{hit_id}</HITId></Request>"),
        ("SearchHITs", "<Request/>"),
        ("GetHIT", "<Request><HITId>3NOPE</HITId></Request>"),
        ("GetRequesterStatistic", "<Request><Statistic>TotalRewardPayout</Statistic></Request>"),
        ("GetHIT", f"<Request><HITId>{hit_id}</HITId>{ALL}</Request>"),
        ("SearchHITs", f"<Request><PageSize>5</PageSize>{ALL}</Request>"),
        ("GetHIT", f"<Request><HITId>3NOPE</HITId>{ALL}</Request>"),
        ("Help", f"<Request><About>GetHIT</About>{ALL}</Request>"),
    ):
        answer = post(old, envelope(signed(old, operation, inner, version)))
        assert answer.status == 200
        (told,) = etree.fromstring(answer.raw).iterfind(f"{{{ENVELOPE}}}Body/*")
        assert told.tag == f"{{{NAMESPACE}{version}}}{operation}Response"
        schema.assertValid(told)
    described = old.request("GET", f"{base}.wsdl").body
    assert f'location="{old.market.url}/?Service=AWSMechanicalTurkRequester"' in described
    later = 6 if version == "2007-06-21" else 0
    assert described.count("<soap:operation ") == len(operations.BY_NAME) + 1 - later


def test_descriptions_that_there_are_not(old: Any) -> None:
    """The newest without a version; nothing for other names."""
    base = "/AWSMechanicalTurk"
    newest = old.request("GET", f"{base}/AWSMechanicalTurkRequester.wsdl")
    assert f"{NAMESPACE}{NEWEST}" in newest.body
    for path in (f"{base}/now/AWSMechanicalTurkRequester.wsdl",
                 f"{base}/{NEWEST}/AWSMechanicalTurkRequester.exe"):  # fmt: skip
        assert old.request("GET", path).status == 404


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/?Service=AWSMechanicalTurkRequester", {"SOAPAction": '"http://soap.amazon.com"'}),
        ("/onca/soap?Service=AWSMechanicalTurkRequester", {"Content-Type": "text/xml; charset=x"}),
        ("/onca/xml", {"Content-Type": "application/octet-stream", "SOAPAction": ""}),
        ("/", {"Content-Type": "application/x-www-form-urlencoded"}),
    ],
)
def test_addresses(old: Any, path: str, headers: dict[str, str]) -> None:
    """Of the WSDL, of ruby-aws and of others; the action is ignored."""
    before = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n'
    body = envelope(signed(old, "GetAccountBalance", "<Request/>"), before)
    answer = post(old, body, path, **headers)
    assert "<AvailableBalance>" in answer.body


def test_absent_elements_and_unknown_ones(old: Any) -> None:
    """xsi:nil is absence, as Axis writes it; headers and strange elements are ignored."""
    instance = "http://www.w3.org/2001/XMLSchema-instance"
    nil = f'<PageSize xmlns:xsi="{instance}" xsi:nil="true">0</PageSize>'
    call = signed(old, "SearchHITs", f"<Request>{nil}<Colour>red</Colour></Request>")
    head = '<soapenv:Header><X-Amazon-Software xmlns="http://amazonaws.com/header">x</X-Amazon-Software></soapenv:Header>'
    body = envelope(call).replace(b"<soapenv:Body>", head.encode() + b"<soapenv:Body>")
    assert "<IsValid>True</IsValid>" in post(old, body).body


DOCTYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        b"<soapenv:Envelope>",
        envelope(""),
        envelope("<a/><b/>"),
        envelope("<DropTables/>"),
        envelope("<SetWorkerAcceptLimit/>"),
        envelope("<GetHIT><Request><HITId>&e;</HITId></Request></GetHIT>", DOCTYPE),
        envelope("<a>" * 200 + "</a>" * 200),
        b'<e:Envelope xmlns:e="http://www.w3.org/2002/12/soap-envelope"><e:Body/></e:Envelope>',
    ],
)
def test_faults(old: Any, body: bytes) -> None:
    """For what is no call: HTTP status 500, the client's fault, nothing of the house."""
    answer = post(old, body)
    assert answer.status == 500
    (fault,) = answer.root.find(f"{{{ENVELOPE}}}Body")
    assert fault.tag == f"{{{ENVELOPE}}}Fault"
    assert fault.findtext("faultcode") == "soapenv:Client"
    assert "root:" not in answer.body
    assert "DropTables" not in answer.body


def test_soap_1_2(old: Any) -> None:
    """Answered in kind, faults too."""
    later = "http://www.w3.org/2003/05/soap-envelope"

    def sent(body: str) -> Any:
        content = envelope(body).replace(ENVELOPE.encode(), later.encode())
        return old.post(content, headers={"Content-Type": "application/soap+xml; charset=utf-8"})

    answer = sent(signed(old, "GetAccountBalance", "<Request/>"))
    assert (answer.status, answer.root.tag) == (200, f"{{{later}}}Envelope")
    assert answer.headers["content-type"] == "application/soap+xml;charset=UTF-8"
    assert "<Amount>10000.00</Amount>" in answer.body
    for body in ("", "<DropTables/>"):
        fault = sent(body)
        assert fault.status == 400
        code = fault.text(f".//{{{later}}}Code/{{{later}}}Value")
        assert code == "soapenv:Sender"
        assert fault.text(f".//{{{later}}}Reason/{{{later}}}Text")


def test_a_fault_of_the_server(old: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tells nothing; proxies of old try again."""

    def broken(*_: object) -> None:
        message = "a secret of the house"
        raise RuntimeError(message)

    monkeypatch.setattr("kempelen.operations.payments.balances", broken)
    answer = post(old, envelope(signed(old, "GetAccountBalance", "<Request/>")))
    assert (answer.status, answer.text(".//faultcode")) == (500, "soapenv:Server")
    assert "secret" not in answer.body


def test_switched_off(old_with: Callable[..., Any]) -> None:
    """By itself, or with the older API."""
    old = old_with(legacy__soap=False)
    assert post(old, envelope("<GetHIT/>")).code == "Forbidden"
    assert old("GetAccountBalance").is_valid
    old = old_with(legacy__enabled=False)
    assert post(old, envelope("<GetHIT/>")).status == 403
    wsdl = "/AWSMechanicalTurk/AWSMechanicalTurkRequester.wsdl"
    assert old.request("GET", wsdl).status == 403
