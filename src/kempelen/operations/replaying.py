"""Deliveries as the command line shows and repeats them, and the secrets of webhooks."""

from kempelen.operations import deliveries
from kempelen.store import delivery_log, requesters
from kempelen.store.deliveries import DeliveryStatus
from kempelen.store.delivery_log import Entry
from kempelen.store.tx import Tx

__all__ = ["DeliveryStatus", "Entry", "Refused", "log", "replay", "replay_dead", "webhook_key"]

BATCH = 500


class Refused(Exception):
    """It cannot be done as asked; the message says why and what to do."""


def log(tx: Tx, requester_id: str | None, status: str | None, size: int) -> list[Entry]:
    """The newest deliveries, the newest first."""
    return delivery_log.page(tx, requester_id, status, 1 << 62, size)


def replay(tx: Tx, document_id: str) -> Entry:
    """Deliver a document once more, with the same id; Refused."""
    entry = delivery_log.find(tx, document_id)
    if entry is None:
        message = (
            f"There is no document {document_id[:40]!r}; they are kept for 30 days. "
            "`kempelen deliveries list` shows their ids."
        )
        raise Refused(message)
    deliveries.lock_lanes(tx, (entry.hit_id,))
    if not delivery_log.replay(tx, entry):
        message = f"Document {document_id} is still to be delivered; it has been tried "
        raise Refused(f"{message}{entry.attempts} times.")
    return entry


def replay_dead(tx: Tx, requester_id: str) -> int:
    """Deliver what is dead of a requester once more, at most 500; returns how many."""
    found = delivery_log.page(tx, requester_id, DeliveryStatus.DEAD.value, 1 << 62, BATCH)
    deliveries.lock_lanes(tx, (entry.hit_id for entry in found))
    for entry in reversed(found):
        delivery_log.replay(tx, entry)
    return len(found)


def webhook_key(tx: Tx, requester_id: str, *, renew: bool) -> int:
    """The number of the key with which a requester's webhooks are signed; Refused."""
    if renew:
        requesters.renew_webhook_key(tx, requester_id)
    number = requesters.webhook_key(tx, requester_id)
    if number == 0:
        message = (
            f"There is no requester {requester_id[:40]!r}. `kempelen requester add NAME` makes one."
        )
        raise Refused(message)
    return number
