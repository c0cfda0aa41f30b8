"""Two at the same moment: one of them wins, the other is told so, and every invariant holds.

On SQLite the writing thread puts them in order, on PostgreSQL locks, conditions and uniqueness
rules do. Each race is run many times, and the whole database is checked afterwards.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from kempelen.api import types
from kempelen.api.own_qualifications import RequestQualificationRequest
from kempelen.api.work import (
    AcceptFromGroupRequest,
    DropFilesRequest,
    NewFile,
    ReserveFilesRequest,
)
from kempelen.domain.errors import Refusal
from kempelen.operations import checks, dispatch, files, qualifying, registry, sweeping, work

ROUNDS = 12
Call = Callable[[], Any]


def race(*calls: Call) -> list[str]:
    """Make calls at one moment; what each came to: "done", or the name of its refusal."""
    start = threading.Barrier(len(calls), timeout=60)

    def outcome(call: Call) -> str:
        start.wait()
        try:
            call()
        except Refusal as refusal:
            return type(refusal).__name__
        return "done"

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(outcome, calls))


@pytest.fixture(autouse=True)
def invariants_hold(make: Any) -> Iterator[None]:
    """After each race nothing is broken."""
    yield
    found = dispatch.look(make.app, checks.check, lambda _: None)
    assert {item.id: item.named for item in found if item.breaches} == {}


def take_some(make: Any, worker: Any, group_id: str) -> None:
    """Accept whichever HIT of a group there is."""
    operation = registry.of(work.accept_from_group)
    dispatch.run(make.app, operation, worker, AcceptFromGroupRequest(group_id=group_id))


def status_of(make: Any, assignment_id: str) -> str:
    ((status,),) = make.rows(
        "SELECT status FROM assignments WHERE assignment_id = ?", assignment_id
    )
    return str(status)


def test_accept_and_accept_of_the_last_slot(make: Any) -> None:
    for _ in range(ROUNDS):
        hit = make.create_hit(max_assignments=1)
        workers = [make.new_worker() for _ in range(4)]
        outcomes = race(*(lambda each=each: make.accept(each, hit.hit_id) for each in workers))
        assert Counter(outcomes) == {"done": 1, "NoAssignments": 3}


def test_accept_of_one_worker_in_two_hits_with_room_for_one(make_with: Any) -> None:
    """The limit of a worker holds across HITs, which have locks of their own."""
    make = make_with(max_assigned_per_worker=1)
    for _ in range(ROUNDS):
        worker = make.new_worker()
        hits = [make.create_hit().hit_id for _ in range(4)]
        outcomes = race(*(lambda each=each: make.accept(worker, each) for each in hits))
        assert Counter(outcomes) == {"done": 1, "QueueFull": 3}


def test_accept_and_expiration(make: Any) -> None:
    for _ in range(ROUNDS):
        hit_id = make.create_hit(max_assignments=2).hit_id
        worker = make.new_worker()
        accepted, expired = race(
            lambda: make.accept(worker, hit_id),
            lambda: make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0),
        )
        assert expired == "done"
        assert accepted in {"done", "HITUnavailable"}
        shown = make.hit(hit_id)
        assert shown.number_of_assignments_pending == (accepted == "done")
        assert shown.hit_status == ("Unassignable" if accepted == "done" else "Reviewable")


def test_submission_and_deadline(make: Any) -> None:
    for _ in range(ROUNDS):
        hit_id = make.create_hit(assignment_duration_in_seconds=60, lifetime_in_seconds=86_400)
        worker = make.new_worker()
        assignment_id = make.accept(worker, hit_id.hit_id)
        submitted, _ = race(
            lambda: make.submit(worker, assignment_id), lambda: make.sweep(seconds=71)
        )
        expected = {"done": "Submitted", "DeadlinePassed": "Abandoned"}
        assert status_of(make, assignment_id) == expected[submitted]


def test_submission_expiration_and_deletion(make: Any) -> None:
    for _ in range(ROUNDS):
        hit_id = make.create_hit().hit_id
        worker = make.new_worker()
        assignment_id = make.accept(worker, hit_id)
        submitted, expired, deleted = race(
            lambda: make.submit(worker, assignment_id),
            lambda: make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0),
            lambda: make.ask("DeleteHIT", hit_id=hit_id),
        )
        assert (submitted, expired, deleted) == ("done", "done", "InvalidHITState")
        assert status_of(make, assignment_id) == "Submitted"


def test_approval_and_automatic_approval(make: Any) -> None:
    for _ in range(ROUNDS):
        hit = make.create_hit(auto_approval_delay_in_seconds=60)
        assignment_id = make.done(hit.hit_id)
        approved, _ = race(
            lambda: make.ask("ApproveAssignment", assignment_id=assignment_id),
            lambda: make.sweep(seconds=60),
        )
        assert approved in {"done", "InvalidAssignmentState"}
        assert status_of(make, assignment_id) == "Approved"
        assert make.events(hit.hit_id).count("AssignmentApproved") == 1


def test_approval_and_rejection(make: Any) -> None:
    for _ in range(ROUNDS):
        assignment_id = make.done(make.create_hit(max_assignments=2).hit_id)
        outcomes = race(
            lambda: make.ask("ApproveAssignment", assignment_id=assignment_id),
            lambda: make.ask(
                "RejectAssignment", assignment_id=assignment_id, requester_feedback="no"
            ),
        )
        assert sorted(outcomes) == ["InvalidAssignmentState", "done"]
        expected = "Approved" if outcomes[0] == "done" else "Rejected"
        assert status_of(make, assignment_id) == expected


def test_extension_and_extension_by_a_policy(make: Any) -> None:
    entry = types.ParameterMapEntry(key="tag", values=("cat",))
    parameters = (
        types.PolicyParameter(key="AnswerKey", map_entries=(entry,)),
        types.PolicyParameter(key="ExtendIfKnownAnswerScoreIsLessThan", values=("100",)),
        types.PolicyParameter(key="ExtendMaximumAssignments", values=("3",)),
    )
    policy = types.ReviewPolicy(policy_name="ScoreMyKnownAnswers/2011-09-01", parameters=parameters)
    for _ in range(ROUNDS):
        hit_id = make.create_hit(max_assignments=2, assignment_review_policy=policy).hit_id
        worker = make.new_worker()
        assignment_id = make.accept(worker, hit_id)
        outcomes = race(
            lambda: make.submit(worker, assignment_id, tag="dog"),
            lambda: make.ask(
                "CreateAdditionalAssignmentsForHIT",
                hit_id=hit_id,
                number_of_additional_assignments=1,
            ),
        )
        assert outcomes == ["done", "done"]
        # The policy extends from 2 to 3, or finds that somebody has done so.
        assert make.hit(hit_id).max_assignments in {3, 4}


def test_two_approvals_and_a_balance_for_one(make: Any) -> None:
    for _ in range(ROUNDS):
        poor = make.new_requester(balance=1_000)
        hits = [make.create_hit(by=poor).hit_id for _ in range(2)]
        works = [make.done(hit_id) for hit_id in hits]
        for each in works:
            make.ask("RejectAssignment", by=poor, assignment_id=each, requester_feedback="no")
        make.create_hit(by=poor)
        outcomes = race(
            *(
                lambda each=each: make.ask(
                    "ApproveAssignment", by=poor, assignment_id=each, override_rejection=True
                )
                for each in works
            )
        )
        assert sorted(outcomes) == ["InsufficientFunds", "done"]
        assert make.balance(f"available:{poor.requester_id}") == 0


def test_revocation_of_a_qualification_and_accept(make: Any) -> None:
    type_id = make.ask(
        "CreateQualificationType",
        name="Test",
        description="D",
        qualification_type_status="Active",
    ).qualification_type.qualification_type_id
    wanted = types.QualificationRequirement(qualification_type_id=type_id, comparator="Exists")
    for _ in range(ROUNDS):
        hit = make.create_hit(qualification_requirements=(wanted,))
        worker = make.new_worker()
        named = {"qualification_type_id": type_id, "worker_id": worker.worker.worker_id}
        make.ask("AssociateQualificationWithWorker", **named)
        accepted, revoked = race(
            lambda: make.accept(worker, hit.hit_id),
            lambda: make.ask("DisassociateQualificationFromWorker", **named),
        )
        assert revoked == "done"
        assert accepted in {"done", "NotQualified"}
        pending = make.hit(hit.hit_id).number_of_assignments_pending
        assert pending == (accepted == "done")


def test_two_loops_at_the_same_work(make: Any) -> None:
    for _ in range(ROUNDS):
        hits = [make.create_hit(lifetime_in_seconds=60).hit_id for _ in range(4)]
        late = make.accept(make.new_worker(), hits[0])
        make.clock.advance(seconds=700)
        outcomes = race(*[lambda: sweeping.run_due(make.app)] * 4)
        assert outcomes == ["done"] * 4
        assert status_of(make, late) == "Abandoned"
        for hit_id in hits:
            assert make.events(hit_id).count("HITExpired") == 1
            assert make.events(hit_id).count("HITReviewable") == 1


def test_one_token_in_many_requests(make: Any) -> None:
    for number in range(ROUNDS):
        members = make.hit_members(unique_request_token=f"token {number}")
        outcomes = race(*[lambda: make.ask("CreateHIT", **members)] * 4)
        assert Counter(outcomes) == {"done": 1, "HitAlreadyExists": 3}


def test_a_crowd_in_one_group(make: Any) -> None:
    """Workers who take any HIT of a group get one each, as long as there are enough."""
    for _ in range(3):
        first, *_ = [make.create_hit(title="Crowd", max_assignments=1) for _ in range(8)]
        workers = [make.new_worker() for _ in range(10)]
        outcomes = race(
            *(lambda each=each: take_some(make, each, first.hit_group_id) for each in workers)
        )
        assert Counter(outcomes) == {"done": 8, "NoAssignments": 2}


def test_two_loops_forget_the_same_files(make_with: Any) -> None:
    """Each file makes room once, or the limit of the site would rise with every race."""
    make = make_with(uploads__enabled=True)
    assignment_id = make.accept(make.new_worker(), make.create_hit().hit_id)
    new = NewFile(
        question_id="tag", name="a.png", media_type="image/png", size_bytes=10, sha256="0" * 64
    )

    def reserve(count: int) -> tuple[str, ...]:
        request = ReserveFilesRequest(assignment_id=assignment_id, files=(new,) * count)
        keys: tuple[str, ...] = dispatch.run(
            make.app, registry.of(files.reserve_files), None, request
        ).keys
        return keys

    reserve(100)
    for _ in range(ROUNDS):
        keys = list(reserve(5))
        dropped = DropFilesRequest(keys=tuple(keys))
        dispatch.run(make.app, registry.of(files.drop_files), None, dropped)
        race(*(lambda: sweeping.forget_files(make.app, keys),) * 2)
    assert make.rows("SELECT size_bytes FROM file_totals") == [(1000,)]


def test_requests_and_the_deletion_of_their_type(make: Any) -> None:
    """Nobody waits for a requester who has nothing to decide any more."""
    operation = registry.of(qualifying.request_qualification)
    for number in range(ROUNDS):
        made = make.ask(
            "CreateQualificationType",
            name=f"Type {number}",
            description="Knows dogs",
            qualification_type_status="Active",
        ).qualification_type
        wanted = RequestQualificationRequest(qualification_type_id=made.qualification_type_id)
        workers = [make.new_worker() for _ in range(3)]
        calls = [partial(dispatch.run, make.app, operation, each, wanted) for each in workers]
        named = {"qualification_type_id": wanted.qualification_type_id}
        *requested, deleted = race(*calls, partial(make.ask, "DeleteQualificationType", **named))
        assert deleted == "done"
        assert set(requested) <= {"done", "TypeNotFound"}
        assert {state for (state,) in make.rows("SELECT state FROM qualification_requests")} <= {
            "Rejected"
        }
