"""botocore serialises and we decode; we encode and botocore parses: nothing is lost either way."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.model import ServiceModel
from botocore.model import Shape as ModelShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kempelen.api import catalogue, shape
from kempelen.edges.aws import json_protocol

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SETTINGS = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def values(theirs: ModelShape) -> st.SearchStrategy[Any]:
    """Give values that the model allows, as boto3 takes and returns them."""
    limits = theirs.metadata
    match theirs.type_name:
        case "structure":
            members = {name: values(member) for name, member in theirs.members.items()}
            required = {name: members.pop(name) for name in theirs.required_members}
            return st.fixed_dictionaries(required, optional=members)
        case "list":
            return st.lists(values(theirs.member), max_size=3)
        case "string":
            return texts(theirs)
        case "integer":
            return st.integers(limits.get("min", -(2**31)), limits.get("max", 2**31 - 1))
        case "long":
            return st.integers(-(2**63), 2**63 - 1)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.integers(0, 4_000_000_000).map(lambda each: datetime.fromtimestamp(each, UTC))
    raise AssertionError(theirs.type_name)


def texts(theirs: ModelShape) -> st.SearchStrategy[str]:
    limits = theirs.metadata
    if theirs.enum:
        return st.sampled_from(theirs.enum)
    match limits.get("pattern"):
        case None:
            return st.text(min_size=limits.get("min", 0), max_size=min(limits.get("max", 20), 20))
        case "^[A-Z0-9]+$":
            return st.text(UPPER, min_size=1, max_size=64)
        case "^A[A-Z0-9]+$":
            return st.text(UPPER, min_size=1, max_size=63).map(lambda tail: "A" + tail)
        case r"^[0-9]+(\.)?[0-9]{0,2}$":
            return st.from_regex(r"[0-9]{1,5}(\.[0-9]{0,2})?", fullmatch=True)
    raise AssertionError(limits)


def on_the_wire(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: on_the_wire(each) for name, each in value.items()}
    if isinstance(value, list):
        return [on_the_wire(each) for each in value]
    return value.timestamp() if isinstance(value, datetime) else value


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
@SETTINGS
@given(data=st.data())
def test_what_botocore_serialises_is_decoded(
    model: ServiceModel, name: str, data: st.DataObject
) -> None:
    operation = model.operation_model(name)
    parameters = data.draw(values(operation.input_shape))
    sent = create_serializer("json").serialize_to_request(parameters, operation)
    request = json_protocol.decode(sent["body"], catalogue.OPERATIONS[name][0])
    assert msgspec.to_builtins(request) == plain(on_the_wire(parameters))
    shape.check(request)
    # The slow way gives the same.
    assert shape.read(msgspec.json.decode(sent["body"]), type(request)) == request


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
@SETTINGS
@given(data=st.data())
def test_what_is_encoded_botocore_parses(
    model: ServiceModel, name: str, data: st.DataObject
) -> None:
    operation = model.operation_model(name)
    members = data.draw(values(operation.output_shape))
    response = msgspec.convert(on_the_wire(members), catalogue.OPERATIONS[name][1])
    raw = {"status_code": 200, "headers": {}, "body": json_protocol.encode(response)}
    parsed = create_parser("json").parse(raw, operation.output_shape)
    del parsed["ResponseMetadata"]
    assert parsed == members


def plain(value: Any) -> Any:
    # Structures hold tuples where JSON has lists.
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return tuple(map(plain, value)) if isinstance(value, list) else value


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["A1", "a b", "", "HIT", "3.5", "2024-01-01T00:00:00Z", "A" * 65, "A1\n"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Key", "Values", "Country", "PolicyName", "Destination"]), inner
        )
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
@SETTINGS
@given(data=st.data())
def test_quick_and_slow_reading_agree(name: str, data: st.DataObject) -> None:
    request_shape = catalogue.OPERATIONS[name][0]
    names = [member.wire for member in shape.members(request_shape)]
    members = data.draw(
        st.dictionaries(st.sampled_from(names), JSON_VALUES) if names else st.just({})
    )
    body = msgspec.json.encode(members)
    slow = outcome(lambda: shape.read(msgspec.json.decode(body), request_shape))
    assert outcome(lambda: json_protocol.decode(body, request_shape)) == slow
    if isinstance(slow, shape.Shape):
        shape.check(slow)


def outcome(attempt: Any) -> Any:
    try:
        return attempt()
    except (shape.ValidationException, shape.SerializationException) as error:
        return type(error), error.message


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
def test_a_response_without_members_is_an_empty_object(name: str) -> None:
    assert json_protocol.encode(catalogue.OPERATIONS[name][1]()) == b"{}"
    assert json_protocol.encode(None) == b"{}"
