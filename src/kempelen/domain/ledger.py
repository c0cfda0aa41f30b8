"""The double-entry ledger: accounts, transfers between two of them, and the fees.

Every movement is a transfer with a deterministic id, so that doing it twice is doing it once.
Transfers are never changed; corrections are new transfers (docs/explanation/ledger.md).
"""

from dataclasses import dataclass
from decimal import Decimal

from kempelen.domain import money

FEES = "fees"
EXTERNAL = "external"
BASE_RATE = Decimal("0.20")
MANY_ASSIGNMENTS_RATE = Decimal("0.20")
MASTERS_RATE = Decimal("0.05")
MANY_ASSIGNMENTS = 10
MINIMUM_FEE = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """`amount` money units from account `source` to account `target`; at least 1."""

    transfer_id: str
    source: str
    target: str
    amount: int
    kind: str
    hit_id: str | None = None
    assignment_id: str | None = None


def available(requester_id: str) -> str:
    """The account of what a requester may spend."""
    return f"available:{requester_id}"


def on_hold(requester_id: str) -> str:
    """The account of what is promised to open slots and undecided work of a requester."""
    return f"on_hold:{requester_id}"


def earnings(worker_id: str) -> str:
    """The account of what a worker has earned and not been paid out."""
    return f"earnings:{worker_id}"


def fee(amount: int, rate: Decimal) -> int:
    """The fee on an amount: rounded half up to cents, at least one cent."""
    dollars = Decimal(amount) / money.UNITS_PER_DOLLAR * rate
    return money.rounded_to_cents(max(dollars, MINIMUM_FEE))


def reward_rate(max_assignments: int, *, masters: bool, premium: Decimal) -> Decimal:
    """The rate on a reward; `max_assignments` is that of the HIT's creation."""
    many = MANY_ASSIGNMENTS_RATE if max_assignments >= MANY_ASSIGNMENTS else Decimal(0)
    return BASE_RATE + many + (MASTERS_RATE if masters else Decimal(0)) + premium


def hold_change(
    requester_id: str, hit_id: str, move: int, slots: int, cost: int
) -> tuple[Transfer, ...]:
    """Hold `slots` times `cost` more, or release them when `slots` is negative."""
    amount = slots * cost
    if amount == 0:
        return ()
    pair = (available(requester_id), on_hold(requester_id))
    source, target = pair if amount > 0 else pair[::-1]
    return (
        Transfer(
            transfer_id=f"hold:{hit_id}:{move}",
            source=source,
            target=target,
            amount=abs(amount),
            kind="hold" if amount > 0 else "release",
            hit_id=hit_id,
        ),
    )


def pay_reward(
    *, source: str, worker_id: str, hit_id: str, assignment_id: str, reward: int, fee_amount: int
) -> tuple[Transfer, ...]:
    """Pay the reward and the fee of one assignment, once for ever."""
    parts = (
        ("reward", earnings(worker_id), reward),
        ("fee", FEES, fee_amount),
    )
    return tuple(
        Transfer(
            transfer_id=f"{kind}:{assignment_id}",
            source=source,
            target=target,
            amount=amount,
            kind=kind,
            hit_id=hit_id,
            assignment_id=assignment_id,
        )
        for kind, target, amount in parts
        if amount > 0
    )


def release_assignment(
    requester_id: str, hit_id: str, assignment_id: str, cost: int
) -> tuple[Transfer, ...]:
    """Give back what was held for one assignment that will not be paid."""
    if cost == 0:
        return ()
    return (
        Transfer(
            transfer_id=f"release:{assignment_id}",
            source=on_hold(requester_id),
            target=available(requester_id),
            amount=cost,
            kind="release",
            hit_id=hit_id,
            assignment_id=assignment_id,
        ),
    )


def pay_bonus(
    *,
    bonus_id: str,
    requester_id: str,
    worker_id: str,
    hit_id: str,
    assignment_id: str,
    amount: int,
    fee_amount: int,
) -> tuple[Transfer, ...]:
    """Pay a bonus and its fee from what is available."""
    parts = (("bonus", earnings(worker_id), amount), ("bonus_fee", FEES, fee_amount))
    return tuple(
        Transfer(
            transfer_id=f"{kind}:{bonus_id}",
            source=available(requester_id),
            target=target,
            amount=part,
            kind=kind,
            hit_id=hit_id,
            assignment_id=assignment_id,
        )
        for kind, target, part in parts
        if part > 0
    )


def prepay(requester_id: str, transfer_id: str, amount: int) -> Transfer:
    """Money that enters for a requester, or leaves when `amount` is negative."""
    pair = (EXTERNAL, available(requester_id))
    source, target = pair if amount > 0 else pair[::-1]
    return Transfer(
        transfer_id=transfer_id, source=source, target=target, amount=abs(amount), kind="prepayment"
    )
