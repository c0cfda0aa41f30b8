"""AWS JSON 1.1: bytes to request shapes, response shapes and faults to bytes.

It decides no rule and chooses no operation; what a fault says is the business of whoever raised it.
"""

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec

from kempelen.api import shape as shapes
from kempelen.domain import errors
from kempelen.edges.aws import signatures

CONTENT_TYPE: Final = "application/x-amz-json-1.1"
DEPTH_MAX: Final = 64

S = TypeVar("S", bound=shapes.Shape)


class ProtocolFault(Exception):
    """The request never reached an operation; named for what the wire calls it."""

    status: int = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str | None = None) -> None:
        """Keep the text that the caller is to see, if any."""
        self.message = message
        super().__init__(message)

    @property
    def type(self) -> str:
        """The fault's name on the wire."""
        return type(self).__name__


class UnknownOperationException(ProtocolFault):
    """The target is missing or names no operation; the answer has no message."""


class RequestEntityTooLargeException(ProtocolFault):
    """The body is longer than the edge accepts."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit: int) -> None:
        """Name the limit in bytes."""
        super().__init__(f"The request body is longer than {limit} bytes.")


class ThrottlingException(ProtocolFault):
    """The caller asks more often than it may."""

    def __init__(self) -> None:
        """Speak as AWS does."""
        super().__init__("Rate exceeded")


class AccessDeniedException(ProtocolFault):
    """The key's scopes do not cover the operation."""

    def __init__(self, *, arn: str, operation: str) -> None:
        """Name the caller and the permission it lacks."""
        super().__init__(f"User: {arn} is not authorized to perform: mechanicalturk:{operation}")


def decode(body: bytes, shape: type[S]) -> S:
    """Build the request; an empty body means an empty object.

    Refuses with SerializationException (not JSON, no object, wrong types) before
    ValidationException (constraints of the model, all at once).
    """
    if not body:
        body = b"{}"
    _check_text(body)
    try:
        request: S = _decoder(shape).decode(body)
    except msgspec.ValidationError:
        # Rare: find out exactly what is wrong, or that it is right in an unusual spelling.
        return shapes.read(_plain(body), shape)
    except (msgspec.DecodeError, RecursionError) as error:
        raise shapes.SerializationException(str(error)) from None
    return request


def encode(response: shapes.Shape | None) -> bytes:
    """Write a response; one without members is an empty object."""
    return b"{}" if response is None else msgspec.json.encode(response)


def fault(error: BaseException, now_ms: int, *, sandbox: bool) -> tuple[int, str, bytes]:
    """Give HTTP status, type and body of the answer to a request that failed.

    What is no refusal or fault of a known kind becomes a ServiceFault that tells nothing.
    """
    match error:
        case errors.Refusal():
            return _refusal(error, now_ms, sandbox=sandbox)
        case shapes.ValidationException() | shapes.SerializationException():
            name = type(error).__name__
            return _answer(HTTPStatus.BAD_REQUEST, name, {"message": error.message})
        case signatures.SignatureFault():
            return _answer(HTTPStatus.BAD_REQUEST, error.type, {"message": error.message})
        case ProtocolFault(message=None):
            return _answer(error.status, error.type, {})
        case ProtocolFault():
            return _answer(error.status, error.type, {"message": str(error.message)})
        case _:
            return _refusal(errors.ServiceFault(), now_ms, sandbox=sandbox)


def _refusal(refusal: errors.Refusal, now_ms: int, *, sandbox: bool) -> tuple[int, str, bytes]:
    suffix = f" ({now_ms} s)" if sandbox else f" ({now_ms})"
    members = {"Message": refusal.message + suffix, "TurkErrorCode": refusal.code}
    if isinstance(refusal, errors.ParameterValidationError) and refusal.parameter is not None:
        members["Parameter"] = refusal.parameter
    return _answer(refusal.http_status, refusal.type, members)


def _answer(status: int, name: str, members: Mapping[str, str]) -> tuple[int, str, bytes]:
    return int(status), name, msgspec.json.encode({"__type": name, **members})


@cache
def _decoder(shape: type[shapes.Shape]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _plain(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise shapes.SerializationException(str(error)) from None


def _check_text(body: bytes) -> None:
    # The decoder skips what it does not know, so it would overlook both faults there.
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            message = "The request body is not UTF-8."
            raise shapes.SerializationException(message) from None
    # Counting comes first, because it costs next to nothing.
    if body.count(b"[") + body.count(b"{") > DEPTH_MAX and _is_too_deep(body):
        message = f"The request body is nested more than {DEPTH_MAX} levels deep."
        raise shapes.SerializationException(message)


_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_OTHERS: Final = bytes(set(range(256)) - set(b"[]{}"))


def _is_too_deep(body: bytes) -> bool:
    # Each round takes the innermost pairs away; what is left after the last is too deep, or
    # unbalanced and no JSON either.
    brackets = _STRING.sub(b"", body).translate(_BRACKETS, _OTHERS)
    for _ in range(DEPTH_MAX):
        rest = brackets.replace(b"[]", b"")
        if len(rest) == len(brackets):
            break
        brackets = rest
    return bool(brackets)
