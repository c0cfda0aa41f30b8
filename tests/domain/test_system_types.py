"""Values of the types that every marketplace has, from a worker's record."""

from typing import Any

import pytest

from kempelen.domain import system_types
from kempelen.domain.countries import Locale
from kempelen.domain.people import Worker, WorkerClass


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


@pytest.mark.parametrize(
    ("members", "percent"),
    [
        ({}, 100),
        ({"submitted": 99, "approved": 1, "rejected": 98}, 100),
        ({"submitted": 100}, 100),
        ({"submitted": 100, "approved": 2, "rejected": 1}, 66),
        ({"submitted": 200, "approved": 199, "rejected": 1}, 99),
        ({"submitted": 100, "rejected": 100}, 0),
        ({"submitted": 100, "rejected": 100, "given_percent_approved": 42}, 42),
    ],
)
def test_percent_of_approved_work(members: dict[str, int], percent: int) -> None:
    assert system_types.percent_approved(worker(**members)) == percent


def test_values_of_system_types() -> None:
    somebody = worker(
        approved=7, given_hits_approved=3, subdivision="NY", is_adult=True, is_master=True
    )
    values = {
        system_types.HITS_APPROVED: 10,
        system_types.LOCALE: Locale(country="US", subdivision="NY"),
        system_types.ADULT: 1,
        system_types.PERCENT_APPROVED: 100,
        system_types.MASTERS: 1,
        system_types.MASTERS_SANDBOX: 1,
        system_types.WORKER_CLASS: 0,
        "3UNKNOWN": None,
    }
    for type_id, value in values.items():
        assert system_types.value(somebody, type_id) == value
    assert system_types.value(worker(), system_types.MASTERS) is None
    assert system_types.value(worker(), system_types.ADULT) == 0
    simulated = worker(worker_class=WorkerClass.SIMULATED)
    assert system_types.value(simulated, system_types.WORKER_CLASS) == 2


@pytest.mark.parametrize(
    ("members", "shares"),
    [
        ({}, (100, 0, 0, 0)),
        ({"submitted": 50, "returned": 30, "abandoned": 19}, (100, 0, 0, 0)),
        ({"submitted": 50, "returned": 30, "abandoned": 20}, (50, 20, 30, 0)),
        ({"accepted": 900, "submitted": 2, "returned": 99, "abandoned": 0}, (1, 0, 98, 0)),
        ({"submitted": 99, "rejected": 99}, (100, 0, 0, 0)),
        ({"submitted": 100, "approved": 2, "rejected": 1}, (100, 0, 0, 33)),
        ({"submitted": 100}, (100, 0, 0, 0)),
    ],
)
def test_retired_percentages(members: dict[str, int], shares: tuple[int, ...]) -> None:
    ids = (
        system_types.PERCENT_SUBMITTED,
        system_types.PERCENT_ABANDONED,
        system_types.PERCENT_RETURNED,
        system_types.PERCENT_REJECTED,
    )
    assert tuple(system_types.value(worker(**members), item) for item in ids) == shares


def test_masters_has_two_ids_and_is_listed_once() -> None:
    both = {system_types.MASTERS, system_types.MASTERS_SANDBOX}
    assert {system_types.canonical_id(item) for item in both} == {system_types.MASTERS}
    assert system_types.canonical_id(system_types.ADULT) == system_types.ADULT
    for is_sandbox in (False, True):
        listed = {item.qualification_type_id for item in system_types.listed(is_sandbox=is_sandbox)}
        assert listed & both == {system_types.masters_id(is_sandbox=is_sandbox)}
        assert system_types.PERCENT_RETURNED not in listed
        assert system_types.WORKER_CLASS in listed
