"""A whole database goes to another one and back, also in several attempts, or says why not."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import whole_market
from postgres_server import Databases

from kempelen import bootstrap, settings
from kempelen.clock import ManualClock
from kempelen.edges import accounts
from kempelen.operations import checks, dispatch
from kempelen.store import copying, copying_postgres, copying_sqlite, db, migrating, schema, tables
from kempelen.store.copying import Compared, CopyRefused, End, Step
from kempelen.store.postgres import PostgreSQL
from kempelen.store.sqlite import SQLite
from kempelen.store.statement import SQLITE


def quiet(_: Step) -> None:
    """Say nothing."""


@contextlib.contextmanager
def opened(database: str) -> Iterator[End]:
    if "://" in database:
        with copying_postgres.opened(database) as server:
            yield server
    else:
        with copying_sqlite.opened(Path(database)) as file:
            yield file


def copied(source: str, target: str, say: copying.Say = quiet) -> list[Compared]:
    with opened(source) as first, opened(target) as second:
        compared = copying.copy(first, second, say)
        if all(item.is_equal for item in compared):
            copying.finish(second)
        return compared


def change(database: str, *texts: str) -> None:
    """Change a database by hand, as a guest does beside a server."""
    if "://" in database:
        with psycopg.connect(database) as server:
            for text in texts:
                server.execute(text.encode())
        return
    with contextlib.closing(sqlite3.connect(database)) as file, file:
        for text in texts:
            file.execute(text)


def filled(database: str) -> int:
    """How many rows of a market are there."""
    with opened(database) as end:
        return sum(end.execute(f"SELECT count(*) FROM {t.name}")[0][0] for t in copying.COPIED)


def opening(database: str) -> db.Database:
    return PostgreSQL(database) if "://" in database else SQLite(Path(database))


@pytest.fixture
def bare(postgres: Databases) -> Iterator[str]:
    """A database on the server without even tables."""
    with postgres.bare() as url:
        yield url


@pytest.fixture
def other(engine: str, tmp_path: Path, bare: str) -> str:
    """A database without tables on the other engine."""
    return bare if engine == SQLITE else str(tmp_path / "other.db")


@pytest.fixture
def market(make_with: Callable[..., Any]) -> str:
    """The address of a database in which every table has rows; nobody uses it."""
    make = make_with(**whole_market.SETTINGS)
    whole_market.fill(make)
    # A table that is added later has to get its rows in whole_market.py.
    assert whole_market.empty_tables(make) <= copying.NOT_COPIED
    make.app.db.close()
    return str(make.app.settings.database)


def test_a_whole_market_goes_there_and_back(
    market: str, other: str, fresh_database: Callable[[], str], clock: ManualClock
) -> None:
    there = copied(market, other)
    back = fresh_database()
    again = copied(other, back)
    assert [item.first_difference for item in (*there, *again)] == [None] * 2 * len(copying.COPIED)
    assert [item.digests for item in there] == [item.digests for item in again]
    assert all(item.rows[0] == item.rows[1] > 0 for item in there), there
    assert {item.table for item in there} == set(tables.metadata.tables) - copying.NOT_COPIED
    chosen = settings.load(None, {}, {"database": other, "secret_key": "k" * 43})
    app = bootstrap.open_app(chosen, clock=clock)
    found = dispatch.look(app, checks.check, lambda _: None)
    assert {item.id: item.named for item in found if item.breaches} == {}
    accounts.add_requester(app, "New", None)
    bootstrap.close_app(app)


def test_what_is_copied_is_made_as_a_new_database_is(
    engine: str, fresh_database: Callable[[], str], other: str, tmp_path: Path, bare: str
) -> None:
    """With every index, constraint and trigger, whichever engine it came from."""
    source = fresh_database()
    copied(source, other)
    target = str(tmp_path / "back.db") if engine == SQLITE else bare
    copied(other, target)
    with migrating.opened(source) as made, migrating.opened(target) as copy:
        shown = [_described(connection) for connection in (made, copy)]
    assert shown[0] == shown[1]
    assert len(shown[0]) > len(tables.metadata.tables)


def _described(connection: sa.Connection) -> list[Any]:
    text = (
        "SELECT name, sql FROM sqlite_master WHERE sql <> '' ORDER BY 1"
        if connection.dialect.name == SQLITE
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " UNION SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
        " UNION SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        " ORDER BY 1"
    )
    rows = [tuple(row) for row in connection.execute(sa.text(text))]
    return [*rows, *connection.execute(sa.text("SELECT version FROM schema_version")).fetchall()]


@pytest.mark.engines("sqlite")
def test_the_next_key_of_every_table_is_a_new_one(market: str, bare: str) -> None:
    copied(market, bare)
    with psycopg.connect(bare) as server:
        for table in copying.COPIED:
            if "n" in table.primary_key.columns:
                row = server.execute(
                    f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'n')), max(n)"
                    f" FROM {table.name}".encode()
                ).fetchone()
                assert row is not None
                assert row[0] == row[1] + 1, table.name


class Impatient:
    """Presses Ctrl-C after so many steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def __call__(self, _: Step) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_an_interrupted_copy_goes_on_where_it_was(
    market: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH_BYTES", 1)
    there: list[int] = []
    for steps in (1, 12, 60, 100, 120):
        with pytest.raises(KeyboardInterrupt):
            copied(market, other, Impatient(steps))
        there.append(filled(other))
        with pytest.raises(db.CopyUnfinished, match="Run the same `kempelen copy` again"):
            opening(other)
    assert there == sorted(set(there)), "each attempt came further"
    with migrating.opened(other) as connection, pytest.raises(db.CopyUnfinished):
        migrating.upgrade(connection, print)
    seen: list[Step] = []
    compared = copied(market, other, seen.append)
    assert all(item.is_equal for item in compared)
    brought = sum(step.doing == "copying" and step.done < step.rows for step in seen)
    assert brought <= filled(market) - there[-1], "and brings what was missing only"
    opening(other).close()


def test_a_source_that_changed_after_an_interruption_is_refused(market: str, other: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        copied(market, other, Impatient(70))
    change(market, "UPDATE accounts SET balance = balance + 1 WHERE account_id = 'fees'")
    with pytest.raises(CopyRefused, match=r"table accounts, row fees.*Empty the target"):
        copied(market, other)
    with pytest.raises(db.CopyUnfinished):
        opening(other)


def test_a_source_that_changes_meanwhile_is_found_out(market: str, other: str) -> None:
    def say(step: Step) -> None:
        if step.doing == "building indexes":
            change(market, "DELETE FROM mail", "UPDATE layouts SET name = 'other'")

    compared = {item.table: item for item in copied(market, other, say)}
    assert {name for name, item in compared.items() if not item.is_equal} == {"layouts", "mail"}
    assert compared["mail"].rows[0] == 0 < compared["mail"].rows[1]
    assert compared["layouts"].first_difference == "1"
    with pytest.raises(db.CopyUnfinished):
        opening(other)


def test_what_is_in_the_target_already_is_never_touched(
    market: str, other: str, fresh_database: Callable[[], str]
) -> None:
    copied(market, other)
    with pytest.raises(CopyRefused, match=r"not empty: there are rows in access_keys"):
        copied(market, other)
    back = fresh_database()
    change(back, "CREATE TABLE other_things (n INTEGER)", "DROP TABLE schema_version")
    with pytest.raises(CopyRefused, match=r"something else \(access_keys,"):
        copied(other, back)
    change(
        back,
        "DROP TABLE other_things",
        "CREATE TABLE schema_version (version BIGINT NOT NULL, applied_at BIGINT NOT NULL)",
        schema.version_note(),
    )
    opening(other).close()


@pytest.mark.parametrize(
    ("statement", "refusal", "told"),
    [
        ("UPDATE schema_version SET version = 0", db.SchemaTooOld, "kempelen migrate"),
        ("UPDATE schema_version SET version = version + 1", db.SchemaTooNew, "Copy with the newer"),
        ("UPDATE schema_version SET version = version + 2", db.SchemaTooNew, "newer version"),
        ("UPDATE schema_version SET version = -1", db.CopyUnfinished, "not finished"),
        ("ALTER TABLE mail RENAME TO letters", CopyRefused, r"table mail is another one"),
        ("ALTER TABLE mail ADD COLUMN color TEXT", CopyRefused, r"\(color\)"),
        ("DROP TABLE schema_version", CopyRefused, "no market"),
    ],
)
def test_a_schema_of_another_kind(
    engine: str,
    tmp_path: Path,
    bare: str,
    statement: str,
    refusal: type[Exception],
    told: str,
) -> None:
    """Of another program's rows something would be lost."""
    source = str(tmp_path / "source.db") if engine == SQLITE else bare
    target = str(tmp_path / "target.db")
    opening(source).close()
    change(source, statement)
    with pytest.raises(refusal, match=told):
        copied(source, target)
    if "-1" not in statement and "DROP" not in statement:
        opening(target).close()
        with pytest.raises(refusal, match=told):
            copied(target, source)


def test_nobody_may_use_either_of_them(
    fresh_database: Callable[[], str], other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying_postgres, "_LOOKS", 1)
    source = fresh_database()
    for used in (source, other):
        served = opening(used)
        for ends in ((source, other), (other, source)):
            with pytest.raises(db.DatabaseInUse):
                copied(*ends)
        served.close()
    monkeypatch.undo()
    assert all(item.is_equal for item in copied(source, other))


@pytest.mark.engines("sqlite")
def test_a_text_that_a_server_cannot_store_is_named(market: str, bare: str) -> None:
    change(market, "UPDATE layouts SET name = 'a' || char(0)")
    with pytest.raises(CopyRefused, match=r"row of layouts that begins with \(1,.*NUL"):
        copied(market, bare)
    change(market, "UPDATE layouts SET name = 'a'")
    assert all(item.is_equal for item in copied(market, bare))


@pytest.mark.engines("sqlite")
def test_a_server_that_goes_away_meanwhile(market: str, bare: str, postgres: Databases) -> None:
    def say(step: Step) -> None:
        if step.table == "hits":
            with psycopg.connect(bare, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(db.DatabaseUnavailable, match="terminat"):
        copied(market, bare, say)
    assert 0 < filled(bare) < filled(market)
    assert all(item.is_equal for item in copied(market, bare))
