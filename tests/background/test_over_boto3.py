"""Notifications as a requester with boto3 sees them, on a running server."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kempelen.testing.market import Kempelen

TYPE = {
    "Title": "A title",
    "Description": "A description",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 600,
}
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><body>'
    "<form><input name='answer'></form></body></html>]]></HTMLContent>"
    "<FrameHeight>400</FrameHeight></HTMLQuestion>"
)


@pytest.fixture
def market(new_market: Callable[..., Kempelen], receiver: Any) -> Iterator[Kempelen]:
    """A running market that may send to the receiver."""
    settings = {"notifications.webhooks": True, "egress.allow": [receiver.place]}
    with new_market(settings) as kempelen:
        yield kempelen


def to(url: str, *event_types: str) -> dict[str, Any]:
    return {
        "Destination": url,
        "Transport": "SNS",
        "Version": "2014-08-15",
        "EventTypes": list(event_types),
    }


def test_the_life_of_a_hit_is_told(market: Kempelen, receiver: Any) -> None:
    client = market.client
    told = ["HITCreated", "AssignmentSubmitted", "HITReviewable", "AssignmentApproved"]
    hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
    client.update_notification_settings(
        HITTypeId=hit_type_id, Notification=to(receiver.url(), *told)
    )
    hit = client.create_hit_with_hit_type(
        HITTypeId=hit_type_id, MaxAssignments=1, LifetimeInSeconds=3600, Question=QUESTION
    )["HIT"]
    done = market.add_worker().do(hit["HITId"], {"answer": "cat"})
    client.approve_assignment(AssignmentId=done["assignment_id"])
    events = [json.loads(receiver.next().body)["Events"][0] for _ in told]
    assert [event["EventType"] for event in events] == told
    assert {event["HITId"] for event in events} == {hit["HITId"]}
    assert events[1]["AssignmentId"] == done["assignment_id"]
    client.update_notification_settings(HITTypeId=hit_type_id, Active=False)
    client.delete_hit(HITId=hit["HITId"])
    assert receiver.arrived.empty()


def test_refusals_carry_their_codes(market: Kempelen, receiver: Any) -> None:
    client = market.client
    hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
    with pytest.raises(client.exceptions.RequestError) as refused:
        client.update_notification_settings(
            HITTypeId=hit_type_id, Notification=to("nowhere", "HITCreated")
        )
    code = "AWS.MechanicalTurk.InvalidTransportEndpoint"
    assert refused.value.response["TurkErrorCode"] == code
    receiver.behaviour["/hook"] = "500"
    with pytest.raises(client.exceptions.RequestError, match="HTTP status 5xx") as refused:
        client.send_test_event_notification(
            Notification=to(receiver.url(), "HITCreated"), TestEventType="Ping"
        )
    assert refused.value.response["TurkErrorCode"] == code


def test_a_slow_test_event_keeps_nobody_waiting(market: Kempelen, receiver: Any) -> None:
    """More of them than there are reading threads; everything else is answered meanwhile."""
    receiver.behaviour["/hook"] = "slow"
    account = market.requester
    clients = [market._new_client(account) for _ in range(20)]
    senders = [
        threading.Thread(
            target=client.send_test_event_notification,
            kwargs={"Notification": to(receiver.url(), "HITCreated"), "TestEventType": "Ping"},
        )
        for client in clients
    ]
    for sender in senders:
        sender.start()
    for _ in senders:
        receiver.next()
    client = market.client
    assert client.get_account_balance()["AvailableBalance"] == "10000.00"
    assert client.list_hits()["HITs"] == []
    assert client.create_hit_type(**TYPE)["HITTypeId"]
    assert all(sender.is_alive() for sender in senders)
    receiver.resume.set()
    for sender in senders:
        sender.join()
    for each in clients:
        each.close()
