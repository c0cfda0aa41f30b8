"""The base of all wire shapes, the constraints their members carry, and the check of both.

A shape says what a request or response looks like; it knows no bytes, no rules of the market and
no defaults. Constraints are enforced twice: by msgspec while it decodes, which is quick and stops
at the first, and by `read` and `check`, which report every violation in the words that AWS uses.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Protocol, TypeVar, Union, cast, get_args, get_origin
from typing import get_type_hints as hints_of

import msgspec

from kempelen.api.constraints import (
    VIOLATIONS_MAX,
    Constraint,
    Length,
    OneOf,
    Pattern,
    Range,
    SerializationException,
    ValidationException,
    Violation,
    at_least,
    at_most,
    constraints,
)

__all__ = [
    "Integer",
    "Length",
    "Long",
    "OneOf",
    "Pattern",
    "Range",
    "SerializationException",
    "Shape",
    "Timestamp",
    "ValidationException",
    "Violation",
    "check",
    "members",
    "read",
    "wire_name",
]

_SPELLINGS: Final = {"hit": "HIT", "hits": "HITs", "url": "URL"}


def wire_name(name: str) -> str:
    """Spell a member as on the wire: `hit_type_id` is HITTypeId, `hits` HITs."""
    return "".join(_SPELLINGS.get(word, word.capitalize()) for word in name.split("_"))


# Collecting garbage can skip shapes, because frozen records of scalars and tuples form no cycles.
class Shape(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename=wire_name,
    omit_defaults=True,
    gc=False,
):
    """A structure of the wire contract; absent members are None and are left out when sent."""


S = TypeVar("S", bound=Shape)


def _width(name: str, bits: int) -> msgspec.Meta:
    # Outside of its width a number is no Integer or Long at all: wrong JSON, not a violation.
    limit = 1 << (bits - 1)
    return msgspec.Meta(ge=-limit, le=limit - 1, extra={"width": name})


_INTEGER: Final = _width("Integer", 32)
_LONG: Final = _width("Long", 64)

# Years 1 to 9999, so that every Timestamp can become a datetime.
_EARLIEST: Final = -62_135_596_800
_TOO_LATE: Final = 253_402_300_800

Integer = Annotated[int, _INTEGER]
Long = Annotated[int, _LONG]
#: Seconds since the epoch. Requests may also write it as text, in ISO 8601 or as a number.
Timestamp = Annotated[float, msgspec.Meta(ge=_EARLIEST, lt=_TOO_LATE)]


# --- reading and checking --------------------------------------------------------------------


def read(value: object, shape: type[S]) -> S:
    """Build a shape from decoded JSON, slowly and exactly.

    Null counts as absent, a number without fraction as an integer; unknown members are ignored.
    Refuses with SerializationException (the first wrong type) or else ValidationException (all
    violations).
    """
    if not isinstance(value, dict):
        raise SerializationException(_misplaced(value, "Structure"))
    found: list[Violation] = []
    built = _read_structure(shape, value, "", found)
    if found:
        raise ValidationException(found)
    # Without violations no required member was missing, so the structure has been built.
    return cast("S", built)


def check(request: Shape) -> None:
    """Refuse with ValidationException a shape built in code that breaks constraints.

    What `read` or a decoder built has been checked already.
    """
    if _is_right(request):
        return
    found: list[Violation] = []
    _check_structure(request, "", found)
    if found:
        raise ValidationException(found)


class Kind(Protocol):
    """How one type of the model is read from JSON, and checked once it is a value."""

    @property
    def accepts(self) -> Callable[[Any], bool] | None:
        """The quick test whether a value is right, or None when every value is."""
        ...

    def read(self, value: object, path: str, found: list[Violation]) -> object:
        """Convert, collecting violations; SerializationException for a wrong type."""
        ...

    def check(self, value: Any, path: str, found: list[Violation]) -> None:
        """Collect the violations of a value that has the right type."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A member of a structure; segment is its name as violations spell it."""

    attribute: str
    wire: str
    segment: str
    is_required: bool
    kind: Kind


@cache
def members(shape: type[Shape]) -> tuple[Member, ...]:
    """Describe a structure's members in the order in which violations are reported."""
    hints = hints_of(shape, include_extras=True)
    return tuple(
        Member(
            attribute=field.name,
            wire=field.encode_name,
            segment=field.encode_name[0].lower() + field.encode_name[1:],
            is_required=field.required,
            kind=_kind(hints[field.name]),
        )
        for field in msgspec.structs.fields(shape)
    )


@cache
def _tests(shape: type[Shape]) -> tuple[tuple[bool, Callable[[Any], bool] | None], ...]:
    return tuple((member.is_required, member.kind.accepts) for member in members(shape))


def _is_right(structure: Shape) -> bool:
    values = msgspec.structs.astuple(structure)
    for value, (is_required, accepts) in zip(values, _tests(type(structure)), strict=True):
        if value is None:
            if is_required:
                return False
        elif accepts is not None and not accepts(value):
            return False
    return True


def _read_structure(
    shape: type[Shape], value: Mapping[str, object], prefix: str, found: list[Violation]
) -> Shape | None:
    # Returns None only after adding a violation: the structure then lacks a required member.
    values: dict[str, object] = {}
    is_complete = True
    for member in members(shape):
        given = value.get(member.wire)
        path = prefix + member.segment
        if given is not None:
            values[member.attribute] = member.kind.read(given, path, found)
        elif member.is_required:
            found.append(_missing(path))
            is_complete = False
    return shape(**values) if is_complete else None


def _check_structure(structure: Shape, prefix: str, found: list[Violation]) -> None:
    for member in members(type(structure)):
        value = getattr(structure, member.attribute)
        path = prefix + member.segment
        if value is not None:
            member.kind.check(value, path, found)
        elif member.is_required:
            found.append(_missing(path))


def _missing(path: str) -> Violation:
    return Violation(path=path, value=None, constraint="Member must not be null")


# --- the kinds -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A string, perhaps limited in length or to a pattern or an enumeration."""

    constraints: tuple[Constraint, ...]

    @property
    def accepts(self) -> Callable[[Any], bool] | None:
        """Test all constraints, if there are any."""
        return _all_hold(self.constraints) if self.constraints else None

    def read(self, value: object, path: str, found: list[Violation]) -> str:
        """Take JSON strings only."""
        if not isinstance(value, str):
            raise SerializationException(_misplaced(value, "String"))
        self.check(value, path, found)
        return value

    def check(self, value: str, path: str, found: list[Violation]) -> None:
        """Report every constraint that does not hold."""
        found.extend(
            Violation(path=path, value=value, constraint=constraint.text)
            for constraint in self.constraints
            if not constraint.holds(value)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """An Integer or Long; lowest and highest are the limits of its width."""

    name: str
    lowest: int
    highest: int
    constraints: tuple[Constraint, ...]

    @property
    def accepts(self) -> Callable[[Any], bool]:
        """Test the width too: Python's integers can be wider."""
        lowest, highest, hold = self.lowest, self.highest, _all_hold(self.constraints)
        return lambda value: lowest <= value <= highest and hold(value)

    def read(self, value: object, path: str, found: list[Violation]) -> int:
        """Take numbers without a fraction; 3.0 is 3."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise SerializationException(_misplaced(value, self.name))
        if not self.lowest <= value <= self.highest:
            message = f"NUMBER_VALUE is out of the range of {self.name}"
            raise SerializationException(message)
        self.check(value, path, found)
        return value

    def check(self, value: int, path: str, found: list[Violation]) -> None:
        """Report a value outside of its width or of the model's range."""
        if value < self.lowest:
            found.append(Violation(path=path, value=value, constraint=at_least(self.lowest)))
        elif value > self.highest:
            found.append(Violation(path=path, value=value, constraint=at_most(self.highest)))
        found.extend(
            Violation(path=path, value=value, constraint=constraint.text)
            for constraint in self.constraints
            if not constraint.holds(value)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """A Boolean."""

    @property
    def accepts(self) -> None:
        """Both values are right."""
        return None

    def read(self, value: object, path: str, found: list[Violation]) -> bool:  # noqa: ARG002
        """Take true and false only."""
        if not isinstance(value, bool):
            raise SerializationException(_misplaced(value, "Boolean"))
        return value

    def check(self, value: bool, path: str, found: list[Violation]) -> None:  # noqa: FBT001
        """Find nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A Timestamp in seconds since the epoch."""

    @property
    def accepts(self) -> None:
        """The model has no limits for times."""
        return None

    def read(self, value: object, path: str, found: list[Violation]) -> float:  # noqa: ARG002
        """Take numbers, and strings that hold a number or an ISO 8601 time (UTC by default)."""
        if isinstance(value, str):
            seconds = _seconds(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value
        else:
            raise SerializationException(_misplaced(value, "Timestamp"))
        if not _EARLIEST <= seconds < _TOO_LATE:
            message = "The value is out of the range of Timestamp"
            raise SerializationException(message)
        return float(seconds)

    def check(self, value: float, path: str, found: list[Violation]) -> None:
        """Find nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Many:
    """A list."""

    item: Kind

    @property
    def accepts(self) -> Callable[[Any], bool] | None:
        """Test the items; the model limits no list's length."""
        accepts = self.item.accepts
        return None if accepts is None else lambda value: all(map(accepts, value))

    def read(self, value: object, path: str, found: list[Violation]) -> tuple[object, ...]:
        """Take JSON arrays without null in them."""
        if not isinstance(value, list):
            raise SerializationException(_misplaced(value, "List"))
        before = len(found)
        items: list[object] = []
        for number, each in enumerate(value, 1):
            if len(found) >= VIOLATIONS_MAX:
                break
            items.append(self.item.read(each, f"{path}.{number}.member", found))
        self._gather(value, path, found, before)
        return tuple(items)

    def check(self, value: Sequence[object], path: str, found: list[Violation]) -> None:
        """Report items as AWS does: structures one by one, scalars as one violation of the list."""
        before = len(found)
        for number, each in enumerate(value, 1):
            if len(found) >= VIOLATIONS_MAX:
                break
            self.item.check(each, f"{path}.{number}.member", found)
        self._gather(value, path, found, before)

    def _gather(
        self, value: Sequence[object], path: str, found: list[Violation], before: int
    ) -> None:
        if len(found) > before and isinstance(self.item, Text | Whole):
            # AWS lists every rule of the items here, also those that hold.
            rules = [constraint.text for constraint in self.item.constraints]
            broken = dict.fromkeys(violation.constraint for violation in found[before:])
            text = f"Member must satisfy constraint: [{', '.join(rules or broken)}]"
            found[before:] = [Violation(path=path, value=value, constraint=text)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A structure inside another."""

    shape: type[Shape]

    @property
    def accepts(self) -> Callable[[Any], bool] | None:
        """Test the members, if any can be wrong."""
        return _is_right if any(map(any, _tests(self.shape))) else None

    def read(self, value: object, path: str, found: list[Violation]) -> Shape | None:
        """Take JSON objects only."""
        if not isinstance(value, dict):
            raise SerializationException(_misplaced(value, "Structure"))
        return _read_structure(self.shape, value, path + ".", found)

    def check(self, value: Shape, path: str, found: list[Violation]) -> None:
        """Report the members' violations."""
        _check_structure(value, path + ".", found)


def _all_hold(rules: Sequence[Constraint]) -> Callable[[Any], bool]:
    if len(rules) == 1:
        return rules[0].holds
    tests = [rule.holds for rule in rules]

    def hold(value: object) -> bool:
        return all([test(value) for test in tests])  # noqa: C419 (quicker for so few)

    return hold


def _kind(hint: Any) -> Kind:
    metas: tuple[msgspec.Meta, ...] = ()
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is Annotated:
        hint, *metadata = get_args(hint)
        metas = tuple(each for each in metadata if isinstance(each, msgspec.Meta))
    kind: Kind
    if hint is str:
        kind = Text(constraints=constraints(metas))
    elif hint is int:
        kind = _whole(metas)
    elif hint is bool:
        kind = Truth()
    elif hint is float:
        kind = Moment()
    elif get_origin(hint) is tuple:
        kind = Many(item=_kind(get_args(hint)[0]))
    elif isinstance(hint, type) and issubclass(hint, Shape):
        kind = Part(shape=hint)
    else:
        message = f"no shape may have a member of type {hint}"
        raise TypeError(message)
    return kind


def _whole(metas: Sequence[msgspec.Meta]) -> Whole:
    # A member with a Range is an Integer; msgspec takes only one pair of limits.
    width = _LONG if _LONG in metas else _INTEGER
    return Whole(
        name="Long" if width is _LONG else "Integer",
        lowest=int(width.ge or 0),
        highest=int(width.le or 0),
        constraints=constraints([meta for meta in metas if meta is not width]),
    )


_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?")


def _seconds(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        message = "STRING_VALUE can not be converted to Timestamp"
        raise SerializationException(message) from None


def _misplaced(value: object, wanted: str) -> str:
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, bool):
        given = "TRUE_VALUE" if value else "FALSE_VALUE"
    elif isinstance(value, str):
        given = "STRING_VALUE"
    elif isinstance(value, float):
        given = "DECIMAL_VALUE"
    else:
        given = "NULL_VALUE" if value is None else "NUMBER_VALUE"
    return f"{given} can not be converted to {wanted}"
