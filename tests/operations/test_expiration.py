"""UpdateExpirationForHIT: ending a HIT now, giving it more time, and what is no such thing."""

from datetime import timedelta
from typing import Any

import pytest

from kempelen.domain import errors

START = 1_767_614_400.0
YEAR = 31_536_000
RANGE = (
    "The value {} is invalid for ExpirationIncrementInSeconds."
    " Valid values range from 60 to 31536000."
)


def move(make: Any, hit_id: str, expire_at: float) -> None:
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=expire_at)


@pytest.mark.parametrize("expire_at", [0.0, -5.0, START - 1, START])
def test_a_time_that_is_not_in_the_future_ends_it_now(make: Any, expire_at: float) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    make.done(hit_id)
    move(make, hit_id, expire_at)
    hit = make.hit(hit_id)
    assert (hit.hit_status, hit.expiration) == ("Reviewable", START)
    assert make.events(hit_id)[-2:] == ["HITExpired", "HITReviewable"]
    before = make.events(hit_id)
    make.clock.advance(minutes=1)
    move(make, hit_id, 0.0)
    assert make.hit(hit_id) == hit
    assert make.events(hit_id) == before


def test_ending_a_hit_with_work_out(make: Any, worker: Any) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    make.accept(worker, hit_id)
    move(make, hit_id, 0.0)
    assert make.hit(hit_id).hit_status == "Unassignable"
    assert make.events(hit_id)[-1] == "HITExpired"


def test_ending_a_complete_hit_is_told_to_nobody(make: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.done(hit_id)
    before = make.events(hit_id)
    move(make, hit_id, 0.0)
    assert (make.hit(hit_id).hit_status, make.hit(hit_id).expiration) == ("Reviewable", START)
    assert make.events(hit_id) == before


@pytest.mark.parametrize("increment", [60, YEAR])
def test_more_time_counts_from_the_present_expiration(make: Any, increment: int) -> None:
    hit = make.create_hit()
    move(make, hit.hit_id, hit.expiration + increment)
    moved = make.hit(hit.hit_id)
    assert (moved.expiration, moved.hit_status) == (hit.expiration + increment, "Assignable")
    assert make.events(hit.hit_id) == ["HITCreated"]


@pytest.mark.parametrize("increment", [-3599, -1, 0, 59, YEAR + 1])
def test_increments_out_of_range(make: Any, increment: int) -> None:
    hit = make.create_hit()
    refusal = make.refusal(
        "UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=hit.expiration + increment
    )
    assert refusal.code == "AWS.ParameterOutOfRange"
    assert refusal.message == RANGE.format(increment)
    assert make.hit(hit.hit_id) == hit


def test_more_time_counts_from_now_when_it_has_expired(make: Any) -> None:
    hit = make.create_hit(max_assignments=2)
    make.clock.advance(days=1)
    now = START + 86_400
    for increment in (59, YEAR + 1):
        refusal = make.refusal(
            "UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=now + increment
        )
        assert refusal.message == RANGE.format(increment)
    move(make, hit.hit_id, now + 60)
    opened = make.hit(hit.hit_id)
    assert (opened.hit_status, opened.number_of_assignments_available) == ("Assignable", 2)
    assert opened.expiration == now + 60
    assert make.events(hit.hit_id) == ["HITCreated", "HITExpired", "HITReviewable"]
    make.sweep(seconds=60)
    assert make.events(hit.hit_id)[3:] == ["HITExpired", "HITReviewable"]


def test_an_expired_hit_with_work_out_opens_again(make: Any, worker: Any) -> None:
    hit = make.create_hit(max_assignments=2, lifetime_in_seconds=60)
    make.accept(worker, hit.hit_id)
    make.clock.advance(seconds=60)
    move(make, hit.hit_id, START + 3600)
    opened = make.hit(hit.hit_id)
    assert (opened.hit_status, opened.number_of_assignments_available) == ("Assignable", 1)


def test_a_reviewing_hit_with_open_slots_opens_again_and_forgets_the_mark(make: Any) -> None:
    hit = make.create_hit(max_assignments=2, lifetime_in_seconds=60)
    make.done(hit.hit_id)
    make.clock.advance(seconds=60)
    make.ask("UpdateHITReviewStatus", hit_id=hit.hit_id)
    move(make, hit.hit_id, START + 3600)
    assert make.hit(hit.hit_id).hit_status == "Assignable"
    make.sweep(hours=1)
    assert make.hit(hit.hit_id).hit_status == "Reviewable"


def test_a_complete_hit_stays_reviewable_with_more_time(make: Any) -> None:
    hit = make.create_hit()
    make.done(hit.hit_id)
    move(make, hit.hit_id, hit.expiration + 60)
    moved = make.hit(hit.hit_id)
    assert (moved.hit_status, moved.expiration) == ("Reviewable", hit.expiration + 60)


def test_repeating_the_same_time_is_silent(make: Any) -> None:
    hit = make.create_hit()
    move(make, hit.hit_id, hit.expiration + 600)
    move(make, hit.hit_id, hit.expiration + 600)
    assert make.hit(hit.hit_id).expiration == hit.expiration + 600
    move(make, hit.hit_id, hit.expiration + 1200)
    refusal = make.refusal(
        "UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=hit.expiration + 600
    )
    assert refusal.message == RANGE.format(-600)


def test_strict_tokens_refuse_the_same_time_for_a_day(make_with: Any) -> None:
    make = make_with(update_expiration__strict_token=True)
    hit = make.create_hit(lifetime_in_seconds=86_400 * 5)
    to = hit.expiration + 1_209_600
    move(make, hit.hit_id, to)
    refusal = make.refusal("UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=to)
    assert isinstance(refusal, errors.DuplicateCall)
    assert refusal.message == (
        f'The idempotency token "{hit.hit_id}Sat Jan 24 12:00:00 UTC 2026"'
        " has already been processed."
    )
    make.clock.advance(days=1)
    refusal = make.refusal("UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=to)
    assert refusal.message == RANGE.format(0)


def test_a_shorter_time_with_the_setting(make_with: Any) -> None:
    make = make_with(update_expiration__allow_shorten=True)
    hit = make.create_hit()
    move(make, hit.hit_id, START + 10)
    assert make.hit(hit.hit_id).expiration == START + 10
    make.sweep(seconds=10)
    assert make.hit(hit.hit_id).hit_status == "Reviewable"
    assert make.events(hit.hit_id) == ["HITCreated", "HITExpired", "HITReviewable"]
    move(make, hit.hit_id, 253_402_300_799.0)
    assert make.hit(hit.hit_id).hit_status == "Assignable"
    make.sweep(days=1)
    assert make.hit(hit.hit_id).hit_status == "Assignable"


def test_money_follows_the_expiration(make: Any) -> None:
    requester = make.new_requester(balance=2000)
    hit_id = make.create_hit(by=requester, max_assignments=3, lifetime_in_seconds=60).hit_id
    available, on_hold = f"available:{requester.requester_id}", f"on_hold:{requester.requester_id}"
    make.done(hit_id)
    assert (make.balance(available), make.balance(on_hold)) == (500, 1500)
    make.sweep(seconds=60)
    assert (make.balance(available), make.balance(on_hold)) == (1500, 500)
    make.create_hit(by=requester, reward="0.10")
    expire_at = (make.clock.now() + timedelta(hours=1)).timestamp()
    refusal = make.refusal(
        "UpdateExpirationForHIT", by=requester, hit_id=hit_id, expire_at=expire_at
    )
    assert isinstance(refusal, errors.InsufficientFunds)
    assert make.hit(hit_id, by=requester).hit_status == "Reviewable"
    make.sweep(hours=2)
    expire_at = (make.clock.now() + timedelta(hours=1)).timestamp()
    make.ask("UpdateExpirationForHIT", by=requester, hit_id=hit_id, expire_at=expire_at)
    assert (make.balance(available), make.balance(on_hold)) == (500, 1500)


def test_workers_find_a_group_as_long_as_the_moved_expiration(make: Any, worker: Any) -> None:
    hit = make.create_hit()
    move(make, hit.hit_id, hit.expiration + 7200)
    make.sweep(hours=2)
    query = "SELECT open_hits, latest_expiration FROM group_counts WHERE group_id = ?"
    assert make.rows(query, hit.hit_group_id) == [(1, (hit.expiration + 7200) * 1_000_000)]
    assert make.accept(worker, hit.hit_id)


def test_refusals_come_in_order(make: Any, other_requester: Any) -> None:
    hit = make.create_hit()
    ask = {"hit_id": hit.hit_id, "expire_at": hit.expiration + 1}
    refusal = make.refusal("UpdateExpirationForHIT", by=other_requester, **ask)
    assert isinstance(refusal, errors.HITDoesNotExist)
    refusal = make.refusal("UpdateExpirationForHIT", **ask)
    assert isinstance(refusal, errors.ParameterOutOfRange)
