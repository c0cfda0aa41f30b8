"""The engine: batches, savepoints, snapshots, trouble with the file, one writing process."""

import contextlib
import itertools
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kempelen.store import db, schema, sqlite, tables
from kempelen.store.sqlite import SQLite

INSERT = "INSERT INTO mail (recipient_id, subject, body, created_at) VALUES (?, '', '', 0)"
NAMES = "SELECT recipient_id FROM mail ORDER BY n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "kempelen.db"


@pytest.fixture
def database(path: Path) -> Iterator[SQLite]:
    """An open file without rows."""
    opened = SQLite(path)
    yield opened
    opened.close()


def names(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute(NAMES)]


def inserting(name: str) -> db.Work:
    return lambda connection: connection.execute(INSERT, (name,)).lastrowid


def transferring(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO transfers (transfer_id, source, target, amount, kind, created_at)"
        " VALUES ('t', 'a', 'b', 1, 'hold', 0)"
    )


def seen_from_outside(path: Path) -> list[str]:
    """What a connection of its own sees, so only what is committed."""
    connection = sqlite3.connect(path)
    try:
        return names(connection)
    finally:
        connection.close()


def to_nobody(jobs: list[db.Job]) -> None:
    """Deliver where nobody waits."""


@contextlib.contextmanager
def busy_writer(database: SQLite) -> Iterator[None]:
    """Keep the writer busy, so that what is queued inside becomes one batch."""
    busy, go_on = threading.Event(), threading.Event()

    def occupy(connection: sqlite3.Connection) -> None:
        busy.set()
        go_on.wait()

    database.submit(db.Job(occupy, to_nobody))
    busy.wait()
    yield
    go_on.set()


def run_together(database: SQLite, works: list[db.Work]) -> list[db.Job]:
    """Run jobs as one batch."""
    done = threading.Semaphore(0)
    jobs = [db.Job(work, lambda delivered: done.release(len(delivered))) for work in works]
    with busy_writer(database):
        for job in jobs:
            database.submit(job)
    for _ in jobs:
        done.acquire()
    return jobs


@pytest.mark.parametrize(("count", "batches"), [(50, [50]), (300, [256, 44])])
def test_jobs_that_wait_are_committed_together_and_then_delivered_together(
    database: SQLite, path: Path, count: int, batches: list[int]
) -> None:
    done = threading.Semaphore(0)
    deliveries: list[int] = []
    seen: list[int] = []

    def deliver(jobs: list[db.Job]) -> None:
        deliveries.append(len(jobs))
        seen.append(len(seen_from_outside(path)))
        done.release(len(jobs))

    with busy_writer(database):
        for number in range(count):
            database.submit(db.Job(inserting(str(number)), deliver))
    for _ in range(count):
        done.acquire()
    assert deliveries == batches
    assert seen == list(itertools.accumulate(batches))


def test_a_refusal_undoes_itself_and_nothing_else_of_its_batch(database: SQLite) -> None:
    def refused(connection: sqlite3.Connection) -> None:
        connection.execute(INSERT, ("refused",))
        raise LookupError("no")

    first, second, third = run_together(
        database, [inserting("before"), refused, inserting("after")]
    )
    assert first.error is None
    assert isinstance(second.error, LookupError)
    assert third.error is None
    assert database.read(names) == ["before", "after"]


def test_jobs_of_a_batch_see_what_came_before_them(database: SQLite) -> None:
    jobs = run_together(database, [inserting("a"), names, inserting("b"), names])
    assert jobs[1].result == ["a"]
    assert jobs[3].result == ["a", "b"]


def test_the_broken_uniqueness_rule_is_named(database: SQLite) -> None:
    def twice(connection: sqlite3.Connection) -> None:
        for _ in range(2):
            connection.execute("INSERT INTO accounts VALUES ('fees', 0)")

    with pytest.raises(db.UniqueViolation) as found:
        database.write(twice)
    assert found.value.columns == "accounts.account_id"


def test_the_broken_check_is_named(database: SQLite) -> None:
    def enormous(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO accounts VALUES ('fees', 9000000000000000000)")

    with pytest.raises(sqlite3.IntegrityError, match="accounts_balance"):
        database.write(enormous)


@pytest.mark.parametrize("change", ["UPDATE transfers SET amount = 2", "DELETE FROM transfers"])
def test_transfers_are_never_changed(database: SQLite, change: str) -> None:
    database.write(transferring)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        database.write(lambda connection: connection.execute(change))


def test_a_reading_sees_one_moment(database: SQLite) -> None:
    database.write(inserting("first"))

    def read_twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
        before = names(connection)
        database.write(inserting("second"))
        return before, names(connection)

    assert database.read(read_twice) == (["first"], ["first"])
    assert database.read(names) == ["first", "second"]


def test_a_reading_cannot_write(database: SQLite) -> None:
    with pytest.raises(db.DatabaseUnavailable, match="readonly"):
        database.read(inserting("sly"))
    assert database.read(names) == []


def test_what_a_reading_raises_comes_out_and_leaves_the_connection_usable(
    database: SQLite,
) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        database.read(broken)
    assert database.read(names) == []


def test_trouble_in_one_attempt_is_tried_again_without_a_trace(database: SQLite) -> None:
    attempts: list[int] = []

    def fails_once(connection: sqlite3.Connection) -> str:
        attempts.append(1)
        connection.execute(INSERT, ("this one",))
        if len(attempts) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        return "done"

    jobs = run_together(database, [inserting("before"), fails_once, inserting("after")])
    assert [job.error for job in jobs] == [None, None, None]
    assert jobs[1].result == "done"
    assert sorted(database.read(names)) == ["after", "before", "this one"]


def test_a_job_that_always_fails_is_given_up_and_the_others_are_kept(database: SQLite) -> None:
    attempts: list[int] = []

    def fails(connection: sqlite3.Connection) -> None:
        attempts.append(1)
        connection.execute("INSERT INTO no_such_table VALUES (1)")

    jobs = run_together(database, [inserting("before"), fails, inserting("after")])
    assert isinstance(jobs[1].error, db.DatabaseUnavailable)
    assert len(attempts) == sqlite.ATTEMPTS
    assert [jobs[0].error, jobs[2].error] == [None, None]
    assert database.read(names) == ["before", "after"]


def test_a_refusal_of_a_failed_attempt_is_forgotten_in_the_next(database: SQLite) -> None:
    attempts: list[int] = []

    def refused_at_first(connection: sqlite3.Connection) -> str:
        attempts.append(1)
        if len(attempts) == 1:
            raise LookupError("no")
        connection.execute(INSERT, ("second try",))
        return "done"

    def fails_once(connection: sqlite3.Connection) -> None:
        if len(attempts) == 1:
            connection.execute("INSERT INTO no_such_table VALUES (1)")

    first, second = run_together(database, [refused_at_first, fails_once])
    assert (first.result, first.error, second.error) == ("done", None, None)


def test_a_file_that_stays_locked_is_unavailable_and_free_again_afterwards(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0.01)
    database = SQLite(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(db.DatabaseUnavailable, match="locked"):
        database.write(inserting("kept out"))
    holder.execute("ROLLBACK")
    holder.close()
    database.write(inserting("let in"))
    assert database.read(names) == ["let in"]
    database.close()


def test_closing_finishes_what_is_queued_and_refuses_what_comes_later(
    database: SQLite, path: Path
) -> None:
    job = db.Job(inserting("queued"), to_nobody)
    closing = threading.Thread(target=database.close)
    with busy_writer(database):
        database.submit(job)
        closing.start()
    closing.join()
    assert job.error is None
    assert seen_from_outside(path) == ["queued"]
    with pytest.raises(db.DatabaseUnavailable, match="closed"):
        database.write(inserting("too late"))
    with pytest.raises(db.DatabaseUnavailable, match="closed"):
        database.read(names)
    database.close()


def test_one_delivery_that_cannot_be_made_does_not_stop_the_writer(database: SQLite) -> None:
    def gone(jobs: list[db.Job]) -> None:
        raise RuntimeError("Event loop is closed")

    database.submit(db.Job(inserting("a"), gone))
    database.write(inserting("b"))
    assert database.read(names) == ["a", "b"]


def test_reset_forgets_everything(database: SQLite) -> None:
    database.write(inserting("a"))
    database.cache["some"] = "thing"
    assert database.read(names) == ["a"]
    database.reset()
    assert database.read(names) == []
    assert database.cache == {}
    assert database.generation == 1
    database.write(inserting("b"))
    assert database.read(names) == ["b"]
    database.write(transferring)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        database.write(lambda connection: connection.execute("DELETE FROM transfers"))


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    first = SQLite(path)
    first.write(inserting("a"))
    first.close()
    second = SQLite(path)
    assert second.read(names) == ["a"]
    second.close()


def test_a_second_server_in_this_process_is_refused(database: SQLite, path: Path) -> None:
    with pytest.raises(db.DatabaseInUse, match="Stop it first"):
        SQLite(path)
    assert database.read(names) == []


def test_a_second_process_is_refused_until_the_first_has_ended(
    database: SQLite, path: Path
) -> None:
    program = (
        "import sys, pathlib\n"
        "from kempelen.store.sqlite import SQLite\n"
        "SQLite(pathlib.Path(sys.argv[1])).close()\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "DatabaseInUse" in refused.stderr
    database.close()
    subprocess.run(command, check=True)


def test_a_guest_writes_beside_the_server(database: SQLite, path: Path) -> None:
    guest = SQLite(path, is_guest=True)
    guest.write(inserting("of the guest"))
    database.write(inserting("of the server"))
    guest.close()
    assert database.read(names) == ["of the guest", "of the server"]


def test_a_file_of_a_later_program_is_refused(path: Path) -> None:
    SQLite(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE schema_version SET version = ?", (schema.VERSION + 2,))
    connection.commit()
    connection.close()
    with pytest.raises(db.SchemaTooNew, match="newer version"):
        SQLite(path, is_guest=True)
    with pytest.raises(db.SchemaTooNew, match="newer version"):
        SQLite(path)
    again = sqlite3.connect(path)
    again.execute("UPDATE schema_version SET version = ?", (schema.VERSION,))
    again.commit()
    again.close()
    SQLite(path).close()


def test_the_file_has_every_table_index_and_constraint_of_the_schema(database: SQLite) -> None:
    def stored(connection: sqlite3.Connection) -> dict[str, str]:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql <> ''"))

    texts: dict[str, Any] = database.read(stored)
    for table in tables.metadata.sorted_tables:
        assert table.name in texts
        for index in table.indexes:
            assert index.name in texts
        for constraint in table.constraints:
            if constraint.name is not None:
                assert str(constraint.name) in texts[table.name]


def test_commits_are_durable_and_readers_do_not_wait(database: SQLite) -> None:
    def pragmas(connection: sqlite3.Connection) -> tuple[str, int]:
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        return journal, connection.execute("PRAGMA synchronous").fetchone()[0]

    full = 2
    assert database.write(pragmas) == ("wal", full)
