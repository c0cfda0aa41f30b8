"""SQLite: one writer thread with group commit, a reader connection per reading thread.

The writer takes what waits, opens one transaction, runs each job under a savepoint of its own,
commits once, and only then delivers all of them. Nothing is acknowledged before its commit.
"""

import contextlib
import fcntl
import os
import queue
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kempelen.invariants import failpoint
from kempelen.store import db, schema, tables
from kempelen.store.statement import SQLITE

BEGIN = "BEGIN IMMEDIATE"
BATCH_MAX = 256
ATTEMPTS = 3
BUSY_TIMEOUT_SECONDS = 5
PAGE_SIZE = 8192
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=500",
    "PRAGMA cache_size=-65536",
    "PRAGMA mmap_size=268435456",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)
_UNIQUE = re.compile(r"UNIQUE constraint failed: (.*)")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A transaction failed as a whole: in a job, or when it began or was committed."""

    job: db.Job | None


class Connection(sqlite3.Connection):
    """A connection as work wants it."""

    company = None

    def change(self, text: str, parameters: Mapping[str, Any]) -> int:
        """Carry out a change; returns how many rows it changed."""
        return self.execute(text, parameters).rowcount

    def undo(self, savepoint: str) -> None:
        """Undo what was done since a savepoint, and forget it."""
        self.execute(f"ROLLBACK TO {savepoint}")
        self.execute(f"RELEASE {savepoint}")

    def insert(self, text: str, parameters: Mapping[str, Any]) -> int:
        """Insert one row that gets the next `n`; returns it."""
        key = self.execute(text, parameters).lastrowid
        return 0 if key is None else key

    def run_all(self, wanted: list[tuple[str, Mapping[str, Any]]]) -> list[int]:
        """Carry out several changes; returns how many rows each of them changed."""
        execute = self.execute
        return [execute(text, parameters).rowcount for text, parameters in wanted]


class SQLite:
    """One SQLite file; one process serves it, and guests may write a few rows beside it."""

    engine = SQLITE
    reads_at_once = True
    is_sole_writer = True

    def __init__(self, path: Path, *, is_guest: bool = False) -> None:
        """Open or create the file; DatabaseInUse when another process serves it.

        A guest does not ask who serves it: the command line adds accounts to a running server.
        """
        self.path = path
        self.cache: dict[str, Any] = {}
        self.generation = 0
        self._lock = None if is_guest else _process_lock(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = self._opened()
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._queue: queue.SimpleQueue[db.Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_loop, name="sqlite-writer", daemon=True)
        self._is_closed = False
        # Nothing may be queued behind the last word to the writer, or its sender waits for ever.
        self._closing = threading.Lock()
        self._thread.start()

    def read(self, work: db.Work, *, is_single: bool = False) -> Any:
        """Run in a snapshot on the calling thread's own connection."""
        try:
            connection = self._reader()
            if is_single:
                return work(connection)
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise db.DatabaseUnavailable(str(error)) from error

    def submit(self, job: db.Job) -> None:
        """Queue a write for the writer thread."""
        with self._closing:
            if not self._is_closed:
                self._queue.put(job)
                return
        job.error = db.DatabaseUnavailable(db.CLOSED)
        job.deliver([job])

    def write(self, work: db.Work) -> Any:
        """Queue a write and wait for its commit."""
        waiter = db.Waiter()
        job = db.Job(work, waiter.deliver)
        self.submit(job)
        waiter.done.wait()
        if job.error is not None:
            raise job.error
        return job.result

    def reset(self) -> None:
        """Drop every table and make it anew."""

        def work(connection: sqlite3.Connection) -> None:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(f"DROP TABLE {table.name}")
            _create_schema(connection)
            self.cache.clear()
            self.generation += 1

        self.write(work)

    def forget_old(self) -> None:
        """Nothing is kept: whether a commit happened is never in doubt."""

    def close(self) -> None:
        """Let the writer finish what is queued, then close."""
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
            self._queue.put(None)
        self._thread.join()
        for connection in (*self._readers, self._writer):
            connection.close()
        if self._lock is not None:
            self._lock.close()

    def _opened(self) -> Connection:
        """The writing connection with the schema in place; keeps nothing open when it raises."""
        connection = None
        try:
            connection = self._connect()
            _bring_to_schema(connection)
        except BaseException:
            if connection is not None:
                connection.close()
            if self._lock is not None:
                self._lock.close()
            raise
        return connection

    def _reader(self) -> Connection:
        """The reading connection of the calling thread."""
        if self._is_closed:
            raise db.DatabaseUnavailable(db.CLOSED)
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
            self._readers.append(connection)
        return connection

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
            cached_statements=512,
        )
        prepare(connection)
        return connection

    def _write_loop(self) -> None:
        while True:
            jobs, is_last = self._take()
            if jobs:
                self._write_batch(jobs)
            if is_last:
                return

    def _take(self) -> tuple[list[db.Job], bool]:
        job = self._queue.get()
        jobs: list[db.Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == BATCH_MAX:
                return jobs, False
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _write_batch(self, jobs: list[db.Job]) -> None:
        """Carry out a batch and deliver it.

        When the file is in trouble, nothing of the attempt was kept, and the batch is tried again.
        The job in which the trouble arose goes alone then, lest it spoils the others.
        """
        together, alone = list(jobs), []
        for _ in range(ATTEMPTS):
            trouble = self._attempt(together)
            if trouble is None:
                break
            if trouble.job is not None:
                together.remove(trouble.job)
                alone.append(trouble.job)
        for job in alone:
            for _ in range(ATTEMPTS - 1):
                if self._attempt([job]) is None:
                    break
        db.deliver(jobs)

    def _attempt(self, jobs: list[db.Job]) -> "_Trouble | None":
        """Carry out jobs in one transaction; otherwise every job has the error."""
        execute = self._writer.execute
        current: db.Job | None = None
        try:
            execute(BEGIN)
            for job in jobs:
                current = job
                self._run(job)
            current = None
            failpoint("before-commit")
            execute("COMMIT")
            failpoint("after-commit")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._writer.rollback()
            # What the batch read of its own rows is gone with it.
            self.cache.clear()
            for job in jobs:
                job.result, job.error = None, db.DatabaseUnavailable(str(error))
            return _Trouble(current)
        return None

    def _run(self, job: db.Job) -> None:
        execute = self._writer.execute
        job.result = job.error = None
        execute("SAVEPOINT job")
        try:
            job.result = job.work(self._writer)
        except sqlite3.IntegrityError as error:
            execute("ROLLBACK TO job")
            job.error = _translated(error)
        except sqlite3.OperationalError:
            # The file itself is in trouble (full, locked, broken): the whole batch is.
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
            execute("ROLLBACK TO job")
            job.error = error
        execute("RELEASE job")


def _translated(error: sqlite3.IntegrityError) -> Exception:
    found = _UNIQUE.match(str(error))
    return db.UniqueViolation(found[1]) if found else error


def _process_lock(path: Path) -> IO[bytes]:
    """Hold a lock file beside the database for as long as this process lives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = Path(f"{path}.lock").open("ab")  # noqa: SIM115 - held until close
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        message = (
            f"Another process is using {path}. Stop it first, or choose another file with --db; "
            "one SQLite file has one writing process."
        )
        raise db.DatabaseInUse(message) from None
    os.set_inheritable(lock.fileno(), False)  # noqa: FBT003 - the signature of the os module
    return lock


def prepare(connection: sqlite3.Connection) -> None:
    """Have a connection work as all of ours do; a new file becomes one like all others."""
    connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
    for pragma in _PRAGMAS:
        connection.execute(pragma)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that nobody serves, for changing its schema; DatabaseInUse."""
    lock = _process_lock(path)
    with contextlib.closing(lock):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        with contextlib.closing(connection):
            connection.execute("PRAGMA synchronous=FULL")
            yield connection


def _bring_to_schema(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file; refuses a file of another program as `schema.check`."""
    if _has_schema(connection):
        _check_version(connection)
        return
    connection.execute(BEGIN)
    # Another process may have made them in between.
    if not _has_schema(connection):
        _create_schema(connection)
    connection.execute("COMMIT")
    _check_version(connection)


def _has_schema(connection: sqlite3.Connection) -> bool:
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"
    ).fetchone()
    return found is not None


def _check_version(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute(schema.READ_VERSION.text(SQLITE)).fetchone()
    schema.check(version)


def _create_schema(connection: sqlite3.Connection) -> None:
    for text in schema.creation(SQLITE):
        connection.execute(text)
