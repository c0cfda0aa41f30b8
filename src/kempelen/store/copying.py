"""A whole database carried to another one, on either engine, and compared row by row.

The rows go over table by table in the order of their keys, some in each transaction, so that those
which are there say how far an interrupted copy came. Until everything has been compared, the
version of the target's schema is one that no program works with.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from kempelen.store import db, schema, tables
from kempelen.store.statement import Statement

Row = tuple[Any, ...]

# The version is written by the copy itself, and what an engine notes of its own commits, to look
# them up in the next minutes, means nothing in another database.
NOT_COPIED = frozenset({"schema_version", "commits"})
COPIED = tuple(table for table in tables.metadata.sorted_tables if table.name not in NOT_COPIED)
BATCH_BYTES = 4 * 1024 * 1024
_ROW_BYTES = 64
_SAY_EVERY = 5_000
_encode = msgspec.json.Encoder().encode


class CopyRefused(Exception):
    """These databases cannot be the ends of a copy; the message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Something that takes a while, and how far it is."""

    doing: str
    table: str = ""
    done: int = 0
    rows: int = 0


Say = Callable[[Step], None]


@dataclass(kw_only=True, slots=True)
class Compared:
    """One table in both databases: how many rows it has, and a digest of all of them.

    The digest is of values, not of bytes on a disk: equal rows have equal digests on all engines.
    """

    table: str
    rows: list[int] = field(default_factory=lambda: [0, 0])
    digests: list[str] = field(default_factory=lambda: ["", ""])
    first_difference: str | None = None

    @property
    def is_equal(self) -> bool:
        """Whether both have the same rows."""
        return self.digests[0] == self.digests[1]


class End(Protocol):
    """One of the two databases, with a connection that nobody else uses."""

    def columns(self) -> dict[str, frozenset[str]]:
        """The tables that there are, whosever they are, with the names of their columns."""

    def execute(self, text: str) -> list[Row]:
        """Carry out a statement of ours without parameters; its rows, if it has any."""

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside or nothing, on the disk when it ends."""

    def moment(self) -> AbstractContextManager[None]:
        """Everything that is read inside is as it was at one moment."""

    def rows(self, table: sa.Table) -> Generator[Row]:
        """All rows of a table in the order of its key, of which few are in memory at a time.

        Until they are at their end, or closed, the connection is busy with them.
        """

    def append(self, table: sa.Table, rows: Iterable[Row]) -> None:
        """Insert rows as they come, in one transaction."""

    def make_tables(self) -> None:
        """Make the tables, unfinished; in a transaction of the caller's."""

    def make_indexes(self) -> None:
        """Make those indexes that are missing."""

    def settle_keys(self) -> None:
        """See to it that the next row of each table gets a key of its own."""


def in_order(table: sa.Table) -> Statement:
    """The query for all rows of a table in the order of its key."""
    return Statement(sa.select(table).order_by(*table.primary_key.columns))


def names(table: sa.Table) -> str:
    """The columns of a table, for an INSERT."""
    return ", ".join(f'"{column.name}"' for column in table.columns)


def copy(source: End, target: End, say: Say) -> list[Compared]:
    """Carry everything over, or the rest of it, and compare.

    Raises CopyRefused, SchemaTooOld, SchemaTooNew and CopyUnfinished before anything is changed.
    """
    _check_source(source)
    _prepare(target)
    with source.moment():
        counts = {table.name: _count(source, table) for table in COPIED}
        for table in COPIED:
            _copy_table(source, target, table, counts[table.name], say)
    say(Step(doing="building indexes"))
    target.make_indexes()
    # The source is read once more, as it is now: whoever has written to it meanwhile is found out.
    with source.moment(), target.moment():
        return [_compare(source, target, table, counts[table.name], say) for table in COPIED]


def finish(target: End) -> None:
    """Let programs work with a copy from now on, because everything in it was found to agree."""
    with target.transaction():
        target.settle_keys()
        target.execute(schema.version_change(schema.VERSION))


def files(source: End) -> tuple[int, int]:
    """How many files of workers a database knows, and their bytes, which are elsewhere."""
    ((count, size),) = source.execute("SELECT count(*), sum(size_bytes) FROM files")
    return int(count), int(size or 0)


def _version(end: End) -> int | None:
    """The version of the schema; None in a database that is not ours."""
    if "schema_version" not in end.columns():
        return None
    found = end.execute("SELECT version FROM schema_version")
    return int(found[0][0]) if found else 0


def _check_source(source: End) -> None:
    version = _version(source)
    if version is None:
        message = "There is no market in the database to copy from: it has no table schema_version."
        raise CopyRefused(message)
    _check_schema(source, version, "to copy from")


def _prepare(target: End) -> None:
    """Make the target ready, unless an earlier attempt has done so."""
    version = _version(target)
    if version is None:
        others = sorted(target.columns())
        if others:
            message = (
                f"The database to copy to is not empty: it has tables of something else "
                f"({', '.join(others[:5])}). Name an empty one with --to."
            )
            raise CopyRefused(message)
        with target.transaction():
            target.make_tables()
        return
    if version == schema.UNFINISHED:
        return
    _check_schema(target, version, "to copy to")
    filled = [table.name for table in COPIED if not _is_empty(target, table)]
    if filled:
        message = (
            f"The database to copy to is not empty: there are rows in {', '.join(filled[:5])}. "
            "Name an empty one with --to; nothing is ever merged or replaced."
        )
        raise CopyRefused(message)
    with target.transaction():
        target.execute(schema.version_change(schema.UNFINISHED))


def _check_schema(end: End, version: int, which: str) -> None:
    """Refuse any schema but that of this program: of another one, something would be lost."""
    schema.check(version)
    if version > schema.VERSION:
        message = (
            f"The database {which} has schema {version}, this program knows {schema.VERSION}. "
            "Copy with the newer version of Kempelen that wrote it."
        )
        raise db.SchemaTooNew(message)
    found = end.columns()
    for table in tables.metadata.sorted_tables:
        wanted = frozenset(column.name for column in table.columns)
        if found.get(table.name) != wanted:
            odd = ", ".join(sorted(wanted ^ found.get(table.name, frozenset())))
            message = (
                f"The database {which} says it has schema {version}, but its table {table.name} "
                f"is another one ({odd}). Somebody has changed it by hand; undo that first."
            )
            raise CopyRefused(message)


def _is_empty(end: End, table: sa.Table) -> bool:
    return not end.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1')  # noqa: S608 - a table of ours


def _count(end: End, table: sa.Table) -> int:
    ((count,),) = end.execute(f'SELECT count(*) FROM "{table.name}"')  # noqa: S608 - as above
    return int(count)


def _copy_table(source: End, target: End, table: sa.Table, count: int, say: Say) -> None:
    step = Step(doing="copying", table=table.name, rows=count)
    with closing(source.rows(table)) as rows:
        done = _skip_those_there(rows, target, table, count, say)
        some = _Some(rows)
        while not some.is_over:
            say(_at(step, done))
            target.append(table, some)
            done += some.taken
    say(_at(step, done))


class _Some:
    """Rows as they come, as many as one transaction should have; then again as many."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.is_over = False
        self.taken = 0

    def __iter__(self) -> Iterator[Row]:
        self.taken = 0
        room = BATCH_BYTES
        for row in self._rows:
            self.taken += 1
            yield row
            room -= _ROW_BYTES + sum(len(value) for value in row if type(value) is str)
            if room < 0:
                return
        self.is_over = True


def _skip_those_there(
    rows: Iterator[Row], target: End, table: sa.Table, count: int, say: Say
) -> int:
    """Walk through the rows that an earlier attempt brought over; CopyRefused if they differ."""
    step = Step(doing="comparing what is there of", table=table.name, rows=count)
    done = 0
    with closing(target.rows(table)) as there:
        for row in there:
            if row != next(rows, None):
                message = (
                    f"What was copied before is not in the source any more: table {table.name}, "
                    f"row {_key(table, row)}. Another database, or somebody has written to this "
                    "one since. Empty the target and copy again, with nobody at the source."
                )
                raise CopyRefused(message)
            done += 1
            if done % _SAY_EVERY == 0:
                say(_at(step, done))
    return done


def _compare(source: End, target: End, table: sa.Table, count: int, say: Say) -> Compared:
    compared = Compared(table=table.name)
    digests = (sha256(), sha256())
    step = Step(doing="verifying", table=table.name, rows=count)
    number = 0
    with closing(source.rows(table)) as first_rows, closing(target.rows(table)) as second_rows:
        for number, pair in enumerate(zip_longest(first_rows, second_rows), 1):
            first, second = (b"" if row is None else _encode(row) + b"\n" for row in pair)
            digests[0].update(first)
            digests[1].update(second)
            if first != second and compared.first_difference is None:
                compared.first_difference = _key(table, pair[0] or pair[1] or ())
            for side, row in enumerate(pair):
                compared.rows[side] += row is not None
            if number % _SAY_EVERY == 0:
                say(_at(step, number))
    say(_at(step, number))
    compared.digests = [digest.hexdigest() for digest in digests]
    return compared


def _key(table: sa.Table, row: Row) -> str:
    """The key of a row, for people."""
    keys = {column.name for column in table.primary_key.columns}
    pairs = zip(table.columns, row, strict=True)
    return ", ".join(str(value) for column, value in pairs if column.name in keys)


def _at(step: Step, done: int) -> Step:
    return Step(doing=step.doing, table=step.table, rows=step.rows, done=done)
