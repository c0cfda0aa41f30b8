"""PostgreSQL: one transaction for each operation, on a pool of connections, in many processes.

READ COMMITTED with row locks for what is written, one snapshot for what is read. Uniqueness rules
and conditions are the last word: who finds that somebody else was quicker begins again, and sees
then what the other one did.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors

from kempelen.clock import monotonic
from kempelen.ids import CommitIds
from kempelen.invariants import failpoint
from kempelen.store import db, postgres_schema, tables
from kempelen.store.company import Company
from kempelen.store.pool import Connection, Pool, connect
from kempelen.store.statement import POSTGRESQL

ATTEMPTS = 3
CONNECTIONS = 16
HOSTS_MAX = 2
COMPANY_MAX = 32
DOUBT_SECONDS = 20.0
DOUBT_PAUSE_SECONDS = 0.25
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COMMIT = "COMMIT"
_NOW = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
_NOTE_COMMIT = f"INSERT INTO commits VALUES (%(commit_id)s, {_NOW})".encode()  # noqa: S608 - ours
_FORGET = f"DELETE FROM commits WHERE committed_at < {_NOW} - 3600000000".encode()  # noqa: S608


# What is wrong is the server or its tables, not what was to be written.
_TROUBLE = (psycopg.OperationalError, psycopg.InternalError, psycopg.ProgrammingError)


def _rules() -> Iterator[tuple[str, str]]:
    """The names of all uniqueness rules, each with its columns in SQLite's words."""
    for table in tables.metadata.sorted_tables:
        for rule in (*table.indexes, *table.constraints):
            if isinstance(rule, sa.Index) and not rule.unique:
                continue
            if isinstance(rule, sa.Index | sa.UniqueConstraint | sa.PrimaryKeyConstraint):
                names = [f"{table.name}.{column.name}" for column in rule.columns]
                yield str(rule.name or f"{table.name}_pkey"), ", ".join(names)


_RULES = dict(_rules())


class _InDoubt(Exception):
    """The connection was lost while a transaction was committed: it may have been."""

    def __init__(self, commit_id: int) -> None:
        self.commit_id = commit_id
        super().__init__("it is not known whether the transaction was committed")


class PostgreSQL:
    """A database on a PostgreSQL server, which any number of processes may use."""

    engine = POSTGRESQL
    reads_at_once = False
    is_sole_writer = False

    def __init__(self, url: str, *, connections: int = CONNECTIONS, prepares: bool = True) -> None:
        """Connect, and make the tables of an empty database.

        Raises DatabaseNotOpened and SchemaTooNew, with what to do.
        """
        self.cache: dict[str, Any] = {}
        self.generation = 0
        self._commit_ids = CommitIds()
        self._is_closed = threading.Event()
        self._gathering = threading.Lock()
        self._waiting: list[db.Job] = []
        self._hosts = 0
        self._pool = Pool(connections, partial(connect, url, prepares=prepares))
        with postgres_schema.explained(url), self._pool.taken() as connection:
            try:
                postgres_schema.bring_up(connection)
            except BaseException:
                connection.close()
                raise
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="postgres")

    def read(self, work: db.Work, *, is_single: bool = False) -> Any:
        """Run in a snapshot, in the calling thread."""
        try:
            with self._pool.taken() as connection:
                if is_single:
                    return work(connection)
                connection.execute(_BEGIN_READING)
                try:
                    result = work(connection)
                except BaseException:
                    connection.undo_all()
                    raise
                connection.execute(_COMMIT)
                return result
        except _TROUBLE as error:
            raise db.DatabaseUnavailable(_told(error)) from error

    def submit(self, job: db.Job) -> None:
        """Have a write carried out by a thread of this database's own, with others that wait."""
        with self._gathering:
            self._waiting.append(job)
            if self._hosts == HOSTS_MAX:
                return
            self._hosts += 1
        try:
            self._threads.submit(self._host)
        except RuntimeError:
            with self._gathering:
                self._hosts -= 1
                waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.error = db.DatabaseUnavailable(db.CLOSED)
                each.deliver([each])

    def write(self, work: db.Work) -> Any:
        """Run in a transaction, in the calling thread."""
        job = db.Job(work, lambda _: None)
        self._carry_out(job)
        if job.error is not None:
            raise job.error
        return job.result

    def reset(self) -> None:
        """Empty every table."""
        names = ", ".join(table.name for table in tables.metadata.sorted_tables)

        def work(connection: Connection) -> None:
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY".encode())
            postgres_schema.note_version(connection)
            self.cache.clear()
            self.generation += 1

        self.write(work)

    def forget_old(self) -> None:
        """Remove the notes of transactions whose commits nobody can doubt any more."""
        self.write(lambda connection: connection.execute(_FORGET))

    def close(self) -> None:
        """Let what was submitted come to its end, then close every connection."""
        self._is_closed.set()
        self._threads.shutdown()
        self._pool.close()

    def _host(self) -> None:
        """Carry out what waits, until nothing does."""
        while True:
            with self._gathering:
                jobs, self._waiting = self._waiting[:COMPANY_MAX], self._waiting[COMPANY_MAX:]
                if not jobs:
                    self._hosts -= 1
                    return
            for job in self._carry_out_together(jobs):
                try:
                    self._threads.submit(self._deliver, job)
                except RuntimeError:  # the database is being closed, and takes nothing new
                    self._deliver(job)

    def _carry_out_together(self, jobs: list[db.Job]) -> list[db.Job]:
        """Run jobs in one transaction and deliver them; returns those that have to go alone."""
        done: list[db.Job] = []
        try:
            self._attempt_together(jobs, done)
        except _InDoubt as doubt:
            try:
                if not self._was_committed(doubt.commit_id):
                    return jobs
            except db.DatabaseUnavailable as error:
                for job in done:
                    job.result, job.error = None, error
        except BaseException:  # noqa: BLE001 - whoever it comes from will hear of it, alone
            return jobs
        db.deliver(done)
        return [job for job in jobs if job not in done]

    def _attempt_together(self, jobs: list[db.Job], done: list[db.Job]) -> None:
        """Run jobs in one transaction; `done` gets those that were carried out or refused."""
        with self._pool.taken() as connection:
            try:
                with Company(connection, len(jobs), self.cache) as company:
                    done += [job for job in jobs if company.run(job)]
                company.check()
            except BaseException:
                connection.undo_all()
                raise
            self._commit(connection)
            company.cache.keep()

    def _deliver(self, job: db.Job) -> None:
        self._carry_out(job)
        db.deliver([job])

    def _carry_out(self, job: db.Job) -> None:
        """Run a job to its commit or its refusal, again when another attempt may end better."""
        for _ in range(ATTEMPTS):
            job.result = job.error = None
            try:
                self._attempt(job)
            except errors.UniqueViolation as error:
                job.error = db.UniqueViolation(_RULES.get(error.diag.constraint_name or "", "?"))
            except db.Outpaced as error:
                job.error = db.DatabaseUnavailable(str(error))
            except _TROUBLE as error:
                job.error = db.DatabaseUnavailable(_told(error))
            except _InDoubt as doubt:
                try:
                    if self._was_committed(doubt.commit_id):
                        return
                except db.DatabaseUnavailable as error:
                    job.result, job.error = None, error
                    return
                job.error = db.DatabaseUnavailable("the connection was lost in a commit")
            except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
                job.result, job.error = None, error
                return
            else:
                return
            job.result = None

    def _attempt(self, job: db.Job) -> None:
        with self._pool.taken() as connection:
            connection.execute(_BEGIN)
            try:
                job.result = job.work(connection)
            except BaseException:
                connection.undo_all()
                raise
            self._commit(connection)

    def _commit(self, connection: Connection) -> None:
        """Commit, with a note by which it can be found out later that this was done."""
        commit_id = self._commit_ids.next()
        failpoint("before-commit")
        try:
            with connection.pipeline():
                connection.execute(_NOTE_COMMIT, {"commit_id": commit_id})
                done = connection.execute(_COMMIT)
        except psycopg.Error as error:
            connection.undo_all()
            raise _InDoubt(commit_id) from error
        failpoint("after-commit")
        if done.statusmessage != _COMMIT:
            message = f"the server answered {done.statusmessage} to a commit"
            raise db.DatabaseUnavailable(message)

    def _was_committed(self, commit_id: int) -> bool:
        """Find out what became of a commit; DatabaseUnavailable when that cannot be known.

        The same note is written once more: that waits for a transaction that is still under way,
        fails when it was committed, and keeps it from being committed when it was not.
        """
        give_up_at = monotonic() + DOUBT_SECONDS
        while True:
            try:
                with self._pool.taken() as connection:
                    connection.execute(_NOTE_COMMIT, {"commit_id": commit_id})
            except errors.UniqueViolation:
                return True
            except (psycopg.OperationalError, db.DatabaseUnavailable) as error:
                if monotonic() > give_up_at or self._is_closed.wait(DOUBT_PAUSE_SECONDS):
                    told = f"it is not known whether a transaction was committed: {error}"
                    raise db.DatabaseUnavailable(told) from error
            else:
                return False


def _told(error: psycopg.Error) -> str:
    told = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, errors.InvalidSqlStatementName | errors.DuplicatePreparedStatement):
        told += ". Is there a pooler in between? Then set postgresql.prepared_statements to false."
    return told
