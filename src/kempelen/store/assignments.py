"""Assignments, their answers and staged submissions: rows to records and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.assignment import SUBMITTED_STATES, Assignment, AssignmentStatus
from kempelen.domain.hit import HIT
from kempelen.store import hits, tables, texts
from kempelen.store.statement import Statement, insert, insert_with_key, locking
from kempelen.store.tx import Row, Tx
from kempelen.store.writes import Tracked

_A = tables.assignments.c
_COLUMNS = (
    _A.n,
    _A.assignment_id,
    _A.hit_id,
    _A.worker_id,
    _A.requester_id,
    _A.status,
    _A.accepted_at,
    _A.deadline,
    _A.submitted_at,
    _A.auto_approval_at,
    _A.approved_at,
    _A.rejected_at,
    _A.ended_at,
    _A.feedback,
    _A.answer_sha256,
    _A.known_answer_score,
    _A.due_at,
)
_STATUSES = {status.value: status for status in AssignmentStatus}
_INSERT = insert(tables.assignments)
_GET = Statement(sa.select(*_COLUMNS).where(_A.assignment_id == sa.bindparam("assignment_id")))
_LOCK = locking(
    sa.select(*_COLUMNS, *hits.COLUMNS)
    .join(tables.hits, tables.hits.c.hit_id == _A.hit_id)
    .where(_A.assignment_id == sa.bindparam("assignment_id")),
    tables.hits,
    tables.assignments,
)
_LIVE = Statement(
    sa.select(*_COLUMNS).where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.hit_id == sa.bindparam("hit_id"),
        _A.status.not_in([sa.literal_column("'Returned'"), sa.literal_column("'Abandoned'")]),
    )
)
_DUE = Statement(
    sa.select(*_COLUMNS)
    .where(
        _A.hit_id == sa.bindparam("hit_id"),
        _A.due_at.is_not(None),
        _A.due_at <= sa.bindparam("now"),
    )
    .order_by(_A.due_at, _A.n)
    .limit(sa.literal_column("1"))
)
_NEXT_DUE = Statement(
    sa.select(sa.func.min(_A.due_at)).where(
        _A.hit_id == sa.bindparam("hit_id"), _A.due_at.is_not(None)
    )
)
_INSERT_ANSWER = insert_with_key(tables.answers)
_ANSWER = Statement(
    sa.select(tables.answers.c.document).where(tables.answers.c.n == sa.bindparam("n"))
)
_WITH_ANSWER = sa.select(*_COLUMNS, tables.answers.c.document, tables.answers.c.answer_values).join(
    tables.answers, tables.answers.c.n == _A.n
)
_GET_WITH_ANSWER = Statement(_WITH_ANSWER.where(_A.assignment_id == sa.bindparam("assignment_id")))
_ALL_OF_HIT = Statement(
    _WITH_ANSWER.where(_A.hit_id == sa.bindparam("hit_id"), _A.submitted_at.is_not(None)).order_by(
        _A.submitted_at, _A.assignment_id
    )
)


def _page(*, of_status: bool) -> Statement:
    """A page of the submitted work of a HIT, of all statuses or of one; each has its index."""
    conditions = [
        _A.hit_id == sa.bindparam("hit_id"),
        _A.submitted_at.is_not(None),
        sa.tuple_(_A.submitted_at, _A.assignment_id)
        > sa.tuple_(sa.bindparam("after_time"), sa.bindparam("after_id")),
    ]
    if of_status:
        conditions.append(_A.status == sa.bindparam("status"))
    ordered = _WITH_ANSWER.where(*conditions).order_by(_A.submitted_at, _A.assignment_id)
    return Statement(ordered.limit(sa.bindparam("size")))


_PAGE = _page(of_status=False)
_PAGE_OF_STATUS = _page(of_status=True)
_SORT_COLUMNS: Mapping[str, sa.ColumnElement[Any]] = {
    "AcceptTime": _A.accepted_at,
    "SubmitTime": _A.submitted_at,
    "AssignmentStatus": _A.status,
    "Answer": tables.answers.c.document,
}
_OF_STATUS = (
    _A.hit_id == sa.bindparam("hit_id"),
    _A.submitted_at.is_not(None),
    _A.status.in_([sa.bindparam(f"status_{number}") for number in range(3)]),
)
_COUNT = Statement(sa.select(sa.func.count()).select_from(tables.assignments).where(*_OF_STATUS))


@lru_cache(maxsize=8)
def _sorted_page(column: str, *, descending: bool) -> Statement:
    key = _SORT_COLUMNS[column]
    return Statement(
        _WITH_ANSWER.where(*_OF_STATUS)
        .order_by(key.desc() if descending else key, _A.submitted_at, _A.assignment_id)
        .limit(sa.bindparam("size"))
        .offset(sa.bindparam("start"))
    )


_OF_WORKER = Statement(
    sa.select(*_COLUMNS)
    .where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.n < sa.bindparam("before"),
        sa.bindparam("statuses").contains(_A.status),
    )
    .order_by(_A.n.desc())
    .limit(sa.bindparam("size"))
)
_QUEUE = Statement(
    sa.select(*_COLUMNS)
    .where(_A.worker_id == sa.bindparam("worker_id"), _A.status == sa.literal_column("'Accepted'"))
    .order_by(_A.deadline, _A.n)
)
_QUEUE_LENGTH = Statement(
    sa.select(sa.func.count()).where(
        _A.worker_id == sa.bindparam("worker_id"), _A.status == sa.literal_column("'Accepted'")
    )
)
_ACCEPTED_SINCE = Statement(
    sa.select(sa.func.count()).where(
        _A.worker_id == sa.bindparam("worker_id"), _A.accepted_at >= sa.bindparam("since")
    )
)
_RETURNED_SINCE = Statement(
    sa.select(_A.hit_id).where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.status == sa.literal_column("'Returned'"),
        _A.ended_at > sa.bindparam("since"),
    )
)
_DECIDED = Statement(
    sa.select(_A.n)
    .where(
        _A.worker_id == sa.bindparam("worker_id"),
        _A.requester_id == sa.bindparam("requester_id"),
        _A.status.in_([sa.literal_column("'Approved'"), sa.literal_column("'Rejected'")]),
    )
    .limit(sa.literal_column("1"))
)
_STAGED = tables.staged.c
_INSERT_STAGED = insert(tables.staged)
_GET_STAGED = Statement(
    sa.select(
        _STAGED.assignment_id,
        _STAGED.document,
        _STAGED.answer_values,
        _STAGED.received_at,
        _STAGED.ticket,
        _STAGED.origin,
    ).where(_STAGED.ticket == sa.bindparam("ticket"))
)
_LAST_STAGED = Statement(
    sa.select(_STAGED.ticket, _STAGED.received_at)
    .where(_STAGED.assignment_id == sa.bindparam("assignment_id"))
    .order_by(_STAGED.n.desc())
    .limit(sa.literal_column("1"))
)
_TRIM_STAGED = Statement(
    sa.delete(tables.staged).where(
        _STAGED.assignment_id == sa.bindparam("assignment_id"),
        _STAGED.n.not_in(
            sa.select(_STAGED.n)
            .where(_STAGED.assignment_id == sa.bindparam("assignment_id"))
            .order_by(_STAGED.n.desc())
            .limit(sa.literal_column("3"))
        ),
    )
)
_PRUNE_STAGED = Statement(
    sa.delete(tables.staged).where(_STAGED.received_at < sa.bindparam("before"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """Submitted work with its answer document and the unjoined values (plain JSON data)."""

    assignment: Assignment
    document: str
    values: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class SortedPage:
    """Submitted work of a HIT in some order, from `start` on."""

    hit_id: str
    statuses: tuple[AssignmentStatus, ...]
    column: str
    descending: bool
    start: int
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """Answers that reached the server and wait for the worker's word."""

    ticket: str
    assignment_id: str
    document: str
    values: Any
    origin: str | None
    received_at: datetime


def _time(value: int | None) -> datetime | None:
    return None if value is None else clock.from_micros(value)


def _micros(value: datetime | None) -> int | None:
    return None if value is None else clock.micros(value)


def _assignment(row: Row) -> Assignment:
    """The record of a row, whose columns are in the order of the record's fields."""
    return Assignment._make(
        (
            *row[:5],
            _STATUSES[row[5]],
            clock.from_micros(row[6]),
            clock.from_micros(row[7]),
            *map(_time, row[8:13]),
            *row[13:16],
            _time(row[16]),
        )
    )


def _changing(assignment: Assignment) -> dict[str, Any]:
    return {
        "status": assignment.status.value,
        "submitted_at": _micros(assignment.submitted_at),
        "auto_approval_at": _micros(assignment.auto_approval_at),
        "approved_at": _micros(assignment.approved_at),
        "rejected_at": _micros(assignment.rejected_at),
        "ended_at": _micros(assignment.ended_at),
        "feedback": assignment.feedback,
        "answer_sha256": assignment.answer_sha256,
        "known_answer_score": assignment.known_answer_score,
        "due_at": _micros(assignment.due_at),
    }


_ASSIGNMENTS = Tracked(tables.assignments, _changing)


def add(tx: Tx, assignment: Assignment, group_id: str) -> Assignment:
    """Store an accepted assignment; returns it with its `n`."""
    n = tx.insert(
        _INSERT,
        {
            **_changing(assignment),
            "assignment_id": assignment.assignment_id,
            "hit_id": assignment.hit_id,
            "group_id": group_id,
            "worker_id": assignment.worker_id,
            "requester_id": assignment.requester_id,
            "accepted_at": clock.micros(assignment.accepted_at),
            "deadline": clock.micros(assignment.deadline),
        },
    )
    added = tx.records[assignment.assignment_id] = assignment._replace(n=n)
    tx.remember(_ASSIGNMENTS, added)
    return added


def save(tx: Tx, assignment: Assignment) -> None:
    """Store what changed in an assignment."""
    tx.save(_ASSIGNMENTS, assignment)
    tx.records[assignment.assignment_id] = assignment


def save_answer(tx: Tx, assignment: Assignment, document: str, values: object) -> None:
    """Store the answers of an assignment, once."""
    text = texts.of(values)
    tx.put(_INSERT_ANSWER, {"n": assignment.n, "document": document, "answer_values": text})


def get(tx: Tx, assignment_id: str) -> Assignment | None:
    """The assignment with this id, whoever owns it.

    In a transaction that may change it, its HIT is locked before, and noted with it.
    """
    known: Assignment | None = tx.records.get(assignment_id)
    if known is None:
        row = _row(tx, assignment_id)
        if row is None:
            return None
        known = tx.records[assignment_id] = _assignment(row)
        tx.remember(_ASSIGNMENTS, known)
    return known


def _row(tx: Tx, assignment_id: str) -> Row | None:
    """The row of an assignment, as it is when its HIT is locked, if that has to be."""
    parameters = {"assignment_id": assignment_id}
    if not tx.is_writing or any(isinstance(record, HIT) for record in tx.records.values()):
        row = tx.row(_GET, parameters)
        if row is None or not tx.is_writing or row[2] in tx.records:
            return row
    row = tx.locked(_LOCK, parameters)
    if row is not None and row[2] not in tx.records:
        hits.note(tx, row[len(_COLUMNS) :])
    return row


def get_submitted(tx: Tx, assignment_id: str) -> Submitted | None:
    """The assignment with this id and its answers, if it was submitted."""
    row = tx.row(_GET_WITH_ANSWER, {"assignment_id": assignment_id})
    return None if row is None else _submitted(row)


def _submitted(row: Row) -> Submitted:
    return Submitted(assignment=_assignment(row), document=row[17], values=texts.read(row[18]))


def live(tx: Tx, worker_id: str, hit_id: str) -> Assignment | None:
    """The worker's accepted or submitted assignment of a HIT; there is at most one."""
    row = tx.row(_LIVE, {"worker_id": worker_id, "hit_id": hit_id})
    return None if row is None else _assignment(row)


def first_due(tx: Tx, hit_id: str) -> Assignment | None:
    """The assignment of a HIT whose time-driven transition is the longest overdue."""
    row = tx.row(_DUE, {"hit_id": hit_id, "now": clock.micros(tx.now)})
    return None if row is None else _assignment(row)


def next_due(tx: Tx, hit_id: str) -> datetime | None:
    """When the next assignment of a HIT is due."""
    row = tx.row(_NEXT_DUE, {"hit_id": hit_id})
    return None if row is None else _time(row[0])


def page_of_hit(
    tx: Tx,
    hit_id: str,
    statuses: tuple[AssignmentStatus, ...],
    after: tuple[int, str],
    size: int,
) -> list[Submitted]:
    """Submitted work of a HIT in order of submission, after the given (time, id)."""
    wanted = {"hit_id": hit_id, "after_time": after[0], "after_id": after[1], "size": size}
    if set(statuses) == set(SUBMITTED_STATES):
        return [_submitted(row) for row in tx.rows(_PAGE, wanted)]
    found = [
        _submitted(row)
        for status in statuses
        for row in tx.rows(_PAGE_OF_STATUS, {**wanted, "status": status.value})
    ]
    found.sort(key=_place)
    return found[:size]


def _place(work: Submitted) -> tuple[datetime, str]:
    """Where work stands in the order of submission."""
    if work.assignment.submitted_at is None:
        raise ValueError(work.assignment.assignment_id)
    return work.assignment.submitted_at, work.assignment.assignment_id


def page_sorted(tx: Tx, wanted: SortedPage) -> tuple[list[Submitted], int]:
    """A page of submitted work, and how much there is on all pages."""
    statuses = [*wanted.statuses, *wanted.statuses[-1:] * 2]
    parameters = {
        "hit_id": wanted.hit_id,
        **{f"status_{number}": statuses[number].value for number in range(3)},
        "size": wanted.size,
        "start": wanted.start,
    }
    counted = tx.row(_COUNT, parameters)
    rows = tx.rows(_sorted_page(wanted.column, descending=wanted.descending), parameters)
    return [_submitted(row) for row in rows], int(counted[0]) if counted else 0


def all_of_hit(tx: Tx, hit_id: str) -> list[Submitted]:
    """All submitted work of a HIT in order of submission."""
    return [_submitted(row) for row in tx.rows(_ALL_OF_HIT, {"hit_id": hit_id})]


def of_worker(
    tx: Tx, worker_id: str, statuses: tuple[AssignmentStatus, ...], before: int, size: int
) -> list[Assignment]:
    """A worker's assignments, newest first, before the one with `n == before`."""
    rows = tx.rows(
        _OF_WORKER,
        {
            "worker_id": worker_id,
            "statuses": " ".join(statuses),
            "before": before,
            "size": size,
        },
    )
    return [_assignment(row) for row in rows]


def queue(tx: Tx, worker_id: str) -> list[Assignment]:
    """The HITs that a worker holds, by deadline."""
    return [_assignment(row) for row in tx.rows(_QUEUE, {"worker_id": worker_id})]


def queue_length(tx: Tx, worker_id: str) -> int:
    """How many HITs a worker holds."""
    row = tx.row(_QUEUE_LENGTH, {"worker_id": worker_id})
    return 0 if row is None else int(row[0])


def accepted_since(tx: Tx, worker_id: str, since: datetime) -> int:
    """How many HITs a worker accepted since an instant."""
    row = tx.row(_ACCEPTED_SINCE, {"worker_id": worker_id, "since": clock.micros(since)})
    return 0 if row is None else int(row[0])


def returned_since(tx: Tx, worker_id: str, since: datetime) -> frozenset[str]:
    """Ids of the HITs that a worker gave back after an instant."""
    rows = tx.rows(_RETURNED_SINCE, {"worker_id": worker_id, "since": clock.micros(since)})
    return frozenset(row[0] for row in rows)


def has_decided(tx: Tx, worker_id: str, by: str) -> bool:
    """Whether the requester with the id `by` ever approved or rejected work of a worker."""
    return tx.row(_DECIDED, {"worker_id": worker_id, "requester_id": by}) is not None


def answer(tx: Tx, assignment: Assignment) -> str:
    """The answer document of submitted work."""
    row = tx.row(_ANSWER, {"n": assignment.n})
    return "" if row is None else str(row[0])


def add_staged(tx: Tx, staged: Staged) -> None:
    """Keep answers until the worker confirms them; the three newest of an assignment stay."""
    parameters: Mapping[str, Any] = {
        "ticket": staged.ticket,
        "assignment_id": staged.assignment_id,
        "document": staged.document,
        "answer_values": texts.of(staged.values),
        "origin": staged.origin,
        "received_at": clock.micros(staged.received_at),
    }
    tx.insert(_INSERT_STAGED, parameters)
    tx.run(_TRIM_STAGED, {"assignment_id": staged.assignment_id})


def get_staged(tx: Tx, ticket: str) -> Staged | None:
    """The staged answers of a ticket."""
    row = tx.row(_GET_STAGED, {"ticket": ticket})
    if row is None:
        return None
    return Staged(
        assignment_id=row[0],
        document=row[1],
        values=texts.read(row[2]),
        received_at=clock.from_micros(row[3]),
        ticket=row[4],
        origin=row[5],
    )


def last_staged(tx: Tx, assignment_id: str) -> tuple[str, datetime] | None:
    """Ticket and time of the newest staged answers of an assignment."""
    row = tx.row(_LAST_STAGED, {"assignment_id": assignment_id})
    return None if row is None else (row[0], clock.from_micros(row[1]))


def prune_staged(tx: Tx, before: datetime) -> int:
    """Remove staged answers that were received before an instant."""
    return tx.run(_PRUNE_STAGED, {"before": clock.micros(before)})
