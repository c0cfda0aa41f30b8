"""A file as one end of a copy."""

import contextlib
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from kempelen.store import copying, db, schema, sqlite
from kempelen.store.copying import Row
from kempelen.store.statement import SQLITE


class FileEnd:
    """A file that nobody serves meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use a connection of `sqlite.exclusive`."""
        self._connection = connection

    def columns(self) -> dict[str, frozenset[str]]:
        """The tables that there are, with their columns."""
        rows = self._connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            table: frozenset(column for other, column in rows if other == table)
            for table in {row[0] for row in rows}
        }

    def execute(self, text: str) -> list[Row]:
        """Carry out a statement."""
        found: list[Row] = self._connection.execute(text).fetchall()
        return found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside or nothing."""
        self._connection.execute(sqlite.BEGIN)
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def moment(self) -> Iterator[None]:
        """What is read inside is as it was at one moment."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.rollback()

    def rows(self, table: sa.Table) -> Generator[Row]:
        """All rows in the order of the key."""
        yield from self._connection.execute(copying.in_order(table).text(SQLITE))

    def append(self, table: sa.Table, rows: Iterable[Row]) -> None:
        """Insert rows as they come."""
        places = ", ".join("?" * len(table.columns))
        text = f'INSERT INTO "{table.name}" ({copying.names(table)}) VALUES ({places})'  # noqa: S608
        with self.transaction():
            self._connection.executemany(text, rows)

    def make_tables(self) -> None:
        """Make the tables, unfinished."""
        for text in schema.creation_without_indexes(SQLITE):
            self._connection.execute(text)

    def make_indexes(self) -> None:
        """Make the missing indexes."""
        for text in schema.creation_of_indexes(SQLITE):
            self._connection.execute(text)

    def settle_keys(self) -> None:
        """The next key is always the one after the greatest that is there."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[FileEnd]:
    """A file as an end; DatabaseInUse, and DatabaseUnavailable when something goes wrong."""
    try:
        with sqlite.exclusive(path) as connection:
            sqlite.prepare(connection)
            yield FileEnd(connection)
    except sqlite3.Error as error:
        message = f"{path}: {error}"
        raise db.DatabaseUnavailable(message) from error
