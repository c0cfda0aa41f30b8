"""Tx: all that an operation may touch — an open transaction, and one `now` for its whole length."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from kempelen import clock
from kempelen.domain.events import Event
from kempelen.domain.review.policy import ReviewPolicy
from kempelen.ids import Ids
from kempelen.invariants import invariant
from kempelen.settings import Settings
from kempelen.store import announcing
from kempelen.store.statement import Statement
from kempelen.store.writes import R, Tracked, Writes

Row = tuple[Any, ...]


class Overtaken(Exception):
    """Time has overtaken what was asked for: these HITs have something due."""

    def __init__(self, hit_ids: tuple[str, ...]) -> None:
        """Keep the ids, so that the due work can be done and the operation repeated."""
        self.hit_ids = hit_ids
        super().__init__(", ".join(hit_ids))


class Tx:
    """An open transaction.

    `records` has the HITs and assignments as this transaction last saw or saved them, by their
    ids; nobody else changes them meanwhile.
    """

    __slots__ = (
        "_savepoints",
        "_stored",
        "_writes",
        "cache",
        "connection",
        "engine",
        "events",
        "ids",
        "is_sole_writer",
        "is_writing",
        "now",
        "page_key",
        "policies",
        "records",
        "settings",
        "unsettled",
    )

    def __init__(  # noqa: PLR0913 - the record of everything that operations may touch
        self,
        connection: Any,
        *,
        engine: str,
        cache: dict[str, Any],
        now: datetime,
        ids: Ids,
        settings: Settings,
        policies: Mapping[str, ReviewPolicy[Any]],
        page_key: bytes,
        is_writing: bool,
        unsettled: frozenset[str],
        is_sole_writer: bool = False,
    ) -> None:
        """Wrap a connection on which the engine has opened a transaction.

        `page_key` signs page tokens; `cache` has records that never change, by their id;
        `unsettled` are HITs whose due work failed, so that readings show them as they are;
        `is_sole_writer` says that no other process changes what this one remembers.
        """
        self.connection = connection
        self.engine = engine
        self.cache = cache
        self.now = now
        self.ids = ids
        self.settings = settings
        self.policies = policies
        self.page_key = page_key
        self.is_writing = is_writing
        self.is_sole_writer = is_sole_writer
        self.unsettled = unsettled
        self.events: list[Event] = []
        self.records: dict[str, Any] = {}
        self._writes = Writes()
        self._stored: dict[tuple[Tracked[Any], int], Any] = {}
        self._savepoints: list[bool] = []

    def rows(self, statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        """Every row of a query."""
        self._settle_tables(statement)
        found: list[Row] = self.connection.execute(
            statement.text(self.engine), parameters
        ).fetchall()
        return found

    def row(self, statement: Statement, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of a query, or None."""
        self._settle_tables(statement)
        found: Row | None = self.connection.execute(
            statement.text(self.engine), parameters
        ).fetchone()
        return found

    def run(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Carry out a change at once; returns the number of rows changed."""
        self._settle_tables(statement)
        changed: int = self._write(statement, parameters).rowcount
        return changed

    def insert(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Insert a row at once; returns its `n`."""
        self._settle_tables(statement)
        key: int = self._write(statement, parameters).lastrowid
        return key

    def put(self, statement: Statement, parameters: Mapping[str, Any]) -> None:
        """Insert a row before the transaction ends."""
        self._writes.insert(statement, parameters)

    def add(
        self,
        statement: Statement,
        key: str,
        amounts: Mapping[str, int],
        *,
        is_row_needed: bool = True,
    ) -> None:
        """Add amounts to the row with this key before the transaction ends."""
        self._writes.add(statement, key, amounts, is_row_needed=is_row_needed)

    def save(self, tracked: Tracked[R], record: R) -> None:
        """Save a record before the transaction ends."""
        self._writes.save(tracked, self._stored.get((tracked, record.n)), record)

    def remember(self, tracked: Tracked[R], record: R) -> None:
        """Note a record as the database has it, so that saving it writes only what changed."""
        self._stored[tracked, record.n] = record

    def new_id(self) -> str:
        """A fresh id of a HIT, a HIT type, an assignment or a review action."""
        return self.ids.entity(self.now)

    def emit(self, *happened: Event) -> None:
        """Note events; they are written in this transaction, in this order."""
        self.events.extend(happened)

    def flush(self) -> None:
        """Write everything that waits, events last; called once, at the end of an operation."""
        if self.events:
            announcing.announce(self, self.events, clock.micros(self.now))
        self.events = []
        self._write_down()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside, and forget the events of it, when it raises.

        The database hears of the savepoint only when something is written inside.
        """
        kept = self._writes.copy(), dict(self._stored), dict(self.records), list(self.events)
        self._savepoints.append(False)
        try:
            yield
        except BaseException:
            if self._savepoints.pop():
                self.connection.execute("ROLLBACK TO step")
                self.connection.execute("RELEASE step")
            self._writes, self._stored, self.records, self.events = kept
            raise
        if self._savepoints.pop():
            self.connection.execute("RELEASE step")

    def _settle_tables(self, statement: Statement) -> None:
        """Write down what waits, when a statement would look at the tables of it."""
        if self._writes.tables and not self._writes.tables.isdisjoint(statement.tables):
            self._write_down()

    def _write_down(self) -> None:
        writes, self._writes = self._writes, Writes()
        for statement, parameters, is_one_row in writes.statements():
            changed = self._write(statement, parameters).rowcount
            if is_one_row:
                invariant(changed == 1, "M2", tables=statement.tables)
        for tracked, record in writes.saved():
            self._stored[tracked, record.n] = record

    def _write(self, statement: Statement, parameters: Mapping[str, Any]) -> Any:
        for position, is_open in enumerate(self._savepoints):
            if not is_open:
                self.connection.execute("SAVEPOINT step")
                self._savepoints[position] = True
        return self.connection.execute(statement.text(self.engine), parameters)
