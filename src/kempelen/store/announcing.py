"""Events become rows: each is logged, and what a HIT type's notification asks for is to be sent.

Whether a HIT type has a notification is decided by the statement that inserts the delivery, in the
transaction of the event. Where this process is the only one that writes, a set of the HIT types
that may have an active one spares the others the statement; it may have too many, never too few.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from kempelen.domain.events import Event
from kempelen.ids import Ids
from kempelen.store import tables
from kempelen.store.statement import Statement, insert

WAITING = "Waiting"
BEHIND_ANOTHER = 1 << 62
"""When a delivery is due that has to wait for an earlier one of its lane: never by itself."""

_LISTENED = "notification_settings"
_INSERT_EVENT = insert(tables.events)
_S = tables.notification_settings.c
_D = tables.deliveries.c
_ACTIVE = Statement(sa.select(_S.hit_type_id).where(_S.is_active == sa.literal_column("1")))


class Writing(Protocol):
    """What is needed of a transaction."""

    cache: dict[str, Any]
    ids: Ids
    is_sole_writer: bool

    def rows(self, statement: Statement, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Every row of a query."""

    def put(self, statement: Statement, parameters: Mapping[str, Any]) -> None:
        """Insert a row before the transaction ends."""


def _text(name: str) -> Any:
    return sa.cast(sa.bindparam(name), sa.Text)


def _number(name: str) -> Any:
    return sa.cast(sa.bindparam(name), sa.BigInteger)


def due_behind(target: Any, lane: Any) -> Any:
    """When a new delivery of a lane is due: now, or after the one before it."""
    earlier = tables.deliveries.alias("earlier").c
    is_behind = sa.exists(sa.select(sa.literal_column("1"))).where(
        earlier.target == target,
        earlier.lane == lane,
        earlier.status == sa.literal_column(f"'{WAITING}'"),
    )
    return sa.case(
        (is_behind, sa.literal_column(str(BEHIND_ANOTHER))), else_=_number("happened_at")
    )


def _deliver() -> Statement:
    """A delivery for an event, if the notification of its HIT type wants it."""
    columns: dict[Any, Any] = {
        _D.target: _S.target,
        _D.lane: _text("hit_id"),
        _D.document_id: _text("document_id"),
        _D.version: _S.version,
        _D.event_type: _text("type"),
        _D.hit_type_id: _text("hit_type_id"),
        _D.hit_id: _text("hit_id"),
        _D.assignment_id: _text("assignment_id"),
        _D.happened_at: _number("happened_at"),
        _D.status: sa.literal_column(f"'{WAITING}'"),
        _D.due_at: due_behind(_S.target, _text("hit_id")),
    }
    wanted = sa.select(*columns.values()).where(
        _S.hit_type_id == sa.bindparam("hit_type_id"),
        _S.is_active == sa.literal_column("1"),
        _S.event_types.like(sa.bindparam("pattern")),
    )
    return Statement(sa.insert(tables.deliveries).from_select(list(columns), wanted))


_DELIVER = _deliver()


def announce(tx: Writing, events: Sequence[Event], happened_at: int) -> None:
    """Log events, and have those delivered that somebody has asked for."""
    listened = _listened(tx) if tx.is_sole_writer else None
    for event in events:
        members = {
            "type": event.type.value,
            "hit_id": event.hit_id,
            "hit_type_id": event.hit_type_id,
            "assignment_id": event.assignment_id,
            "happened_at": happened_at,
        }
        tx.put(_INSERT_EVENT, members)
        if listened is None or event.hit_type_id in listened:
            named = {"document_id": tx.ids.document(), "pattern": pattern(event.type.value)}
            tx.put(_DELIVER, {**members, **named})


def listen(tx: Writing, hit_type_id: str) -> None:
    """Note that a HIT type may have an active notification from now on."""
    listened: set[str] | None = tx.cache.get(_LISTENED)
    if listened is not None:
        listened.add(hit_type_id)


def spelled(event_types: Sequence[str]) -> str:
    """Event types as one text in which `pattern` finds each."""
    return f" {' '.join(event_types)} "


def pattern(event_type: str) -> str:
    """What finds an event type in a text of several."""
    return f"% {event_type} %"


def _listened(tx: Writing) -> set[str]:
    """The HIT types that may have an active notification.

    Only the one thread that writes reads and changes the set, and what it adds for a transaction
    that is undone does no harm.
    """
    listened: set[str] | None = tx.cache.get(_LISTENED)
    if listened is None:
        listened = tx.cache[_LISTENED] = {row[0] for row in tx.rows(_ACTIVE, {})}
    return listened
