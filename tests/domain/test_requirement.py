"""Qualification requirements: what may be asked, who meets it, what it guards."""

from typing import Any

import pytest

from kempelen.domain import errors
from kempelen.domain import requirement as requirements
from kempelen.domain.countries import Locale
from kempelen.domain.people import Worker, WorkerClass
from kempelen.domain.requirement import (
    ACCEPT_GUARDS,
    DISCOVER_GUARDS,
    PREVIEW_GUARDS,
    ActionsGuarded,
    Comparator,
    QualificationRequirement,
    Standing,
)
from kempelen.domain.system_types import LOCALE, MASTERS, PERCENT_APPROVED, WORKER_CLASS


def worker(**members: Any) -> Worker:
    return Worker(
        **{
            "worker_id": "AWORKER",
            "name": "Ada",
            "worker_class": WorkerClass.HUMAN,
            "country": "US",
            **members,
        }
    )


def standing(granted: dict[str, int] | None = None, **members: Any) -> Standing:
    return Standing(worker=worker(**members), granted=granted or {})


def place(text: str) -> Locale:
    country, _, subdivision = text.partition("-")
    return Locale(country=country, subdivision=subdivision or None)


def requirement(comparator: str, *values: int | str, **members: Any) -> QualificationRequirement:
    """Integers are values of a number, texts are places."""
    is_place = members.pop("is_place", any(isinstance(value, str) for value in values))
    return QualificationRequirement(
        **{
            "qualification_type_id": LOCALE if is_place else PERCENT_APPROVED,
            "comparator": Comparator(comparator),
            "integer_values": tuple(value for value in values if isinstance(value, int)),
            "locale_values": tuple(place(value) for value in values if isinstance(value, str)),
            **members,
        }
    )


@pytest.mark.parametrize(
    ("comparator", "wanted", "meeting"),
    [
        ("LessThan", (5,), [4]),
        ("LessThanOrEqualTo", (5,), [4, 5]),
        ("GreaterThan", (5,), [6]),
        ("GreaterThanOrEqualTo", (5,), [5, 6]),
        ("EqualTo", (5,), [5]),
        ("NotEqualTo", (5,), [4, 6]),
        ("In", (4, 6), [4, 6]),
        ("NotIn", (4, 6), [5]),
        ("Exists", (), [4, 5, 6]),
        ("DoesNotExist", (), [None]),
    ],
)
def test_numbers(comparator: str, wanted: tuple[int, ...], meeting: list[int | None]) -> None:
    asked = requirement(comparator, *wanted)
    assert [value for value in (None, 4, 5, 6) if asked.is_met_by(value)] == meeting


@pytest.mark.parametrize(
    ("comparator", "wanted", "meeting"),
    [
        ("EqualTo", ("US",), ["US", "US-CA", "US-NY"]),
        ("EqualTo", ("US-CA",), ["US-CA"]),
        ("NotEqualTo", ("US-CA",), ["US", "US-NY", "IN"]),
        ("NotEqualTo", ("US",), ["IN"]),
        ("In", ("US-CA", "IN"), ["US-CA", "IN"]),
        ("NotIn", ("US-CA", "IN"), ["US", "US-NY"]),
    ],
)
def test_places(comparator: str, wanted: tuple[str, ...], meeting: list[str]) -> None:
    asked = requirement(comparator, *wanted)
    places = ["US", "US-CA", "US-NY", "IN"]
    assert [text for text in places if asked.is_met_by(place(text))] == meeting
    assert not asked.is_met_by(None)


def test_existence_of_a_place() -> None:
    assert requirement("Exists", is_place=True).is_met_by(place("IN"))
    assert not requirement("DoesNotExist", is_place=True).is_met_by(place("IN"))


GOOD = [
    requirement("Exists"),
    requirement("DoesNotExist", is_place=True),
    requirement("LessThan", 5),
    requirement("In", *range(15)),
    requirement("NotIn", 1),
    requirement("EqualTo", "US-PA"),
    requirement("In", *["DE"] * 30),
]
BAD = [
    (requirement("Exists", 1), "IntegerValues"),
    (requirement("LessThan"), "IntegerValues"),
    (requirement("LessThan", 1, 2), "IntegerValues"),
    (requirement("In"), "IntegerValues"),
    (requirement("In", *range(16)), "IntegerValues"),
    (requirement("EqualTo", 1, locale_values=(place("US"),)), "LocaleValues"),
    (requirement("EqualTo", 1, is_place=True), "IntegerValues"),
    (requirement("LessThan", "US"), "Comparator"),
    (requirement("Exists", "US"), "LocaleValues"),
    (requirement("EqualTo", is_place=True), "LocaleValues"),
    (requirement("EqualTo", "US", "DE"), "LocaleValues"),
    (requirement("NotIn", *["DE"] * 31), "LocaleValues"),
    (requirement("EqualTo", "XX"), "Country"),
    (requirement("EqualTo", "us"), "Country"),
    (requirement("EqualTo", "DE-BY"), "Subdivision"),
]


@pytest.mark.parametrize("asked", GOOD)
def test_what_may_be_asked(asked: QualificationRequirement) -> None:
    requirements.check(asked)


@pytest.mark.parametrize(("asked", "name"), BAD)
def test_what_may_not(asked: QualificationRequirement, name: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as found:
        requirements.check(asked)
    assert found.value.parameter == name


def test_each_guard_includes_the_ones_before_it() -> None:
    guarded = {level: requirement("LessThan", 0, actions_guarded=level) for level in ActionsGuarded}
    everything = tuple(guarded.values())

    def unmet(guards: frozenset[ActionsGuarded]) -> tuple[QualificationRequirement, ...]:
        return requirements.unmet(everything, standing(), guards)

    accept, preview, discover = guarded.values()
    assert unmet(DISCOVER_GUARDS) == (discover,)
    assert unmet(PREVIEW_GUARDS) == (preview, discover)
    assert unmet(ACCEPT_GUARDS) == (accept, preview, discover)
    met = requirement("GreaterThan", 0, actions_guarded=ActionsGuarded.ACCEPT)
    assert requirements.unmet((met,), standing(), ACCEPT_GUARDS) == ()


def test_in_words() -> None:
    words = requirements.in_words
    assert words(requirement("GreaterThan", 90)) == (
        "Worker_PercentAssignmentsApproved GreaterThan 90"
    )
    assert words(requirement("In", "US-NY", "DE")) == "Worker_Locale In US-NY, DE"
    own = requirement("Exists", qualification_type_id="3TYPE", type_name="Knows dogs")
    assert words(own) == "Knows dogs Exists"
    unnamed = requirement("Exists", qualification_type_id="3TYPE")
    assert words(unnamed) == "3TYPE Exists"
    assert unnamed == own
    assert unnamed.canonical() == own.canonical()


def test_classes_of_workers() -> None:
    simulated = worker(worker_class=WorkerClass.SIMULATED)
    asked = requirement("In", 0, 2, qualification_type_id=WORKER_CLASS)
    assert requirements.admits_class((), worker(), WorkerClass.HUMAN)
    assert not requirements.admits_class((), simulated, WorkerClass.HUMAN)
    assert requirements.admits_class((asked,), simulated, WorkerClass.HUMAN)


def test_a_standing_has_the_record_and_what_was_granted() -> None:
    found = standing({"3TYPE": 7, MASTERS: 5}, country="IN")
    assert found.value("3TYPE") == 7
    assert found.value("3OTHER") is None
    assert found.value(LOCALE) == place("IN")
    assert found.value(MASTERS) is None
