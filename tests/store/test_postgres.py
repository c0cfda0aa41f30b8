"""The engine on a server: attempts, locks, doubt about commits, a server that goes and comes."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cutting_proxy import CuttingProxy
from postgres_server import Databases, PostgresServer, as_url

from kempelen.store import db, pool, schema, tables
from kempelen.store.postgres import ATTEMPTS, PostgreSQL

INSERT = "INSERT INTO mail (recipient_id, subject, body, created_at) VALUES (%s, '', '', 0)"
NAMES = "SELECT recipient_id FROM mail ORDER BY n"
COMMITS = "SELECT count(*) FROM commits"


@pytest.fixture
def url(postgres: Databases) -> Iterator[str]:
    """The address of an empty database."""
    taken = postgres.take()
    yield taken
    postgres.give_back(taken)


@pytest.fixture
def database(url: str) -> Iterator[PostgreSQL]:
    """It, opened."""
    opened = PostgreSQL(url, connections=4)
    yield opened
    opened.close()


def inserting(name: str) -> db.Work:
    return lambda connection: connection.change(INSERT, (name,))


def names(connection: Any) -> list[str]:
    return [row[0] for row in connection.execute(NAMES).fetchall()]


def open_connections(url: str) -> int:
    """How many connections there are to the database of an address, save the one that asks."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def waiting_connections(url: str) -> int:
    """How many connections wait for somebody's lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(f"{query} AND datname = current_database()".encode()).fetchone()
    assert row is not None
    return int(row[0])


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread or process brings about."""
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_write_is_there_for_everybody_and_notes_its_commit(
    database: PostgreSQL, url: str
) -> None:
    assert database.write(inserting("a")) == 1
    with psycopg.connect(url) as other:
        assert names(other) == ["a"]
        assert other.execute(COMMITS).fetchone() == (1,)


def test_a_submitted_write_is_delivered_after_its_commit(database: PostgreSQL, url: str) -> None:
    seen: list[list[str]] = []
    done = threading.Event()

    def deliver(jobs: list[db.Job]) -> None:
        with psycopg.connect(url) as other:
            seen.append(names(other))
        done.set()

    job = db.Job(inserting("a"), deliver)
    database.submit(job)
    assert done.wait(60)
    assert (job.result, job.error, seen) == (1, None, [["a"]])


def test_a_refusal_comes_out_as_it_is_and_leaves_nothing(database: PostgreSQL) -> None:
    attempts: list[int] = []

    def refused(connection: Any) -> None:
        attempts.append(1)
        connection.execute(INSERT, ("refused",))
        raise LookupError("no")

    with pytest.raises(LookupError):
        database.write(refused)
    assert len(attempts) == 1
    assert database.read(names) == []


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.DeadlockDetected,
        psycopg.errors.SerializationFailure,
        psycopg.errors.DiskFull,
        psycopg.errors.AdminShutdown,
        db.Outpaced,
    ],
)
def test_what_may_end_better_is_tried_three_times(
    database: PostgreSQL, error: type[Exception]
) -> None:
    attempts: list[int] = []

    def troubled(connection: Any, times: int) -> str:
        attempts.append(1)
        connection.execute(INSERT, (f"attempt {len(attempts)}",))
        if len(attempts) <= times:
            raise error
        return "done"

    assert database.write(lambda connection: troubled(connection, 2)) == "done"
    assert database.read(names) == ["attempt 3"]
    attempts.clear()
    with pytest.raises(db.DatabaseUnavailable):
        database.write(lambda connection: troubled(connection, 3))
    assert len(attempts) == ATTEMPTS
    assert database.read(names) == ["attempt 3"]


def test_who_was_second_begins_again_and_sees_the_first(database: PostgreSQL) -> None:
    """Both look, nobody is there, both insert: the second finds the first and says so."""
    both_looked = threading.Barrier(2, timeout=60)
    attempts: list[str] = []

    def open_account(connection: Any) -> str:
        query = "SELECT balance FROM accounts WHERE account_id = 'fees'"
        found = connection.execute(query).fetchone()
        attempts.append("looked")
        if len(attempts) <= 2:
            both_looked.wait()
        if found is not None:
            return "there already"
        connection.execute("INSERT INTO accounts VALUES ('fees', 0)")
        return "opened"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(database.write, [open_account] * 2))
    assert sorted(outcomes) == ["opened", "there already"]
    assert len(attempts) == 3


def test_the_broken_uniqueness_rule_is_named_as_on_sqlite(database: PostgreSQL) -> None:
    def twice(connection: Any) -> None:
        for _ in range(2):
            connection.execute("INSERT INTO accounts VALUES ('fees', 0)")

    def same_trigger(connection: Any) -> None:
        for _ in range(2):
            connection.execute(
                "INSERT INTO review_runs (hit_id, level, trigger, part, run_id, results, actions,"
                " ran_at) VALUES ('H', 'HIT', '1', 0, 'r', '', '', 0)"
            )

    with pytest.raises(db.UniqueViolation) as found:
        database.write(twice)
    assert found.value.columns == "accounts.account_id"
    with pytest.raises(db.UniqueViolation) as found:
        database.write(same_trigger)
    assert found.value.columns == (
        "review_runs.hit_id, review_runs.level, review_runs.trigger, review_runs.part"
    )


def test_the_broken_check_is_named(database: PostgreSQL) -> None:
    def enormous(connection: Any) -> None:
        connection.execute("INSERT INTO accounts VALUES ('fees', 9000000000000000000)")

    with pytest.raises(psycopg.errors.CheckViolation, match="accounts_balance"):
        database.write(enormous)


@pytest.mark.parametrize("change", ["UPDATE transfers SET amount = 2", "DELETE FROM transfers"])
def test_transfers_are_never_changed(database: PostgreSQL, change: str) -> None:
    with pytest.raises(psycopg.IntegrityError, match="never changed"):
        database.write(lambda connection: connection.execute(change))


def test_an_error_that_work_swallows_is_no_success(database: PostgreSQL) -> None:
    """The server answers a commit with a rollback then, and says so in one word only."""

    def careless(connection: Any) -> str:
        connection.execute(INSERT, ("lost",))
        with contextlib.suppress(psycopg.Error):
            connection.execute("SELECT 1 / 0")
        return "fine"

    with pytest.raises(db.DatabaseUnavailable):
        database.write(careless)
    assert database.read(names) == []


def test_a_reading_sees_one_moment_and_cannot_write(database: PostgreSQL) -> None:
    database.write(inserting("first"))

    def read_twice(connection: Any) -> tuple[list[str], list[str]]:
        before = names(connection)
        database.write(inserting("second"))
        return before, names(connection)

    assert database.read(read_twice) == (["first"], ["first"])
    with pytest.raises(db.DatabaseUnavailable, match="read-only"):
        database.read(inserting("sly"))
    assert database.read(names, is_single=True) == ["first", "second"]


def test_what_a_reading_raises_comes_out_and_leaves_no_transaction(
    database: PostgreSQL, url: str
) -> None:
    def broken(connection: Any) -> None:
        names(connection)
        raise LookupError("no")

    for _ in range(20):
        with pytest.raises(LookupError):
            database.read(broken)
    assert open_connections(url) == 1


def test_there_are_never_more_connections_than_allowed(
    database: PostgreSQL, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    inside = threading.Semaphore(0)

    def occupy(_: Any) -> None:
        inside.release()
        go_on.wait(60)

    with ThreadPoolExecutor(8) as threads:
        busy = [threads.submit(database.read, occupy) for _ in range(4)]
        for _ in busy:
            inside.acquire()
        assert open_connections(url) == 4
        monkeypatch.setattr(pool, "WAIT_SECONDS", 0.01)
        with pytest.raises(db.DatabaseUnavailable, match=r"postgresql\.connections"):
            database.read(names)
        monkeypatch.undo()
        waiting = threads.submit(database.read, names)
        go_on.set()
        assert waiting.result(60) == []
    assert open_connections(url) == 4


def test_statements_are_prepared_unless_that_is_not_wanted(url: str) -> None:
    def prepared(connection: Any) -> int:
        names(connection)
        query = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT r%'"
        count: int = connection.execute(query).fetchone()[0]
        return count

    for wanted, count in ((True, 1), (False, 0)):
        database = PostgreSQL(url, prepares=wanted)
        assert database.read(prepared) == count
        database.close()


def test_reset_forgets_everything(database: PostgreSQL) -> None:
    for _ in range(3):
        database.write(inserting("a"))
    database.cache["some"] = "thing"
    database.reset()
    assert database.read(names) == []
    assert (database.cache, database.generation) == ({}, 1)
    database.write(inserting("b"))
    assert database.read(lambda c: c.execute("SELECT n FROM mail").fetchall()) == [(1,)]
    query = "SELECT version FROM schema_version"
    assert database.read(lambda c: c.execute(query).fetchall()) == [(schema.VERSION,)]


def test_closing_finishes_what_was_submitted_and_refuses_what_comes_later(url: str) -> None:
    database = PostgreSQL(url)
    jobs = [db.Job(inserting(str(number)), lambda _: None) for number in range(20)]
    for job in jobs:
        database.submit(job)
    database.close()
    assert [job.error for job in jobs] == [None] * 20
    late = db.Job(inserting("late"), lambda _: None)
    database.submit(late)
    assert isinstance(late.error, db.DatabaseUnavailable)
    for refused in (database.write, database.read):
        with pytest.raises(db.DatabaseUnavailable, match="closed"):
            refused(names)
    until(lambda: open_connections(url) == 0)


def test_old_notes_of_commits_are_forgotten_and_new_ones_kept(
    database: PostgreSQL, url: str
) -> None:
    database.write(lambda connection: connection.execute("INSERT INTO commits VALUES (1, 0)"))
    database.forget_old()
    with psycopg.connect(url) as other:
        assert other.execute("SELECT count(*) FROM commits WHERE commit_id = 1").fetchone() == (0,)
        assert other.execute(COMMITS).fetchone() == (2,)


def test_a_connection_that_the_server_ended_is_replaced(database: PostgreSQL, url: str) -> None:
    database.write(inserting("a"))
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    database.write(inserting("b"))
    assert database.read(names) == ["a", "b"]


@pytest.fixture
def proxy(url: str) -> Iterator[CuttingProxy]:
    """A way to the database on which connections are cut."""
    given = psycopg.conninfo.conninfo_to_dict(url)
    with tempfile.TemporaryDirectory() as folder:
        proxy = CuttingProxy(Path(folder), Path(str(given["host"])))
        proxy.url = as_url(psycopg.conninfo.make_conninfo(url, host=folder))  # type: ignore[attr-defined]
        yield proxy
        proxy.close()


@pytest.mark.parametrize("cuts", [["before"], ["after"], ["before", "after"], ["after"] * 3])
def test_a_commit_in_doubt_is_cleared_up(proxy: Any, url: str, cuts: list[str]) -> None:
    """Whether the connection was lost before or after the commit, its effect is there once."""
    database = PostgreSQL(proxy.url, prepares=False)
    for number in range(3):
        proxy.cut = list(cuts)
        assert database.write(inserting(f"row {number}")) == 1
    proxy.cut = []
    assert database.read(names) == ["row 0", "row 1", "row 2"]
    database.close()


def test_a_commit_that_is_cut_every_time_is_given_up_and_has_no_effect(
    proxy: Any, url: str
) -> None:
    database = PostgreSQL(proxy.url, prepares=False)
    proxy.cut = ["before"] * ATTEMPTS
    with pytest.raises(db.DatabaseUnavailable, match="lost in a commit"):
        database.write(inserting("never"))
    proxy.cut = []
    assert database.read(names) == []
    database.close()


def test_doubt_waits_for_a_transaction_that_is_still_under_way(
    database: PostgreSQL, url: str
) -> None:
    """The note of a transaction that has not ended yet decides nothing before it has."""
    for ending, was_committed in (("COMMIT", True), ("ROLLBACK", False)):
        with psycopg.connect(url, autocommit=True) as other, ThreadPoolExecutor(1) as threads:
            other.execute("BEGIN")
            number = 7 if was_committed else 8
            other.execute("INSERT INTO commits VALUES (%s, 0)", (number,))
            asked = threads.submit(database._was_committed, number)
            until(lambda: waiting_connections(url) == 1)
            assert not asked.done()
            other.execute(ending.encode())
            assert asked.result(60) is was_committed


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of a test's own, to be stopped and killed."""
    server = PostgresServer(durable=True)
    server.start()
    yield server
    server.remove()


def test_a_server_that_goes_away_and_comes_back(server: PostgresServer) -> None:
    """Faults meanwhile, then everything works again, without a thread or a connection more."""
    database = PostgreSQL(server.url(), connections=4)
    database.write(inserting("before"))
    threads = threading.active_count()
    server.kill()
    for _ in range(5):
        with pytest.raises(db.DatabaseUnavailable):
            database.write(inserting("meanwhile"))
        with pytest.raises(db.DatabaseUnavailable):
            database.read(names)
    server.start()
    database.write(inserting("after"))
    assert database.read(names) == ["before", "after"]
    assert threading.active_count() == threads
    assert open_connections(server.url()) <= 4
    database.close()


def test_the_database_has_every_table_index_and_constraint_of_the_schema(
    database: PostgreSQL,
) -> None:
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " UNION SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    )
    found = {row[0] for row in database.read(lambda c: c.execute(query).fetchall())}
    for table in tables.metadata.sorted_tables:
        assert table.name in found
        assert {str(index.name) for index in table.indexes} <= found
        named = {str(each.name) for each in table.constraints if each.name is not None}
        assert named <= found


def test_texts_are_in_the_order_of_code_points(database: PostgreSQL) -> None:
    wrong = ["é", "b", "B", "a", "_", "1", "z", "\U0001f600"]
    for name in wrong:
        database.write(inserting(name))
    query = "SELECT recipient_id FROM mail ORDER BY recipient_id"
    rows = database.read(lambda connection: connection.execute(query).fetchall())
    assert [row[0] for row in rows] == sorted(wrong)


def test_nul_becomes_the_replacement_character(database: PostgreSQL) -> None:
    database.write(inserting("a\0b"))
    assert database.read(names) == ["a\ufffdb"]


def test_processes_that_start_together_make_the_tables_once(
    postgres: Databases, server: PostgresServer
) -> None:
    with ThreadPoolExecutor(6) as threads:
        opened = list(threads.map(PostgreSQL, [server.url()] * 6))
    for each in opened:
        assert each.read(names) == []
        each.close()


def test_a_database_of_a_later_program_is_refused(url: str) -> None:
    with psycopg.connect(url) as other:
        other.execute("UPDATE schema_version SET version = version + 2")
    with pytest.raises(db.SchemaTooNew, match="newer version"):
        PostgreSQL(url)
    until(lambda: open_connections(url) == 0)
    with psycopg.connect(url) as other:
        other.execute("UPDATE schema_version SET version = version - 2")
    PostgreSQL(url).close()


def test_why_a_database_cannot_be_opened(server: PostgresServer) -> None:
    """Each cause in a sentence with the next step, and no password in any of them."""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE guest LOGIN PASSWORD 'right'")
        admin.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
    rules = server.folder / "data" / "pg_hba.conf"
    rules.write_text(f"local all locked scram-sha-256\n{rules.read_text()}")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_reload_conf()")
    at = f"?host={server.folder}"
    for url, told in {
        f"postgresql://locked:wr0ng@/postgres{at}": "does not let locked in.*PGPASSWORD",
        f"postgresql://postgres@/market{at}": "no database market.*createdb market",
        f"postgresql://guest@/postgres{at}": "may not make tables.*ALTER DATABASE",
        "postgresql://u:wr0ng@127.0.0.1:1/x": "No PostgreSQL server.*127.0.0.1:1.*Start it",
        "postgresql://u:wr0ng@nowhere.invalid/x": "nowhere.invalid.*correct the address",
        f"postgresql://u:wr0ng@/x?host={server.folder}/away": "No PostgreSQL server",
    }.items():
        with pytest.raises(db.DatabaseNotOpened, match=told) as found:
            PostgreSQL(url)
        assert "wr0ng" not in str(found.value)
    # What cannot be opened leaves nobody behind.
    until(lambda: open_connections(server.url()) == 0)
