"""Deliveries by webhook: order, retries, dead letters, and what misbehaving receivers do not."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest

from kempelen.api.types import NotificationSpecification
from kempelen.background import notifier as loop
from kempelen.background.transports import webhook
from kempelen.domain import errors
from kempelen.operations import deliveries, dispatch, replaying, sweeping

HOUR = 3600
YEAR = 31_536_000


def to(url: str, *event_types: str) -> NotificationSpecification:
    return NotificationSpecification(
        destination=url, transport="SNS", version="2014-08-15", event_types=event_types
    )


@pytest.fixture
def hooked(make_with: Callable[..., Any], receiver: Any, other_receiver: Any) -> Any:
    """A maker on an installation with webhooks, which may reach the receivers."""
    return make_with(
        notifications__webhooks=True, egress__allow=[receiver.place, other_receiver.place]
    )


def listen(make: Any, url: str, *event_types: str, **members: Any) -> str:
    """Have the events of a new HIT type sent; returns its id."""
    hit_type_id: str = make.create_hit(**members).hit_type_id
    wanted = to(url, *(event_types or ("HITCreated",)))
    make.ask("UpdateNotificationSettings", hit_type_id=hit_type_id, notification=wanted)
    return hit_type_id


def statuses(make: Any) -> list[tuple[str, int, str | None]]:
    return make.rows("SELECT status, attempts, error FROM deliveries ORDER BY n")  # type: ignore[no-any-return]


def settled(make: Any, count: int) -> list[tuple[str, int, str | None]]:
    """The deliveries, when nothing is leased and `count` attempts were made."""
    query = "SELECT coalesce(sum(attempts), 0), coalesce(sum(is_leased), 0) FROM deliveries"
    for _ in range(3000):
        if make.rows(query) == [(count, 0)]:
            return statuses(make)
        time.sleep(0.01)
    pytest.fail(f"not settled: {statuses(make)}")


def test_a_document_arrives_signed_with_its_members_in_order(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    listen(hooked, receiver.url(), "AssignmentSubmitted")
    hit = hooked.create_hit()
    assignment_id = hooked.done(hit.hit_id)
    run_notifier(hooked.app)
    arrived = receiver.next()
    ((document_id,),) = hooked.rows("SELECT document_id FROM deliveries")
    requester_id = hooked.requester.requester_id
    assert arrived.body.decode() == (
        f'{{"EventDocVersion":"2014-08-15","EventDocId":"{document_id}",'
        f'"CustomerId":"{requester_id}","Events":[{{"EventType":"AssignmentSubmitted",'
        f'"EventTimestamp":"2026-01-05T12:00:00Z","HITTypeId":"{hit.hit_type_id}",'
        f'"HITId":"{hit.hit_id}","AssignmentId":"{assignment_id}"}}]}}'
    )
    key = hooked.app.transports[-1]._signing_key(requester_id, 1)
    timestamp = arrived.headers["X-Timestamp"]
    assert arrived.headers["X-Signature-SHA256"] == webhook.signature(key, timestamp, arrived.body)
    now = hooked.app.wall_clock.now().timestamp()
    assert abs(now - int(timestamp)) < 60
    assert settled(hooked, 1) == [("Delivered", 1, None)]


def test_events_of_a_hit_arrive_in_their_order(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    every = ("AssignmentAccepted", "AssignmentSubmitted", "HITReviewable", "AssignmentApproved")
    listen(hooked, receiver.url(), "HITCreated", *every, "HITDisposed")
    run_notifier(hooked.app)
    hit_ids = [hooked.create_hit().hit_id for _ in range(10)]
    for hit_id in hit_ids:
        hooked.ask("ApproveAssignment", assignment_id=hooked.done(hit_id))
        hooked.ask("DeleteHIT", hit_id=hit_id)
    told: dict[str, list[str]] = {}
    for _ in range(60):
        (event,) = json.loads(receiver.next().body)["Events"]
        told.setdefault(event["HITId"], []).append(event["EventType"])
    expected = ["HITCreated", *every, "HITDisposed"]
    assert told == dict.fromkeys(hit_ids, expected)
    assert all(row[0] == "Delivered" for row in settled(hooked, 60))


def test_a_failed_delivery_is_tried_again_with_the_same_document(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    listen(hooked, receiver.url(), "HITCreated", "HITExpired")
    receiver.behaviour["/hook"] = "500"
    hit = hooked.create_hit()
    hooked.ask("UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=0.0)
    notifier = run_notifier(hooked.app)
    first = receiver.next()
    assert settled(hooked, 1) == [("Waiting", 1, "HTTP status 5xx"), ("Waiting", 0, None)]
    hooked.clock.advance(seconds=1)
    notifier._wake.set()
    second = receiver.next()
    assert second.body == first.body
    settled(hooked, 2)
    receiver.behaviour.clear()
    hooked.clock.advance(seconds=2)
    assert receiver.next().body == first.body
    (event,) = json.loads(receiver.next().body)["Events"]
    assert event["EventType"] == "HITExpired"
    assert settled(hooked, 4) == [("Delivered", 3, None), ("Delivered", 1, None)]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("500", "HTTP status 5xx"),
        ("404", "HTTP status 4xx"),
        ("302", "HTTP status 3xx"),
        ("nonsense", "the answer is not HTTP"),
    ],
)
def test_what_counts_as_failure(
    hooked: Any, receiver: Any, run_notifier: Any, behaviour: str, error: str
) -> None:
    listen(hooked, receiver.url())
    receiver.behaviour["/hook"] = behaviour
    hooked.create_hit()
    run_notifier(hooked.app)
    assert settled(hooked, 1) == [("Waiting", 1, error)]
    assert receiver.next().path == "/hook"
    assert receiver.arrived.empty(), "a redirect was followed"


def test_an_endless_answer_is_cut_and_counts(hooked: Any, receiver: Any, run_notifier: Any) -> None:
    listen(hooked, receiver.url())
    receiver.behaviour["/hook"] = "endless"
    hooked.create_hit()
    run_notifier(hooked.app)
    assert settled(hooked, 1) == [("Delivered", 1, None)]


def test_slow_and_dead_destinations_delay_nobody(
    hooked: Any, receiver: Any, other_receiver: Any, run_notifier: Any
) -> None:
    """Forty slow destinations and a dead one: another is served while all of them hang."""
    for number in range(40):
        url = receiver.url(f"/slow/{number}")
        receiver.behaviour[f"/slow/{number}"] = "slow"
        listen(hooked, url, title=f"Slow {number}")
        for _ in range(3):
            hooked.create_hit(title=f"Slow {number}")
    dead = other_receiver.url("/dead")
    other_receiver.behaviour["/dead"] = "500"
    listen(hooked, dead, title="Dead")
    hooked.create_hit(title="Dead")
    listen(hooked, other_receiver.url("/well"), title="Well")
    proven = hooked.create_hit(title="Well").hit_id
    hooked.app.db.write(
        lambda connection: connection.execute(
            "UPDATE notification_targets SET proven_at = 1 WHERE destination LIKE '%/well'"
        )
    )
    run_notifier(hooked.app)
    while True:
        arrived = other_receiver.next()
        if arrived.path == "/well":
            break
    assert json.loads(arrived.body)["Events"][0]["HITId"] == proven
    hit_ids = [hooked.create_hit(title="Well").hit_id for _ in range(20)]
    found = [json.loads(other_receiver.next().body)["Events"][0]["HITId"] for _ in range(20)]
    assert sorted(found) == sorted(hit_ids)
    # One attempt at each of sixteen destinations, all hanging: half of the threads.
    for _ in range(loop.DOUBTFUL_MAX):
        receiver.next()
    assert receiver.arrived.empty()
    receiver.resume.set()


def test_a_destination_that_keeps_failing_is_left_alone(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    listen(hooked, receiver.url())
    receiver.behaviour["/hook"] = "500"
    for _ in range(8):
        hooked.create_hit()
    run_notifier(hooked.app)
    rows = settled(hooked, 5)
    assert sorted(row[1] for row in rows) == [0, 0, 0, 1, 1, 1, 1, 1]
    ((failures, rests_until),) = hooked.rows(
        "SELECT failures, rests_until FROM notification_targets"
    )
    assert failures == 5
    rest = rests_until / 1_000_000 - hooked.clock.now().timestamp()
    assert 8 <= rest <= 16
    receiver.behaviour.clear()
    hooked.clock.advance(seconds=16)
    assert {row[0] for row in settled(hooked, 13)} == {"Delivered"}
    assert hooked.rows("SELECT failures, failing_since, rests_until FROM notification_targets") == [
        (0, None, 0)
    ]


def test_after_a_day_it_is_dead_with_its_error(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    """A document that the destination does not want blocks its HIT for a day, and no other."""
    listen(hooked, receiver.url(), "HITCreated", "HITExpired", lifetime_in_seconds=YEAR)
    receiver.behaviour["/hook"] = "422"
    hit = hooked.create_hit(lifetime_in_seconds=YEAR)
    run_notifier(hooked.app)
    settled(hooked, 1)
    hooked.ask("UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=0.0)
    receiver.behaviour.clear()
    other = hooked.create_hit(lifetime_in_seconds=YEAR).hit_id
    receiver.next()
    assert json.loads(receiver.next().body)["Events"][0]["HITId"] == other
    settled(hooked, 2)
    receiver.behaviour["/hook"] = "422"
    hooked.clock.advance(seconds=24 * HOUR - 1)
    rows = settled(hooked, 3)
    assert rows[0] == ("Waiting", 2, "HTTP status 4xx")
    hooked.clock.advance(seconds=2)
    rows = settled(hooked, 5)
    assert rows[0] == ("Dead", 3, "HTTP status 4xx")
    assert rows[1] == ("Waiting", 1, "HTTP status 4xx")


def test_what_waits_for_a_dead_destination_dies_with_it(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    listen(hooked, receiver.url(), lifetime_in_seconds=YEAR)
    receiver.behaviour["/hook"] = "503"
    for _ in range(600):
        hooked.create_hit(lifetime_in_seconds=YEAR)
    run_notifier(hooked.app)
    settled(hooked, 5)
    hooked.clock.advance(hours=23)
    young = hooked.create_hit(lifetime_in_seconds=YEAR).hit_id
    settled(hooked, 6)
    hooked.clock.advance(hours=1)
    for _ in range(3000):
        counts = dict(hooked.rows("SELECT status, count(*) FROM deliveries GROUP BY status"))
        if counts.get("Dead") == 600:
            break
        time.sleep(0.01)
    assert counts == {"Dead": 600, "Waiting": 1}
    assert hooked.rows("SELECT hit_id FROM deliveries WHERE status = 'Waiting'") == [(young,)]
    messages = {row[0] for row in hooked.rows("SELECT error FROM deliveries WHERE status = 'Dead'")}
    assert "the destination has failed for a day" in messages


def test_a_lease_that_ran_out_is_somebody_elses(hooked: Any, receiver: Any) -> None:
    """Two processes: what one claimed and did not settle, the other delivers."""
    listen(hooked, receiver.url())
    hooked.create_hit()
    app = hooked.app

    def claim() -> list[Any]:
        due = dispatch.look(app, deliveries.due_targets)
        return list(dispatch.change(app, deliveries.claim, [(target, 4) for target in due]))

    (first,) = claim()
    assert claim() == []
    hooked.clock.advance(seconds=59)
    assert claim() == []
    hooked.clock.advance(seconds=1)
    (second,) = claim()
    assert second.delivery.document == first.delivery.document
    late = deliveries.Outcome(milliseconds=1, error="too late")
    dispatch.change(app, deliveries.settle, first.delivery, late)
    assert statuses(hooked) == [("Waiting", 2, None)]
    dispatch.change(app, deliveries.settle, second.delivery, deliveries.Outcome(milliseconds=1))
    dispatch.change(app, deliveries.settle, first.delivery, deliveries.Outcome(milliseconds=1))
    assert statuses(hooked) == [("Delivered", 2, None)]


def test_deliveries_that_are_settled_are_forgotten_after_thirty_days(
    hooked: Any, receiver: Any, run_notifier: Any
) -> None:
    listen(hooked, receiver.url(), "HITCreated", lifetime_in_seconds=YEAR)
    hooked.create_hit(lifetime_in_seconds=YEAR)
    run_notifier(hooked.app)
    settled(hooked, 1)
    hooked.clock.advance(days=30)
    sweeping.forget_old(hooked.app)
    assert len(statuses(hooked)) == 1
    hooked.clock.advance(seconds=1)
    sweeping.forget_old(hooked.app)
    assert statuses(hooked) == []


def test_a_document_is_delivered_once_more(hooked: Any, receiver: Any, run_notifier: Any) -> None:
    listen(hooked, receiver.url(), "HITCreated")
    hooked.create_hit()
    run_notifier(hooked.app)
    first = receiver.next()
    settled(hooked, 1)
    document_id = json.loads(first.body)["EventDocId"]
    entry = dispatch.change(hooked.app, replaying.replay, document_id)
    assert entry.destination == receiver.url()
    assert receiver.next().body == first.body
    settled(hooked, 1)
    with pytest.raises(replaying.Refused, match="no document"):
        dispatch.change(hooked.app, replaying.replay, "nothing")


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("late", ["a document once more", "an event"])
def test_nothing_waits_for_ever_behind_what_has_just_ended(
    hooked: Any, receiver: Any, late: str
) -> None:
    """Who lines up behind a delivery, and who ends it, look at the HIT one after the other."""
    listen(hooked, receiver.url(), "HITCreated", "HITExtended", lifetime_in_seconds=YEAR)
    hit_id = hooked.create_hit(lifetime_in_seconds=YEAR).hit_id
    app = hooked.app
    more = {"hit_id": hit_id, "number_of_additional_assignments": 1}
    (target,) = dispatch.look(app, deliveries.due_targets)
    failed = deliveries.Outcome(milliseconds=1, error="no connection")
    (first,) = dispatch.change(app, deliveries.claim, [(target, 1)])
    dispatch.change(app, deliveries.settle, first.delivery, failed)
    hooked.clock.advance(days=1)
    document_id = first.delivery.document.document_id
    if late == "a document once more":
        (again,) = dispatch.change(app, deliveries.claim, [(target, 1)])
        dispatch.change(app, deliveries.settle, again.delivery, failed)
        hooked.ask("CreateAdditionalAssignmentsForHIT", **more)
        (second,) = dispatch.change(app, deliveries.claim, [(target, 1)])
    ended, go_on = threading.Event(), threading.Event()

    def ending(tx: Any) -> None:
        if late == "an event":
            deliveries.give_up(tx, target.n)
        else:
            deliveries.settle(tx, second.delivery, deliveries.Outcome(milliseconds=1))
        ended.set()
        go_on.wait()

    with ThreadPoolExecutor(2) as threads:
        first_one = threads.submit(dispatch.change, app, ending)
        assert ended.wait(60)
        second_one = (
            threads.submit(hooked.ask, "CreateAdditionalAssignmentsForHIT", **more)
            if late == "an event"
            else threads.submit(dispatch.change, app, replaying.replay, document_id)
        )
        # It is over at once where nobody waits for the lock, and then too early.
        wait([second_one], timeout=0.3)
        go_on.set()
        first_one.result(), second_one.result()
    assert len(dispatch.look(app, deliveries.due_targets)) == 1


def test_the_test_event_arrives_before_the_answer(hooked: Any, receiver: Any) -> None:
    """Whatever EventTypes says, with ids of things that do not exist."""
    for event_type in ("Ping", "HITReviewable", "AssignmentRejected"):
        hooked.ask(
            "SendTestEventNotification",
            notification=to(receiver.url(), "HITCreated"),
            test_event_type=event_type,
        )
        document = json.loads(receiver.arrived.get_nowait().body)
        (event,) = document["Events"]
        assert event["EventType"] == event_type
        assert ("AssignmentId" in event) == event_type.startswith("Assignment")
        refusal = hooked.refusal("GetHIT", hit_id=event["HITId"])
        assert isinstance(refusal, errors.HITDoesNotExist)
    assert statuses(hooked) == []


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("500", "HTTP status 5xx"), ("302", "HTTP status 3xx"), ("nonsense", "not HTTP")],
)
def test_the_test_event_reports_the_failure_of_its_target(
    hooked: Any, receiver: Any, behaviour: str, reason: str
) -> None:
    receiver.behaviour["/hook"] = behaviour
    refusal = hooked.refusal(
        "SendTestEventNotification",
        notification=to(receiver.url(), "HITCreated"),
        test_event_type="Ping",
    )
    assert isinstance(refusal, errors.TransportFailed)
    assert refusal.code == "AWS.MechanicalTurk.InvalidTransportEndpoint"
    assert refusal.message.startswith(f"Invalid transport endpoint: {receiver.url()} (")
    assert reason in refusal.message


def test_due_work_is_found_by_leaps(hooked: Any, receiver: Any) -> None:
    """A destination that has nothing due, and one that rests, are not among those to serve."""
    listen(hooked, receiver.url("/due"), title="Due")
    listen(hooked, receiver.url("/idle"), title="Idle")
    listen(hooked, receiver.url("/rests"), title="Rests")
    for title in ("Due", "Due", "Rests"):
        hooked.create_hit(title=title)
    hooked.app.db.write(
        lambda connection: connection.execute(
            "UPDATE notification_targets SET rests_until = 9e18 WHERE destination LIKE '%/rests'"
        )
    )
    (found,) = dispatch.look(hooked.app, deliveries.due_targets)
    assert found.destination == receiver.url("/due")
