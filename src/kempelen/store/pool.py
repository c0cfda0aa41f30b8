"""Connections to PostgreSQL: a bounded pool that gives out the connection that was used last.

A connection that broke is thrown away, and with it all that are at rest, because what broke it (a
restart of the server, most of the time) has broken them too.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg import pq
from psycopg.abc import AdaptContext
from psycopg.adapt import Loader
from psycopg.types.numeric import Int8Dumper

from kempelen.store import db

WAIT_SECONDS = 10
# So that a server that vanished without a word is noticed, and soon.
_NETWORK = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
_IDLE = pq.TransactionStatus.IDLE


class _WholeNumbers(Loader):
    """Sums of integers come as numerics, and are integers."""

    def load(self, data: Any) -> int:
        """The integer that a text is."""
        return int(bytes(data))


Cursor = psycopg.Cursor[tuple[Any, ...]]


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection as work wants it."""

    company = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Cursor:
        """Carry out a statement; NUL, which no text here can hold, becomes U+FFFD."""
        try:
            return super().execute(query, params, **options)
        except psycopg.DataError:
            if not _has_nul(params):
                raise
            return super().execute(query, _without_nul(params), **options)

    def change(self, text: str, parameters: Mapping[str, Any]) -> int:
        """Carry out a change; returns how many rows it changed."""
        return self._run(text, parameters).rowcount

    def insert(self, text: str, parameters: Mapping[str, Any]) -> int:
        """Insert one row that gets the next `n`; returns it."""
        row = self._run(text, parameters).fetchone()
        return 0 if row is None else int(row[0])

    def run_all(self, wanted: list[tuple[str, Mapping[str, Any]]]) -> list[int]:
        """Carry out several changes in one round trip; returns how many rows each changed."""
        if len(wanted) < 2:  # noqa: PLR2004 - nothing to gain
            return [self._run(*each).rowcount for each in wanted]
        with self.pipeline():
            cursors = [self._run(*each) for each in wanted]
        return [cursor.rowcount for cursor in cursors]

    def undo(self, savepoint: str) -> None:
        """Undo what was done since a savepoint, and forget it; not while in a pipeline."""
        self._exec(f"ROLLBACK TO {savepoint}; RELEASE {savepoint}")

    def undo_all(self) -> None:
        """Undo the transaction, if there is one and the server is there."""
        with contextlib.suppress(psycopg.Error):
            self._exec("ROLLBACK")

    def _exec(self, text: str) -> None:
        """Carry out a command past the driver, which after a ROLLBACK prepares everything anew."""
        result = self.pgconn.exec_(text.encode())
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))

    def _run(self, text: str, parameters: Mapping[str, Any]) -> Cursor:
        return self.execute(text.encode(), parameters)


def _has_nul(params: Any) -> bool:
    values = params.values() if isinstance(params, Mapping) else params or ()
    return any(isinstance(value, str) and "\0" in value for value in values)


def _without_nul(params: Any) -> Any:
    if isinstance(params, Mapping):
        return dict(zip(params, _without_nul(list(params.values())), strict=True))
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in params]


def connect(url: str, *, prepares: bool) -> Connection:
    """A connection on which every transaction is begun and ended by hand."""
    connection = Connection.connect(
        url,
        autocommit=True,
        # Every statement is one of a few hundred, so each is prepared when it first comes.
        prepare_threshold=0 if prepares else None,
        **_defaults(url),
    )
    connection.prepared_max = 512
    _adapt(connection)
    return connection


def _defaults(url: str) -> dict[str, Any]:
    given = psycopg.conninfo.conninfo_to_dict(url)
    wanted = {"application_name": "kempelen", "client_encoding": "UTF8", **_NETWORK}
    return {name: value for name, value in wanted.items() if name not in given}


def _adapt(context: AdaptContext) -> None:
    adapters = context.adapters
    if adapters is None:
        return
    # One type for every number, or a statement would be prepared for each size of them.
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_loader("numeric", _WholeNumbers)


class Pool:
    """At most `size` connections; who comes when all are out waits for a while."""

    def __init__(self, size: int, connect: Callable[[], Connection]) -> None:
        """Connect nowhere yet."""
        self._connect = connect
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._resting: list[Connection] = []
        self._era = 0
        self._is_closed = False

    @contextlib.contextmanager
    def taken(self) -> Iterator[Connection]:
        """A connection at rest, which goes back unless it broke; DatabaseUnavailable."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            message = "every connection is in use; see the setting postgresql.connections"
            raise db.DatabaseUnavailable(message)
        try:
            era = self._era
            connection = self._one_at_rest() or self._connect()
            try:
                yield connection
            finally:
                self._give_back(connection, era)
        finally:
            self._free.release()

    def forget_resting(self) -> None:
        """Close every connection that is at rest, and those that are out when they come back."""
        with self._lock:
            self._era += 1
            resting, self._resting = self._resting, []
        for connection in resting:
            connection.close()

    def close(self) -> None:
        """Close what is at rest now, and what is out when it comes back."""
        self._is_closed = True
        self.forget_resting()

    def _one_at_rest(self) -> Connection | None:
        with self._lock:
            if self._is_closed:
                raise db.DatabaseUnavailable(db.CLOSED)
            return self._resting.pop() if self._resting else None

    def _give_back(self, connection: Connection, era: int) -> None:
        if connection.closed:
            self.forget_resting()
            return
        with self._lock:
            is_sound = connection.info.transaction_status == _IDLE
            if is_sound and era == self._era and not self._is_closed:
                self._resting.append(connection)
                return
        connection.close()
