"""Web sessions as rows, and the failed sign-ins that slow guessing down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement, insert, update
from kempelen.store.tx import Tx

_S = tables.sessions.c
_INSERT = insert(tables.sessions)
_GET = Statement(
    sa.select(_S.worker_id, _S.csrf_token, _S.created_at, _S.seen_at).where(
        _S.session_hash == sa.bindparam("session_hash")
    )
)
_TOUCH = update(tables.sessions, "session_hash", "seen_at")
_DELETE = Statement(
    sa.delete(tables.sessions).where(_S.session_hash == sa.bindparam("session_hash"))
)
_PRUNE = Statement(sa.delete(tables.sessions).where(_S.seen_at < sa.bindparam("before")))
_FAILED = insert(tables.sign_in_failures)
_F = tables.sign_in_failures.c
_FAILURES = Statement(
    sa.select(sa.func.count()).where(
        _F.subject == sa.bindparam("subject"), _F.failed_at > sa.bindparam("since")
    )
)
_FORGET = Statement(sa.delete(tables.sign_in_failures).where(_F.failed_at < sa.bindparam("before")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A signed-in browser."""

    worker_id: str
    csrf_token: str
    created_at: datetime
    seen_at: datetime


def add(tx: Tx, session_hash: str, worker_id: str, csrf_token: str) -> None:
    """Open a session; those long unused are removed on the way."""
    now = clock.micros(tx.now)
    tx.insert(
        _INSERT,
        {
            "session_hash": session_hash,
            "worker_id": worker_id,
            "csrf_token": csrf_token,
            "created_at": now,
            "seen_at": now,
        },
    )
    tx.run(_PRUNE, {"before": clock.micros(tx.now - timedelta(days=31))})


def get(tx: Tx, session_hash: str) -> Session | None:
    """The session of a cookie."""
    row = tx.row(_GET, {"session_hash": session_hash})
    if row is None:
        return None
    return Session(
        worker_id=row[0],
        csrf_token=row[1],
        created_at=clock.from_micros(row[2]),
        seen_at=clock.from_micros(row[3]),
    )


def touch(tx: Tx, session_hash: str) -> None:
    """Note that a session is in use."""
    tx.run(_TOUCH, {"key_session_hash": session_hash, "seen_at": clock.micros(tx.now)})


def remove(tx: Tx, session_hash: str) -> None:
    """Close a session."""
    tx.run(_DELETE, {"session_hash": session_hash})


def note_failure(tx: Tx, subject: str) -> None:
    """Remember a failed sign-in for an account or an address."""
    tx.insert(_FAILED, {"subject": subject, "failed_at": clock.micros(tx.now)})
    tx.run(_FORGET, {"before": clock.micros(tx.now - timedelta(days=1))})


def failures(tx: Tx, subject: str, within: timedelta) -> int:
    """How many sign-ins failed lately."""
    row = tx.row(_FAILURES, {"subject": subject, "since": clock.micros(tx.now - within)})
    return 0 if row is None else int(row[0])
