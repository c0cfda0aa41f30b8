"""SNS and SQS against moto's server, through boto3 and the one outgoing client."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from kempelen.api.types import NotificationSpecification
from kempelen.domain import errors

TOPIC_OF_NOBODY = "arn:aws:sns:us-east-1:123456789012:nobody"


def to(transport: str, destination: str) -> NotificationSpecification:
    return NotificationSpecification(
        destination=destination,
        transport=transport,
        version="2014-08-15",
        event_types=("HITCreated", "AssignmentSubmitted"),
    )


@pytest.fixture
def mapped(make_with: Callable[..., Any], cloud: Any) -> Any:
    """A maker on an installation whose SQS and SNS are moto's."""
    return make_with(notifications__endpoints={"sqs": cloud.address, "sns": cloud.address})


def test_events_arrive_in_a_queue(mapped: Any, cloud: Any, run_notifier: Any) -> None:
    queue_url = cloud.queue("events")
    hit_type_id = mapped.create_hit().hit_type_id
    wanted = to("SQS", queue_url)
    mapped.ask("UpdateNotificationSettings", hit_type_id=hit_type_id, notification=wanted)
    hit = mapped.create_hit()
    assignment_id = mapped.done(hit.hit_id)
    run_notifier(mapped.app)
    first, second = (json.loads(cloud.next(queue_url)) for _ in range(2))
    assert list(first) == ["EventDocVersion", "EventDocId", "CustomerId", "Events"]
    assert first["Events"][0]["EventType"] == "HITCreated"
    assert second["Events"] == [
        {
            "EventType": "AssignmentSubmitted",
            "EventTimestamp": "2026-01-05T12:00:00Z",
            "HITTypeId": hit_type_id,
            "HITId": hit.hit_id,
            "AssignmentId": assignment_id,
        }
    ]


def test_events_arrive_in_a_topic_and_from_there_in_a_queue(
    mapped: Any, cloud: Any, run_notifier: Any
) -> None:
    queue_url = cloud.queue("from-topic")
    topic = cloud.topic("topic", queue_url)
    hit_type_id = mapped.create_hit().hit_type_id
    wanted = to("SNS", topic)
    mapped.ask("UpdateNotificationSettings", hit_type_id=hit_type_id, notification=wanted)
    hit = mapped.create_hit()
    run_notifier(mapped.app)
    notification = json.loads(cloud.next(queue_url))
    assert notification["TopicArn"] == topic
    assert notification["Subject"] == "HITCreated"
    document = json.loads(notification["Message"])
    assert document["CustomerId"] == mapped.requester.requester_id
    assert document["Events"][0]["HITId"] == hit.hit_id


def test_a_fifo_queue_gets_a_group_for_each_hit(mapped: Any, cloud: Any, run_notifier: Any) -> None:
    made = cloud.sqs.create_queue(QueueName="order.fifo", Attributes={"FifoQueue": "true"})
    queue_url = made["QueueUrl"]
    hit_type_id = mapped.create_hit().hit_type_id
    wanted = to("SQS", queue_url)
    mapped.ask("UpdateNotificationSettings", hit_type_id=hit_type_id, notification=wanted)
    hit = mapped.create_hit()
    run_notifier(mapped.app)
    for _ in range(30):
        found = cloud.sqs.receive_message(
            QueueUrl=queue_url, AttributeNames=["All"], WaitTimeSeconds=1
        )
        if found.get("Messages"):
            break
    (message,) = found["Messages"]
    assert message["Attributes"]["MessageGroupId"] == hit.hit_id
    document_id = json.loads(message["Body"])["EventDocId"]
    assert message["Attributes"]["MessageDeduplicationId"] == document_id


def test_the_test_event_is_there_when_the_call_returns(mapped: Any, cloud: Any) -> None:
    queue_url = cloud.queue("tested")
    topic = cloud.topic("tested", queue_url)
    for transport, destination in (("SQS", queue_url), ("SNS", topic)):
        mapped.ask(
            "SendTestEventNotification",
            notification=to(transport, destination),
            test_event_type="Ping",
        )
        body = json.loads(cloud.next(queue_url))
        document = json.loads(body["Message"]) if transport == "SNS" else body
        assert document["Events"][0]["EventType"] == "Ping"


@pytest.mark.parametrize("transport", ["SQS", "SNS"])
def test_the_test_event_reports_what_the_service_says(
    mapped: Any, cloud: Any, transport: str
) -> None:
    nowhere = f"{cloud.address}/123456789012/nobody" if transport == "SQS" else TOPIC_OF_NOBODY
    refusal = mapped.refusal(
        "SendTestEventNotification",
        notification=to(transport, nowhere),
        test_event_type="Ping",
    )
    assert isinstance(refusal, errors.TransportFailed)
    reasons = {"SQS": "AWS.SimpleQueueService.NonExistentQueue", "SNS": "NotFound"}
    assert refusal.message == (
        f"Invalid transport endpoint: {nowhere} ({transport} answered {reasons[transport]})"
    )


def test_without_credentials_the_reason_says_so(
    mapped: Any, cloud: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    refusal = mapped.refusal(
        "SendTestEventNotification",
        notification=to("SQS", f"{cloud.address}/123456789012/events"),
        test_event_type="Ping",
    )
    assert refusal.message.endswith("(NoCredentialsError)")


def test_an_endpoint_that_is_mapped_opens_nothing_for_webhooks(
    make_with: Callable[..., Any], cloud: Any
) -> None:
    make = make_with(notifications__webhooks=True, notifications__endpoints={"sqs": cloud.address})
    refusal = make.refusal(
        "SendTestEventNotification",
        notification=to("SNS", f"{cloud.address}/hook"),
        test_event_type="Ping",
    )
    assert isinstance(refusal, errors.InvalidTransportEndpoint)
    assert not isinstance(refusal, errors.TransportFailed)


@pytest.mark.parametrize("transport", ["SQS", "SNS"])
def test_a_service_that_is_gone(make_with: Callable[..., Any], cloud: Any, transport: str) -> None:
    """The fixture sets the credentials; nobody listens at the endpoint."""
    gone = "http://127.0.0.1:9"
    make = make_with(notifications__endpoints={"sqs": gone, "sns": gone})
    nowhere = f"{gone}/123456789012/nobody" if transport == "SQS" else TOPIC_OF_NOBODY
    refusal = make.refusal(
        "SendTestEventNotification",
        notification=to(transport, nowhere),
        test_event_type="Ping",
    )
    assert isinstance(refusal, errors.TransportFailed)
    assert refusal.message.endswith("(no connection)")
