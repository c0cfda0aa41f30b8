"""Many at once: nothing is given out, decided or paid twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from kempelen.domain.errors import Refusal

THREADS = 8


def at_once(calls: list[Callable[[], Any]]) -> list[str]:
    """Make calls from several threads; what each came to, "done" or the name of its refusal."""

    def outcome(call: Callable[[], Any]) -> str:
        try:
            call()
        except Refusal as refusal:
            return type(refusal).__name__
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(outcome, calls))


def test_a_hit_has_no_more_workers_than_it_wants(make: Any) -> None:
    hit_id = make.create_hit(max_assignments=3).hit_id
    workers = [make.new_worker() for _ in range(12)]
    outcomes = at_once([partial(make.accept, worker, hit_id) for worker in workers])
    assert outcomes.count("done") == 3
    assert outcomes.count("NoAssignments") == 9
    assert make.hit(hit_id).number_of_assignments_pending == 3


def test_a_worker_accepts_a_hit_once(make: Any, worker: Any) -> None:
    hit_id = make.create_hit(max_assignments=9).hit_id
    outcomes = at_once([lambda: make.accept(worker, hit_id)] * 12)
    assert sorted(set(outcomes)) == ["AlreadyAccepted", "done"]
    assert outcomes.count("done") == 1


def test_one_decision_wins(make: Any, worker: Any) -> None:
    hit_id = make.create_hit(max_assignments=6).hit_id
    done = [make.done(hit_id) for _ in range(5)]
    done.append(make.done(hit_id, worker))
    for assignment_id in done:
        outcomes = at_once(
            [
                partial(make.ask, "ApproveAssignment", assignment_id=assignment_id),
                partial(
                    make.ask,
                    "RejectAssignment",
                    assignment_id=assignment_id,
                    requester_feedback="",
                ),
            ]
            * 4
        )
        assert outcomes.count("done") == 1
        assert outcomes.count("InvalidAssignmentState") == 7
    hit = make.hit(hit_id)
    assert hit.number_of_assignments_completed == 6
    paid = make.rows("SELECT count(*) FROM transfers WHERE kind = 'reward'")
    approved = make.rows("SELECT count(*) FROM assignments WHERE status = 'Approved'")
    assert paid == approved


def test_a_balance_is_not_spent_twice(make: Any) -> None:
    poor = make.new_requester(balance=2_000)
    outcomes = at_once([lambda: make.create_hit(by=poor)] * 12)
    assert outcomes.count("done") == 4
    assert outcomes.count("InsufficientFunds") == 8
    assert make.ask("GetAccountBalance", by=poor).available_balance == "0.00"


def test_equal_properties_stay_one_hit_type(make: Any) -> None:
    assert set(at_once([make.create_hit] * 12)) == {"done"}
    assert make.rows("SELECT count(*) FROM hit_types") == [(1,)]


def test_due_work_is_done_once_however_many_look(make: Any) -> None:
    hit_ids = [make.create_hit(lifetime_in_seconds=60).hit_id for _ in range(5)]
    make.clock.advance(seconds=60)
    looks: list[Callable[[], Any]] = [
        *[partial(make.hit, hit_id) for hit_id in hit_ids],
        lambda: make.ask("ListHITs"),
        lambda: make.sweep(seconds=0),
    ]
    assert set(at_once(looks * 3)) == {"done"}
    for hit_id in hit_ids:
        assert make.events(hit_id) == ["HITCreated", "HITExpired", "HITReviewable"]
