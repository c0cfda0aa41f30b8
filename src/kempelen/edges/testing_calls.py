"""`/x/testing/…`: what a test suite does to a server from outside, in any language.

Move the clock, make accounts, set balances, forget everything. Mounted only by
`kempelen serve --testing`, and answered only to programs on the same machine.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from kempelen import settings
from kempelen.clock import ManualClock, OffsetClock
from kempelen.domain.people import WorkerClass
from kempelen.edges import accounts
from kempelen.edges.http import BodyTooLarge, Edge, Incoming
from kempelen.operations import accounts as account_rules
from kempelen.operations import dispatch, present_work, sweeping
from kempelen.operations.accounts import AccountRefused, NewWorker
from kempelen.operations.app import App

BODY_BYTES_MAX = 65_536
ADVANCE_SECONDS_MAX = 100 * 366 * 86_400
_OWN_SITES = {"same-origin", "none"}
_log = structlog.get_logger("kempelen.testing")

_Handler = Callable[[App, Incoming], Response]

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class _Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what the calls are given: a misspelt member is refused, not ignored."""


class Advance(_Wanted, frozen=True, kw_only=True):
    """How far to move the clock."""

    advance_seconds: Annotated[float, msgspec.Meta(ge=0, le=ADVANCE_SECONDS_MAX)]


class WantedRequester(_Wanted, frozen=True, kw_only=True):
    """A requester to make; without a balance it is billed as the settings say."""

    name: str
    balance: str | None = None


class WantedWorker(_Wanted, frozen=True, kw_only=True):
    """A worker to make, for the worker API."""

    email: str | None = None
    country: str = "US"
    subdivision: str | None = None
    adult: bool = False
    masters: bool = False
    hits_approved: _Count | None = None
    percent_approved: _Percent | None = None
    worker_class: Literal["human", "agent", "simulated"] = msgspec.field(
        name="class", default="simulated"
    )


class Balance(_Wanted, frozen=True, kw_only=True):
    """What a requester's available balance is to be."""

    requester_id: str
    available: str


class Problem(Exception):
    """A call that cannot be carried out: a code, what to do, and a status."""

    def __init__(self, code: str, detail: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        """Keep what the answer will say."""
        self.code = code
        self.detail = detail
        self.status = status
        super().__init__(detail)


def routes(app: App) -> list[BaseRoute]:
    """The testing calls; only for an App that is opened for testing."""
    edge = Edge(
        app=app,
        failure=_failure,
        body_bytes_max=BODY_BYTES_MAX,
        headers={"cache-control": "no-store"},
    )
    calls: tuple[tuple[str, _Handler, str], ...] = (
        ("clock", _advance, "POST"),
        ("requesters", _add_requester, "POST"),
        ("workers", _add_worker, "POST"),
        ("balance", _set_balance, "POST"),
        ("reset", _reset, "POST"),
        ("mail", _mail, "GET"),
    )
    return [
        edge.route(f"/x/testing/{name}", _from_this_machine(handler), method)
        for name, handler, method in calls
    ]


def _advance(app: App, incoming: Incoming) -> Response:
    wanted = _read(incoming, Advance)
    try:
        if isinstance(app.clock, OffsetClock):
            app.clock.advance(wanted.advance_seconds)
        elif isinstance(app.clock, ManualClock):
            app.clock.advance(seconds=wanted.advance_seconds)
        else:
            raise Problem(
                code="clock_fixed",
                detail="The clock of this server cannot be moved. Start it with --testing.",
            )
    except OverflowError:
        raise Problem(
            code="invalid_request",
            detail="The clock cannot go beyond the year 9999. Restart the server to set it back.",
        ) from None
    sweeping.run_due(app)
    return JSONResponse({"now": present_work.time(app.clock.now())})


def _add_requester(app: App, incoming: Incoming) -> Response:
    wanted = _read(incoming, WantedRequester)
    made = accounts.add_requester(app, wanted.name, wanted.balance)
    return JSONResponse(
        {
            "requester_id": made.requester_id,
            "access_key_id": made.access_key_id,
            "secret_access_key": made.secret_access_key,
        }
    )


def _add_worker(app: App, incoming: Incoming) -> Response:
    wanted = _read(incoming, WantedWorker)
    worker = NewWorker(
        name=f"Test worker {app.ids.worker()}",
        email=wanted.email,
        worker_class=WorkerClass(wanted.worker_class),
        country=wanted.country,
        subdivision=wanted.subdivision,
        is_adult=wanted.adult,
        is_master=wanted.masters,
        given_hits_approved=wanted.hits_approved,
        given_percent_approved=wanted.percent_approved,
    )
    made = accounts.add_worker(app, worker, None)
    return JSONResponse({"worker_id": made.worker_id, "token": made.token})


def _set_balance(app: App, incoming: Incoming) -> Response:
    wanted = _read(incoming, Balance)
    accounts.set_available(app, wanted.requester_id, wanted.available)
    return JSONResponse({"requester_id": wanted.requester_id, "available": wanted.available})


def _reset(app: App, incoming: Incoming) -> Response:
    del incoming
    app.db.reset()
    return JSONResponse({"now": present_work.time(app.clock.now())})


def _mail(app: App, incoming: Incoming) -> Response:
    del incoming
    found = dispatch.look(app, account_rules.recent_mail)
    mail = [
        {
            "recipient_id": message.recipient_id,
            "subject": message.subject,
            "body": message.body,
            "created_at": present_work.time(message.created_at),
        }
        for message in found
    ]
    return JSONResponse({"mail": mail})


_T = TypeVar("_T", bound=_Wanted)


def _read(incoming: Incoming, kind: type[_T]) -> _T:
    """The body as JSON of a kind; a Problem that says which members there are."""
    try:
        return msgspec.json.decode(incoming.body or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        members = ", ".join(field.encode_name for field in msgspec.structs.fields(kind))
        detail = f"{error}. Send a JSON object with members out of: {members}."
        raise Problem(code="invalid_request", detail=detail) from None


def _from_this_machine(handler: _Handler) -> _Handler:
    """The handler behind a look at who asks: no other machine, and no page of another site."""

    def guarded(app: App, incoming: Incoming) -> Response:
        host = urlsplit(f"//{incoming.headers.get('host', '')}").hostname or ""
        is_local = settings.is_loopback(incoming.client) and settings.is_loopback(host)
        site = incoming.headers.get("sec-fetch-site", "none")
        if not is_local or site not in _OWN_SITES:
            raise Problem(
                code="not_local",
                detail="Testing calls are answered only to programs on the same machine. "
                "Call http://127.0.0.1 or http://localhost there.",
                status=HTTPStatus.FORBIDDEN,
            )
        return handler(app, incoming)

    return guarded


def _failure(app: App, incoming: Incoming, error: Exception) -> Response:
    del app, incoming
    problem = _problem_of(error)
    return JSONResponse({"code": problem.code, "detail": problem.detail}, problem.status)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, AccountRefused):
        return Problem(code="account_refused", detail=str(error))
    if isinstance(error, BodyTooLarge):
        return Problem(
            code="too_large", detail=str(error), status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        )
    _log.error("testing call failed", exc_info=error)
    return Problem(
        code="fault",
        detail="The server failed. Look at its log.",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
