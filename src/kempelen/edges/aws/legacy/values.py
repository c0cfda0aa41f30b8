"""Single values as old clients write them: whole numbers, truth values, amounts, words of a list.

Each function refuses with the error of the older API, which names the parameter and the value.
"""

import re
from decimal import Decimal
from typing import Final

from kempelen.api.shape import Kind, Moment, Text, Truth, Whole
from kempelen.domain import errors, money
from kempelen.edges.aws.legacy.faults import InvalidEnumeratedParameter, InvalidValue

CURRENCY: Final = "USD"
AMOUNT_CHARACTERS_MAX: Final = 64
_WHOLE: Final = re.compile(r"\s*([+-]?[0-9]{1,19})\s*")
# R writes 600000 as 6e+05; the plus may have become a space on the way.
_SCIENTIFIC: Final = re.compile(r"\s*([0-9]{1,19})(?:\.([0-9]{1,19}))?[eE][+ ]?([0-9]{1,2})\s*")
_TRUE: Final = frozenset({"true", "True", "TRUE", "1", "T", "t"})
_FALSE: Final = frozenset({"false", "False", "FALSE", "0", "F", "f"})
# Programs compute 0.1 + 0.2 and send what comes out.
_NEARLY: Final = Decimal("0.000001")


def read(kind: Kind, text: str, name: str) -> object:
    """A value of one of the simple kinds."""
    match kind:
        case Whole():
            return _whole(kind, text, name)
        case Truth():
            return truth(text, name)
        case Text():
            return _text(kind, text, name)
        case Moment():
            raise InvalidValue(text, name)
    message = f"{name} is a structure, no value"
    raise TypeError(message)


def truth(text: str, name: str) -> bool:
    """A truth value in any of its spellings."""
    if text not in _TRUE | _FALSE:
        raise InvalidValue(text, name)
    return text in _TRUE


def amount(text: str, currency: str | None, name: str) -> str:
    """An amount in whole cents, as the present API writes it."""
    if currency is not None and currency != CURRENCY:
        raise InvalidValue(currency, f"{name}.CurrencyCode")
    try:
        given = Decimal(text.strip()[:AMOUNT_CHARACTERS_MAX])
        is_finite = given.is_finite() and len(text) <= AMOUNT_CHARACTERS_MAX
        cents = given * 100 if is_finite else Decimal(-1)
        whole = cents.to_integral_value() if cents.adjusted() <= money.WHOLE_DIGITS_MAX + 2 else -1
    except ArithmeticError:
        raise InvalidValue(text, name) from None
    if not is_finite or whole < 0 or given < 0 or abs(cents - whole) > _NEARLY * 100:
        raise InvalidValue(text, name)
    return f"{int(whole) // 100}.{int(whole) % 100:02d}"


def choice(allowed: tuple[str, ...], text: str, name: str) -> str:
    """A word of an enumeration: exactly, or else whatever its case."""
    if text in allowed:
        return text
    for word in allowed:
        if word.lower() == text.strip().lower():
            return word
    raise InvalidEnumeratedParameter(text, name, allowed)


def _text(kind: Text, text: str, name: str) -> str:
    for constraint in kind.constraints:
        if constraint.values:
            return choice(constraint.values, text, name)
        if not constraint.holds(text):
            raise InvalidValue(text, name)
    return text


def _whole(kind: Whole, text: str, name: str) -> int:
    found = _WHOLE.fullmatch(text)
    value = int(found[1]) if found is not None else _scientific(text)
    if value is None:
        raise InvalidValue(text, name)
    if not kind.lowest <= value <= kind.highest:
        raise errors.ParameterOutOfRange(
            value=value, name=name, minimum=kind.lowest, maximum=kind.highest
        )
    return value


def _scientific(text: str) -> int | None:
    found = _SCIENTIFIC.fullmatch(text)
    if found is None:
        return None
    fraction = (found[2] or "").rstrip("0")
    places = int(found[3])
    if len(fraction) > places:
        return None
    return int(found[1] + fraction.ljust(places, "0"))
