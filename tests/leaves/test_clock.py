"""Clocks never go back; moments survive as microseconds."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen import clock
from kempelen.clock import ManualClock, OffsetClock, SystemClock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
UTC_PLUS_2 = timezone(timedelta(hours=2))


def test_system_clock_tells_the_present_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_system_clock_stands_still_while_the_machine_was_set_back() -> None:
    system = SystemClock()
    ahead = datetime.now(UTC) + timedelta(hours=1)
    system._last = ahead
    assert system.now() == ahead
    assert system.now() == ahead


def test_manual_clock_stands_still() -> None:
    manual = ManualClock(START)
    assert manual.now() == manual.now() == START


def test_manual_clock_moves_by_every_unit() -> None:
    manual = ManualClock(START)
    moved = manual.advance(days=1, hours=2, minutes=3, seconds=4, microseconds=5)
    step = timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=5)
    assert moved == manual.now() == START + step


def test_manual_clock_moves_to_a_moment() -> None:
    manual = ManualClock(START)
    later = datetime(2026, 3, 1, 15, tzinfo=UTC_PLUS_2)
    assert manual.set(later) == START + timedelta(hours=1)
    assert manual.now().tzinfo is UTC


def test_manual_clock_refuses_to_go_back_and_stays() -> None:
    manual = ManualClock(START)
    with pytest.raises(ValueError, match="cannot go back"):
        manual.advance(seconds=-1)
    with pytest.raises(ValueError, match="cannot go back"):
        manual.set(START - timedelta(microseconds=1))
    assert manual.now() == START


def test_manual_clock_refuses_a_moment_without_a_time_zone() -> None:
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="Use an aware datetime"):
        ManualClock(naive)
    with pytest.raises(ValueError, match="Use an aware datetime"):
        ManualClock(START).set(naive)


def test_manual_clock_loses_no_step_of_many_threads() -> None:
    manual = ManualClock(START)

    def step() -> None:
        for _ in range(500):
            manual.advance(seconds=1)

    threads = [threading.Thread(target=step) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert manual.now() == START + timedelta(seconds=4000)


def test_offset_clock_runs_ahead_of_the_machine() -> None:
    ahead = OffsetClock()
    before = datetime.now(UTC)
    moved = ahead.advance(3600)
    assert before <= moved - timedelta(hours=1) <= datetime.now(UTC)
    assert ahead.advance(0) >= moved
    assert ahead.now() >= moved


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan"), float("-inf")])
def test_offset_clock_refuses_to_go_back(seconds: float) -> None:
    ahead = OffsetClock()
    with pytest.raises(ValueError, match="cannot go back"):
        ahead.advance(seconds)
    assert ahead.now() - datetime.now(UTC) < timedelta(seconds=1)


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_offset_clock_stays_where_it_is_when_asked_beyond_the_calendar(seconds: float) -> None:
    ahead = OffsetClock()
    with pytest.raises(OverflowError):
        ahead.advance(seconds)
    assert ahead.now() - datetime.now(UTC) < timedelta(seconds=1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_survive_as_microseconds(moment: datetime) -> None:
    assert clock.from_micros(clock.micros(moment)) == moment


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - a zone is added below
def test_microseconds_are_those_of_utc(local: datetime) -> None:
    moment = local.replace(tzinfo=UTC_PLUS_2)
    assert clock.micros(moment) == clock.micros(moment.astimezone(UTC))


def test_microseconds_count_from_1970() -> None:
    assert clock.micros(clock.EPOCH) == 0
    assert clock.micros(clock.EPOCH + timedelta(days=1, microseconds=7)) == 86_400_000_007
    assert clock.from_micros(-1) == clock.EPOCH - timedelta(microseconds=1)


def test_a_moment_without_a_time_zone_has_no_microseconds() -> None:
    with pytest.raises(TypeError):
        clock.micros(START.replace(tzinfo=None))


def test_monotonic_seconds_do_not_fall() -> None:
    assert clock.monotonic() <= clock.monotonic()
