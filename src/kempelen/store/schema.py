"""The schema as the texts that make it on an engine, and its version."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import schema

from kempelen.store import db, tables
from kempelen.store.statement import POSTGRESQL, SQLITE, Statement, dialect_of

VERSION = 1
UNFINISHED = -1
"""The version of a database that is being copied from another one: no program works with it."""
# Any number will do, as long as everybody who changes the schema on a server asks for the same one.
LOCK = 7_218_361_934
READ_VERSION = Statement(sa.select(tables.schema_version.c.version))
_FUNCTION = (
    "CREATE FUNCTION transfers_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
    "'transfers are never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$"
)
_TRIGGER = (
    "CREATE TRIGGER transfers_no_change BEFORE UPDATE OR DELETE ON transfers "
    "FOR EACH STATEMENT EXECUTE FUNCTION transfers_never_changed()"
)
_NEVER_CHANGED = {
    SQLITE: tuple(
        f"CREATE TRIGGER transfers_no_{verb} BEFORE {verb} ON transfers "
        "BEGIN SELECT RAISE(ABORT, 'transfers are never changed'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    POSTGRESQL: (_FUNCTION, _TRIGGER),
}


def creation(engine: str) -> Iterator[str]:
    """What makes the tables of an empty database, statement by statement."""
    for table in tables.metadata.sorted_tables:
        yield _table(table, engine)
        yield from _indexes(table, engine)
    yield from _NEVER_CHANGED[engine]
    yield version_note()


def creation_without_indexes(engine: str) -> Iterator[str]:
    """What makes the tables of a database that is going to be filled from another one."""
    for table in tables.metadata.sorted_tables:
        yield _table(table, engine)
    yield from _NEVER_CHANGED[engine]
    yield version_note(UNFINISHED)


def creation_of_indexes(engine: str) -> Iterator[str]:
    """What makes those indexes that are not there yet."""
    for table in tables.metadata.sorted_tables:
        yield from _indexes(table, engine, if_not_exists=True)


def _table(table: sa.Table, engine: str) -> str:
    return str(schema.CreateTable(table).compile(dialect=dialect_of(engine))).strip()


def _indexes(table: sa.Table, engine: str, *, if_not_exists: bool = False) -> Iterator[str]:
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        index.dialect_options[engine]["where"] = index.dialect_options[SQLITE]["where"]
        made = schema.CreateIndex(index, if_not_exists=if_not_exists)
        yield str(made.compile(dialect=dialect_of(engine)))


def version_note(version: int = VERSION) -> str:
    """What says that a database has this version of the schema."""
    return f"INSERT INTO schema_version VALUES ({version}, 0)"  # noqa: S608 - a number of ours


def version_change(version: int) -> str:
    """What says that a database has another version of the schema now."""
    return f"UPDATE schema_version SET version = {version}"  # noqa: S608 - a number of ours


def check(version: int) -> None:
    """Refuse what this program cannot work with: SchemaTooNew, SchemaTooOld, CopyUnfinished."""
    check_before_migrating(version)
    if version < VERSION:
        message = (
            f"This database has schema {version}, this program needs {VERSION}. "
            "Make a backup, and run: kempelen migrate"
        )
        raise db.SchemaTooOld(message)


def check_before_migrating(version: int) -> None:
    """Refuse a half copy, and a database of a much later program: CopyUnfinished, SchemaTooNew.

    The very next program may have been here already.
    """
    if version == UNFINISHED:
        message = (
            "This database is a copy that was not finished. Run the same `kempelen copy` again: "
            "it goes on where it was. Or remove this database."
        )
        raise db.CopyUnfinished(message)
    if version > VERSION + 1:
        message = (
            f"This database has schema {version}, this program knows {VERSION}. "
            "Start the newer version of Kempelen that wrote it, or choose another with --db."
        )
        raise db.SchemaTooNew(message)
