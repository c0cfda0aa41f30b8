"""HIT types: which properties are the same type, and the group that follows from its id."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain.countries import Locale
from kempelen.domain.hit_type import HITTypeProperties, group_id_of
from kempelen.domain.requirement import (
    ActionsGuarded,
    Comparator,
    QualificationRequirement,
)

ONE = QualificationRequirement(
    qualification_type_id="3ONE", comparator=Comparator.IN, integer_values=(1, 2)
)
TWO = QualificationRequirement(
    qualification_type_id="3TWO",
    comparator=Comparator.EQUAL_TO,
    locale_values=(Locale(country="US"),),
)
PROPERTIES = HITTypeProperties(
    title="Tag",
    description="Tag it",
    keywords="a, b",
    reward=500,
    assignment_duration_seconds=600,
    auto_approval_delay_seconds=0,
    requirements=(ONE, TWO),
)


def test_the_order_of_requirements_does_not_count() -> None:
    turned = replace(PROPERTIES, requirements=(TWO, ONE))
    assert turned.fingerprint() == PROPERTIES.fingerprint()


DIFFERENT = [
    replace(PROPERTIES, title="tag"),
    replace(PROPERTIES, description="Tag it "),
    replace(PROPERTIES, keywords="a,b"),
    replace(PROPERTIES, reward=501),
    replace(PROPERTIES, assignment_duration_seconds=601),
    replace(PROPERTIES, auto_approval_delay_seconds=1),
    replace(PROPERTIES, title="TagTag it", description=""),
    replace(PROPERTIES, requirements=(ONE,)),
    replace(PROPERTIES, requirements=(ONE, ONE, TWO)),
    replace(PROPERTIES, requirements=(replace(ONE, comparator=Comparator.NOT_IN), TWO)),
    replace(PROPERTIES, requirements=(replace(ONE, integer_values=(12,)), TWO)),
    replace(
        PROPERTIES,
        requirements=(replace(ONE, actions_guarded=ActionsGuarded.PREVIEW_AND_ACCEPT), TWO),
    ),
    replace(
        PROPERTIES,
        requirements=(ONE, replace(TWO, locale_values=(Locale(country="US", subdivision="CA"),))),
    ),
]


def test_everything_else_counts() -> None:
    prints = {item.fingerprint() for item in (PROPERTIES, *DIFFERENT)}
    assert len(prints) == 1 + len(DIFFERENT)


@given(st.text("ABC0", min_size=1, max_size=8))
def test_a_group_id_looks_like_every_other_id(hit_type_id: str) -> None:
    group_id = group_id_of(hit_type_id)
    assert len(group_id) == 30
    assert group_id.startswith("3")
    assert group_id.isalnum()
    assert group_id.isupper() or group_id.isdigit()
    assert group_id_of(hit_type_id) == group_id != group_id_of(f"{hit_type_id}1")


def test_a_hit_type_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        PROPERTIES.reward = 1  # type: ignore[misc]  # that is the point
