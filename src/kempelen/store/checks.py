"""Readings for `kempelen check`: sums and counts over stretches of a table, in the order of `n`.

Nothing here decides what is right; each reading is bounded by the stretch it is asked about.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from kempelen.domain.hit import HIT
from kempelen.store import hits, tables
from kempelen.store.statement import Statement
from kempelen.store.tx import Row, Tx

STRETCH = 1_000
_H = tables.hits.c
_A = tables.assignments.c
_T = tables.transfers.c
_R = tables.review_runs.c
_W = tables.workers.c
_G = tables.group_counts.c


class Stretch(NamedTuple):
    """The HITs with `after < n <= last`."""

    after: int
    last: int


def _of_stretch(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(*columns).where(_H.n > sa.bindparam("after"), _H.n <= sa.bindparam("last"))


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{value}'", sa.Text)


_EVERY_HIT = Statement(
    sa.select(*hits.COLUMNS)
    .where(_H.n > sa.bindparam("after"))
    .order_by(_H.n)
    .limit(sa.bindparam("size"))
)
_WORKING = Statement(
    _of_stretch(_A.hit_id, sa.func.count(), sa.func.min(_A.due_at))
    .join(tables.assignments, _A.hit_id == _H.hit_id)
    .where(_A.due_at.is_not(None), _A.status == _text("Accepted"))
    .group_by(_A.hit_id)
)
_DONE = Statement(
    _of_stretch(_A.hit_id, _A.status, sa.func.count(), sa.func.min(_A.due_at))
    .join(tables.assignments, _A.hit_id == _H.hit_id)
    .where(_A.submitted_at.is_not(None))
    .group_by(_A.hit_id, _A.status)
)
_HOLD = _text("on_hold:") + _H.requester_id
_HELD = Statement(
    _of_stretch(
        _T.hit_id,
        sa.func.sum(
            sa.case(
                (_T.target == _HOLD, _T.amount),
                (_T.source == _HOLD, -_T.amount),
                else_=sa.literal_column("0"),
            )
        ),
    )
    .join(tables.transfers, _T.hit_id == _H.hit_id)
    .group_by(_T.hit_id)
)
_REWARD = tables.transfers.alias("reward")
_FEE = tables.transfers.alias("fee")


def _due(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((_A.status == _text("Approved"), amount), else_=sa.literal_column("0"))


def _paid(table: sa.FromClause) -> sa.ColumnElement[int]:
    return sa.func.coalesce(table.c.amount, sa.literal_column("0"))


_WRONGLY_PAID = Statement(
    _of_stretch(_A.assignment_id)
    .join(tables.assignments, _A.hit_id == _H.hit_id)
    .join(tables.hit_types, tables.hit_types.c.hit_type_id == _H.hit_type_id)
    .outerjoin(_REWARD, _REWARD.c.transfer_id == _text("reward:") + _A.assignment_id)
    .outerjoin(_FEE, _FEE.c.transfer_id == _text("fee:") + _A.assignment_id)
    .where(
        _A.submitted_at.is_not(None),
        sa.or_(
            _paid(_REWARD) != _due(tables.hit_types.c.reward),
            _paid(_FEE) != _due(_H.fee),
        ),
    )
)
_NOT_REVIEWED = Statement(
    _of_stretch(_A.assignment_id)
    .join(tables.assignments, _A.hit_id == _H.hit_id)
    .outerjoin(
        tables.review_runs,
        sa.and_(
            _R.hit_id == _H.hit_id,
            _R.level == _text("Assignment"),
            _R.trigger == _A.assignment_id,
            _R.part == sa.literal_column("0"),
        ),
    )
    .where(_A.submitted_at.is_not(None), _H.assignment_policy.is_not(None), _R.n.is_(None))
)
_RUNS = Statement(
    _of_stretch(_R.hit_id, sa.func.count())
    .join(tables.review_runs, _R.hit_id == _H.hit_id)
    .where(_R.level == _text("HIT"), _R.part == sa.literal_column("0"))
    .group_by(_R.hit_id)
)
_OPEN_GROUPS = Statement(
    sa.select(_H.group_id, sa.func.count())
    .where(_H.status == _text("Assignable"), _H.group_id > sa.bindparam("after"))
    .group_by(_H.group_id)
    .order_by(_H.group_id)
    .limit(sa.bindparam("size"))
)
_GROUPS = Statement(
    sa.select(_G.group_id, _G.open_hits)
    .where(_G.group_id > sa.bindparam("after"))
    .order_by(_G.group_id)
    .limit(sa.bindparam("size"))
)
_ASSIGNMENTS = Statement(
    sa.select(
        _A.n,
        _A.assignment_id,
        _A.status,
        _A.submitted_at,
        _A.approved_at,
        _A.rejected_at,
        _A.ended_at,
        _A.answer_sha256,
        tables.answers.c.document,
    )
    .outerjoin(tables.answers, tables.answers.c.n == _A.n)
    .where(_A.n > sa.bindparam("after"))
    .order_by(_A.n)
    .limit(sa.bindparam("size"))
)
_TRANSFERS = Statement(
    sa.select(_T.n, _T.source, _T.target, _T.amount, _T.transfer_id)
    .where(_T.n > sa.bindparam("after"))
    .order_by(_T.n)
    .limit(sa.bindparam("size"))
)
_ACCOUNTS = Statement(
    sa.select(tables.accounts.c.account_id, tables.accounts.c.balance)
    .where(tables.accounts.c.account_id > sa.bindparam("after"))
    .order_by(tables.accounts.c.account_id)
    .limit(sa.bindparam("size"))
)
_REQUESTERS = Statement(
    sa.select(
        tables.requesters.c.n, tables.requesters.c.requester_id, tables.requesters.c.billing_mode
    )
    .where(tables.requesters.c.n > sa.bindparam("after"))
    .order_by(tables.requesters.c.n)
    .limit(sa.bindparam("size"))
)
_COUNTS = ("accepted", "submitted", "approved", "rejected", "returned", "abandoned")


def _counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    one = sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0"))
    return sa.func.coalesce(sa.func.sum(one), sa.literal_column("0"))


_WORKERS = Statement(
    sa.select(
        _W.n,
        _W.worker_id,
        *(_W[name] for name in _COUNTS),
        sa.func.count(_A.n),
        _counted(_A.submitted_at.is_not(None)),
        *(
            _counted(_A.status == _text(status))
            for status in ("Approved", "Rejected", "Returned", "Abandoned")
        ),
    )
    .outerjoin(tables.assignments, _A.worker_id == _W.worker_id)
    .where(_W.n > sa.bindparam("after"), _W.n <= sa.bindparam("last"))
    .group_by(_W.n, _W.worker_id, *(_W[name] for name in _COUNTS))
    .order_by(_W.n)
)
_LAST_WORKER = Statement(sa.select(sa.func.max(_W.n)))
_LAST_HIT = Statement(sa.select(sa.func.max(_H.n)))


def every_hit(tx: Tx, after: int) -> list[HIT]:
    """HITs of all requesters, disposed ones too, behind the one with `n == after`."""
    rows = tx.rows(_EVERY_HIT, {"after": after, "size": STRETCH})
    return [hits.record(row) for row in rows]


def last_hit(tx: Tx) -> int:
    """The key of the newest HIT; 0 without any."""
    return _first(tx, _LAST_HIT)


def working(tx: Tx, stretch: Stretch) -> dict[str, tuple[int, int]]:
    """HIT id -> how many hold it now, and when the first of them is due in microseconds."""
    rows = tx.rows(_WORKING, stretch._asdict())
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def done(tx: Tx, stretch: Stretch) -> list[tuple[str, str, int, int | None]]:
    """(HIT id, status, number, first due) of submitted work."""
    return [(row[0], row[1], int(row[2]), row[3]) for row in tx.rows(_DONE, stretch._asdict())]


def held(tx: Tx, stretch: Stretch) -> dict[str, int]:
    """HIT id -> what is on hold for it, in money units."""
    return {row[0]: int(row[1]) for row in tx.rows(_HELD, stretch._asdict())}


def wrongly_paid(tx: Tx, stretch: Stretch) -> list[str]:
    """Ids of submitted assignments whose reward or fee is not what their status calls for."""
    return [row[0] for row in tx.rows(_WRONGLY_PAID, stretch._asdict())]


def not_reviewed(tx: Tx, stretch: Stretch) -> list[str]:
    """Ids of submitted assignments that their HIT's policy never looked at."""
    return [row[0] for row in tx.rows(_NOT_REVIEWED, stretch._asdict())]


def runs(tx: Tx, stretch: Stretch) -> dict[str, int]:
    """HIT id -> how often its HIT-level policy was evaluated."""
    return {row[0]: int(row[1]) for row in tx.rows(_RUNS, stretch._asdict())}


def open_groups(tx: Tx) -> Iterator[tuple[str, int]]:
    """Group id -> how many of its HITs are Assignable, counted."""
    return ((row[0], int(row[1])) for row in _streamed(tx, _OPEN_GROUPS, ""))


def groups(tx: Tx) -> Iterator[tuple[str, int]]:
    """Group id -> how many of its HITs are Assignable, as it is kept."""
    return ((row[0], int(row[1])) for row in _streamed(tx, _GROUPS, ""))


def every_assignment(tx: Tx) -> Iterator[Row]:
    """(n, id, status, four instants, SHA-256, answer document) of each assignment."""
    return _streamed(tx, _ASSIGNMENTS, 0)


def transfers(tx: Tx) -> Iterator[Row]:
    """(n, source, target, amount, id) of each transfer."""
    return _streamed(tx, _TRANSFERS, 0)


def accounts(tx: Tx) -> Iterator[Row]:
    """(id, balance) of each account."""
    return _streamed(tx, _ACCOUNTS, "")


def requesters(tx: Tx) -> Iterator[Row]:
    """(n, id, billing mode) of each requester."""
    return _streamed(tx, _REQUESTERS, 0)


def workers(tx: Tx) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """(worker id, statistics as kept, statistics as counted) of each worker."""
    half = 2 + len(_COUNTS)
    last = _first(tx, _LAST_WORKER)
    for after in range(0, last, STRETCH):
        for row in tx.rows(_WORKERS, {"after": after, "last": after + STRETCH}):
            yield row[1], tuple(map(int, row[2:half])), tuple(map(int, row[half:]))


def _streamed(tx: Tx, statement: Statement, after: int | str) -> Iterator[Row]:
    """All rows of a statement that is ordered by its first column, a stretch at a time."""
    while True:
        rows = tx.rows(statement, {"after": after, "size": STRETCH})
        yield from rows
        if len(rows) < STRETCH:
            return
        after = rows[-1][0]


def _first(tx: Tx, statement: Statement) -> int:
    row = tx.row(statement, {})
    return 0 if row is None or row[0] is None else int(row[0])
