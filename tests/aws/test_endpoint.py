"""The AWS JSON 1.1 endpoint: what is answered to whatever can be sent to it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials

from kempelen.api import catalogue
from kempelen.operations import served

BALANCE = "GetAccountBalance"


def test_a_call_is_answered(wire: Any) -> None:
    """200, the content type of the protocol, a request id in the form of a UUID."""
    answer = wire.call(BALANCE, {})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert re.fullmatch(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-amzn-requestid"]
    )
    assert answer.json == {"AvailableBalance": "10000.00"}
    again = wire.call(BALANCE, {})
    assert again.headers["x-amzn-requestid"] != answer.headers["x-amzn-requestid"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b' { "Unknown": [1, {"a": null}] } ', b'{"a":1,"a":2}']
)
def test_bodies_that_mean_nothing(wire: Any, body: bytes) -> None:
    """An empty body is an empty object; unknown members are ignored."""
    assert wire.call(BALANCE, body).json == {"AvailableBalance": "10000.00"}


def test_null_counts_as_absent_and_the_last_of_two_members_wins(wire: Any) -> None:
    """As AWS decodes JSON."""
    assert wire.call("ListHITs", {"NextToken": None, "MaxResults": None}).status == 200
    answer = wire.call("ListHITs", b'{"MaxResults": 0, "MaxResults": 5}')
    assert answer.json == {"NumResults": 0, "HITs": []}


def test_operations_without_output_answer_an_empty_object(wire: Any, publish: Any) -> None:
    """SDKs take that for success."""
    hit_id = publish()["HITId"]
    answer = wire.call("UpdateExpirationForHIT", {"HITId": hit_id, "ExpireAt": 0})
    assert (answer.status, answer.raw) == (200, b"{}")


@pytest.mark.parametrize(
    "target",
    [None, "", "GetHIT", "Other.GetHIT", "MTurkRequesterServiceV20170117.getHIT",
     "MTurkRequesterServiceV20170117.", "MTurkRequesterServiceV20170117.DropTables"],
)  # fmt: skip
def test_unknown_operations(wire: Any, target: str | None) -> None:
    """The target is missing, of another service, or names no operation; no message."""
    request = wire.signed(BALANCE, {})
    if target is None:
        del request.headers["X-Amz-Target"]
    else:
        request = wire.signed(BALANCE, {}, X_Amz_Target=target)
        request.headers.replace_header("X-Amz-Target", target)
    answer = wire.send(request)
    assert answer.status == 400
    if target is None:
        assert answer.json == {"__type": "UnknownOperationException"}
    else:
        assert answer.type in {"UnknownOperationException", "InvalidSignatureException"}


def test_every_operation_of_the_catalogue_is_served() -> None:
    assert served.BY_NAME.keys() == catalogue.OPERATIONS.keys()


@pytest.mark.parametrize(
    "body", [b"[]", b'"text"', b"1", b"null", b"{", b'{"HITId": }', b"\xff\xfe", b"<xml/>", b"{}{}"]
)
def test_what_is_no_json_object(wire: Any, body: bytes) -> None:
    """A SerializationException, before anything else about the request is judged."""
    answer = wire.call("GetHIT", body)
    assert (answer.status, answer.type) == (400, "SerializationException")
    assert "TurkErrorCode" not in answer.json


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetHIT", {"HITId": 3}),
        ("ListHITs", {"MaxResults": "10"}),
        ("ListHITs", {"MaxResults": 1.5}),
        ("ListHITs", {"MaxResults": 2**31}),
        ("ApproveAssignment", {"AssignmentId": "3A", "OverrideRejection": "true"}),
        ("UpdateExpirationForHIT", {"HITId": "3A", "ExpireAt": "soon"}),
        ("CreateHITType", {"QualificationRequirements": {}}),
    ],
)
def test_wrong_types(wire: Any, operation: str, body: dict[str, Any]) -> None:
    """A member of another JSON type is wrong JSON, not a wrong value."""
    assert wire.call(operation, body).type == "SerializationException"


def test_numbers_without_fraction_are_integers(wire: Any) -> None:
    """As some clients send them."""
    assert wire.call("ListHITs", b'{"MaxResults": 3.0}').status == 200


@pytest.mark.parametrize("moment", [0, 0.0, "0", "1970-01-01T00:00:00Z", "1e3"])
def test_forms_of_a_timestamp(wire: Any, publish: Any, moment: object) -> None:
    """Numbers, numbers as text, and ISO 8601."""
    body = {"HITId": publish()["HITId"], "ExpireAt": moment}
    assert wire.call("UpdateExpirationForHIT", body).status == 200


def test_all_violations_are_reported_together(wire: Any) -> None:
    """In the words of AWS, without a time and without a code."""
    answer = wire.call("ListAssignmentsForHIT", {"HITId": "no!", "MaxResults": 101})
    assert (answer.status, answer.type) == (400, "ValidationException")
    assert answer.json["message"] == (
        "2 validation errors detected: Value 'no!' at 'hITId' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[A-Z0-9]+$; Value '101' at "
        "'maxResults' failed to satisfy constraint: Member must have value less than or equal to "
        "100"
    )
    missing = wire.call("GetHIT", {})
    assert missing.json["message"] == (
        "1 validation error detected: Value null at 'hITId' failed to satisfy constraint: "
        "Member must not be null"
    )
    assert missing.json.keys() == {"__type", "message"}


def test_business_errors_carry_code_and_time(wire: Any) -> None:
    """`Message` ends with the market's milliseconds in parentheses; the header names the type."""
    answer = wire.call("GetHIT", {"HITId": "3NOSUCHHIT"})
    now = int(wire.market.clock.now().timestamp() * 1000)
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"] == "RequestError"
    assert answer.json == {
        "__type": "RequestError",
        "Message": f"Hit 3NOSUCHHIT does not exist. ({now})",
        "TurkErrorCode": "AWS.MechanicalTurk.HITDoesNotExist",
    }


def test_parameter_errors_name_the_parameter(wire: Any, publish: Any) -> None:
    """A documented range that the model does not have."""
    body = {"HITId": publish()["HITId"], "NumberOfAdditionalAssignments": 0}
    answer = wire.call("CreateAdditionalAssignmentsForHIT", body)
    assert answer.type == "ParameterValidationError"
    assert answer.json["Parameter"] == "NumberOfAdditionalAssignments"
    assert answer.json["TurkErrorCode"] == "AWS.ParameterOutOfRange"
    assert answer.json["Message"].startswith(
        "The value 0 is invalid for NumberOfAdditionalAssignments. Valid values range from 1 to "
    )


def test_too_large_and_too_deep(wire: Any) -> None:
    """Limits before work."""
    answer = wire.call(BALANCE, b'{"a": "' + b"x" * 4_194_304 + b'"}')
    assert (answer.status, answer.type) == (413, "RequestEntityTooLargeException")
    assert "4194304" in answer.json["message"]
    deep = wire.call(BALANCE, b'{"a":' * 65 + b"1" + b"}" * 65)
    assert (deep.status, deep.type) == (400, "SerializationException")
    assert wire.call(BALANCE, b'{"a":' * 64 + b"1" + b"}" * 64).status == 200


def test_unsigned(wire: Any) -> None:
    """Nobody in particular is nobody."""
    headers = {"X-Amz-Target": f"MTurkRequesterServiceV20170117.{BALANCE}"}
    answer = wire.post(wire.market.url + "/", b"{}", headers)
    assert (answer.status, answer.type) == (400, "MissingAuthenticationTokenException")
    assert answer.json["message"] == "Missing Authentication Token"


def test_wrong_keys(wire: Any) -> None:
    """An unknown key, and a known one with another secret."""
    unknown = wire.call(BALANCE, {}, credentials=Credentials("AKIAUNKNOWN", "secret"))
    assert (unknown.status, unknown.type) == (400, "UnrecognizedClientException")
    known = Credentials(wire.credentials.access_key, "another secret")
    assert wire.call(BALANCE, {}, credentials=known).type == "InvalidSignatureException"


def test_tampered(wire: Any) -> None:
    """Another body, another header, another target than was signed."""
    request = wire.signed("GetHIT", {"HITId": "3A"})
    assert wire.send(request, body=b'{"HITId": "3B"}').type == "InvalidSignatureException"
    target = f"MTurkRequesterServiceV20170117.{BALANCE}"
    assert wire.send(request, X_Amz_Target=target).type == "InvalidSignatureException"
    assert wire.send(request).json["TurkErrorCode"].endswith("HITDoesNotExist")


def test_wrong_service(wire: Any) -> None:
    """A signature for another service is of no use here."""
    answer = wire.call(BALANCE, {}, service="sqs")
    assert answer.type == "InvalidSignatureException"
    assert answer.json["message"] == (
        "Credential should be scoped to correct service: 'mturk-requester'."
    )


@pytest.mark.parametrize("minutes", [-6, 6])
def test_clocks_may_differ_by_five_minutes(
    wire: Any, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """Judged by the real time, wherever the market's clock stands."""
    wire.market.advance(days=30)
    assert wire.call(BALANCE, {}).status == 200
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment.replace(tzinfo=None))
    answer = wire.call(BALANCE, {})
    assert answer.type == "InvalidSignatureException"
    assert "Signature" in answer.json["message"]


@pytest.mark.parametrize(
    "authorization", ["nonsense", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b", "Bearer x"]
)
def test_malformed_signatures(wire: Any, authorization: str) -> None:
    """The message names what is missing."""
    answer = wire.send(wire.signed(BALANCE, {}), Authorization=authorization)
    assert (answer.status, answer.type) == (400, "IncompleteSignatureException")


def test_a_base_path_and_any_host(wire: Any) -> None:
    """Deployments below a path, and host names that the server does not know."""
    assert wire.call(BALANCE, {}, path="/mturk/api/").status == 200
    assert wire.call(BALANCE, {}, Host="mturk.example.org").status == 200


def test_an_identical_request_is_answered_again(wire: Any) -> None:
    """As on AWS; operations have their own idempotency."""
    request = wire.signed(BALANCE, {})
    assert [wire.send(request).status for _ in range(3)] == [200] * 3


def test_nonsense_never_breaks_the_server(wire: Any) -> None:
    """Bytes of every kind get a fault, never a 500, and the next call is answered."""
    for body in (b"\0" * 100, b'{"HITId": "\\ud800"}', json.dumps({"HITId": "A" * 5000}).encode()):
        for operation in ("GetHIT", "CreateHIT", "ListHITs", "SendBonus"):
            assert wire.call(operation, body).status in {200, 400}
    assert wire.call(BALANCE, {}).status == 200
