"""A database on a PostgreSQL server as one end of a copy."""

import contextlib
from collections.abc import Generator, Iterable, Iterator
from typing import Any

import psycopg
import sqlalchemy as sa

from kempelen.store import copying, db, postgres_schema, schema
from kempelen.store.copying import CopyRefused, Row
from kempelen.store.pool import Connection, connect
from kempelen.store.statement import POSTGRESQL

_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"""
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'kempelen' AND pid <> pg_backend_pid()"""
_LOOKS = 20
_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class ServerEnd:
    """A database that no process of Kempelen uses meanwhile."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection on which transactions are begun by hand."""
        self._connection = connection

    def columns(self) -> dict[str, frozenset[str]]:
        """The tables that there are, with their columns."""
        rows = self.execute(_COLUMNS)
        return {
            table: frozenset(column for other, column in rows if other == table)
            for table in {row[0] for row in rows}
        }

    def execute(self, text: str) -> list[Row]:
        """Carry out a statement."""
        cursor = self._connection.execute(text.encode())
        return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside or nothing."""
        with self._connection.transaction():
            yield

    @contextlib.contextmanager
    def moment(self) -> Iterator[None]:
        """What is read inside is as it was at one moment."""
        self._connection.execute(_MOMENT)
        try:
            yield
        finally:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")

    def rows(self, table: sa.Table) -> Generator[Row]:
        """All rows in the order of the key, as the server sends them."""
        query = f"COPY ({copying.in_order(table).text(POSTGRESQL)}) TO STDOUT"
        with self._connection.cursor() as cursor, cursor.copy(query.encode()) as stream:
            stream.set_types([_type(column) for column in table.columns])
            yield from stream.rows()

    def append(self, table: sa.Table, rows: Iterable[Row]) -> None:
        """Insert rows as they come."""
        query = f'COPY "{table.name}" ({copying.names(table)}) FROM STDIN'
        row: Row = ()
        try:
            with (
                self.transaction(),
                self._connection.cursor() as cursor,
                cursor.copy(query.encode()) as stream,
            ):
                for row in rows:
                    stream.write_row(row)
        except psycopg.DataError as error:
            message = (
                f"PostgreSQL does not take the row of {table.name} that begins with {row[:2]}: "
                f"{' '.join(str(error).split())}"
            )
            raise CopyRefused(message) from error

    def make_tables(self) -> None:
        """Make the tables, unfinished."""
        for text in schema.creation_without_indexes(POSTGRESQL):
            self.execute(text)

    def make_indexes(self) -> None:
        """Make the missing indexes, and let the server learn what there is."""
        for text in schema.creation_of_indexes(POSTGRESQL):
            self.execute(text)
        self.execute("ANALYZE")

    def settle_keys(self) -> None:
        """Have each sequence go on behind the greatest key that is there."""
        for table in copying.COPIED:
            if "n" in table.primary_key.columns:
                self.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'n'), max(n))"  # noqa: S608
                    f' FROM "{table.name}"'
                )


def _type(column: "sa.Column[Any]") -> str:
    return "int8" if isinstance(column.type, sa.Integer) else "text"


@contextlib.contextmanager
def opened(url: str) -> Iterator[ServerEnd]:
    """A database as an end; DatabaseNotOpened, DatabaseUnavailable when something goes wrong.

    DatabaseInUse when a server of ours uses it: what it writes would be missing in the copy.
    """
    with postgres_schema.explained(url):
        connection = connect(url, prepares=False)
    with contextlib.closing(connection):
        end = ServerEnd(connection)
        try:
            _check_unused(end)
            yield end
        except psycopg.Error as error:
            message = f"{postgres_schema.place(url)}: {' '.join(str(error).split())}"
            raise db.DatabaseUnavailable(message) from error


def _check_unused(end: ServerEnd) -> None:
    """Refuse a database that others use, unless they are on their way out: DatabaseInUse."""
    for _ in range(_LOOKS):
        ((others,),) = end.execute(_OTHERS)
        if not others:
            return
        end.execute("SELECT pg_sleep(0.1)")
    message = f"Kempelen uses it, with {others} connection{'s' if others > 1 else ''}"
    raise db.DatabaseInUse(message)
