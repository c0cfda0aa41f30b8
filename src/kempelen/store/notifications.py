"""The notification of each HIT type, and the destinations of requesters."""

from dataclasses import dataclass

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.notification import SIGNED_BY_ACCESS_KEY, Specification
from kempelen.domain.people import Requester
from kempelen.store import announcing, tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_S = tables.notification_settings.c
_T = tables.notification_targets.c
_IS_ACTIVE = Statement(sa.select(_S.is_active).where(_S.hit_type_id == sa.bindparam("hit_type_id")))
_INSERT = insert(tables.notification_settings)
_OF_TYPE = _S.hit_type_id == sa.bindparam("key_hit_type_id")
_REPLACE = Statement(
    sa.update(tables.notification_settings)
    .where(_OF_TYPE)
    .values(
        {
            name: sa.bindparam(name)
            for name in ("target", "version", "event_types", "is_active", "updated_at")
        }
    )
)
_ACTIVATE = Statement(
    sa.update(tables.notification_settings)
    .where(_OF_TYPE)
    .values(is_active=sa.bindparam("is_active"), updated_at=sa.bindparam("updated_at"))
)
_FIND_TARGET = Statement(
    sa.select(_T.n).where(
        _T.requester_id == sa.bindparam("requester_id"),
        _T.transport == sa.bindparam("transport"),
        _T.destination == sa.bindparam("destination"),
        _T.access_key_id == sa.bindparam("access_key_id"),
    )
)
_INSERT_TARGET = insert(tables.notification_targets)


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where a requester has something sent, and the access key that signs it, if one does."""

    requester_id: str
    transport: str
    destination: str
    access_key_id: str = ""


def is_active(tx: Tx, hit_type_id: str) -> bool | None:
    """Whether the notification of a HIT type is active; None when it has none."""
    row = tx.row(_IS_ACTIVE, {"hit_type_id": hit_type_id})
    return None if row is None else bool(row[0])


def replace(tx: Tx, requester: Requester, hit_type_id: str, wanted: Specification) -> None:
    """Give a HIT type this notification in place of any other; a new one is active."""
    before = is_active(tx, hit_type_id)
    is_signed_by_key = wanted.transport in SIGNED_BY_ACCESS_KEY
    found = Destination(
        requester_id=requester.requester_id,
        transport=wanted.transport,
        destination=wanted.destination,
        access_key_id=(requester.access_key_id or "") if is_signed_by_key else "",
    )
    values = {
        "target": target(tx, found),
        "version": wanted.version,
        "event_types": announcing.spelled([item.value for item in wanted.event_types]),
        "is_active": int(before is not False),
        "updated_at": clock.micros(tx.now),
    }
    if before is None:
        tx.insert(_INSERT, {"hit_type_id": hit_type_id, **values})
    else:
        tx.run(_REPLACE, {"key_hit_type_id": hit_type_id, **values})
    announcing.listen(tx, hit_type_id)


def activate(tx: Tx, hit_type_id: str, *, is_active: bool) -> None:
    """Switch the notification of a HIT type on or off."""
    parameters = {
        "key_hit_type_id": hit_type_id,
        "is_active": int(is_active),
        "updated_at": clock.micros(tx.now),
    }
    tx.run(_ACTIVATE, parameters)
    announcing.listen(tx, hit_type_id)


def target(tx: Tx, wanted: Destination) -> int:
    """The `n` of a destination, which is made when it is new."""
    key = {
        "requester_id": wanted.requester_id,
        "transport": wanted.transport,
        "destination": wanted.destination,
        "access_key_id": wanted.access_key_id,
    }
    row = tx.row(_FIND_TARGET, key)
    if row is not None:
        return int(row[0])
    fresh = {"failures": 0, "failing_since": None, "rests_until": 0, "proven_at": None}
    return tx.insert(_INSERT_TARGET, {**key, **fresh})
