"""Write docs/reference/errors.md from the catalogue of refusals."""

import inspect
import sys
from pathlib import Path

from kempelen.domain import errors

TARGET = Path(__file__).parent.parent / "docs" / "reference" / "errors.md"
HEADER = """# Errors

What the Requester API answers when it refuses, and what to do next. Written by `make docs` from
`domain/errors.py`; a test keeps it true. Names, codes and messages are those of Mechanical Turk's API
reference (2017-01-17), "Error Codes"; parts in braces are filled in.

A refusal is HTTP 400 (a ServiceFault 500) with the members `__type`, `Message`, which ends with the time
in milliseconds since 1970 in parentheses, and `TurkErrorCode`; errors about one parameter also have
`Parameter`. boto3 raises `ClientError`, with the text in `error.response["Error"]["Message"]`. For the
exceptions of its model (`client.exceptions.RequestError`, `.ServiceFault`) the code is in
`error.response["TurkErrorCode"]`; for the others botocore shows only the type, in `["Error"]["Code"]`.

## Before an operation runs

| `__type` | When | What to do |
| --- | --- | --- |
| MissingAuthenticationTokenException | the request is not signed | configure an access key |
| IncompleteSignatureException | the Authorization header lacks a part | use an AWS SDK, or sign with SigV4 |
| UnrecognizedClientException | nobody has this access key | `kempelen requester add NAME` prints one |
| InvalidSignatureException | wrong secret, changed body, wrong service, or a clock more than five minutes off | check the secret key, and the clock |
| UnknownOperationException | `X-Amz-Target` is missing or names no operation | check the client's service model |
| SerializationException | the body is no JSON object, or a member has the wrong JSON type | correct the type that the message names |
| ValidationException | constraints of the service model; all of them in one message | correct each that is listed |
| RequestEntityTooLargeException (413) | more than 4 MiB | send less |

## From operations

| Refusal | `__type` | `TurkErrorCode` | Message | What to do |
| --- | --- | --- | --- | --- |
"""
ADVICE = {
    "InvalidParameterValue": "Correct the value of the parameter that `Parameter` names.",
    "InvalidLayoutParameter": "Give each placeholder of the layout one value; see [layouts](../how-to/layouts.md).",
    "InvalidPolicyParameter": "Correct that parameter of the policy; see [review policies](review-policies.md).",
    "StatisticNotSupported": "Older API: choose another statistic.",
    "NotHTTPS": "Serve the page over https; while you test, use a loopback or private host.",
    "TooShort": "Give a longer text.",
    "EmptyQuestion": "Give the question document.",
    "TooLong": "Shorten the text, or the document.",
    "ParameterOutOfRange": "Choose a number within the range of the message.",
    "InvalidParameterCombination": "Leave one of the named parameters out.",
    "MissingParameters": "Add one of the named parameters.",
    "PermissionDenied": "The account is suspended; ask the people who run the site.",
    "TooManyBlocks": "Delete blocks that are no longer needed with DeleteWorkerBlock.",
    "UnknownWorkerId": "Check the WorkerId.",
    "HITDoesNotExist": "Check the HITId; others' HITs and disposed ones do not exist for you.",
    "HITIsDisposed": "The HIT was deleted; the older API answers InvalidHITState to changes of it.",
    "AssignmentDoesNotExist": "Check the AssignmentId; only submitted work of your own HITs exists for you.",
    "HITTypeDoesNotExist": "Check the HITTypeId, or create the type with CreateHITType.",
    "HITLayoutDoesNotExist": "Check the HITLayoutId; `kempelen layout list` shows yours, and others' do not exist for you.",
    "InvalidTransportEndpoint": "Give a queue URL for SQS, a topic ARN for SNS; what else is possible here is in [notifications](../how-to/notifications.md).",
    "TransportFailed": "The destination did not take the test event; the reason is in the message.",
    "NothingToActivate": "Give a Notification first.",
    "InvalidAssignmentState": "Look at the status: decided work can only be approved over a rejection.",
    "ReversalTooLate": "Send a bonus instead.",
    "InvalidHITState": "Expire the HIT, decide its submitted work, then try again.",
    "QualificationTypeDoesNotExist": "Check the QualificationTypeId; deleted types, and most of what others own, do not exist for you.",
    "QualificationRequestDoesNotExist": "Check the QualificationRequestId; ListQualificationRequests has those that wait for you.",
    "QualificationDoesNotExist": "Grant it with AssociateQualificationWithWorker; this worker never had it.",
    "QualificationTypeAlreadyExists": "Choose another name, or use your type of this name; a deleted one keeps its name for up to 48 hours while HITs require it.",
    "InvalidQualificationTypeState": "Make the type Active again, or use another one.",
    "InvalidQualificationRequestState": "Nothing is to be done: the request was decided or withdrawn.",
    "InvalidQualificationState": "Nothing is to be done, or grant the qualification again: it was revoked.",
    "HitAlreadyExists": "The earlier call succeeded: use its HIT, or another token.",
    "DuplicateCall": "The earlier call succeeded; use another token for another call.",
    "InsufficientFunds": "Add money to the balance, or ask for fewer assignments.",
    "InvalidMaximumAssignmentsIncrease": "Create a HIT with 10 or more assignments.",
    "HITTooOldForExtension": "Create a new HIT.",
    "XMLParseError": "Correct the document at the place that `Details` names.",
    "HTML5ParseError": "Correct the HTML at the place that `Details` names.",
    "XHTMLParseError": "Correct the content; only the XHTML subset is accepted.",
    "ServiceFault": "Try again; if it stays, tell the people who run the site the request id.",
}


def page() -> str:
    """The whole page."""
    rows = []
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if name in ADVICE and issubclass(kind, errors.Refusal):
            message = " ".join(str(kind.__doc__).split()).replace("|", "\\|")
            rows.append(f"| {name} | {kind.type} | `{kind.code}` | {message} | {ADVICE[name]} |\n")
    return HEADER + "".join(rows)


def main() -> int:
    """Write the page; with --check only say whether it is true."""
    text = page()
    if "--check" in sys.argv:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
