"""Worker accounts: profile, password hash, statistics, personal tokens."""

from dataclasses import dataclass

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.people import Worker, WorkerClass
from kempelen.store import tables
from kempelen.store.statement import Statement, insert, locking
from kempelen.store.tx import Row, Tx
from kempelen.store.writes import IfNoRow

_T = tables.workers.c
_COLUMNS = (
    _T.worker_id,
    _T.name,
    _T.worker_class,
    _T.country,
    _T.subdivision,
    _T.is_adult,
    _T.is_master,
    _T.is_suspended,
    _T.accepted,
    _T.submitted,
    _T.approved,
    _T.rejected,
    _T.returned,
    _T.abandoned,
    _T.given_hits_approved,
    _T.given_percent_approved,
)
_INSERT = insert(tables.workers)
_INSERT_TOKEN = insert(tables.worker_tokens)
_GET = Statement(sa.select(*_COLUMNS).where(_T.worker_id == sa.bindparam("worker_id")))
_LOCK = locking(
    sa.select(_T.n).where(_T.worker_id == sa.bindparam("worker_id")),
    tables.workers,
    sees_counts=False,
)
_EMAIL = Statement(
    sa.select(_T.email).where(_T.worker_id == sa.bindparam("worker_id")), sees_counts=False
)
_FIND_LOGIN = Statement(
    sa.select(_T.password_hash, *_COLUMNS).where(
        sa.or_(_T.name_key == sa.bindparam("name_key"), _T.worker_id == sa.bindparam("worker_id"))
    )
)
_FIND_TOKEN = Statement(
    sa.select(*_COLUMNS)
    .join(tables.worker_tokens, tables.worker_tokens.c.worker_id == _T.worker_id)
    .where(
        tables.worker_tokens.c.token_hash == sa.bindparam("token_hash"),
        tables.worker_tokens.c.revoked_at.is_(None),
    )
)
_COUNTS = ("accepted", "submitted", "approved", "rejected", "returned", "abandoned")
_COUNT = Statement(
    sa.update(tables.workers)
    .where(_T.worker_id == sa.bindparam("key"))
    .values({name: _T[name] + sa.bindparam(f"more_{name}") for name in _COUNTS})
)
_NO_MORE = dict.fromkeys((f"more_{name}" for name in _COUNTS), 0)
_AUTO_ACCEPT = Statement(
    sa.select(_T.auto_accept).where(_T.worker_id == sa.bindparam("worker_id")), sees_counts=False
)
_SET_AUTO_ACCEPT = Statement(
    sa.update(tables.workers)
    .where(_T.worker_id == sa.bindparam("key_worker_id"))
    .values(auto_accept=sa.bindparam("value"))
)
_SET_PASSWORD_HASH = Statement(
    sa.update(tables.workers)
    .where(_T.worker_id == sa.bindparam("key_worker_id"))
    .values(password_hash=sa.bindparam("password_hash"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """What a sign-in is checked against."""

    password_hash: str | None
    worker: Worker


def _worker(row: Row) -> Worker:
    return Worker(
        worker_id=row[0],
        name=row[1],
        worker_class=WorkerClass(row[2]),
        country=row[3],
        subdivision=row[4],
        is_adult=bool(row[5]),
        is_master=bool(row[6]),
        is_suspended=bool(row[7]),
        accepted=row[8],
        submitted=row[9],
        approved=row[10],
        rejected=row[11],
        returned=row[12],
        abandoned=row[13],
        given_hits_approved=row[14],
        given_percent_approved=row[15],
    )


def add(tx: Tx, worker: Worker, password_hash: str | None, email: str | None = None) -> None:
    """Store a new worker; names are unique without regard to case."""
    tx.insert(
        _INSERT,
        {
            "worker_id": worker.worker_id,
            "name": worker.name,
            "name_key": worker.name.casefold(),
            "email": email,
            "password_hash": password_hash,
            "worker_class": worker.worker_class.value,
            "country": worker.country,
            "subdivision": worker.subdivision,
            "is_adult": int(worker.is_adult),
            "is_master": int(worker.is_master),
            "is_suspended": int(worker.is_suspended),
            "accepted": 0,
            "submitted": 0,
            "approved": 0,
            "rejected": 0,
            "returned": 0,
            "abandoned": 0,
            "given_hits_approved": worker.given_hits_approved,
            "given_percent_approved": worker.given_percent_approved,
            "auto_accept": int(tx.settings.auto_accept_next),
            "created_at": clock.micros(tx.now),
        },
    )


def add_token(tx: Tx, worker_id: str, token_hash: str) -> None:
    """Store the hash of a personal token."""
    tx.insert(
        _INSERT_TOKEN,
        {
            "token_hash": token_hash,
            "worker_id": worker_id,
            "created_at": clock.micros(tx.now),
            "revoked_at": None,
        },
    )


def get(tx: Tx, worker_id: str) -> Worker | None:
    """The worker with this id."""
    row = tx.row(_GET, {"worker_id": worker_id})
    return None if row is None else _worker(row)


def lock(tx: Tx, worker_id: str) -> None:
    """Let nobody else change the worker, or accept for it, until the transaction ends."""
    tx.locked(_LOCK, {"worker_id": worker_id})


def email(tx: Tx, worker_id: str) -> str | None:
    """The address that e-mail to a worker goes to; never shown to anybody else."""
    row = tx.row(_EMAIL, {"worker_id": worker_id})
    return None if row is None else row[0]


def find_login(tx: Tx, name: str) -> Login | None:
    """The worker with this name or id, and the password hash."""
    row = tx.row(_FIND_LOGIN, {"name_key": name.casefold(), "worker_id": name})
    return None if row is None else Login(password_hash=row[0], worker=_worker(row[1:]))


def set_password_hash(tx: Tx, worker_id: str, password_hash: str) -> None:
    """Replace a worker's password hash."""
    tx.run(_SET_PASSWORD_HASH, {"key_worker_id": worker_id, "password_hash": password_hash})


def find_token(tx: Tx, token_hash: str) -> Worker | None:
    """The worker whose token this is."""
    row = tx.row(_FIND_TOKEN, {"token_hash": token_hash})
    return None if row is None else _worker(row)


def count(tx: Tx, worker_id: str, **more: int) -> None:
    """Add to the statistics of a worker: accepted, submitted, approved, …"""
    amounts = {f"more_{name}": amount for name, amount in more.items()}
    tx.add(_COUNT, worker_id, _NO_MORE | amounts, if_no_row=IfNoRow.FINE)


def accepts_next(tx: Tx, worker_id: str) -> bool:
    """The worker's preference: accept another HIT of the group after each submission."""
    row = tx.row(_AUTO_ACCEPT, {"worker_id": worker_id})
    return row is not None and bool(row[0])


def set_accepts_next(tx: Tx, worker_id: str, *, value: bool) -> None:
    """Change that preference."""
    tx.run(_SET_AUTO_ACCEPT, {"key_worker_id": worker_id, "value": int(value)})
