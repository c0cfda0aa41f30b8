"""Qualifications of workers, and the history of how they came and went."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.qualification import Cause, Change, Qualification, QualificationStatus
from kempelen.store import tables
from kempelen.store.statement import Statement, among, insert, keys, update
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
_C = tables.qualification_changes.c
_HISTORY = Statement(
    sa.select(_C.cause, _C.value, _C.reason, _C.changed_at)
    .where(
        _C.worker_id == sa.bindparam("worker_id"),
        _C.qualification_type_id == sa.bindparam("qualification_type_id"),
    )
    .order_by(_C.n.desc())
    .limit(sa.bindparam("size"))
)
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
_GET_MANY = Statement(
    sa.select(*_COLUMNS).where(
        _Q.worker_id == sa.bindparam("worker_id"), among(_Q.qualification_type_id)
    )
)
_OF_WORKER = Statement(
    sa.select(_Q.granted_at, _Q.n, _Q.qualification_type_id)
    .where(
        _Q.worker_id == sa.bindparam("worker_id"),
        _Q.status == sa.literal_column("'Granted'"),
        sa.tuple_(_Q.granted_at, _Q.n)
        < sa.tuple_(sa.bindparam("before"), sa.bindparam("before_n")),
    )
    .order_by(_Q.granted_at.desc(), _Q.n.desc())
    .limit(sa.bindparam("size"))
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


def get_many(
    tx: Tx, worker_id: str, qualification_type_ids: Iterable[str]
) -> dict[str, Qualification]:
    """What a worker holds or held of some types, in one query for each hundred."""
    found = [
        _qualification(row)
        for some in keys(qualification_type_ids)
        for row in tx.rows(_GET_MANY, {"worker_id": worker_id, **some})
    ]
    return {item.qualification_type_id: item for item in found}


def page_of_worker(
    tx: Tx, worker_id: str, before: tuple[int, int], size: int
) -> list[tuple[int, int, str]]:
    """What a worker holds, newest first, as time of the grant (micros), `n` and id of the type."""
    parameters = {
        "worker_id": worker_id,
        "before": before[0],
        "before_n": before[1],
        "size": size,
    }
    return [(row[0], row[1], row[2]) for row in tx.rows(_OF_WORKER, parameters)]


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


def history(tx: Tx, qualification_type_id: str, worker_id: str, size: int) -> list[Change]:
    """The last changes of what a worker holds or held of a type, the newest first."""
    parameters = {
        "qualification_type_id": qualification_type_id,
        "worker_id": worker_id,
        "size": size,
    }
    return [
        Change(
            cause=Cause(row[0]),
            value=row[1],
            reason=row[2],
            changed_at=clock.from_micros(row[3]),
        )
        for row in tx.rows(_HISTORY, parameters)
    ]


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
