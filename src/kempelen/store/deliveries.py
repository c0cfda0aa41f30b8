"""What is to be delivered, and what became of it: rows of one lane after the other.

A lane is a HIT at a destination. Only the first waiting delivery of a lane is ever due; settling
it makes the next one due, so that first deliveries keep the order of the events.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.events import EventType
from kempelen.domain.notification import OCCURRENCES_MAX, Document, Occurrence
from kempelen.store import announcing, tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

_D = tables.deliveries.c
_T = tables.notification_targets.c
_WAITING: Any = sa.literal_column("'Waiting'")
_IS_WAITING = _D.status == _WAITING
_ONE: Any = sa.literal_column("1")
_DUE_THERE: Any = sa.select(_ONE).where(
    _D.target == _T.n, _IS_WAITING, _D.due_at <= sa.bindparam("now")
)
_TARGET = (
    _T.n,
    _T.requester_id,
    _T.transport,
    _T.destination,
    _T.failures,
    _T.failing_since,
    _T.proven_at,
    _T.access_key_id,
    sa.func.coalesce(tables.requesters.c.webhook_key, sa.literal_column("0")),
)
_TARGETS = sa.select(*_TARGET).join(
    tables.requesters, tables.requesters.c.requester_id == _T.requester_id, isouter=True
)


def _waited_for() -> Any:
    """The destinations that deliveries wait for, found by leaps in an index, however many wait."""
    first: Any = sa.select(sa.func.min(_D.target).label("target")).where(_IS_WAITING)
    found = first.cte("waited_for", recursive=True)
    later = tables.deliveries.alias("later").c
    following: Any = (
        sa.select(sa.func.min(later.target))
        .where(later.status == _WAITING, later.target > found.c.target)
        .scalar_subquery()
    )
    return found.union_all(sa.select(following).where(found.c.target.is_not(None)))


_WAITED_FOR = _waited_for()
_DUE_TARGETS = Statement(
    _TARGETS.join(_WAITED_FOR, _WAITED_FOR.c.target == _T.n)
    .where(_T.rests_until <= sa.bindparam("now"), _DUE_THERE.exists())
    .order_by(_T.n)
)
_GET_TARGET = Statement(_TARGETS.where(_T.n == sa.bindparam("n")))
_DELIVERY = (
    _D.n,
    _D.target,
    _D.lane,
    _D.document_id,
    _D.version,
    _D.event_type,
    _D.hit_type_id,
    _D.hit_id,
    _D.assignment_id,
    _D.mail,
    _D.happened_at,
    _D.attempts,
    _D.tried_since,
)
_DUE = Statement(
    sa.select(*_DELIVERY)
    .where(_D.target == sa.bindparam("target"), _IS_WAITING, _D.due_at <= sa.bindparam("now"))
    .order_by(_D.due_at, _D.n)
    .limit(sa.bindparam("size"))
)
_BEHIND = Statement(
    sa.select(*_DELIVERY)
    .where(
        _D.target == sa.bindparam("target"),
        _D.lane == sa.bindparam("lane"),
        _IS_WAITING,
        _D.n > sa.bindparam("n"),
        _D.due_at == sa.literal_column(str(announcing.BEHIND_ANOTHER)),
    )
    .order_by(_D.n)
    .limit(sa.bindparam("size"))
)
_CLAIM = Statement(
    sa.update(tables.deliveries)
    .where(_D.n == sa.bindparam("key_n"), _IS_WAITING, _D.due_at <= sa.bindparam("now"))
    .values(
        due_at=sa.bindparam("due_at"),
        is_leased=_ONE,
        attempts=_D.attempts + _ONE,
        tried_at=sa.bindparam("now"),
    )
)
_SETTLE = Statement(
    sa.update(tables.deliveries)
    .where(_D.n == sa.bindparam("key_n"), _IS_WAITING)
    .values(
        status=sa.bindparam("status"),
        settled_at=sa.bindparam("settled_at"),
        milliseconds=sa.bindparam("milliseconds"),
        error=sa.bindparam("error"),
        is_leased=sa.literal_column("0"),
    )
)
_POSTPONE = Statement(
    sa.update(tables.deliveries)
    .where(_D.n == sa.bindparam("key_n"), _IS_WAITING, _D.attempts == sa.bindparam("key_attempts"))
    .values(
        due_at=sa.bindparam("due_at"),
        tried_since=sa.bindparam("tried_since"),
        milliseconds=sa.bindparam("milliseconds"),
        error=sa.bindparam("error"),
        is_leased=sa.literal_column("0"),
    )
)
_NEXT_OF_LANE: Any = (
    sa.select(_D.n)
    .where(
        _D.target == sa.bindparam("key_target"), _D.lane == sa.bindparam("key_lane"), _IS_WAITING
    )
    .order_by(_D.n)
    .limit(1)
    .scalar_subquery()
)
_PROMOTE = Statement(
    sa.update(tables.deliveries)
    .where(_D.n == _NEXT_OF_LANE, _D.due_at == sa.literal_column(str(announcing.BEHIND_ANOTHER)))
    .values(due_at=sa.bindparam("due_at"))
)
_OLD = Statement(
    sa.select(*_DELIVERY)
    .where(
        _D.target == sa.bindparam("target"),
        _IS_WAITING,
        _D.is_leased == sa.literal_column("0"),
        _D.happened_at <= sa.bindparam("before"),
    )
    .order_by(_D.lane, _D.n)
    .limit(sa.bindparam("size"))
)
_RELEASE = Statement(
    sa.update(tables.deliveries)
    .where(_IS_WAITING, _D.is_leased == _ONE)
    .values(is_leased=sa.literal_column("0"), due_at=sa.bindparam("due_at"))
)
_SAVE_TARGET = Statement(
    sa.update(tables.notification_targets)
    .where(_T.n == sa.bindparam("key_n"))
    .values(
        {
            name: sa.bindparam(name)
            for name in ("failures", "failing_since", "rests_until", "proven_at")
        }
    )
)
_INSERT = insert(tables.deliveries)


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    WAITING = "Waiting"
    DELIVERED = "Delivered"
    DEAD = "Dead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A destination of a requester, and how it has behaved."""

    n: int
    requester_id: str
    transport: str
    destination: str
    failures: int
    failing_since: datetime | None
    proven_at: datetime | None
    access_key_id: str
    key_number: int

    @property
    def is_trusted(self) -> bool:
        """Whether the last delivery arrived."""
        return self.failures == 0 and self.proven_at is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One document for one destination, or one letter to a worker when there is a `mail`.

    `others` are told in the same document: first those of a lane, which are claimed, and behind
    each what waits behind it.
    """

    n: int
    target: Target
    lane: str
    document: Document
    mail: int | None
    attempts: int
    tried_since: datetime | None
    others: "tuple[Delivery, ...]" = ()

    @property
    def joined(self) -> "tuple[Delivery, ...]":
        """Every delivery that ends with this one."""
        return (self, *self.others)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else clock.from_micros(value)


def _target(row: Row) -> Target:
    return Target(
        n=row[0],
        requester_id=row[1],
        transport=row[2],
        destination=row[3],
        failures=row[4],
        failing_since=_moment(row[5]),
        proven_at=_moment(row[6]),
        access_key_id=row[7],
        key_number=row[8],
    )


def _delivery(target: Target, row: Row) -> Delivery:
    occurrence = Occurrence(
        event_type=EventType(row[5]),
        happened_at=clock.from_micros(row[10]),
        hit_type_id=row[6],
        hit_id=row[7],
        assignment_id=row[8],
    )
    return Delivery(
        n=row[0],
        target=target,
        lane=row[2],
        document=Document(
            version=row[4],
            document_id=row[3],
            requester_id=target.requester_id,
            occurrences=(occurrence,),
        ),
        mail=row[9],
        attempts=row[11],
        tried_since=_moment(row[12]),
    )


def due_targets(tx: Tx) -> list[Target]:
    """Destinations that have something due and are not left alone at present."""
    return [_target(row) for row in tx.rows(_DUE_TARGETS, {"now": clock.micros(tx.now)})]


def target(tx: Tx, n: int) -> Target | None:
    """The destination with this key."""
    row = tx.row(_GET_TARGET, {"n": n})
    return None if row is None else _target(row)


def claim(tx: Tx, wanted: Target, size: int, until: datetime) -> list[Delivery]:
    """Take at most `size` deliveries that are due, so that nobody else does before `until`."""
    now = clock.micros(tx.now)
    rows = tx.rows(_DUE, {"target": wanted.n, "now": now, "size": size})
    claimed = []
    for row in rows:
        lease = {"key_n": row[0], "now": now, "due_at": clock.micros(until)}
        if tx.run(_CLAIM, lease) == 1:
            claimed.append(_delivery(wanted, (*row[:11], row[11] + 1, *row[12:])))
    return claimed


def claim_joined(
    tx: Tx, wanted: Target, size: int, until: datetime, before: datetime
) -> list[Delivery]:
    """The same for what was due `before`, with further events of the HIT type in each document."""
    due = {
        "target": wanted.n,
        "now": clock.micros(before),
        "size": size * OCCURRENCES_MAX,
    }
    claimed: list[list[Delivery]] = []
    open_: dict[tuple[str, str], list[Delivery]] = {}
    for row in tx.rows(_DUE, due):
        found = _delivery(wanted, (*row[:11], row[11] + 1, *row[12:]))
        batch = open_.get(_kind(found))
        if batch is None or len(batch) >= OCCURRENCES_MAX:
            if len(claimed) == size:
                continue
            batch = open_[_kind(found)] = []
            claimed.append(batch)
        lease = {"key_n": found.n, "now": due["now"], "due_at": clock.micros(until)}
        if tx.run(_CLAIM, lease) == 1:
            batch.append(found)
            batch += _behind(tx, found, OCCURRENCES_MAX - len(batch))
    return [_joined(batch) for batch in claimed if batch]


def _kind(delivery: Delivery) -> tuple[str, str]:
    """What the events of one document have in common."""
    return delivery.document.occurrences[0].hit_type_id, delivery.document.version


def _behind(tx: Tx, first: Delivery, size: int) -> list[Delivery]:
    """What waits behind the first of a lane and may be told with it."""
    lane = {"target": first.target.n, "lane": first.lane, "n": first.n, "size": size}
    found = [_delivery(first.target, row) for row in tx.rows(_BEHIND, lane)]
    return list(itertools.takewhile(lambda item: _kind(item) == _kind(first), found))


def _joined(batch: list[Delivery]) -> Delivery:
    first, *others = sorted(batch, key=lambda item: item.n)
    told = tuple(item for each in (first, *others) for item in each.document.occurrences)
    return replace(first, document=replace(first.document, occurrences=told), others=tuple(others))


def settle(
    tx: Tx,
    delivery: Delivery,
    status: DeliveryStatus,
    *,
    milliseconds: int | None = None,
    error: str | None = None,
) -> bool:
    """Note how a delivery ended and let the next of its lane go; False if it was settled before.

    The caller has the HIT locked where the database can change rows side by side, so that an
    event of the same HIT is either seen here or sees the lane free.
    """
    values = {
        "key_n": delivery.n,
        "status": status.value,
        "settled_at": clock.micros(tx.now),
        "milliseconds": milliseconds,
        "error": error,
    }
    if tx.run(_SETTLE, values) == 0:
        return False
    lane = {"key_target": delivery.target.n, "key_lane": delivery.lane}
    tx.run(_PROMOTE, {**lane, "due_at": clock.micros(tx.now)})
    return True


def postpone(
    tx: Tx, delivery: Delivery, until: datetime, since: datetime, milliseconds: int, error: str
) -> bool:
    """Note a failed attempt; False when somebody else has claimed the delivery since."""
    values = {
        "key_n": delivery.n,
        "key_attempts": delivery.attempts,
        "due_at": clock.micros(until),
        "tried_since": clock.micros(since),
        "milliseconds": milliseconds,
        "error": error,
    }
    return tx.run(_POSTPONE, values) == 1


def waiting_from_before(tx: Tx, wanted: Target, before: datetime, size: int) -> list[Delivery]:
    """Deliveries for a destination that nobody is trying now, of events before an instant."""
    parameters = {"target": wanted.n, "before": clock.micros(before), "size": size}
    return [_delivery(wanted, row) for row in tx.rows(_OLD, parameters)]


def release(tx: Tx) -> int:
    """Make everything due that is claimed; for the only process there is, at its start."""
    return tx.run(_RELEASE, {"due_at": clock.micros(tx.now)})


def save_target(tx: Tx, changed: Target, rests_until: datetime | None) -> None:
    """Note how a destination behaved, and until when it is left alone."""
    values = {
        "key_n": changed.n,
        "failures": changed.failures,
        "failing_since": _micros(changed.failing_since),
        "rests_until": _micros(rests_until) or 0,
        "proven_at": _micros(changed.proven_at),
    }
    tx.run(_SAVE_TARGET, values)


def add_letters(tx: Tx, mail: Iterable[int], server: int) -> None:
    """Have messages to workers sent by the mail server, which is a target; in any order."""
    now = clock.micros(tx.now)
    for n in mail:
        values = {
            "target": server,
            "lane": f"mail:{n}",
            "document_id": tx.ids.document(),
            "version": "",
            "event_type": EventType.PING.value,
            "hit_type_id": "",
            "hit_id": "",
            "assignment_id": None,
            "mail": n,
            "happened_at": now,
            "status": DeliveryStatus.WAITING.value,
            "due_at": now,
            "is_leased": 0,
            "attempts": 0,
        }
        nothing_yet = dict.fromkeys(
            ("tried_at", "tried_since", "milliseconds", "settled_at", "error")
        )
        tx.put(_INSERT, {**values, **nothing_yet})


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else clock.micros(moment)
