"""DeleteQualificationType: what ends at once, what stays, and when the name is free."""

from typing import Any

import pytest

from kempelen.domain import errors
from kempelen.operations import sweeping


def is_free(make: Any, name: str) -> bool:
    """Whether a name can be used; it is not used up by asking."""
    query = (
        "SELECT count(*) FROM qualification_types WHERE name = ?"
        " AND (deleted_at IS NULL OR deletion_due IS NOT NULL)"
    )
    ((count,),) = make.rows(query, name)
    return bool(count == 0)


def test_a_type_that_nothing_requires_is_gone_at_once(
    make: Any, qualify: Any, worker: Any, other_requester: Any
) -> None:
    type_id = qualify.type_id(name="Dogs")
    qualify.grant(type_id, worker)
    refusal = make.refusal(
        "DeleteQualificationType", by=other_requester, qualification_type_id=type_id
    )
    assert refusal.message == f"QualificationType {type_id} does not exist."
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    assert is_free(make, "Dogs")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("GetQualificationType", {}),
        ("UpdateQualificationType", {}),
        ("DeleteQualificationType", {}),
        ("ListQualificationRequests", {}),
        ("ListWorkersWithQualificationType", {}),
        ("ListHITsForQualificationType", {}),
        ("GetQualificationScore", {"worker_id": worker.worker.worker_id}),
        ("AssociateQualificationWithWorker", {"worker_id": worker.worker.worker_id}),
        ("DisassociateQualificationFromWorker", {"worker_id": worker.worker.worker_id}),
    ]
    for name, members in calls:
        refusal = make.refusal(name, qualification_type_id=type_id, **members)
        assert isinstance(refusal, errors.QualificationTypeDoesNotExist), name
    assert qualify.new_type(name="Dogs").qualification_type_id != type_id


def test_open_requests_are_rejected(make: Any, qualify: Any, worker: Any) -> None:
    type_id, other = qualify.tested(), qualify.type_id()
    second = make.new_worker()
    running, waiting = (qualify.requested(type_id, each) for each in (worker, second))
    qualify.handed_in(waiting)
    kept = qualify.requested(other, worker)
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    (left,) = make.ask("ListQualificationRequests").qualification_requests
    assert left.qualification_request_id == kept
    rows = make.rows("SELECT request_id, state, due_at, reason FROM qualification_requests")
    reason = "The qualification type was deleted."
    assert rows == [
        (running, "Rejected", None, reason),
        (waiting, "Rejected", None, reason),
        (kept, "Submitted", None, None),
    ]
    refusal = make.refusal("AcceptQualificationRequest", qualification_request_id=waiting)
    assert isinstance(refusal, errors.InvalidQualificationRequestState)


def test_while_a_hit_requires_it_the_name_is_taken(make: Any, qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id(name="Dogs")
    qualify.grant(type_id, worker)
    guarded = qualify.requiring(type_id, actions_guarded="DiscoverPreviewAndAccept")
    hits = [qualify.hit(guarded) for _ in range(2)]
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    refusal = make.refusal("CreateQualificationType", **qualify.members(name="Dogs"))
    assert isinstance(refusal, errors.QualificationTypeAlreadyExists)
    refusal = make.refusal(
        "UpdateQualificationType", qualification_type_id=type_id, description="x"
    )
    assert isinstance(refusal, errors.InvalidQualificationTypeState)
    assert qualify.accept(worker, hits[0]).assignments
    with pytest.raises(errors.Refusal):
        qualify.accept(make.new_worker(), hits[1])
    last = hits[1].hit_id
    first = hits[0].hit_id
    for hit_id in (last, first):
        make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
    out = {hit_id: make.hit(hit_id).hit_status for hit_id in (first, last)}
    gone = next(hit_id for hit_id, status in out.items() if status == "Reviewable")
    make.ask("DeleteHIT", hit_id=gone)
    assert not is_free(make, "Dogs")
    make.clock.advance(hours=1)
    make.sweep(seconds=1)
    other = first if gone == last else last
    make.ask("DeleteHIT", hit_id=other)
    assert is_free(make, "Dogs")
    assert sweeping.run_due(make.app) == 0
    refusal = make.refusal("DeleteQualificationType", qualification_type_id=type_id)
    assert isinstance(refusal, errors.QualificationTypeDoesNotExist)


def test_after_48_hours_the_name_is_free_in_any_case(make: Any, qualify: Any) -> None:
    type_id = qualify.type_id(name="Dogs")
    qualify.hit(qualify.requiring(type_id), lifetime_in_seconds=1_000_000)
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    make.sweep(hours=48, seconds=-1)
    assert not is_free(make, "Dogs")
    refusal = make.refusal("CreateQualificationType", **qualify.members(name="Dogs"))
    assert isinstance(refusal, errors.QualificationTypeAlreadyExists)
    assert sweeping.seconds_until_due(make.app) == 1
    make.sweep(seconds=1)
    assert is_free(make, "Dogs")
    assert sweeping.run_due(make.app) == 0


def test_the_name_does_not_wait_for_the_loop(make: Any, qualify: Any) -> None:
    type_id = qualify.type_id(name="Dogs")
    hit = qualify.hit(qualify.requiring(type_id), lifetime_in_seconds=1_000_000)
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    make.clock.advance(hours=48)
    for name in ("UpdateQualificationType", "DeleteQualificationType"):
        refusal = make.refusal(name, qualification_type_id=type_id)
        assert isinstance(refusal, errors.QualificationTypeDoesNotExist)
    assert qualify.new_type(name="Dogs").qualification_type_status == "Active"
    assert sweeping.run_due(make.app) == 0
    assert make.hit(hit.hit_id).qualification_requirements


def test_a_hit_that_takes_another_type_requires_the_old_one_no_more(
    make: Any, qualify: Any
) -> None:
    old, new = qualify.type_id(name="Old"), qualify.type_id(name="New")
    hit = qualify.hit(qualify.requiring(old))
    other = qualify.hit(qualify.requiring(new))
    make.ask("DeleteQualificationType", qualification_type_id=old)
    assert not is_free(make, "Old")
    make.ask("UpdateHITTypeOfHIT", hit_id=hit.hit_id, hit_type_id=other.hit_type_id)
    assert is_free(make, "Old")
    listed = make.ask("ListHITsForQualificationType", qualification_type_id=new).hits
    assert [item.hit_id for item in listed] == [hit.hit_id, other.hit_id]
