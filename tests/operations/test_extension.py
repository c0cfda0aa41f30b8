"""CreateAdditionalAssignmentsForHIT and UpdateHITTypeOfHIT."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kempelen.clock import micros
from kempelen.domain import errors


def add(make: Any, hit_id: str, count: int = 1, **members: Any) -> None:
    make.ask(
        "CreateAdditionalAssignmentsForHIT",
        hit_id=hit_id,
        number_of_additional_assignments=count,
        **members,
    )


def refusal(make: Any, hit_id: str, count: int = 1, **members: Any) -> errors.Refusal:
    found: errors.Refusal = make.refusal(
        "CreateAdditionalAssignmentsForHIT",
        hit_id=hit_id,
        number_of_additional_assignments=count,
        **members,
    )
    return found


def test_an_assignable_hit_gets_more_slots(make: Any) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    add(make, hit_id, 3)
    hit = make.hit(hit_id)
    assert (hit.max_assignments, hit.number_of_assignments_available) == (5, 5)
    assert make.events(hit_id) == ["HITCreated", "HITExtended"]


@pytest.mark.parametrize("status", ["Unassignable", "Reviewable", "Reviewing"])
def test_more_slots_open_it_again(make: Any, status: str) -> None:
    hit_id = make.create_hit().hit_id
    worker = make.new_worker()
    assignment_id = make.accept(worker, hit_id)
    if status != "Unassignable":
        make.submit(worker, assignment_id)
    if status == "Reviewing":
        make.ask("UpdateHITReviewStatus", hit_id=hit_id)
    assert make.hit(hit_id).hit_status == status
    add(make, hit_id)
    hit = make.hit(hit_id)
    assert (hit.hit_status, hit.number_of_assignments_available) == ("Assignable", 1)
    assert make.events(hit_id)[-1] == "HITExtended"
    make.done(hit_id)
    if status != "Unassignable":
        assert make.hit(hit_id).hit_status == "Reviewable"
        assert make.events(hit_id)[-1] == "HITReviewable"


@pytest.mark.parametrize("reviewing", [False, True])
def test_an_expired_hit_keeps_its_state_until_its_expiration_moves(
    make: Any, *, reviewing: bool
) -> None:
    requester = make.new_requester(balance=2000)
    hit_id = make.create_hit(by=requester).hit_id
    make.done(hit_id)
    make.clock.advance(hours=1)
    if reviewing:
        make.ask("UpdateHITReviewStatus", by=requester, hit_id=hit_id)
    status = "Reviewing" if reviewing else "Reviewable"
    add(make, hit_id, 2, by=requester)
    hit = make.hit(hit_id, by=requester)
    assert (hit.hit_status, hit.max_assignments) == (status, 3)
    assert hit.number_of_assignments_available == 0
    assert make.events(hit_id)[-1] == "HITExtended"
    on_hold = f"on_hold:{requester.requester_id}"
    assert make.balance(on_hold) == 500
    make.ask(
        "UpdateExpirationForHIT",
        by=requester,
        hit_id=hit_id,
        expire_at=make.clock.now().timestamp() + 60,
    )
    hit = make.hit(hit_id, by=requester)
    assert (hit.hit_status, hit.number_of_assignments_available) == ("Assignable", 2)
    assert make.balance(on_hold) == 1500


@pytest.mark.parametrize(
    ("created", "more", "is_refused"),
    [(1, 8, False), (1, 9, True), (9, 1, True), (10, 1, False), (10, 100, False)],
)
def test_nine_assignments_stay_nine(
    make: Any, created: int, more: int, *, is_refused: bool
) -> None:
    hit_id = make.create_hit(max_assignments=created).hit_id
    if is_refused:
        assert refusal(make, hit_id, more).message == (
            "HITs created with fewer than 10 assignments cannot be extended to have 10 or more"
            " assignments."
        )
        assert make.hit(hit_id).max_assignments == created
    else:
        add(make, hit_id, more)
        assert make.hit(hit_id).max_assignments == created + more


def test_the_rule_of_nine_counts_earlier_extensions_and_can_be_lifted(
    make: Any, make_with: Any
) -> None:
    hit_id = make.create_hit(max_assignments=5).hit_id
    add(make, hit_id, 4)
    assert isinstance(refusal(make, hit_id), errors.InvalidMaximumAssignmentsIncrease)
    free = make_with(enforce_nine_assignment_rule=False)
    hit_id = free.create_hit().hit_id
    add(free, hit_id, 99)
    assert free.hit(hit_id).max_assignments == 100


def test_refusals_come_in_order(make: Any, other_requester: Any) -> None:
    poor = make.new_requester(balance=1000)
    hit_id = make.create_hit(by=poor, max_assignments=1).hit_id
    add(make, hit_id, by=poor, unique_request_token="used")
    old = make.create_hit(by=poor, reward="0").hit_id
    before = micros(datetime(2015, 7, 21, tzinfo=UTC))

    make.change("UPDATE hits SET created_at = ? WHERE hit_id = ?", before, old)
    for count in (0, 1_000_000_001):
        found = refusal(make, hit_id, count, by=other_requester, unique_request_token="used")
        assert found.message == (
            f"The value {count} is invalid for NumberOfAdditionalAssignments."
            " Valid values range from 1 to 1000000000."
        )
    found = refusal(make, hit_id, 9, by=other_requester, unique_request_token="used")
    assert isinstance(found, errors.HITDoesNotExist)
    found = refusal(make, old, 9, by=poor, unique_request_token="used")
    assert found.message == "HITs created before July 22, 2015 cannot be extended."
    found = refusal(make, hit_id, 9, by=poor, unique_request_token="used")
    assert isinstance(found, errors.InvalidMaximumAssignmentsIncrease)
    found = refusal(make, hit_id, 1, by=poor, unique_request_token="used")
    assert isinstance(found, errors.DuplicateCall)
    found = refusal(make, hit_id, 1, by=poor, unique_request_token="fresh")
    assert isinstance(found, errors.InsufficientFunds)
    assert make.hit(hit_id, by=poor).max_assignments == 2


def test_a_hit_takes_over_another_type(make: Any) -> None:
    hit = make.create_hit(max_assignments=2, requester_annotation="mine")
    other = make.create_hit(
        title="Other",
        description="Other things",
        keywords="other",
        reward="0.50",
        assignment_duration_in_seconds=60,
        auto_approval_delay_in_seconds=0,
    )
    make.clock.advance(minutes=1)
    make.ask("UpdateHITTypeOfHIT", hit_id=hit.hit_id, hit_type_id=other.hit_type_id)
    changed = make.hit(hit.hit_id)
    assert (changed.hit_type_id, changed.hit_group_id) == (other.hit_type_id, other.hit_group_id)
    assert (changed.title, changed.description) == ("Other", "Other things")
    assert (changed.keywords, changed.reward) == ("other", "0.50")
    assert changed.assignment_duration_in_seconds == 60
    assert changed.auto_approval_delay_in_seconds == 0
    for name in (
        "creation_time",
        "expiration",
        "max_assignments",
        "question",
        "requester_annotation",
        "hit_status",
    ):
        assert getattr(changed, name) == getattr(hit, name)
    assert make.events(hit.hit_id) == ["HITCreated"]
    counts = dict(make.rows("SELECT group_id, open_hits FROM group_counts"))
    assert counts == {hit.hit_group_id: 0, other.hit_group_id: 2}


def test_the_type_can_change_while_nobodys_work_counts(make: Any, worker: Any) -> None:
    hit_id = make.create_hit().hit_id
    first, second = (make.create_hit(title=title).hit_type_id for title in ("A", "B"))
    assignment_id = make.accept(worker, hit_id)
    found = make.refusal("UpdateHITTypeOfHIT", hit_id=hit_id, hit_type_id=first)
    assert found.message == (
        "This HIT is currently in the state 'Unassignable'."
        "  This operation can be called with a status of: Assignable"
    )
    make.give_back(worker, assignment_id)
    make.ask("UpdateHITTypeOfHIT", hit_id=hit_id, hit_type_id=first)
    make.clock.advance(hours=1)
    assert make.hit(hit_id).hit_status == "Reviewable"
    make.ask("UpdateHITTypeOfHIT", hit_id=hit_id, hit_type_id=second)
    assert make.hit(hit_id).title == "B"
    make.ask("UpdateHITReviewStatus", hit_id=hit_id)
    found = make.refusal("UpdateHITTypeOfHIT", hit_id=hit_id, hit_type_id=first)
    assert isinstance(found, errors.InvalidHITState)


@pytest.mark.parametrize("decided", [False, True])
def test_submitted_work_keeps_the_type(make: Any, *, decided: bool) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    assignment_id = make.done(hit_id)
    if decided:
        make.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback="")
    other = make.create_hit(title="A").hit_type_id
    found = make.refusal("UpdateHITTypeOfHIT", hit_id=hit_id, hit_type_id=other)
    assert isinstance(found, errors.InvalidHITState)


def test_the_difference_is_held_or_released(make: Any, other_requester: Any) -> None:
    poor = make.new_requester(balance=3000)
    hit_id = make.create_hit(by=poor, max_assignments=3).hit_id
    foreign = make.create_hit(by=other_requester).hit_type_id

    def register(reward: str) -> str:
        members = make.hit_members(reward=reward)
        del members["question"], members["lifetime_in_seconds"]
        return str(make.ask("CreateHITType", by=poor, **members).hit_type_id)

    def change(hit_type_id: str) -> None:
        make.ask("UpdateHITTypeOfHIT", by=poor, hit_id=hit_id, hit_type_id=hit_type_id)

    def money() -> tuple[int, int]:
        accounts = (f"{kind}:{poor.requester_id}" for kind in ("available", "on_hold"))
        available, on_hold = map(make.balance, accounts)
        return available, on_hold

    assert money() == (1500, 1500)
    change(register("0.10"))
    assert money() == (0, 3000)
    change(register("0.02"))
    assert money() == (2400, 600)
    found = make.refusal("UpdateHITTypeOfHIT", by=poor, hit_id=hit_id, hit_type_id=register("0.11"))
    assert isinstance(found, errors.InsufficientFunds)
    assert make.hit(hit_id, by=poor).reward == "0.02"
    found = make.refusal("UpdateHITTypeOfHIT", by=poor, hit_id=hit_id, hit_type_id=foreign)
    assert found.message == f"Hit type {foreign} does not exist."
    make.done(hit_id)
    found = make.refusal("UpdateHITTypeOfHIT", by=poor, hit_id=hit_id, hit_type_id="3UNKNOWN")
    assert isinstance(found, errors.HITTypeDoesNotExist)
