"""A SQLAlchemy Core statement, compiled once per engine to SQL text for the bare driver.

The toolkit is the language of the statements; it is not on the way of a row.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import CompilerElement

_DIALECTS = {"sqlite": sqlite.dialect(paramstyle="named")}


class Statement:
    """One statement with named parameters, compiled when it is first used on an engine."""

    __slots__ = ("_element", "_texts", "tables")

    def __init__(self, element: CompilerElement) -> None:
        """Keep the Core element until it is compiled; `tables` are the names of what it touches."""
        self._element = element
        self.tables = frozenset(
            part.name
            for part in visitors.iterate(cast("visitors.ExternallyTraversible", element))
            if isinstance(part, sa.Table)
        )
        self._texts: dict[str, str] = {}

    def text(self, engine: str) -> str:
        """The SQL text for an engine ("sqlite")."""
        text = self._texts.get(engine)
        if text is None:
            compiled = self._element.compile(
                dialect=_DIALECTS[engine], compile_kwargs={"render_postcompile": True}
            )
            text = self._texts[engine] = _with_literals(compiled)
        return text


def _with_literals(compiled: Any) -> str:
    """Write the constants of a statement into its text; parameters stay parameters."""
    text = str(compiled)
    for name, value in sorted(compiled.params.items(), key=lambda item: -len(item[0])):
        if value is not None:
            text = text.replace(f":{name}", _literal(value))
    return text


def _literal(value: str | int) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value))


def insert(table: sa.Table, *, ignore: str | None = None) -> Statement:
    """Insert one row, every column but `n` a parameter; conflicts on `ignore` do nothing."""
    columns: dict[str, sa.BindParameter[Any]] = {
        column.name: sa.bindparam(column.name) for column in table.columns
    }
    if "n" in columns and table.c.n.primary_key:
        del columns["n"]
    return _insert(table, columns, ignore)


def insert_with_key(table: sa.Table) -> Statement:
    """Insert one row with a given `n`."""
    return _insert(table, {column.name: sa.bindparam(column.name) for column in table.columns})


def _insert(
    table: sa.Table, columns: dict[str, sa.BindParameter[Any]], ignore: str | None = None
) -> Statement:
    if ignore is None:
        return Statement(sa.insert(table).values(columns))
    return Statement(
        sqlite.insert(table).values(columns).on_conflict_do_nothing(index_elements=[ignore])
    )


def update(table: sa.Table, key: str, *columns: str) -> Statement:
    """Update the named columns of the row whose `key` is the parameter `key_<key>`."""
    values: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(name) for name in columns}
    condition = table.c[key] == sa.bindparam(f"key_{key}")
    return Statement(sa.update(table).where(condition).values(values))


KEYS_MAX = 100


def among(column: "sa.ColumnElement[str]") -> "sa.ColumnElement[bool]":
    """Whether a column is one of up to 100 keys, which `keys` gives as parameters."""
    return column.in_([sa.bindparam(f"key_{number}") for number in range(KEYS_MAX)])


def keys(values: Iterable[str]) -> Iterator[dict[str, str]]:
    """Parameters for `among`, as many sets of them as it takes; a short one repeats its last."""
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), KEYS_MAX):
        some = wanted[start : start + KEYS_MAX]
        some += some[-1:] * (KEYS_MAX - len(some))
        yield {f"key_{number}": value for number, value in enumerate(some)}
