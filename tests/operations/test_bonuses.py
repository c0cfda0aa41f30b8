"""SendBonus and ListBonusPayments."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors
from kempelen.operations import accounts, dispatch

START = 1_767_614_400.0


@pytest.fixture
def paid(make: Any, worker: Any) -> Any:
    """Send a bonus for work that is already there; `paid.refused` when it must not be sent."""

    class Paid:
        def __init__(self) -> None:
            self.hit_id = make.create_hit(max_assignments=3).hit_id
            self.assignment_id = make.done(self.hit_id, worker)

        def asked(self, **members: Any) -> dict[str, Any]:
            return {
                "worker_id": worker.worker.worker_id,
                "bonus_amount": "1.5",
                "assignment_id": self.assignment_id,
                "reason": "Very careful",
                **members,
            }

        def send(self, **members: Any) -> None:
            make.ask("SendBonus", **self.asked(**members))

        def refused(self, **members: Any) -> errors.Refusal:
            found: errors.Refusal = make.refusal("SendBonus", **self.asked(**members))
            return found

    return Paid()


def test_a_bonus_is_paid_told_and_listed(make: Any, worker: Any, paid: Any) -> None:
    make.clock.advance(seconds=30)
    paid.send()
    worker_id = worker.worker.worker_id
    assert make.balance(f"earnings:{worker_id}") == 15_000
    payment = types.BonusPayment(
        worker_id=worker_id,
        bonus_amount="1.50",
        assignment_id=paid.assignment_id,
        reason="Very careful",
        grant_time=START + 30,
    )
    for members in (
        {"hit_id": paid.hit_id},
        {"assignment_id": paid.assignment_id},
        {"hit_id": paid.hit_id, "assignment_id": paid.assignment_id},
    ):
        answer = make.ask("ListBonusPayments", **members)
        assert (answer.bonus_payments, answer.num_results) == ((payment,), 1)
    (mail,) = dispatch.look(make.app, accounts.recent_mail)
    assert mail.recipient_id == worker_id
    assert "$1.50" in mail.subject
    assert "Very careful" in mail.body


@pytest.mark.parametrize("state", ["Submitted", "Approved", "Rejected", "Disposed"])
def test_every_decision_state_is_fine(make: Any, paid: Any, state: str) -> None:
    if state in {"Approved", "Disposed"}:
        make.ask("ApproveAssignment", assignment_id=paid.assignment_id)
    if state == "Rejected":
        make.ask("RejectAssignment", assignment_id=paid.assignment_id, requester_feedback="")
    if state == "Disposed":
        make.ask("UpdateExpirationForHIT", hit_id=paid.hit_id, expire_at=0.0)
        make.ask("DeleteHIT", hit_id=paid.hit_id)
    paid.send()
    paid.send(bonus_amount="0.01")
    for members in ({"hit_id": paid.hit_id}, {"assignment_id": paid.assignment_id}):
        found = make.ask("ListBonusPayments", **members).bonus_payments
        assert [payment.bonus_amount for payment in found] == ["1.50", "0.01"]


def test_refusals_come_in_order(make: Any, other_requester: Any, paid: Any) -> None:
    stranger, busy = make.new_worker(), make.new_worker()
    out = make.accept(busy, paid.hit_id)
    poor = make.new_requester(balance=500)
    own = make.done(make.create_hit(by=poor, max_assignments=1).hit_id, busy)
    asked = {
        "by": poor,
        "bonus_amount": "0.00",
        "reason": "",
        "worker_id": "AUNKNOWN",
        "assignment_id": paid.assignment_id,
        "unique_request_token": "token",
    }
    steps: list[tuple[str, type[errors.Refusal], dict[str, Any]]] = [
        (
            'The value "0.00" is not valid for the parameter BonusAmount.',
            errors.ParameterValidationError,
            {"bonus_amount": "0.01"},
        ),
        (
            "Your request parameter Reason has a minimum length of 1.",
            errors.ParameterValidationError,
            {"reason": "x" * 1025},
        ),
        (
            "Your request parameter Reason has a maximum length of 1024.",
            errors.ParameterValidationError,
            {"reason": "x\x00"},
        ),
        (
            'The value "x\\x00" is not valid for the parameter Reason.',
            errors.ParameterValidationError,
            {"reason": "x"},
        ),
        (
            'The value "AUNKNOWN" is not valid for the parameter WorkerId.',
            errors.ParameterValidationError,
            {"worker_id": stranger.worker.worker_id},
        ),
        (
            f"Assignment {paid.assignment_id} does not exist.",
            errors.AssignmentDoesNotExist,
            {"assignment_id": own},
        ),
        (
            f'The value "{stranger.worker.worker_id}" is not valid for the parameter WorkerId.',
            errors.ParameterValidationError,
            {"worker_id": busy.worker.worker_id},
        ),
        (
            (
                "This Requester has insufficient funds in their account"
                " to complete this transaction."
                f" Please visit {make.app.settings.app_base_url}/prepayments/new"
                " to purchase Prepaid HITs."
            ),
            errors.InsufficientFunds,
            {},
        ),
    ]
    for message, expected, repair in steps:
        refusal = make.refusal("SendBonus", **asked)
        assert refusal.message == message
        assert isinstance(refusal, expected)
        asked |= repair
    assert make.ask("ListBonusPayments", by=poor, assignment_id=own).num_results == 0
    refusal = paid.refused(assignment_id=out, worker_id=busy.worker.worker_id)
    assert isinstance(refusal, errors.AssignmentDoesNotExist)
    assert paid.refused(bonus_amount="1" * 400).parameter == "BonusAmount"


def test_a_used_token_is_refused_before_the_funds(make: Any) -> None:
    poor = make.new_requester(balance=600)
    worker = make.new_worker()
    assignment_id = make.done(make.create_hit(by=poor).hit_id, worker)
    asked = {
        "by": poor,
        "worker_id": worker.worker.worker_id,
        "bonus_amount": "0.01",
        "assignment_id": assignment_id,
        "reason": "r",
        "unique_request_token": "token",
    }
    make.ask("SendBonus", **asked)
    refusal = make.refusal("SendBonus", **asked)
    assert isinstance(refusal, errors.DuplicateCall)
    asked["unique_request_token"] = "other"
    assert isinstance(make.refusal("SendBonus", **asked), errors.InsufficientFunds)


def test_a_site_may_limit_bonuses(make_with: Any) -> None:
    make = make_with(bonus__max_amount="10.50")
    worker = make.new_worker()
    asked = {
        "worker_id": worker.worker.worker_id,
        "assignment_id": make.done(make.create_hit().hit_id, worker),
        "reason": "r",
    }
    make.ask("SendBonus", bonus_amount="10.50", **asked)
    refusal = make.refusal("SendBonus", bonus_amount="10.51", **asked)
    assert refusal.parameter == "BonusAmount"


def test_payments_come_in_the_order_they_were_granted(make: Any, worker: Any, paid: Any) -> None:
    other = make.new_worker()
    second = make.done(paid.hit_id, other)
    for number in range(1, 8):
        if number % 2:
            paid.send(bonus_amount=f"0.0{number}")
        else:
            paid.send(
                bonus_amount=f"0.0{number}",
                worker_id=other.worker.worker_id,
                assignment_id=second,
            )
        make.clock.advance(seconds=number // 3)

    def amounts(size: int, **members: Any) -> list[str]:
        pages = make.walk("ListBonusPayments", "bonus_payments", max_results=size, **members)
        return [payment.bonus_amount for page in pages for payment in page]

    every = [f"0.0{number}" for number in range(1, 8)]
    for size in (1, 3, 100):
        assert amounts(size, hit_id=paid.hit_id) == every
        assert amounts(size, assignment_id=second) == every[1::2]
        both = {"hit_id": paid.hit_id, "assignment_id": paid.assignment_id}
        assert amounts(size, **both) == every[::2]


def test_listing_needs_a_hit_or_an_assignment(make: Any, paid: Any) -> None:
    refusal = make.refusal("ListBonusPayments")
    assert refusal.code == "AWS.MissingParameters"
    assert refusal.message == (
        "Your request is missing required parameters."
        " Required parameters include: HITId or AssignmentId."
    )
    other = make.create_hit().hit_id
    refusal = make.refusal("ListBonusPayments", hit_id=other, assignment_id=paid.assignment_id)
    assert isinstance(refusal, errors.InvalidParameterCombination)
    refusal = make.refusal("ListBonusPayments", hit_id="3UNKNOWN", assignment_id="3UNKNOWN")
    assert isinstance(refusal, errors.HITDoesNotExist)
    refusal = make.refusal("ListBonusPayments", hit_id=other, assignment_id="3UNKNOWN")
    assert isinstance(refusal, errors.AssignmentDoesNotExist)
    held = make.accept(make.new_worker(), other)
    refusal = make.refusal("ListBonusPayments", assignment_id=held)
    assert isinstance(refusal, errors.AssignmentDoesNotExist)
