"""Refusals and faults as pages that say what happened and what to do next."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from starlette.responses import PlainTextResponse, Response

from kempelen.domain import work_errors
from kempelen.domain.errors import Refusal, ServiceFault
from kempelen.domain.work_errors import WorkRefusal
from kempelen.edges.http import BodyTooLarge, Incoming
from kempelen.edges.web import csrf, sessions, targets
from kempelen.edges.worker import multipart
from kempelen.edges.worker.visits import NotSignedIn, Visit
from kempelen.operations.app import App

FIND = ("/projects", "Find HITs")
QUEUE = ("/tasks", "Go to your queue")
_log = structlog.get_logger("kempelen.pages")

_TITLES = {
    work_errors.NotFound.work_code: "There is nothing here",
    work_errors.AssignmentNotFound.work_code: "There is no such assignment",
    work_errors.AccountSuspended.work_code: "Your account is suspended",
    work_errors.NotPermitted.work_code: "This HIT is not open to you",
    work_errors.OwnHIT.work_code: "This HIT is your own",
    work_errors.NotQualified.work_code: "You do not qualify for this HIT",
    work_errors.HITUnavailable.work_code: "This HIT is no longer available",
    work_errors.NoAssignments.work_code: "This HIT is no longer available",
    work_errors.AlreadyDone.work_code: "You have done this HIT",
    work_errors.QueueFull.work_code: "Your queue is full",
    work_errors.DailyLimit.work_code: "That is all for today",
    work_errors.NotAssigned.work_code: "This assignment is closed",
    work_errors.DeadlinePassed.work_code: "The time ran out",
    work_errors.NotRequestable.work_code: "This cannot be requested",
    work_errors.TypeInactive.work_code: "This cannot be requested now",
    work_errors.AlreadyPending.work_code: "You have asked already",
    work_errors.RetakeNotAllowed.work_code: "Once only",
    work_errors.RetryTooSoon.work_code: "Not yet",
    work_errors.NeedsTest.work_code: "There is a test for this",
    work_errors.NoTest.work_code: "There is no test for this",
    work_errors.AttemptTimeOver.work_code: "The time ran out",
    work_errors.AttemptEnded.work_code: "This test has ended",
    work_errors.TooLarge.work_code: "The answers are too large",
    work_errors.InvalidAnswers.work_code: "Some answers need your attention",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A page about something that did not work."""

    status: int
    title: str
    text: str
    links: tuple[tuple[str, str], ...] = (FIND, QUEUE)


def failure(app: App, incoming: Incoming, error: Exception) -> Response:
    """The page for whatever a handler raised."""
    if isinstance(error, NotSignedIn):
        return _visit(app, incoming).go(targets.with_return("/projects"))
    trouble = trouble_of(error, incoming)
    if trouble.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, ServiceFault):
        _log.error("page", path=incoming.path, request_id=incoming.request_id, exc_info=error)
    try:
        return show(_visit(app, incoming), trouble)
    except Exception:  # noqa: BLE001 - the database may be what failed
        return PlainTextResponse(f"{trouble.title}\n\n{trouble.text}\n", trouble.status)


def show(visit: Visit, trouble: Trouble) -> Response:
    """The page about it."""
    return visit.page("trouble.html", status=trouble.status, trouble=trouble)


def not_found(app: App, incoming: Incoming) -> Response:
    """The page for an address that nobody has; a slash too many is forgiven."""
    path = incoming.path.rstrip("/")
    is_visit = incoming.method in {"GET", "HEAD"}
    if is_visit and path and path != incoming.path and targets.safe(path, "") == path:
        return _visit(app, incoming).go(path)
    return failure(app, incoming, work_errors.NotFound())


def trouble_of(error: Exception, incoming: Incoming) -> Trouble:
    """What to tell about an error."""
    if isinstance(error, WorkRefusal):
        title = _TITLES.get(error.work_code, "This is not possible now")
        return Trouble(status=error.work_status, title=title, text=error.message)
    if isinstance(error, csrf.Forged):
        return Trouble(
            status=HTTPStatus.FORBIDDEN,
            title="This form is out of date",
            text=(
                "It was opened before you signed in, or by another site. Nothing was changed. "
                "Open the page again and repeat what you did."
            ),
        )
    if isinstance(error, BodyTooLarge):
        return Trouble(
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            title="That is too much to send",
            text=f"A form may have {error.limit} bytes. Go back, shorten your answers, send again.",
        )
    if isinstance(error, multipart.FilesNotAccepted):
        return Trouble(
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            title="Files cannot be sent here",
            text="Nothing was submitted. Go back and send the form without files.",
        )
    if isinstance(error, multipart.Unreadable | multipart.TooManyFields):
        return Trouble(
            status=HTTPStatus.BAD_REQUEST,
            title="The form did not arrive whole",
            text="Nothing was submitted. Go back and send it again.",
        )
    if isinstance(error, Refusal) and not isinstance(error, ServiceFault):
        return Trouble(
            status=HTTPStatus.BAD_REQUEST,
            title="This address is not understood",
            text=f"{error.message} Start from the list of HITs instead.",
        )
    return Trouble(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        title="Something went wrong here",
        text=(
            "It is not your fault, and what you had submitted is safe. Try again in a moment. If "
            f"it happens again, tell the people who run this site: request {incoming.request_id}."
        ),
    )


def _visit(app: App, incoming: Incoming) -> Visit:
    return Visit(app=app, incoming=incoming, session=sessions.current(app, incoming))
