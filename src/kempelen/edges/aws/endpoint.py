"""`POST /` of the AWS protocol: a bare ASGI application from signed bytes to answered bytes.

It finds the operation, the caller and the request, has the operation carried out, and renders
whatever comes out in the words of the protocol. Rules are not here.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from kempelen.api import catalogue
from kempelen.api.shape import Shape
from kempelen.clock import micros
from kempelen.domain import errors
from kempelen.domain.people import Requester
from kempelen.edges import http
from kempelen.edges.aws import json_protocol, signatures
from kempelen.edges.aws.access_keys import AccessKey, AccessKeys, NotAtHand
from kempelen.edges.aws.json_protocol import (
    RequestEntityTooLargeException,
    ThrottlingException,
    UnknownOperationException,
)
from kempelen.edges.aws.rates import Rates
from kempelen.operations import served
from kempelen.operations.app import App
from kempelen.operations.registry import Operation

BODY_BYTES_MAX: Final = 4_194_304
TARGET_PREFIX: Final = b"MTurkRequesterServiceV20170117."
_CONTENT_TYPE: Final = (b"content-type", json_protocol.CONTENT_TYPE.encode())

_FindKey = Callable[[str], AccessKey | None]


class Endpoint:
    """The Requester API of one App; an ASGI application for `http` scopes."""

    def __init__(self, app: App, older: ASGIApp, rates: Rates | None) -> None:
        """Keep the App, its access keys and rates, and who answers requests without a target."""
        self._app = app
        self._rates = rates
        self._older = older
        self._keys = AccessKeys(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        target = _target(scope["headers"])
        if target is None:
            await self._older(scope, receive, send)
            return
        request_id = http.request_ids.next().encode()
        try:
            body = await http.read_body(scope, receive, BODY_BYTES_MAX)
            operation, requester, request = await self._understood(scope, target, body)
            response = await http.carry_out(self._app, operation, requester, request)
        except http.BodyNotReceived:
            return
        except Exception as error:  # noqa: BLE001 - rendered as a fault, whatever it is
            await _send(send, request_id, *self._fault(error))
        else:
            await _send(send, request_id, 200, None, json_protocol.encode(response))

    async def _understood(
        self, scope: Scope, target: bytes, body: bytes
    ) -> tuple[Operation, Requester, Shape]:
        """What `_understand` finds, in a thread when it has to wait for the database."""
        find_key = self._keys.find
        if self._app.db.reads_at_once:
            return self._understand(scope, target, body, find_key)
        try:
            return self._understand(scope, target, body, self._keys.at_hand)
        except NotAtHand:
            call = partial(self._understand, scope, target, body, find_key)
            found: tuple[Operation, Requester, Shape] = await http.on_pool(self._app, call)
            return found

    def _understand(
        self, scope: Scope, target: bytes, body: bytes, find_key: _FindKey
    ) -> tuple[Operation, Requester, Shape]:
        """Who asks for what: signature first, then the operation, then the request's shape."""
        headers = scope["headers"]
        key = signatures.verify(
            scope["method"].encode(),
            scope["raw_path"],
            scope["query_string"],
            headers,
            body,
            self._app.wall_clock.now(),
            find_key,
            any_region=self._app.settings.auth.any_region,
            over_tls=scope["scheme"] == "https",
        )
        name = _operation_name(target)
        shapes = catalogue.OPERATIONS.get(name)
        if shapes is None:
            raise UnknownOperationException
        request = json_protocol.decode(http.json_without_nul(body), shapes[0])
        if key.requester.is_suspended:
            raise errors.PermissionDenied
        operation = served.BY_NAME[name]
        if self._rates is not None and not self._rates.admits(
            key.requester.requester_id, writes=operation.writes
        ):
            raise ThrottlingException
        return operation, key.requester, request

    def _fault(self, error: Exception) -> tuple[int, str, bytes]:
        if isinstance(error, http.BodyTooLarge):
            error = RequestEntityTooLargeException(error.limit)
        now_ms = micros(self._app.clock.now()) // 1000
        return json_protocol.fault(error, now_ms, sandbox=self._app.settings.sandbox)


def _target(headers: signatures.Headers) -> bytes | None:
    for name, value in headers:
        if name == b"x-amz-target":
            return value
    return None


def _operation_name(target: bytes) -> str:
    if not target.startswith(TARGET_PREFIX):
        raise UnknownOperationException
    return target[len(TARGET_PREFIX) :].decode("latin-1")


async def _send(
    send: Send, request_id: bytes, status: int, error_type: str | None, body: bytes
) -> None:
    headers = [
        _CONTENT_TYPE,
        (b"content-length", b"%d" % len(body)),
        (b"x-amzn-requestid", request_id),
    ]
    if error_type is not None:
        headers.append((b"x-amzn-errortype", error_type.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
