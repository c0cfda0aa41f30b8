"""The way of every page and JSON call from bytes to a sync function and back.

A handler is a plain function `(app, incoming) -> Response | Call`. The adapter here is the only
asynchronous part: it reads the body within limits, runs the handler, and carries out the operation
of a Call where it belongs: a point reading at once, a write without keeping a thread, the rest on
the thread pool. The AWS endpoint has a barer adapter of its own.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kempelen.ids import RequestIds
from kempelen.operations import dispatch
from kempelen.operations.app import App
from kempelen.operations.registry import Operation

BODY_BYTES_MAX = 1_048_576
BODY_SECONDS_MAX = 60
UPLOAD_SECONDS_MAX = 1800
# What arrives is handed to a sink in pieces of about this size.
PIECE_BYTES = 262_144
REQUEST_ID_HEADER = "x-amzn-requestid"
_REQUEST_ID = REQUEST_ID_HEADER.encode()
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")

request_ids = RequestIds()


class BodyTooLarge(Exception):
    """The body of a request is longer than this path accepts."""

    def __init__(self, limit: int) -> None:
        """Keep the limit in bytes."""
        self.limit = limit
        super().__init__(f"The request body is longer than {limit} bytes. Send less.")


class BodyNotReceived(Exception):
    """The client went away, or sent its body too slowly."""


class Sink(Protocol):
    """Takes a body piece by piece, so that it need not fit into memory."""

    def write(self, data: bytes) -> None:
        """Take a piece; what it raises is shown as the failure of the request."""

    def close(self) -> None:
        """Let go of everything that was kept; called when the response has been made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """A request that has arrived whole; `params` are the parts of its path.

    `sink` has the body where the family of the path takes it piece by piece; `body` is empty then.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query: bytes
    headers: Headers
    body: bytes
    client: str
    request_id: str
    is_secure: bool
    sink: Sink | None = None

    def query_fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of the query string in order, blank ones too."""
        return fields_of(self.query)

    def query_value(self, name: str) -> str | None:
        """The last value of a field of the query string."""
        return dict(self.query_fields()).get(name)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""
        header = self.headers.get("cookie")
        return None if header is None else cookie_parser(header).get(name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """An operation to carry out, and how its response becomes an HTTP response."""

    operation: Operation
    caller: object
    request: object
    render: Callable[[Any], Response]


Handler = Callable[[App, Incoming], Response | Call]
Failure = Callable[[App, Incoming, Exception], Response]
Intake = Callable[[App, Incoming], Sink | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """One family of paths: how its failures look, how large bodies may be, where handlers run.

    Handlers of a family that `is_quick` run on the event loop itself, when the database is quick
    too: they read a few rows at most, and leave everything else to a Call. `intake` looks at a
    request whose body has not come yet, and may refuse it, or give a sink for its body.
    """

    app: App
    failure: Failure
    is_quick: bool = False
    body_bytes_max: int = BODY_BYTES_MAX
    intake: Intake | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def route(self, path: str, handler: Handler, *methods: str) -> Route:
        """A route for a handler; GET without methods."""
        return Route(path, self.endpoint(handler), methods=list(methods) or ["GET"])

    def endpoint(self, handler: Handler) -> ASGIApp:
        """An ASGI application that runs a handler, whatever the path and the method."""
        return _Endpoint(self, handler)


class _Endpoint:
    """Runs one handler for each request; an ASGI application."""

    def __init__(self, edge: Edge, handler: Handler) -> None:
        self._edge = edge
        self._handler = handler
        self._headers = [
            (name.lower().encode(), value.encode()) for name, value in edge.headers.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        edge = self._edge
        incoming: Incoming | None = None
        sink: Sink | None = None
        try:
            if edge.intake is not None:
                incoming = _incoming(scope, b"")
                sink = edge.intake(edge.app, incoming)
            if sink is None:
                body = await read_body(scope, receive, edge.body_bytes_max)
                incoming = _incoming(scope, body)
            else:
                await _fill(edge.app, receive, sink)
                incoming = replace(incoming or _incoming(scope, b""), sink=sink)
            response = await self._answer(incoming)
        except BodyNotReceived:
            response = Response(status_code=HTTPStatus.REQUEST_TIMEOUT)
        except Exception as error:  # noqa: BLE001 - the edge shows it, whatever it is
            incoming = incoming or _incoming(scope, b"")
            response = await on_pool(edge.app, edge.failure, edge.app, incoming, error)
        finally:
            if sink is not None:
                await on_pool(edge.app, sink.close)
        request_id = request_ids.next() if incoming is None else incoming.request_id
        self._complete(response, request_id)
        await response(scope, receive, send)

    def _complete(self, response: Response, request_id: str) -> None:
        """Add the request id and the headers of the family that the response does not have."""
        raw = response.raw_headers
        names = {name for name, _ in raw}
        raw.append((_REQUEST_ID, request_id.encode()))
        raw += [header for header in self._headers if header[0] not in names]

    async def _answer(self, incoming: Incoming) -> Response:
        edge = self._edge
        if edge.is_quick and edge.app.db.reads_at_once:
            answer = self._handler(edge.app, incoming)
        else:
            answer = await on_pool(edge.app, self._handler, edge.app, incoming)
        if isinstance(answer, Response):
            return answer
        result = await carry_out(edge.app, answer.operation, answer.caller, answer.request)
        return answer.render(result)


async def carry_out(app: App, operation: Operation, caller: object, request: object) -> Any:
    """Carry out an operation for an event loop; refusals come out as they were raised."""
    started = time.perf_counter()
    if operation.outside is not None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            app.outward, dispatch.run, app, operation, caller, request
        )
    if operation.writes:
        try:
            job = await _written(app, operation, caller, request)
        except Exception as error:
            raise dispatch.outcome(operation, error, started) from error
        if isinstance(job.error, dispatch.Overtaken):
            return await on_pool(app, dispatch.run, app, operation, caller, request)
        if job.error is not None:
            raise dispatch.outcome(operation, job.error, started) from job.error
        dispatch.succeeded(operation, started)
        return job.result
    if dispatch.may_read_now(app, operation):
        try:
            return dispatch.read_now(app, operation, caller, request)
        except dispatch.Overtaken:
            pass
        except Exception as error:
            raise dispatch.outcome(operation, error, started) from error
    return await on_pool(app, dispatch.run, app, operation, caller, request)


async def _written(app: App, operation: Operation, caller: object, request: object) -> dispatch.Job:
    courier: _Courier | None = getattr(_local, "courier", None)
    loop = asyncio.get_running_loop()
    if courier is None or courier.loop is not loop:
        courier = _local.courier = _Courier(loop)
    job = dispatch.writing(app, operation, caller, request, courier.deliver)
    job.tag = loop.create_future()
    courier.send(app, job)
    await job.tag
    return job


class _Courier:
    """Takes the writes of one event loop to the database, and brings back how they ended.

    Requests that arrive together go together: they share a commit, and the writing thread does not
    compete with this one for the rest of them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._waiting: list[tuple[App, dispatch.Job]] = []

    def send(self, app: App, job: dispatch.Job) -> None:
        """Hand a write over when the loop has looked at everything that is ready now."""
        self._waiting.append((app, job))
        if len(self._waiting) == 1:
            self.loop.call_soon(self._hand_over)

    def deliver(self, jobs: list[dispatch.Job]) -> None:
        """Wake the loop once for all of a batch; called by the writing thread."""
        self.loop.call_soon_threadsafe(self._settle, jobs)

    def _hand_over(self) -> None:
        waiting, self._waiting = self._waiting, []
        for app, job in waiting:
            app.db.submit(job)

    @staticmethod
    def _settle(jobs: list[dispatch.Job]) -> None:
        for job in jobs:
            if not job.tag.done():
                job.tag.set_result(None)


# A thread runs one event loop at a time.
_local = threading.local()


async def on_pool(app: App, function: Callable[..., Any], *arguments: object) -> Any:
    """Run what may wait for the database, or think for long, in a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(app.readers, function, *arguments)


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The body of a request; BodyTooLarge beyond the limit, BodyNotReceived without an end."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise BodyNotReceived
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > limit:
                raise BodyTooLarge(limit)
        body = await _rest_of_body(body, receive, limit)
    if len(body) > limit:
        raise BodyTooLarge(limit)
    return body


async def _rest_of_body(first: bytes, receive: Receive, limit: int) -> bytes:
    parts, size = [first], len(first)
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BodyNotReceived
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limit:
                    raise BodyTooLarge(limit)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise BodyNotReceived from None


async def _fill(app: App, receive: Receive, sink: Sink) -> None:
    """Hand a body to a sink; BodyNotReceived without an end, or when nothing comes for a while."""
    waiting: list[bytes] = []
    size = 0
    has_more = True
    try:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            while has_more:
                async with asyncio.timeout(BODY_SECONDS_MAX):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    raise BodyNotReceived
                has_more = message.get("more_body", False)
                waiting.append(message.get("body", b""))
                size += len(waiting[-1])
                if size >= PIECE_BYTES or not has_more:
                    await on_pool(app, sink.write, b"".join(waiting))
                    waiting, size = [], 0
    except TimeoutError:
        raise BodyNotReceived from None


def fields_of(text: bytes) -> tuple[tuple[str, str], ...]:
    """The fields of a query string or a URL-encoded form, in order, blank ones too.

    Bytes that are not UTF-8 become U+FFFD, and so does NUL.
    """
    return without_nul(
        parse_qsl(
            text.decode("utf-8", "replace"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
        )
    )


def without_nul(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Fields with U+FFFD for the one character that not every database can keep."""
    return tuple(
        (name.replace("\0", "\ufffd"), value.replace("\0", "\ufffd")) for name, value in fields
    )


def json_without_nul(body: bytes) -> bytes:
    """The same for JSON, in which that character is always written as an escape."""
    return _NUL.sub(rb"\1\\ufffd", body) if b"\\u0000" in body else body


def _incoming(scope: Scope, body: bytes) -> Incoming:
    client = scope.get("client")
    return Incoming(
        method=scope["method"],
        path=scope["path"],
        params=scope.get("path_params", {}),
        query=scope["query_string"],
        headers=Headers(raw=scope["headers"]),
        body=body,
        client=client[0] if client else "",
        request_id=request_ids.next(),
        is_secure=scope["scheme"] == "https",
    )
