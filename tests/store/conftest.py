"""A fresh database file, and transactions on it."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kempelen.ids import Ids
from kempelen.settings import Settings
from kempelen.store.sqlite import SQLite
from kempelen.store.tx import Tx

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "kempelen.db"


@pytest.fixture
def database(path: Path) -> Iterator[SQLite]:
    """An open database without rows."""
    opened = SQLite(path)
    yield opened
    opened.close()


@pytest.fixture
def tx_on() -> Callable[..., Tx]:
    """Wrap a connection that the engine gave to a job."""

    def wrap(connection: sqlite3.Connection, now: datetime = NOW) -> Tx:
        return Tx(
            connection,
            engine="sqlite",
            cache={},
            now=now,
            ids=Ids(),
            settings=Settings(),
            policies={},
            page_key=b"k" * 32,
            is_writing=True,
            unsettled=frozenset(),
        )

    return wrap
