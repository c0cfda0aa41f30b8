"""Running an operation: attempts, faults, due work first, and the way for event loops."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest
import raw

from kempelen.domain import errors
from kempelen.invariants import invariant
from kempelen.operations import dispatch, hits, registry, sweeping, timers
from kempelen.operations.registry import operation
from kempelen.store import hits as rows
from kempelen.store import ledger
from kempelen.store.tx import Overtaken, Tx


@dataclass
class Asked:
    """What the operations of these tests are asked: how to fail, and how often."""

    fail: Callable[[], None] = lambda: None
    times: int = 0


@dataclass
class Told:
    """How often an operation ran, and when it thought it was."""

    runs: int
    now: datetime


def _run(tx: Tx, request: Asked, seen: list[datetime]) -> Told:
    seen.append(tx.now)
    if tx.is_writing:
        ledger.open_account(tx, f"attempt {len(seen)}")
    if len(seen) <= request.times:
        request.fail()
    return Told(runs=len(seen), now=tx.now)


@pytest.fixture
def writing() -> registry.Operation:
    seen: list[datetime] = []

    @operation(writes=True)
    def write_something(tx: Tx, caller: None, request: Asked) -> Told:
        return _run(tx, request, seen)

    return registry.of(write_something)


@pytest.fixture
def reading() -> registry.Operation:
    seen: list[datetime] = []

    @operation(writes=False)
    def read_something(tx: Tx, caller: None, request: Asked) -> Told:
        return _run(tx, request, seen)

    return registry.of(read_something)


@pytest.fixture
def trouble(engine: str) -> Callable[[], None]:
    """What a database in trouble raises."""
    kind = {"sqlite": sqlite3.OperationalError, "postgresql": psycopg.OperationalError}[engine]

    def fail() -> None:
        raise kind("the disk is full")

    return fail


def bug() -> None:
    raise ZeroDivisionError


def broken() -> None:
    invariant(condition=False, id="T9", seen=1)


def refuse() -> None:
    raise errors.PermissionDenied


def accounts(make: Any) -> list[str]:
    query = "SELECT account_id FROM accounts WHERE account_id LIKE 'attempt%'"
    return [row[0] for row in make.rows(query)]


def test_trouble_with_the_database_is_tried_three_times(
    make: Any,
    writing: registry.Operation,
    reading: registry.Operation,
    trouble: Callable[[], None],
) -> None:
    told = dispatch.run(make.app, writing, None, Asked(trouble, 2))
    assert told.runs == 3
    assert accounts(make) == ["attempt 3"]
    assert dispatch.run(make.app, reading, None, Asked(trouble, 2)).runs == 3


def test_after_three_attempts_it_is_a_fault(
    make: Any,
    writing: registry.Operation,
    reading: registry.Operation,
    trouble: Callable[[], None],
) -> None:
    with pytest.raises(errors.ServiceFault):
        dispatch.run(make.app, writing, None, Asked(trouble, 3))
    assert accounts(make) == []
    assert dispatch.run(make.app, writing, None, Asked()).runs == 4
    with pytest.raises(errors.ServiceFault):
        dispatch.run(make.app, reading, None, Asked(trouble, 3))
    assert dispatch.run(make.app, reading, None, Asked()).runs == 4


@pytest.mark.parametrize("fail", [bug, broken])
def test_bugs_are_faults_at_once_and_leave_nothing(
    make: Any, writing: registry.Operation, fail: Callable[[], None]
) -> None:
    with pytest.raises(errors.ServiceFault) as found:
        dispatch.run(make.app, writing, None, Asked(fail, 9))
    assert found.value.http_status == 500
    assert found.value.message == "There was an error with this request."
    assert accounts(make) == []
    assert dispatch.run(make.app, writing, None, Asked()).runs == 2


def test_refusals_come_out_as_they_were_raised(make: Any, writing: registry.Operation) -> None:
    with pytest.raises(errors.PermissionDenied):
        dispatch.run(make.app, writing, None, Asked(refuse, 1))
    assert accounts(make) == []


def test_each_attempt_asks_the_clock(
    make: Any, writing: registry.Operation, trouble: Callable[[], None]
) -> None:
    def pass_time() -> None:
        make.clock.advance(seconds=5)
        trouble()

    begin = make.clock.now()
    told = dispatch.run(make.app, writing, None, Asked(pass_time, 1))
    assert (told.now - begin).total_seconds() == 5


def test_a_write_of_which_too_much_is_due_gives_up_in_the_end(
    make: Any, writing: registry.Operation, reading: registry.Operation
) -> None:
    def always() -> None:
        raise Overtaken(("3UNKNOWN",))

    for each in (writing, reading):
        with pytest.raises(errors.ServiceFault):
            dispatch.run(make.app, each, None, Asked(always, 10_000))
        assert dispatch.run(make.app, each, None, Asked()).runs == dispatch.ROUNDS_MAX + 1


def test_a_submitted_write_is_delivered_when_it_is_durable(
    make: Any, writing: registry.Operation
) -> None:
    done = threading.Event()
    seen: list[list[str]] = []

    def deliver(jobs: list[dispatch.Job]) -> None:
        seen.append(accounts(make))
        done.set()

    job = dispatch.submit(make.app, writing, None, Asked(), deliver)
    done.wait()
    assert (job.error, job.result.runs) == (None, 1)
    assert seen == [["attempt 1"]]


def test_a_submitted_write_that_is_refused_delivers_its_refusal(
    make: Any, writing: registry.Operation
) -> None:
    done = threading.Event()
    job = dispatch.submit(make.app, writing, None, Asked(refuse, 1), lambda _: done.set())
    done.wait()
    assert isinstance(job.error, errors.PermissionDenied)


def test_what_needs_no_rows_is_refused_before_anything_is_queued(make: Any) -> None:
    create = registry.of(hits.create_hit)
    request = create.request(**make.hit_members(title=""))
    delivered: list[Any] = []
    with pytest.raises(errors.TooShort):
        dispatch.submit(make.app, create, make.requester, request, delivered.append)
    assert delivered == []


def test_a_quick_reading_leaves_due_work_to_others(make: Any) -> None:
    hit = make.create_hit(lifetime_in_seconds=60)
    get = registry.of(hits.get_hit)
    request = get.request(hit_id=hit.hit_id)
    assert dispatch.may_read_now(make.app, get) is make.app.db.reads_at_once
    assert dispatch.read_now(make.app, get, make.requester, request).hit == hit
    make.clock.advance(seconds=60)
    with pytest.raises(Overtaken) as found:
        dispatch.read_now(make.app, get, make.requester, request)
    assert found.value.hit_ids == (hit.hit_id,)
    shown = dispatch.run(make.app, get, make.requester, request)
    assert shown.hit.hit_status == "Reviewable"
    assert dispatch.read_now(make.app, get, make.requester, request) == shown


def test_a_plain_reading_does_what_is_due_first(make: Any) -> None:
    hit_id = make.create_hit(lifetime_in_seconds=60).hit_id
    make.clock.advance(seconds=60)
    assert dispatch.look(make.app, timers.due_hits) == [hit_id]

    def read(tx: Tx) -> str:
        found = rows.get(tx, hit_id)
        assert found is not None
        return str(found.recorded_status)

    assert dispatch.look(make.app, read) == "Reviewable"
    assert dispatch.look(make.app, timers.due_hits) == []


def test_the_loop_knows_when_something_is_due(make: Any) -> None:
    assert sweeping.seconds_until_due(make.app) is None
    hit_id = make.create_hit(lifetime_in_seconds=100).hit_id
    make.create_hit(lifetime_in_seconds=300)
    assert sweeping.seconds_until_due(make.app) == 100
    worker = make.new_worker()
    make.submit(worker, make.accept(worker, hit_id))
    make.clock.advance(seconds=40)
    assert sweeping.seconds_until_due(make.app) == 60
    make.clock.advance(seconds=100)
    assert sweeping.seconds_until_due(make.app) == 0
    assert sweeping.run_due(make.app) == 1
    assert sweeping.seconds_until_due(make.app) == 160
    assert sweeping.run_due(make.app) == 0


def test_one_broken_hit_stops_no_other_in_the_loop(make: Any) -> None:
    spoiled, sound = (make.create_hit(lifetime_in_seconds=60).hit_id for _ in range(2))
    make.change(raw.ADD_TRANSFER, f"hold:{spoiled}:1")
    make.clock.advance(seconds=60)
    assert sweeping.run_due(make.app) == 2
    assert make.events(sound)[-1] == "HITReviewable"
    assert make.events(spoiled) == ["HITCreated"]


def test_old_request_tokens_are_forgotten(make: Any) -> None:
    make.create_hit(unique_request_token="t")
    make.clock.advance(hours=24)
    sweeping.forget_old(make.app)
    assert make.rows("SELECT * FROM request_tokens") == []
