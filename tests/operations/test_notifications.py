"""Notification settings, and what of the events of a transaction is to be delivered."""

from typing import Any

import pytest

from kempelen import bootstrap
from kempelen.api.types import NotificationSpecification
from kempelen.domain import errors
from kempelen.operations import dispatch, served, sweeping

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:events"


def to(destination: str = QUEUE, *event_types: str, **members: Any) -> NotificationSpecification:
    return NotificationSpecification(
        **{
            "destination": destination,
            "transport": "SQS",
            "version": "2014-08-15",
            "event_types": event_types or ("AssignmentSubmitted", "HITReviewable"),
            **members,
        }
    )


@pytest.fixture
def hit_type_id(make: Any) -> str:
    """The HIT type of the HITs that `make` makes."""
    return str(make.create_hit().hit_type_id)


def told(make: Any) -> list[tuple[Any, ...]]:
    """What is to be delivered: event type, HIT, destination."""
    return make.rows(  # type: ignore[no-any-return]
        "SELECT d.event_type, d.hit_id, t.destination FROM deliveries d"
        " JOIN notification_targets t ON t.n = d.target ORDER BY d.n"
    )


def update(make: Any, hit_type_id: str, **members: Any) -> None:
    make.ask("UpdateNotificationSettings", hit_type_id=hit_type_id, **members)


def refused(make: Any, hit_type_id: str, **members: Any) -> Any:
    return make.refusal("UpdateNotificationSettings", hit_type_id=hit_type_id, **members)


def test_events_that_are_asked_for_are_to_be_delivered(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to())
    hit = make.create_hit()
    assert hit.hit_type_id == hit_type_id
    assignment_id = make.done(hit.hit_id)
    assert told(make) == [
        ("AssignmentSubmitted", hit.hit_id, QUEUE),
        ("HITReviewable", hit.hit_id, QUEUE),
    ]
    ((row,),) = make.rows("SELECT assignment_id FROM deliveries WHERE assignment_id IS NOT NULL")
    assert row == assignment_id
    assert make.events(hit.hit_id) == [
        "HITCreated",
        "AssignmentAccepted",
        "AssignmentSubmitted",
        "HITReviewable",
    ]


def test_hits_that_were_there_before_are_meant_too(make: Any) -> None:
    hit = make.create_hit()
    update(make, hit.hit_type_id, notification=to(QUEUE, "HITDisposed", "AssignmentApproved"))
    assignment_id = make.done(hit.hit_id)
    make.ask("ApproveAssignment", assignment_id=assignment_id)
    make.ask("DeleteHIT", hit_id=hit.hit_id)
    assert [row[0] for row in told(make)] == ["AssignmentApproved", "HITDisposed"]


def test_nothing_is_sent_for_other_types(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"))
    make.create_hit(title="Another type")
    assert told(make) == []


def test_one_way_to_say_each_event(make: Any, hit_type_id: str) -> None:
    """An event type that begins like another is not taken for it."""
    update(make, hit_type_id, notification=to(QUEUE, "HITExtended"))
    make.create_hit(lifetime_in_seconds=60)
    make.sweep(seconds=61)
    assert told(make) == []


def test_inactive_loses_events_and_keeps_the_specification(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"))
    update(make, hit_type_id, active=False)
    make.create_hit()
    assert told(make) == []
    update(make, hit_type_id, active=True)
    hit = make.create_hit()
    assert told(make) == [("HITCreated", hit.hit_id, QUEUE)]


def test_a_new_one_may_be_inactive_and_a_replacement_stays_so(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"), active=False)
    update(make, hit_type_id, notification=to(TOPIC, "HITCreated", transport="SNS"))
    make.create_hit()
    assert told(make) == []
    update(make, hit_type_id, notification=to(TOPIC, "HITCreated", transport="SNS"), active=True)
    hit = make.create_hit()
    assert told(make) == [("HITCreated", hit.hit_id, TOPIC)]


def test_replacing_keeps_no_trace_of_the_old_one(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"))
    update(make, hit_type_id, notification=to(TOPIC, "HITExpired", transport="SNS"))
    hit = make.create_hit(lifetime_in_seconds=60)
    make.sweep(seconds=61)
    assert told(make) == [("HITExpired", hit.hit_id, TOPIC)]


def test_what_was_recorded_goes_where_it_was_to_go_then(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"))
    hit = make.create_hit()
    update(make, hit_type_id, notification=to(TOPIC, "HITCreated", transport="SNS"))
    assert told(make) == [("HITCreated", hit.hit_id, QUEUE)]


def test_a_hit_follows_its_new_type(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITExpired"))
    hit = make.create_hit(title="Another type")
    make.ask("UpdateHITTypeOfHIT", hit_id=hit.hit_id, hit_type_id=hit_type_id)
    make.ask("UpdateExpirationForHIT", hit_id=hit.hit_id, expire_at=0.0)
    assert told(make) == [("HITExpired", hit.hit_id, QUEUE)]


def test_nothing_is_told_of_what_was_refused(make: Any, worker: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated", "AssignmentAccepted"))
    poor = make.new_requester(balance=0)
    refusal = make.refusal("CreateHIT", by=poor, **make.hit_members())
    assert isinstance(refusal, errors.InsufficientFunds)
    hit = make.create_hit()
    make.accept(worker, hit.hit_id)
    with pytest.raises(errors.Refusal):
        make.accept(worker, hit.hit_id)
    assert [row[0] for row in told(make)] == ["HITCreated", "AssignmentAccepted"]


def test_a_setting_that_was_refused_leaves_the_old_one(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"))
    refused(make, hit_type_id, notification=to("ftp://nowhere"))
    hit = make.create_hit()
    assert told(make) == [("HITCreated", hit.hit_id, QUEUE)]


def test_the_hot_path_asks_nothing_more_while_nobody_listens(make: Any, app: Any) -> None:
    """The HIT types with a notification are read once; then no statement names the table."""
    make.create_hit()
    asked: list[str] = []
    app.db.write(lambda connection: connection.set_trace_callback(asked.append))
    hit = make.create_hit()
    make.done(hit.hit_id)
    app.db.write(lambda connection: connection.set_trace_callback(None))
    assert [text for text in asked if "INSERT INTO events" in text]
    assert [text for text in asked if "notification" in text or "deliveries" in text] == []


def test_when_several_processes_write_each_event_asks_the_table(make: Any, app: Any) -> None:
    """What another process has set up is found at once, whatever this one remembers."""
    hit_type_id = make.create_hit().hit_type_id
    other = bootstrap.open_app(app.settings, clock=make.clock, is_guest=True)
    try:
        operation = served.BY_NAME["UpdateNotificationSettings"]
        request = operation.request(hit_type_id=hit_type_id, notification=to(QUEUE, "HITCreated"))
        app.db.is_sole_writer = False
        dispatch.run(other, operation, make.requester, request)
        hit = make.create_hit()
    finally:
        bootstrap.close_app(other)
    assert told(make) == [("HITCreated", hit.hit_id, QUEUE)]


@pytest.mark.parametrize("version", ["2014-08-15", "2006-05-05"])
def test_both_versions_are_accepted(make: Any, hit_type_id: str, version: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated", version=version))
    make.create_hit()
    assert make.rows("SELECT version FROM deliveries") == [(version,)]


def test_document_ids_are_unique(make: Any, hit_type_id: str) -> None:
    update(make, hit_type_id, notification=to(QUEUE, "HITCreated"))
    for _ in range(20):
        make.create_hit()
    ids = [row[0] for row in make.rows("SELECT document_id FROM deliveries")]
    assert len(set(ids)) == 20
    assert all(len(text) == 16 and int(text, 16) >= 0 for text in ids)


@pytest.mark.parametrize(
    ("transport", "destination"),
    [
        ("SQS", QUEUE),
        ("SQS", QUEUE + ".fifo"),
        ("SQS", "https://eu-west-1.queue.amazonaws.com/123456789012/q"),
        ("SQS", "https://queue.amazonaws.com/123456789012/q"),
        ("SQS", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q"),
        ("SNS", TOPIC),
        ("SNS", TOPIC + ".fifo"),
        ("SNS", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:t"),
    ],
)
def test_destinations_of_the_right_form(
    make: Any, hit_type_id: str, transport: str, destination: str
) -> None:
    update(make, hit_type_id, notification=to(destination, transport=transport))


@pytest.mark.parametrize(
    ("transport", "destination"),
    [
        ("SQS", ""),
        ("SQS", TOPIC),
        ("SQS", QUEUE + "/x"),
        ("SQS", QUEUE + "\n"),
        ("SQS", QUEUE.replace("https", "http")),
        ("SQS", "https://sqs.us-east-1.amazonaws.com.evil.example/123456789012/q"),
        ("SQS", "https://user@sqs.us-east-1.amazonaws.com/123456789012/q"),
        ("SQS", "https://sqs.us-east-1.amazonaws.com/12345678901/q"),
        ("SQS", "https://sqs.us-east-1.amazonaws.com/123456789012/" + "q" * 81),
        ("SNS", QUEUE),
        ("SNS", "https://example.com/hook"),
        ("SNS", TOPIC + ":more"),
        ("SNS", TOPIC.replace("sns", "sqs")),
        ("SNS", "arn:aws:sns::123456789012:t"),
        ("Email", "lab@example.com"),
    ],
)
def test_destinations_of_the_wrong_form(
    make: Any, hit_type_id: str, transport: str, destination: str
) -> None:
    """Webhooks are off and there is no mail server, as the defaults are."""
    refusal = refused(make, hit_type_id, notification=to(destination, transport=transport))
    assert isinstance(refusal, errors.InvalidTransportEndpoint)
    assert refusal.code == "AWS.MechanicalTurk.InvalidTransportEndpoint"
    assert refusal.message == f"Invalid transport endpoint: {destination}"
    assert told(make) == []


def test_the_refusals_of_update_in_order(make: Any, hit_type_id: str) -> None:
    """Each call has all the later mistakes, so that the order shows."""
    unknown = "3UNKNOWN"
    refusal = refused(make, unknown)
    assert refusal.code == "AWS.MissingParameters"
    assert refusal.message.endswith("Notification or Active.")
    wrong = {"version": "2099-01-01", "event_types": ()}
    refusal = refused(make, unknown, notification=to("nowhere", **wrong))
    assert (type(refusal), refusal.parameter) == (errors.InvalidParameterValue, "Version")
    for event_types in ((), ("HITCreated", "Ping")):
        refusal = refused(make, unknown, notification=to("nowhere", event_types=event_types))
        assert (type(refusal), refusal.parameter) == (errors.InvalidParameterValue, "EventTypes")
    refusal = refused(make, unknown, notification=to("nowhere"))
    assert isinstance(refusal, errors.HITTypeDoesNotExist)
    refusal = refused(make, hit_type_id, notification=to("nowhere"))
    assert isinstance(refusal, errors.InvalidTransportEndpoint)
    for active in (True, False):
        refusal = refused(make, hit_type_id, active=active)
        assert isinstance(refusal, errors.NothingToActivate)
        assert refusal.type == "RequestError"
        assert refusal.code == "AWS.MechanicalTurk.InvalidParameterValue"
        assert refusal.message == (
            f'The value "{str(active).lower()}" is not valid for the parameter Active.'
        )


def test_somebody_elses_type_does_not_exist(
    make: Any, other_requester: Any, hit_type_id: str
) -> None:
    refusal = refused(make, hit_type_id, by=other_requester, notification=to())
    assert isinstance(refusal, errors.HITTypeDoesNotExist)


def test_the_refusals_of_the_test_event_in_order(make: Any) -> None:
    def refusal(**members: Any) -> Any:
        return make.refusal(
            "SendTestEventNotification",
            notification=to("nowhere", **members),
            test_event_type="Ping",
        )

    assert refusal(version="1", event_types=()).parameter == "Version"
    assert refusal(event_types=()).parameter == "EventTypes"
    assert refusal(event_types=("Ping",)).parameter == "EventTypes"
    assert isinstance(refusal(), errors.InvalidTransportEndpoint)


def test_queues_and_topics_of_other_servers(make_with: Any) -> None:
    make = make_with(notifications__endpoints={"sqs": "http://127.0.0.1:9324/"})
    hit_type_id = make.create_hit().hit_type_id
    update(make, hit_type_id, notification=to("http://127.0.0.1:9324/000000000000/q"))
    for wrong in ("http://127.0.0.1:9325/000000000000/q", "http://127.0.0.1:9324/q"):
        refusal = refused(make, hit_type_id, notification=to(wrong))
        assert isinstance(refusal, errors.InvalidTransportEndpoint)


def test_webhooks_and_mail_when_they_are_on(make_with: Any) -> None:
    make = make_with(notifications__webhooks=True, smtp__host="mail.example.com")
    hit_type_id = make.create_hit().hit_type_id
    for transport, destination in (
        ("SNS", "https://example.com/hook?key=1"),
        ("Email", "lab+turk@example.com"),
    ):
        update(make, hit_type_id, notification=to(destination, transport=transport))
    for transport, destination in (
        ("SNS", "http://example.com/hook"),
        ("SNS", "https://127.0.0.1/hook"),
        ("SNS", "https://[::ffff:10.0.0.1]/hook"),
        ("SNS", "https://user:secret@example.com/"),
        ("SNS", "ftp://example.com/"),
        ("SQS", "https://example.com/hook"),
        ("Email", "Lab <lab@example.com>"),
        ("Email", "a@b.example\r\nBcc: everybody@example.com"),
        ("Email", "nobody"),
    ):
        refusal = refused(make, hit_type_id, notification=to(destination, transport=transport))
        assert isinstance(refusal, errors.InvalidTransportEndpoint), destination


def test_events_are_forgotten_after_thirty_days(make: Any, app: Any) -> None:
    old = make.create_hit(lifetime_in_seconds=31_536_000)
    make.clock.advance(days=29)
    new = make.create_hit()
    make.clock.advance(days=1)
    sweeping.forget_old(app)
    assert make.events(old.hit_id) == ["HITCreated"]
    make.clock.advance(seconds=1)
    sweeping.forget_old(app)
    assert make.events(old.hit_id) == []
    assert make.events(new.hit_id) == ["HITCreated"]


def test_mail_is_forgotten_after_thirty_days(make: Any, app: Any) -> None:
    hit_id = make.create_hit().hit_id
    worker = make.new_worker()
    assignment_id = make.done(hit_id, worker)
    make.ask(
        "SendBonus",
        assignment_id=assignment_id,
        worker_id=worker.worker.worker_id,
        bonus_amount="1.00",
        reason="Well done",
    )
    make.clock.advance(days=30)
    sweeping.forget_old(app)
    assert len(make.rows("SELECT n FROM mail")) == 1
    make.clock.advance(seconds=1)
    sweeping.forget_old(app)
    assert make.rows("SELECT n FROM mail") == []


def test_many_old_events_are_forgotten_in_steps(make: Any, app: Any) -> None:
    for _ in range(520):
        make.create_hit(lifetime_in_seconds=31_536_000)
    make.clock.advance(days=31)
    sweeping.forget_old(app)
    assert make.rows("SELECT count(*) FROM events") == [(0,)]
