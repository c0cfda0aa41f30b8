"""HITs: the formula for the status, slots and their money, and what may be changed when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import errors
from kempelen.domain import hit as transitions
from kempelen.domain.hit import HIT, HITStatus

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def hit(**members: Any) -> HIT:
    return HIT(
        **{
            "n": 1,
            "hit_id": "3HIT",
            "hit_type_id": "3TYPE",
            "group_id": "3GROUP",
            "requester_id": "AREQUESTER",
            "created_at": NOW - HOUR,
            "expiration": NOW + HOUR,
            "max_assignments": 3,
            "created_max_assignments": 3,
            "fee": 100,
            "next_due": NOW + HOUR,
            **members,
        }
    )


EXPIRED = {"expiration": NOW, "is_expired": True}
FULL = {"submitted": 1, "approved": 1, "rejected": 1}


@pytest.mark.parametrize(
    ("members", "status", "available"),
    [
        ({}, "Assignable", 3),
        ({"pending": 2}, "Assignable", 1),
        ({"pending": 1, "rejected": 2}, "Unassignable", 0),
        (FULL, "Reviewable", 0),
        ({**FULL, "is_reviewing": True}, "Reviewing", 0),
        ({"is_reviewing": True}, "Assignable", 3),
        (EXPIRED, "Reviewable", 0),
        ({**EXPIRED, "is_reviewing": True}, "Reviewing", 0),
        ({**EXPIRED, "pending": 1}, "Unassignable", 0),
        ({"expiration": NOW}, "Reviewable", 0),
        ({"expiration": NOW + timedelta(microseconds=1)}, "Assignable", 3),
        ({"is_disposed": True}, "Disposed", 0),
        ({"is_disposed": True, "pending": 1}, "Disposed", 0),
    ],
)
def test_the_formula(members: dict[str, Any], status: str, available: int) -> None:
    made = hit(**members)
    assert made.status(NOW) == status
    assert made.available(NOW) == available


@pytest.mark.parametrize(
    ("members", "slots"),
    [
        ({}, 3),
        ({"pending": 1, "submitted": 1}, 3),
        ({"approved": 1, "rejected": 1}, 1),
        ({**EXPIRED, "pending": 1, "submitted": 1}, 2),
        (EXPIRED, 0),
        ({"is_disposed": True, "approved": 1}, 0),
    ],
)
def test_slots_whose_money_is_held(members: dict[str, Any], slots: int) -> None:
    assert hit(**members).slots_on_hold == slots


def test_work_is_what_was_submitted() -> None:
    made = hit(max_assignments=9, pending=4, submitted=3, approved=1, rejected=1)
    assert (made.work, made.open_slots) == (5, 0)


@pytest.mark.parametrize(
    ("created", "now", "more", "is_refused"),
    [(9, 9, 1, True), (1, 1, 9, True), (1, 5, 4, False), (1, 1, 8, False), (10, 10, 90, False)],
)
def test_the_rule_of_nine(created: int, now: int, more: int, *, is_refused: bool) -> None:
    made = hit(created_max_assignments=created, max_assignments=now)
    transitions.check_extension(made, more, nine_assignment_rule=False)
    if is_refused:
        with pytest.raises(errors.InvalidMaximumAssignmentsIncrease):
            transitions.check_extension(made, more, nine_assignment_rule=True)
    else:
        transitions.check_extension(made, more, nine_assignment_rule=True)
        assert transitions.extend(made, more).max_assignments == now + more


def test_hits_of_before_july_2015_cannot_be_extended() -> None:
    old = hit(created_at=datetime(2015, 7, 21, 23, 59, 59, tzinfo=UTC))
    with pytest.raises(errors.HITTooOldForExtension):
        transitions.check_extension(old, 100, nine_assignment_rule=True)
    just_new = hit(created_at=datetime(2015, 7, 22, tzinfo=UTC))
    transitions.check_extension(just_new, 1, nine_assignment_rule=True)


def test_a_moved_expiration_opens_an_expired_hit() -> None:
    moved = transitions.move_expiration(hit(**EXPIRED, next_due=NOW + 9 * HOUR), NOW + HOUR, NOW)
    assert (moved.expiration, moved.is_expired) == (NOW + HOUR, False)
    assert moved.next_due == NOW + HOUR
    assert moved.status(NOW) is HITStatus.ASSIGNABLE


def test_an_expiration_moved_into_the_past_opens_nothing() -> None:
    moved = transitions.move_expiration(hit(**EXPIRED), NOW - SECOND, NOW)
    assert moved.is_expired
    assert moved.status(NOW) is HITStatus.REVIEWABLE


def test_a_later_expiration_is_due_no_later_than_the_earlier_bound() -> None:
    moved = transitions.move_expiration(hit(), NOW + 2 * HOUR, NOW)
    assert moved.next_due == NOW + HOUR


@pytest.mark.parametrize(
    ("expiration", "expire_at", "increment"),
    [
        (NOW + HOUR, NOW + HOUR + 59 * SECOND, 59),
        (NOW + HOUR, NOW + HOUR + timedelta(days=365, seconds=1), 31_536_001),
        (NOW + HOUR, NOW + 10 * SECOND, -3590),
        (NOW - HOUR, NOW + 59 * SECOND, 59),
    ],
)
def test_increments_that_are_refused(
    expiration: datetime, expire_at: datetime, increment: int
) -> None:
    with pytest.raises(errors.ParameterOutOfRange) as found:
        transitions.check_increment(hit(expiration=expiration), expire_at, NOW)
    assert found.value.facts["value"] == increment
    assert found.value.parameter == "ExpirationIncrementInSeconds"


@pytest.mark.parametrize("seconds", [60, 31_536_000])
def test_increments_that_are_not(seconds: int) -> None:
    step = timedelta(seconds=seconds)
    transitions.check_increment(hit(), NOW + HOUR + step, NOW)
    transitions.check_increment(hit(expiration=NOW - HOUR), NOW + step, NOW)


def test_reviewing_and_back() -> None:
    marked = transitions.set_reviewing(hit(**FULL), NOW, revert=False)
    assert marked.status(NOW) is HITStatus.REVIEWING
    assert transitions.set_reviewing(marked, NOW, revert=True) == hit(**FULL)
    with pytest.raises(errors.InvalidHITState, match=r"'Reviewing'.*status of: Reviewable"):
        transitions.set_reviewing(marked, NOW, revert=False)
    with pytest.raises(errors.InvalidHITState, match=r"'Reviewable'.*status of: Reviewing"):
        transitions.set_reviewing(hit(**FULL), NOW, revert=True)
    with pytest.raises(errors.InvalidHITState, match="'Assignable'"):
        transitions.set_reviewing(hit(), NOW, revert=False)


@pytest.mark.parametrize("members", [{}, EXPIRED])
def test_an_untouched_hit_may_change_its_type(members: dict[str, Any]) -> None:
    transitions.check_hit_type_change(hit(**members), NOW)


@pytest.mark.parametrize(
    "members",
    [
        {"pending": 1},
        {"submitted": 1},
        {"approved": 1},
        {"rejected": 1},
        {**EXPIRED, "rejected": 1},
        {**EXPIRED, "is_reviewing": True},
        {"is_disposed": True},
    ],
)
def test_other_hits_may_not(members: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidHITState, match="status of: Assignable"):
        transitions.check_hit_type_change(hit(**members), NOW)


@pytest.mark.parametrize(
    ("members", "is_refused"),
    [
        ({"approved": 2, "rejected": 1}, False),
        ({"approved": 3, "is_reviewing": True}, False),
        (EXPIRED, False),
        ({**EXPIRED, "submitted": 1}, True),
        ({**EXPIRED, "pending": 1}, True),
        ({}, True),
        ({"is_disposed": True}, True),
    ],
)
def test_disposal(members: dict[str, Any], *, is_refused: bool) -> None:
    made = hit(**members)
    if is_refused:
        with pytest.raises(errors.InvalidHITState, match="status of: Reviewing, Reviewable"):
            transitions.check_disposal(made, NOW)
    else:
        transitions.check_disposal(made, NOW)
        assert transitions.dispose(made).status(NOW) is HITStatus.DISPOSED


@pytest.mark.parametrize("before", [*HITStatus, None])
@pytest.mark.parametrize("after", list(HITStatus))
def test_which_transitions_run_the_review_policy(
    before: HITStatus | None, after: HITStatus
) -> None:
    runs = transitions.becomes_reviewable(before, after)
    assert runs is (before in {"Assignable", "Unassignable"} and after == "Reviewable")


counts = st.integers(0, 4)


@given(st.tuples(counts, counts, counts, counts, counts), st.booleans(), st.booleans())
def test_counters_and_money_agree(
    numbers: tuple[int, int, int, int, int],
    is_expired: bool,  # noqa: FBT001 - hypothesis gives it by position
    is_reviewing: bool,  # noqa: FBT001 - as above
) -> None:
    free, pending, submitted, approved, rejected = numbers
    made = hit(
        max_assignments=sum(numbers),
        pending=pending,
        submitted=submitted,
        approved=approved,
        rejected=rejected,
        is_expired=is_expired,
        is_reviewing=is_reviewing,
        expiration=NOW if is_expired else NOW + HOUR,
    )
    assert made.open_slots == free
    assert made.slots_on_hold == pending + submitted + made.available(NOW)
    assert (made.status(NOW) == "Assignable") is (made.available(NOW) > 0)
    ended = transitions.expire(made._replace(expiration=NOW))
    assert ended.slots_on_hold == pending + submitted
    assert ended.status(NOW) in {"Unassignable", "Reviewable", "Reviewing"}
