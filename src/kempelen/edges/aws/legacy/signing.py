"""Who signed a call of the older API: three schemes over HMAC, by the requester's ordinary secret.

The documented scheme covers operation and time only, so it protects no parameter: see
docs/reference/legacy.md. The same signature may come twice, because clients that call an
operation twice within a second make the same one.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import quote

from kempelen.edges.aws.legacy.faults import BadClaimsSupplied, MissingCredentials, NotAuthorized
from kempelen.edges.aws.signatures import AccessKey

SERVICE: Final = "AWSMechanicalTurkRequester"
_SHOWN_MAX: Final = 1000
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+ -]\d\d:\d\d)?", re.ASCII
)
_METHODS: Final = {"HmacSHA1": hashlib.sha1, "HmacSHA256": hashlib.sha256}

K = TypeVar("K", bound=AccessKey)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedCall:
    """What a signature may cover: every parameter as it was sent, and where it was sent to."""

    fields: Sequence[tuple[str, str]]
    operation: str
    method: str
    host: str
    path: str

    def value(self, name: str) -> str | None:
        """The first value of a parameter that is not empty."""
        found = (value for key, value in self.fields if key.strip() == name and value)
        return next(found, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """Which schemes are accepted, and how far clocks may be apart; no limit for 0."""

    schemes: frozenset[str]
    skew: timedelta


def verify(
    call: SignedCall, now: datetime, find_key: Callable[[str], K | None], accepted: Acceptance
) -> K:
    """The access key that signed a call.

    Refuses, in order: MissingCredentials, BadClaimsSupplied for the time, NotAuthorized for a
    scheme that is not accepted, an unknown key, and a signature that is not its own.
    """
    key_id, signature = call.value("AWSAccessKeyId"), call.value("Signature")
    missing = [name for name in ("AWSAccessKeyId", "Signature") if call.value(name) is None]
    if key_id is None or signature is None:
        raise MissingCredentials(*missing)
    scheme = call.value("SignatureVersion") or "0"
    signed = _TEXTS.get(scheme, _of_operation)(call)
    _check_time(call.value("Timestamp"), signed, now, accepted.skew)
    if scheme not in accepted.schemes or scheme not in _TEXTS:
        raise NotAuthorized("Signatures of this version are not accepted here.")
    key = find_key(key_id)
    if key is None:
        raise NotAuthorized
    wanted = _code(key.secret, signed, scheme, call.value("SignatureMethod"))
    # A plus that nobody escaped has become a space on the way.
    given = signature.strip().replace(" ", "+")
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise NotAuthorized
    return key


def _of_operation(call: SignedCall) -> str:
    return SERVICE + call.operation + (call.value("Timestamp") or "")


def _of_parameters(call: SignedCall) -> str:
    """Every parameter, empty ones too, by name whatever its case, without separators."""
    fields = dict.fromkeys(call.fields)
    ordered = sorted(fields, key=lambda field: field[0].lower())
    return "".join(key + value for key, value in ordered if key != "Signature")


def _of_request(call: SignedCall) -> str:
    """Method, host, path and the parameters in the order of their bytes."""
    pairs = sorted(
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in dict.fromkeys(call.fields)
        if key != "Signature"
    )
    query = "&".join(f"{key}={value}" for key, value in pairs)
    return f"{call.method}\n{call.host.lower()}\n{call.path}\n{query}"


_TEXTS: Final = {"0": _of_operation, "1": _of_parameters, "2": _of_request}


def _code(secret: str, text: str, scheme: str, method: str | None) -> str:
    default = "HmacSHA256" if scheme == "2" else "HmacSHA1"
    digest = _METHODS.get(method or default) if scheme == "2" else hashlib.sha1
    if digest is None:
        raise NotAuthorized("The SignatureMethod must be HmacSHA256 or HmacSHA1.")
    code = hmac.new(secret.encode(), text.encode("utf-8", "replace"), digest).digest()
    return base64.b64encode(code).decode()


def _check_time(given: str | None, signed: str, now: datetime, skew: timedelta) -> None:
    moment = None if given is None else _moment(given)
    is_near = moment is not None and (not skew or abs(moment - now) <= skew)
    if not is_near:
        raise BadClaimsSupplied(
            "The claims supplied in the request are invalid: the Timestamp is missing, cannot be "
            f"read, or is too far from the time of this server. Text to sign: "
            f"{signed[:_SHOWN_MAX]} Time of this server: {now:%Y-%m-%dT%H:%M:%SZ}."
        )


def _moment(text: str) -> datetime | None:
    """A time as XML Schema writes it; without a zone it is UTC."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    zone = (found[2] or "Z").replace(" ", "+")
    try:
        return datetime.fromisoformat(found[1] + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
