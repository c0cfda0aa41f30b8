"""What workers see of qualifications: the list of all, their own, one type, requirements."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.api.work import GetHitGroupRequest, ListHitGroupsRequest
from kempelen.domain.errors import InvalidParameterValue
from kempelen.domain.people import Requester, WorkerCaller
from kempelen.domain.system_types import HITS_APPROVED, LOCALE, MASTERS
from kempelen.domain.work_errors import TypeNotFound
from kempelen.operations import dispatch, finding
from kempelen.store.tx import Tx


def names(found: Any) -> list[str]:
    return [item.name for item in found.items]


def requirement(type_id: str, comparator: str = "Exists", *values: int) -> Any:
    return types.QualificationRequirement(
        qualification_type_id=type_id, comparator=comparator, integer_values=values or None
    )


def test_the_list_of_all(market: Any, worker: WorkerCaller, other_requester: Requester) -> None:
    market.new_type(name="Birds", description="Knows birds", keywords="sparrow, owl")
    market.with_test(name="Ants", by=other_requester)
    market.granted(1, name="Cats")
    market.new_type(name="Dodos", qualification_type_status="Inactive")
    everything = names(market.search(worker))
    assert everything[-3:] == ["Ants", "Birds", "Cats"]
    assert "Worker_Locale" in everything[:-3]
    assert names(market.search(worker, requestable=True)) == ["Ants", "Birds", "Cats"]
    assert names(market.search(worker, has_test=True)) == ["Ants"]
    assert names(market.search(worker, auto_granted=True)) == ["Cats"]
    assert names(market.search(worker, search="PARRO bird")) == ["Birds"]
    assert names(market.search(worker, search="country")) == ["Worker_Locale"]
    assert names(market.search(worker, search=LOCALE)) == ["Worker_Locale"]
    assert names(market.search(worker, search="nothing like it")) == []


def test_pages_of_all(market: Any, worker: WorkerCaller) -> None:
    wanted = [f"Type {number:02}" for number in range(7)]
    for name in wanted:
        market.new_type(name=name)
    whole = names(market.search(worker))
    assert whole[-7:] == wanted
    walked, cursor = [], None
    while True:
        found = market.search(worker, limit=2, cursor=cursor)
        assert len(found.items) <= 2
        walked += names(found)
        cursor = found.next_cursor
        if cursor is None:
            break
    assert walked == whole


def test_own_ones(market: Any, worker: WorkerCaller, other_worker: WorkerCaller) -> None:
    granted = [market.granted(n, name=f"G{n}") for n in range(3)]
    pending = [market.new_type(name=f"P{n}") for n in range(2)]
    testing = market.with_test(name="T")
    for type_id in (*granted, *pending):
        market.request(worker, type_id)
        market.make.clock.advance(seconds=1)
    market.start(worker, testing)
    market.request(other_worker, granted[0])
    whole = ["T", "P1", "P0", "G2", "G1", "G0"]
    assert names(market.own(worker)) == whole
    assert names(market.own(worker, "pending")) == whole[:3]
    assert names(market.own(worker, "assigned")) == whole[3:]
    walked, cursor = [], None
    while True:
        found = market.own(worker, limit=2, cursor=cursor)
        walked += names(found)
        cursor = found.next_cursor
        if cursor is None:
            break
    assert walked == whole
    market.make.clock.advance(minutes=10)
    assert names(market.own(worker, "pending")) == whole[1:3]


def test_own_ones_of_a_page_boundary(market: Any, worker: WorkerCaller) -> None:
    """A page that ends with the last open request goes on with what is held."""
    market.request(worker, market.new_type(name="P"))
    market.request(worker, market.granted(1, name="G"))
    first = market.own(worker, limit=1)
    assert names(first) == ["P"]
    second = market.own(worker, limit=1, cursor=first.next_cursor)
    assert (names(second), second.next_cursor) == (["G"], None)


@pytest.mark.parametrize("limit", [0, 101])
def test_limits(market: Any, worker: WorkerCaller, limit: int) -> None:
    for reading in (market.search, market.own):
        refusal = market.refusal(reading, worker, limit=limit)
        assert isinstance(refusal, InvalidParameterValue)
        assert refusal.parameter == "limit"


def test_other_bad_parameters(market: Any, worker: WorkerCaller, other_worker: Any) -> None:
    assert market.refusal(market.own, worker, "lost").parameter == "state"
    for _ in range(2):
        market.request(worker, market.granted(1))
    cursor = market.own(worker, limit=1).next_cursor
    assert market.refusal(market.own, other_worker, cursor=cursor).parameter == "cursor"
    cursor = market.search(worker, limit=1).next_cursor
    assert market.refusal(market.search, worker, search="x", cursor=cursor).parameter == "cursor"


def test_types_of_the_marketplace(market: Any) -> None:
    worker = market.make.new_worker(country="US", subdivision="PA")
    shown = market.show(worker, LOCALE)
    assert (shown.caller.value, shown.is_requestable, shown.requester) == ("US-PA", False, None)
    assert market.show(worker, HITS_APPROVED).caller.value == 0
    assert market.show(worker, MASTERS).caller.status is None
    assert isinstance(market.refusal(market.show, worker, "3UNKNOWN"), TypeNotFound)


def test_a_type_with_a_test_counts_its_questions(market: Any, worker: WorkerCaller) -> None:
    shown = market.show(worker, market.with_test(seconds=90, retry_delay_in_seconds=30))
    assert shown.has_test
    assert shown.is_graded
    assert (shown.question_count, shown.test_duration_seconds, shown.retry_delay_seconds) == (
        2,
        90,
        30,
    )


@pytest.mark.parametrize(
    ("kind", "wanted", "action"),
    [
        ({}, ("Exists",), "request"),
        ({"auto_granted": True, "auto_granted_value": 5}, ("GreaterThan", 4), "request"),
        ({"auto_granted": True, "auto_granted_value": 5}, ("GreaterThan", 5), "none"),
        (None, ("GreaterThan", 90), "test"),
    ],
    ids=["request", "granted at once", "not enough", "test"],
)
def test_what_to_do_about_a_requirement(
    market: Any, worker: WorkerCaller, kind: Any, wanted: Any, action: str
) -> None:
    type_id = market.with_test() if kind is None else market.new_type(**kind)
    hit = market.make.create_hit(qualification_requirements=(requirement(type_id, *wanted),))
    for group in groups(market, worker, hit):
        (shown,) = group.requirements
        assert (shown.met, shown.caller_value) == (False, None)
        assert (shown.action, shown.action_at) == (action, None)
    market.make.ask(
        "UpdateQualificationType",
        qualification_type_id=type_id,
        qualification_type_status="Inactive",
    )
    for group in groups(market, worker, hit):
        assert group.requirements[0].action == "none"


def groups(market: Any, worker: WorkerCaller, hit: types.HIT) -> list[Any]:
    """The group from the list and by itself."""
    (listed,) = market.do(finding.list_hit_groups, worker, ListHitGroupsRequest()).items
    single = market.do(
        finding.get_hit_group, worker, GetHitGroupRequest(group_id=str(hit.hit_group_id))
    )
    return [listed, single.group]


def test_a_requirement_on_the_way_to_being_met(market: Any, worker: WorkerCaller) -> None:
    type_id = market.with_test(retry_delay_in_seconds=3600)
    hit = market.make.create_hit(
        qualification_requirements=(requirement(type_id, "GreaterThanOrEqualTo", 50),)
    )
    attempt = market.start(worker, type_id)
    for group in groups(market, worker, hit):
        assert (group.requirements[0].action, group.requirements[0].action_at) == (
            "test",
            attempt.request.deadline,
        )
    market.submit(
        worker, attempt.request.request_id, answers={"nextmove": ["D"], "fruit": ["pears"]}
    )
    for group in groups(market, worker, hit):
        shown = group.requirements[0]
        assert (shown.caller_value, shown.met, shown.action) == (33, False, "wait")
        assert shown.action_at == "2026-01-05T13:00:00.000Z"
    market.make.clock.advance(hours=1)
    expired = market.make.create_hit(
        qualification_requirements=(requirement(type_id, "GreaterThanOrEqualTo", 50),)
    )
    market.submit(worker, market.start(worker, type_id).request.request_id)
    for group in groups(market, worker, expired):
        shown = group.requirements[0]
        assert (shown.caller_value, shown.met, shown.action) == (100, True, "none")
        assert group.caller.can_accept
    market.make.accept(worker, expired.hit_id)


def test_who_holds_what_must_not_be_held_can_do_nothing(market: Any, worker: WorkerCaller) -> None:
    type_id = market.granted(1, retry_delay_in_seconds=0)
    hit = market.make.create_hit(qualification_requirements=(requirement(type_id, "DoesNotExist"),))
    market.request(worker, type_id)
    for group in groups(market, worker, hit):
        assert (group.requirements[0].met, group.requirements[0].action) == (False, "none")


class Counting:
    """A connection that counts what it is asked."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.count = 0

    def execute(self, *arguments: Any) -> Any:
        self.count += 1
        return self.connection.execute(*arguments)


def test_discovery_asks_no_more_questions_for_more_groups(
    market: Any, worker: WorkerCaller
) -> None:
    """The number of queries of the list does not grow with its groups and their types."""

    def asked(count: int) -> int:
        for _ in range(count):
            wanted = requirement(market.new_type())
            market.make.create_hit(
                title=f"Title {wanted.qualification_type_id}",
                qualification_requirements=(wanted,),
            )

        def reading(tx: Tx) -> int:
            counting = tx.connection = Counting(tx.connection)
            found = finding.list_hit_groups(tx, worker, ListHitGroupsRequest(limit=100))
            assert {item.requirements[0].action for item in found.items} == {"request"}
            return counting.count

        # The second time, because records that never change are kept from the first.
        dispatch.look(market.make.app, reading)
        count_again: int = dispatch.look(market.make.app, reading)
        return count_again

    assert asked(2) == asked(40)
