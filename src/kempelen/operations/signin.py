"""Who is calling: access keys, sessions and personal tokens, as plain readings and writings.

Secrets are checked by the edges, outside of any transaction; here are only their hashes.
"""

from dataclasses import dataclass
from datetime import timedelta

from kempelen.domain.people import Worker
from kempelen.store import requesters, sessions, workers
from kempelen.store.requesters import SealedKey
from kempelen.store.tx import Tx
from kempelen.store.workers import Login

IDLE_LIMIT = timedelta(hours=12)
ABSOLUTE_LIMIT = timedelta(days=30)
TOUCH_AFTER = timedelta(minutes=5)
FAILURE_WINDOW = timedelta(minutes=15)
ACCOUNT_FAILURES_MAX = 10
ADDRESS_FAILURES_MAX = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSession:
    """A live session: its worker, its CSRF token, and whether its use should be noted."""

    worker: Worker
    csrf_token: str
    wants_touch: bool


def find_access_key(tx: Tx, access_key_id: str) -> SealedKey | None:
    """An access key with its sealed secret and its requester."""
    return requesters.find_key(tx, access_key_id)


def worker_of_token(tx: Tx, token_hash: str) -> Worker | None:
    """The worker whose personal token has this SHA-256."""
    return workers.find_token(tx, token_hash)


def find_login(tx: Tx, name: str) -> Login | None:
    """The worker with this name or WorkerId, and the password hash to check."""
    return workers.find_login(tx, name)


def renew_password_hash(tx: Tx, worker_id: str, password_hash: str) -> None:
    """Store the hash of an unchanged password with newer costs."""
    workers.set_password_hash(tx, worker_id, password_hash)


def is_throttled(tx: Tx, name: str, address: str) -> bool:
    """Whether an account or an address failed too often in the last 15 minutes."""
    account = sessions.failures(tx, _account(name), FAILURE_WINDOW)
    from_address = sessions.failures(tx, _address(address), FAILURE_WINDOW)
    return account >= ACCOUNT_FAILURES_MAX or from_address >= ADDRESS_FAILURES_MAX


def note_failure(tx: Tx, name: str, address: str) -> None:
    """Remember a failed sign-in."""
    sessions.note_failure(tx, _account(name))
    sessions.note_failure(tx, _address(address))


def open_session(tx: Tx, session_hash: str, worker_id: str, csrf_token: str) -> None:
    """Open a session for a worker whose password was right."""
    sessions.add(tx, session_hash, worker_id, csrf_token)


def session(tx: Tx, session_hash: str) -> OpenSession | None:
    """The session of a cookie, unless it was idle for 12 hours or is older than 30 days."""
    found = sessions.get(tx, session_hash)
    if found is None:
        return None
    idle = tx.now - found.seen_at
    if idle > IDLE_LIMIT or tx.now - found.created_at > ABSOLUTE_LIMIT:
        return None
    worker = workers.get(tx, found.worker_id)
    if worker is None:
        return None
    return OpenSession(worker=worker, csrf_token=found.csrf_token, wants_touch=idle > TOUCH_AFTER)


def touch_session(tx: Tx, session_hash: str) -> None:
    """Note that a session is in use."""
    sessions.touch(tx, session_hash)


def close_session(tx: Tx, session_hash: str) -> None:
    """Sign out."""
    sessions.remove(tx, session_hash)


def _account(name: str) -> str:
    return f"account:{name.casefold()[:200]}"


def _address(address: str) -> str:
    return f"address:{address}"
