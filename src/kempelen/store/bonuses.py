"""Bonus payments, in the order they were granted."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

_B = tables.bonuses.c
_INSERT = insert(tables.bonuses)
_COLUMNS = (
    _B.n,
    _B.bonus_id,
    _B.requester_id,
    _B.worker_id,
    _B.hit_id,
    _B.assignment_id,
    _B.amount,
    _B.reason,
    _B.granted_at,
)


def _page_by(column: "sa.Column[str]") -> Statement:
    return Statement(
        sa.select(*_COLUMNS)
        .where(column == sa.bindparam("key"), _B.n > sa.bindparam("after"))
        .order_by(_B.n)
        .limit(sa.bindparam("size"))
    )


_OF_HIT = _page_by(_B.hit_id)
_OF_ASSIGNMENT = _page_by(_B.assignment_id)
_TOTAL = Statement(
    sa.select(sa.func.coalesce(sa.func.sum(_B.amount), 0)).where(
        _B.assignment_id == sa.bindparam("assignment_id")
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bonus:
    """One bonus; `amount` in money units."""

    n: int
    bonus_id: str
    requester_id: str
    worker_id: str
    hit_id: str
    assignment_id: str
    amount: int
    reason: str
    granted_at: datetime


def _bonus(row: Row) -> Bonus:
    return Bonus(
        n=row[0],
        bonus_id=row[1],
        requester_id=row[2],
        worker_id=row[3],
        hit_id=row[4],
        assignment_id=row[5],
        amount=row[6],
        reason=row[7],
        granted_at=clock.from_micros(row[8]),
    )


def add(tx: Tx, bonus: Bonus) -> None:
    """Store a bonus that was paid."""
    tx.insert(
        _INSERT,
        {
            "bonus_id": bonus.bonus_id,
            "requester_id": bonus.requester_id,
            "worker_id": bonus.worker_id,
            "hit_id": bonus.hit_id,
            "assignment_id": bonus.assignment_id,
            "amount": bonus.amount,
            "reason": bonus.reason,
            "granted_at": clock.micros(bonus.granted_at),
        },
    )


def page_of_hit(tx: Tx, hit_id: str, after: int, size: int) -> list[Bonus]:
    """Bonuses of a HIT after the one with `n == after`."""
    return [_bonus(row) for row in tx.rows(_OF_HIT, {"key": hit_id, "after": after, "size": size})]


def page_of_assignment(tx: Tx, assignment_id: str, after: int, size: int) -> list[Bonus]:
    """Bonuses of an assignment after the one with `n == after`."""
    rows = tx.rows(_OF_ASSIGNMENT, {"key": assignment_id, "after": after, "size": size})
    return [_bonus(row) for row in rows]


def total(tx: Tx, assignment_id: str) -> int:
    """The sum of the bonuses of an assignment, in money units."""
    row = tx.row(_TOTAL, {"assignment_id": assignment_id})
    return 0 if row is None else int(row[0])
