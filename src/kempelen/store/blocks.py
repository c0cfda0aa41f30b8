"""Which requesters have blocked which workers; the reasons are for the requesters alone."""

from dataclasses import dataclass

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_B = tables.worker_blocks.c
_PAIR = (_B.worker_id == sa.bindparam("worker"), _B.requester_id == sa.bindparam("requester"))
_INSERT = insert(tables.worker_blocks)
_SET_REASON = Statement(
    sa.update(tables.worker_blocks).where(*_PAIR).values(reason=sa.bindparam("reason"))
)
_DELETE = Statement(sa.delete(tables.worker_blocks).where(*_PAIR))
_IS_BLOCKED = Statement(sa.select(_B.n).where(*_PAIR))
_BLOCKERS = Statement(sa.select(_B.requester_id).where(_B.worker_id == sa.bindparam("worker")))
_R = tables.requesters.c
_ONE_MORE = Statement(
    sa.update(tables.requesters)
    .where(_R.requester_id == sa.bindparam("requester"), _R.blocks < sa.bindparam("limit"))
    .values(blocks=_R.blocks + sa.literal_column("1"))
)
_ONE_LESS = Statement(
    sa.update(tables.requesters)
    .where(_R.requester_id == sa.bindparam("requester"))
    .values(blocks=_R.blocks - sa.literal_column("1"))
)
_PAGE = Statement(
    sa.select(_B.n, _B.worker_id, _B.reason)
    .where(_B.requester_id == sa.bindparam("requester"), _B.n > sa.bindparam("after"))
    .order_by(_B.n)
    .limit(sa.bindparam("size"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One worker whom a requester blocked."""

    n: int
    worker_id: str
    reason: str


def is_blocked(tx: Tx, worker_id: str, by: str) -> bool:
    """Whether a worker is blocked by the requester with the id `by`."""
    return tx.row(_IS_BLOCKED, {"worker": worker_id, "requester": by}) is not None


def blockers(tx: Tx, worker_id: str) -> frozenset[str]:
    """The ids of all requesters who have blocked a worker, in one query."""
    return frozenset(row[0] for row in tx.rows(_BLOCKERS, {"worker": worker_id}))


def set_reason(tx: Tx, worker_id: str, by: str, reason: str) -> bool:
    """Replace the reason of a block; returns whether there is one."""
    return tx.run(_SET_REASON, {"worker": worker_id, "requester": by, "reason": reason}) == 1


def add(tx: Tx, worker_id: str, by: str, reason: str, limit: int) -> bool:
    """Store a block that is not there yet, unless the requester has `limit` of them already."""
    # The requester's row keeps the count: a hundred thousand blocks are not counted each time.
    if tx.run(_ONE_MORE, {"requester": by, "limit": limit}) == 0:
        return False
    tx.insert(
        _INSERT,
        {
            "requester_id": by,
            "worker_id": worker_id,
            "reason": reason,
            "created_at": clock.micros(tx.now),
        },
    )
    return True


def delete(tx: Tx, worker_id: str, by: str) -> None:
    """Remove a block, if it is there."""
    if tx.run(_DELETE, {"worker": worker_id, "requester": by}):
        tx.run(_ONE_LESS, {"requester": by})


def page(tx: Tx, by: str, after: int, size: int) -> list[Block]:
    """A requester's blocks in the order of their creation, after the one with `n == after`."""
    rows = tx.rows(_PAGE, {"requester": by, "after": after, "size": size})
    return [Block(n=row[0], worker_id=row[1], reason=row[2]) for row in rows]
