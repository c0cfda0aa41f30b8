"""Every refusal of the worker API as a problem document (RFC 9457) with a code."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec
import structlog
from starlette.responses import Response

from kempelen.api.work import WorkShape
from kempelen.domain import work_errors
from kempelen.domain.errors import Refusal
from kempelen.domain.work_errors import InvalidAnswers, NotQualified, WorkRefusal
from kempelen.edges import http
from kempelen.edges.http import Incoming
from kempelen.edges.worker import multipart
from kempelen.operations import dispatch
from kempelen.operations.app import App

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 1
_PLACE: Final = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `([^`]*)`")
_log = structlog.get_logger("kempelen.worker_api")
_encoder = msgspec.json.Encoder()


class FieldError(WorkShape, frozen=True, kw_only=True):
    """What is wrong with one field: a question, a member of the body, a parameter."""

    field: str
    message: str


class ProblemDocument(WorkShape, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused; `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldError] | None = None
    retry_after: int | None = None
    assignment_id: str | None = None
    state: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A refusal before it is written down."""

    status: int
    code: str
    detail: str
    errors: Sequence[tuple[str, str]] = ()
    retry_after: int | None = None
    assignment_id: str | None = None
    state: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The worker API itself refuses, before any operation."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem."""
        self.problem = problem
        super().__init__(problem.detail)


def unauthenticated() -> Refused:
    """No token, or one that nobody has."""
    return Refused(
        Problem(
            status=HTTPStatus.UNAUTHORIZED,
            code="UNAUTHENTICATED",
            detail="Send the header Authorization: Bearer and a personal token of a worker.",
            headers={"www-authenticate": 'Bearer realm="worker API"'},
        )
    )


def malformed(detail: str) -> Refused:
    """A body that is no JSON."""
    return Refused(Problem(status=HTTPStatus.BAD_REQUEST, code="MALFORMED_BODY", detail=detail))


def invalid(name: str, message: str) -> Refused:
    """A parameter or a member of the body that is not what it must be."""
    return Refused(_invalid_parameter(f"{name}: {message}", name, message))


def misfit(error: msgspec.ValidationError) -> Refused:
    """What msgspec says of a value of the wrong type, with the field named."""
    text = str(error)
    unknown = _UNKNOWN.match(text)
    if unknown is not None:
        return invalid(unknown[1], "There is no such parameter.")
    place = _PLACE.search(text)
    name = "body" if place is None or not place[1] else place[1]
    return invalid(name, f"{_PLACE.sub('', text)}.")


def not_found() -> Refused:
    """An address where nothing is."""
    return Refused(
        Problem(
            status=HTTPStatus.NOT_FOUND,
            code="NOT_FOUND",
            detail="There is nothing at this address. See openapi.json for the ones there are.",
        )
    )


def method_not_allowed(allowed: Sequence[str]) -> Refused:
    """An address that knows other methods only."""
    methods = ", ".join(allowed)
    return Refused(
        Problem(
            status=HTTPStatus.METHOD_NOT_ALLOWED,
            code="METHOD_NOT_ALLOWED",
            detail=f"This address answers to {methods} only.",
            headers={"allow": methods},
        )
    )


def failure(app: App, incoming: Incoming, error: Exception) -> Response:
    """The response to a request that ended in an exception."""
    del incoming
    return response(of(error, app.clock.now()))


def response(problem: Problem) -> Response:
    """A problem as an HTTP response."""
    document = ProblemDocument(
        type="about:blank",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        errors=[FieldError(field=name, message=text) for name, text in problem.errors] or None,
        retry_after=problem.retry_after,
        assignment_id=problem.assignment_id,
        state=problem.state,
    )
    headers = dict(problem.headers)
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    return Response(
        _encoder.encode(document), problem.status, headers=headers, media_type=MEDIA_TYPE
    )


def of(error: Exception, now: datetime) -> Problem:
    """The problem that an exception means."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, WorkRefusal):
        return _of_work(error, now)
    if isinstance(error, multipart.TooManyFields):
        return _invalid_parameter("There are too many parts.", "file", "Send one file alone.")
    if isinstance(error, http.BodyTooLarge):
        return Problem(
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code="TOO_LARGE", detail=str(error)
        )
    if isinstance(error, Refusal) and error.http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _invalid_parameter(error.message, error.parameter, error.message)
    if isinstance(error, Refusal | dispatch.DatabaseUnavailable):
        return Problem(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            code="UNAVAILABLE",
            detail="The server could not do this now, and nothing was changed. Try again.",
            retry_after=RETRY_SECONDS,
        )
    _log.error("worker API", outcome="fault", exc_info=error)
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="INTERNAL_ERROR",
        detail="The server made a mistake, and noted it. Tell the people who run this site.",
    )


def _of_work(error: WorkRefusal, now: datetime) -> Problem:
    problem = Problem(
        status=error.work_status,
        code=error.work_code,
        detail=error.message,
        assignment_id=_fact(error, "assignment_id"),
        state=_fact(error, "state"),
    )
    if isinstance(error, InvalidAnswers):
        return replace(problem, errors=tuple(error.problems.items()))
    if isinstance(error, NotQualified):
        return replace(problem, errors=error.unmet)
    if isinstance(error, work_errors.RetryTooSoon):
        return replace(problem, retry_after=int((error.at - now).total_seconds()) + 1)
    if isinstance(error, work_errors.DailyLimit | work_errors.DailyUploadLimit):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return replace(problem, retry_after=int((midnight - now).total_seconds()) + 1)
    return problem


def _fact(error: WorkRefusal, name: str) -> str | None:
    value = error.facts.get(name)
    return None if value is None else str(value)


def _invalid_parameter(detail: str, name: str | None, message: str) -> Problem:
    return Problem(
        status=HTTPStatus.BAD_REQUEST,
        code="INVALID_PARAMETER",
        detail=detail,
        errors=() if name is None else ((name, message),),
    )
