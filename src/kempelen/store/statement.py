"""A SQLAlchemy Core statement, compiled once per engine to SQL text for the bare driver.

The toolkit is the language of the statements; it is not on the way of a row. Where the engines
have different words for one thing, the helpers here know both, so that nobody else has to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.sql.functions import GenericFunction

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_PARAMETERS = {SQLITE: ":{}", POSTGRESQL: "%({})s"}


@cache
def dialect_of(engine: str) -> sa.Dialect:
    """The words of an engine."""
    if engine == SQLITE:
        return sqlite.dialect(paramstyle="named")
    # 2 MB that only those pay who have such a server.
    from sqlalchemy.dialects.postgresql.base import PGDialect  # noqa: PLC0415

    # Not the driver's own dialect: that one writes a cast around every parameter.
    return PGDialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


class greatest(GenericFunction[int]):  # noqa: N801 - the name that the function has in SQL
    """The greatest of its arguments, which SQLite calls `max`."""

    inherit_cache = True


@compiles(greatest, SQLITE)
def _max(element: Any, compiler: Any, **options: Any) -> str:
    return f"max({compiler.process(element.clauses, **options)})"


class Statement:
    """One statement with named parameters, compiled when it is first used on an engine."""

    __slots__ = (
        "_element",
        "_keyed",
        "_texts",
        "_variants",
        "impatient",
        "key_table",
        "sees_counts",
        "tables",
    )

    def __init__(
        self,
        element: CompilerElement,
        variants: Mapping[str, Callable[[], CompilerElement]] | None = None,
        *,
        key_table: sa.Table | None = None,
        sees_counts: bool = True,
        impatient: "Statement | None" = None,
    ) -> None:
        """Keep the Core element until it is compiled; `tables` are the names of what it touches.

        `variants` makes the element for an engine on which it is another one. `key_table` is the
        table of which it inserts a row that gets the next `n`. `sees_counts` is False for a query
        that comes to the same whatever has been added to counters of its tables. `impatient` is
        the same for who will not wait for rows that somebody else has locked.
        """
        self._element = element
        self._variants = variants or {}
        self._keyed: Statement | None = None
        self.key_table = key_table
        self.sees_counts = sees_counts
        self.impatient = impatient
        self.tables = frozenset(
            part.name
            for part in visitors.iterate(cast("visitors.ExternallyTraversible", element))
            if isinstance(part, sa.Table)
        )
        self._texts: dict[str, str] = {}

    @property
    def keyed(self) -> "Statement":
        """The same insertion of a row whose `n` is known."""
        if self._keyed is None:
            if self.key_table is None:
                raise TypeError(self)
            self._keyed = insert_with_key(self.key_table)
        return self._keyed

    def text(self, engine: str) -> str:
        """The SQL text for an engine ("sqlite", "postgresql")."""
        text = self._texts.get(engine)
        if text is None:
            variant = self._variants.get(engine)
            element = self._element if variant is None else variant()
            compiled = element.compile(
                dialect=dialect_of(engine), compile_kwargs={"render_postcompile": True}
            )
            text = self._texts[engine] = _with_literals(compiled, _PARAMETERS[engine])
        return text


def _with_literals(compiled: Any, parameter: str) -> str:
    """Write the constants of a statement into its text; parameters stay parameters."""
    text = str(compiled)
    for name, value in sorted(compiled.params.items(), key=lambda item: -len(item[0])):
        if value is not None:
            literal = _literal(value)
            if parameter != _PARAMETERS[SQLITE]:
                literal = literal.replace("%", "%%")
            text = text.replace(parameter.format(name), literal)
    return text


def _literal(value: str | int) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value))


def locking(select: sa.Select[Any], *of: sa.Table, sees_counts: bool = True) -> Statement:
    """A query that locks the rows that it finds, table by table, until the transaction ends.

    Its impatient form does not find rows that somebody else has locked. One writer needs no locks:
    on SQLite both are a plain query.
    """
    patient, impatient = (
        select.with_for_update(key_share=True, of=of, skip_locked=skips) for skips in (False, True)
    )
    return Statement(
        patient,
        sees_counts=sees_counts,
        impatient=Statement(impatient, sees_counts=sees_counts),
    )


def insert(table: sa.Table, *, ignore: str | None = None) -> Statement:
    """Insert one row, every column but `n` a parameter; conflicts on `ignore` do nothing."""
    columns: dict[str, sa.BindParameter[Any]] = {
        column.name: sa.bindparam(column.name) for column in table.columns
    }
    has_key = "n" in columns and table.c.n.primary_key is True
    if has_key:
        del columns["n"]
    if ignore is not None:
        return _for_each_engine(
            lambda insert: (
                insert(table).values(columns).on_conflict_do_nothing(index_elements=[ignore])
            )
        )
    plain = sa.insert(table).values(columns)
    if not has_key:
        return Statement(plain)
    # SQLite's driver tells the key of a new row by itself.
    returning = {POSTGRESQL: lambda: plain.returning(table.c.n)}
    return Statement(plain, returning, key_table=table)


def insert_with_key(table: sa.Table) -> Statement:
    """Insert one row with a given `n`."""
    columns: dict[str, sa.BindParameter[Any]] = {
        column.name: sa.bindparam(column.name) for column in table.columns
    }
    return Statement(sa.insert(table).values(columns))


def upsert(
    table: sa.Table,
    key: str,
    values: Mapping[str, sa.BindParameter[Any]],
    changes: Mapping[str, sa.ColumnElement[Any]],
) -> Statement:
    """Insert a row, or carry out the changes of the one that has its key."""
    return _for_each_engine(
        lambda insert: (
            insert(table)
            .values(dict(values))
            .on_conflict_do_update(index_elements=[key], set_=dict(changes))
        )
    )


def _for_each_engine(build: Callable[[Any], CompilerElement]) -> Statement:
    def for_postgresql() -> CompilerElement:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as above

        return build(postgresql.insert)

    return Statement(build(sqlite.insert), {POSTGRESQL: for_postgresql})


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
