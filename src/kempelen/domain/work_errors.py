"""Refusals of worker actions: what a worker is told, under Mechanical Turk's codes.

`work_code` and `work_status` are what the worker API and the pages show; `code` is the name that
the reference service gave the same situation (docs/reference/worker-api.md).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from kempelen.domain.errors import MTURK, RequestError


class WorkRefusal(RequestError):
    """This is not possible now."""

    work_code: ClassVar[str] = "NOT_FOUND"
    work_status: ClassVar[int] = 409


class NotFound(WorkRefusal):
    """There is no such HIT, group or assignment here, or it is not open to you."""

    code = MTURK + "HITDoesNotExist"
    work_code = "NOT_FOUND"
    work_status = 404


class AccountSuspended(WorkRefusal):
    """This account is suspended. Ask the people who run this site."""

    code = MTURK + "PermissionDenied"
    work_code = "ACCOUNT_SUSPENDED"
    work_status = 403


class HITUnavailable(WorkRefusal):
    """This HIT can no longer be accepted. Look for another one in the list."""

    code = MTURK + "NoHITsAvailableInGroupException"
    work_code = "HIT_UNAVAILABLE"


class NoAssignments(HITUnavailable):
    """There are no more available HITs in this group. Look for another group in the list."""

    work_code = "NO_ASSIGNMENTS"


class OwnHIT(WorkRefusal):
    """You published this HIT yourself, so you cannot work on it."""

    code = MTURK + "PermissionDenied"
    work_code = "OWN_HIT"
    work_status = 403


class NotPermitted(WorkRefusal):
    """You cannot work on HITs of this requester."""

    code = MTURK + "PermissionDenied"
    work_code = "NOT_PERMITTED"
    work_status = 403


class NotQualified(WorkRefusal):
    """You do not meet the requirements for this HIT: {requirements}"""

    code = MTURK + "DoesNotMeetRequirements"
    work_code = "NOT_QUALIFIED"
    work_status = 403

    def __init__(self, unmet: Sequence[tuple[str, str]]) -> None:
        """Keep the requirements that are not met: id of the qualification type, in words."""
        self.unmet = tuple(unmet)
        super().__init__(requirements="; ".join(words for _, words in self.unmet))


class AlreadyAccepted(WorkRefusal):
    """You have accepted this HIT already; its assignment is {assignment_id}."""

    code = MTURK + "AssignmentAlreadyExists"
    work_code = "ALREADY_ACCEPTED"


class AlreadyDone(WorkRefusal):
    """You have done this HIT already."""

    code = MTURK + "AssignmentAlreadyExists"
    work_code = "ALREADY_DONE"


class QueueFull(WorkRefusal):
    """You hold {limit} HITs, which is the limit. Submit or return one first."""

    code = MTURK + "ExceedsMaxAssignmentsPerWorker"
    work_code = "QUEUE_FULL"


class DailyLimit(WorkRefusal):
    """You accepted {limit} HITs today, which is the limit. The count starts again at midnight."""

    code = MTURK + "ExceedsMaxAssignmentsPerWorker"
    work_code = "DAILY_LIMIT"
    work_status = 429


class AssignmentNotFound(WorkRefusal):
    """There is no such assignment of yours."""

    code = MTURK + "AssignmentDoesNotExist"
    work_code = "ASSIGNMENT_NOT_FOUND"
    work_status = 404


class NotAssigned(WorkRefusal):
    """This assignment is {state}; it cannot be changed any more."""

    code = MTURK + "InvalidAssignmentState"
    work_code = "NOT_ASSIGNED"


class DeadlinePassed(WorkRefusal):
    """The time for this assignment ran out at {deadline}; nothing was submitted."""

    code = MTURK + "InvalidAssignmentState"
    work_code = "DEADLINE_PASSED"


class TicketNotFound(WorkRefusal):
    """The answers that this page kept are no longer here. Open the HIT and submit it again."""

    code = MTURK + "AssignmentDoesNotExist"
    work_status = 404


class MessageNotFound(WorkRefusal):
    """There is no such message to you."""

    code = MTURK + "PermissionDenied"
    work_status = 404


class IdempotencyConflict(WorkRefusal):
    """The Idempotency-Key {key} was used within 24 hours for another request. Take a new key."""

    code = MTURK + "DuplicateCallException"
    work_code = "IDEMPOTENCY_CONFLICT"


class InvalidAnswers(WorkRefusal):
    """Some answers need your attention: {summary}"""

    code = MTURK + "InvalidParameterValue"
    work_code = "INVALID_ANSWERS"
    work_status = 422

    def __init__(self, problems: dict[str, str]) -> None:
        """Keep one sentence per question id."""
        self.problems = problems
        super().__init__(summary="; ".join(f"{key}: {text}" for key, text in problems.items()))


class TooLarge(WorkRefusal):
    """The answers are larger than {maximum} bytes. Shorten them and submit again."""

    code = MTURK + "InvalidParameterValue"
    work_code = "TOO_LARGE"
    work_status = 413


class FileRefused(WorkRefusal):
    """The file was not accepted. {problem}"""

    code = MTURK + "InvalidParameterValue"
    work_code = "FILE_REFUSED"
    work_status = 422


class DailyUploadLimit(WorkRefusal):
    """This would be more than {limit} of files in a day, which is the limit. Send smaller files, or go on after midnight UTC."""  # noqa: E501

    code = MTURK + "InvalidParameterValue"
    work_code = "UPLOAD_LIMIT"
    work_status = 429


class AssignmentUploadLimit(WorkRefusal):
    """This would be more than {limit} of files for one HIT, which is the limit. Send fewer or smaller files."""  # noqa: E501

    code = MTURK + "InvalidParameterValue"
    work_code = "UPLOAD_LIMIT"
    work_status = 413


class StorageFull(WorkRefusal):
    """There is no room for further files on this site. Tell the people who run it; your other answers are not affected."""  # noqa: E501

    code = MTURK + "InvalidParameterValue"
    work_code = "STORAGE_FULL"
    work_status = 507


class UploadsOff(WorkRefusal):
    """Files cannot be sent on this site."""

    code = MTURK + "InvalidParameterValue"
    work_code = "FILES_NOT_ACCEPTED"
    work_status = 415


class PreviewOnly(WorkRefusal):
    """This is a preview. Accept the HIT first; nothing was saved."""

    code = MTURK + "AssignmentDoesNotExist"
    work_code = "PREVIEW"


class TokenMayNotWork(WorkRefusal):
    """Tokens of human accounts may read but not work; work in the browser, or use an account that declares itself as software."""  # noqa: E501

    code = MTURK + "PermissionDenied"
    work_code = "TOKEN_READ_ONLY"
    work_status = 403


class TypeNotFound(WorkRefusal):
    """There is no such qualification here."""

    code = MTURK + "QualificationTypeDoesNotExist"
    work_status = 404


class NotRequestable(WorkRefusal):
    """This qualification cannot be requested; the marketplace computes or grants it."""

    code = MTURK + "PermissionDenied"
    work_code = "NOT_REQUESTABLE"
    work_status = 403


class TypeInactive(WorkRefusal):
    """This qualification cannot be requested at present."""

    code = MTURK + "InvalidQualificationTypeState"
    work_code = "TYPE_INACTIVE"


class AlreadyPending(WorkRefusal):
    """You have requested this qualification already; the request is still open."""

    code = MTURK + "QualificationAlreadyExists"
    work_code = "ALREADY_PENDING"


class NeedsTest(WorkRefusal):
    """This qualification has a test. Take the test; its answers are the request."""

    code = MTURK + "InvalidParameterValue"
    work_code = "TEST_REQUIRED"


class NoTest(WorkRefusal):
    """This qualification has no test. Request it instead."""

    code = MTURK + "InvalidParameterValue"
    work_code = "NO_TEST"


class RequestNotPermitted(WorkRefusal):
    """You cannot request qualifications of this requester."""

    code = MTURK + "PermissionDenied"
    work_code = "NOT_PERMITTED"
    work_status = 403


class NotHeld(WorkRefusal):
    """You do not hold this qualification."""

    code = MTURK + "QualificationDoesNotExist"
    work_status = 404


class CannotGiveBack(WorkRefusal):
    """This site computes this qualification itself, so it cannot be given back."""

    code = MTURK + "PermissionDenied"
    work_code = "NOT_PERMITTED"
    work_status = 403


class RetakeNotAllowed(WorkRefusal):
    """This qualification can be requested only once, and you have done so."""

    code = MTURK + "QualificationTypeDoesNotAllowRetake"
    work_code = "ALREADY_HELD"


class RetryTooSoon(WorkRefusal):
    """You can request this qualification again at {at}."""

    code = MTURK + "QualificationTypeRetryDelayNotElapsed"
    work_code = "RETRY_TOO_SOON"

    def __init__(self, at: datetime) -> None:
        """Keep the first instant at which a request is allowed."""
        self.at = at
        super().__init__(at=_shown(at))


class RequestNotFound(WorkRefusal):
    """There is no such request of yours."""

    code = MTURK + "QualificationRequestDoesNotExist"
    work_status = 404


class AttemptTimeOver(WorkRefusal):
    """The time for this test ran out at {at}; nothing was graded."""

    code = MTURK + "InvalidQualificationRequestState"
    work_code = "TEST_TIME_OVER"

    def __init__(self, at: datetime) -> None:
        """Keep when the time ran out."""
        self.at = at
        super().__init__(at=_shown(at))


class AttemptEnded(WorkRefusal):
    """This test is {state}; it cannot be changed any more."""

    code = MTURK + "InvalidQualificationRequestState"
    work_code = "TEST_ENDED"


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
