"""Amounts as integer counts of 1/10,000 of the currency unit; never binary floating point.

Rewards and bonuses have two decimals on the wire; fees may need four.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

UNITS_PER_DOLLAR = 10_000
UNITS_PER_CENT = 100
WHOLE_DIGITS_MAX = 7
HELD_MAX = 10**12 * UNITS_PER_DOLLAR
"""No request may hold more: sums of amounts stay far within the integers of every database."""


def parse(text: str) -> int:
    """Units of a CurrencyAmount such as "0.05"; the text has already met the wire pattern."""
    whole, _, fraction = text.partition(".")
    return int(whole) * UNITS_PER_DOLLAR + int((fraction + "0000")[:4])


@lru_cache(maxsize=1024)
def show(amount: int) -> str:
    """The wire form with two decimals ("0.05"); four when the amount is no multiple of a cent."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), UNITS_PER_DOLLAR)
    if rest % UNITS_PER_CENT:
        return f"{sign}{whole}.{rest:04d}"
    return f"{sign}{whole}.{rest // UNITS_PER_CENT:02d}"


def rounded_to_cents(amount: Decimal) -> int:
    """Units of an amount in dollars, rounded to cents, half up (0.105 becomes 0.11)."""
    return int(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) * UNITS_PER_DOLLAR)
