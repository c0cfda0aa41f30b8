"""Figures about a requester's account over time, counted from the rows themselves.

A series is a list of (bucket, figure): time since a start is cut into buckets of one width.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain import ledger
from kempelen.store import tables, texts
from kempelen.store.statement import Statement
from kempelen.store.tx import Tx

_A = tables.assignments.c
_H = tables.hits.c
_E = tables.events.c
_F = tables.transfers.c
_R = tables.review_runs.c
_ONE_MICROSECOND = timedelta(microseconds=1)


class Buckets(NamedTuple):
    """`number` buckets of equal width from a start on."""

    start: datetime
    width: timedelta
    number: int


class Figures(NamedTuple):
    """What is open or promised now: slots, statuses, money units of rewards and of fees."""

    open_slots: int
    assignable: int
    reviewable: int
    rewards: int
    fees: int


class Verdicts(NamedTuple):
    """What review policies found about one assignment, and when."""

    assignment_id: str
    level: str
    run_id: str
    ran_at: datetime
    results: list[list[str]]


def _series(
    time: sa.ColumnElement[int],
    source: sa.FromClause,
    *conditions: sa.ColumnElement[bool],
    measure: sa.ColumnElement[Any] | None = None,
) -> Statement:
    bucket = ((time - sa.bindparam("start")) // sa.bindparam("width")).label("bucket")
    figure = sa.func.count() if measure is None else sa.func.sum(measure)
    inside = (time >= sa.bindparam("start"), time < sa.bindparam("end"))
    return Statement(
        sa.select(bucket, figure).select_from(source).where(*conditions, *inside).group_by("bucket")
    )


def _of_work(
    time: sa.ColumnElement[int], status: str | None = None, *, of_worker: bool
) -> Statement:
    conditions = [_A.requester_id == sa.bindparam("requester_id"), time.is_not(None)]
    if of_worker:
        conditions.append(_A.worker_id == sa.bindparam("worker_id"))
    if status is not None:
        conditions.append(_A.status == sa.literal_column(f"'{status}'"))
    return _series(time, tables.assignments, *conditions)


def _of_money(kind: str) -> Statement:
    return _series(
        _F.created_at,
        tables.transfers,
        _F.kind == sa.literal_column(f"'{kind}'"),
        _F.source.in_([sa.bindparam("available"), sa.bindparam("on_hold")]),
        measure=_F.amount,
    )


_FIRST_DECIDED = sa.func.coalesce(_A.rejected_at, _A.approved_at)
_OWN_HITS = _H.requester_id == sa.bindparam("requester_id")
_OF_REQUESTER: Mapping[str, Statement] = {
    "accepted": _of_work(_A.accepted_at, of_worker=False),
    "submitted": _of_work(_A.submitted_at, of_worker=False),
    "decided": _of_work(_FIRST_DECIDED, of_worker=False),
    "approved": _of_work(_A.approved_at, "Approved", of_worker=False),
    "rejected": _of_work(_A.rejected_at, "Rejected", of_worker=False),
    "returned": _of_work(_A.ended_at, "Returned", of_worker=False),
    "abandoned": _of_work(_A.ended_at, "Abandoned", of_worker=False),
    "approved_rewards": _series(
        _A.approved_at,
        tables.assignments.join(tables.hits, _H.hit_id == _A.hit_id).join(
            tables.hit_types, tables.hit_types.c.hit_type_id == _H.hit_type_id
        ),
        _A.requester_id == sa.bindparam("requester_id"),
        _A.status == sa.literal_column("'Approved'"),
        measure=tables.hit_types.c.reward,
    ),
    "reward": _of_money("reward"),
    "fee": _of_money("fee"),
    "bonus": _of_money("bonus"),
    "bonus_fee": _of_money("bonus_fee"),
    "created": _series(_H.created_at, tables.hits, _OWN_HITS),
    "reviewable": _series(
        _H.reviewable_since,
        tables.hits,
        _OWN_HITS,
        _H.status == sa.literal_column("'Reviewable'"),
    ),
    "disposed": _series(
        _E.happened_at,
        tables.hits.join(tables.events, _E.hit_id == _H.hit_id),
        _OWN_HITS,
        _E.type == sa.literal_column("'HITDisposed'"),
    ),
}
_OF_WORKER: Mapping[str, Statement] = {
    "approved": _of_work(_A.approved_at, "Approved", of_worker=True),
    "rejected": _of_work(_A.rejected_at, "Rejected", of_worker=True),
}
_OPEN_SLOTS = _H.max_assignments - _H.pending - _H.submitted - _H.approved - _H.rejected
_IS_OPEN = _H.status == sa.literal_column("'Assignable'")
_ZERO: sa.ColumnElement[int] = sa.literal_column("0")
_ON_HOLD = (
    sa.case((sa.and_(_IS_OPEN, _H.is_expired == _ZERO), _OPEN_SLOTS), else_=_ZERO)
    + _H.pending
    + _H.submitted
)


def _sum(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(value), _ZERO)


def _is(status: str) -> sa.ColumnElement[Any]:
    wanted: sa.ColumnElement[str] = sa.literal_column(f"'{status}'")
    return sa.case((_H.status == wanted, sa.literal_column("1")), else_=_ZERO)


_NOW = Statement(
    sa.select(
        _sum(sa.case((_IS_OPEN, _OPEN_SLOTS), else_=_ZERO)),
        _sum(_is("Assignable")),
        _sum(_is("Reviewable")),
        _sum(_ON_HOLD * tables.hit_types.c.reward),
        _sum(_ON_HOLD * _H.fee),
    )
    .select_from(tables.hits)
    .join(tables.hit_types, tables.hit_types.c.hit_type_id == _H.hit_type_id)
    .where(_OWN_HITS, _H.is_disposed == _ZERO)
)
_DISPOSED = Statement(
    sa.select(sa.func.count())
    .select_from(tables.hits)
    .where(_OWN_HITS, _H.status == sa.literal_column("'Disposed'"))
)
_VERDICTS = Statement(
    sa.select(_A.assignment_id, _R.level, _R.run_id, _R.ran_at, _R.results)
    .join(tables.review_runs, _R.hit_id == _A.hit_id)
    .where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.requester_id == sa.bindparam("requester_id"),
        _A.submitted_at.is_not(None),
        sa.or_(_R.level == sa.literal_column("'HIT'"), _R.trigger == _A.assignment_id),
    )
    .order_by(_R.n)
)


def series(tx: Tx, name: str, requester_id: str, buckets: Buckets) -> list[int]:
    """A figure of a requester's account in each bucket: numbers, or money units."""
    return _read(tx, _OF_REQUESTER[name], requester_id, None, buckets)


def series_of_worker(
    tx: Tx, name: str, requester_id: str, worker_id: str, buckets: Buckets
) -> list[int]:
    """A figure of a worker's work for a requester in each bucket."""
    return _read(tx, _OF_WORKER[name], requester_id, worker_id, buckets)


def now(tx: Tx, requester_id: str) -> Figures:
    """What is open or promised now, with everything due done before."""
    row = tx.row(_NOW, {"requester_id": requester_id})
    return Figures(*(map(int, row) if row else (0, 0, 0, 0, 0)))


def disposed(tx: Tx, requester_id: str) -> int:
    """How many HITs were ever disposed of; events, which tell when, are not kept for ever."""
    row = tx.row(_DISPOSED, {"requester_id": requester_id})
    return int(row[0]) if row else 0


def verdicts(tx: Tx, requester_id: str, worker_id: str) -> list[Verdicts]:
    """What review policies found about a worker's work for a requester, oldest first."""
    rows = tx.rows(_VERDICTS, {"requester_id": requester_id, "worker_id": worker_id})
    return [
        Verdicts(
            assignment_id=row[0],
            level=row[1],
            run_id=row[2],
            ran_at=clock.from_micros(row[3]),
            results=[entry for entry in texts.read(row[4]) if entry[1] == row[0]],
        )
        for row in rows
    ]


def _read(
    tx: Tx, statement: Statement, requester_id: str, worker_id: str | None, buckets: Buckets
) -> list[int]:
    end = buckets.start + buckets.width * buckets.number
    parameters = {
        "requester_id": requester_id,
        "worker_id": worker_id,
        "available": ledger.available(requester_id),
        "on_hold": ledger.on_hold(requester_id),
        "start": clock.micros(buckets.start),
        "end": clock.micros(end),
        "width": buckets.width // _ONE_MICROSECOND,
    }
    found = {int(row[0]): int(row[1]) for row in tx.rows(statement, parameters)}
    return [found.get(bucket, 0) for bucket in range(buckets.number)]
