"""Verification of AWS Signature Version 4 in the Authorization header.

It answers which access key signed a request; what that key may do is decided elsewhere. Signatures
in the query string are refused, because no operation of Mechanical Turk needs them.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from urllib.parse import quote, unquote_to_bytes

ALGORITHM: Final = b"AWS4-HMAC-SHA256"
SERVICE: Final = "mturk-requester"
REGION: Final = "us-east-1"
SKEW_MAX: Final = timedelta(minutes=5)
SIGNING_KEYS_MAX: Final = 4096
_BLOCK_BYTES: Final = 64

MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)


class AccessKey(Protocol):
    """What a caller must know of an access key; requester is handed through untouched."""

    @property
    def access_key_id(self) -> str:
        """The public half."""
        ...

    @property
    def secret(self) -> str:
        """The half that signs."""
        ...

    @property
    def requester(self) -> object:
        """Whose key it is."""
        ...


K = TypeVar("K", bound=AccessKey)
Headers = Sequence[tuple[bytes, bytes]]


class SignatureFault(Exception):
    """The request is not authenticated; type and message are those of the wire."""

    def __init__(self, type: str, message: str) -> None:  # noqa: A002 (what the wire calls it)
        """Keep what the caller is to see."""
        self.type = type
        self.message = message
        super().__init__(message)


def verify(  # noqa: PLR0913 (a request has this many parts)
    method: bytes,
    path: bytes,
    query: bytes,
    headers: Headers,
    body: bytes,
    now: datetime,
    find_key: Callable[[str], K | None],
    *,
    any_region: bool,
    over_tls: bool,
) -> K:
    """Return the access key that signed the request.

    Path and query are as they were sent, still encoded; header names are in lower case. Raises
    SignatureFault, in this order: missing or malformed signature, wrong scope, time more than five
    minutes off, unknown key, wrong digest of the body, mismatch.
    """
    values = dict(headers)
    if len(values) != len(headers):
        values = _joined(headers)
    key_id, scope, signed_names, signature = _credential(values, query)
    time = _time(values)
    _check_scope(scope, time[:8], None if any_region else REGION)
    _check_skew(time, now)
    names = signed_names.split(b";")
    if b"host" not in names or (b"x-amz-target" in values and b"x-amz-target" not in names):
        raise _invalid("'Host' and 'X-Amz-Target' must be signed headers of the request.")
    access_key = find_key(key_id.decode("ascii"))
    if access_key is None:
        raise SignatureFault(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    canonical = b"%b\n%b\n%b\n%b\n%b\n%b" % (
        method,
        path if path == b"/" else _canonical_path(path),
        _canonical_query(query) if query else b"",
        _canonical_headers(values, names),
        signed_names,
        _payload_hash(values, body, over_tls=over_tls),
    )
    digest = sha256(canonical).hexdigest().encode()
    text = b"%b\n%b\n%b\n%b" % (ALGORITHM, time, scope, digest)
    slot = (access_key.access_key_id, access_key.secret, scope)
    primed = _signing_keys.get(slot)
    is_new = primed is None
    if primed is None:
        primed = Primed.with_key(_signing_key(access_key.secret, scope))
    if not compare_digest(primed.hexdigest(text).encode(), signature):
        raise _invalid(MISMATCH)
    if is_new:
        _remember(slot, primed)
    return access_key


def forget(access_key_id: str) -> None:
    """Drop what is derived from a key that was revoked."""
    for slot in list(_signing_keys):
        if slot[0] == access_key_id:
            _signing_keys.pop(slot, None)


# --- signing keys ----------------------------------------------------------------------------


class Primed(NamedTuple):
    """HMAC-SHA256 (RFC 2104) with the work on the key done, which is most of it."""

    inner: Any
    outer: Any

    @classmethod
    def with_key(cls, key: bytes) -> "Primed":
        """Do the work on a key of at most 64 bytes."""
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        inner, outer = (sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
        return cls(inner, outer)

    def hexdigest(self, text: bytes) -> str:
        """The authentication code of a text, in hexadecimal digits."""
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        code: str = outer.hexdigest()
        return code


# Access key id, secret and scope -> the primed signing key. The secret is part of it, so that a
# replaced secret never finds the old one's keys; only verified requests get in, so that
# nobody else can push keys out.
_signing_keys: Final[dict[tuple[str, str, bytes], Primed]] = {}


def _remember(slot: tuple[str, str, bytes], primed: Primed) -> None:
    if len(_signing_keys) >= SIGNING_KEYS_MAX:
        _signing_keys.clear()
    _signing_keys[slot] = primed


def _signing_key(secret: str, scope: bytes) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in scope.split(b"/"):
        key = hmac_digest(key, part, "sha256")
    return key


# --- the parts of the header -----------------------------------------------------------------

# What SDKs send, in one piece; everything else goes through the slower reading below.
_USUAL: Final = re.compile(
    rb"AWS4-HMAC-SHA256 Credential=([\w.-]{1,128})/(\d{8}/[\w-]{1,64}/[\w-]{1,64}/aws4_request), ?"
    rb"SignedHeaders=([a-z0-9;._-]{1,4096}), ?Signature="
)
_KEY_ID: Final = re.compile(rb"[\w.-]{1,128}")
_NAMES: Final = re.compile(rb"[!#$%&'*+.^`|~\w;-]{1,4096}")
_DIGEST: Final = re.compile(rb"[0-9a-f]{64}")
_DIGEST_CHARACTERS: Final = 64
_USUAL_BYTES_MAX: Final = 1024
_SCOPE_PARTS: Final = 4


@lru_cache(maxsize=1024)
def _usual(beginning: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Key id, scope and signed names of a header up to its signature, in the usual form."""
    found = _USUAL.fullmatch(beginning)
    return None if found is None else (found[1], found[2], found[3])


def _credential(values: dict[bytes, bytes], query: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    authorization = values.get(b"authorization")
    if not authorization:
        wanted = "Missing Authentication Token"
        if b"X-Amz-Signature=" in query:
            wanted += ": signatures in the query string are not accepted, sign the headers."
        raise SignatureFault("MissingAuthenticationTokenException", wanted)
    # All that a client signs within a day begins alike.
    signature = authorization[-_DIGEST_CHARACTERS:]
    if len(authorization) <= _USUAL_BYTES_MAX and _DIGEST.fullmatch(signature):
        usual = _usual(authorization[:-_DIGEST_CHARACTERS])
        if usual is not None:
            return (*usual, signature)
    algorithm, _, rest = authorization.strip().partition(b" ")
    if algorithm != ALGORITHM:
        raise _incomplete("Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.")
    parts = dict(_pair(part) for part in rest.split(b","))
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name.encode()):
            raise _incomplete(f"Authorization header requires '{name}' parameter.")
    key_id, _, scope = parts[b"Credential"].partition(b"/")
    if not _KEY_ID.fullmatch(key_id) or scope.count(b"/") != _SCOPE_PARTS - 1:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/term."
        )
    signed_names = parts[b"SignedHeaders"].lower()
    if not _NAMES.fullmatch(signed_names):
        raise _incomplete("Authorization header requires a valid 'SignedHeaders' parameter.")
    if not _DIGEST.fullmatch(parts[b"Signature"]):
        raise _invalid(MISMATCH)
    return key_id, scope, signed_names, parts[b"Signature"]


def _pair(part: bytes) -> tuple[bytes, bytes]:
    name, _, value = part.partition(b"=")
    return name.strip(), value.strip()


def _time(values: dict[bytes, bytes]) -> bytes:
    # Whatever header gives the time, what is signed is its basic ISO 8601 form.
    given = values.get(b"x-amz-date") or values.get(b"date")
    if not given:
        raise _incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if _moment(given) is not None:
        return given
    try:
        moment = parsedate_to_datetime(given.decode("ascii"))
        # A zone of -0000 says nothing about the place, but the time is UTC all the same.
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        raise _incomplete(
            "Date must be in ISO-8601 'basic format', e.g. 20240101T120000Z."
        ) from None
    return _basic(moment).encode()


@lru_cache(maxsize=512)
def _moment(text: bytes) -> datetime | None:
    # Cached, because all requests of a second share one.
    if not _BASIC.fullmatch(text):
        return None
    digits = text.decode("ascii")
    try:
        return datetime(
            int(digits[0:4]),
            int(digits[4:6]),
            int(digits[6:8]),
            int(digits[9:11]),
            int(digits[11:13]),
            int(digits[13:15]),
            tzinfo=UTC,
        )
    except ValueError:
        return None


_BASIC: Final = re.compile(rb"\d{8}T\d{6}Z")


def _basic(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


# --- scope and time --------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _check_scope(scope: bytes, day: bytes, only_region: str | None) -> None:
    date, region, service, terminator = scope.decode("ascii", "replace").split("/")
    if terminator != "aws4_request":
        raise _invalid("Credential should be scoped with a valid terminator: 'aws4_request'.")
    if service != SERVICE:
        raise _invalid(f"Credential should be scoped to correct service: '{SERVICE}'.")
    if not region or region != (only_region or region):
        raise _invalid(f"Credential should be scoped to a valid region, not '{region}'.")
    if date != day.decode("ascii"):
        raise _invalid(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{date}' != '{day.decode('ascii')}'."
        )


def _check_skew(time: bytes, now: datetime) -> None:
    moment = _moment(time)
    if moment is None:
        raise _incomplete("Date must be in ISO-8601 'basic format', e.g. 20240101T120000Z.")
    if moment < now - SKEW_MAX:
        raise _invalid(
            f"Signature expired: {_basic(moment)} is now earlier than {_basic(now - SKEW_MAX)} "
            f"({_basic(now)} - 5 min.)"
        )
    if moment > now + SKEW_MAX:
        raise _invalid(
            f"Signature not yet current: {_basic(moment)} is still later than "
            f"{_basic(now + SKEW_MAX)} ({_basic(now)} + 5 min.)"
        )


# --- the canonical request -------------------------------------------------------------------


def _joined(headers: Headers) -> dict[bytes, bytes]:
    # A header that is sent twice counts as one with both values; the proofs of identity must not
    # be, or two readers of the request could see different ones.
    values: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in values:
            values[name] = value
        elif name in {b"authorization", b"x-amz-date", b"x-amz-target", b"host"}:
            raise _incomplete(f"The header '{name.decode('ascii')}' must not be repeated.")
        else:
            values[name] = values[name].strip() + b"," + value.strip()
    return values


def _canonical_headers(values: dict[bytes, bytes], names: Sequence[bytes]) -> bytes:
    get = values.get
    lines = [b"%b:%b\n" % (name, get(name, b"").strip()) for name in names]
    text = b"".join(lines)
    if b"  " in text or b"\t" in text:
        text = b"".join(b"%b:%b\n" % (name, b" ".join(get(name, b"").split())) for name in names)
    return text


def _payload_hash(values: dict[bytes, bytes], body: bytes, *, over_tls: bool) -> bytes:
    actual = sha256(body).hexdigest().encode()
    claimed = values.get(b"x-amz-content-sha256")
    if claimed is None:
        return actual
    if claimed == b"UNSIGNED-PAYLOAD":
        if not over_tls:
            raise _invalid("UNSIGNED-PAYLOAD is accepted over TLS only.")
    elif not compare_digest(claimed, actual):
        raise _invalid("The provided 'x-amz-content-sha256' header does not match the body.")
    return claimed


def _canonical_path(path: bytes) -> bytes:
    # The encoded path is encoded once more, after dot segments and empty ones are taken away.
    segments: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del segments[-1:]
        elif segment not in {b"", b"."}:
            segments.append(segment)
    if not segments:
        return b"/"
    tail = b"/" if path.endswith(b"/") else b""
    return quote(b"/" + b"/".join(segments) + tail, safe="/~").encode()


def _canonical_query(query: bytes) -> bytes:
    pairs = []
    for part in query.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs)).encode()


def _encoded(text: bytes) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")


def _incomplete(message: str) -> SignatureFault:
    return SignatureFault("IncompleteSignatureException", message)


def _invalid(message: str) -> SignatureFault:
    return SignatureFault("InvalidSignatureException", message)
