"""The ledger: fees, and transfers that sum to nothing whatever happens."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kempelen.domain import ledger, money
from kempelen.domain.ledger import Transfer

NOTHING = Decimal(0)


@pytest.mark.parametrize(
    ("reward", "few", "many"),
    [
        ("0", "0.01", "0.01"),
        ("0.01", "0.01", "0.01"),
        ("0.05", "0.01", "0.02"),
        ("0.12", "0.02", "0.05"),
        ("0.50", "0.10", "0.20"),
        ("0.52", "0.10", "0.21"),
        ("0.525", "0.11", "0.21"),
        ("1.00", "0.20", "0.40"),
    ],
)
def test_fees(reward: str, few: str, many: str) -> None:
    for assignments, wanted in ((9, few), (10, many)):
        rate = ledger.reward_rate(assignments, masters=False, premium=NOTHING)
        amount = int(Decimal(reward) * money.UNITS_PER_DOLLAR)
        assert money.show(ledger.fee(amount, rate)) == wanted


@pytest.mark.parametrize(
    ("assignments", "masters", "premium", "rate"),
    [
        (1, False, "0", "0.20"),
        (10, False, "0", "0.40"),
        (1, True, "0", "0.25"),
        (10, True, "0.05", "0.50"),
    ],
)
def test_rates_add_up(assignments: int, premium: str, rate: str, *, masters: bool) -> None:
    found = ledger.reward_rate(assignments, masters=masters, premium=Decimal(premium))
    assert found == Decimal(rate)


@given(st.integers(0, 10**12), st.decimals(0, 1, places=2))
def test_a_fee_is_whole_cents_and_at_least_one(amount: int, rate: Decimal) -> None:
    found = ledger.fee(amount, rate)
    assert found >= money.UNITS_PER_CENT
    assert found % money.UNITS_PER_CENT == 0
    exact = Decimal(amount) * rate
    assert found == money.UNITS_PER_CENT or abs(found - exact) <= money.UNITS_PER_CENT // 2


def accounts(transfers: Iterable[Transfer]) -> list[tuple[str, str, str, int]]:
    return [(item.transfer_id, item.source, item.target, item.amount) for item in transfers]


def test_holding_and_releasing() -> None:
    assert accounts(ledger.hold_change("R", "H", 3, 2, 600)) == [
        ("hold:H:3", "available:R", "on_hold:R", 1200)
    ]
    assert accounts(ledger.hold_change("R", "H", 4, -1, 600)) == [
        ("hold:H:4", "on_hold:R", "available:R", 600)
    ]
    assert ledger.hold_change("R", "H", 5, 0, 600) == ledger.hold_change("R", "H", 5, 3, 0) == ()


def pay(reward: int, fee: int) -> tuple[Transfer, ...]:
    return ledger.pay_reward(
        source=ledger.on_hold("R"),
        worker_id="W",
        hit_id="H",
        assignment_id="A",
        reward=reward,
        fee_amount=fee,
    )


def test_paying_leaves_out_what_is_nothing() -> None:
    assert accounts(pay(500, 100)) == [
        ("reward:A", "on_hold:R", "earnings:W", 500),
        ("fee:A", "on_hold:R", "fees", 100),
    ]
    assert [item.kind for item in pay(500, 0)] == ["reward"]
    assert [item.kind for item in pay(0, 100)] == ["fee"]
    assert pay(0, 0) == ledger.release_assignment("R", "H", "A", 0) == ()


def test_bonus_and_prepayment() -> None:
    paid = ledger.pay_bonus(
        bonus_id="B",
        requester_id="R",
        worker_id="W",
        hit_id="H",
        assignment_id="A",
        amount=1000,
        fee_amount=200,
    )
    assert accounts(paid) == [
        ("bonus:B", "available:R", "earnings:W", 1000),
        ("bonus_fee:B", "available:R", "fees", 200),
    ]
    assert accounts([ledger.prepay("R", "P", 5), ledger.prepay("R", "P", -5)]) == [
        ("P", "external", "available:R", 5),
        ("P", "available:R", "external", 5),
    ]


class Books(RuleBasedStateMachine):
    """A requester with one HIT: whatever is posted, money is only moved."""

    def __init__(self) -> None:
        super().__init__()
        self.balances: Counter[str] = Counter()
        self.ids: set[str] = set()
        self.moves = self.held = self.paid = self.numbers = 0

    def post(self, *transfers: Transfer) -> None:
        for item in transfers:
            assert item.amount > 0
            assert item.source != item.target
            assert item.transfer_id not in self.ids
            self.ids.add(item.transfer_id)
            self.balances[item.source] -= item.amount
            self.balances[item.target] += item.amount

    @rule(amount=st.integers(1, 10_000) | st.integers(-10_000, -1))
    def prepay(self, amount: int) -> None:
        self.numbers += 1
        self.post(ledger.prepay("R", f"prepayment:{self.numbers}", amount))

    @rule(slots=st.integers(1, 5))
    def hold(self, slots: int) -> None:
        self.post(*ledger.hold_change("R", "H", self.moves, slots, 600))
        self.moves += 1
        self.held += slots

    @precondition(lambda self: self.held)
    @rule(is_by_slot=st.booleans())
    def release(self, *, is_by_slot: bool) -> None:
        self.numbers += 1
        if is_by_slot:
            self.post(*ledger.hold_change("R", "H", self.moves, -1, 600))
            self.moves += 1
        else:
            self.post(*ledger.release_assignment("R", "H", f"A{self.numbers}", 600))
        self.held -= 1

    @precondition(lambda self: self.held)
    @rule()
    def approve(self) -> None:
        self.numbers += 1
        self.post(
            *ledger.pay_reward(
                source=ledger.on_hold("R"),
                worker_id="W",
                hit_id="H",
                assignment_id=f"A{self.numbers}",
                reward=500,
                fee_amount=100,
            )
        )
        self.held -= 1
        self.paid += 1

    @invariant()
    def money_is_only_moved(self) -> None:
        assert sum(self.balances.values()) == 0
        assert self.balances["on_hold:R"] == self.held * 600
        assert self.balances["earnings:W"] == self.paid * 500
        assert self.balances["fees"] == self.paid * 100


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=30, stateful_step_count=30)
