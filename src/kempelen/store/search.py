"""What workers find: groups with open HITs, and candidates inside a group."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement, greatest, upsert
from kempelen.store.tx import Row, Tx
from kempelen.store.writes import IfNoRow

_G = tables.group_counts.c
_H = tables.hits.c
_A = tables.assignments.c
_T = tables.hit_types.c
GROUPS_MAX = 10_000

_GROUP_COLUMNS = (
    _T.hit_type_id,
    _G.group_id,
    _G.open_hits,
    _G.last_created_at,
    _G.latest_expiration,
    tables.requesters.c.name,
)
_JOINED = (
    sa.select(*_GROUP_COLUMNS)
    .join(tables.hit_types, _T.group_id == _G.group_id)
    .join(tables.requesters, tables.requesters.c.requester_id == _T.requester_id)
)
_GROUPS = Statement(
    _JOINED.where(_G.open_hits > sa.literal_column("0"))
    .order_by(_G.last_created_at.desc())
    .limit(sa.literal_column(str(GROUPS_MAX)))
)
_GROUP = Statement(_JOINED.where(_G.group_id == sa.bindparam("group_id")))
_TAKEN = Statement(
    sa.select(_A.group_id, sa.func.count())
    .join(tables.hits, _H.hit_id == _A.hit_id)
    .where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.status.not_in([sa.literal_column("'Returned'"), sa.literal_column("'Abandoned'")]),
        _H.status == sa.literal_column("'Assignable'"),
    )
    .group_by(_A.group_id)
)
_TAKEN_IN = Statement(
    sa.select(sa.func.count())
    .select_from(tables.assignments)
    .join(tables.hits, _H.hit_id == _A.hit_id)
    .where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.group_id == sa.bindparam("group_id"),
        _A.status.not_in([sa.literal_column("'Returned'"), sa.literal_column("'Abandoned'")]),
        _H.status == sa.literal_column("'Assignable'"),
    )
)
_LIVE: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
    _A.worker_id == sa.bindparam("worker_id"),
    _A.hit_id == _H.hit_id,
    _A.status.not_in([sa.literal_column("'Returned'"), sa.literal_column("'Abandoned'")]),
)
_CANDIDATE = Statement(
    sa.select(_H.hit_id)
    .where(
        _H.group_id == sa.bindparam("group_id"),
        _H.status == sa.literal_column("'Assignable'"),
        _H.expiration > sa.bindparam("now"),
        _H.n >= sa.bindparam("start"),
        ~_LIVE.exists(),
    )
    .order_by(_H.n)
    .limit(sa.bindparam("size"))
)


def _bound(of: "Callable[[sa.Column[int]], sa.ColumnElement[int]]") -> "sa.ScalarSelect[int]":
    """One end of the open HITs of a group: two look-ups in the index, where one would scan it."""
    return (
        sa.select(of(_H.n))
        .where(
            _H.group_id == sa.bindparam("group_id"), _H.status == sa.literal_column("'Assignable'")
        )
        .scalar_subquery()
    )


_BOUNDS = Statement(sa.select(_bound(sa.func.min), _bound(sa.func.max)))
_COUNT = upsert(
    tables.group_counts,
    "group_id",
    {
        "group_id": sa.bindparam("key"),
        "open_hits": sa.bindparam("more"),
        "last_created_at": sa.bindparam("created_at"),
        "latest_expiration": sa.bindparam("expiration"),
    },
    {
        "open_hits": _G.open_hits + sa.bindparam("more"),
        "last_created_at": greatest(_G.last_created_at, sa.bindparam("created_at")),
        "latest_expiration": greatest(_G.latest_expiration, sa.bindparam("expiration")),
    },
)
_REACH = Statement(
    sa.update(tables.group_counts)
    .where(_G.group_id == sa.bindparam("key"))
    .values(latest_expiration=greatest(_G.latest_expiration, sa.bindparam("expiration")))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRow:
    """A group as the counters know it; `open_hits` counts for nobody in particular."""

    hit_type_id: str
    group_id: str
    open_hits: int
    last_created_at: datetime
    latest_expiration: datetime
    requester_name: str


def _group(row: Row) -> GroupRow:
    return GroupRow(
        hit_type_id=row[0],
        group_id=row[1],
        open_hits=row[2],
        last_created_at=clock.from_micros(row[3]),
        latest_expiration=clock.from_micros(row[4]),
        requester_name=row[5],
    )


def open_groups(tx: Tx) -> list[GroupRow]:
    """Groups with at least one Assignable HIT, newest first."""
    return [_group(row) for row in tx.rows(_GROUPS, {})]


def group(tx: Tx, group_id: str) -> GroupRow | None:
    """A group, also when nothing of it is open."""
    row = tx.row(_GROUP, {"group_id": group_id})
    return None if row is None else _group(row)


def taken_by(tx: Tx, worker_id: str) -> dict[str, int]:
    """For each group: how many of its Assignable HITs the worker has or had."""
    return {row[0]: row[1] for row in tx.rows(_TAKEN, {"worker_id": worker_id})}


def taken_in(tx: Tx, worker_id: str, group_id: str) -> int:
    """How many Assignable HITs of a group the worker has or had."""
    row = tx.row(_TAKEN_IN, {"worker_id": worker_id, "group_id": group_id})
    return 0 if row is None else int(row[0])


def bounds(tx: Tx, group_id: str) -> tuple[int, int] | None:
    """First and last `n` of the Assignable HITs of a group."""
    row = tx.row(_BOUNDS, {"group_id": group_id})
    return None if row is None or row[0] is None else (row[0], row[1])


def candidates(tx: Tx, group_id: str, worker_id: str, start: int, size: int) -> list[str]:
    """Ids of HITs of a group that the worker might accept, from `n == start` on."""
    rows = tx.rows(
        _CANDIDATE,
        {
            "group_id": group_id,
            "worker_id": worker_id,
            "start": start,
            "size": size,
            "now": clock.micros(tx.now),
        },
    )
    return [row[0] for row in rows]


def count_open(
    tx: Tx, group_id: str, more: int, created_at: datetime, expiration: datetime
) -> None:
    """Add `more` (1 or -1) to the number of Assignable HITs of a group."""
    tx.add(
        _COUNT,
        group_id,
        {"more": more},
        {"created_at": clock.micros(created_at), "expiration": clock.micros(expiration)},
    )


def reach(tx: Tx, group_id: str, expiration: datetime) -> None:
    """Note that a HIT of a group is open until an instant; an earlier one changes nothing."""
    bounds = {"expiration": clock.micros(expiration)}
    tx.add(_REACH, group_id, {}, bounds, if_no_row=IfNoRow.FINE)
