"""What a database of Kempelen offers: reading in a snapshot, writing in a transaction.

Engines live beside this file; nothing above the store knows which one it talks to.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

CLOSED = "the database is closed"
Work = Callable[[Any], Any]
Deliver = Callable[[list["Job"]], None]


class DatabaseUnavailable(Exception):
    """The database could not carry out the transaction; nothing of it was kept."""


class DatabaseInUse(Exception):
    """Another process writes to this database; the message says what to do."""


class DatabaseNotOpened(Exception):
    """The database cannot be reached or prepared; the message says what to do."""


class SchemaTooNew(Exception):
    """A newer version of Kempelen wrote this database; the message says what to do."""


class SchemaTooOld(Exception):
    """An older version of Kempelen wrote this database; the message says what to do."""


class CopyUnfinished(SchemaTooOld):
    """This database is a copy of which a part is missing; the message says what to do."""


class Outpaced(Exception):
    """Somebody else was quicker: the transaction is carried out again, on what is true now."""


class Unsociable(Exception):
    """The work needs a transaction that it shares with nobody."""


class UniqueViolation(Exception):
    """A uniqueness rule of the schema was about to be broken; `columns` names it."""

    def __init__(self, columns: str) -> None:
        """Keep the columns as the driver names them."""
        self.columns = columns
        super().__init__(columns)


@dataclass(slots=True, eq=False)
class Job:
    """One write on its way: the work, and afterwards its result or its error."""

    work: Work
    deliver: Deliver
    result: Any = None
    error: BaseException | None = None
    tag: Any = None


@dataclass(slots=True)
class Waiter:
    """Lets a thread wait for one job."""

    done: threading.Event = field(default_factory=threading.Event)

    def deliver(self, jobs: list[Job]) -> None:  # noqa: ARG002 - the signature of Deliver
        """Wake the waiting thread."""
        self.done.set()


def deliver(jobs: list[Job]) -> None:
    """Hand out the outcomes, one call for all jobs that share a way of delivery."""
    groups: dict[Deliver, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.deliver, []).append(job)
    for deliver, group in groups.items():
        with contextlib.suppress(RuntimeError):  # the event loop of a caller has gone away
            deliver(group)


class Cursor(Protocol):
    """What a statement came to."""

    @property
    def rowcount(self) -> int:
        """How many rows a change changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""


class Connection(Protocol):
    """What an engine gives to work: an open transaction on a connection to the database."""

    def execute(self, text: str, parameters: Any = ..., /) -> Cursor:
        """Carry out a statement."""

    def change(self, text: str, parameters: Mapping[str, Any], /) -> int:
        """Carry out a change; returns how many rows it changed."""

    def insert(self, text: str, parameters: Mapping[str, Any], /) -> int:
        """Insert one row that gets the next `n`; returns it."""

    def run_all(self, wanted: list[tuple[str, Mapping[str, Any]]], /) -> list[int]:
        """Carry out several changes; returns how many rows each of them changed."""


class Database(Protocol):
    """One database with its engine's name, as `Statement.text` wants it."""

    engine: str
    reads_at_once: bool
    """Whether a reading of a few rows is so quick that an event loop may wait for it."""
    is_sole_writer: bool
    """Whether only this process changes the rows that it remembers."""
    cache: dict[str, Any]
    """Records that never change, by their id; kept by the store for as long as it likes."""

    def read(self, work: Work, *, is_single: bool = False) -> Any:
        """Run `work(connection)` in a snapshot, in the calling thread.

        `is_single` work runs one query that matters, which is a snapshot by itself.
        """

    def submit(self, job: Job) -> None:
        """Queue a write; `job.deliver` is called after its commit or its refusal."""

    def write(self, work: Work) -> Any:
        """Run `work(connection)` in a transaction and wait until it is durable."""

    generation: int
    """Counts the times that everything was forgotten, for those who remember what they read."""

    def reset(self) -> None:
        """Forget everything, as a fresh database; for tests."""

    def forget_old(self) -> None:
        """Remove what the engine itself keeps for a while only."""

    def close(self) -> None:
        """Finish queued writes and close every connection."""
