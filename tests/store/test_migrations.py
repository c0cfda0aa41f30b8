"""From one schema to the next: the first revision is the tables, and steps are whole."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres_server import Databases

from kempelen.store import db, migrating, schema, tables
from kempelen.store.postgres import PostgreSQL
from kempelen.store.sqlite import SQLite
from kempelen.store.statement import POSTGRESQL, SQLITE

ROOT = Path(__file__).parents[2]
DESCRIPTIONS = {
    SQLITE: "SELECT type, name, sql FROM sqlite_master WHERE sql <> '' ORDER BY 1, 2",
    POSTGRESQL: """
        SELECT 'column', table_name || '.' || column_name, data_type || coalesce(collation_name, '')
            || coalesce(column_default, '') || is_nullable FROM information_schema.columns
            WHERE table_schema = 'public'
        UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'rule', conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
            WHERE NOT tgisinternal
        ORDER BY 1, 2""",
}
SECOND = """
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    with op.batch_alter_table("mail") as batch:
        batch.add_column(sa.Column("is_urgent", sa.BigInteger, server_default="0", nullable=False))
"""
THIRD = """
import sqlalchemy as sa
from alembic import op
revision = "0003"
down_revision = "0002"
def upgrade():
    op.add_column("mail", sa.Column("color", sa.Text))
    op.execute("INSERT INTO no_such_table VALUES (1)")
"""


@pytest.fixture
def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without even tables."""
    if engine == SQLITE:
        yield str(tmp_path / "empty.db")
        return
    databases: Databases = request.getfixturevalue("postgres")
    with databases.bare() as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The revisions of this program and one more."""
    copied = tmp_path / "migrations"
    (copied / "versions").mkdir(parents=True)
    for path in (migrating.FOLDER / "versions").glob("r0001.*"):
        (copied / "versions" / path.name).write_text(path.read_text())
    (copied / "versions" / "r0002.py").write_text(SECOND)
    return copied


def migrated(database: str, *arguments: Any) -> int:
    """Migrate a database; returns its version."""
    with migrating.opened(database) as connection:
        return migrating.upgrade(connection, lambda _: None, *arguments)


def described(database: str, engine: str) -> list[tuple[Any, ...]]:
    """Everything in a database but its rows."""
    if engine == SQLITE:
        connection = sqlite3.connect(database)
        rows = connection.execute(DESCRIPTIONS[engine]).fetchall()
        connection.close()
        return rows
    with psycopg.connect(database) as other:
        return other.execute(DESCRIPTIONS[engine].encode()).fetchall()


def is_no_index(_thing: object, _name: str, kind: str, *_: object) -> bool:
    return kind != "index"


def opened(database: str, engine: str) -> db.Database:
    return SQLite(Path(database)) if engine == SQLITE else PostgreSQL(database)


def test_the_first_revision_is_the_tables() -> None:
    done = subprocess.run(
        [sys.executable, "tools/write_first_revision.py", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0, "Run: make docs"


def test_a_migrated_database_equals_a_new_one(
    engine: str, empty: str, fresh_database: Callable[[], str]
) -> None:
    assert migrated(empty) == schema.VERSION == migrating.newest()
    assert described(empty, engine) == described(fresh_database(), engine)
    with migrating.opened(empty) as connection:
        # Indexes over expressions are beyond it; those were compared word for word above.
        options = {"compare_type": True, "include_object": is_no_index}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
    opened(empty, engine).close()


def test_migrating_again_changes_nothing(engine: str, fresh_database: Callable[[], str]) -> None:
    database = fresh_database()
    before = described(database, engine)
    assert migrated(database) == schema.VERSION
    assert described(database, engine) == before


def test_a_step_keeps_the_rows_and_the_program_before_it_works_on(
    engine: str, empty: str, folder: Path
) -> None:
    """Expand, then migrate, then contract: there is no moment at which nothing can run."""
    insert = "INSERT INTO mail (recipient_id, subject, body, created_at) VALUES ('a', '', '', 0)"
    first = opened(empty, engine)
    first.write(lambda connection: connection.execute(insert).rowcount)
    first.close()
    assert migrated(empty, folder) == schema.VERSION + 1
    again = opened(empty, engine)
    again.write(lambda connection: connection.execute(insert).rowcount)
    query = "SELECT recipient_id, is_urgent FROM mail"
    assert again.read(lambda c: c.execute(query).fetchall()) == [("a", 0), ("a", 0)]
    again.close()


def test_a_step_that_fails_is_undone_as_a_whole(engine: str, empty: str, folder: Path) -> None:
    (folder / "versions" / "r0003.py").write_text(THIRD)
    with migrating.opened(empty) as connection, pytest.raises(sa.exc.DBAPIError):
        migrating.upgrade(connection, lambda _: None, folder)
    with migrating.opened(empty) as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("mail")}
    assert "is_urgent" in columns
    assert "color" not in columns


@pytest.mark.parametrize(
    ("version", "refusal"),
    [(schema.VERSION + 2, db.SchemaTooNew), (schema.VERSION - 1, db.SchemaTooOld)],
)
def test_another_schema_is_refused_with_what_to_do(
    engine: str, fresh_database: Callable[[], str], version: int, refusal: type[Exception]
) -> None:
    database = fresh_database()
    _set_version(database, version)
    advice = {db.SchemaTooNew: "newer version", db.SchemaTooOld: "kempelen migrate"}[refusal]
    with pytest.raises(refusal, match=advice):
        opened(database, engine)
    _set_version(database, schema.VERSION)
    opened(database, engine).close()


def _set_version(database: str, version: int) -> None:
    with migrating.opened(database) as connection:
        connection.execute(sa.text("UPDATE schema_version SET version = :v"), {"v": version})
        connection.commit()


@pytest.mark.engines("sqlite")
def test_a_file_that_is_served_is_not_migrated(
    engine: str, fresh_database: Callable[[], str]
) -> None:
    path = fresh_database()
    served = SQLite(Path(path))
    with pytest.raises(db.DatabaseInUse, match="Stop it first"):
        migrated(path)
    served.close()
