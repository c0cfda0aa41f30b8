"""Requester accounts and their access keys; secrets are kept sealed."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.people import BillingMode, Requester
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_REQUESTER = (
    tables.requesters.c.requester_id,
    tables.requesters.c.name,
    tables.requesters.c.billing_mode,
    tables.requesters.c.is_suspended,
)
_INSERT = insert(tables.requesters)
_INSERT_KEY = insert(tables.access_keys)
_GET = Statement(
    sa.select(*_REQUESTER).where(tables.requesters.c.requester_id == sa.bindparam("requester_id"))
)
_NAMED = Statement(
    sa.select(*_REQUESTER)
    .where(tables.requesters.c.name == sa.bindparam("name"))
    .order_by(tables.requesters.c.n)
)
_WEBHOOK_KEY = Statement(
    sa.select(tables.requesters.c.webhook_key).where(
        tables.requesters.c.requester_id == sa.bindparam("requester_id")
    )
)
_RENEW_WEBHOOK_KEY = Statement(
    sa.update(tables.requesters)
    .where(tables.requesters.c.requester_id == sa.bindparam("key_requester_id"))
    .values(webhook_key=tables.requesters.c.webhook_key + sa.literal_column("1"))
)
_FIND_KEY = Statement(
    sa.select(tables.access_keys.c.sealed_secret, *_REQUESTER)
    .join(
        tables.requesters,
        tables.requesters.c.requester_id == tables.access_keys.c.requester_id,
    )
    .where(
        tables.access_keys.c.access_key_id == sa.bindparam("access_key_id"),
        tables.access_keys.c.revoked_at.is_(None),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedKey:
    """An access key as stored, with the requester it acts for."""

    access_key_id: str
    sealed_secret: str
    requester: Requester


def _requester(row: tuple[str, str, str, int]) -> Requester:
    return Requester(
        requester_id=row[0],
        name=row[1],
        billing_mode=BillingMode(row[2]),
        is_suspended=bool(row[3]),
    )


def add(tx: Tx, requester: Requester) -> None:
    """Store a new requester."""
    tx.insert(
        _INSERT,
        {
            "requester_id": requester.requester_id,
            "name": requester.name,
            "billing_mode": requester.billing_mode.value,
            "is_suspended": int(requester.is_suspended),
            "blocks": 0,
            "webhook_key": 1,
            "created_at": clock.micros(tx.now),
        },
    )


def add_key(tx: Tx, access_key_id: str, requester_id: str, sealed_secret: str) -> None:
    """Store an access key of a requester."""
    tx.insert(
        _INSERT_KEY,
        {
            "access_key_id": access_key_id,
            "requester_id": requester_id,
            "sealed_secret": sealed_secret,
            "created_at": clock.micros(tx.now),
            "revoked_at": None,
        },
    )


def get(tx: Tx, requester_id: str) -> Requester | None:
    """The requester with this id; read once in a transaction."""
    known: Requester | None = tx.records.get(requester_id) or tx.shared.get(requester_id)
    if known is None:
        row = tx.row(_GET, {"requester_id": requester_id})
        if row is None:
            return None
        known = tx.shared[requester_id] = _requester((row[0], row[1], row[2], row[3]))
    return known


def named(tx: Tx, name: str) -> list[Requester]:
    """The requesters with this name, which need not be unique."""
    return [_requester((row[0], row[1], row[2], row[3])) for row in tx.rows(_NAMED, {"name": name})]


def find_key(tx: Tx, access_key_id: str) -> SealedKey | None:
    """An access key that is not revoked."""
    row = tx.row(_FIND_KEY, {"access_key_id": access_key_id})
    if row is None:
        return None
    return SealedKey(
        access_key_id=access_key_id,
        sealed_secret=row[0],
        requester=replace(
            _requester((row[1], row[2], row[3], row[4])), access_key_id=access_key_id
        ),
    )


def webhook_key(tx: Tx, requester_id: str) -> int:
    """The number of the key with which a requester's webhooks are signed; 0 for nobody."""
    row = tx.row(_WEBHOOK_KEY, {"requester_id": requester_id})
    return 0 if row is None else int(row[0])


def renew_webhook_key(tx: Tx, requester_id: str) -> None:
    """Sign with another key from now on."""
    tx.run(_RENEW_WEBHOOK_KEY, {"key_requester_id": requester_id})
