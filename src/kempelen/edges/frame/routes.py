"""Requesters' documents behind signed addresses, and the scripts that run beside them.

Nothing here reads or sets a cookie: the signed address is the permission.
"""

from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from kempelen.api.work import ReadQuestionRequest
from kempelen.domain.errors import RequestError
from kempelen.domain.question import HTMLQuestion
from kempelen.edges.frame import downloads, headers
from kempelen.edges.http import Edge, Incoming
from kempelen.edges.web import frames, pages
from kempelen.formats import frame_document, question
from kempelen.operations import dispatch, own_work, registry
from kempelen.operations.app import App

_FOLDER: Final = Path(__file__).parent / "static"
_SCRIPT: Final = "text/javascript"
_STYLE: Final = "text/css"
_RELOAD: Final = (
    "Reload the task",
    "This address of the task is no longer good. Reload the page around it to get a new one.",
)
_MISSING: Final = (
    "There is nothing to show here",
    "The task is not one that is shown in a frame, or it was removed. Look for another HIT.",
)
_ASSETS: Final = {
    "/frame-helper/v1.js": ("v1.js", _SCRIPT),
    "/frame-helper/handover.js": ("handover.js", _SCRIPT),
    "/frame-helper/frame.css": ("frame.css", _STYLE),
    "/mturk-public/externalHIT_v1.js": ("externalHIT_v1.js", _SCRIPT),
}


def routes(app: App) -> list[BaseRoute]:
    """`/frame/{token}/`, `/frame/files/…`, `/frame-helper/…` and `/mturk-public/…`."""
    edge = Edge(app=app, failure=_failure)
    assets = [
        edge.route(path, partial(_asset, name, media_type))
        for path, (name, media_type) in _ASSETS.items()
    ]
    return [edge.route("/frame/{token}/", _document), *downloads.routes(app), *assets]


def _document(app: App, incoming: Incoming) -> Response:
    if _is_service_worker(incoming):
        return _no_service_worker()
    granted = frames.read(app, incoming.params["token"])
    if granted is None:
        return _refusal(app, HTTPStatus.FORBIDDEN, _RELOAD)
    wanted = ReadQuestionRequest(hit_id=granted.hit_id)
    found = dispatch.run(app, registry.of(own_work.read_question), None, wanted)
    settings = app.settings
    parsed = question.stored(found.question)
    if not isinstance(parsed, HTMLQuestion):
        return _refusal(app, HTTPStatus.NOT_FOUND, _MISSING)
    text = frame_document.assemble(parsed.content, submit_origin=settings.app_base_url)
    return HTMLResponse(text, headers=headers.of_document(settings))


def _asset(name: str, media_type: str, app: App, incoming: Incoming) -> Response:
    del app
    if _is_service_worker(incoming):
        return _no_service_worker()
    return Response(_content(name), media_type=media_type, headers=headers.of_asset())


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def _is_service_worker(incoming: Incoming) -> bool:
    """A service worker would see the documents of every requester."""
    return incoming.headers.get("service-worker") == "script"


def _no_service_worker() -> Response:
    return PlainTextResponse(
        "Service workers are not available in task frames.",
        status_code=HTTPStatus.FORBIDDEN,
        headers=dict(headers.EVERYWHERE),
    )


def _failure(app: App, incoming: Incoming, error: Exception) -> Response:
    del incoming
    if isinstance(error, RequestError):
        return _refusal(app, HTTPStatus.NOT_FOUND, _MISSING)
    return _refusal(app, HTTPStatus.INTERNAL_SERVER_ERROR, _RELOAD)


def _refusal(app: App, status: HTTPStatus, words: tuple[str, str]) -> Response:
    title, message = words
    base_url = app.settings.app_base_url
    text = pages.text("frame_page.html", base_url=base_url, title=title, message=message)
    return HTMLResponse(text, status_code=status, headers=headers.of_refusal(app.settings))
