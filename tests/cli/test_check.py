"""`kempelen check` from the command line: the table, the JSON, and the exit code."""

import json
import sqlite3
from typing import Any


def test_a_fresh_database_holds_every_invariant(folder: Any) -> None:
    folder.main("requester", "add", "Lab", "--balance", "10.00")
    ended = folder.main("check")
    assert ended.returncode == 0, ended
    assert "M2" in ended.stdout
    assert "invariants hold." in ended.stdout


def test_a_broken_invariant_is_named_and_the_exit_code_tells(folder: Any) -> None:
    folder.main("requester", "add", "Lab", "--balance", "10.00")
    with sqlite3.connect(folder.path / "kempelen.db") as connection:
        connection.execute("UPDATE accounts SET balance = balance + 7 WHERE account_id = 'fees'")
    connection.close()
    ended = folder.main("check")
    assert ended.returncode == 1
    assert "M2 is broken" in ended.stdout
    assert "account fees: balance 7, transfers 0" in ended.stdout
    ended = folder.main("check", "--json")
    assert ended.returncode == 1
    (found,) = [item for item in json.loads(ended.stdout) if item["breaches"]]
    assert found["id"] == "M2"
    assert found["named"][0] == "account fees: balance 7, transfers 0"


def test_without_a_database_it_makes_none(folder: Any) -> None:
    ended = folder.main("check", "--db", "missing.db")
    assert ended.returncode == 2
    assert "no database" in ended.stderr
    assert list(folder.path.iterdir()) == []
