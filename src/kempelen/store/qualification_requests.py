"""Requests for qualifications: rows to records and back, what is due, and the listings."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.qualification_request import QualificationRequest, RequestState
from kempelen.store import qualification_types, tables
from kempelen.store.statement import Statement, among, insert, keys
from kempelen.store.tx import Row, Tx

_R = tables.qualification_requests.c
_TEST = tables.qualification_tests.c
_COLUMNS = (
    _R.n,
    _R.request_id,
    _R.qualification_type_id,
    _R.requester_id,
    _R.worker_id,
    _R.state,
    _R.requested_at,
    _R.due_at,
    _R.submitted_at,
    _R.ended_at,
    _R.answer,
    _R.value,
    _R.reason,
    _TEST.n,
    _TEST.document,
    _TEST.answer_key,
    _TEST.duration_seconds,
)
_CHANGING = ("state", "due_at", "submitted_at", "ended_at", "answer", "value", "reason")
_JOINED = sa.select(*_COLUMNS).outerjoin(tables.qualification_tests, _TEST.n == _R.test_n)
_OF_PAIR = (
    _R.worker_id == sa.bindparam("worker_id"),
    _R.qualification_type_id == sa.bindparam("qualification_type_id"),
)
_INSERT = insert(tables.qualification_requests)
# The state of before is part of the condition: of two who decide, one finds nothing to change.
_MOVE = Statement(
    sa.update(tables.qualification_requests)
    .where(_R.n == sa.bindparam("key_n"), _R.state == sa.bindparam("key_state"))
    .values({name: sa.bindparam(name) for name in _CHANGING})
)
_GET = Statement(_JOINED.where(_R.request_id == sa.bindparam("request_id")))
_LAST = Statement(_JOINED.where(*_OF_PAIR).order_by(_R.n.desc()).limit(sa.literal_column("1")))
_IS_ATTEMPT = sa.or_(_R.state != sa.literal_column("'Cancelled'"), _R.submitted_at.is_not(None))
_ATTEMPTED = Statement(sa.select(_R.n).where(*_OF_PAIR, _IS_ATTEMPT).limit(sa.literal_column("1")))
_SOME = (_R.worker_id == sa.bindparam("worker_id"), among(_R.qualification_type_id))
_LAST_OF = Statement(
    _JOINED.where(
        _R.n.in_(sa.select(sa.func.max(_R.n)).where(*_SOME).group_by(_R.qualification_type_id))
    )
)
_ATTEMPTED_OF = Statement(sa.select(_R.qualification_type_id).where(*_SOME, _IS_ATTEMPT).distinct())
_IS_OPEN = _R.state.in_([sa.literal_column("'Testing'"), sa.literal_column("'Submitted'")])
_OPEN_OF_WORKER = Statement(
    sa.select(_R.requested_at, _R.n, _R.qualification_type_id)
    .where(
        _R.worker_id == sa.bindparam("worker_id"),
        _IS_OPEN,
        sa.or_(_R.due_at.is_(None), _R.due_at > sa.bindparam("now")),
        sa.tuple_(_R.requested_at, _R.n)
        < sa.tuple_(sa.bindparam("before"), sa.bindparam("before_n")),
    )
    .order_by(_R.requested_at.desc(), _R.n.desc())
    .limit(sa.bindparam("size"))
)
_REJECT_OPEN = Statement(
    sa.update(tables.qualification_requests)
    .where(
        _R.qualification_type_id == sa.bindparam("qualification_type_id_is"),
        _IS_OPEN,
    )
    .values(
        state=sa.literal_column("'Rejected'"),
        due_at=sa.null(),
        ended_at=sa.bindparam("ended_at"),
        reason=sa.bindparam("reason"),
    )
)
_DUE = Statement(
    sa.select(_R.request_id)
    .where(_R.due_at.is_not(None), _R.due_at <= sa.bindparam("now"))
    .order_by(_R.due_at)
    .limit(sa.bindparam("size"))
)
_NEXT_DUE = Statement(sa.select(sa.func.min(_R.due_at)).where(_R.due_at.is_not(None)))


def _submitted(column: "sa.Column[str]") -> Statement:
    """One page of what waits for a decision, in order of submission."""
    return Statement(
        _JOINED.where(
            column == sa.bindparam("key"),
            _R.state == sa.literal_column("'Submitted'"),
            sa.tuple_(_R.submitted_at, _R.n)
            > sa.tuple_(sa.bindparam("after"), sa.bindparam("after_n")),
        )
        .order_by(_R.submitted_at, _R.n)
        .limit(sa.bindparam("size"))
    )


_SUBMITTED_OF_REQUESTER = _submitted(_R.requester_id)
_SUBMITTED_OF_TYPE = _submitted(_R.qualification_type_id)


def _time(value: int | None) -> datetime | None:
    return None if value is None else clock.from_micros(value)


def _micros(value: datetime | None) -> int | None:
    return None if value is None else clock.micros(value)


def _request(row: Row) -> QualificationRequest:
    return QualificationRequest(
        n=row[0],
        request_id=row[1],
        qualification_type_id=row[2],
        requester_id=row[3],
        worker_id=row[4],
        state=RequestState(row[5]),
        requested_at=clock.from_micros(row[6]),
        due_at=_time(row[7]),
        submitted_at=_time(row[8]),
        ended_at=_time(row[9]),
        answer=row[10],
        value=row[11],
        reason=row[12],
        test=qualification_types.test_of(row[13:]),
    )


def _changing(request: QualificationRequest) -> dict[str, Any]:
    return {
        "state": request.state.value,
        "due_at": _micros(request.due_at),
        "submitted_at": _micros(request.submitted_at),
        "ended_at": _micros(request.ended_at),
        "answer": request.answer,
        "value": request.value,
        "reason": request.reason,
    }


def add(tx: Tx, request: QualificationRequest) -> QualificationRequest:
    """Store a new request; returns it with its `n`. One is open per worker and type."""
    n = tx.insert(
        _INSERT,
        {
            **_changing(request),
            "request_id": request.request_id,
            "qualification_type_id": request.qualification_type_id,
            "requester_id": request.requester_id,
            "worker_id": request.worker_id,
            "requested_at": clock.micros(request.requested_at),
            "test_n": None if request.test is None else request.test.n,
        },
    )
    return replace(request, n=n)


def move(tx: Tx, before: QualificationRequest, after: QualificationRequest) -> bool:
    """Store a transition; False when the request is no longer in the state of before."""
    parameters = {"key_n": before.n, "key_state": before.state.value, **_changing(after)}
    return tx.run(_MOVE, parameters) == 1


def get(tx: Tx, request_id: str) -> QualificationRequest | None:
    """The request with this id, in any state."""
    row = tx.row(_GET, {"request_id": request_id})
    return None if row is None else _request(row)


def last(tx: Tx, worker_id: str, qualification_type_id: str) -> QualificationRequest | None:
    """A worker's newest request of a type."""
    parameters = {"worker_id": worker_id, "qualification_type_id": qualification_type_id}
    row = tx.row(_LAST, parameters)
    return None if row is None else _request(row)


def has_attempted(tx: Tx, worker_id: str, qualification_type_id: str) -> bool:
    """Whether a worker has made a request that counts as an attempt."""
    parameters = {"worker_id": worker_id, "qualification_type_id": qualification_type_id}
    return tx.row(_ATTEMPTED, parameters) is not None


def last_of(
    tx: Tx, worker_id: str, qualification_type_ids: Iterable[str]
) -> dict[str, QualificationRequest]:
    """A worker's newest request of each of some types, in one query for each hundred."""
    found = [
        _request(row)
        for some in keys(qualification_type_ids)
        for row in tx.rows(_LAST_OF, {"worker_id": worker_id, **some})
    ]
    return {item.qualification_type_id: item for item in found}


def attempted_of(tx: Tx, worker_id: str, qualification_type_ids: Iterable[str]) -> frozenset[str]:
    """Those of some types of which a worker has made a request that counts as an attempt."""
    return frozenset(
        row[0]
        for some in keys(qualification_type_ids)
        for row in tx.rows(_ATTEMPTED_OF, {"worker_id": worker_id, **some})
    )


def open_of_worker(
    tx: Tx, worker_id: str, before: tuple[int, int], size: int
) -> list[tuple[int, int, str]]:
    """A worker's open requests, newest first, as time (micros), `n` and id of the type.

    Tests whose time is over are not among them, whether that was noticed or not.
    """
    parameters = {
        "worker_id": worker_id,
        "now": clock.micros(tx.now),
        "before": before[0],
        "before_n": before[1],
        "size": size,
    }
    return [(row[0], row[1], row[2]) for row in tx.rows(_OPEN_OF_WORKER, parameters)]


def reject_open(tx: Tx, qualification_type_id: str, reason: str) -> None:
    """Reject every request of a type that still waits for somebody; running tests end."""
    tx.run(
        _REJECT_OPEN,
        {
            "qualification_type_id_is": qualification_type_id,
            "ended_at": clock.micros(tx.now),
            "reason": reason,
        },
    )


def page_of_requester(
    tx: Tx, requester_id: str, after: tuple[int, int], size: int
) -> list[QualificationRequest]:
    """What waits for the requester, after a time (micros) and an `n`."""
    return _page(tx, _SUBMITTED_OF_REQUESTER, requester_id, after, size)


def page_of_type(
    tx: Tx, qualification_type_id: str, after: tuple[int, int], size: int
) -> list[QualificationRequest]:
    """What waits for a decision about a type, after a time (micros) and an `n`."""
    return _page(tx, _SUBMITTED_OF_TYPE, qualification_type_id, after, size)


def _page(
    tx: Tx, statement: Statement, key: str, after: tuple[int, int], size: int
) -> list[QualificationRequest]:
    parameters = {"key": key, "after": after[0], "after_n": after[1], "size": size}
    return [_request(row) for row in tx.rows(statement, parameters)]


def due(tx: Tx, size: int) -> list[str]:
    """Ids of requests whose test is over at `tx.now`, the longest overdue first."""
    return [row[0] for row in tx.rows(_DUE, {"now": clock.micros(tx.now), "size": size})]


def next_due(tx: Tx) -> datetime | None:
    """When the next test is over."""
    row = tx.row(_NEXT_DUE, {})
    return None if row is None else _time(row[0])
