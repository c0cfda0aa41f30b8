"""Qualifications of workers, and the history of how they came and went."""

from dataclasses import replace

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.qualification import Cause, Qualification, QualificationStatus
from kempelen.store import tables
from kempelen.store.statement import Statement, insert, update
from kempelen.store.tx import Row, Tx

_Q = tables.qualifications.c
_COLUMNS = (
    _Q.n,
    _Q.qualification_type_id,
    _Q.worker_id,
    _Q.value,
    _Q.status,
    _Q.granted_at,
    _Q.reason,
)
_INSERT = insert(tables.qualifications)
_INSERT_CHANGE = insert(tables.qualification_changes)
_UPDATE = update(tables.qualifications, "n", "value", "status", "granted_at", "reason")
_GET = Statement(
    sa.select(*_COLUMNS).where(
        _Q.qualification_type_id == sa.bindparam("qualification_type_id"),
        _Q.worker_id == sa.bindparam("worker_id"),
    )
)
_GRANTED = Statement(
    sa.select(_Q.qualification_type_id, _Q.value).where(
        _Q.worker_id == sa.bindparam("worker_id"), _Q.status == sa.literal_column("'Granted'")
    )
)
_PAGE = Statement(
    sa.select(*_COLUMNS)
    .where(
        _Q.qualification_type_id == sa.bindparam("qualification_type_id"),
        _Q.status == sa.bindparam("status"),
        sa.tuple_(_Q.granted_at, _Q.n) > sa.tuple_(sa.bindparam("after"), sa.bindparam("after_n")),
    )
    .order_by(_Q.granted_at, _Q.n)
    .limit(sa.bindparam("size"))
)


def _qualification(row: Row) -> Qualification:
    return Qualification(
        n=row[0],
        qualification_type_id=row[1],
        worker_id=row[2],
        value=row[3],
        status=QualificationStatus(row[4]),
        granted_at=clock.from_micros(row[5]),
        reason=row[6],
    )


def get(tx: Tx, qualification_type_id: str, worker_id: str) -> Qualification | None:
    """What a worker holds or held of a type."""
    parameters = {"qualification_type_id": qualification_type_id, "worker_id": worker_id}
    row = tx.row(_GET, parameters)
    return None if row is None else _qualification(row)


def granted(tx: Tx, worker_id: str) -> dict[str, int]:
    """Every granted value of a worker by type id, in one query. System types are not in it."""
    return dict(tx.rows(_GRANTED, {"worker_id": worker_id}))


def put(tx: Tx, held: Qualification, cause: Cause) -> Qualification:
    """Store a qualification, new (`n` is 0) or changed, and note the change in the history."""
    values = {
        "value": held.value,
        "status": held.status.value,
        "granted_at": clock.micros(held.granted_at),
        "reason": held.reason,
    }
    pair = {"qualification_type_id": held.qualification_type_id, "worker_id": held.worker_id}
    if held.n == 0:
        held = replace(held, n=tx.insert(_INSERT, pair | values))
    else:
        tx.run(_UPDATE, {"key_n": held.n, **values})
    tx.put(
        _INSERT_CHANGE,
        {
            **pair,
            "status": held.status.value,
            "value": held.value,
            "cause": cause.value,
            "reason": held.reason,
            "changed_at": clock.micros(tx.now),
        },
    )
    return held


def page(
    tx: Tx,
    qualification_type_id: str,
    status: QualificationStatus,
    after: tuple[int, int],
    size: int,
) -> list[Qualification]:
    """Qualifications of a type in order of their grant, after a time (micros) and an `n`."""
    parameters = {
        "qualification_type_id": qualification_type_id,
        "status": status.value,
        "after": after[0],
        "after_n": after[1],
        "size": size,
    }
    return [_qualification(row) for row in tx.rows(_PAGE, parameters)]
