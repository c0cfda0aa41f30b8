"""Files that workers sent: rows to records and back, sums for the limits, what is to be removed.

A row comes before the bytes and goes after them, so that nothing is ever kept that no row knows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.files import StoredFile
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

PLACE = "uploads"
BATCH = 200
_F = tables.files.c
_T = tables.file_totals.c
_COLUMNS = (
    _F.file_key,
    _F.assignment_id,
    _F.hit_id,
    _F.worker_id,
    _F.question_id,
    _F.name,
    _F.media_type,
    _F.size_bytes,
    _F.sha256,
    _F.created_at,
    _F.arrived_at,
    _F.kept_at,
    _F.ticket,
)
_THIS = _F.file_key == sa.bindparam("file_key")
_INSERT = insert(tables.files)
_GET = Statement(sa.select(*_COLUMNS).where(_THIS, _F.dropped_at.is_(None)))
_ARRIVE = Statement(
    sa.update(tables.files)
    .where(_THIS, _F.arrived_at.is_(None), _F.dropped_at.is_(None))
    .values(arrived_at=sa.bindparam("now"))
)
_USE = Statement(sa.update(tables.files).where(_THIS).values(ticket=sa.bindparam("with_ticket")))
_KEEP = Statement(
    sa.update(tables.files)
    .where(_THIS)
    .values(kept_at=sa.bindparam("now"), question_id=sa.bindparam("answered"))
)
_DROP = Statement(
    sa.update(tables.files)
    .where(_THIS, _F.dropped_at.is_(None), _F.kept_at.is_(None))
    .values(dropped_at=sa.bindparam("now"))
)
_DROP_OF_HIT = Statement(
    sa.update(tables.files)
    .where(_F.hit_id == sa.bindparam("of_hit"), _F.dropped_at.is_(None))
    .values(dropped_at=sa.bindparam("now"))
)
_REMOVE = Statement(sa.delete(tables.files).where(_THIS, _F.dropped_at.is_not(None)))
_SIZE = Statement(sa.select(_F.size_bytes).where(_THIS, _F.dropped_at.is_not(None)))
_DROPPED = Statement(
    sa.select(_F.file_key)
    .where(_F.dropped_at.is_not(None))
    .order_by(_F.dropped_at)
    .limit(sa.bindparam("size"))
)
_OF_WORKER = Statement(
    sa.select(sa.func.sum(_F.size_bytes)).where(
        _F.worker_id == sa.bindparam("worker_id"), _F.created_at >= sa.bindparam("since")
    )
)
_LOOSE_OF_ASSIGNMENT = Statement(
    sa.select(sa.func.sum(_F.size_bytes)).where(
        _F.assignment_id == sa.bindparam("assignment_id"),
        _F.kept_at.is_(None),
        _F.dropped_at.is_(None),
        _F.ticket.is_(None),
    )
)
_FIRST_TOTAL = insert(tables.file_totals, ignore="place")
_ADD_TO_TOTAL = Statement(
    sa.update(tables.file_totals)
    .where(_T.place == sa.literal_column(f"'{PLACE}'"))
    .values(size_bytes=_T.size_bytes + sa.bindparam("more"))
)
_TOTAL = Statement(sa.select(_T.size_bytes).where(_T.place == sa.literal_column(f"'{PLACE}'")))
_IS_LOOSE = (
    _F.kept_at.is_(None),
    _F.dropped_at.is_(None),
    _F.created_at < sa.bindparam("before"),
)
_WITHOUT_BYTES: sa.ColumnElement[bool] = _F.arrived_at.is_(None)
_STAGED_NO_MORE: sa.ColumnElement[bool] = _F.ticket.is_not(None) & ~(
    sa.select(sa.literal_column("1")).where(tables.staged.c.ticket == _F.ticket).exists()
)
_WORK_IS_OVER: sa.ColumnElement[bool] = _F.ticket.is_(None) & ~(
    sa.select(sa.literal_column("1"))
    .where(
        tables.assignments.c.assignment_id == _F.assignment_id,
        tables.assignments.c.status == sa.literal_column("'Accepted'"),
    )
    .exists()
)
_DROP_UNUSED = Statement(
    sa.update(tables.files)
    .where(*_IS_LOOSE, _WITHOUT_BYTES | _STAGED_NO_MORE | _WORK_IS_OVER)
    .values(dropped_at=sa.bindparam("now"))
)


def _file(row: Row) -> StoredFile:
    return StoredFile(
        key=row[0],
        assignment_id=row[1],
        hit_id=row[2],
        worker_id=row[3],
        question_id=row[4],
        name=row[5],
        media_type=row[6],
        size_bytes=row[7],
        sha256=row[8],
        created_at=clock.from_micros(row[9]),
        arrived_at=None if row[10] is None else clock.from_micros(row[10]),
        kept_at=None if row[11] is None else clock.from_micros(row[11]),
        ticket=row[12],
    )


def add(tx: Tx, file: StoredFile) -> None:
    """Note a file whose bytes are about to come, and its size in the total."""
    parameters: dict[str, Any] = {
        "file_key": file.key,
        "assignment_id": file.assignment_id,
        "hit_id": file.hit_id,
        "worker_id": file.worker_id,
        "question_id": file.question_id,
        "name": file.name,
        "media_type": file.media_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "created_at": clock.micros(file.created_at),
        "arrived_at": None,
        "kept_at": None,
        "dropped_at": None,
        "ticket": None,
    }
    tx.insert(_INSERT, parameters)
    tx.run(_FIRST_TOTAL, {"place": PLACE, "size_bytes": 0})
    tx.run(_ADD_TO_TOTAL, {"more": file.size_bytes})


def get(tx: Tx, key: str) -> StoredFile | None:
    """The file with this key, unless it is being removed."""
    row = tx.row(_GET, {"file_key": key})
    return None if row is None else _file(row)


def arrive(tx: Tx, keys: Sequence[str]) -> None:
    """Note that the bytes of files are kept now."""
    for key in keys:
        tx.run(_ARRIVE, {"file_key": key, "now": clock.micros(tx.now)})


def use(tx: Tx, key: str, ticket: str) -> None:
    """Note with which staged answers a file came."""
    tx.run(_USE, {"file_key": key, "with_ticket": ticket})


def keep(tx: Tx, key: str, question_id: str) -> None:
    """Keep a file as an answer, for as long as there is its HIT."""
    parameters = {"file_key": key, "answered": question_id, "now": clock.micros(tx.now)}
    tx.run(_KEEP, parameters)


def drop(tx: Tx, keys: Sequence[str]) -> None:
    """Let go of files that did not become part of any answer."""
    for key in keys:
        tx.run(_DROP, {"file_key": key, "now": clock.micros(tx.now)})


def drop_of_hit(tx: Tx, hit_id: str) -> None:
    """Let go of all files of a HIT."""
    tx.run(_DROP_OF_HIT, {"of_hit": hit_id, "now": clock.micros(tx.now)})


def drop_unused(tx: Tx, age: timedelta) -> None:
    """Let go of older files that no answer can come to have any more."""
    now = clock.micros(tx.now)
    tx.run(_DROP_UNUSED, {"now": now, "before": clock.micros(tx.now - age)})


def dropped(tx: Tx, size: int = BATCH) -> list[str]:
    """Keys of files to remove."""
    return [row[0] for row in tx.rows(_DROPPED, {"size": size})]


def remove(tx: Tx, keys: Sequence[str]) -> None:
    """Forget files whose bytes have been removed."""
    for key in keys:
        row = tx.row(_SIZE, {"file_key": key})
        # Another process may be at the same files: only who removes a row gives its room back.
        if row is not None and tx.run(_REMOVE, {"file_key": key}):
            tx.run(_ADD_TO_TOTAL, {"more": -row[0]})


def sent_since(tx: Tx, worker_id: str, since: datetime) -> int:
    """How many bytes a worker sent since an instant."""
    row = tx.row(_OF_WORKER, {"worker_id": worker_id, "since": clock.micros(since)})
    return 0 if row is None else int(row[0] or 0)


def loose(tx: Tx, assignment_id: str) -> int:
    """How many bytes of an assignment wait for answers that name them."""
    row = tx.row(_LOOSE_OF_ASSIGNMENT, {"assignment_id": assignment_id})
    return 0 if row is None else int(row[0] or 0)


def total(tx: Tx) -> int:
    """How many bytes are kept altogether."""
    row = tx.row(_TOTAL, {})
    return 0 if row is None else int(row[0])
