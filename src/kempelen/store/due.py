"""What is due: HITs whose `next_due` has come. The bound may be early, never late."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement
from kempelen.store.tx import Tx

BATCH = 500
_H = tables.hits.c
_OPEN = _H.is_disposed == sa.literal_column("0")
_DUE = Statement(
    sa.select(_H.hit_id)
    .where(_OPEN, _H.next_due <= sa.bindparam("now"))
    .order_by(_H.next_due)
    .limit(sa.bindparam("size"))
)
_OF_GROUP = Statement(
    sa.select(_H.hit_id)
    .where(_OPEN, _H.next_due <= sa.bindparam("now"), _H.group_id == sa.bindparam("group_id"))
    .order_by(_H.next_due)
    .limit(sa.bindparam("size"))
)
_A = tables.assignments.c
_WORKED_ON: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
    _A.worker_id == sa.bindparam("worker_id"),
    _A.hit_id == _H.hit_id,
    _A.status.not_in([sa.literal_column("'Returned'"), sa.literal_column("'Abandoned'")]),
)
# As a condition, so that the search begins at the few HITs that are due.
_OF_WORKER = Statement(
    sa.select(_H.hit_id)
    .where(_OPEN, _H.next_due <= sa.bindparam("now"), _WORKED_ON.exists())
    .order_by(_H.next_due)
    .limit(sa.bindparam("size"))
)
_NEXT = Statement(sa.select(sa.func.min(_H.next_due)).where(_OPEN))


def hit_ids(tx: Tx, size: int = BATCH) -> list[str]:
    """Ids of HITs with something due at `tx.now`, the longest overdue first."""
    return [row[0] for row in tx.rows(_DUE, {"now": clock.micros(tx.now), "size": size})]


def in_group(tx: Tx, group_id: str, size: int) -> list[str]:
    """Ids of HITs of a group with something due, the longest overdue first."""
    parameters = {"now": clock.micros(tx.now), "group_id": group_id, "size": size}
    return [row[0] for row in tx.rows(_OF_GROUP, parameters)]


def of_worker(tx: Tx, worker_id: str) -> list[str]:
    """Ids of HITs with something due on which a worker works or worked, at most 500."""
    parameters = {
        "now": clock.micros(tx.now),
        "worker_id": worker_id,
        "size": BATCH + len(tx.unsettled),
    }
    rows = tx.rows(_OF_WORKER, parameters)
    return [row[0] for row in rows if row[0] not in tx.unsettled]


def next_at(tx: Tx) -> datetime | None:
    """When the next HIT is due, or None when there is none."""
    row = tx.row(_NEXT, {})
    return None if row is None or row[0] is None else clock.from_micros(row[0])
