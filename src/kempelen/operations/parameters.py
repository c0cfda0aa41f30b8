"""Limits of request parameters that the service model does not state, each with its refusal."""

from collections.abc import Sequence

from kempelen.domain import errors, money

TITLE_MAX = 128
DESCRIPTION_MAX = 2000
KEYWORDS_MAX = 1000
ANNOTATION_MAX = 255
FEEDBACK_MAX = 1024
MAX_ASSIGNMENTS = (1, 1_000_000_000)
LIFETIME_SECONDS = (30, 31_536_000)
ASSIGNMENT_DURATION_SECONDS = (30, 31_536_000)
AUTO_APPROVAL_DELAY_SECONDS = (0, 2_592_000)
_FORBIDDEN = frozenset({*range(9), 11, 12, *range(14, 32)})


def in_range(value: int, name: str, bounds: tuple[int, int]) -> int:
    """The value, if it lies within the bounds; otherwise ParameterOutOfRange."""
    minimum, maximum = bounds
    if not minimum <= value <= maximum:
        raise errors.ParameterOutOfRange(value=value, name=name, minimum=minimum, maximum=maximum)
    return value


def text(value: str, name: str, maximum: int, *, minimum: int = 0) -> str:
    """The text, if its length in characters lies within the bounds; TooShort or TooLong."""
    if len(value) < minimum:
        raise errors.TooShort(name=name, minimum=minimum)
    if len(value) > maximum:
        raise errors.TooLong(name=name, maximum=maximum)
    return value


def items(values: Sequence[object], name: str, maximum: int, *, minimum: int = 0) -> None:
    """Refuse a list with fewer or more items; TooShort or TooLong."""
    if len(values) < minimum:
        raise errors.TooShort(name=name, minimum=minimum)
    if len(values) > maximum:
        raise errors.TooLong(name=name, maximum=maximum)


def amount(value: str, name: str) -> int:
    """Units of a CurrencyAmount below ten million; otherwise InvalidParameterValue."""
    whole = value.partition(".")[0].lstrip("0")
    if len(whole) > money.WHOLE_DIGITS_MAX:
        raise errors.InvalidParameterValue(value=value[:100], name=name)
    return money.parse(value)


def message(value: str, name: str, maximum: int = FEEDBACK_MAX, *, minimum: int = 0) -> str:
    """A text that workers will read: also refuses control characters."""
    text(value, name, maximum, minimum=minimum)
    if any(ord(character) in _FORBIDDEN for character in value):
        shown = value.encode("unicode_escape").decode()[:100]
        raise errors.InvalidParameterValue(value=shown, name=name)
    return value
