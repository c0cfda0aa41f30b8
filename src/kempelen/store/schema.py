"""The schema as the texts that make it on an engine, and its version."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import schema

from kempelen.store import db, tables
from kempelen.store.statement import POSTGRESQL, SQLITE, Statement, dialect_of

VERSION = 1
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
    dialect = dialect_of(engine)
    for table in tables.metadata.sorted_tables:
        yield str(schema.CreateTable(table).compile(dialect=dialect)).strip()
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.dialect_options[engine]["where"] = index.dialect_options[SQLITE]["where"]
            yield str(schema.CreateIndex(index).compile(dialect=dialect))
    yield from _NEVER_CHANGED[engine]
    yield version_note()


def version_note() -> str:
    """What says that a database has this version of the schema."""
    return f"INSERT INTO schema_version VALUES ({VERSION}, 0)"  # noqa: S608 - a number of ours


def check(version: int) -> None:
    """Refuse a database that this program cannot work with: SchemaTooNew, SchemaTooOld."""
    check_not_too_new(version)
    if version < VERSION:
        message = (
            f"This database has schema {version}, this program needs {VERSION}. "
            "Make a backup, and run: kempelen migrate"
        )
        raise db.SchemaTooOld(message)


def check_not_too_new(version: int) -> None:
    """Refuse a database of a much later program; the very next one may have been here already."""
    if version > VERSION + 1:
        message = (
            f"This database has schema {version}, this program knows {VERSION}. "
            "Start the newer version of Kempelen that wrote it, or choose another with --db."
        )
        raise db.SchemaTooNew(message)
