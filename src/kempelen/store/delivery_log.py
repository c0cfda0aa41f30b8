"""Deliveries as people look at them: the newest first, and one of them once more."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import announcing, tables
from kempelen.store.statement import Statement
from kempelen.store.tx import Row, Tx

_D = tables.deliveries.c
_T = tables.notification_targets.c
_COLUMNS = (
    _D.n,
    _D.document_id,
    _T.requester_id,
    _T.transport,
    _T.destination,
    _D.event_type,
    _D.hit_id,
    _D.assignment_id,
    _D.status,
    _D.attempts,
    _D.happened_at,
    _D.tried_at,
    _D.milliseconds,
    _D.error,
)
_LOG = sa.select(*_COLUMNS).join(tables.notification_targets, _T.n == _D.target)


def _newest(*conditions: sa.ColumnElement[bool]) -> Statement:
    newest = _LOG.where(_D.n < sa.bindparam("before"), *conditions).order_by(_D.n.desc())
    return Statement(newest.limit(sa.bindparam("size")))


_OF_REQUESTER = _T.requester_id == sa.bindparam("requester_id")
_WITH_STATUS = _D.status == sa.bindparam("status")
_PAGES = {
    (of_requester, with_status): _newest(
        *((_OF_REQUESTER,) if of_requester else ()), *((_WITH_STATUS,) if with_status else ())
    )
    for of_requester in (False, True)
    for with_status in (False, True)
}
_FIND = Statement(_LOG.where(_D.document_id == sa.bindparam("document_id")))
_BEHIND = announcing.due_behind(_D.target, _D.lane)
_REPLAY = Statement(
    sa.update(tables.deliveries)
    .where(_D.n == sa.bindparam("key_n"), _D.status != sa.literal_column("'Waiting'"))
    .values(
        status=sa.literal_column("'Waiting'"),
        due_at=_BEHIND,
        attempts=sa.literal_column("0"),
        tried_since=sa.null(),
        settled_at=sa.null(),
        error=sa.null(),
    )
)
_WAKE = Statement(
    sa.update(tables.notification_targets)
    .where(_T.n == sa.select(_D.target).where(_D.n == sa.bindparam("key_n")).scalar_subquery())
    .values(rests_until=sa.literal_column("0"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One delivery as the log shows it; a letter to a worker has no requester."""

    n: int
    document_id: str
    requester_id: str
    transport: str
    destination: str
    event_type: str
    hit_id: str
    assignment_id: str | None
    status: str
    attempts: int
    happened_at: datetime
    tried_at: datetime | None
    milliseconds: int | None
    error: str | None


def _entry(row: Row) -> Entry:
    return Entry(
        n=row[0],
        document_id=row[1],
        requester_id=row[2],
        transport=row[3],
        destination=row[4],
        event_type=row[5],
        hit_id=row[6],
        assignment_id=row[7],
        status=row[8],
        attempts=row[9],
        happened_at=clock.from_micros(row[10]),
        tried_at=None if row[11] is None else clock.from_micros(row[11]),
        milliseconds=row[12],
        error=row[13],
    )


def page(
    tx: Tx, requester_id: str | None, status: str | None, before: int, size: int
) -> list[Entry]:
    """Deliveries, the newest first, before the one with `n == before`."""
    statement = _PAGES[requester_id is not None, status is not None]
    parameters = {"requester_id": requester_id, "status": status, "before": before, "size": size}
    return [_entry(row) for row in tx.rows(statement, parameters)]


def find(tx: Tx, document_id: str) -> Entry | None:
    """The delivery of a document."""
    row = tx.row(_FIND, {"document_id": document_id})
    return None if row is None else _entry(row)


def replay(tx: Tx, entry: Entry) -> bool:
    """Deliver a document once more, with the same id; False when it still waits."""
    now = clock.micros(tx.now)
    is_settled = tx.run(_REPLAY, {"key_n": entry.n, "happened_at": now}) == 1
    if is_settled:
        tx.run(_WAKE, {"key_n": entry.n})
    return is_settled
