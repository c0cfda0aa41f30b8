"""The constraints of the service model: markers for Annotated, and the words for breaking them.

A marker is a msgspec.Meta, so msgspec enforces it while decoding; the text is for the caller.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

#: Reports stop here, and values are cut, so that no request has an answer of many times its size.
VIOLATIONS_MAX: Final = 100
SHOWN_CHARACTERS_MAX: Final = 1024


def Length(minimum: int, maximum: int) -> msgspec.Meta:  # noqa: N802 (reads as a type)
    """Text of minimum to maximum characters, both included."""
    return msgspec.Meta(min_length=minimum, max_length=maximum)


def Range(minimum: int, maximum: int) -> msgspec.Meta:  # noqa: N802
    """Limit an int to minimum to maximum, both included; its width is that of an Integer."""
    return msgspec.Meta(ge=minimum, le=maximum)


def Pattern(regex: str) -> msgspec.Meta:  # noqa: N802
    """Text that matches the whole regex, which must be anchored at both ends."""
    # The model's `$` also matches before a final line feed in Python, which it must not.
    anchored = regex.removesuffix("$") + r"\Z"
    return msgspec.Meta(pattern=anchored, extra={"regex": regex})


def OneOf(*values: str) -> msgspec.Meta:  # noqa: N802
    """Text that is one of the values of an enumeration of the model."""
    alternatives = "|".join(map(re.escape, values))
    return msgspec.Meta(pattern=rf"^(?:{alternatives})\Z", extra={"values": values})


class SerializationException(Exception):
    """The request is no JSON object, or a member has the wrong JSON type."""

    def __init__(self, message: str) -> None:
        """Keep the text that the caller is to see."""
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One constraint of the model that one member breaks; path as in `notification.eventTypes`."""

    path: str
    value: object
    constraint: str

    def __str__(self) -> str:
        """Render as AWS does; a member that is missing has the value null, without quotes."""
        value = "null" if self.value is None else f"'{_shown(self.value)[:SHOWN_CHARACTERS_MAX]}'"
        return f"Value {value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


class ValidationException(Exception):
    """The request breaks constraints of the service model; all of them are listed."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        """Render the message from at least one violation."""
        self.violations = tuple(violations)
        count = len(self.violations)
        noun = "error" if count == 1 else "errors"
        listed = "; ".join(map(str, self.violations))
        self.message = f"{count} validation {noun} detected: {listed}"
        super().__init__(self.message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """A rule of the model and the words for breaking it; an enumeration has its `values`."""

    text: str
    holds: Callable[[Any], bool]
    values: tuple[str, ...] = ()


def constraints(metas: Sequence[msgspec.Meta]) -> tuple[Constraint, ...]:
    """Put the markers of one member into words, in the order in which AWS reports them."""
    return tuple(constraint for meta in metas for constraint in _constraints_of(meta))


def _constraints_of(meta: msgspec.Meta) -> list[Constraint]:
    rules: list[Constraint] = []
    extra = meta.extra or {}
    if meta.max_length is not None and meta.min_length is not None:
        longest, shortest = meta.max_length, meta.min_length
        text = f"Member must have length less than or equal to {longest}"
        rules.append(Constraint(text=text, holds=lambda value: len(value) <= longest))
        text = f"Member must have length greater than or equal to {shortest}"
        rules.append(Constraint(text=text, holds=lambda value: len(value) >= shortest))
    if meta.le is not None and meta.ge is not None:
        highest, lowest = meta.le, meta.ge
        rules.append(Constraint(text=at_most(highest), holds=lambda value: value <= highest))
        rules.append(Constraint(text=at_least(lowest), holds=lambda value: value >= lowest))
    if "values" in extra:
        values = frozenset(extra["values"])
        text = f"Member must satisfy enum value set: [{', '.join(extra['values'])}]"
        holds = values.__contains__
        rules.append(Constraint(text=text, holds=holds, values=tuple(extra["values"])))
    elif meta.pattern is not None:
        matches = re.compile(meta.pattern).match
        text = f"Member must satisfy regular expression pattern: {extra['regex']}"
        rules.append(Constraint(text=text, holds=lambda value: matches(value) is not None))
    return rules


def at_least(limit: float) -> str:
    """Say that a number is too small."""
    return f"Member must have value greater than or equal to {limit}"


def at_most(limit: float) -> str:
    """Say that a number is too large."""
    return f"Member must have value less than or equal to {limit}"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)
