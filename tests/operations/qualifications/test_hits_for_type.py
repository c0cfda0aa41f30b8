"""ListHITsForQualificationType, and how many statements finding work takes."""

from typing import Any

import pytest

from kempelen.api.work import ListHitGroupsRequest
from kempelen.domain import errors, system_types
from kempelen.operations import finding
from kempelen.store.tx import Tx


def listed(make: Any, type_id: str, size: int = 10, **members: Any) -> list[str]:
    pages = make.walk(
        "ListHITsForQualificationType",
        "hits",
        qualification_type_id=type_id,
        max_results=size,
        **members,
    )
    return [hit.hit_id for page in pages for hit in page]


def test_undisposed_hits_come_in_order_of_creation(
    make: Any, qualify: Any, other_requester: Any
) -> None:
    type_id, other = qualify.type_id(), qualify.type_id()
    above = qualify.requiring(type_id, comparator="GreaterThan", integer_values=(1,))
    below = qualify.requiring(type_id, comparator="LessThan", integer_values=(9,))
    made = []
    for number in range(6):
        members: Any = {"title": f"Number {number % 3}"}
        made.append(qualify.hit(above, below, qualify.requiring(other), **members))
        make.create_hit()
        qualify.hit(qualify.requiring(other))
    foreign = qualify.type_id(by=other_requester)
    disposed = made.pop(2).hit_id
    make.ask("UpdateExpirationForHIT", hit_id=disposed, expire_at=0.0)
    make.ask("DeleteHIT", hit_id=disposed)
    make.ask("UpdateExpirationForHIT", hit_id=made[0].hit_id, expire_at=0.0)
    for size in (1, 2, 100):
        assert listed(make, type_id, size) == [hit.hit_id for hit in made]
    answer = make.ask("ListHITsForQualificationType", qualification_type_id=type_id)
    assert answer.hits[1] == made[1]
    assert answer.hits[0].hit_status == "Reviewable"
    assert len(listed(make, other)) == 11
    for unknown in (foreign, "3UNKNOWN"):
        refusal = make.refusal("ListHITsForQualificationType", qualification_type_id=unknown)
        assert isinstance(refusal, errors.QualificationTypeDoesNotExist)


def test_system_types_can_be_asked_for(make: Any, qualify: Any, other_requester: Any) -> None:
    masters = [
        qualify.hit(qualify.requiring(type_id))
        for type_id in (system_types.MASTERS, system_types.MASTERS_SANDBOX)
    ]
    make.create_hit(
        by=other_requester, qualification_requirements=(qualify.requiring(system_types.MASTERS),)
    )
    for type_id in (system_types.MASTERS, system_types.MASTERS_SANDBOX):
        assert listed(make, type_id, 1) == [hit.hit_id for hit in masters]
    assert listed(make, system_types.ADULT) == []


def test_a_token_is_bound_to_the_type(make: Any, qualify: Any) -> None:
    type_id, other = qualify.type_id(), qualify.type_id()
    for _ in range(2):
        qualify.hit(qualify.requiring(type_id), qualify.requiring(other))
    asked = {"qualification_type_id": type_id, "max_results": 1}
    token = make.ask("ListHITsForQualificationType", **asked).next_token
    asked["qualification_type_id"] = other
    refusal = make.refusal("ListHITsForQualificationType", **asked, next_token=token)
    assert refusal.parameter == "NextToken"


def test_overdue_hits_are_settled_before_they_are_shown(make: Any, qualify: Any) -> None:
    type_id = qualify.type_id()
    qualify.hit(qualify.requiring(type_id), lifetime_in_seconds=60)
    make.clock.advance(days=121)
    assert listed(make, type_id) == []


class Counting:
    """A connection that counts what is executed."""

    company = None

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.texts: list[str] = []

    def execute(self, text: str, parameters: Any = ()) -> Any:
        self.texts.append(text)
        return self.connection.execute(text, parameters)


@pytest.mark.parametrize("qualified", [False, True])
def test_finding_takes_as_many_statements_for_any_number_of_groups(
    make: Any,
    qualify: Any,
    worker: Any,
    qualified: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    def statements() -> list[str]:
        def read(connection: Any) -> list[str]:
            counting = Counting(connection)
            tx = Tx(
                counting,
                engine=make.app.db.engine,
                cache=make.app.db.cache,
                now=make.clock.now(),
                ids=make.app.ids,
                settings=make.app.settings,
                policies=make.app.policies,
                page_key=make.app.secret_key,
                is_writing=False,
                unsettled=frozenset(),
            )
            request = ListHitGroupsRequest(limit=100, qualified=qualified)
            shown.append(len(finding.list_hit_groups(tx, worker, request).items))
            return counting.texts

        found: list[str] = make.app.db.read(read)
        return found

    shown: list[int] = []
    ids = [qualify.type_id() for _ in range(8)]
    for type_id in ids:
        qualify.grant(type_id, worker, 1)
    qualify.hit(qualify.requiring(ids[0]))
    make.app.db.cache.clear()
    few = statements()
    for number in range(30):
        requirements = [
            qualify.requiring(type_id, actions_guarded="DiscoverPreviewAndAccept")
            for type_id in ids
        ]
        qualify.hit(*requirements, title=f"Number {number}")
    make.app.db.cache.clear()
    many = statements()
    assert shown == [1, 31]
    assert many == few
    assert sum(" qualifications" in text for text in many) == 1
