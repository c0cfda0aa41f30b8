"""Messages to workers on the site, in threads; what is sent as e-mail waits in `outbox`."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.notice import Cause, Notice, Topic
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

_T = tables.message_threads.c
_M = tables.messages.c
_INSERT_THREAD = insert(tables.message_threads)
_INSERT_MESSAGE = insert(tables.messages)
_FIND = Statement(
    sa.select(_T.n, _T.thread_id).where(
        _T.worker_id == sa.bindparam("worker_id"),
        _T.requester_id == sa.bindparam("requester_id"),
        _T.topic == sa.bindparam("topic"),
        _T.topic_id == sa.bindparam("topic_id"),
    )
)
_CONTINUE = Statement(
    sa.update(tables.message_threads)
    .where(_T.n == sa.bindparam("key_n"))
    .values(
        unread=_T.unread + sa.literal_column("1"),
        subject=sa.bindparam("subject"),
        updated_at=sa.bindparam("updated_at"),
    )
)
_COLUMNS = (
    _T.n,
    _T.thread_id,
    _T.worker_id,
    _T.requester_id,
    tables.requesters.c.name,
    _T.topic,
    _T.topic_id,
    _T.subject,
    _T.unread,
    _T.updated_at,
)
_THREADS = sa.select(*_COLUMNS).join(
    tables.requesters, tables.requesters.c.requester_id == _T.requester_id
)
_GET = Statement(_THREADS.where(_T.thread_id == sa.bindparam("thread_id")))
_PAGE = Statement(
    _THREADS.where(
        _T.worker_id == sa.bindparam("worker_id"),
        sa.tuple_(_T.updated_at, _T.n)
        < sa.tuple_(sa.bindparam("before_time"), sa.bindparam("before_n")),
    )
    .order_by(_T.updated_at.desc(), _T.n.desc())
    .limit(sa.bindparam("size"))
)
_OF_THREAD = Statement(
    sa.select(_M.n, _M.cause, _M.subject, _M.body, _M.created_at)
    .where(_M.thread == sa.bindparam("thread"), _M.n < sa.bindparam("before"))
    .order_by(_M.n.desc())
    .limit(sa.bindparam("size"))
)
_UNREAD = Statement(
    sa.select(sa.func.coalesce(sa.func.sum(_T.unread), sa.literal_column("0"))).where(
        _T.worker_id == sa.bindparam("worker_id"), _T.unread > sa.literal_column("0")
    )
)
_READ = Statement(
    sa.update(tables.message_threads)
    .where(_T.n == sa.bindparam("key_n"), _T.unread > sa.literal_column("0"))
    .values(unread=sa.literal_column("0"))
)
_READ_ALL = Statement(
    sa.update(tables.message_threads)
    .where(_T.worker_id == sa.bindparam("worker_id"), _T.unread > sa.literal_column("0"))
    .values(unread=sa.literal_column("0"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """Messages of one requester to one worker about one thing; `subject` is that of the newest."""

    n: int
    thread_id: str
    worker_id: str
    requester_id: str
    requester_name: str
    topic: Topic
    topic_id: str
    subject: str
    unread: int
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message of a thread."""

    n: int
    cause: Cause
    subject: str
    text: str
    created_at: datetime


def _thread(row: Row) -> Thread:
    return Thread(
        n=row[0],
        thread_id=row[1],
        worker_id=row[2],
        requester_id=row[3],
        requester_name=row[4],
        topic=Topic(row[5]),
        topic_id=row[6],
        subject=row[7],
        unread=row[8],
        updated_at=clock.from_micros(row[9]),
    )


def add(tx: Tx, worker_id: str, requester_id: str, notice: Notice) -> str:
    """Put a message into the thread about its topic, or open that; returns the thread's id."""
    n, thread_id = _continued(tx, worker_id, requester_id, notice) or _opened(
        tx, worker_id, requester_id, notice
    )
    tx.put(
        _INSERT_MESSAGE,
        {
            "thread": n,
            "cause": notice.cause.value,
            "subject": notice.subject,
            "body": notice.text,
            "created_at": clock.micros(tx.now),
        },
    )
    return thread_id


def _continued(tx: Tx, worker_id: str, requester_id: str, notice: Notice) -> tuple[int, str] | None:
    if notice.topic_id is None:
        return None
    row = tx.row(
        _FIND,
        {
            "worker_id": worker_id,
            "requester_id": requester_id,
            "topic": notice.topic.value,
            "topic_id": notice.topic_id,
        },
    )
    if row is None:
        return None
    moved = {"key_n": row[0], "subject": notice.subject, "updated_at": clock.micros(tx.now)}
    tx.run(_CONTINUE, moved)
    return row[0], row[1]


def _opened(tx: Tx, worker_id: str, requester_id: str, notice: Notice) -> tuple[int, str]:
    thread_id = tx.new_id()
    now = clock.micros(tx.now)
    n = tx.insert(
        _INSERT_THREAD,
        {
            "thread_id": thread_id,
            "worker_id": worker_id,
            "requester_id": requester_id,
            "topic": notice.topic.value,
            "topic_id": notice.topic_id or thread_id,
            "subject": notice.subject,
            "unread": 1,
            "created_at": now,
            "updated_at": now,
        },
    )
    return n, thread_id


def get(tx: Tx, thread_id: str) -> Thread | None:
    """The thread with this id, whoever it is for."""
    row = tx.row(_GET, {"thread_id": thread_id})
    return None if row is None else _thread(row)


def page(tx: Tx, worker_id: str, before: tuple[int, int], size: int) -> list[Thread]:
    """A worker's threads, the last changed first, before the given (time, n)."""
    rows = tx.rows(
        _PAGE,
        {"worker_id": worker_id, "before_time": before[0], "before_n": before[1], "size": size},
    )
    return [_thread(row) for row in rows]


def of_thread(tx: Tx, thread: Thread, before: int, size: int) -> list[Message]:
    """Messages of a thread, newest first, before the one with `n == before`."""
    return [
        Message(
            n=row[0],
            cause=Cause(row[1]),
            subject=row[2],
            text=row[3],
            created_at=clock.from_micros(row[4]),
        )
        for row in tx.rows(_OF_THREAD, {"thread": thread.n, "before": before, "size": size})
    ]


def unread(tx: Tx, worker_id: str) -> int:
    """How many messages a worker has not read."""
    row = tx.row(_UNREAD, {"worker_id": worker_id})
    return 0 if row is None else int(row[0])


def mark_read(tx: Tx, thread: Thread) -> None:
    """Note that a worker has read a thread."""
    tx.run(_READ, {"key_n": thread.n})


def mark_all_read(tx: Tx, worker_id: str) -> None:
    """Note that a worker has read everything."""
    tx.run(_READ_ALL, {"worker_id": worker_id})
