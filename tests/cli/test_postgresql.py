"""Commands on a PostgreSQL server, and what they say when they cannot get at it."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from postgres_server import Databases

NOWHERE = "postgresql://me:wr0ng@127.0.0.1:1/market"


@pytest.fixture
def database(postgres: Databases) -> Iterator[str]:
    """The address of an empty database."""
    taken = postgres.take()
    yield taken
    postgres.give_back(taken)


def refusal(folder: Any, *arguments: str) -> str:
    """The one line with which a command refuses."""
    ended = folder.run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, ""), ended
    (line,) = ended.stderr.splitlines()
    assert "wr0ng" not in line
    return str(line)


@pytest.mark.parametrize(
    "command",
    [("serve", "--port", "0"), ("requester", "add", "Lab"), ("migrate",), ("check",)],
    ids=lambda command: command[0],
)
def test_a_server_that_is_not_there(folder: Any, command: tuple[str, ...]) -> None:
    told = refusal(folder, *command, "--db", NOWHERE)
    assert told.startswith("kempelen: No PostgreSQL server can be reached at 127.0.0.1:1: ")
    assert "Start it, or correct the address after --db." in told


def test_accounts_a_check_and_the_doctor(folder: Any, database: str) -> None:
    made = folder.main("requester", "add", "Lab", "--db", database)
    assert made.returncode == 0, made.stderr
    assert "AKIA" in made.stdout
    checked = folder.main("check", "--db", database)
    assert checked.returncode == 0, checked.stdout
    looked = folder.main("doctor", "--db", database)
    assert looked.returncode == 0, looked.stdout
    for found in ("PostgreSQL", "has schema", "secret key", "clock"):
        assert found in looked.stdout
    assert list(folder.path.glob("*.postgresql.key"))


def test_the_doctor_without_a_server(folder: Any) -> None:
    looked = folder.main("doctor", "--db", NOWHERE)
    assert looked.returncode == 1
    assert "No PostgreSQL server" in looked.stdout
    assert "wr0ng" not in looked.stdout


def test_a_schema_that_is_too_old_or_too_new(folder: Any, database: str) -> None:
    for step, told in ((-1, "kempelen migrate"), (3, "newer version")):
        with psycopg.connect(database) as connection:
            connection.execute("UPDATE schema_version SET version = version + %s", (step,))
        assert told in refusal(folder, "serve", "--port", "0", "--db", database)
        looked = folder.main("doctor", "--db", database)
        assert (looked.returncode, "schema" in looked.stdout) == (1, True)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE schema_version SET version = version - 2")


def test_several_processes_are_for_a_server(folder: Any, database: str) -> None:
    told = refusal(folder, "serve", "--workers", "2")
    assert "One SQLite file has one writing process" in told
    assert "--db postgresql://" in told
    assert not (folder.path / "kempelen.db").exists()
    told = refusal(folder, "serve", "--workers", "2", "--testing", "--db", database)
    assert "each process would have its own" in told


@pytest.mark.parametrize("count", ["0", "-1", "two", "65", "²"])
def test_a_number_of_processes(folder: Any, count: str) -> None:
    ended = folder.main("serve", f"--workers={count}")
    assert ended.returncode == 2
    assert "is no number from 1 to 64" in ended.stderr


def test_migrating(folder: Any, database: str) -> None:
    for where in (("--db", database), ()):
        if not where:
            assert "There is no database" in refusal(folder, "migrate")
            folder.main("requester", "add", "Lab")
        done = folder.main("migrate", *where)
        assert done.returncode == 0, done.stderr
        assert "which is what this version needs" in done.stdout
