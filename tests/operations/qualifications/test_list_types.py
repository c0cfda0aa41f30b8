"""ListQualificationTypes: what is in it, in which order, and how it is searched."""

import tracemalloc
from typing import Any

import pytest
import raw

from kempelen.domain import system_types


def listed(make: Any, **members: Any) -> list[str]:
    asked = {"must_be_requestable": True, **members}
    pages = make.walk("ListQualificationTypes", "qualification_types", **asked)
    return [item.name for page in pages for item in page]


@pytest.fixture
def market(make: Any, qualify: Any, other_requester: Any) -> Any:
    """Types of two requesters."""
    qualify.new_type(name="Dogs", keywords="pets, animals", description="Knows 100% of dogs")
    qualify.new_type(name="Äpfel", description="FRÜCHTE erkennen")
    qualify.new_type(name="cats_and_dogs", qualification_type_status="Inactive")
    qualify.new_type(name="Dogs", by=other_requester, test=qualify.test,
                     test_duration_in_seconds=60)  # fmt: skip
    qualify.new_type(name="Hidden", by=other_requester, qualification_type_status="Inactive")
    return make


def test_types_come_by_name(market: Any, other_requester: Any) -> None:
    everything = ["Dogs", "Dogs", "cats_and_dogs", "Äpfel"]
    for size in (1, 2, 3, 100):
        assert listed(market, max_results=size) == everything
        assert listed(market, max_results=size, must_be_owned_by_caller=True) == [
            "Dogs",
            "cats_and_dogs",
            "Äpfel",
        ]
    assert listed(market, by=other_requester) == ["Dogs", "Dogs", "Hidden", "Äpfel"]
    shown = market.ask("ListQualificationTypes", must_be_requestable=True).qualification_types
    assert [item.qualification_type_id for item in shown[:2]] == sorted(
        item.qualification_type_id for item in shown[:2]
    )
    assert [item.test for item in shown] == [None] * 4


@pytest.mark.parametrize("size", [1, 2, 100])
def test_system_types_are_among_them(market: Any, size: int) -> None:
    asked = {"must_be_requestable": False, "max_results": size}
    found = listed(market, **asked)
    system = [item.name for item in system_types.listed(is_sandbox=False)]
    assert found == sorted([*system, "Dogs", "Dogs", "cats_and_dogs", "Äpfel"])
    assert found.count("Masters") == 1
    assert "Masters" not in listed(market, **asked, must_be_owned_by_caller=True)
    assert listed(market, **asked, query="worker approved") == [
        "Worker_NumberHITsApproved",
        "Worker_PercentAssignmentsApproved",
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Dogs", "Dogs", "cats_and_dogs", "Äpfel"]),
        ("  ", ["Dogs", "Dogs", "cats_and_dogs", "Äpfel"]),
        ("DOG", ["Dogs", "Dogs", "cats_and_dogs"]),
        ("nim", ["Dogs"]),
        ("pets dogs knows", ["Dogs"]),
        ("pets cats", []),
        ("100%", ["Dogs"]),
        ("%", ["Dogs"]),
        ("_", ["cats_and_dogs"]),
        ("!", []),
        ("früchte ÄPFEL", ["Äpfel"]),
        ("x" * 5000, []),
        (" ".join(["dog"] * 40), ["Dogs", "Dogs", "cats_and_dogs"]),
    ],
)
def test_a_query_looks_for_parts_of_words(market: Any, query: str, names: list[str]) -> None:
    for size in (1, 100):
        assert listed(market, query=query, max_results=size) == names


def test_an_id_finds_its_type(market: Any, qualify: Any) -> None:
    made = qualify.new_type(name="By its id")
    assert listed(market, query=made.qualification_type_id) == ["By its id"]
    assert listed(market, query=system_types.LOCALE, must_be_requestable=False) == ["Worker_Locale"]


def test_a_deleted_type_is_gone_from_the_list(market: Any, qualify: Any) -> None:
    type_id = qualify.type_id(name="Gone")
    qualify.hit(qualify.requiring(type_id))
    market.ask("DeleteQualificationType", qualification_type_id=type_id)
    assert "Gone" not in listed(market)
    assert listed(market, query=type_id) == []


def test_long_names_fit_into_a_token(make: Any, qualify: Any) -> None:
    for letter in "ab":
        qualify.new_type(name="ÿ" * 199 + letter)
    answer = make.ask("ListQualificationTypes", must_be_requestable=True, max_results=1)
    assert len(answer.next_token) <= 255
    assert len(listed(make, max_results=1)) == 2


def test_many_types_are_walked_in_batches(make: Any, qualify: Any) -> None:
    for number in range(12):
        qualify.new_type(name=f"Type {number:04}", description="rare" if number == 11 else "common")
    copies = raw.copying(
        "qualification_types",
        219,
        "value >= 100",
        qualification_type_id="qualification_type_id || value",
        name="name || value",
    )
    make.change(copies)
    names = listed(make, max_results=100)
    assert len(names) == 12 * 121
    assert names == sorted(names)
    assert len(listed(make, query="rare common", max_results=100)) == 0
    assert len(listed(make, query="RARE", max_results=100)) == 121


def test_a_page_reads_little_more_than_it_shows(make: Any, qualify: Any) -> None:
    """Types have tests of up to 64 KiB, and most of those that follow are not for this page."""
    long = qualify.test.replace("Which is red?", "Which is red? " + "x" * 60_000)
    for number in range(4):
        qualify.new_type(name=f"Type {number}", test=long, test_duration_in_seconds=60)
    copies = raw.copying(
        "qualification_types",
        219,
        "value >= 100",
        qualification_type_id="qualification_type_id || value",
        name="name || value",
    )
    make.change(copies)
    tracemalloc.start()
    shown = make.ask("ListQualificationTypes", must_be_requestable=True, max_results=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert shown.num_results == 10
    assert peak < 10_000_000
