"""Reading the parameters of review policies: keys, scalars, lists and maps, with their refusals.

A policy first collects what was given for the keys that it knows, then asks for one value after
the other. What the values mean is the policy's business (docs/reference/review-policies.md).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from kempelen.domain import errors
from kempelen.domain.review.policy import MapEntry, Parameter, Parameters

SCORE = (0, 101)
"""Bounds of a threshold that a score is compared with; 101 is never reached."""
EXTENSION_SECONDS = (60, 31_536_000)
REASON_MAX = 1024
MAP_KEY_BYTES_MAX = 255
QUESTION_IDS_MAX = 200
IGNORED_KEYS = frozenset({"extendassignments"})
"""Published samples have ExtendAssignments, which means nothing."""
_DIGITS = re.compile("[0-9]+")
_DIGITS_MAX = 18
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BOOLEANS = {"t": True, "true": True, "f": False, "false": False}
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})

Given = Mapping[str, Parameter]
"""The parameters of a request by the spelling of their keys in the documentation."""


def collect(
    parameters: Parameters,
    known: tuple[str, ...],
    *,
    aliases: Mapping[str, str] = _NO_ALIASES,
    ignore_unknown: bool,
) -> Given:
    """The parameters by key; keys are trimmed and compared without case.

    InvalidPolicyParameter for a key that is given twice, also as an alias, and for one that is
    not known, unless `ignore_unknown`.
    """
    spelling = {key.lower(): key for key in known}
    spelling |= {alias.lower(): key for alias, key in aliases.items()}
    spelling |= {key: key for key in IGNORED_KEYS}
    given: dict[str, Parameter] = {}
    for parameter in parameters:
        shown = parameter.key.strip()
        key = spelling.get(shown.lower())
        if key is None and ignore_unknown:
            continue
        if key is None or key in given:
            raise errors.InvalidPolicyParameter(value=shown, name="Parameters")
        given[key] = parameter
    return given


def integer(
    given: Given, key: str, bounds: tuple[int, int], *, or_zero: bool = False
) -> int | None:
    """An integer within the bounds, or None when it was not given; `or_zero` admits 0 as well.

    Refusals, in order: InvalidPolicyParameter, ParameterOutOfRange.
    """
    text = _scalar(given, key)
    if text is None:
        return None
    digits = text.strip()
    if _DIGITS.fullmatch(digits) is None:
        raise errors.InvalidPolicyParameter(value=text, name=key)
    digits = digits.lstrip("0") or "0"
    minimum, maximum = bounds
    # Numbers too long for any bound are not even converted: that is slow, or refused by Python.
    value = int(digits) if len(digits) <= _DIGITS_MAX else None
    if value is None or not (minimum <= value <= maximum or (or_zero and value == 0)):
        raise errors.ParameterOutOfRange(value=digits, name=key, minimum=minimum, maximum=maximum)
    return value


def required_integer(given: Given, key: str, bounds: tuple[int, int]) -> int:
    """An integer within the bounds; MissingParameters when it was not given."""
    value = integer(given, key, bounds)
    if value is None:
        raise errors.MissingParameters(names=key)
    return value


def boolean(given: Given, key: str) -> bool | None:
    """T or F, also true or false, in any case; None when it was not given."""
    text = _scalar(given, key)
    if text is None:
        return None
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise errors.InvalidPolicyParameter(value=text, name=key)
    return value


def reason(given: Given, key: str) -> str:
    """A text that workers will read, empty when it was not given.

    Refusals, in order: InvalidPolicyParameter when it is not one value, TooLong over 1024
    characters, InvalidPolicyParameter for control characters, as in any feedback.
    """
    text = _scalar(given, key) or ""
    if len(text) > REASON_MAX:
        raise errors.TooLong(name=key, maximum=REASON_MAX)
    if _CONTROL.search(text) is not None:
        shown = text.encode("unicode_escape").decode()[:100]
        raise errors.InvalidPolicyParameter(value=shown, name=key)
    return text


def question_ids(given: Given, key: str) -> tuple[str, ...]:
    """Question ids as several values, separated by commas, or both; each id once, in order.

    Refusals, in order: MissingParameters, InvalidPolicyParameter when there is no id in it,
    ParameterOutOfRange for more than 200 ids.
    """
    parameter = _required(given, key)
    values = parameter.values or ()
    pieces = (piece.strip() for value in values for piece in value.split(","))
    found = tuple(dict.fromkeys(filter(None, pieces)))
    if not found or parameter.map_entries:
        raise errors.InvalidPolicyParameter(value=", ".join(values), name=key)
    if len(found) > QUESTION_IDS_MAX:
        raise errors.ParameterOutOfRange(
            value=len(found), name=key, minimum=1, maximum=QUESTION_IDS_MAX
        )
    return found


def entries(given: Given, key: str) -> tuple[MapEntry, ...]:
    """A map with at least one entry.

    Refusals, in order: MissingParameters, InvalidPolicyParameter when values were given or the
    map is empty, and for an entry key that is blank, longer than 255 bytes, or there twice.
    """
    parameter = _required(given, key)
    if parameter.values or not parameter.map_entries:
        raise errors.InvalidPolicyParameter(value=", ".join(parameter.values or ()), name=key)
    seen: set[str] = set()
    for entry in parameter.map_entries:
        trimmed = entry.key.strip()
        is_too_long = len(entry.key.encode(errors="surrogatepass")) > MAP_KEY_BYTES_MAX
        if not trimmed or is_too_long or trimmed in seen:
            raise errors.InvalidPolicyParameter(value=entry.key, name=key)
        seen.add(trimmed)
    return parameter.map_entries


def _required(given: Given, key: str) -> Parameter:
    parameter = given.get(key)
    if parameter is None:
        raise errors.MissingParameters(names=key)
    return parameter


def _scalar(given: Given, key: str) -> str | None:
    """The one value of a parameter; None when the parameter was not given."""
    parameter = given.get(key)
    if parameter is None:
        return None
    values = parameter.values or ()
    if len(values) != 1 or parameter.map_entries:
        raise errors.InvalidPolicyParameter(value=", ".join(values), name=key)
    return values[0]
