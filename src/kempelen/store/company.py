"""Several operations in one PostgreSQL transaction: they share its round trips and its commit.

What they write is sent without waiting for answers. What they add to counters and balances is
summed up, so that a row on which all of them meet is changed once, at the end, in the order in
which everybody locks such rows. An operation that is refused leaves nothing behind; anything else
that goes wrong ends the company, and each operation begins again in a transaction of its own.
"""

import contextlib
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Any, Self

import psycopg

from kempelen.store import db
from kempelen.store.pool import Connection, Cursor
from kempelen.store.statement import POSTGRESQL
from kempelen.store.writes import Wanted, Writes

# Nobody in company waits long for what somebody else has locked, such as a uniqueness rule that
# depends on another transaction: two companies could wait for each other.
_IMPATIENT = "SET LOCAL lock_timeout = '250ms'"
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_PATIENT = "SET LOCAL lock_timeout = 0"
_TAKE_KEYS = (
    "SELECT nextval(pg_get_serial_sequence(%(table)s, 'n')) FROM generate_series(1, %(size)s)"
)

_CACHE_MAX = 4096


class _Cache(dict[str, Any]):
    """What is known of records that never change, until it is certain that they stay."""

    def __init__(self, certain: dict[str, Any]) -> None:
        super().__init__()
        self._certain = certain

    def get(self, key: str, default: Any = None) -> Any:
        """What is known, here or for certain."""
        found = super().get(key)
        return self._certain.get(key, default) if found is None else found

    def keep(self) -> None:
        """Now it is certain."""
        if len(self._certain) + len(self) > _CACHE_MAX:
            self._certain.clear()
        self._certain.update(self)


class _Stage(Enum):
    """How far a job has come."""

    LOOKING = auto()
    CHANGING = auto()
    WRITING = auto()


class Company:
    """The transaction as each of several jobs sees it, one after the other."""

    def __init__(self, connection: Connection, size: int, cache: dict[str, Any]) -> None:
        """Prepare; `size` is the number of jobs, and `cache` what is known for certain."""
        self.company = self
        self.cache = _Cache(cache)
        self.shared: dict[str, Any] = {}
        self._connection = connection
        self._pipeline = contextlib.ExitStack()
        self._size = size
        self._keys: dict[str, list[int]] = {}
        self._sent: list[tuple[Wanted, Cursor]] = []
        self._counts = Writes()
        self._stage = _Stage.LOOKING

    def __enter__(self) -> Self:
        """Begin."""
        self._pipeline.enter_context(self._connection.pipeline())
        self._connection.execute(_BEGIN)
        self._connection.execute(_IMPATIENT)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Have written what has been added up, and wait for the last answers."""
        with self._pipeline:
            if kind is None:
                self._connection.execute(_PATIENT)
                self._send(self._counts.additions())

    def run(self, job: db.Job) -> bool:
        """Carry out a job, or undo it when it is refused; False when it has to go alone."""
        self._stage = _Stage.LOOKING
        sent = len(self._sent)
        job.result = job.error = None
        try:
            job.result = job.work(self)
        except psycopg.Error:
            raise
        except BaseException as error:
            if self._stage is _Stage.WRITING:
                raise
            if self._stage is _Stage.CHANGING:
                self.undo("job")
                del self._sent[sent:]
            if isinstance(error, db.Unsociable):
                return False
            job.error = error
        else:
            if self._stage is _Stage.CHANGING:
                self._connection.execute("RELEASE job")
        return True

    def check(self) -> None:
        """Look at how everything ended, when the answers are there."""
        for wanted, cursor in self._sent:
            wanted.check(cursor.rowcount)

    def execute(self, text: str, parameters: Any = None) -> Cursor:
        """Carry out a statement."""
        if not text.startswith("SELECT"):
            self.before_change()
        return self._connection.execute(text, parameters)

    def change(self, text: str, parameters: Mapping[str, Any]) -> int:
        """Carry out a change; returns how many rows it changed."""
        self.before_change()
        with self._connection.pipeline():  # waits when it ends
            cursor = self._connection.execute(text, parameters)
        return cursor.rowcount

    def undo(self, savepoint: str) -> None:
        """Undo what was done since a savepoint, and forget it."""
        self._pipeline.close()
        self._connection.undo(savepoint)
        self._pipeline.enter_context(self._connection.pipeline())

    def key(self, table: str) -> int:
        """The next `n` of a table; some are taken at once for those who come after."""
        keys = self._keys.get(table)
        if not keys:
            wanted = {"table": table, "size": self._size}
            rows = self._connection.execute(_TAKE_KEYS, wanted).fetchall()
            keys = self._keys[table] = [row[0] for row in reversed(rows)]
        return keys.pop()

    def before_change(self) -> None:
        """Make sure that what the present job changes can be undone."""
        if self._stage is _Stage.LOOKING:
            self._stage = _Stage.CHANGING
            self._connection.execute("SAVEPOINT job")

    def send(self, wanted: Iterable[Wanted]) -> None:
        """Have rows written of a job that goes on, and may yet be refused."""
        self.before_change()
        self._send(wanted)

    def send_last(self, rows: Iterable[Wanted], counts: Writes) -> None:
        """Have written what is left of a job that cannot be refused any more."""
        if self._stage is _Stage.LOOKING:
            self._stage = _Stage.WRITING
        self._send(rows)
        self._counts.merge(counts)

    def _send(self, wanted: Iterable[Wanted]) -> None:
        execute = self._connection.execute
        self._sent += [
            (each, execute(each.statement.text(POSTGRESQL), each.parameters)) for each in wanted
        ]
