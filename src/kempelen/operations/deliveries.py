"""Claim and settle deliveries; what sends them is `background.notifier`.

Claims are leases: whoever claims and goes away loses them, and somebody else delivers again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kempelen.domain import notification
from kempelen.store import deliveries, hits, outbox, requesters
from kempelen.store.deliveries import Delivery, DeliveryStatus, Target
from kempelen.store.outbox import AddressedMail
from kempelen.store.requesters import SealedKey
from kempelen.store.tx import Tx

__all__ = ["Claimed", "Delivery", "DeliveryStatus", "Outcome", "Target"]

LEASE = timedelta(minutes=1)
"""Far longer than an attempt may take."""

BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of an attempt; without an error it arrived.

    `jitter`, from 0 to 1, spreads those that are tried again.
    """

    milliseconds: int
    error: str | None = None
    is_about_document: bool = False
    jitter: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A delivery to attempt now, with the letter if it is one, and the access key that signs it.

    There is no key when the one that should sign has been revoked.
    """

    delivery: Delivery
    letter: AddressedMail | None
    key: SealedKey | None = None


def due_targets(tx: Tx) -> list[Target]:
    """Destinations that have something due and are not left alone at present."""
    return deliveries.due_targets(tx)


def claim(tx: Tx, wanted: Sequence[tuple[Target, int]]) -> list[Claimed]:
    """Take deliveries for some destinations, of each at most so many."""
    claimed = []
    for target, size in wanted:
        key = requesters.find_key(tx, target.access_key_id) if target.access_key_id else None
        for delivery in _claimed(tx, target, size):
            letter = None if delivery.mail is None else outbox.addressed(tx, delivery.mail)
            claimed.append(Claimed(delivery=delivery, letter=letter, key=key))
    return claimed


def _claimed(tx: Tx, target: Target, size: int) -> list[Delivery]:
    wait = timedelta(milliseconds=tx.settings.legacy.notification_batch_ms)
    if wait and target.transport in notification.SIGNED_BY_ACCESS_KEY:
        return deliveries.claim_joined(tx, target, size, tx.now + LEASE, tx.now - wait)
    return deliveries.claim(tx, target, size, tx.now + LEASE)


def settle(tx: Tx, delivery: Delivery, outcome: Outcome) -> bool:
    """Note what came of an attempt.

    Returns whether the destination has failed for so long that what waits for it is hopeless.
    """
    lock_lanes(tx, (item.hit_id for item in delivery.document.occurrences))
    target = deliveries.target(tx, delivery.target.n)
    if target is None:
        return False
    if outcome.error is None:
        settled = [
            deliveries.settle(tx, item, DeliveryStatus.DELIVERED, milliseconds=outcome.milliseconds)
            for item in delivery.joined
        ]
        if settled[0] and not target.is_trusted:
            well = replace(target, failures=0, failing_since=None, proven_at=tx.now)
            deliveries.save_target(tx, well, None)
        return False
    return _failed(tx, delivery, target, outcome, outcome.error)


def lock_lanes(tx: Tx, hit_ids: Iterable[str]) -> None:
    """Lock the HITs whose deliveries end or begin to wait; a letter to a worker has none.

    An event of a HIT that happens meanwhile either sees its lane free, or is seen by who ends the
    delivery before it: otherwise it would wait behind nothing, for ever.
    """
    for hit_id in sorted(set(filter(None, hit_ids))):
        hits.get(tx, hit_id)


def _failed(tx: Tx, delivery: Delivery, target: Target, outcome: Outcome, error: str) -> bool:
    is_current = False
    first_of: dict[str, Delivery] = {}
    for item in delivery.joined:
        first = first_of.setdefault(item.lane, item)
        since = first.tried_since or tx.now
        if _is_hopeless(tx, target, first.attempts, since):
            is_current |= deliveries.settle(
                tx, item, DeliveryStatus.DEAD, milliseconds=outcome.milliseconds, error=error
            )
        elif item is first:
            until = tx.now + notification.back_off(item.attempts, outcome.jitter)
            is_current |= deliveries.postpone(tx, item, until, since, outcome.milliseconds, error)
    if outcome.is_about_document or not is_current:
        return False
    failing_since = target.failing_since or tx.now
    failures = target.failures + 1
    is_resting = failures >= notification.TROUBLES_MAX
    rest = notification.back_off(failures, outcome.jitter) if is_resting else None
    changed = replace(target, failures=failures, failing_since=failing_since)
    deliveries.save_target(tx, changed, None if rest is None else tx.now + rest)
    return tx.now - failing_since >= notification.GIVEN_UP_AFTER


def _is_hopeless(tx: Tx, target: Target, attempts: int, since: datetime) -> bool:
    """Whether it is not tried again: after a day, or after so many times as the older API does."""
    if target.transport in notification.SIGNED_BY_ACCESS_KEY:
        return attempts > tx.settings.legacy.notification_retries
    return tx.now - since >= notification.GIVEN_UP_AFTER


def give_up(tx: Tx, target_n: int) -> bool:
    """Declare dead what has waited a day for a destination that has failed for a day.

    At most 500 at a time; returns whether there may be more.
    """
    target = deliveries.target(tx, target_n)
    if target is None or target.failing_since is None:
        return False
    before = tx.now - notification.GIVEN_UP_AFTER
    if target.failing_since > before:
        return False
    found = deliveries.waiting_from_before(tx, target, before, BATCH)
    lock_lanes(tx, (item.hit_id for each in found for item in each.document.occurrences))
    for delivery in found:
        error = "the destination has failed for a day"
        deliveries.settle(tx, delivery, DeliveryStatus.DEAD, error=error)
    return len(found) == BATCH


def release(tx: Tx) -> int:
    """Make everything due that a process had claimed before it went away.

    Only for the one process that there is; with several, the leases run out.
    """
    return deliveries.release(tx) if tx.is_sole_writer else 0
