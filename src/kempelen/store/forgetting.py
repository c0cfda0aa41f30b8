"""Rows that are kept for a while only, removed in small steps so that nobody waits for long."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement
from kempelen.store.tx import Tx

BATCH = 500


def _oldest(table: sa.Table, time: str) -> Statement:
    """Remove what is too old among the oldest rows; `n` grows with the time."""
    oldest: Any = sa.select(table.c.n).order_by(table.c.n).limit(BATCH).scalar_subquery()
    return Statement(
        sa.delete(table).where(table.c.n.in_(oldest), table.c[time] < sa.bindparam("before"))
    )


_EVENTS = _oldest(tables.events, "happened_at")
_MAIL = _oldest(tables.mail, "created_at")
_SETTLED = (
    sa.select(tables.deliveries.c.n)
    .where(tables.deliveries.c.settled_at < sa.bindparam("before"))
    .order_by(tables.deliveries.c.settled_at)
    .limit(BATCH)
    .scalar_subquery()
)
_DELIVERIES = Statement(sa.delete(tables.deliveries).where(tables.deliveries.c.n.in_(_SETTLED)))


def events(tx: Tx, before: datetime) -> bool:
    """Remove some events from before an instant; whether there may be more."""
    return _is_full(tx, _EVENTS, before)


def mail(tx: Tx, before: datetime) -> bool:
    """Remove some messages from before an instant; whether there may be more."""
    return _is_full(tx, _MAIL, before)


def deliveries(tx: Tx, before: datetime) -> bool:
    """Remove some deliveries that were settled before an instant; whether there may be more."""
    return _is_full(tx, _DELIVERIES, before)


def _is_full(tx: Tx, statement: Statement, before: datetime) -> bool:
    return tx.run(statement, {"before": clock.micros(before)}) == BATCH
