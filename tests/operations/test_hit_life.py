"""The life of a HIT: status, counters, every transition with its events, disposal."""

from datetime import timedelta
from typing import Any

import pytest

from kempelen.domain import errors

START = 1_767_614_400.0


def counters(hit: Any) -> tuple[str, int, int, int]:
    return (
        hit.hit_status,
        hit.number_of_assignments_available,
        hit.number_of_assignments_pending,
        hit.number_of_assignments_completed,
    )


@pytest.fixture
def seen(make: Any) -> Any:
    """Status and counters as GetHIT, ListHITs and the stored status agree on them."""

    def look(hit_id: str) -> tuple[str, int, int, int]:
        shown = make.hit(hit_id)
        if shown.hit_status != "Disposed":
            listed = {hit.hit_id: hit for hit in make.ask("ListHITs", max_results=100).hits}
            assert listed[hit_id] == shown
        ((stored,),) = make.rows("SELECT status FROM hits WHERE hit_id = ?", hit_id)
        assert stored == shown.hit_status
        return counters(shown)

    return look


def test_the_worked_table_of_counters(make: Any, seen: Any) -> None:
    hit_id = make.create_hit(max_assignments=5).hit_id
    workers = [make.new_worker() for _ in range(5)]
    assert seen(hit_id) == ("Assignable", 5, 0, 0)
    held = [make.accept(worker, hit_id) for worker in workers[:3]]
    assert seen(hit_id) == ("Assignable", 2, 3, 0)
    held += [make.accept(worker, hit_id) for worker in workers[3:]]
    for worker, assignment_id in list(zip(workers, held, strict=True))[:2]:
        make.submit(worker, assignment_id)
    assert seen(hit_id) == ("Unassignable", 0, 3, 0)
    make.give_back(workers[2], held[2])
    assert seen(hit_id) == ("Assignable", 1, 2, 0)
    held[2] = make.accept(workers[2], hit_id)
    for worker, assignment_id in list(zip(workers, held, strict=True))[2:]:
        make.submit(worker, assignment_id)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    for assignment_id in held[:3]:
        make.ask("ApproveAssignment", assignment_id=assignment_id)
    make.ask("RejectAssignment", assignment_id=held[3], requester_feedback="no")
    assert seen(hit_id) == ("Reviewable", 0, 0, 4)
    make.ask("ApproveAssignment", assignment_id=held[4])
    assert seen(hit_id) == ("Reviewable", 0, 0, 5)


def test_the_last_open_slot_makes_it_unassignable(make: Any, worker: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.accept(worker, hit_id)
    assert seen(hit_id) == ("Unassignable", 0, 1, 0)
    assert make.events(hit_id) == ["HITCreated", "AssignmentAccepted"]


def test_a_return_before_expiry_opens_the_slot(make: Any, worker: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.give_back(worker, make.accept(worker, hit_id))
    assert seen(hit_id) == ("Assignable", 1, 0, 0)
    assert make.events(hit_id)[2:] == ["AssignmentReturned"]


def test_time_running_out_opens_the_slot(make: Any, worker: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.accept(worker, hit_id)
    make.clock.advance(seconds=609)
    assert seen(hit_id) == ("Unassignable", 0, 1, 0)
    make.clock.advance(seconds=1)
    assert seen(hit_id) == ("Assignable", 1, 0, 0)
    assert make.events(hit_id)[2:] == ["AssignmentAbandoned"]
    assert make.accept(worker, hit_id)


@pytest.mark.parametrize("abandons", [False, True])
def test_a_slot_freed_after_expiry_stays_closed(
    make: Any, worker: Any, seen: Any, *, abandons: bool
) -> None:
    hit_id = make.create_hit(lifetime_in_seconds=60).hit_id
    assignment_id = make.accept(worker, hit_id)
    make.clock.advance(seconds=61)
    assert seen(hit_id) == ("Unassignable", 0, 1, 0)
    if abandons:
        make.clock.advance(seconds=600)
    else:
        make.give_back(worker, assignment_id)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    freed = "AssignmentAbandoned" if abandons else "AssignmentReturned"
    assert make.events(hit_id)[2:] == ["HITExpired", freed, "HITReviewable"]


def test_the_last_submission_makes_it_reviewable(make: Any, worker: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.done(hit_id, worker)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    assert make.events(hit_id)[2:] == ["AssignmentSubmitted", "HITReviewable"]


def test_a_submission_with_open_slots_leaves_it_assignable(make: Any, seen: Any) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    make.done(hit_id)
    assert seen(hit_id) == ("Assignable", 1, 0, 0)
    assert make.events(hit_id)[2:] == ["AssignmentSubmitted"]


def test_work_accepted_before_expiry_may_be_submitted_after_it(
    make: Any, worker: Any, seen: Any
) -> None:
    hit_id = make.create_hit(max_assignments=2, lifetime_in_seconds=60).hit_id
    assignment_id = make.accept(worker, hit_id)
    make.clock.advance(seconds=300)
    assert seen(hit_id) == ("Unassignable", 0, 1, 0)
    make.submit(worker, assignment_id)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    assert make.events(hit_id)[2:] == ["HITExpired", "AssignmentSubmitted", "HITReviewable"]


def test_expiry_of_an_untouched_hit_makes_it_reviewable(make: Any, seen: Any) -> None:
    hit_id = make.create_hit(max_assignments=3).hit_id
    make.clock.advance(seconds=3599)
    assert seen(hit_id) == ("Assignable", 3, 0, 0)
    make.clock.advance(seconds=1)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    assert make.events(hit_id) == ["HITCreated", "HITExpired", "HITReviewable"]


def test_expiry_with_all_slots_taken_is_told(make: Any, worker: Any, seen: Any) -> None:
    hit_id = make.create_hit(lifetime_in_seconds=60).hit_id
    make.accept(worker, hit_id)
    make.sweep(seconds=60)
    assert seen(hit_id) == ("Unassignable", 0, 1, 0)
    assert make.events(hit_id)[2:] == ["HITExpired"]


def test_expiry_of_a_reviewable_hit_is_told_to_nobody(make: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.done(hit_id)
    before = make.events(hit_id)
    make.sweep(hours=1)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    assert make.events(hit_id) == before


def test_reviewing_and_back(make: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.done(hit_id)
    before = make.events(hit_id)
    make.ask("UpdateHITReviewStatus", hit_id=hit_id)
    assert seen(hit_id) == ("Reviewing", 0, 0, 0)
    make.ask("UpdateHITReviewStatus", hit_id=hit_id, revert=True)
    assert seen(hit_id) == ("Reviewable", 0, 0, 0)
    assert make.events(hit_id) == before


def test_reviewing_is_no_toggle(make: Any) -> None:
    hit_id = make.create_hit().hit_id
    text = (
        "This HIT is currently in the state '{}'."
        "  This operation can be called with a status of: {}"
    )

    def refused(state: str, *, revert: bool, allowed: str) -> None:
        refusal = make.refusal("UpdateHITReviewStatus", hit_id=hit_id, revert=revert)
        assert refusal.code == "AWS.MechanicalTurk.InvalidHITState"
        assert refusal.message == text.format(state, allowed)

    refused("Assignable", revert=False, allowed="Reviewable")
    refused("Assignable", revert=True, allowed="Reviewing")
    worker = make.new_worker()
    assignment_id = make.accept(worker, hit_id)
    refused("Unassignable", revert=False, allowed="Reviewable")
    make.submit(worker, assignment_id)
    refused("Reviewable", revert=True, allowed="Reviewing")
    make.ask("UpdateHITReviewStatus", hit_id=hit_id, revert=False)
    refused("Reviewing", revert=False, allowed="Reviewable")


def test_overdue_work_is_done_in_the_order_of_its_times(make: Any, seen: Any) -> None:
    """The deadline lies before the expiry, so the slot is open again until the expiry."""
    hit_id = make.create_hit(
        max_assignments=2, auto_approval_delay_in_seconds=1000, lifetime_in_seconds=3600
    ).hit_id
    make.done(hit_id)
    make.accept(make.new_worker(), hit_id)
    assert seen(hit_id) == ("Unassignable", 0, 1, 0)
    make.sweep(days=3)
    assert make.events(hit_id)[-4:] == [
        "AssignmentAbandoned",
        "AssignmentApproved",
        "HITExpired",
        "HITReviewable",
    ]
    assert seen(hit_id) == ("Reviewable", 0, 0, 1)


def test_an_expiry_before_the_deadline_comes_first(make: Any, worker: Any, seen: Any) -> None:
    hit_id = make.create_hit(
        max_assignments=2, auto_approval_delay_in_seconds=100, lifetime_in_seconds=60
    ).hit_id
    make.done(hit_id)
    make.accept(worker, hit_id)
    make.sweep(days=3)
    assert make.events(hit_id)[-4:] == [
        "HITExpired",
        "AssignmentApproved",
        "AssignmentAbandoned",
        "HITReviewable",
    ]
    assert seen(hit_id) == ("Reviewable", 0, 0, 1)


def test_late_sweeping_and_reading_lead_to_the_same_times(make: Any) -> None:
    hit_id = make.create_hit(auto_approval_delay_in_seconds=100).hit_id
    swept = make.done(hit_id)
    read = make.done(make.create_hit(auto_approval_delay_in_seconds=100).hit_id)
    make.clock.advance(days=1)
    assert make.assignment(read).approval_time == START + 100
    make.sweep(days=1)
    shown = make.assignment(swept)
    assert (shown.assignment_status, shown.approval_time) == ("Approved", START + 100)
    assert shown.auto_approval_time == START + 100
    assert shown.requester_feedback is None


@pytest.mark.parametrize("status", ["Assignable", "Unassignable", "Reviewable with open work"])
def test_delete_needs_a_reviewable_hit_without_undecided_work(make: Any, status: str) -> None:
    hit_id = make.create_hit().hit_id
    worker = make.new_worker()
    if status != "Assignable":
        assignment_id = make.accept(worker, hit_id)
        if status != "Unassignable":
            make.submit(worker, assignment_id)
    refusal = make.refusal("DeleteHIT", hit_id=hit_id)
    assert refusal.message == (
        f"This HIT is currently in the state '{status.split(maxsplit=1)[0]}'."
        "  This operation can be called with a status of: Reviewing, Reviewable"
    )
    assert isinstance(refusal, errors.InvalidHITState)


@pytest.mark.parametrize("reviewing", [False, True])
def test_a_deleted_hit_is_gone_but_for_get_hit(make: Any, seen: Any, *, reviewing: bool) -> None:
    hit_id = make.create_hit(max_assignments=3).hit_id
    approved = make.done(hit_id)
    rejected = make.done(hit_id)
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
    make.ask("ApproveAssignment", assignment_id=approved)
    make.ask("RejectAssignment", assignment_id=rejected, requester_feedback="no")
    if reviewing:
        make.ask("UpdateHITReviewStatus", hit_id=hit_id)
    make.ask("DeleteHIT", hit_id=hit_id)
    assert make.events(hit_id)[-1] == "HITDisposed"
    assert seen(hit_id) == ("Disposed", 0, 0, 2)
    assert make.ask("ListHITs").num_results == 0
    assert make.ask("ListReviewableHITs").num_results == 0
    assert make.ask("ListReviewableHITs", status="Reviewing").num_results == 0
    hit_operations: list[tuple[str, dict[str, Any]]] = [
        ("DeleteHIT", {}),
        ("ListAssignmentsForHIT", {}),
        ("ListReviewPolicyResultsForHIT", {}),
        ("UpdateExpirationForHIT", {"expire_at": START + 7200}),
        ("UpdateHITReviewStatus", {}),
        ("UpdateHITTypeOfHIT", {"hit_type_id": make.hit(hit_id).hit_type_id}),
        ("CreateAdditionalAssignmentsForHIT", {"number_of_additional_assignments": 1}),
    ]
    for name, members in hit_operations:
        refusal = make.refusal(name, hit_id=hit_id, **members)
        assert refusal.message == f"Hit {hit_id} does not exist."
    assignment_operations: list[tuple[str, dict[str, Any]]] = [
        ("GetAssignment", {}),
        ("ApproveAssignment", {"override_rejection": True}),
        ("RejectAssignment", {"requester_feedback": ""}),
    ]
    for name, members in assignment_operations:
        refusal = make.refusal(name, assignment_id=rejected, **members)
        assert refusal.message == f"Assignment {rejected} does not exist."


def test_disposal_comes_120_days_after_it_became_reviewable(make: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.clock.advance(minutes=5)
    make.done(hit_id)
    make.ask("UpdateHITReviewStatus", hit_id=hit_id)
    make.sweep(days=119, hours=23, minutes=59)
    assert seen(hit_id) == ("Reviewing", 0, 0, 1)
    make.sweep(minutes=1)
    assert seen(hit_id) == ("Disposed", 0, 0, 1)
    assert make.events(hit_id)[-2:] == ["AssignmentApproved", "HITDisposed"]


def test_disposal_counts_from_the_last_time(make: Any, seen: Any) -> None:
    hit_id = make.create_hit().hit_id
    make.sweep(days=100)
    assert seen(hit_id)[0] == "Reviewable"
    expire_at = make.clock.now() + timedelta(hours=1)
    make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=expire_at.timestamp())
    make.sweep(days=100)
    assert seen(hit_id)[0] == "Reviewable"
    make.sweep(days=20, hours=1)
    assert seen(hit_id)[0] == "Disposed"


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("GetHIT", {}),
        ("DeleteHIT", {}),
        ("ListAssignmentsForHIT", {}),
        ("ListReviewPolicyResultsForHIT", {}),
        ("UpdateExpirationForHIT", {"expire_at": 0.0}),
        ("UpdateHITReviewStatus", {}),
        ("UpdateHITTypeOfHIT", {"hit_type_id": "3TYPE"}),
        ("CreateAdditionalAssignmentsForHIT", {"number_of_additional_assignments": 1}),
        ("ListBonusPayments", {}),
    ],
)
def test_hits_of_others_do_not_exist(
    make: Any, other_requester: Any, name: str, members: dict[str, Any]
) -> None:
    hit_id = make.create_hit().hit_id
    foreign = make.refusal(name, by=other_requester, hit_id=hit_id, **members)
    unknown = make.refusal(name, hit_id="3UNKNOWN", **members)
    assert foreign.code == unknown.code == "AWS.MechanicalTurk.HITDoesNotExist"
    assert foreign.message == f"Hit {hit_id} does not exist."
    assert unknown.message == "Hit 3UNKNOWN does not exist."
    assert make.events(hit_id) == ["HITCreated"]
