"""The catalogue of refusals: one class per TurkErrorCode, its message in the docstring.

A refusal is raised by whoever knows the rule and rendered by an edge; nobody in between catches
it, except review policies, whose failed actions keep its code. The names, codes and messages are
part of the wire contract (docs/reference/errors.md).
"""

from typing import ClassVar

MTURK = "AWS.MechanicalTurk."


class Refusal(Exception):
    """The request was refused."""

    type: ClassVar[str] = "RequestError"
    code: ClassVar[str] = "AWS.ServiceUnavailable"
    http_status: ClassVar[int] = 400

    def __init__(self, **facts: object) -> None:
        """Keep the facts that the message names; they must never hold a secret."""
        self.facts = facts
        self.message = str(type(self).__doc__).split("\n\n")[0].format(**facts)
        super().__init__(self.message)

    @property
    def parameter(self) -> str | None:
        """The request member to blame, for parameter errors."""
        name = self.facts.get("name")
        return None if name is None else str(name)


class RequestError(Refusal):
    """This request cannot be carried out."""


class ParameterValidationError(Refusal):
    """The value "{value}" is not valid for the parameter {name}."""

    type = "ParameterValidationError"
    code = MTURK + "InvalidParameterValue"


class InvalidParameterValue(ParameterValidationError):
    """The value "{value}" is not valid for the parameter {name}."""


class InvalidPolicyParameter(InvalidParameterValue):
    """The value "{value}" is not valid for the parameter {name}."""


class StatisticNotSupported(InvalidParameterValue):
    """The value "{value}" is not valid for the parameter {name}. This statistic is no longer supported."""  # noqa: E501


class InvalidLayoutParameter(InvalidParameterValue):
    """The value "{value}" is not valid for the parameter {name}. {why}"""


class UnknownWorkerId(ParameterValidationError):
    """WorkerId is invalid."""


class NotHTTPS(ParameterValidationError):
    """The value "{value}" is not valid for the parameter {name}. This URL must use the HTTPS protocol.."""  # noqa: E501


class TooShort(ParameterValidationError):
    """Your request parameter {name} has a minimum length of {minimum}."""


class EmptyQuestion(ParameterValidationError):
    """Your request parameter {name}  has a minimum length of 1."""


class TooLong(ParameterValidationError):
    """Your request parameter {name} has a maximum length of {maximum}."""


class ParameterOutOfRange(ParameterValidationError):
    """The value {value} is invalid for {name}. Valid values range from {minimum} to {maximum}."""

    code = "AWS.ParameterOutOfRange"


class InvalidParameterCombination(Refusal):
    """The combination of parameters supplied to the request is invalid: {names}."""

    type = "InvalidParameterCombinationError"
    code = MTURK + "InvalidParameterCombination"


class MissingParameters(RequestError):
    """Your request is missing required parameters. Required parameters include: {names}."""

    code = "AWS.MissingParameters"


class PermissionDenied(RequestError):
    """This user is not authorized to perform the requested operation."""

    code = MTURK + "PermissionDenied"


class TooManyBlocks(RequestError):
    """A Requester can block at most {limit} Workers. Delete a block that is no longer needed first."""  # noqa: E501

    code = MTURK + "PermissionDenied"


class HITDoesNotExist(RequestError):
    """Hit {hit_id} does not exist."""

    code = MTURK + "HITDoesNotExist"


class HITIsDisposed(HITDoesNotExist):
    """Hit {hit_id} does not exist."""


class AssignmentDoesNotExist(RequestError):
    """Assignment {assignment_id} does not exist."""

    code = MTURK + "AssignmentDoesNotExist"


class HITTypeDoesNotExist(RequestError):
    """Hit type {hit_type_id} does not exist."""

    code = MTURK + "HITTypeDoesNotExist"


class HITLayoutDoesNotExist(RequestError):
    """HIT layout {hit_layout_id} does not exist."""

    code = MTURK + "HITLayoutDoesNotExist"


class InvalidTransportEndpoint(RequestError):
    """Invalid transport endpoint: {destination}"""

    code = MTURK + "InvalidTransportEndpoint"


class TransportFailed(InvalidTransportEndpoint):
    """Invalid transport endpoint: {destination} ({reason})"""


class NothingToActivate(RequestError):
    """The value "{value}" is not valid for the parameter Active."""

    code = MTURK + "InvalidParameterValue"


class InvalidAssignmentState(RequestError):
    """This operation can be called with a status of: {allowed}"""

    code = MTURK + "InvalidAssignmentState"


class ReversalTooLate(InvalidAssignmentState):
    """Assignment {assignment_id} was submitted more than {days} days ago and can no longer be approved."""  # noqa: E501


class InvalidHITState(RequestError):
    """This HIT is currently in the state '{state}'.  This operation can be called with a status of: {allowed}"""  # noqa: E501

    code = MTURK + "InvalidHITState"


class QualificationTypeDoesNotExist(RequestError):
    """QualificationType {qualification_type_id} does not exist."""

    code = MTURK + "QualificationTypeDoesNotExist"


class QualificationRequestDoesNotExist(RequestError):
    """QualificationRequest {request_id} does not exist."""

    code = MTURK + "QualificationRequestDoesNotExist"


class QualificationDoesNotExist(RequestError):
    """You requested a Qualification that does not exist."""

    code = MTURK + "QualificationDoesNotExist"


class QualificationTypeAlreadyExists(RequestError):
    """You have already created a QualificationType with this name. A QualificationType's name must be unique among all of the QualificationTypes created by the same user."""  # noqa: E501

    code = MTURK + "QualificationTypeAlreadyExists"


class InvalidQualificationTypeState(RequestError):
    """This operation can be called with a status of: {allowed}"""

    code = MTURK + "InvalidQualificationTypeState"


class InvalidQualificationRequestState(RequestError):
    """This operation can be called with a status of: {allowed}"""

    code = MTURK + "InvalidQualificationRequestState"


class InvalidQualificationState(RequestError):
    """This operation can be called with a status of: {allowed}"""

    code = MTURK + "InvalidQualificationState"


class HitAlreadyExists(RequestError):
    """The HIT with ID "{hit_id}" already exists."""

    code = MTURK + "HitAlreadyExists"


class DuplicateCall(RequestError):
    """The idempotency token "{token}" has already been processed."""

    code = MTURK + "DuplicateCall"


class InsufficientFunds(RequestError):
    """This Requester has insufficient funds in their account to complete this transaction.{hint}"""

    code = MTURK + "InsufficientFunds"


class InvalidMaximumAssignmentsIncrease(RequestError):
    """HITs created with fewer than 10 assignments cannot be extended to have 10 or more assignments."""  # noqa: E501

    code = MTURK + "InvalidMaximumAssignmentsIncrease"


class HITTooOldForExtension(RequestError):
    """HITs created before July 22, 2015 cannot be extended."""

    code = MTURK + "HITTooOldForExtension"


class XMLParseError(RequestError):
    """There was an error parsing the XML question or answer data in your request.  Please make sure the data is well-formed and validates against the appropriate schema. Details: {details}"""  # noqa: E501

    code = MTURK + "XMLParseError"


class HTML5ParseError(XMLParseError):
    """There was an error parsing the HTML5 data in your request.  Please make sure the data is well-formed and validates as HTML5. Details: {details}"""  # noqa: E501


class XHTMLParseError(RequestError):
    """There was an error parsing the XHTML data in your request.  Please make sure the data is well-formed and validates against the appropriate schema. Details: {details}"""  # noqa: E501

    code = MTURK + "XHTMLParseError"


class ServiceFault(Refusal):
    """There was an error with this request."""

    type = "ServiceFault"
    code = "AWS.ServiceUnavailable"
    http_status = 500
