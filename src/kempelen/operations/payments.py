"""Money of HITs and assignments: the domain's transfers meet the store's ledger.

In a sandbox no money moves. Nothing here decides whether something may be approved.
"""

from decimal import Decimal

from kempelen.domain import errors, ledger, money, system_types
from kempelen.domain.assignment import Assignment
from kempelen.domain.hit import HIT
from kempelen.domain.hit_type import HITTypeProperties
from kempelen.domain.people import BillingMode, Requester
from kempelen.invariants import invariant
from kempelen.store import hit_types, requesters
from kempelen.store import ledger as postings
from kempelen.store.tx import Tx

UNLIMITED_BALANCE = 10_000 * money.UNITS_PER_DOLLAR
_MASTERS = {system_types.MASTERS, system_types.MASTERS_SANDBOX}


def reward_fee(tx: Tx, properties: HITTypeProperties, created_max_assignments: int) -> int:
    """The fee for one assignment of a HIT, in money units."""
    if not tx.settings.fees.enabled:
        return 0
    wanted = {item.qualification_type_id for item in properties.requirements}
    premium = sum((Decimal(tx.settings.fees.premium.get(key, 0)) for key in wanted), Decimal(0))
    rate = ledger.reward_rate(
        created_max_assignments, masters=bool(wanted & _MASTERS), premium=premium
    )
    return ledger.fee(properties.reward, rate)


def bonus_fee(tx: Tx, amount: int) -> int:
    """The fee on a bonus, in money units."""
    return ledger.fee(amount, ledger.BASE_RATE) if tx.settings.fees.enabled else 0


def reward_of(tx: Tx, hit: HIT) -> int:
    """The reward of a HIT, in money units."""
    hit_type = hit_types.get(tx, hit.hit_type_id)
    invariant(hit_type is not None, "H2", hit_id=hit.hit_id)
    return 0 if hit_type is None else hit_type.properties.reward


def cost_of(tx: Tx, hit: HIT) -> int:
    """Reward and fee of one assignment of a HIT, in money units."""
    return reward_of(tx, hit) + hit.fee


def rebalance(tx: Tx, before: HIT | None, after: HIT) -> HIT:
    """Hold or release what a change of open slots calls for; InsufficientFunds when it cannot.

    `before` is None at creation. Slots that change hands by a decision are paid elsewhere.
    """
    held = 0 if before is None else before.slots_on_hold
    slots = after.slots_on_hold - held
    return move_hold(tx, after, slots * cost_of(tx, after))


def move_hold(tx: Tx, hit: HIT, amount: int) -> HIT:
    """Hold `amount` more for a HIT, or release it when negative."""
    if amount == 0:
        return hit
    transfers = ledger.hold_change(hit.requester_id, hit.hit_id, hit.hold_moves, 1, amount)
    if amount > 0:
        check_funds(tx, hit.requester_id, amount)
    _post(tx, transfers)
    return hit._replace(hold_moves=hit.hold_moves + 1)


def pay(tx: Tx, hit: HIT, assignment: Assignment, *, was_rejected: bool) -> None:
    """Pay reward and fee: from the hold, or from what is available after a rejection."""
    reward = reward_of(tx, hit)
    if was_rejected:
        check_funds(tx, hit.requester_id, reward + hit.fee)
    account = ledger.available if was_rejected else ledger.on_hold
    _post(
        tx,
        ledger.pay_reward(
            source=account(hit.requester_id),
            worker_id=assignment.worker_id,
            hit_id=hit.hit_id,
            assignment_id=assignment.assignment_id,
            reward=reward,
            fee_amount=hit.fee,
        ),
    )


def release(tx: Tx, hit: HIT, assignment: Assignment) -> None:
    """Give back what was held for an assignment that will not be paid."""
    cost = cost_of(tx, hit)
    _post(
        tx,
        ledger.release_assignment(hit.requester_id, hit.hit_id, assignment.assignment_id, cost),
    )


def pay_bonus(tx: Tx, bonus_id: str, assignment: Assignment, amount: int) -> None:
    """Pay a bonus and its fee; InsufficientFunds when too little is available."""
    fee_amount = bonus_fee(tx, amount)
    check_funds(tx, assignment.requester_id, amount + fee_amount)
    _post(
        tx,
        ledger.pay_bonus(
            bonus_id=bonus_id,
            requester_id=assignment.requester_id,
            worker_id=assignment.worker_id,
            hit_id=assignment.hit_id,
            assignment_id=assignment.assignment_id,
            amount=amount,
            fee_amount=fee_amount,
        ),
    )


def check_funds(tx: Tx, requester_id: str, amount: int) -> None:
    """Refuse what a prepaid requester cannot pay, and from anybody what no ledger could hold.

    A sandbox refuses only enormous requests.
    """
    if amount > money.HELD_MAX:
        raise errors.InsufficientFunds(hint="")
    if tx.settings.sandbox:
        if amount > UNLIMITED_BALANCE:
            raise errors.InsufficientFunds(hint="")
        return
    requester = requesters.get(tx, requester_id)
    invariant(requester is not None, "M3", requester_id=requester_id)
    if requester is None or requester.billing_mode is BillingMode.UNLIMITED:
        return
    if postings.balance(tx, ledger.available(requester_id)) < amount:
        site = tx.settings.app_base_url
        raise errors.InsufficientFunds(
            hint=f" Please visit {site}/prepayments/new to purchase Prepaid HITs."
        )


def balances(tx: Tx, requester: Requester) -> tuple[int, int]:
    """What GetAccountBalance tells: available and on hold, in money units."""
    if tx.settings.sandbox:
        return UNLIMITED_BALANCE, 0
    held = postings.balance(tx, ledger.on_hold(requester.requester_id))
    if requester.billing_mode is BillingMode.UNLIMITED:
        return UNLIMITED_BALANCE, held
    return postings.balance(tx, ledger.available(requester.requester_id)), held


def _post(tx: Tx, transfers: tuple[ledger.Transfer, ...]) -> None:
    if not tx.settings.sandbox:
        postings.post(tx, transfers)
