"""Amounts: read and shown exactly, rounded half up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import money


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("0.00", 0),
        ("5", 50_000),
        ("5.", 50_000),
        ("0.5", 5_000),
        ("0.50", 5_000),
        ("0.05", 500),
        ("00.05", 500),
        ("9999999.99", 99_999_999_900),
    ],
)
def test_reading(text: str, units: int) -> None:
    assert money.parse(text) == units


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (0, "0.00"),
        (100, "0.01"),
        (5_000, "0.50"),
        (10_000_000, "1000.00"),
        (1, "0.0001"),
        (12_345, "1.2345"),
        (-500, "-0.05"),
        (-10_001, "-1.0001"),
    ],
)
def test_showing(units: int, text: str) -> None:
    assert money.show(units) == text


@given(st.integers(0, 10**15))
def test_what_is_shown_reads_the_same(cents: int) -> None:
    units = cents * money.UNITS_PER_CENT
    assert money.parse(money.show(units)) == units


@pytest.mark.parametrize(
    ("dollars", "units"),
    [("0.104", 1_000), ("0.105", 1_100), ("0.1049999", 1_000), ("0.115", 1_200), ("2", 20_000)],
)
def test_rounding_is_half_up_to_cents(dollars: str, units: int) -> None:
    assert money.rounded_to_cents(Decimal(dollars)) == units
