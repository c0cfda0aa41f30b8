"""What an operation is: a function of a transaction, declared once and found by its wire name."""

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kempelen.domain.notification import Transport
from kempelen.settings import Settings


class Scope(StrEnum):
    """How long a reading may take: one row by its key, a few rows, or a search over many."""

    ROW = "row"
    POINT = "point"
    SCAN = "scan"


class Protocol(StrEnum):
    """What calls come in: AWS JSON 1.1, or the Query and SOAP protocols of the older API."""

    JSON = "json"
    QUERY = "query"


EVERY_PROTOCOL = frozenset(Protocol)
OLDER_ONLY = frozenset({Protocol.QUERY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparation:
    """What decoding before the transaction may look at."""

    settings: Settings
    policies: typing.Mapping[str, Any]
    transports: typing.Sequence[Transport]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One use case. `prepare` decodes what needs no rows, before the transaction begins.

    `outside` carries on when the transaction has ended: `(app, what the function returned)` gives
    the response. It may reach other machines and take its time, and is never run twice.
    """

    name: str
    run: Callable[..., Any]
    request: type
    response: type
    caller: type
    writes: bool
    scope: Scope
    prepare: Callable[[Preparation, Any], Any] | None
    outside: Callable[[Any, Any], Any] | None = None
    protocols: frozenset[Protocol] = EVERY_PROTOCOL


_by_function: dict[Callable[..., Any], Operation] = {}
_ACRONYMS = {"hit": "HIT", "hits": "HITs", "url": "URL"}


def operation(
    *,
    writes: bool,
    scope: Scope = Scope.POINT,
    prepare: Callable[[Preparation, Any], Any] | None = None,
    outside: Callable[[Any, Any], Any] | None = None,
    protocols: frozenset[Protocol] = EVERY_PROTOCOL,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function `(tx, caller, request[, prepared]) -> response` as an operation."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = typing.get_type_hints(function)
        names = list(inspect.signature(function).parameters)
        answering = hints if outside is None else typing.get_type_hints(outside)
        found = Operation(
            name=wire_name(function.__name__),
            run=function,
            request=hints[names[2]],
            response=answering["return"],
            caller=hints[names[1]],
            writes=writes,
            scope=scope,
            prepare=prepare,
            outside=outside,
            protocols=protocols,
        )
        _by_function[function] = found
        return function

    return declare


def wire_name(function_name: str) -> str:
    """The wire name of an operation: create_hit becomes CreateHIT."""
    parts = function_name.rstrip("_").split("_")
    return "".join(_ACRONYMS.get(part, _capital(part)) for part in parts)


def _capital(part: str) -> str:
    return part[:1].upper() + part[1:]


def of(function: Callable[..., Any]) -> Operation:
    """The operation that a function was declared as."""
    return _by_function[function]


def declared(caller: type) -> tuple[Operation, ...]:
    """The operations that a kind of caller may call, as far as their modules are imported."""
    return tuple(item for item in _by_function.values() if item.caller is caller)
