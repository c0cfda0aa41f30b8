"""Rows seen and changed behind the back of every operation, in SQL that both engines understand.

Parameters are question marks. Write conditions as conditions (`is_expired = 1`, `CASE`), name the
columns of an INSERT, and leave `n` out.
"""

from typing import Any

from kempelen.operations.app import App
from kempelen.store import tables
from kempelen.store.statement import POSTGRESQL

ADD_TRANSFER = (
    "INSERT INTO transfers (transfer_id, source, target, amount, kind, created_at)"
    " VALUES (?, 'a', 'b', 1, 'hold', 0)"
)


def rows(app: App, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Every row of a query."""
    text = _of_engine(app, query)
    found: list[tuple[Any, ...]] = app.db.read(
        lambda connection: connection.execute(text, parameters).fetchall()
    )
    return found


def change(app: App, statement: str, *parameters: object) -> int:
    """Carry out a change; returns how many rows it changed."""
    text = _of_engine(app, statement)
    changed: int = app.db.write(lambda connection: connection.execute(text, parameters).rowcount)
    return changed


def _of_engine(app: App, text: str) -> str:
    if app.db.engine != POSTGRESQL:
        return text
    return text.replace("%", "%%").replace("?", "%s")


def copying(table: str, last: int, condition: str, **changed: str) -> str:
    """An INSERT of copies of a row, numbered by `value` from 1 to `last`; with columns changed."""
    columns = [column.name for column in tables.metadata.tables[table].columns]
    columns.remove("n")
    expressions = [changed.get(name, name) for name in columns]
    return (
        "WITH RECURSIVE series(value) AS"
        f" (VALUES (1) UNION ALL SELECT value + 1 FROM series WHERE value < {last})"
        f" INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {', '.join(expressions)} FROM {table}, series WHERE {condition}"
    )
