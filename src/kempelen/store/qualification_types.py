"""Qualification types of requesters and their tests: rows to records and back, and the listings."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.qualification_type import (
    QualificationTest,
    QualificationType,
    QualificationTypeStatus,
)
from kempelen.store import tables
from kempelen.store.statement import Statement, among, insert, keys, locking
from kempelen.store.tx import Row, Tx
from kempelen.store.writes import Tracked

BATCH = 500
FIRST_BATCH = 16
_T = tables.qualification_types.c
_TEST = tables.qualification_tests.c
_COLUMNS = (
    _T.n,
    _T.qualification_type_id,
    _T.requester_id,
    _T.name,
    _T.description,
    _T.keywords,
    _T.status,
    _T.retry_delay_seconds,
    _T.auto_granted_value,
    _T.created_at,
    _T.deleted_at,
    _T.deletion_due,
    _TEST.n,
    _TEST.document,
    _TEST.answer_key,
    _TEST.duration_seconds,
)
_JOINED = sa.select(*_COLUMNS).outerjoin(tables.qualification_tests, _TEST.n == _T.test_n)
_INSERT = insert(tables.qualification_types)
_INSERT_TEST = insert(tables.qualification_tests)
_GET = Statement(_JOINED.where(_T.qualification_type_id == sa.bindparam("qualification_type_id")))
_LOCK = locking(
    sa.select(_T.n).where(_T.qualification_type_id == sa.bindparam("qualification_type_id")),
    tables.qualification_types,
)
_GET_MANY = Statement(_JOINED.where(among(_T.qualification_type_id)))
_NAMED = Statement(
    _JOINED.where(
        _T.requester_id == sa.bindparam("requester_id"),
        _T.name == sa.bindparam("name"),
        sa.or_(_T.deleted_at.is_(None), _T.deletion_due.is_not(None)),
    )
)
_DUE = Statement(
    sa.select(_T.qualification_type_id)
    .where(_T.deletion_due.is_not(None), _T.deletion_due <= sa.bindparam("now"))
    .order_by(_T.deletion_due)
    .limit(sa.bindparam("size"))
)
_NEXT_DUE = Statement(sa.select(sa.func.min(_T.deletion_due)).where(_T.deletion_due.is_not(None)))


def _listing(*, only_own: bool) -> Statement:
    """Types that are not deleted, by name; of others only the active ones."""
    if only_own:
        whose = _T.requester_id == sa.bindparam("requester_id")
    else:
        whose = sa.or_(
            _T.status == sa.literal_column("'Active'"),
            _T.requester_id == sa.bindparam("requester_id"),
        )
    return Statement(
        _JOINED.where(
            whose,
            _T.deleted_at.is_(None),
            sa.tuple_(_T.name, _T.qualification_type_id)
            > sa.tuple_(sa.bindparam("after_name"), sa.bindparam("after_id")),
            sa.or_(
                _T.search_text.like(sa.bindparam("pattern"), escape="!"),
                _T.qualification_type_id == sa.bindparam("wanted_id"),
            ),
        )
        .order_by(_T.name, _T.qualification_type_id)
        .limit(sa.bindparam("size"))
    )


_LISTINGS = {only_own: _listing(only_own=only_own) for only_own in (False, True)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which types a listing shows: those with all the words, or with this very id."""

    requester_id: str
    only_own: bool
    words: Sequence[str]
    qualification_type_id: str


def _time(value: int | None) -> datetime | None:
    return None if value is None else clock.from_micros(value)


def _micros(value: datetime | None) -> int | None:
    return None if value is None else clock.micros(value)


def test_of(row: Row) -> QualificationTest | None:
    """The test of four joined columns, which are all None without one."""
    if row[0] is None:
        return None
    return QualificationTest(n=row[0], document=row[1], answer_key=row[2], duration_seconds=row[3])


def _type(row: Row) -> QualificationType:
    return QualificationType(
        n=row[0],
        qualification_type_id=row[1],
        requester_id=row[2],
        name=row[3],
        description=row[4],
        keywords=row[5],
        status=QualificationTypeStatus(row[6]),
        retry_delay_seconds=row[7],
        auto_granted_value=row[8],
        created_at=clock.from_micros(row[9]),
        deleted_at=_time(row[10]),
        deletion_due=_time(row[11]),
        test=test_of(row[12:]),
    )


def _search_text(item: QualificationType) -> str:
    return "\n".join((item.name, item.description, item.keywords or "")).casefold()


def _changing(item: QualificationType) -> dict[str, Any]:
    return {
        "description": item.description,
        "status": item.status.value,
        "test_n": None if item.test is None else item.test.n,
        "retry_delay_seconds": item.retry_delay_seconds,
        "auto_granted_value": item.auto_granted_value,
        "deleted_at": _micros(item.deleted_at),
        "deletion_due": _micros(item.deletion_due),
        "search_text": _search_text(item),
    }


_TYPES = Tracked(tables.qualification_types, _changing)


def add(tx: Tx, item: QualificationType) -> QualificationType:
    """Store a new type and its test; returns it with its keys."""
    item = _with_stored_test(tx, item)
    n = tx.insert(
        _INSERT,
        {
            **_changing(item),
            "qualification_type_id": item.qualification_type_id,
            "requester_id": item.requester_id,
            "name": item.name,
            "keywords": item.keywords,
            "created_at": clock.micros(item.created_at),
        },
    )
    added = replace(item, n=n)
    tx.remember(_TYPES, added)
    return added


def save(tx: Tx, item: QualificationType) -> QualificationType:
    """Store what changed in a type; a new test is added, the one of before stays."""
    item = _with_stored_test(tx, item)
    tx.save(_TYPES, item)
    return item


def _with_stored_test(tx: Tx, item: QualificationType) -> QualificationType:
    test = item.test
    if test is None or test.n is not None:
        return item
    n = tx.insert(
        _INSERT_TEST,
        {
            "qualification_type_id": item.qualification_type_id,
            "document": test.document,
            "answer_key": test.answer_key,
            "duration_seconds": test.duration_seconds,
            "created_at": clock.micros(tx.now),
        },
    )
    return replace(item, test=replace(test, n=n))


def lock(tx: Tx, qualification_type_id: str) -> None:
    """Let nobody request the type, or delete it, until the transaction ends."""
    tx.row(_LOCK, {"qualification_type_id": qualification_type_id})


def get(tx: Tx, qualification_type_id: str) -> QualificationType | None:
    """The type with this id, deleted or not, whoever owns it."""
    return _found(tx, tx.row(_GET, {"qualification_type_id": qualification_type_id}))


def get_many(tx: Tx, qualification_type_ids: Iterable[str]) -> dict[str, QualificationType]:
    """Types by their ids, deleted or not, whoever owns them; in one query for each hundred."""
    found = [
        _type(row) for some in keys(qualification_type_ids) for row in tx.rows(_GET_MANY, some)
    ]
    return {item.qualification_type_id: item for item in found}


def find_named(tx: Tx, requester_id: str, name: str) -> QualificationType | None:
    """The requester's type that occupies a name."""
    return _found(tx, tx.row(_NAMED, {"requester_id": requester_id, "name": name}))


def _found(tx: Tx, row: Row | None) -> QualificationType | None:
    if row is None:
        return None
    found = _type(row)
    tx.remember(_TYPES, found)
    return found


def listed(tx: Tx, wanted: Wanted, after: tuple[str, str]) -> Iterator[QualificationType]:
    """Types after a name and id, by name and id, as many as the caller takes.

    The database looks for the longest word, which leaves the least to be looked through here. It
    is asked for few first, because tests are long, and for more when those were not enough.
    """
    longest = max(wanted.words, key=len, default="")
    parameters: dict[str, Any] = {
        "requester_id": wanted.requester_id,
        "pattern": f"%{_escaped(longest)}%",
        "wanted_id": wanted.qualification_type_id,
        "size": FIRST_BATCH,
    }
    while True:
        parameters["after_name"], parameters["after_id"] = after
        rows = tx.rows(_LISTINGS[wanted.only_own], parameters)
        for row in rows:
            found = _type(row)
            text = _search_text(found)
            is_named = found.qualification_type_id == wanted.qualification_type_id
            if is_named or all(word in text for word in wanted.words):
                yield found
        if len(rows) < parameters["size"]:
            return
        parameters["size"] = min(2 * parameters["size"], BATCH)
        after = rows[-1][3], rows[-1][1]


def _escaped(word: str) -> str:
    """A word as LIKE takes it literally."""
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def due(tx: Tx, size: int) -> list[str]:
    """Ids of types whose deletion has to be completed at `tx.now`, the longest overdue first."""
    return [row[0] for row in tx.rows(_DUE, {"now": clock.micros(tx.now), "size": size})]


def next_due(tx: Tx) -> datetime | None:
    """When the next deletion has to be complete."""
    row = tx.row(_NEXT_DUE, {})
    return None if row is None else _time(row[0])
