"""CreateWorkerBlock, DeleteWorkerBlock, ListWorkerBlocks, and what a blocked worker can do."""

from collections.abc import Callable
from typing import Any

import pytest

from kempelen.api import types
from kempelen.api.work import (
    AcceptFromGroupRequest,
    AcceptHitRequest,
    GetHitGroupRequest,
    GetMyAssignmentRequest,
    ListHitGroupsRequest,
    PreviewHitRequest,
    SubmitAssignmentRequest,
)
from kempelen.domain import errors, work_errors
from kempelen.operations import dispatch, finding, own_work, registry, work
from kempelen.operations import workers as worker_operations
from kempelen.store import search
from kempelen.store.tx import Tx

GUARDED = types.QualificationRequirement(
    qualification_type_id="00000000000000000040",
    comparator="GreaterThan",
    integer_values=(1000,),
    actions_guarded="DiscoverPreviewAndAccept",
)


def do(make: Any, caller: Any, function: Any, request: object) -> Any:
    return dispatch.run(make.app, registry.of(function), caller, request)


def block(make: Any, worker: Any, reason: str = "Spam", **members: Any) -> None:
    worker_id = worker.worker.worker_id
    make.ask("CreateWorkerBlock", worker_id=worker_id, reason=reason, **members)


def listed(make: Any, **members: Any) -> list[tuple[str, str]]:
    answer = make.ask("ListWorkerBlocks", **members)
    return [(each.worker_id, each.reason) for each in answer.worker_blocks]


def groups(make: Any, worker: Any, **filters: Any) -> list[str]:
    found = do(make, worker, finding.list_hit_groups, ListHitGroupsRequest(**filters))
    return [group.group_id for group in found.items]


def test_blocks_are_listed_in_the_order_of_their_creation(
    make: Any, worker: Any, other_worker: Any, other_requester: Any
) -> None:
    block(make, other_worker, "First")
    block(make, worker, "Second")
    block(make, worker, "Not yours", by=other_requester)
    first, second = other_worker.worker.worker_id, worker.worker.worker_id
    assert listed(make) == [(first, "First"), (second, "Second")]
    block(make, other_worker, "Changed")
    assert listed(make) == [(first, "Changed"), (second, "Second")]
    make.ask("DeleteWorkerBlock", worker_id=first, reason="Sorry")
    assert listed(make) == [(second, "Second")]
    make.ask("DeleteWorkerBlock", worker_id=first)
    block(make, other_worker, "")
    assert listed(make) == [(second, "Second"), (first, "")]
    assert listed(make, by=other_requester) == [(second, "Not yours")]


def test_a_walk_shows_every_block_once(make: Any, other_requester: Any) -> None:
    made = []
    for number in range(12):
        blocked = make.new_worker()
        block(make, blocked, f"Reason {number}")
        block(make, blocked, "Another's", by=other_requester)
        made.append((blocked.worker.worker_id, f"Reason {number}"))
    for size, lengths in ((None, [10, 2, 0]), (5, [5, 5, 2, 0]), (12, [12, 0]), (100, [12, 0])):
        members = {} if size is None else {"max_results": size}
        pages = make.walk("ListWorkerBlocks", "worker_blocks", **members)
        assert [len(page) for page in pages] == lengths
        assert [(each.worker_id, each.reason) for page in pages for each in page] == made


def test_a_walk_goes_on_while_blocks_come_and_go(make: Any) -> None:
    people = [make.new_worker() for _ in range(4)]
    for person in people[:3]:
        block(make, person)
    first = make.ask("ListWorkerBlocks", max_results=2)
    make.ask("DeleteWorkerBlock", worker_id=people[1].worker.worker_id)
    block(make, people[0], "Changed")
    block(make, people[3])
    rest = make.ask("ListWorkerBlocks", max_results=2, next_token=first.next_token)
    assert [each.worker_id for each in rest.worker_blocks] == [
        people[2].worker.worker_id,
        people[3].worker.worker_id,
    ]


def test_a_token_is_of_no_use_to_others(make: Any, worker: Any, other_requester: Any) -> None:
    block(make, worker)
    token = make.ask("ListWorkerBlocks").next_token
    for asked in ({"by": other_requester, "next_token": token}, {"next_token": "p1:AAAA"}):
        refused = make.refusal("ListWorkerBlocks", **asked)
        assert isinstance(refused, errors.InvalidParameterValue)
        assert refused.parameter == "NextToken"


def test_refusals_come_in_order(
    make: Any, worker: Any, other_worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_operations, "BLOCKS_MAX", 1)
    block(make, other_worker)
    asked = {"worker_id": "AUNKNOWN", "reason": "x" * 1025}
    steps: list[tuple[str, str, dict[str, Any]]] = [
        (
            "Your request parameter Reason has a maximum length of 1024.",
            "AWS.MechanicalTurk.InvalidParameterValue",
            {"reason": "x\x00"},
        ),
        (
            'The value "x\\x00" is not valid for the parameter Reason.',
            "AWS.MechanicalTurk.InvalidParameterValue",
            {"reason": "x" * 1024},
        ),
        (
            'The value "AUNKNOWN" is not valid for the parameter WorkerId.',
            "AWS.MechanicalTurk.InvalidParameterValue",
            {"worker_id": worker.worker.worker_id},
        ),
        (
            (
                "A Requester can block at most 1 Workers."
                " Delete a block that is no longer needed first."
            ),
            "AWS.MechanicalTurk.PermissionDenied",
            {},
        ),
    ]
    for message, code, change in steps:
        refused = make.refusal("CreateWorkerBlock", **asked)
        assert (refused.message, refused.code) == (message, code)
        asked |= change
    assert listed(make) == [(other_worker.worker.worker_id, "Spam")]
    assert make.rows("SELECT count(*) FROM mail") == [(1,)]


def test_the_limit_is_per_requester_and_lets_reasons_change(
    make: Any,
    worker: Any,
    other_worker: Any,
    other_requester: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert worker_operations.BLOCKS_MAX == 100_000
    monkeypatch.setattr(worker_operations, "BLOCKS_MAX", 1)
    block(make, worker)
    block(make, worker, "Changed")
    block(make, other_worker, by=other_requester)
    for _ in range(3):
        make.ask("DeleteWorkerBlock", worker_id=worker.worker.worker_id)
    block(make, other_worker)
    assert listed(make) == [(other_worker.worker.worker_id, "Spam")]
    refused = make.refusal("CreateWorkerBlock", worker_id=worker.worker.worker_id, reason="")
    assert isinstance(refused, errors.TooManyBlocks)


def test_what_is_not_blocked_may_be_deleted_but_must_exist(make: Any, worker: Any) -> None:
    make.ask("DeleteWorkerBlock", worker_id=worker.worker.worker_id)
    refused = make.refusal("DeleteWorkerBlock", worker_id="AUNKNOWN")
    assert refused.message == "WorkerId is invalid."
    assert refused.code == "AWS.MechanicalTurk.InvalidParameterValue"
    assert refused.type == "ParameterValidationError"
    refused = make.refusal("DeleteWorkerBlock", worker_id="AUNKNOWN", reason="x" * 1025)
    assert refused.message == "Your request parameter Reason has a maximum length of 1024."


def test_a_blocked_worker_finds_and_gets_nothing(
    make: Any, worker: Any, other_worker: Any, other_requester: Any
) -> None:
    hit = make.create_hit(max_assignments=2)
    other = make.create_hit(by=other_requester, title="Other")
    assert set(groups(make, worker)) == {hit.hit_group_id, other.hit_group_id}
    block(make, worker)
    assert groups(make, worker) == [other.hit_group_id]
    for sought in (hit.hit_id, hit.hit_group_id, hit.hit_type_id, make.requester.requester_id):
        assert groups(make, worker, search=sought) == []
        assert groups(make, other_worker, search=sought) == [hit.hit_group_id]
    asked: list[tuple[Any, object]] = [
        (finding.get_hit_group, GetHitGroupRequest(group_id=hit.hit_group_id)),
        (finding.preview_hit, PreviewHitRequest(group_id=hit.hit_group_id)),
        (
            finding.preview_hit,
            PreviewHitRequest(group_id=hit.hit_group_id, hit_id=hit.hit_id),
        ),
        (work.accept_from_group, AcceptFromGroupRequest(group_id=hit.hit_type_id)),
        (work.accept_hit, AcceptHitRequest(hit_id=hit.hit_id)),
    ]
    for function, request in asked:
        with pytest.raises(work_errors.NotPermitted) as refused:
            do(make, worker, function, request)
        assert refused.value.code == "AWS.MechanicalTurk.PermissionDenied"
        for word in ("block", "Spam"):
            assert word not in refused.value.message
    assert make.hit(hit.hit_id).number_of_assignments_pending == 0
    make.ask("DeleteWorkerBlock", worker_id=worker.worker.worker_id)
    assert set(groups(make, worker)) == {hit.hit_group_id, other.hit_group_id}
    make.done(hit.hit_id, worker)


def test_a_block_comes_after_visibility_and_availability_and_before_requirements(
    make: Any, worker: Any
) -> None:
    hidden = make.create_hit(qualification_requirements=(GUARDED,))
    expired = make.create_hit(title="Expired")
    make.ask("UpdateExpirationForHIT", hit_id=expired.hit_id, expire_at=0.0)
    adults = types.QualificationRequirement(
        qualification_type_id="00000000000000000060", comparator="EqualTo", integer_values=(1,)
    )
    guarded = make.create_hit(title="Guarded", qualification_requirements=(adults,))
    block(make, worker)
    cases: list[tuple[str, type[work_errors.WorkRefusal]]] = [
        (hidden.hit_id, work_errors.NotFound),
        (expired.hit_id, work_errors.HITUnavailable),
        (guarded.hit_id, work_errors.NotPermitted),
    ]
    for hit_id, refusal in cases:
        with pytest.raises(refusal) as refused:
            do(make, worker, work.accept_hit, AcceptHitRequest(hit_id=hit_id))
        assert type(refused.value) is refusal
    make.ask("DeleteWorkerBlock", worker_id=worker.worker.worker_id)
    with pytest.raises(work_errors.NotQualified):
        do(make, worker, work.accept_hit, AcceptHitRequest(hit_id=guarded.hit_id))


def test_accepted_work_is_finished_decided_and_followed_by_nothing(make: Any, worker: Any) -> None:
    hit = make.create_hit()
    make.create_hit()
    returned = make.create_hit(title="To be returned")
    assignment_id, given_up = (make.accept(worker, each.hit_id) for each in (hit, returned))
    block(make, worker)
    mine = do(
        make,
        worker,
        own_work.get_my_assignment,
        GetMyAssignmentRequest(assignment_id=assignment_id),
    )
    assert mine.assignment.task is not None
    make.give_back(worker, given_up)
    request = SubmitAssignmentRequest(
        assignment_id=assignment_id, answers={"tag": "dog"}, accept_next=True
    )
    submitted = do(make, worker, work.submit_assignment, request)
    assert (submitted.assignment.status, submitted.next) == ("submitted", None)
    make.ask("ApproveAssignment", assignment_id=assignment_id)
    assert make.balance(f"earnings:{worker.worker.worker_id}") == 500


def test_all_blocks_of_a_worker_take_one_query(
    make: Any, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of queries of the list of groups does not depend on the number of groups."""
    everybody = [make.requester, *(make.new_requester() for _ in range(3))]

    def queries() -> int:
        count = 0
        rows: Callable[..., Any] = Tx.rows
        row: Callable[..., Any] = Tx.row

        def counting(original: Callable[..., Any]) -> Callable[..., Any]:
            def counted(tx: Tx, *arguments: Any) -> Any:
                nonlocal count
                count += 1
                return original(tx, *arguments)

            return counted

        with monkeypatch.context() as patch:
            patch.setattr(Tx, "rows", counting(rows))
            patch.setattr(Tx, "row", counting(row))
            groups(make, worker)
        return count

    make.create_hit()
    groups(make, worker)
    few = queries()
    for number in range(20):
        make.create_hit(by=everybody[number % 4], title=f"Group {number}")
    for requester in everybody[1:]:
        block(make, worker, by=requester)
    assert len(groups(make, worker)) == 6
    assert search.GROUPS_MAX > 21
    assert queries() == few


def test_the_worker_is_told_once_that_it_is_blocked_and_never_why(
    make: Any, worker: Any, requester: Any
) -> None:
    block(make, worker, "Copies everything")
    block(make, worker, "Copies everything, twice")
    ((recipient, subject, body),) = make.rows("SELECT recipient_id, subject, body FROM mail")
    assert recipient == worker.worker.worker_id
    assert subject == f"{requester.name} has blocked you"
    assert "Copies" not in body
    assert make.rows("SELECT cause, subject FROM messages") == [
        ("block", f"{requester.name} has blocked you")
    ]
    make.ask("DeleteWorkerBlock", worker_id=worker.worker.worker_id)
    block(make, worker, "Again")
    assert make.rows("SELECT count(*) FROM mail") == [(2,)]
