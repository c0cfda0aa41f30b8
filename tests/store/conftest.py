"""A fresh database of each engine, and transactions on it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kempelen.ids import Ids
from kempelen.settings import Settings
from kempelen.store.db import Connection, Database
from kempelen.store.postgres import PostgreSQL
from kempelen.store.sqlite import SQLite
from kempelen.store.statement import SQLITE
from kempelen.store.tx import Tx

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def database(engine: str, fresh_database: Callable[[], str]) -> Iterator[Database]:
    """An open database without rows."""
    where = fresh_database()
    opened = SQLite(Path(where)) if engine == SQLITE else PostgreSQL(where)
    yield opened
    opened.close()


@pytest.fixture
def tx_on(engine: str) -> Callable[..., Tx]:
    """Wrap a connection that the engine gave to a job."""

    def wrap(connection: Connection, now: datetime = NOW, *, is_writing: bool = True) -> Tx:
        return Tx(
            connection,
            engine=engine,
            cache={},
            now=now,
            ids=Ids(),
            settings=Settings(),
            policies={},
            page_key=b"k" * 32,
            is_writing=is_writing,
            unsettled=frozenset(),
        )

    return wrap
