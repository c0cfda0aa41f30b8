"""What moves money and how much: the table of movements row by row, fees, balances, sandbox."""

from collections.abc import Callable
from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors, system_types
from kempelen.operations import accounts, dispatch

REWARD, FEE = 5000, 1000
COST = REWARD + FEE
RICH = 1_000_000


@pytest.fixture
def market(make_with: Any) -> Any:
    """A prepaid requester on a site with fees; `moved` tells what each account gained."""

    class Market:
        def __init__(self) -> None:
            self.make = make_with(fees__enabled=True)
            self.requester = self.make.requester = self.make.new_requester(balance=RICH)
            self.worker = self.make.new_worker()
            self.seen = self.balances()

        def balances(self) -> dict[str, int]:
            requester_id = self.requester.requester_id
            accounts = {
                "available": f"available:{requester_id}",
                "on_hold": f"on_hold:{requester_id}",
                "earnings": f"earnings:{self.worker.worker.worker_id}",
                "fees": "fees",
                "external": "external",
            }
            return {name: self.make.balance(account) for name, account in accounts.items()}

        def moved(self) -> dict[str, int]:
            before, self.seen = self.seen, self.balances()
            changes = {name: after - before[name] for name, after in self.seen.items()}
            assert sum(changes.values()) == 0
            return {name: change for name, change in changes.items() if change}

        def create_hit(self, **members: Any) -> str:
            made = self.make.create_hit(**{"reward": "0.50", **members})
            return str(made.hit_id)

        def done(self, hit_id: str) -> str:
            assignment_id: str = self.make.done(hit_id, self.worker)
            return assignment_id

    return Market()


def held(slots: int) -> dict[str, int]:
    return {"available": -slots * COST, "on_hold": slots * COST}


def released(slots: int) -> dict[str, int]:
    return held(-slots)


PAID = {"on_hold": -COST, "earnings": REWARD, "fees": FEE}


def test_creating_holds_reward_and_fee_of_every_slot(market: Any) -> None:
    market.create_hit(max_assignments=3)
    assert market.moved() == held(3)


def test_adding_assignments_holds_for_them(market: Any) -> None:
    hit_id = market.create_hit()
    market.moved()
    market.make.ask(
        "CreateAdditionalAssignmentsForHIT", hit_id=hit_id, number_of_additional_assignments=4
    )
    assert market.moved() == held(4)


def test_approving_pays_from_the_hold(market: Any) -> None:
    assignment_id = market.done(market.create_hit())
    market.moved()
    market.make.ask("ApproveAssignment", assignment_id=assignment_id)
    assert market.moved() == PAID


def test_automatic_approval_pays_from_the_hold(market: Any) -> None:
    market.done(market.create_hit(auto_approval_delay_in_seconds=60))
    market.moved()
    market.make.sweep(minutes=1)
    assert market.moved() == PAID


def test_rejecting_releases(market: Any) -> None:
    assignment_id = market.done(market.create_hit())
    market.moved()
    market.make.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback="")
    assert market.moved() == released(1)


def test_expiry_releases_open_slots_only(market: Any) -> None:
    make = market.make
    hit_id = market.create_hit(max_assignments=5, lifetime_in_seconds=60)
    market.done(hit_id)
    make.accept(make.new_worker(), hit_id)
    market.moved()
    make.sweep(minutes=1)
    assert market.moved() == released(3)


@pytest.mark.parametrize("abandons", [False, True])
def test_a_slot_freed_after_expiry_is_released(market: Any, *, abandons: bool) -> None:
    make = market.make
    assignment_id = make.accept(market.worker, market.create_hit(lifetime_in_seconds=60))
    make.sweep(minutes=1)
    market.moved()
    if abandons:
        make.sweep(minutes=10)
    else:
        make.give_back(market.worker, assignment_id)
    assert market.moved() == released(1)


def test_taking_and_giving_back_before_expiry_moves_nothing(market: Any) -> None:
    make = market.make
    hit_id = market.create_hit()
    market.moved()
    make.give_back(market.worker, make.accept(market.worker, hit_id))
    make.accept(market.worker, hit_id)
    make.sweep(minutes=11)
    market.done(hit_id)
    assert market.moved() == {}


def test_a_later_expiration_holds_again(market: Any) -> None:
    make = market.make
    hit_id = market.create_hit(max_assignments=3, lifetime_in_seconds=60)
    market.done(hit_id)
    make.sweep(minutes=1)
    market.moved()
    expire_at = make.clock.now().timestamp() + 60
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=expire_at)
    assert market.moved() == held(2)
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=expire_at + 60)
    assert market.moved() == {}
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
    assert market.moved() == released(2)


def test_overriding_a_rejection_pays_from_what_is_available(market: Any) -> None:
    assignment_id = market.done(market.create_hit())
    market.make.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback="")
    market.moved()
    market.make.ask("ApproveAssignment", assignment_id=assignment_id, override_rejection=True)
    assert market.moved() == {"available": -COST, "earnings": REWARD, "fees": FEE}


def test_a_bonus_pays_its_own_fee(market: Any) -> None:
    assignment_id = market.done(market.create_hit())
    market.moved()
    market.make.ask(
        "SendBonus",
        worker_id=market.worker.worker.worker_id,
        bonus_amount="1.01",
        assignment_id=assignment_id,
        reason="Thank you",
    )
    assert market.moved() == {"available": -12_100, "earnings": 10_100, "fees": 2_000}


def test_another_type_moves_the_difference(market: Any) -> None:
    hit_id = market.create_hit(max_assignments=2)
    other = market.make.hit(market.create_hit(reward="1.00"))
    market.moved()
    market.make.ask("UpdateHITTypeOfHIT", hit_id=hit_id, hit_type_id=other.hit_type_id)
    assert market.moved() == held(2)


@pytest.mark.parametrize("amount", [700, -700])
def test_prepayments_come_from_outside(market: Any, amount: int) -> None:
    requester_id = market.requester.requester_id
    dispatch.change(market.make.app, accounts.adjust_balance, requester_id, amount)
    assert market.moved() == {"available": amount, "external": -amount}


def test_deleting_moves_nothing_that_expiry_did_not(market: Any) -> None:
    hit_id = market.create_hit(max_assignments=2)
    market.make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
    market.make.ask("DeleteHIT", hit_id=hit_id)
    assert market.moved() == {}


@pytest.mark.parametrize(
    ("reward", "few", "many"),
    [
        ("0.00", 100, 100),
        ("0.01", 100, 100),
        ("0.05", 100, 200),
        ("0.12", 200, 500),
        ("0.50", 1000, 2000),
        ("0.52", 1000, 2100),
        ("1.00", 2000, 4000),
    ],
)
def test_fees_per_assignment(market: Any, reward: str, few: int, many: int) -> None:
    units = int(reward.replace(".", "")) * 100
    market.create_hit(reward=reward, max_assignments=9)
    assert market.moved() == {"available": -9 * (units + few), "on_hold": 9 * (units + few)}
    market.create_hit(reward=reward, max_assignments=10)
    assert market.moved() == {"available": -10 * (units + many), "on_hold": 10 * (units + many)}


def test_masters_and_premium_qualifications_cost_more(make_with: Any) -> None:
    make = make_with(
        fees__enabled=True, fees__premium={system_types.ADULT: "0.10"}, billing__mode="prepaid"
    )
    make.requester = make.new_requester(balance=RICH)
    on_hold = f"on_hold:{make.requester.requester_id}"

    def requirement(qualification_type_id: str) -> types.QualificationRequirement:
        return types.QualificationRequirement(
            qualification_type_id=qualification_type_id, comparator="Exists"
        )

    masters, adult = requirement(system_types.MASTERS), requirement(system_types.ADULT)
    make.create_hit(reward="1.00", qualification_requirements=(masters,))
    assert make.balance(on_hold) == 12_500
    make.create_hit(reward="1.00", qualification_requirements=(masters, adult))
    assert make.balance(on_hold) == 12_500 + 13_500


def test_without_fees_a_hit_costs_its_reward(make: Any) -> None:
    requester = make.new_requester(balance=RICH)
    make.create_hit(by=requester, reward="0.50", max_assignments=10)
    assert make.balance(f"on_hold:{requester.requester_id}") == 50_000
    free = make.create_hit(by=requester, reward="0")
    make.ask("ApproveAssignment", by=requester, assignment_id=make.done(free.hit_id))
    assert make.rows("SELECT count(*) FROM transfers WHERE hit_id = ?", free.hit_id) == [(0,)]


def test_the_balance_of_a_prepaid_requester(make: Any) -> None:
    requester = make.new_requester(balance=10_050)
    answer = make.ask("GetAccountBalance", by=requester)
    assert (answer.available_balance, answer.on_hold_balance) == ("1.00", None)
    hit_id = make.create_hit(by=requester, reward="0.30", max_assignments=2).hit_id
    answer = make.ask("GetAccountBalance", by=requester)
    assert (answer.available_balance, answer.on_hold_balance) == ("0.40", "0.60")
    make.done(hit_id)
    make.clock.advance(hours=1)
    answer = make.ask("GetAccountBalance", by=requester)
    assert (answer.available_balance, answer.on_hold_balance) == ("0.70", "0.30")


def test_an_unlimited_requester_may_spend_more_than_there_is(make: Any) -> None:
    make.create_hit(reward="5000.00", max_assignments=9)
    answer = make.ask("GetAccountBalance")
    assert (answer.available_balance, answer.on_hold_balance) == ("10000.00", "45000.00")
    assert make.balance(f"available:{make.requester.requester_id}") == -450_000_000


def test_the_site_decides_on_requesters_without_a_balance(make_with: Any) -> None:
    make = make_with(billing__mode="prepaid")
    refusal = make.refusal("CreateHIT", **make.hit_members())
    assert isinstance(refusal, errors.InsufficientFunds)
    assert make.ask("GetAccountBalance").available_balance == "0.00"
    rich = make.new_requester(balance=500)
    assert make.create_hit(by=rich).hit_id
    refusal = make.refusal("CreateHIT", by=rich, **make.hit_members(reward="0.01"))
    assert isinstance(refusal, errors.InsufficientFunds)


def test_a_sandbox_moves_no_money(make_with: Any) -> None:
    make = make_with(sandbox=True, fees__enabled=True, billing__mode="prepaid")
    worker = make.new_worker()
    hit_id = make.create_hit(reward="9.99", max_assignments=9).hit_id
    assignment_id = make.done(hit_id, worker)
    make.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback="")
    make.ask("ApproveAssignment", assignment_id=assignment_id, override_rejection=True)
    make.ask(
        "SendBonus",
        worker_id=worker.worker.worker_id,
        bonus_amount="5",
        assignment_id=assignment_id,
        reason="Thank you",
    )
    make.sweep(hours=1)
    assert make.rows("SELECT * FROM transfers") == []
    answer = make.ask("GetAccountBalance")
    assert (answer.available_balance, answer.on_hold_balance) == ("10000.00", None)


@pytest.mark.parametrize(("reward", "is_refused"), [("2000.00", False), ("2000.01", True)])
def test_a_sandbox_refuses_enormous_requests(
    make_with: Callable[..., Any], reward: str, *, is_refused: bool
) -> None:
    make = make_with(sandbox=True)
    members = make.hit_members(reward=reward, max_assignments=5)
    if is_refused:
        refusal = make.refusal("CreateHIT", **members)
        assert refusal.message == (
            "This Requester has insufficient funds in their account to complete this transaction."
        )
    else:
        assert make.ask("CreateHIT", **members).hit.hit_id
