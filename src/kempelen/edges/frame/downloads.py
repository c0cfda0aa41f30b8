"""Files of workers behind signed links: handed over as attachments, never shown here.

They pass through this server from wherever they are kept, so that these headers go with them.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute

from kempelen import blobs
from kempelen.api.work import OpenFileRequest, OpenFileResponse
from kempelen.domain.errors import RequestError
from kempelen.edges.http import Edge, Incoming
from kempelen.operations import dispatch, files, registry
from kempelen.operations.app import App

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._ ()+-]")
_GONE: Final = "This link is no longer good. Ask for a new one with GetFileUploadURL.\n"
_TROUBLE: Final = "The file cannot be read just now. Try again in a moment.\n"


def routes(app: App) -> list[BaseRoute]:
    """`/frame/files/{token}`."""
    edge = Edge(app=app, failure=_failure, headers=HEADERS)
    return [edge.route("/frame/files/{token}", _download, "GET")]


def _download(app: App, incoming: Incoming) -> Response:
    request = OpenFileRequest(token=incoming.params["token"])
    found: OpenFileResponse = dispatch.run(app, registry.of(files.open_file), None, request)
    tag = f'"{found.sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": _disposition(found.name),
        "Content-Type": found.media_type,
        "ETag": tag,
    }
    part = _part(incoming, tag, found.size_bytes)
    if part is None:
        headers["Content-Range"] = f"bytes */{found.size_bytes}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    start, length = part
    status = HTTPStatus.OK
    if length < found.size_bytes:
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{found.size_bytes}"
    headers["Content-Length"] = str(length)
    if incoming.method == "HEAD":
        return Response(status_code=status, headers=headers)
    chunks = blobs.uploads(app.settings.blobs_location).chunks(found.key, start, length)
    return StreamingResponse(_whole(chunks, length), status, headers)


def _part(incoming: Incoming, tag: str, size: int) -> tuple[int, int] | None:
    """Start and length of what is asked for; None for what lies behind the end.

    Several ranges, and what is no range at all, are answered with the whole file, as is a range
    of another version of it.
    """
    match = _RANGE.fullmatch(incoming.headers.get("range", "").replace(" ", ""))
    condition = incoming.headers.get("if-range")
    if match is None or match.group() == "bytes=-" or condition not in {None, tag}:
        return 0, size
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else None
    start, end = int(first), min(int(last or size), size - 1)
    if last and int(last) < start:
        return 0, size
    return (start, end - start + 1) if start < size else None


def _whole(chunks: Iterator[bytes], length: int) -> Iterator[bytes]:
    """The pieces, of which there must be as many as was said."""
    for chunk in chunks:
        length -= len(chunk)
        yield chunk
    if length:
        # The connection breaks, so that nobody takes a part of the file for all of it.
        raise blobs.BlobError("a file is shorter than it was when it came")


def _disposition(name: str) -> str:
    plain = _NOT_PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _failure(app: App, incoming: Incoming, error: Exception) -> Response:
    del app, incoming
    if isinstance(error, RequestError | blobs.BlobMissing):
        return PlainTextResponse(_GONE, HTTPStatus.NOT_FOUND)
    return PlainTextResponse(_TROUBLE, HTTPStatus.SERVICE_UNAVAILABLE)
