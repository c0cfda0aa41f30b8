"""`kempelen copy` from the command line: what it shows, brings along, and refuses."""

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Databases
from rich.console import Console

from kempelen.cli import copying
from kempelen.store.copying import Compared
from kempelen.store.sqlite import SQLite


@pytest.fixture
def bare(postgres: Databases) -> Iterator[str]:
    """A database on the server without even tables."""
    with postgres.bare() as url:
        yield url


def refusal(folder: Any, *arguments: str, **environ: str) -> str:
    """The one line with which a copy is refused."""
    ended = folder.main("copy", *arguments, **environ)
    assert (ended.returncode, ended.stdout) == (2, ""), ended
    (line,) = ended.stderr.splitlines()
    return str(line)


def change(path: Path, text: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(text)
    connection.close()


def test_there_and_back_with_the_key(folder: Any, bare: str) -> None:
    folder.main("requester", "add", "Lab", "--balance", "10.00")
    there = folder.main("copy", "--from", "sqlite:///kempelen.db", "--to", bare)
    assert there.returncode == 0, there
    assert "Counts and digests agree." in there.stdout
    back = folder.main("copy", "--from", bare, "--to", "back/again.db")
    assert back.returncode == 0, back
    tables = [done.stdout.partition("rows of")[0].splitlines()[:-1] for done in (there, back)]
    assert tables[0] == tables[1]
    assert any(line.split()[:2] == ["requesters", "1"] for line in tables[0])
    key = folder.path / "back" / "again.db.key"
    assert key.read_bytes() == (folder.path / "kempelen.db.key").read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    assert key.with_suffix("").stat().st_mode & 0o077 == 0
    assert folder.main("check", "--db", "back/again.db").returncode == 0


def test_files_of_workers_are_elsewhere(folder: Any) -> None:
    folder.main("requester", "add", "Lab")
    change(
        folder.path / "kempelen.db",
        "INSERT INTO files VALUES (1, 'k', 'a', 'h', 'w', 'q', 'n', 'm', 1234, 's', 0, 0, 0, NULL,"
        " NULL)",
    )
    copied = folder.main("copy", "--from", "kempelen.db", "--to", "other/kempelen.db")
    assert copied.returncode == 0, copied
    assert f"in {folder.path}/kempelen-files. A server on the copy" in copied.stdout
    assert f'set blobs.location = "{folder.path}/kempelen-files".' in copied.stdout
    place = {"KEMPELEN_BLOBS_LOCATION": "s3://bucket/files"}
    copied = folder.main("copy", "--from", "kempelen.db", "--to", "third.db", **place)
    assert "(1,234 bytes) are not in the database but in s3://bucket/files. They stay" in (
        copied.stdout
    )


def test_what_is_refused_says_what_to_do(folder: Any) -> None:
    ends = ("--from", "kempelen.db", "--to", "copy.db")
    assert "no database kempelen.db. Name the one to copy with --from" in refusal(folder, *ends)
    assert list(folder.path.iterdir()) == []
    folder.main("requester", "add", "Lab")
    same = ("--from", "kempelen.db", "--to", f"sqlite:///{folder.path}/kempelen.db")
    assert "Both are the same database" in refusal(folder, *same)
    served = SQLite(folder.path / "kempelen.db")
    assert "A process of Kempelen is using kempelen.db. Stop it first" in refusal(folder, *ends)
    served.close()
    away = ("--from", "kempelen.db", "--to", "postgresql://me:wr0ng@127.0.0.1:1/market")
    told = refusal(folder, *away)
    assert "No PostgreSQL server can be reached at 127.0.0.1:1" in told
    assert "wr0ng" not in told
    (folder.path / "text.db").write_text("no database at all, but long enough " * 100)
    (folder.path / "text.db.key").write_text("key")
    told = refusal(folder, "--from", "text.db", "--to", "copy.db")
    assert "text.db: file is not a database" in told


def test_the_secret_key_must_be_there_and_be_the_only_one(folder: Any) -> None:
    ends = ("--from", "kempelen.db", "--to", "copy.db")
    folder.main("requester", "add", "Lab")
    (folder.path / "copy.db.key").write_text("another")
    assert "another secret key in copy.db.key" in refusal(folder, *ends)
    (folder.path / "copy.db.key").unlink()
    (folder.path / "kempelen.db.key").rename(folder.path / "hidden")
    assert "there is no file kempelen.db.key. Run this in the folder" in refusal(folder, *ends)
    assert not (folder.path / "copy.db").exists()
    copied = folder.main("copy", *ends, KEMPELEN_SECRET_KEY="k" * 43)
    assert "The secret key is the one of the settings" in copied.stdout
    assert not (folder.path / "copy.db.key").exists()


def test_a_half_copy_is_served_by_nobody(folder: Any) -> None:
    folder.main("requester", "add", "Lab")
    change(folder.path / "kempelen.db", "UPDATE schema_version SET version = -1")
    for command in (("serve", "--port", "0"), ("migrate",), ("check",)):
        ended = folder.main(*command)
        assert ended.returncode == 2
        assert "Run the same `kempelen copy` again" in ended.stderr
    looked = folder.main("doctor")
    assert (looked.returncode, "not finished" in looked.stdout) == (1, True)


def test_differences_are_shown_on_both_sides() -> None:
    output = io.StringIO()
    compared = [
        Compared(table="hits", rows=[2, 2], digests=["aa", "aa"]),
        Compared(table="mail", rows=[2, 1], digests=["bb", "cc"], first_difference="7"),
    ]
    console = Console(file=output, width=100)
    assert copying.show(compared, console) is False
    assert copying.show(compared[:1], console) is True
    lines = [line.split() for line in output.getvalue().splitlines()]
    assert ["hits", "2", "aa", "equal"] in lines
    assert ["mail", "2", "bb", "differs:", "source"] in lines
    assert ["mail", "1", "cc", "differs:", "copy"] in lines
    assert "mail differs, first at the row 7." in output.getvalue()
    assert "No server starts on the copy." in output.getvalue()
