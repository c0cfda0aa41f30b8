"""Requests signed by botocore are accepted; anything else about them is refused by name."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import auth
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from kempelen.edges.aws import signatures
from kempelen.edges.aws.signatures import SignatureFault

NOW = datetime(2024, 1, 1, 12, 0, tzinfo=UTC)
MISMATCH = "The request signature we calculated does not match the signature you provided."


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    access_key_id: str = "AKIAIOSFODNN7EXAMPLE"
    secret: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    requester: object = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    method: bytes = b"POST"
    path: bytes = b"/"
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes:
        return dict(self.headers)[name]

    def with_header(self, name: bytes, value: bytes | None) -> "Sent":
        others = [pair for pair in self.headers if pair[0] != name]
        return replace(self, headers=(*others, *([] if value is None else [(name, value)])))


KEY = Key()
BODY = '{"HITId":"3Ü"}'.encode()


@pytest.fixture(autouse=True)
def no_remembered_keys() -> Iterator[None]:
    signatures.forget(KEY.access_key_id)
    yield
    signatures.forget(KEY.access_key_id)


def sign(
    monkeypatch: pytest.MonkeyPatch,
    *,
    url: str = "http://127.0.0.1:8000/",
    body: bytes = BODY,
    headers: dict[str, str] | None = None,
    at: datetime = NOW,
    service: str = "mturk-requester",
    region: str = "us-east-1",
    key: Key = KEY,
    token: str | None = None,
    signer: Any = SigV4Auth,
) -> Sent:
    given = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "MTurkRequesterServiceV20170117.GetHIT",
        "User-Agent": "Boto3/1.0",
    }
    request = AWSRequest("POST", url, data=body, headers=given | (headers or {}))
    # botocore takes the time from here; it is its clock that is set, not ours.
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_, **__: at.replace(tzinfo=None))
    signer(Credentials(key.access_key_id, key.secret, token), service, region).add_auth(request)
    prepared = request.prepare()
    _, _, rest = prepared.url.partition("//")
    host, _, target = rest.partition("/")
    path, _, query = ("/" + target).partition("?")
    sent = [(b"host", host.encode())]
    for name, value in prepared.headers.items():
        raw = value if isinstance(value, bytes) else str(value).encode()
        sent.append((name.lower().encode(), raw))
    return Sent(path=path.encode(), query=query.encode(), headers=tuple(sent), body=body)


def verify(
    sent: Sent,
    *,
    now: datetime = NOW,
    key: Key | None = KEY,
    any_region: bool = True,
    over_tls: bool = False,
) -> Key:
    def find(access_key_id: str) -> Key | None:
        return key if key is not None and key.access_key_id == access_key_id else None

    return signatures.verify(
        sent.method,
        sent.path,
        sent.query,
        sent.headers,
        sent.body,
        now,
        find,
        any_region=any_region,
        over_tls=over_tls,
    )


def refused(sent: Sent, **how: Any) -> tuple[str, str]:
    with pytest.raises(SignatureFault) as fault:
        verify(sent, **how)
    return fault.value.type, fault.value.message


def invalid(sent: Sent, text: str, **how: Any) -> None:
    name, message = refused(sent, **how)
    assert name == "InvalidSignatureException"
    assert text in message


def test_what_botocore_signs_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    assert verify(sent) is KEY
    # Again with the signing key remembered; a repeated request is accepted.
    assert verify(sent) is KEY


@pytest.mark.parametrize(
    "url",
    [
        "https://mturk.example.org/",
        "https://mturk.example.org/base/path/",
        "https://mturk.example.org/a%20b/c",
        "https://mturk.example.org/a//b/./c/../d",
        "https://mturk.example.org/?b=2&a=1&a=0&c",
        "https://mturk.example.org/x?name=a%2Fb%20c",
    ],
)
def test_any_host_path_and_query(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    sent = sign(monkeypatch, url=url)
    assert verify(sent) is KEY
    invalid(replace(sent, path=sent.path + b"x"), MISMATCH)
    invalid(replace(sent, query=sent.query + b"&z=1"), MISMATCH)


def test_session_tokens_are_tolerated(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch, token="a-token")
    assert b"x-amz-security-token" in dict(sent.headers)
    assert verify(sent) is KEY


def test_white_space_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch, headers={"X-Amz-Meta": "a   b\tc"})
    assert verify(sent) is KEY
    assert verify(sent.with_header(b"x-amz-meta", b"  a b c ")) is KEY


def test_repeated_headers_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch, headers={"X-Amz-Meta": "a,b"})
    twice = sent.with_header(b"x-amz-meta", b"a")
    twice = replace(twice, headers=(*twice.headers, (b"x-amz-meta", b"b")))
    assert verify(twice) is KEY
    for name in (b"authorization", b"host", b"x-amz-target", b"x-amz-date"):
        again = replace(sent, headers=(*sent.headers, (name, sent.header(name))))
        assert refused(again)[0] == "IncompleteSignatureException"


def test_the_date_header_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    # The time is not among the signed headers here, but always in the string that is signed.
    sent = sign(monkeypatch)
    headers = {name: value for name, value in sent.headers if name != b"x-amz-date"}
    names = [b"content-type", b"host", b"x-amz-target"]
    signer = SigV4Auth(Credentials(KEY.access_key_id, KEY.secret), "mturk-requester", "us-east-1")
    request = AWSRequest("POST", "http://127.0.0.1:8000/", data=BODY)
    request.context["timestamp"] = "20240101T120000Z"
    canonical = "\n".join(
        [
            "POST\n/\n",
            *(f"{name.decode()}:{headers[name].decode()}" for name in names),
            "\n" + b";".join(names).decode(),
            hashlib.sha256(BODY).hexdigest(),
        ]
    )
    text = signer.string_to_sign(request, canonical)
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY.access_key_id}/20240101/us-east-1/mturk-requester/"
        f"aws4_request, SignedHeaders={b';'.join(names).decode()}, "
        f"Signature={signer.signature(text, request)}"
    )
    headers[b"authorization"] = authorization.encode()
    headers[b"date"] = b"Mon, 01 Jan 2024 12:00:00 GMT"
    dated = replace(sent, headers=tuple(headers.items()))
    assert verify(dated) is KEY
    assert verify(dated.with_header(b"date", b"Mon, 01 Jan 2024 12:00:00 -0000")) is KEY
    invalid(dated.with_header(b"date", b"Mon, 01 Jan 2024 12:00:01 GMT"), MISMATCH)


@pytest.mark.parametrize("name", [b"host", b"content-type", b"x-amz-target"])
def test_tampered_headers(monkeypatch: pytest.MonkeyPatch, name: bytes) -> None:
    sent = sign(monkeypatch)
    verify(sent)
    invalid(sent.with_header(name, sent.header(name) + b"x"), MISMATCH)
    invalid(sent.with_header(name, None), MISMATCH)


def test_tampered_body_method_signature_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    verify(sent)
    invalid(replace(sent, body=sent.body + b" "), MISMATCH)
    invalid(replace(sent, method=b"GET"), MISMATCH)
    invalid(sent.with_header(b"x-amz-date", b"20240101T120001Z"), MISMATCH)
    authorization = sent.header(b"authorization")
    last = b"0" if authorization[-1:] != b"0" else b"1"
    invalid(sent.with_header(b"authorization", authorization[:-1] + last), MISMATCH)
    invalid(sent.with_header(b"authorization", authorization[:-1]), MISMATCH)


def test_unsigned_targets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    for name in (b";host", b";x-amz-target"):
        authorization = sent.header(b"authorization").replace(name, b"")
        invalid(sent.with_header(b"authorization", authorization), "must be signed headers")


def test_wrong_and_unknown_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    invalid(sent, MISMATCH, key=Key(secret="other"))
    assert verify(sent) is KEY
    # What was remembered of the right secret does not help after it was replaced.
    invalid(sent, MISMATCH, key=Key(secret="other"))
    assert refused(sent, key=None) == (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_clock_skew(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    for minutes in (-5, 5):
        assert verify(sent, now=NOW + timedelta(minutes=minutes)) is KEY
    late = NOW + timedelta(minutes=5, seconds=1)
    invalid(
        sent,
        "Signature expired: 20240101T120000Z is now earlier than 20240101T120001Z "
        "(20240101T120501Z - 5 min.)",
        now=late,
    )
    early = NOW - timedelta(minutes=5, seconds=1)
    invalid(sent, "Signature not yet current: 20240101T120000Z is still later than", now=early)


def test_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    invalid(
        sign(monkeypatch, service="s3"),
        "Credential should be scoped to correct service: 'mturk-requester'.",
    )
    abroad = sign(monkeypatch, region="eu-central-1")
    assert verify(abroad) is KEY
    invalid(abroad, "valid region, not 'eu-central-1'", any_region=False)
    assert verify(sign(monkeypatch), any_region=False) is KEY
    sent = sign(monkeypatch)
    authorization = sent.header(b"authorization")
    other_day = authorization.replace(b"/20240101/", b"/20240102/")
    invalid(sent.with_header(b"authorization", other_day), "'20240102' != '20240101'")
    terminator = authorization.replace(b"aws4_request", b"aws5_request")
    invalid(sent.with_header(b"authorization", terminator), "valid terminator")


def test_content_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    sent = sign(monkeypatch, headers={"X-Amz-Content-SHA256": digest})
    assert verify(sent) is KEY
    invalid(replace(sent, body=b"{}"), "does not match the body")
    unsigned = sign(monkeypatch, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert verify(unsigned, over_tls=True) is KEY
    invalid(unsigned, "over TLS only")
    invalid(sent.with_header(b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"), MISMATCH, over_tls=True)


def test_no_authorization(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch).with_header(b"authorization", None)
    wanted = ("MissingAuthenticationTokenException", "Missing Authentication Token")
    assert refused(sent) == wanted
    assert refused(sent.with_header(b"authorization", b"")) == wanted
    presigned = sign(monkeypatch, signer=SigV4QueryAuth)
    name, message = refused(presigned)
    assert name == wanted[0]
    assert "query string" in message


@pytest.mark.parametrize(
    ("authorization", "text"),
    [
        (b"Bearer abc", "AWS4-HMAC-SHA256"),
        (b"AWS4-HMAC-SHA256", "'Credential'"),
        (b"AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0", "'Credential'"),
        (b"AWS4-HMAC-SHA256 Credential=A/1/2/3/4, Signature=0", "'SignedHeaders'"),
        (b"AWS4-HMAC-SHA256 Credential=A/1/2/3/4, SignedHeaders=host", "'Signature'"),
        (b"AWS4-HMAC-SHA256 Credential=A/1/2/3, SignedHeaders=host, Signature=0", "exactly 5"),
        (b"AWS4-HMAC-SHA256 Credential=A/1/2/3/4/5, SignedHeaders=host, Signature=0", "exactly 5"),
    ],
)
def test_malformed(monkeypatch: pytest.MonkeyPatch, authorization: bytes, text: str) -> None:
    name, message = refused(sign(monkeypatch).with_header(b"authorization", authorization))
    assert name == "IncompleteSignatureException"
    assert text in message


def test_missing_and_malformed_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    for value in (None, b"", b"yesterday", b"20240132T000000Z", b"\xff"):
        assert refused(sent.with_header(b"x-amz-date", value))[0] == "IncompleteSignatureException"


def test_unusual_spelling_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sign(monkeypatch)
    spaced = sent.header(b"authorization").replace(b", ", b" ,  ")
    assert verify(sent.with_header(b"authorization", spaced)) is KEY
    credential, names, signature = spaced.removeprefix(b"AWS4-HMAC-SHA256 ").split(b" ,  ")
    mixed = b"AWS4-HMAC-SHA256 " + b",".join([signature, names, credential])
    assert verify(sent.with_header(b"authorization", mixed)) is KEY


def test_remembered_keys_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "SIGNING_KEYS_MAX", 3)
    for number in range(10):
        assert verify(sign(monkeypatch, region=f"region-{number}")) is KEY
        assert len(signatures._signing_keys) <= 3
    signatures.forget(KEY.access_key_id)
    assert not signatures._signing_keys


PIECES = st.sampled_from(
    [
        b"AWS4-HMAC-SHA256",
        b" ",
        b",",
        b"=",
        b"/",
        b";",
        b"Credential=",
        b"AKIAIOSFODNN7EXAMPLE/20240101/us-east-1/mturk-requester/aws4_request",
        b"SignedHeaders=",
        b"host;x-amz-target",
        b"Signature=",
        b"0" * 64,
        b"\xff",
        b"\x00",
        "ü".encode(),
    ]
)
FUZZ = st.binary(max_size=60) | st.lists(PIECES, max_size=14).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(authorization=FUZZ, date=FUZZ | st.just(b"20240101T120000Z"), query=FUZZ, path=FUZZ)
def test_nothing_but_faults(authorization: bytes, date: bytes, query: bytes, path: bytes) -> None:
    headers = ((b"authorization", authorization), (b"x-amz-date", date), (b"host", b"x"))
    with pytest.raises(SignatureFault):
        verify(Sent(path=path, query=query, headers=headers, body=b""))


@settings(max_examples=200, deadline=None)
@given(date=st.binary(max_size=40) | st.from_regex(rb"[A-Z][a-z]{2}, [0-9 A-Za-z:+-]{0,40}"))
def test_odd_dates_are_faults(date: bytes) -> None:
    authorization = (
        b"AWS4-HMAC-SHA256 Credential=A/20240101/us-east-1/mturk-requester/aws4_request, "
        b"SignedHeaders=host, Signature=" + b"0" * 64
    )
    headers = ((b"authorization", authorization), (b"date", date), (b"host", b"x"))
    with pytest.raises(SignatureFault):
        verify(Sent(headers=headers, body=b""))
