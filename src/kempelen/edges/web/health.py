"""Is the server alive, and is it ready to work: two addresses for load balancers and people."""

from http import HTTPStatus

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from kempelen.edges.http import Edge, Incoming
from kempelen.invariants import BROKEN
from kempelen.operations import dispatch, timers
from kempelen.operations.app import App


def routes(app: App) -> list[BaseRoute]:
    """`/healthz` and `/readyz`; neither asks who is calling, neither tells details."""
    edge = Edge(app=app, failure=_failure)
    return [edge.route("/healthz", _alive, "GET"), edge.route("/readyz", _ready, "GET")]


def _alive(app: App, incoming: Incoming) -> Response:
    del app, incoming
    return JSONResponse({"status": "degraded" if BROKEN else "ok"})


def _ready(app: App, incoming: Incoming) -> Response:
    del incoming
    dispatch.look(app, timers.next_due_at)
    return JSONResponse({"status": "degraded" if BROKEN else "ok"})


def _failure(app: App, incoming: Incoming, error: Exception) -> Response:
    del app, incoming, error
    return PlainTextResponse("not ready", status_code=HTTPStatus.SERVICE_UNAVAILABLE)
