"""Tx: all that an operation may touch — an open transaction, and one `now` for its whole length."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kempelen import clock
from kempelen.domain.events import Event
from kempelen.domain.review.policy import ReviewPolicy
from kempelen.ids import Ids
from kempelen.settings import Settings
from kempelen.store import announcing, db
from kempelen.store.statement import Statement
from kempelen.store.writes import IfNoRow, R, Tracked, Wanted, Writes

if TYPE_CHECKING:
    # Whoever keeps to a file need not load the driver of a server.
    from kempelen.store.company import Company

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
    ids. Nobody else changes them meanwhile: in a transaction that writes, a HIT is locked when it
    is read, and whoever changes an assignment has locked its HIT.

    `shared` has what all that share the transaction have read of rows that none of them changes
    before its end. Who shares it writes rows without waiting, and is asked again, alone, when it
    cannot do so (`store/company.py`).
    """

    __slots__ = (
        "_company",
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
        "shared",
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
        self._company: Company | None = connection.company
        self.engine = engine
        self.cache = cache if self._company is None else self._company.cache
        self.shared: dict[str, Any] = {} if self._company is None else self._company.shared
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

    def locked(self, statement: Statement, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of a query that locks what it finds, or None.

        Who shares the transaction with others does not wait for rows that somebody else has
        locked, which would take the longer, the more of them wait with it.
        """
        if self._company is None:
            return self.row(statement, parameters)
        found = self.locked_if_free(statement, parameters)
        if found is None:
            raise db.Unsociable
        return found

    def locked_if_free(self, statement: Statement, parameters: Mapping[str, Any]) -> Row | None:
        """As `locked`, but None also for a row that somebody else has locked."""
        return self.row(statement.impatient or statement, parameters)

    def run(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Carry out a change at once; returns the number of rows changed."""
        self._settle_tables(statement)
        self._open_savepoints()
        text = statement.text(self.engine)
        changed: int = self.connection.change(text, parameters)
        return changed

    def insert(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Insert a row; returns its `n`."""
        if self._company is not None:
            return self._put_with_key(self._company, statement, parameters)
        self._settle_tables(statement)
        self._open_savepoints()
        key: int = self.connection.insert(statement.text(self.engine), parameters)
        return key

    def put(self, statement: Statement, parameters: Mapping[str, Any]) -> None:
        """Insert a row before the transaction ends."""
        self._writes.insert(statement, parameters)

    def add(
        self,
        statement: Statement,
        key: str,
        amounts: Mapping[str, int],
        bounds: Mapping[str, int] | None = None,
        *,
        if_no_row: IfNoRow = IfNoRow.BROKEN,
    ) -> None:
        """Add amounts to the row with this key before the transaction ends.

        Amounts for one row are summed up; of the bounds the highest count.
        """
        self._writes.add(statement, key, amounts, bounds, if_no_row)

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
        if self._company is None:
            self._write_down()
        else:
            self._company.send_last(list(self._writes.rows()), self._writes)

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
                self.connection.undo("step")
            self._writes, self._stored, self.records, self.events = kept
            raise
        if self._savepoints.pop():
            self.connection.execute("RELEASE step")

    def is_adding(self, table: str) -> bool:
        """Whether something is to be added to counters of a table."""
        return table in self._writes.count_tables

    def _put_with_key(
        self, company: "Company", statement: Statement, parameters: Mapping[str, Any]
    ) -> int:
        """Insert a row before the transaction ends, with a key that was taken for it."""
        if statement.key_table is None:
            self._writes.insert(statement, parameters)
            return 0
        key = company.key(statement.key_table.name)
        self._writes.insert(statement.keyed, {**parameters, "n": key})
        return key

    def _settle_tables(self, statement: Statement) -> None:
        """Write down what waits, when a statement would look at the tables of it."""
        writes = self._writes
        if statement.sees_counts and not writes.count_tables.isdisjoint(statement.tables):
            if self._company is not None:
                raise db.Unsociable
            self._write_down()
        elif not writes.row_tables.isdisjoint(statement.tables):
            self._write_rows_down()

    def _write_down(self) -> None:
        writes, self._writes = self._writes, Writes()
        self._carry_out(writes, [*writes.rows(), *writes.additions()])

    def _write_rows_down(self) -> None:
        """Write down the rows; what is to be added to others still waits."""
        writes, self._writes = self._writes, self._writes.counts()
        self._carry_out(writes, list(writes.rows()))

    def _carry_out(self, writes: Writes, wanted: list[Wanted]) -> None:
        if wanted:
            self._open_savepoints()
        if self._company is not None:
            self._company.send(wanted)
        else:
            counts = self.connection.run_all(
                [(each.statement.text(self.engine), each.parameters) for each in wanted]
            )
            for each, count in zip(wanted, counts, strict=True):
                each.check(count)
        for tracked, record in writes.saved():
            self._stored[tracked, record.n] = record

    def _open_savepoints(self) -> None:
        """Let the database know of the savepoints before something is written."""
        if self._company is not None:
            self._company.before_change()
        for position, is_open in enumerate(self._savepoints):
            if not is_open:
                self.connection.execute("SAVEPOINT step")
                self._savepoints[position] = True
