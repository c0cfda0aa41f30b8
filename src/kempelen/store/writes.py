"""The writes of a transaction that wait for its end: each row is written once, in few columns.

A record that is saved three times on the way of an operation is one UPDATE of what changed, and a
step that is undone never reached the database. `tx` decides when they are carried out.

Rows that many transactions change, which are counters and balances, come last and in one order for
all, so that those who meet there wait for a commit, and never for each other.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import sqlalchemy as sa

from kempelen.invariants import invariant
from kempelen.store import db
from kempelen.store.statement import Statement, update

_NOTHING: Mapping[str, int] = {}
# After the rows that a transaction has locked for itself: its HIT and its assignments.
_LOCK_ORDER = {"workers": 0, "group_counts": 1, "accounts": 3}
_OTHER_TABLES = 2


class Record(Protocol):
    """What can be tracked: it has the key of its row."""

    @property
    def n(self) -> int:
        """The key of the row."""


R = TypeVar("R", bound=Record)
Parameters = Mapping[str, Any]


class Tracked(Generic[R]):
    """A table whose records are saved whole, while only the columns that changed are written."""

    def __init__(self, table: sa.Table, values: Callable[[R], dict[str, Any]]) -> None:
        """`values` gives the columns that may change, from a record."""
        self.table = table
        self.values = values
        self._statements: dict[tuple[str, ...], Statement] = {}

    def change(self, before: R | None, after: R) -> tuple[Statement, Parameters] | None:
        """The statement that brings the row from one record to the other; None for no change."""
        wanted = self.values(after)
        if before is not None:
            known = self.values(before)
            wanted = {name: value for name, value in wanted.items() if value != known[name]}
        if not wanted:
            return None
        names = tuple(wanted)
        statement = self._statements.get(names)
        if statement is None:
            statement = self._statements[names] = update(self.table, "n", *names)
        wanted["key_n"] = after.n
        return statement, wanted


class IfNoRow(Enum):
    """What it means when a write finds no row to change."""

    FINE = "nothing has to be done"
    BROKEN = "only a bug can have removed it"
    OUTPACED = "somebody was quicker, and the condition of the write does not hold any more"


class _Save(NamedTuple):
    """A record to save, and how the database has it, as far as that is known."""

    tracked: Tracked[Any]
    before: Any
    after: Any


class Addition(NamedTuple):
    """Amounts to add to the columns of one row, and bounds of which the highest counts."""

    statement: Statement
    key: str
    amounts: Mapping[str, int]
    bounds: Mapping[str, int]
    if_no_row: IfNoRow


class _Insertion(NamedTuple):
    """A row to insert, whose key nobody needs to know."""

    statement: Statement
    parameters: Parameters


_Write = _Save | Addition | _Insertion


class Wanted(NamedTuple):
    """A statement to run, and what it means when it changes no row."""

    statement: Statement
    parameters: Parameters
    if_no_row: IfNoRow

    def check(self, count: int) -> None:
        """Compare with the number of rows that it changed; Outpaced when somebody was quicker."""
        if count != 1 and self.if_no_row is IfNoRow.OUTPACED:
            raise db.Outpaced
        if self.if_no_row is not IfNoRow.FINE:
            invariant(count == 1, "M2", tables=self.statement.tables)


class Writes:
    """What is to be written, in the order in which it was first decided.

    `row_tables` and `count_tables` are the names of the tables in which rows are to be inserted or
    saved, and of those whose counters and balances are to be added to.
    """

    __slots__ = ("_writes", "count_tables", "row_tables")

    def __init__(self) -> None:
        """Start with nothing."""
        self._writes: dict[object, _Write] = {}
        self.row_tables: set[str] = set()
        self.count_tables: set[str] = set()

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._writes)

    def save(self, tracked: Tracked[R], before: R | None, after: R) -> None:
        """Save a record; `before` is what the database has, None when that is not known."""
        self._writes[tracked, after.n] = _Save(tracked, before, after)
        self.row_tables.add(tracked.table.name)

    def add(
        self,
        statement: Statement,
        key: str,
        amounts: Mapping[str, int],
        bounds: Mapping[str, int] | None = None,
        if_no_row: IfNoRow = IfNoRow.BROKEN,
    ) -> None:
        """Add amounts to a row: those for one row are summed up, and its highest bounds count."""
        bounds = _NOTHING if bounds is None else bounds
        found = self._writes.get((statement, key))
        if isinstance(found, Addition):
            amounts = {
                name: found.amounts.get(name, 0) + amounts.get(name, 0)
                for name in {**found.amounts, **amounts}
            }
            bounds = {name: max(found.bounds[name], bound) for name, bound in bounds.items()}
            if found.if_no_row is IfNoRow.OUTPACED:
                if_no_row = IfNoRow.OUTPACED
        self._writes[statement, key] = Addition(statement, key, amounts, bounds, if_no_row)
        self.count_tables |= statement.tables

    def insert(self, statement: Statement, parameters: Parameters) -> None:
        """Insert a row."""
        self._writes[object()] = _Insertion(statement, parameters)
        self.row_tables |= statement.tables

    def copy(self) -> "Writes":
        """The same writes, independent of what follows."""
        same = Writes()
        same._writes = dict(self._writes)
        same.row_tables = set(self.row_tables)
        same.count_tables = set(self.count_tables)
        return same

    def counts(self) -> "Writes":
        """What is to be added to counters and balances, alone."""
        same = Writes()
        same.merge(self)
        return same

    def merge(self, other: "Writes") -> None:
        """Take over what is to be added to counters and balances."""
        for addition in other.added():
            self.add(*addition)

    def saved(self) -> Iterator[tuple[Tracked[Any], Any]]:
        """The records that are saved, with their tables."""
        for write in self._writes.values():
            if isinstance(write, _Save):
                yield write.tracked, write.after

    def added(self) -> "list[Addition]":
        """What is to be added to counters and balances."""
        return [write for write in self._writes.values() if isinstance(write, Addition)]

    def rows(self) -> Iterator[Wanted]:
        """The insertions and savings, in this order."""
        for write in self._writes.values():
            if isinstance(write, _Insertion):
                yield Wanted(write.statement, write.parameters, IfNoRow.FINE)
            elif isinstance(write, _Save):
                change = write.tracked.change(write.before, write.after)
                if change is not None:
                    yield Wanted(*change, IfNoRow.BROKEN)

    def additions(self) -> Iterator[Wanted]:
        """The additions, in the order in which everybody locks their rows."""
        for addition in sorted(self.added(), key=_in_lock_order):
            parameters = {"key": addition.key, **addition.amounts, **addition.bounds}
            yield Wanted(addition.statement, parameters, addition.if_no_row)


def _in_lock_order(addition: Addition) -> tuple[int, str]:
    (table,) = addition.statement.tables
    return _LOCK_ORDER.get(table, _OTHER_TABLES), addition.key
