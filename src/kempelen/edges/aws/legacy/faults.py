"""What goes wrong in the older API: codes, texts, and where in the answer they stand.

A refusal of an operation stands in the result; a request that reached no operation has its error
beside the request id, or, when not even its name is known, in a form of its own.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar, Final

from kempelen.api.shape import ValidationException
from kempelen.domain import errors

INVALID_VALUE: Final = errors.InvalidParameterValue.code


class LegacyFault(Exception):
    """The request was refused before or in an operation; `data` are pairs that name values."""

    code: ClassVar[str]

    def __init__(self, message: str, **data: str) -> None:
        """Keep what the caller is to see."""
        self.message = message
        self.data = data
        super().__init__(message)


class InvalidValue(LegacyFault):
    """A value that cannot be read or accepted."""

    code = INVALID_VALUE

    def __init__(self, value: str, name: str, reason: str = "") -> None:
        """Name value and parameter, and say why when there is more to say."""
        shown = value[:100]
        text = f'The value "{shown}" is not valid for the parameter {name}. {reason}'.rstrip()
        super().__init__(text, ParameterName=name, ParameterValue=shown)


class InvalidEnumeratedParameter(LegacyFault):
    """A value that is not in an enumeration."""

    code = "AWS.InvalidEnumeratedParameter"

    def __init__(self, value: str, name: str, allowed: tuple[str, ...]) -> None:
        """Name value, parameter and what there is to choose from."""
        shown = value[:100]
        text = f'The value "{shown}" is not valid for the parameter {name}. Choose one of: '
        super().__init__(text + ", ".join(allowed) + ".", ParameterName=name, ParameterValue=shown)


class MissingParameters(LegacyFault):
    """Required parameters are absent or empty."""

    code = errors.MissingParameters.code

    def __init__(self, *names: str) -> None:
        """List them."""
        super().__init__(errors.MissingParameters(names=", ".join(names)).message)


class RequestFault(LegacyFault):
    """The request as a whole is refused; the error stands beside the request id."""


class NotAuthorized(RequestFault):
    """Nobody has this access key, or the signature is not its own."""

    code = "AWS.NotAuthorized"

    def __init__(self, reason: str = "") -> None:
        """Speak as the service did; a reason never tells which of the two it was."""
        text = "The identity contained in the request is not authorized to use this AWSAccessKeyId"
        super().__init__(f"{text}. {reason}" if reason else text)


class BadClaimsSupplied(RequestFault):
    """The timestamp is missing, cannot be read, or is too far off."""

    code = "AWS.BadClaimsSupplied"


class MissingCredentials(RequestFault):
    """The request is not signed."""

    code = errors.MissingParameters.code

    def __init__(self, *names: str) -> None:
        """List what is missing."""
        super().__init__(errors.MissingParameters(names=", ".join(names)).message)


class WrongService(RequestFault):
    """The request is meant for another service."""

    code = "AWS.InvalidParameterValue"


class PlatformFault(LegacyFault):
    """The request has no answer of its own form; `status` is the HTTP status."""

    status: ClassVar[int] = HTTPStatus.OK


class NoOperation(PlatformFault):
    """The request does not say what it wants."""

    code = errors.MissingParameters.code


class UnknownOperation(PlatformFault):
    """There is no operation of this name; it is not repeated."""

    code = "AWS.InvalidOperationParameter"


class Forbidden(PlatformFault):
    """The older API is switched off, or may not be used this way."""

    code = "Forbidden"
    status = HTTPStatus.FORBIDDEN


class RequestTooLarge(PlatformFault):
    """More was sent than is read."""

    code = "RequestTooLarge"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class ServiceUnavailable(PlatformFault):
    """The caller asks more often than it may; clients of old try again after this very code."""

    code = "ServiceUnavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class InternalFailure(PlatformFault):
    """Something that should not happen; the log tells what."""

    code = "InternalFailure"
    status = HTTPStatus.INTERNAL_SERVER_ERROR


# How parameters of the present API that errors name were called.
_OLDER_NAMES: Final[Mapping[str, str]] = {
    "IntegerValues": "IntegerValue",
    "LocaleValues": "LocaleValue",
    "QualificationRequirements": "QualificationRequirement",
    "HITLayoutParameters": "HITLayoutParameter",
    "EventTypes": "EventType",
    "WorkerIds": "WorkerId",
    "NumberOfAdditionalAssignments": "MaxAssignmentsIncrement",
}
# Facts of refusals that become pairs of an error.
_DATA: Final[Mapping[str, str]] = {
    "hit_id": "HITId",
    "assignment_id": "AssignmentId",
    "worker_id": "WorkerId",
    "qualification_type_id": "QualificationTypeId",
    "qualification_request_id": "QualificationRequestId",
    "name": "ParameterName",
    "value": "ParameterValue",
    "state": "CurrentState",
    "allowed": "ExpectedStates",
}


def of_refusal(refusal: errors.Refusal, allowed: str | None) -> LegacyFault:
    """A refusal in the words of the older API.

    `allowed` are the states in which a changing operation can be called: such an operation
    answered InvalidHITState for a disposed HIT, where the present API knows no such HIT.
    """
    match refusal:
        case errors.ServiceFault():
            return InternalFailure(refusal.message)
        case errors.HITTypeDoesNotExist():
            return InvalidValue(str(refusal.facts["hit_type_id"]), "HITTypeId")
        case errors.HITIsDisposed() if allowed is not None:
            refusal = errors.InvalidHITState(state="Disposed", allowed=allowed)
    facts = dict(refusal.facts)
    if facts.get("name") in _OLDER_NAMES:
        facts["name"] = _OLDER_NAMES[str(facts["name"])]
        refusal = type(refusal)(**facts)
    data = {_DATA[key]: str(value)[:100] for key, value in facts.items() if key in _DATA}
    code = refusal.code
    if isinstance(refusal, errors.InvalidParameterCombination):
        code = INVALID_VALUE
    fault = LegacyFault(refusal.message, **data)
    fault.code = code  # type: ignore[misc]  # the one fault whose code is not its class's
    return fault


def of_violations(violations: ValidationException) -> LegacyFault:
    """Broken constraints of the present model, of what an operation was called with."""
    first = violations.violations[0]
    name = first.path[:1].upper() + first.path[1:]
    return InvalidValue("" if first.value is None else str(first.value), name)
