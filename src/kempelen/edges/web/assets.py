"""The static files of the site, read once: style, scripts, the mark. Nothing else is served."""

import hashlib
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources

from starlette.responses import Response
from starlette.routing import BaseRoute

from kempelen.edges.http import Edge, Incoming
from kempelen.operations.app import App

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """One file; `version` changes with its bytes."""

    body: bytes
    media_type: str
    version: str


@cache
def files() -> dict[str, Asset]:
    """All static files by name."""
    found = {}
    for file in resources.files("kempelen.edges.web").joinpath("static").iterdir():
        media_type = _TYPES.get(file.name.rpartition(".")[2])
        if media_type is not None and file.is_file():
            body = file.read_bytes()
            version = hashlib.sha256(body).hexdigest()[:12]
            found[file.name] = Asset(body=body, media_type=media_type, version=version)
    return found


def url(name: str) -> str:
    """The address of a file, with its version, so that browsers may keep it."""
    return f"/static/{name}?v={files()[name].version}"


def routes(app: App) -> list[BaseRoute]:
    """`/static/NAME`."""
    edge = Edge(app=app, failure=_failure, is_quick=True)
    return [edge.route("/static/{name}", _serve, "GET")]


def _serve(app: App, incoming: Incoming) -> Response:
    del app
    asset = files().get(incoming.params["name"])
    if asset is None:
        return Response("There is no such file.", HTTPStatus.NOT_FOUND, media_type="text/plain")
    tag = f'"{asset.version}"'
    headers = {
        "cache-control": _FOREVER if incoming.query_value("v") == asset.version else "no-cache",
        # Documents in sandboxed frames, whose origin is nobody's, load scripts from here.
        "cross-origin-resource-policy": "cross-origin",
        "etag": tag,
        "x-content-type-options": "nosniff",
    }
    if incoming.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(asset.body, headers=headers, media_type=asset.media_type)


def _failure(app: App, incoming: Incoming, error: Exception) -> Response:
    del app, incoming, error
    return Response(status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
