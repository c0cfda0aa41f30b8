"""Tx: all that an operation may touch — an open transaction, and one `now` for its whole length."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from kempelen import clock
from kempelen.domain.events import Event
from kempelen.domain.review.policy import ReviewPolicy
from kempelen.ids import Ids
from kempelen.settings import Settings
from kempelen.store import tables
from kempelen.store.statement import Statement, insert

_INSERT_EVENT = insert(tables.events)

Row = tuple[Any, ...]


class Overtaken(Exception):
    """Time has overtaken what was asked for: these HITs have something due."""

    def __init__(self, hit_ids: tuple[str, ...]) -> None:
        """Keep the ids, so that the due work can be done and the operation repeated."""
        self.hit_ids = hit_ids
        super().__init__(", ".join(hit_ids))


class Tx:
    """An open transaction."""

    __slots__ = (
        "cache",
        "connection",
        "engine",
        "events",
        "ids",
        "is_writing",
        "now",
        "page_key",
        "policies",
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
    ) -> None:
        """Wrap a connection on which the engine has opened a transaction.

        `page_key` signs page tokens; `cache` has records that never change, by their id;
        `unsettled` are HITs whose due work failed, so that readings show them as they are.
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
        self.unsettled = unsettled
        self.events: list[Event] = []

    def rows(self, statement: Statement, parameters: Mapping[str, Any]) -> list[Row]:
        """Every row of a query."""
        found: list[Row] = self.connection.execute(
            statement.text(self.engine), parameters
        ).fetchall()
        return found

    def row(self, statement: Statement, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of a query, or None."""
        found: Row | None = self.connection.execute(
            statement.text(self.engine), parameters
        ).fetchone()
        return found

    def run(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Carry out a change; returns the number of rows changed."""
        changed: int = self.connection.execute(statement.text(self.engine), parameters).rowcount
        return changed

    def insert(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Insert a row; returns its `n`."""
        key: int = self.connection.execute(statement.text(self.engine), parameters).lastrowid
        return key

    def run_many(self, statement: Statement, parameters: Iterable[Mapping[str, Any]]) -> None:
        """Carry out a change for each set of parameters."""
        self.connection.executemany(statement.text(self.engine), parameters)

    def new_id(self) -> str:
        """A fresh id of a HIT, a HIT type, an assignment or a review action."""
        return self.ids.entity(self.now)

    def emit(self, *happened: Event) -> None:
        """Note events; they are written in this transaction, in this order."""
        self.events.extend(happened)

    def flush(self) -> None:
        """Write the events that were emitted; called once, at the end of an operation."""
        if self.events:
            happened_at = clock.micros(self.now)
            self.run_many(
                _INSERT_EVENT,
                [
                    {
                        "type": event.type.value,
                        "hit_id": event.hit_id,
                        "hit_type_id": event.hit_type_id,
                        "assignment_id": event.assignment_id,
                        "happened_at": happened_at,
                    }
                    for event in self.events
                ],
            )
            self.events = []

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside, and forget the events of it, when it raises."""
        emitted = len(self.events)
        self.connection.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO step")
            self.connection.execute("RELEASE step")
            del self.events[emitted:]
            raise
        self.connection.execute("RELEASE step")
