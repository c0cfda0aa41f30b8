"""`POST /mturk/externalSubmit`: takes answers from inside a task frame and keeps them safe.

No cookie is asked for, because frames are third-party: the assignment id is the permission to
leave answers, and the worker's own page confirms them (docs/reference/task-frames.md). Every
answer here can be read inside a frame and says what to do next.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute

from kempelen.api.work import Fields, StageSubmissionRequest, StageSubmissionResponse
from kempelen.domain import work_errors
from kempelen.domain.errors import Refusal
from kempelen.edges.http import BodyTooLarge, Call, Edge, Incoming
from kempelen.edges.web import frames, pages
from kempelen.edges.worker import multipart, posted_fields, uploading
from kempelen.edges.worker.multipart import Form, Posted
from kempelen.operations import dispatch, registry, work
from kempelen.operations.app import App

# Pages build the address from `turkSubmitTo`, some with one slash too many.
PATHS: Final = ("/mturk/externalSubmit", "//mturk/externalSubmit")
METHODS: Final = ("GET", "POST", "OPTIONS")
ORIGIN_CHARACTERS_MAX: Final = 255
_ASSIGNMENT_ID: Final = "assignmentId"
_JSON: Final = "application/json"
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


class NoAssignmentId(Exception):
    """Fields without the one that says whose answers they are."""


class MethodNotAllowed(Exception):
    """Not a POST."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why nothing was saved. `message` is the refusal's own where it is None."""

    code: str
    status: HTTPStatus
    title: str
    message: str | None


FAULT: Final = Problem(
    code="KMP-SUBMIT-500-FAULT",
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    title="Something went wrong on this site",
    message="Nothing was saved. Go back to the task, wait a moment, and submit it again.",
)
_TOO_LARGE: Final = Problem(
    code="KMP-SUBMIT-413-TOO-LARGE",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    title="The answers are too large",
    message="Nothing was saved. Go back to the task, shorten the answers, and submit it again.",
)
PROBLEMS: Final[Mapping[type[Exception], Problem]] = {
    NoAssignmentId: Problem(
        code="KMP-SUBMIT-400-ASSIGNMENT-ID",
        status=HTTPStatus.BAD_REQUEST,
        title="The task did not say which HIT this is",
        message="Nothing was saved, because the field assignmentId is missing. Reload the task"
        " and submit it again; if that does not help, tell the requester.",
    ),
    MethodNotAllowed: Problem(
        code="KMP-SUBMIT-405-METHOD",
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        title="Answers are sent with POST",
        message="Nothing was saved. The form of this task must say method=post: tell the"
        " requester.",
    ),
    posted_fields.Unreadable: Problem(
        code="KMP-SUBMIT-400-UNREADABLE",
        status=HTTPStatus.BAD_REQUEST,
        title="The answers did not arrive whole",
        message="Nothing was saved. Go back to the task and submit it again; if that does not"
        " help, tell the requester.",
    ),
    posted_fields.UnknownType: Problem(
        code="KMP-SUBMIT-415-TYPE",
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        title="The answers are in a form that is not accepted here",
        message="Nothing was saved. The task must send a URL-encoded form, multipart/form-data,"
        " text/plain or application/json: tell the requester.",
    ),
    posted_fields.FilesNotAccepted: Problem(
        code="KMP-SUBMIT-415-FILES",
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        title="Files cannot be sent here",
        message="Nothing was saved. Go back to the task and submit it without files, or return"
        " the HIT.",
    ),
    posted_fields.TooManyFields: Problem(
        code="KMP-SUBMIT-422-FIELDS",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        title="The task sends too many fields",
        message=f"Nothing was saved. A submission has at most {posted_fields.FIELDS_MAX} fields"
        f" with names of at most {posted_fields.NAME_CHARACTERS_MAX} characters: tell the"
        " requester.",
    ),
    BodyTooLarge: _TOO_LARGE,
    work_errors.TooLarge: _TOO_LARGE,
    work_errors.PreviewOnly: Problem(
        code="KMP-SUBMIT-409-PREVIEW",
        status=HTTPStatus.CONFLICT,
        title="Accept the HIT first",
        message=None,
    ),
    work_errors.AssignmentNotFound: Problem(
        code="KMP-SUBMIT-404-ASSIGNMENT",
        status=HTTPStatus.NOT_FOUND,
        title="There is no such assignment",
        message="Nothing was saved. Open the HIT from your queue and submit it again.",
    ),
    work_errors.NotAssigned: Problem(
        code="KMP-SUBMIT-409-RETURNED",
        status=HTTPStatus.CONFLICT,
        title="This assignment was returned",
        message="Nothing was saved. Accept the HIT again, if there still is one, to work on it.",
    ),
    work_errors.DeadlinePassed: Problem(
        code="KMP-SUBMIT-409-TIME-RAN-OUT",
        status=HTTPStatus.CONFLICT,
        title="The time ran out",
        message=None,
    ),
    work_errors.InvalidAnswers: Problem(
        code="KMP-SUBMIT-422-ANSWERS",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        title="Some answers need your attention",
        message=None,
    ),
}


def routes(app: App) -> list[BaseRoute]:
    """The submit address, with one slash before it or two."""
    edge = Edge(
        app=app,
        failure=_failure,
        body_bytes_max=app.settings.external_submit.max_bytes,
        intake=_intake,
        headers=_headers(app),
    )
    return [edge.route(path, _receive, *METHODS) for path in PATHS]


def _headers(app: App) -> dict[str, str]:
    """Readable from any origin and in any frame, but never with the worker's cookies."""
    app_origin = frames.origin(app.settings.app_base_url)
    return {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; script-src {app_origin}; style-src {app_origin};"
            f" form-action {app_origin}; base-uri 'none'"
        ),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def _intake(app: App, incoming: Incoming) -> Form | None:
    """A form with parts may bring files, which are not to fill the memory."""
    content_type = incoming.headers.get("content-type", "")
    if incoming.method != "POST" or not multipart.is_multipart(content_type):
        return None
    settings = app.settings
    return Form(
        content_type, multipart.limits(settings.uploads, settings.external_submit.max_bytes)
    )


def _receive(app: App, incoming: Incoming) -> Response | Call:
    if incoming.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
    is_old_page = incoming.method == "GET" and app.settings.external_submit.allow_get
    if incoming.method != "POST" and not is_old_page:
        raise MethodNotAllowed
    if isinstance(incoming.sink, Form):
        return _receive_form(app, incoming, posted_fields.of_form(incoming.query, incoming.sink))
    content_type = incoming.headers.get("content-type", "")
    fields = posted_fields.of(incoming.query, content_type, incoming.body)
    return Call(
        operation=registry.of(work.stage_submission),
        caller=None,
        request=_request(incoming, _assignment_id(fields), fields),
        render=partial(_received, app, incoming),
    )


def _receive_form(app: App, incoming: Incoming, posted: Posted) -> Response:
    """Keep the files, then the answers; the files go again when the answers are refused."""
    assignment_id = _assignment_id(posted)
    sent = uploading.sent(app, None, assignment_id, posted)
    request = _request(incoming, assignment_id, sent.fields)
    try:
        result = dispatch.run(app, registry.of(work.stage_submission), None, request)
    except Exception:
        uploading.drop(app, sent.keys)
        raise
    return _received(app, incoming, result)


def _request(incoming: Incoming, assignment_id: str, fields: Fields) -> StageSubmissionRequest:
    source = incoming.headers.get("origin")
    return StageSubmissionRequest(
        assignment_id=assignment_id,
        fields=fields,
        origin=None if source is None else source[:ORIGIN_CHARACTERS_MAX],
    )


def _assignment_id(posted: Posted) -> str:
    """The last one given, so that the body wins over the query; blank ones say nothing."""
    given = [
        value.strip() for name, value in posted if name == _ASSIGNMENT_ID and isinstance(value, str)
    ]
    found = [value for value in given if value]
    if not found:
        raise NoAssignmentId
    return found[-1]


def _received(app: App, incoming: Incoming, result: StageSubmissionResponse) -> Response:
    """The hand-over page, which the page around the frame takes up; or what scripts expect."""
    if result.ticket is None:
        return _submitted(app, incoming, result)
    finish_url = f"{app.settings.app_base_url}/tasks/finish?ticket={quote(result.ticket, safe='')}"
    if _wants_json(incoming):
        return JSONResponse(
            {"ticket": result.ticket, "finish_url": finish_url}, status_code=HTTPStatus.CREATED
        )
    return _page(
        app,
        HTTPStatus.OK,
        type="staged",
        title="Finishing…",
        message="Your answers have arrived. The page around this task submits them.",
        assignment_id=result.assignment_id,
        ticket=result.ticket,
        finish_url=finish_url,
    )


def _submitted(app: App, incoming: Incoming, result: StageSubmissionResponse) -> Response:
    """Submitted at once in direct mode, or before: then the first answers stay."""
    if _wants_json(incoming):
        return JSONResponse({"state": result.state, "assignment_id": result.assignment_id})
    is_direct = app.settings.external_submit.mode == "direct"
    return _page(
        app,
        HTTPStatus.OK,
        type="submitted",
        title="Submitted" if is_direct else "Already submitted",
        message="Your answers are saved. Nothing is left to do here."
        if is_direct
        else "This HIT was submitted before. The first answers stay; nothing was changed.",
        assignment_id=result.assignment_id,
    )


def _failure(app: App, incoming: Incoming, error: Exception) -> Response:
    problem = PROBLEMS.get(type(error), FAULT)
    message = problem.message
    if message is None:
        message = error.message if isinstance(error, Refusal) else ""
    allow = {"Allow": "POST, OPTIONS"} if isinstance(error, MethodNotAllowed) else {}
    if _wants_json(incoming):
        plain = {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "code": problem.code,
            "detail": message,
        }
        return JSONResponse(
            plain,
            status_code=problem.status,
            headers=allow,
            media_type="application/problem+json",
        )
    response = _page(
        app,
        problem.status,
        type="submit-error",
        title=problem.title,
        message=message,
        code=problem.code,
    )
    response.headers.update(allow)
    return response


def _wants_json(incoming: Incoming) -> bool:
    return _JSON in incoming.headers.get("accept", "")


def _page(app: App, status: HTTPStatus, **context: str) -> Response:
    base_url = app.settings.app_base_url
    shown = {
        "base_url": base_url,
        "origin": frames.origin(base_url),
        "assignment_id": "",
        "code": "",
        "can_go_back": context["type"] == "submit-error",
        **context,
    }
    return HTMLResponse(pages.text("external_submit.html", **shown), status_code=status)
