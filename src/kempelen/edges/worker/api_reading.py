"""What came in, as typed values: who calls, the query string, the JSON body, the key of a retry."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from kempelen import credentials
from kempelen.domain.people import WorkerCaller, WorkerClass
from kempelen.edges import http
from kempelen.edges.http import Incoming
from kempelen.edges.worker import api_problems
from kempelen.operations import dispatch, signin
from kempelen.operations.app import App

SCHEME: Final = "bearer"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IDEMPOTENCY_KEY_MAX: Final = 64
DEPTH_MAX: Final = 64
_PLAIN: Final = (str, int, float, bool, type(None))

T = TypeVar("T")


def caller(app: App, incoming: Incoming) -> WorkerCaller:
    """The worker whose token came; UNAUTHENTICATED without one.

    Tokens of human accounts only read, unless the site lets them work: automation is declared.
    """
    scheme, _, token = incoming.headers.get("authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token:
        raise api_problems.unauthenticated()
    worker = dispatch.look_up(app, signin.worker_of_token, credentials.digest(token.strip()))
    if worker is None:
        raise api_problems.unauthenticated()
    may_work = (
        worker.worker_class is not WorkerClass.HUMAN
        or app.settings.api.human_work_tokens
        or app.is_testing
    )
    return WorkerCaller(worker=worker, may_work=may_work)


def query(incoming: Incoming, shape: type[T]) -> T:
    """The query string in a shape; INVALID_PARAMETER names the field that does not fit."""
    try:
        return msgspec.convert(dict(incoming.query_fields()), shape, strict=False)
    except msgspec.ValidationError as error:
        raise api_problems.misfit(error) from None


def body(incoming: Incoming, decoder: "msgspec.json.Decoder[T]", missing: T | None = None) -> T:
    """The JSON body in a shape; an empty one is `missing`, if that is given."""
    if missing is not None and not incoming.body:
        return missing
    try:
        return decoder.decode(http.json_without_nul(incoming.body))
    except msgspec.ValidationError as error:
        raise api_problems.misfit(error) from None
    except RecursionError:
        raise api_problems.malformed(_TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise api_problems.malformed("The request body is not JSON in UTF-8.") from None


_TOO_DEEP: Final = f"The JSON of the request body is nested more than {DEPTH_MAX} levels deep."


def check_depth(values: Mapping[str, object]) -> None:
    """Refuse JSON that is nested deeper than anybody needs."""
    level: list[Any] = [value for value in values.values() if not isinstance(value, _PLAIN)]
    for _ in range(DEPTH_MAX):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if not isinstance(inner, _PLAIN)
        ]
    raise api_problems.malformed(_TOO_DEEP)


def idempotency_key(incoming: Incoming) -> str | None:
    """The key under which a repeated request is recognised."""
    key = incoming.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not 1 <= len(key) <= IDEMPOTENCY_KEY_MAX:
        message = f"Send 1 to {IDEMPOTENCY_KEY_MAX} characters, or no such header."
        raise api_problems.invalid(IDEMPOTENCY_KEY, message)
    return key
