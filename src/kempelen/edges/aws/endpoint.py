"""`POST /` of the AWS protocol: a bare ASGI application from signed bytes to answered bytes.

It finds the operation, the caller and the request, has the operation carried out, and renders
whatever comes out in the words of the protocol. Rules are not here.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from starlette.types import Receive, Scope, Send

from kempelen.api import catalogue
from kempelen.api.shape import Shape
from kempelen.clock import micros, monotonic
from kempelen.credentials import NotAuthentic, Sealer
from kempelen.domain import errors
from kempelen.domain.people import Requester
from kempelen.edges import http
from kempelen.edges.aws import json_protocol, signatures
from kempelen.edges.aws.json_protocol import (
    RequestEntityTooLargeException,
    UnknownOperationException,
)
from kempelen.operations import dispatch, served, signin
from kempelen.operations.app import App
from kempelen.operations.registry import Operation

BODY_BYTES_MAX: Final = 4_194_304
TARGET_PREFIX: Final = b"MTurkRequesterServiceV20170117."
KEYS_MAX: Final = 1024
KEY_SECONDS: Final = 5.0
_CONTENT_TYPE: Final = (b"content-type", json_protocol.CONTENT_TYPE.encode())


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessKey:
    """An access key with its secret opened, and when it was read: monotonic seconds, generation."""

    access_key_id: str
    secret: str
    requester: Requester
    read_at: float
    generation: int


_FindKey = Callable[[str], AccessKey | None]


class _NotAtHand(Exception):
    """An access key has to be read from the database."""


class Endpoint:
    """The Requester API of one App; an ASGI application for `http` scopes."""

    def __init__(self, app: App) -> None:
        """Keep the App and the means to open sealed secrets."""
        self._app = app
        self._sealer = Sealer(app.secret_key)
        self._keys: OrderedDict[str, AccessKey] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = http.request_ids.next().encode()
        try:
            body = await http.read_body(scope, receive, BODY_BYTES_MAX)
            operation, requester, request = await self._understood(scope, body)
            response = await http.carry_out(self._app, operation, requester, request)
        except http.BodyNotReceived:
            return
        except Exception as error:  # noqa: BLE001 - rendered as a fault, whatever it is
            await _send(send, request_id, *self._fault(error))
        else:
            await _send(send, request_id, 200, None, json_protocol.encode(response))

    async def _understood(self, scope: Scope, body: bytes) -> tuple[Operation, Requester, Shape]:
        """What `_understand` finds, in a thread when it has to wait for the database."""
        if self._app.db.reads_at_once:
            return self._understand(scope, body, self._find_key)
        try:
            return self._understand(scope, body, self._key_at_hand)
        except _NotAtHand:
            found = await http.on_pool(self._app, self._understand, scope, body, self._find_key)
            return cast("tuple[Operation, Requester, Shape]", found)

    def _understand(
        self, scope: Scope, body: bytes, find_key: _FindKey
    ) -> tuple[Operation, Requester, Shape]:
        """Who asks for what: signature first, then the operation, then the request's shape."""
        headers = scope["headers"]
        target = _target(headers)
        if target is None:
            raise UnknownOperationException
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
        request = json_protocol.decode(body, shapes[0])
        if key.requester.is_suspended:
            raise errors.PermissionDenied
        operation = served.named(name)
        if operation is None:
            raise errors.NotYetServed(operation=name)
        return operation, key.requester, request

    def _key_at_hand(self, access_key_id: str) -> AccessKey:
        known = self._keys.get(access_key_id)
        if known is None or not _is_fresh(known, monotonic(), self._app.db.generation):
            raise _NotAtHand
        return known

    def _find_key(self, access_key_id: str) -> AccessKey | None:
        """The access key with this id; read again when it was read some seconds ago."""
        known = self._keys.get(access_key_id)
        now = monotonic()
        generation = self._app.db.generation
        if known is not None and _is_fresh(known, now, generation):
            return known
        found = dispatch.look_up(self._app, signin.find_access_key, access_key_id)
        if found is None:
            self._keys.pop(access_key_id, None)
            signatures.forget(access_key_id)
            return None
        try:
            secret = self._sealer.open(found.sealed_secret, access_key_id)
        except NotAuthentic:
            # The installation's secret key is not the one this was sealed with.
            raise errors.ServiceFault from None
        key = AccessKey(
            access_key_id=access_key_id,
            secret=secret,
            requester=found.requester,
            read_at=now,
            generation=generation,
        )
        self._keys[access_key_id] = key
        if len(self._keys) > KEYS_MAX:
            self._keys.popitem(last=False)
        return key

    def _fault(self, error: Exception) -> tuple[int, str, bytes]:
        if isinstance(error, http.BodyTooLarge):
            error = RequestEntityTooLargeException(error.limit)
        now_ms = micros(self._app.clock.now()) // 1000
        return json_protocol.fault(error, now_ms, sandbox=self._app.settings.sandbox)


def _is_fresh(key: AccessKey, now: float, generation: int) -> bool:
    return now - key.read_at < KEY_SECONDS and key.generation == generation


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
