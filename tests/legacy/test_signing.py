"""The three signature schemes, against published vectors and against boto's own signer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from kempelen.edges.aws.access_keys import AccessKey
from kempelen.edges.aws.legacy import signing
from kempelen.edges.aws.legacy.faults import BadClaimsSupplied, MissingCredentials, NotAuthorized
from kempelen.edges.aws.legacy.signing import Acceptance, SignedCall

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime(2014, 8, 15, 12, tzinfo=UTC)
EVERY = Acceptance(schemes=frozenset("012"), skew=timedelta(minutes=15))
V0 = "r+4X6BSBZPl8pXZgc3crQOYu1qk="
V1 = "NdOedd0Yku+FF296P6sxIE+3xUg="
V2 = "ZQdAT4AIVVjtxq6jKVJ39gPEGxikZj/a1a79rnwqpuk="
VERSIONED = {
    "AWSAccessKeyId": KEY_ID,
    "HITId": "3XEXAMPLEHITID0000000000000001",
    "Operation": "GetHIT",
    "Timestamp": "2014-08-15T12:00:00Z",
    "Version": "2014-08-15",
}


def find(access_key_id: str) -> Any:
    if access_key_id != KEY_ID:
        return None
    requester: Any = object()
    return AccessKey(
        access_key_id=KEY_ID, secret=SECRET, requester=requester, read_at=0.0, generation=0
    )


def verify(
    fields: dict[str, str], *, at: datetime = NOW, accepted: Acceptance = EVERY, **call: str
) -> str:
    signed = SignedCall(
        fields=tuple(fields.items()),
        operation=fields["Operation"],
        **{"method": "POST", "host": "mturk.example.org", "path": "/", **call},
    )
    found: AccessKey = signing.verify(signed, at, find, accepted)
    return found.access_key_id


def documented(operation: str, timestamp: str, signature: str, **more: str) -> dict[str, str]:
    return {
        "AWSAccessKeyId": KEY_ID,
        "Operation": operation,
        "Timestamp": timestamp,
        "Signature": signature,
        **more,
    }


@pytest.mark.parametrize("version", [{}, {"SignatureVersion": "0"}])
def test_the_documented_scheme(version: dict[str, str]) -> None:
    """Service, operation and the text of the timestamp."""
    fields = documented("GetHIT", "2014-08-15T12:00:00Z", V0, **version)
    assert verify(fields) == KEY_ID


def test_a_timestamp_is_signed_as_it_is_written() -> None:
    """With its fraction."""
    signature = "OpTDjOS1SUDH6OKJmI8Tj1ifxVk="
    timestamp = "2014-08-15T12:00:00.321Z"
    assert verify(documented("GetAccountBalance", timestamp, signature)) == KEY_ID
    with pytest.raises(NotAuthorized):
        verify(documented("GetAccountBalance", "2014-08-15T12:00:00Z", signature))


def test_a_plus_that_became_a_space() -> None:
    """Some clients do not escape their signature."""
    fields = documented("GetHIT", "2014-08-15T12:00:00Z", V0.replace("+", " "))
    assert verify(fields) == KEY_ID


def test_every_parameter_is_signed_in_version_1() -> None:
    """In the order of their names."""
    fields = {**VERSIONED, "SignatureVersion": "1", "Signature": V1}
    assert verify(fields) == KEY_ID
    with pytest.raises(NotAuthorized):
        verify({**fields, "HITId": "3XEXAMPLEHITID0000000000000002"})


def test_the_request_is_signed_in_version_2() -> None:
    """With method, host and path."""
    method = {"SignatureVersion": "2", "SignatureMethod": "HmacSHA256"}
    fields = {**VERSIONED, **method, "Signature": V2}
    assert verify(fields, host="MTurk.example.org") == KEY_ID
    with pytest.raises(NotAuthorized):
        verify(fields, method="GET")
    with pytest.raises(NotAuthorized):
        verify(fields, host="other.example.org")
    with pytest.raises(NotAuthorized):
        verify(fields, path="/onca/xml")
    with pytest.raises(NotAuthorized, match="SignatureMethod"):
        verify({**fields, "SignatureMethod": "HmacMD5"})


def test_the_signer_of_boto(boto2: Any, connect: Callable[..., Any]) -> None:
    """Non-ASCII, empty and list parameters, signed by the library itself."""
    connection = connect(key=KEY_ID, secret=SECRET)
    request = connection.build_base_http_request(
        "POST", "/", None, {"Title": "Größe ✓", "Keywords": "", "WorkerId.1": "A1", "aTTR": "None"}
    )
    request.params["Operation"] = "GetHIT"
    request.authorize(connection)  # which writes the time of now into the request
    fields = dict(parse_qsl(request.body, keep_blank_values=True))
    assert fields["SignatureVersion"] == "1"
    at_any_time = Acceptance(schemes=EVERY.schemes, skew=timedelta(0))
    assert verify(fields, accepted=at_any_time) == KEY_ID
    with pytest.raises(NotAuthorized):
        verify({**fields, "Title": "Größe"}, accepted=at_any_time)


@pytest.mark.parametrize("scheme", ["0", "1", "2"])
def test_schemes_can_be_switched_off(scheme: str) -> None:
    """Each by itself, and one that there never was."""
    signature = {"0": V0, "1": V1, "2": V2}[scheme]
    fields = {**VERSIONED, "SignatureVersion": scheme, "Signature": signature}
    if scheme == "2":
        fields["SignatureMethod"] = "HmacSHA256"
    assert verify(fields) == KEY_ID
    others = Acceptance(schemes=frozenset("012") - {scheme}, skew=EVERY.skew)
    with pytest.raises(NotAuthorized):
        verify(fields, accepted=others)
    with pytest.raises(NotAuthorized):
        verify({**fields, "SignatureVersion": "3"})


@pytest.mark.parametrize("seconds", [-901, -900, 900, 901])
def test_clocks_may_differ_by_fifteen_minutes(seconds: int) -> None:
    """Or by whatever an operator allows; 0 is any."""
    fields = documented("GetHIT", "2014-08-15T12:00:00Z", V0)
    at = NOW + timedelta(seconds=seconds)
    if abs(seconds) <= 900:
        assert verify(fields, at=at) == KEY_ID
    else:
        with pytest.raises(BadClaimsSupplied) as found:
            verify(fields, at=at)
        assert "AWSMechanicalTurkRequesterGetHIT2014-08-15T12:00:00Z" in found.value.message
        assert f"{at:%Y-%m-%dT%H:%M:%SZ}" in found.value.message
        anyhow = Acceptance(schemes=EVERY.schemes, skew=timedelta(0))
        assert verify(fields, at=at, accepted=anyhow) == KEY_ID


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-08-15T12:00:00", NOW),
        ("2014-08-15T14:00:00+02:00", NOW),
        ("2014-08-15T14:00:00 02:00", NOW),
        ("2014-08-15T12:00:00.123456789Z", NOW),
        ("2014-08-15", None),
        ("2014-13-15T12:00:00Z", None),
        ("0001-01-01T00:00:00+02:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_forms_of_a_time(text: str, moment: datetime | None) -> None:
    """As XML Schema writes it; without a zone it is UTC."""
    assert signing._moment(text) == moment


def test_what_is_missing_is_told() -> None:
    """Before anything else is judged."""
    fields = documented("GetHIT", "2014-08-15T12:00:00Z", V0)
    for name in ("AWSAccessKeyId", "Signature"):
        with pytest.raises(MissingCredentials, match=name):
            verify({**fields, name: ""})
    with pytest.raises(BadClaimsSupplied):
        verify({**fields, "Timestamp": ""})


def test_wrong_keys_are_not_told_apart() -> None:
    """Nobody learns which access keys exist."""
    fields = documented("GetHIT", "2014-08-15T12:00:00Z", V0)
    told = set()
    for change in ({"AWSAccessKeyId": "AKIAUNKNOWN"}, {"Signature": V1}, {"Signature": "ü"}):
        with pytest.raises(NotAuthorized) as found:
            verify({**fields, **change})
        told.add(found.value.message)
    assert len(told) == 1
