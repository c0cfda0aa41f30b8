"""From the schema of an older program to this one's, with Alembic; forward only.

A revision is a module of `migrations/versions` whose number is the version of the schema. Each one
is a transaction, expands before anything is contracted, and leaves a database with which the
program before it works too. New databases are not made this way, but at once (`schema`).
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from kempelen.store import schema, sqlite

FOLDER = Path(__file__).parent / "migrations"
_TAKE = {
    "sqlite": sqlite.BEGIN,
    # The same lock as for making tables: one process at a time changes the schema.
    "postgresql": f"SELECT pg_advisory_xact_lock({schema.LOCK})",
}
Say = Callable[[str], None]


def upgrade(connection: sa.Connection, say: Say, folder: Path = FOLDER) -> int:
    """Bring a database to the newest schema, step by step; returns its version then."""
    version = _version(connection)
    schema.check_before_migrating(version)
    for number, run in _later(folder, version):
        with _transaction(connection):
            # Somebody else may have done it while we waited.
            if _version(connection) >= number:
                continue
            say(f"schema {number - 1} -> {number}")
            with Operations.context(MigrationContext.configure(connection)):
                run()
            note = sa.text("UPDATE schema_version SET version = :number")
            if connection.execute(note, {"number": number}).rowcount == 0:
                note = sa.text("INSERT INTO schema_version VALUES (:number, 0)")
                connection.execute(note, {"number": number})
        version = number
    return version


def newest(folder: Path = FOLDER) -> int:
    """The version that the last revision leads to."""
    return int(ScriptDirectory(str(folder)).get_current_head() or 0)


def _later(folder: Path, version: int) -> Iterator[tuple[int, Callable[[], None]]]:
    """The revisions after a version, in order."""
    for script in reversed(list(ScriptDirectory(str(folder)).walk_revisions())):
        if int(script.revision) > version:
            yield int(script.revision), script.module.upgrade


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table("schema_version"):
        return 0
    found = connection.execute(sa.text("SELECT version FROM schema_version")).scalar()
    return 0 if found is None else int(found)


@contextlib.contextmanager
def _transaction(connection: sa.Connection) -> Iterator[None]:
    """One that nobody else changes the schema in."""
    connection.commit()
    try:
        connection.exec_driver_sql(_TAKE[connection.dialect.name])
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


@contextlib.contextmanager
def opened(database: str) -> Iterator[sa.Connection]:
    """A connection for migrations to a file or an address; DatabaseNotOpened, DatabaseInUse."""
    if "://" in database:
        from kempelen.store import postgres_schema  # noqa: PLC0415 - only those on a server need it
        from kempelen.store.pool import connect  # noqa: PLC0415

        with postgres_schema.explained(database):
            raw = connect(database, prepares=False)
            raw.autocommit = False
        engine = sa.create_engine("postgresql+psycopg://", creator=lambda: raw)
        with contextlib.closing(raw), engine.connect() as connection:
            yield connection
        engine.dispose()
        return
    with sqlite.exclusive(Path(database)) as raw_file:
        engine = sa.create_engine("sqlite://", creator=lambda: raw_file)
        with engine.connect() as connection:
            yield connection
        engine.dispose()
