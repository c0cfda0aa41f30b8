"""Coming to a PostgreSQL server: what keeps us out, in words, and the tables of a new database."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from kempelen.store import db, schema
from kempelen.store.pool import Connection, connect
from kempelen.store.statement import POSTGRESQL

_KEPT_OUT = re.compile(r'password|authentication|pg_hba\.conf|role ".*" does not exist')
_NO_DATABASE = re.compile(r'database ".*" does not exist')
_TOO_MANY = re.compile("too many clients|too many connections|remaining connection slots")
_FIND_VERSION = "SELECT to_regclass('schema_version')"


def bring_up(connection: Connection) -> None:
    """Make the tables of an empty database; refuses one of another program as `schema.check`."""
    with connection.transaction():
        # Processes that start together must not do it twice.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (schema.LOCK,))
        if connection.execute(_FIND_VERSION).fetchone() == (None,):
            for text in schema.creation(POSTGRESQL):
                connection.execute(_query(text.replace("%", "%%")), prepare=False)
    row = connection.execute(_query(schema.READ_VERSION.text(POSTGRESQL))).fetchone()
    schema.check(0 if row is None else int(row[0]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What a server tells of itself: `schema` is None in a database without our tables."""

    server_version: str
    now: datetime
    schema: int | None


def look(url: str) -> Look:
    """Look at a database without changing it; DatabaseNotOpened."""
    with explained(url), connect(url, prepares=False) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), clock_timestamp(),"
            " to_regclass('schema_version')"
        ).fetchone()
        version = None
        if row is not None and row[2] is not None:
            found = connection.execute(_query(schema.READ_VERSION.text(POSTGRESQL))).fetchone()
            version = 0 if found is None else int(found[0])
    if row is None:
        message = f"The PostgreSQL server {place(url)} does not say what it is."
        raise db.DatabaseNotOpened(message)
    return Look(server_version=row[0], now=row[1], schema=version)


def note_version(connection: Connection) -> None:
    """Say that an emptied database has the schema of this program."""
    connection.execute(_query(schema.version_note()))


@contextlib.contextmanager
def explained(url: str) -> Iterator[None]:
    """Say what to do when a server cannot be reached or does not let us in: DatabaseNotOpened."""
    try:
        yield
    except psycopg.Error as error:
        raise db.DatabaseNotOpened(_advice(url, error)) from error


def _advice(url: str, error: psycopg.Error) -> str:
    at = conninfo_to_dict(url)
    user, name = at.get("user") or "this user", at.get("dbname")
    told = " ".join(str(error).split())
    if isinstance(error, errors.InsufficientPrivilege):
        return (
            f"{user} may not make tables in the database {name}: {told}. "
            f"Make it the owner: ALTER DATABASE {name} OWNER TO {user}"
        )
    # What happens before a connection is there has no code, only the words of the server.
    if _KEPT_OUT.search(told):
        return (
            f"The PostgreSQL server {place(url)} does not let {user} in: {told}. "
            "Correct the user and the password in the address; the password may also be in "
            "PGPASSWORD or in the file that PGPASSFILE names."
        )
    if _NO_DATABASE.search(told):
        return f"There is no database {name} on {place(url)}. Make it with: createdb {name}"
    if _TOO_MANY.search(told):
        return (
            f"The PostgreSQL server {place(url)} has no connection left: {told}. Raise its "
            "max_connections, or lower the setting postgresql.connections."
        )
    if error.sqlstate is None and "FATAL" not in told:
        return (
            f"No PostgreSQL server can be reached at {place(url)}: {told}. "
            "Start it, or correct the address after --db."
        )
    return f"The PostgreSQL database at {place(url)} cannot be used: {told}."


def place(url: str) -> str:
    """Host and port of an address, never its password."""
    at = cast("dict[str, Any]", conninfo_to_dict(url))
    return f"{at.get('host') or at.get('hostaddr') or 'this machine'}:{at.get('port') or 5432}"


def _query(text: str) -> bytes:
    return text.encode()
