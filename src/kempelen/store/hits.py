"""HITs: rows to records and back, and the listings of a requester."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain import system_types
from kempelen.domain.hit import HIT, HITStatus
from kempelen.invariants import invariant
from kempelen.store import tables
from kempelen.store.statement import Statement, insert, insert_with_key, locking
from kempelen.store.tx import Overtaken, Row, Tx
from kempelen.store.writes import Tracked

_H = tables.hits.c
COLUMNS = (
    _H.n,
    _H.hit_id,
    _H.hit_type_id,
    _H.group_id,
    _H.requester_id,
    _H.created_at,
    _H.expiration,
    _H.max_assignments,
    _H.created_max_assignments,
    _H.fee,
    _H.next_due,
    _H.annotation,
    _H.layout_id,
    _H.assignment_policy,
    _H.hit_policy,
    _H.pending,
    _H.submitted,
    _H.approved,
    _H.rejected,
    _H.is_expired,
    _H.is_reviewing,
    _H.is_disposed,
    _H.reviewable_since,
    _H.hold_moves,
    _H.hit_runs,
    _H.work_at_last_run,
    _H.status,
    _H.approve_on_submit,
)
_STATUSES = {status.value: status for status in HITStatus}
_WITH_QUESTION = (*COLUMNS, tables.questions.c.question)
_JOINED = sa.select(*_WITH_QUESTION).join(tables.questions, tables.questions.c.n == _H.n)
_INSERT = insert(tables.hits)
_INSERT_QUESTION = insert_with_key(tables.questions)
_BY_ID = sa.select(*COLUMNS).where(_H.hit_id == sa.bindparam("hit_id"))
_GET = Statement(_BY_ID)
_LOCK = locking(_BY_ID, tables.hits)
_GET_WITH_QUESTION = Statement(_JOINED.where(_H.hit_id == sa.bindparam("hit_id")))
_QUESTION = Statement(
    sa.select(tables.questions.c.question).where(tables.questions.c.n == sa.bindparam("n"))
)
_LIST = Statement(
    _JOINED.where(
        _H.requester_id == sa.bindparam("requester_id"),
        _H.is_disposed == sa.literal_column("0"),
        _H.status != sa.literal_column("'Disposed'"),
        _H.n > sa.bindparam("after"),
    )
    .order_by(_H.n)
    .limit(sa.bindparam("size"))
)

_REQUIRED = tables.hit_requirements.c
_LIST_REQUIRING = Statement(
    _JOINED.join(tables.hit_requirements, _REQUIRED.hit_n == _H.n)
    .where(
        _REQUIRED.qualification_type_id == sa.bindparam("qualification_type_id"),
        _REQUIRED.requester_id == sa.bindparam("requester_id"),
        _REQUIRED.hit_n > sa.bindparam("after"),
    )
    .order_by(_REQUIRED.hit_n)
    .limit(sa.bindparam("size"))
)


class _Part(Enum):
    """Which HITs of a listing by expiration: all, or those behind a place, in two steps."""

    ALL = auto()
    SAME_TIME = auto()
    LATER = auto()


def _reviewable(part: _Part, *, of_type: bool) -> Statement:
    """HITs of ListReviewableHITs: latest expiration first, then by id.

    What is behind a place is asked for in two steps, each of which begins in the index where it
    should: HITs of one batch may well expire at the same moment.
    """
    conditions = [
        _H.requester_id == sa.bindparam("requester_id"),
        _H.status == sa.bindparam("status"),
        _H.status.in_([sa.literal_column(f"'{status}'") for status in ("Reviewable", "Reviewing")]),
    ]
    if of_type:
        conditions.append(_H.hit_type_id == sa.bindparam("hit_type_id"))
    if part is _Part.SAME_TIME:
        conditions.append(_H.expiration == sa.bindparam("expiration"))
        conditions.append(_H.hit_id > sa.bindparam("hit_id"))
    elif part is _Part.LATER:
        conditions.append(_H.expiration < sa.bindparam("expiration"))
    ordered = _JOINED.where(*conditions).order_by(_H.expiration.desc(), _H.hit_id)
    return Statement(ordered.limit(sa.bindparam("size")))


_REVIEWABLE = {
    (part, of_type): _reviewable(part, of_type=of_type)
    for part in _Part
    for of_type in (False, True)
}
_DUE_OF = Statement(
    sa.select(_H.hit_id)
    .where(
        _H.requester_id == sa.bindparam("requester_id"),
        _H.is_disposed == sa.literal_column("0"),
        _H.next_due <= sa.bindparam("now"),
    )
    .order_by(_H.next_due)
    .limit(sa.bindparam("size"))
)
DUE_BATCH = 500


_SORT_COLUMNS: dict[str, sa.ColumnElement[Any]] = {
    "Title": tables.hit_types.c.title,
    "Reward": tables.hit_types.c.reward,
    "Expiration": _H.expiration,
    "CreationTime": _H.created_at,
    "Enumeration": _H.n,
}
_UNDISPOSED = (
    _H.requester_id == sa.bindparam("requester_id"),
    _H.is_disposed == sa.literal_column("0"),
    _H.status != sa.literal_column("'Disposed'"),
)
_IN_REVIEW = _H.status.in_([sa.bindparam("status"), sa.bindparam("other_status")])
_OF_TYPE = _H.hit_type_id == sa.bindparam("hit_type_id")


def _conditions(*, in_review: bool, of_type: bool) -> list[sa.ColumnElement[bool]]:
    return [*_UNDISPOSED, *([_IN_REVIEW] if in_review else []), *([_OF_TYPE] if of_type else [])]


@lru_cache(maxsize=64)
def _sorted_page(column: str, *, descending: bool, in_review: bool, of_type: bool) -> Statement:
    key = _SORT_COLUMNS[column]
    conditions = _conditions(in_review=in_review, of_type=of_type)
    return Statement(
        _JOINED.join(tables.hit_types, tables.hit_types.c.hit_type_id == _H.hit_type_id)
        .where(*conditions)
        .order_by(key.desc() if descending else key, _H.n)
        .limit(sa.bindparam("size"))
        .offset(sa.bindparam("start"))
    )


@lru_cache(maxsize=4)
def _sorted_count(*, in_review: bool, of_type: bool) -> Statement:
    conditions = _conditions(in_review=in_review, of_type=of_type)
    return Statement(sa.select(sa.func.count()).select_from(tables.hits).where(*conditions))


@dataclass(frozen=True, kw_only=True, slots=True)
class SortedPage:
    """Undisposed HITs of a requester in some order, from `start` on; all, or those in review."""

    requester_id: str
    column: str
    descending: bool
    start: int
    size: int
    statuses: tuple[str, ...] = ()
    hit_type_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewablePage:
    """Where a page of reviewable HITs begins and which of them it holds."""

    requester_id: str
    status: HITStatus
    hit_type_id: str | None
    after: tuple[int, str] | None
    size: int


def record(row: Row) -> HIT:
    """The record of a row, whose columns are in the order of the record's fields."""
    time = clock.from_micros
    since = row[22]
    return HIT._make(
        (
            *row[:5],
            time(row[5]),
            time(row[6]),
            *row[7:10],
            time(row[10]),
            *row[11:19],
            row[19] == 1,
            row[20] == 1,
            row[21] == 1,
            None if since is None else time(since),
            *row[23:26],
            _STATUSES[row[26]],
            row[27] == 1,
        )
    )


def _changing(hit: HIT) -> dict[str, Any]:
    since = hit.reviewable_since
    invariant(hit.recorded_status is not None, "H1", hit_id=hit.hit_id)
    return {
        "hit_type_id": hit.hit_type_id,
        "group_id": hit.group_id,
        "status": hit.recorded_status,
        "expiration": clock.micros(hit.expiration),
        "max_assignments": hit.max_assignments,
        "fee": hit.fee,
        "pending": hit.pending,
        "submitted": hit.submitted,
        "approved": hit.approved,
        "rejected": hit.rejected,
        "is_expired": int(hit.is_expired),
        "is_reviewing": int(hit.is_reviewing),
        "is_disposed": int(hit.is_disposed),
        "reviewable_since": None if since is None else clock.micros(since),
        "hold_moves": hit.hold_moves,
        "hit_runs": hit.hit_runs,
        "work_at_last_run": hit.work_at_last_run,
        "next_due": clock.micros(hit.next_due),
        "approve_on_submit": int(hit.approve_on_submit),
    }


_HITS = Tracked(tables.hits, _changing)


def add(tx: Tx, hit: HIT, question: str) -> HIT:
    """Store a new HIT and its question; returns it with its `n`."""
    n = tx.insert(
        _INSERT,
        {
            **_changing(hit),
            "hit_id": hit.hit_id,
            "requester_id": hit.requester_id,
            "created_at": clock.micros(hit.created_at),
            "created_max_assignments": hit.created_max_assignments,
            "annotation": hit.annotation,
            "layout_id": hit.layout_id,
            "assignment_policy": hit.assignment_policy,
            "hit_policy": hit.hit_policy,
        },
    )
    tx.put(_INSERT_QUESTION, {"n": n, "question": question})
    added = tx.records[hit.hit_id] = hit._replace(n=n)
    tx.remember(_HITS, added)
    return added


def save(tx: Tx, hit: HIT) -> None:
    """Store what changed in a HIT."""
    tx.save(_HITS, hit)
    tx.records[hit.hit_id] = hit


def _shown(tx: Tx, hit: HIT) -> HIT:
    """Stop a reading that time has overtaken, so that what is due is done before."""
    is_due = hit.next_due <= tx.now and not hit.is_disposed
    if is_due and not tx.is_writing and hit.hit_id not in tx.unsettled:
        raise Overtaken((hit.hit_id,))
    return hit


def get(tx: Tx, hit_id: str) -> HIT | None:
    """The HIT with this id, whoever owns it; locked when the transaction may change it."""
    return _found(tx, hit_id, tx.locked if tx.is_writing else tx.row)


def get_if_free(tx: Tx, hit_id: str) -> HIT | None:
    """As `get`, but None also for a HIT that somebody else is changing just now."""
    return _found(tx, hit_id, tx.locked_if_free)


def _found(tx: Tx, hit_id: str, ask: Callable[..., Row | None]) -> HIT | None:
    known: HIT | None = tx.records.get(hit_id)
    if known is None:
        row = ask(_LOCK if tx.is_writing else _GET, {"hit_id": hit_id})
        return None if row is None else _shown(tx, note(tx, row))
    return _shown(tx, known)


def note(tx: Tx, row: Row) -> HIT:
    """The record of a row of the `COLUMNS` that was read, and locked in a writing transaction."""
    hit = record(row)
    tx.records[hit.hit_id] = hit
    tx.remember(_HITS, hit)
    return hit


def get_with_question(tx: Tx, hit_id: str) -> tuple[HIT, str] | None:
    """The HIT with this id and its question document."""
    row = tx.row(_GET_WITH_QUESTION, {"hit_id": hit_id})
    return None if row is None else (_shown(tx, record(row)), row[28])


def question(tx: Tx, hit: HIT) -> str:
    """The question document of a HIT."""
    row = tx.row(_QUESTION, {"n": hit.n})
    return "" if row is None else str(row[0])


def check_due(tx: Tx, requester_id: str) -> None:
    """Stop a listing while HITs of the requester have something due."""
    parameters = {
        "requester_id": requester_id,
        "now": clock.micros(tx.now),
        "size": DUE_BATCH + len(tx.unsettled),
    }
    found = [row[0] for row in tx.rows(_DUE_OF, parameters) if row[0] not in tx.unsettled]
    if found:
        raise Overtaken(tuple(found))


def page(tx: Tx, requester_id: str, after: int, size: int) -> list[tuple[HIT, str]]:
    """Undisposed HITs with their questions in creation order, after the one with `n == after`."""
    rows = tx.rows(_LIST, {"requester_id": requester_id, "after": after, "size": size})
    return [(record(row), row[28]) for row in rows]


def page_requiring(
    tx: Tx, requester_id: str, qualification_type_id: str, after: int, size: int
) -> list[tuple[HIT, str]]:
    """Undisposed HITs that require a type, in creation order, after the one with `n == after`."""
    parameters = {
        "requester_id": requester_id,
        "qualification_type_id": system_types.canonical_id(qualification_type_id),
        "after": after,
        "size": size,
    }
    return [(record(row), row[28]) for row in tx.rows(_LIST_REQUIRING, parameters)]


def page_reviewable(tx: Tx, wanted: ReviewablePage) -> list[tuple[HIT, str]]:
    """A page of HITs in status Reviewable or Reviewing with their questions."""
    parameters: dict[str, Any] = {
        "requester_id": wanted.requester_id,
        "status": wanted.status.value,
        "hit_type_id": wanted.hit_type_id,
        "size": wanted.size,
    }
    of_type = wanted.hit_type_id is not None
    if wanted.after is None:
        rows = tx.rows(_REVIEWABLE[_Part.ALL, of_type], parameters)
    else:
        parameters["expiration"], parameters["hit_id"] = wanted.after
        rows = tx.rows(_REVIEWABLE[_Part.SAME_TIME, of_type], parameters)
        if len(rows) < wanted.size:
            parameters["size"] = wanted.size - len(rows)
            rows += tx.rows(_REVIEWABLE[_Part.LATER, of_type], parameters)
    return [(record(row), row[28]) for row in rows]


def page_sorted(tx: Tx, wanted: SortedPage) -> tuple[list[tuple[HIT, str]], int]:
    """A page of HITs with their questions, and how many there are on all pages."""
    in_review, of_type = bool(wanted.statuses), wanted.hit_type_id is not None
    parameters = {
        "requester_id": wanted.requester_id,
        "status": wanted.statuses[0] if in_review else None,
        "other_status": wanted.statuses[-1] if in_review else None,
        "hit_type_id": wanted.hit_type_id,
        "size": wanted.size,
        "start": wanted.start,
    }
    counted = tx.row(_sorted_count(in_review=in_review, of_type=of_type), parameters)
    statement = _sorted_page(
        wanted.column, descending=wanted.descending, in_review=in_review, of_type=of_type
    )
    rows = tx.rows(statement, parameters)
    return [(record(row), row[28]) for row in rows], int(counted[0]) if counted else 0
