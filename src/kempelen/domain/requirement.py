"""Qualification requirements: their validation, their comparators, and the three guarded actions.

What a worker holds is given as a `Standing`; where it comes from is not known here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kempelen.domain import errors, system_types
from kempelen.domain.countries import COUNTRIES, Locale
from kempelen.domain.people import Worker, WorkerClass
from kempelen.domain.system_types import LOCALE, SYSTEM_TYPES, WORKER_CLASS, Value

REQUIREMENTS_MAX = 10
IN_VALUES_MAX = 15
IN_LOCALES_MAX = 30


class Comparator(StrEnum):
    """Comparators of a requirement, with their wire values."""

    LESS_THAN = "LessThan"
    LESS_THAN_OR_EQUAL_TO = "LessThanOrEqualTo"
    GREATER_THAN = "GreaterThan"
    GREATER_THAN_OR_EQUAL_TO = "GreaterThanOrEqualTo"
    EQUAL_TO = "EqualTo"
    NOT_EQUAL_TO = "NotEqualTo"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    IN = "In"
    NOT_IN = "NotIn"


class ActionsGuarded(StrEnum):
    """What a requirement guards; each level includes the ones before it."""

    ACCEPT = "Accept"
    PREVIEW_AND_ACCEPT = "PreviewAndAccept"
    DISCOVER_PREVIEW_AND_ACCEPT = "DiscoverPreviewAndAccept"


DISCOVER_GUARDS = frozenset({ActionsGuarded.DISCOVER_PREVIEW_AND_ACCEPT})
PREVIEW_GUARDS = DISCOVER_GUARDS | {ActionsGuarded.PREVIEW_AND_ACCEPT}
ACCEPT_GUARDS = PREVIEW_GUARDS | {ActionsGuarded.ACCEPT}

VALUELESS = (Comparator.EXISTS, Comparator.DOES_NOT_EXIST)
LISTS = (Comparator.IN, Comparator.NOT_IN)
EQUALITY = (Comparator.EQUAL_TO, Comparator.NOT_EQUAL_TO)


@dataclass(frozen=True, kw_only=True, slots=True)
class QualificationRequirement:
    """One condition on a worker; exactly the kind of values that its type and comparator admit.

    A type keeps its name for ever, so the requirement carries it; it is no part of its identity.
    """

    qualification_type_id: str
    comparator: Comparator
    integer_values: tuple[int, ...] = ()
    locale_values: tuple[Locale, ...] = ()
    actions_guarded: ActionsGuarded = ActionsGuarded.ACCEPT
    type_name: str | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The name of the type, or its id where the name is not known."""
        system = SYSTEM_TYPES.get(self.qualification_type_id)
        if system is not None:
            return system.name
        return self.type_name or self.qualification_type_id

    def canonical(self) -> str:
        """Equal text for equal requirements."""
        locales = [f"{locale.country}-{locale.subdivision}" for locale in self.locale_values]
        return "|".join(
            [
                self.qualification_type_id,
                self.comparator,
                ",".join(map(str, self.integer_values)),
                ",".join(locales),
                self.actions_guarded,
            ]
        )

    def is_met_by(self, value: Value | None) -> bool:
        """Compare the value that a worker holds; None when the worker holds none."""
        if self.comparator is Comparator.EXISTS:
            return value is not None
        if self.comparator is Comparator.DOES_NOT_EXIST:
            return value is None
        if value is None:
            return False
        if isinstance(value, Locale):
            inside = any(locale.covers(value) for locale in self.locale_values)
            return inside is (self.comparator in {Comparator.EQUAL_TO, Comparator.IN})
        return _COMPARISONS[self.comparator](value, self.integer_values)


_COMPARISONS: Mapping[Comparator, Callable[[int, Sequence[int]], bool]] = {
    Comparator.LESS_THAN: lambda value, wanted: value < wanted[0],
    Comparator.LESS_THAN_OR_EQUAL_TO: lambda value, wanted: value <= wanted[0],
    Comparator.GREATER_THAN: lambda value, wanted: value > wanted[0],
    Comparator.GREATER_THAN_OR_EQUAL_TO: lambda value, wanted: value >= wanted[0],
    Comparator.EQUAL_TO: lambda value, wanted: value == wanted[0],
    Comparator.NOT_EQUAL_TO: lambda value, wanted: value != wanted[0],
    Comparator.IN: lambda value, wanted: value in wanted,
    Comparator.NOT_IN: lambda value, wanted: value not in wanted,
}


def check(requirement: QualificationRequirement) -> None:
    """Refuse values of the wrong kind or number for the type and the comparator."""
    if requirement.qualification_type_id == LOCALE:
        _check_locales(requirement)
    elif requirement.locale_values:
        raise errors.InvalidParameterValue(
            value=requirement.locale_values[0].country, name="LocaleValues"
        )
    else:
        low, high = _count_wanted(requirement.comparator, IN_VALUES_MAX)
        _check_count(requirement.integer_values, low, high, "IntegerValues")


def _check_locales(requirement: QualificationRequirement) -> None:
    if requirement.integer_values:
        raise errors.InvalidParameterValue(
            value=requirement.integer_values[0], name="IntegerValues"
        )
    if requirement.comparator not in (*VALUELESS, *EQUALITY, *LISTS):
        raise errors.InvalidParameterValue(value=requirement.comparator, name="Comparator")
    low, high = _count_wanted(requirement.comparator, IN_LOCALES_MAX)
    _check_count(requirement.locale_values, low, high, "LocaleValues")
    for locale in requirement.locale_values:
        if locale.country not in COUNTRIES:
            raise errors.InvalidParameterValue(value=locale.country, name="Country")
        if locale.subdivision is not None and locale.country != "US":
            raise errors.InvalidParameterValue(value=locale.subdivision, name="Subdivision")


def _count_wanted(comparator: Comparator, list_max: int) -> tuple[int, int]:
    if comparator in VALUELESS:
        return 0, 0
    return (1, list_max) if comparator in LISTS else (1, 1)


def _check_count(values: Sequence[object], low: int, high: int, name: str) -> None:
    if not low <= len(values) <= high:
        shown = ", ".join(map(str, values))
        raise errors.InvalidParameterValue(value=shown, name=name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What a worker is measured by: the own record, and the granted values by type id."""

    worker: Worker
    granted: Mapping[str, int]

    def value(self, qualification_type_id: str) -> Value | None:
        """The value of a type that the worker holds; None for none. Revoked is none."""
        if qualification_type_id in SYSTEM_TYPES:
            return system_types.value(self.worker, qualification_type_id)
        return self.granted.get(qualification_type_id)


def unmet(
    requirements: Sequence[QualificationRequirement],
    standing: Standing,
    guards: frozenset[ActionsGuarded],
) -> tuple[QualificationRequirement, ...]:
    """The requirements among those with one of `guards` that the worker does not meet."""
    return tuple(
        requirement
        for requirement in requirements
        if requirement.actions_guarded in guards
        and not requirement.is_met_by(standing.value(requirement.qualification_type_id))
    )


def in_words(requirement: QualificationRequirement) -> str:
    """A requirement as workers read it."""
    values = [*map(str, requirement.integer_values), *map(str, requirement.locale_values)]
    return " ".join([requirement.name, requirement.comparator, ", ".join(values)]).strip()


def admits_class(
    requirements: Sequence[QualificationRequirement], worker: Worker, default: WorkerClass
) -> bool:
    """Who may accept when the requirements do not speak of worker classes: the site's default."""
    if any(item.qualification_type_id == WORKER_CLASS for item in requirements):
        return True
    return worker.worker_class is default
