"""Which JSON is accepted for which type, and how answers to failed requests look."""

import json
from typing import Any

import pytest

from kempelen.api import hits, qualifications, shape, types, workers
from kempelen.domain import errors
from kempelen.edges.aws import json_protocol, signatures

BODY_WRONG = [
    b"{",
    b"[]",
    b'"text"',
    b"null",
    b"3",
    b"  ",
    b"{} x",
    b'{"HITId":"3A","X":NaN}',
    b'{"HITId":"3A","X":"\xff"}',
    b'{"HITId":"\xff"}',
    b'{"HITId":"\\ud800"}',
    b'{"HITId":"3A","X":' + b"[" * 64 + b"]" * 64 + b"}",
    b'{"HITId":"3A","X":' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"}",
    b'{"HITId":"3A","X":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    b"[" * 200_000,
    b'{"HITId":1}',
    b'{"HITId":true}',
    b'{"HITId":["3A"]}',
    b'{"HITId":{"a":"3A"}}',
    b'{"HITId":1e999}',
]


@pytest.mark.parametrize("body", BODY_WRONG, ids=lambda body: body[:24].decode("ascii", "replace"))
def test_wrong_json_is_a_serialization_exception(body: bytes) -> None:
    with pytest.raises(shape.SerializationException) as refusal:
        json_protocol.decode(body, hits.GetHITRequest)
    status, name, answer = json_protocol.fault(refusal.value, 0, sandbox=False)
    assert (status, name) == (400, "SerializationException")
    assert json.loads(answer)["__type"] == "SerializationException"


ACCEPTED: list[tuple[type[shape.Shape], str, str, Any]] = [
    (hits.ListHITsRequest, '{"MaxResults":3.0}', "max_results", 3),
    (hits.ListHITsRequest, '{"MaxResults":1e1}', "max_results", 10),
    (hits.ListHITsRequest, '{"MaxResults":null}', "max_results", None),
    (hits.ListHITsRequest, '{"MaxResults":1,"MaxResults":2}', "max_results", 2),
    (hits.ListHITsRequest, '{"MaxResults":"x","MaxResults":2}', "max_results", 2),
    (hits.ListHITsRequest, '{"Unknown":{"a":[1]}}', "max_results", None),
    (hits.ListHITsRequest, "", "max_results", None),
    (hits.ListHITsRequest, '{"X":' + "[" * 63 + "]" * 63 + "}", "max_results", None),
    (hits.ListHITsRequest, '{"X":"' + '[{\\"' * 300 + '"}', "max_results", None),
    (hits.ListHITsRequest, '{"X":[' + "[]," * 300 + "{}]}", "max_results", None),
    (
        hits.CreateHITWithHITTypeRequest,
        '{"HITTypeId":"3A","LifetimeInSeconds":9223372036854775807}',
        "lifetime_in_seconds",
        2**63 - 1,
    ),
    (
        hits.CreateHITWithHITTypeRequest,
        '{"HITTypeId":"3A","LifetimeInSeconds":-9223372036854775808}',
        "lifetime_in_seconds",
        -(2**63),
    ),
    (types.Locale, '{"Country":"US","Subdivision":null}', "subdivision", None),
    (types.PolicyParameter, '{"Values":["a",""]}', "values", ("a", "")),
    (types.PolicyParameter, '{"Values":[]}', "values", ()),
    (types.PolicyParameter, '{"Key":"Überschrift ☃ \\ud83d\\ude00"}', "key", "Überschrift ☃ 😀"),
    (
        types.PolicyParameter,
        '{"MapEntries":[{"Key":null}]}',
        "map_entries",
        (types.ParameterMapEntry(),),
    ),
    (
        qualifications.ListQualificationTypesRequest,
        '{"MustBeRequestable":false}',
        "must_be_requestable",
        False,
    ),
]


@pytest.mark.parametrize(("request_shape", "body", "attribute", "value"), ACCEPTED)
def test_accepted(request_shape: type[shape.Shape], body: str, attribute: str, value: Any) -> None:
    decoded = getattr(json_protocol.decode(body.encode(), request_shape), attribute)
    assert decoded == value
    assert type(decoded) is type(value)


REFUSED: list[tuple[type[shape.Shape], str, str]] = [
    (hits.ListHITsRequest, '{"MaxResults":"3"}', "STRING_VALUE can not be converted to Integer"),
    (hits.ListHITsRequest, '{"MaxResults":3.5}', "DECIMAL_VALUE can not be converted to Integer"),
    (hits.ListHITsRequest, '{"MaxResults":true}', "TRUE_VALUE can not be converted to Integer"),
    (hits.ListHITsRequest, '{"MaxResults":2147483648}', "NUMBER_VALUE is out of the range of"),
    (hits.ListHITsRequest, '{"MaxResults":1e300}', "NUMBER_VALUE is out of the range of Integer"),
    (hits.ListHITsRequest, '{"MaxResults":[3]}', "Start of list found where not expected"),
    (hits.ListHITsRequest, '{"NextToken":5}', "NUMBER_VALUE can not be converted to String"),
    (hits.ListHITsRequest, '{"NextToken":{}}', "Start of structure or map found where not"),
    (
        hits.CreateHITWithHITTypeRequest,
        '{"HITTypeId":"3A","LifetimeInSeconds":9223372036854775808}',
        "NUMBER_VALUE is out of the range of Long",
    ),
    (
        qualifications.ListQualificationTypesRequest,
        '{"MustBeRequestable":"true"}',
        "STRING_VALUE can not be converted to Boolean",
    ),
    (
        qualifications.ListQualificationTypesRequest,
        '{"MustBeRequestable":1}',
        "NUMBER_VALUE can not be converted to Boolean",
    ),
    (
        workers.NotifyWorkersRequest,
        '{"Subject":"","MessageText":"","WorkerIds":"A1"}',
        "STRING_VALUE can not be converted to List",
    ),
    (
        workers.NotifyWorkersRequest,
        '{"Subject":"","MessageText":"","WorkerIds":[null]}',
        "NULL_VALUE can not be converted to String",
    ),
    (types.ReviewPolicy, '{"PolicyName":"x","Parameters":[5]}', "converted to Structure"),
    # A wrong type comes before violations, wherever both are.
    (hits.ListHITsRequest, '{"NextToken":"","MaxResults":"3"}', "STRING_VALUE can not be"),
]


@pytest.mark.parametrize(("request_shape", "body", "message"), REFUSED)
def test_refused(request_shape: type[shape.Shape], body: str, message: str) -> None:
    with pytest.raises(shape.SerializationException, match=message):
        json_protocol.decode(body.encode(), request_shape)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("1700000000", 1700000000.0),
        ("1700000000.25", 1700000000.25),
        ("-1", -1.0),
        ("1.7e9", 1700000000.0),
        ('"1700000000"', 1700000000.0),
        ('"1700000000.5"', 1700000000.5),
        ('"2023-11-14T22:13:20Z"', 1700000000.0),
        ('"2023-11-14T23:13:20+01:00"', 1700000000.0),
        ('"2023-11-14T22:13:20.500Z"', 1700000000.5),
        ('"2023-11-14T22:13:20"', 1700000000.0),
        ('"2023-11-14"', 1699920000.0),
    ],
)
def test_times(text: str, seconds: float) -> None:
    body = f'{{"HITId":"3A","ExpireAt":{text}}}'.encode()
    expire_at = json_protocol.decode(body, hits.UpdateExpirationForHITRequest).expire_at
    assert (expire_at, type(expire_at)) == (seconds, float)


@pytest.mark.parametrize(
    "text",
    [
        "true",
        '"soon"',
        '""',
        '"nan"',
        '"inf"',
        "[]",
        "{}",
        "1e300",
        "-1e12",
        "253402300800",
        '"' + "9" * 400 + '"',
        '"9999999999999"',
        '"2023-13-01"',
    ],
)
def test_no_times(text: str) -> None:
    body = f'{{"HITId":"3A","ExpireAt":{text}}}'.encode()
    with pytest.raises(shape.SerializationException):
        json_protocol.decode(body, hits.UpdateExpirationForHITRequest)


def test_times_are_sent_as_numbers_with_a_fraction() -> None:
    hit = types.HIT(hit_id="3A", creation_time=1700000000.0, qualification_requirements=())
    encoded = json_protocol.encode(hits.GetHITResponse(hit=hit))
    assert encoded == (
        b'{"HIT":{"HITId":"3A","CreationTime":1700000000.0,"QualificationRequirements":[]}}'
    )


FAULTS: list[tuple[BaseException, int, dict[str, str]]] = [
    (
        errors.HITDoesNotExist(hit_id="3PR3"),
        400,
        {
            "__type": "RequestError",
            "Message": "Hit 3PR3 does not exist. (1624047673969 s)",
            "TurkErrorCode": "AWS.MechanicalTurk.HITDoesNotExist",
        },
    ),
    (
        errors.ParameterOutOfRange(value=0, name="MaxAssignments", minimum=1, maximum=9),
        400,
        {
            "__type": "ParameterValidationError",
            "Message": "The value 0 is invalid for MaxAssignments. Valid values range from 1 to 9."
            " (1624047673969 s)",
            "TurkErrorCode": "AWS.ParameterOutOfRange",
            "Parameter": "MaxAssignments",
        },
    ),
    (
        errors.InvalidParameterCombination(names="Question, HITLayoutId"),
        400,
        {
            "__type": "InvalidParameterCombinationError",
            "Message": "The combination of parameters supplied to the request is invalid: "
            "Question, HITLayoutId. (1624047673969 s)",
            "TurkErrorCode": "AWS.MechanicalTurk.InvalidParameterCombination",
        },
    ),
    (
        ZeroDivisionError("a secret"),
        500,
        {
            "__type": "ServiceFault",
            "Message": "There was an error with this request. (1624047673969 s)",
            "TurkErrorCode": "AWS.ServiceUnavailable",
        },
    ),
    (
        json_protocol.UnknownOperationException(),
        400,
        {"__type": "UnknownOperationException"},
    ),
    (
        json_protocol.RequestEntityTooLargeException(4),
        413,
        {
            "__type": "RequestEntityTooLargeException",
            "message": "The request body is longer than 4 bytes.",
        },
    ),
    (
        json_protocol.ThrottlingException(),
        400,
        {"__type": "ThrottlingException", "message": "Rate exceeded"},
    ),
    (
        json_protocol.AccessDeniedException(arn="arn:x", operation="GetHIT"),
        400,
        {
            "__type": "AccessDeniedException",
            "message": "User: arn:x is not authorized to perform: mechanicalturk:GetHIT",
        },
    ),
    (
        signatures.SignatureFault("IncompleteSignatureException", "why"),
        400,
        {"__type": "IncompleteSignatureException", "message": "why"},
    ),
]


@pytest.mark.parametrize(("error", "status", "body"), FAULTS, ids=lambda each: type(each).__name__)
def test_faults(error: BaseException, status: int, body: dict[str, str]) -> None:
    answer = json_protocol.fault(error, 1624047673969, sandbox=True)
    assert (answer[0], answer[1], json.loads(answer[2])) == (status, body["__type"], body)
    production = json.loads(json_protocol.fault(error, 1624047673969, sandbox=False)[2])
    assert production == {name: text.replace(" s)", ")") for name, text in body.items()}
