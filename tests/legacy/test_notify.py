"""Notifications over REST and SOAP, as receivers of the time read and verify them."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import etree
from receiver import Receiver

from kempelen import credentials
from kempelen.api.legacy import NotificationSpecification
from kempelen.background.notifier import Notifier
from kempelen.domain.notification import Document
from kempelen.domain.people import BillingMode, Requester
from kempelen.edges import accounts
from kempelen.edges.aws.legacy import operations
from kempelen.formats import notify_message
from kempelen.operations import deliveries, dispatch

MTURK = "AWS.MechanicalTurk."
NOTIFY = "{http://requester.mturk.amazonaws.com/doc/2006-05-05}"
VECTOR_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where notifications arrive."""
    made = Receiver()
    yield made
    made.close()


def parameters(receiver: Receiver) -> dict[str, str]:
    """The parameters of the request that arrives next."""
    return dict(parse_qsl(urlsplit(receiver.next().path).query, strict_parsing=True))


def is_verified(boto2: Any, told: dict[str, str], secret: str) -> bool:
    """What the receiving side of boto 2 says of a signature, in the byte strings of Python 2."""
    message = boto2.notification.NotificationMessage(told)
    message.signature, message.timestamp = told["Signature"].encode(), told["Timestamp"].encode()
    verified: bool = message.verify(secret.encode())
    return verified


@pytest.fixture
def python_2(boto2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of boto's receiving side are byte strings, without which it fails on Python 3."""
    kind = boto2.notification.NotificationMessage
    for name in ("SERVICE_NAME", "OPERATION_NAME"):
        monkeypatch.setattr(kind, name, _Both(getattr(kind, name)))


class _Both(bytes):
    """Bytes that equal their text, as in Python 2."""

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, text.encode())

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other.encode() if isinstance(other, str) else other)

    __hash__ = bytes.__hash__


class TestThroughAServer:
    """boto 2 sets notifications up, and its receiving side reads what comes."""

    @pytest.fixture
    def kempelen(self, new_market: Callable[..., Any], receiver: Receiver) -> Any:
        """A market that may reach the receiver."""
        with new_market(settings={"egress.allow": [receiver.place]}) as market:
            yield market

    @pytest.mark.usefixtures("python_2")
    def test_boto_2_accepts_what_arrives(
        self, kempelen: Any, turk: Any, publish: Any, boto2: Any, receiver: Receiver
    ) -> None:
        """The order of psiTurk: a type, its notification, a HIT; then work."""
        type_id = turk.register_hit_type(
            "Tag a picture", "Choose the tags that fit", 0.05, 600, keywords=["image", "tag"]
        )[0].HITTypeId
        wanted = ["AssignmentSubmitted", "HITReviewable"]
        url = receiver.url("/mturk/notify?lab=a%20b")
        assert turk.set_rest_notification(type_id, url, wanted).status
        hit_id = publish(hit_type=type_id, max_assignments=1)
        done = kempelen.add_worker().do(hit_id, {"tag": "x"})
        first, second = parameters(receiver), parameters(receiver)
        assert list(first) == [
            "lab",
            "method",
            "Signature",
            "Timestamp",
            "Version",
            *(
                f"Event.1.{name}"
                for name in ("EventType", "EventTime", "HITTypeId", "HITId", "AssignmentId")
            ),
        ]
        assert (first["lab"], first["method"], first["Version"]) == ("a b", "Notify", "2006-05-05")
        (event,) = boto2.notification.NotificationMessage(first).events
        assert (event.event_type, event.hit_type, event.hit_id, event.assignment_id) == (
            "AssignmentSubmitted",
            type_id,
            hit_id,
            done["assignment_id"],
        )
        assert event.event_time_str == f"{kempelen.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        (event,) = boto2.notification.NotificationMessage(second).events
        assert (event.event_type, hasattr(event, "assignment_id")) == ("HITReviewable", False)
        sent_at = datetime.fromisoformat(first["Timestamp"])
        assert abs((datetime.now(UTC) - sent_at).total_seconds()) < 60
        secret = kempelen.requester.secret_access_key
        assert is_verified(boto2, first, secret)
        assert is_verified(boto2, second, secret)
        assert not is_verified(boto2, first, secret[:-1])
        assert not is_verified(boto2, {**first, "Timestamp": "2014-08-15T12:00:00Z"}, secret)

    @pytest.mark.usefixtures("python_2")
    def test_trying_it(
        self, kempelen: Any, turk: Any, old: Any, boto2: Any, receiver: Receiver
    ) -> None:
        """A Ping of something that does not exist; an address that fails is told of."""
        type_id = turk.register_hit_type("t", "d", 0.05, 600)[0].HITTypeId
        assert turk.send_test_event_notification(type_id, receiver.url()).status
        told = parameters(receiver)
        (event,) = boto2.notification.NotificationMessage(told).events
        assert (event.event_type, event.hit_type == type_id) == ("Ping", False)
        assert is_verified(boto2, told, kempelen.requester.secret_access_key)
        turk.send_test_event_notification(
            type_id, receiver.url(), ["HITReviewable"], "AssignmentSubmitted"
        )
        (event,) = boto2.notification.NotificationMessage(parameters(receiver)).events
        assert (event.event_type, len(event.assignment_id)) == ("AssignmentSubmitted", 30)
        receiver.behaviour["/hook"] = "500"
        with pytest.raises(boto2.Error) as found:
            turk.send_test_event_notification(type_id, receiver.url())
        assert found.value.error_code == MTURK + "InvalidTransportEndpoint"
        receiver.next()
        for url in ("http://10.0.0.1/", "https://192.168.1.1/", "nowhere"):
            with pytest.raises(boto2.Error) as found:
                turk.set_rest_notification(type_id, url)
            assert found.value.error_code == MTURK + "InvalidTransportEndpoint", url
        given = {
            "Notification.1.Destination": receiver.url("/soap"),
            "Notification.1.Transport": "SOAP",
            "Notification.1.Version": "2006-05-05",
            "Notification.1.EventType": "AssignmentAutoApproved",
            "TestEventType": "AssignmentAutoApproved",
        }
        assert old.give("SendTestEventNotification", given).is_valid
        arrived = receiver.next()
        assert arrived.headers["SOAPAction"] == '"http://soap.amazon.com"'
        assert arrived.headers["Content-Type"].startswith("text/xml")
        (notify,) = etree.fromstring(arrived.body).iter(f"{NOTIFY}Notify")
        members = {child.tag.removeprefix(NOTIFY): child.text for child in notify}
        assert list(members) == ["Signature", "Timestamp", "Version", "Event"]
        assert notify.findtext(f"{NOTIFY}Event/{NOTIFY}EventType") == "AssignmentApproved"
        assert notify.findtext(f"{NOTIFY}Event/{NOTIFY}AssignmentId")
        secret = kempelen.requester.secret_access_key
        text = "AWSMechanicalTurkRequesterNotificationNotify" + str(members["Timestamp"])
        code = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
        assert members["Signature"] == base64.b64encode(code).decode()


class Caller:
    """A requester without a server around, whose events go to the receiver."""

    def __init__(self, make: Any, receiver: Receiver) -> None:
        self.make, self.app, self.receiver = make, make.app, receiver
        account = accounts.add_requester(self.app, "Lab", None)
        self.requester = Requester(
            requester_id=account.requester_id,
            name="Lab",
            billing_mode=BillingMode.UNLIMITED,
            access_key_id=account.access_key_id,
        )

    def create(self, **members: Any) -> Any:
        """A HIT."""
        return self.make.create_hit(by=self.requester, **members)

    def listen(self, *event_types: str, **members: Any) -> str:
        """Have events of a type of HITs sent over REST."""
        hit_type_id: str = self.create(**members).hit_type_id
        row = operations.BY_NAME["SetHITTypeNotification"]
        wanted = NotificationSpecification(
            destination=self.receiver.url(),
            transport="REST",
            version="2006-05-05",
            event_types=event_types,
        )
        request = row.request(hit_type_id=hit_type_id, notification=wanted, active=True)
        dispatch.run(self.app, row.found(), self.requester, request)
        return hit_type_id

    def claimed(self) -> list[list[tuple[str, str]]]:
        """What would be sent now: event types and HITs, by document."""
        due = dispatch.look(self.app, deliveries.due_targets)
        found = dispatch.change(self.app, deliveries.claim, [(target, 4) for target in due])
        return [
            [(item.event_type.value, item.hit_id) for item in each.delivery.document.occurrences]
            for each in found
        ]

    def settled(self, count: int) -> list[tuple[str, int, str | None]]:
        """The deliveries, when none of `count` waits to be sent or is under way."""
        query = "SELECT count(*) FROM deliveries WHERE settled_at IS NOT NULL"
        for _ in range(3000):
            if self.make.rows(query) == [(count,)]:
                break
            time.sleep(0.01)
        return self.make.rows("SELECT status, attempts, error FROM deliveries ORDER BY n")  # type: ignore[no-any-return]


@pytest.fixture
def caller_with(make_with: Callable[..., Any], receiver: Receiver) -> Callable[..., Caller]:
    """A caller on an installation with some settings."""
    return lambda **more: Caller(make_with(egress__allow=[receiver.place], **more), receiver)


@pytest.fixture
def run_notifier() -> Iterator[Callable[[Any], None]]:
    """Deliver until the test ends."""
    running = []

    def run(app: Any) -> None:
        running.append(Notifier(app))
        running[-1].start()

    yield run
    for notifier in running:
        notifier.stop()


def test_events_close_together_are_told_together(
    caller_with: Callable[..., Caller], receiver: Receiver, run_notifier: Any
) -> None:
    """Within the time to wait: all of a HIT type, in their order, ten at most, other types not."""
    caller = caller_with(legacy__notification_batch_ms=5000)
    kinds = ("AssignmentSubmitted", "HITReviewable", "HITCreated")
    caller.listen(*kinds)
    caller.listen(*kinds, title="Another type")
    first, second = caller.create().hit_id, caller.create().hit_id
    other = caller.create(title="Another type").hit_id
    caller.make.done(second)
    caller.make.done(first)
    assert caller.claimed() == []
    caller.make.clock.advance(seconds=5)
    told = [
        ("HITCreated", first),
        ("HITCreated", second),
        ("AssignmentSubmitted", second),
        ("HITReviewable", second),
        ("AssignmentSubmitted", first),
        ("HITReviewable", first),
    ]
    assert caller.claimed() == [told, [("HITCreated", other)]]
    assert caller.claimed() == []
    for _ in range(12):
        caller.create()
    dispatch.change(caller.app, deliveries.release)
    caller.make.clock.advance(minutes=2)
    run_notifier(caller.app)
    found: list[tuple[str, str]] = []
    while len(found) < 19:
        sent = parameters(receiver)
        numbers = [key for key in sent if key.endswith("EventType")]
        assert 1 <= len(numbers) <= 10
        assert numbers == [f"Event.{number}.EventType" for number in range(1, len(numbers) + 1)]
        found += [(sent[key], sent[key.replace("EventType", "HITId")]) for key in numbers]
        assert len({sent[key.replace("EventType", "HITTypeId")] for key in numbers}) == 1
    assert [item for item in found if item in told] == told
    assert {row[0] for row in caller.settled(19)} == {"Delivered"}


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (2, 3)])
def test_it_is_sent_once_unless_retries_are_wanted(
    caller_with: Callable[..., Caller],
    receiver: Receiver,
    run_notifier: Any,
    retries: int,
    attempts: int,
) -> None:
    caller = caller_with(legacy__notification_retries=retries)
    caller.listen("HITCreated")
    receiver.behaviour["/hook"] = "500"
    caller.create()
    run_notifier(caller.app)
    for _ in range(attempts):
        receiver.next()
        for _ in range(1000):
            if caller.make.rows("SELECT is_leased FROM deliveries") == [(0,)]:
                break
            time.sleep(0.01)
        caller.make.clock.advance(minutes=1)
    assert caller.settled(1) == [("Dead", attempts, "HTTP status 5xx")]
    assert receiver.arrived.empty()


def test_what_was_told_together_fails_together(
    caller_with: Callable[..., Caller], receiver: Receiver, run_notifier: Any
) -> None:
    caller = caller_with(legacy__notification_batch_ms=1000)
    caller.listen("AssignmentSubmitted", "HITReviewable")
    receiver.behaviour["/hook"] = "404"
    caller.make.done(caller.create().hit_id)
    caller.make.clock.advance(seconds=1)
    run_notifier(caller.app)
    assert [(row[0], row[2]) for row in caller.settled(2)] == [("Dead", "HTTP status 4xx")] * 2
    receiver.next()
    assert receiver.arrived.empty()


def test_a_revoked_key_signs_nothing(
    caller_with: Callable[..., Caller], receiver: Receiver, run_notifier: Any
) -> None:
    """And no secret of a key is in the rows of notifications."""
    caller = caller_with()
    caller.listen("HITCreated")
    caller.make.change("UPDATE access_keys SET revoked_at = 1")
    caller.create()
    run_notifier(caller.app)
    reason = "the access key that signs it has been revoked"
    assert caller.settled(1) == [("Dead", 1, reason)]
    assert receiver.arrived.empty()


def test_the_published_signature(make: Any) -> None:
    """A vector that is computed elsewhere."""
    key_id = "AKIAIOSFODNN7EXAMPLE"
    sealed = credentials.Sealer(make.app.secret_key).seal(VECTOR_SECRET, key_id)
    document = Document(version="2006-05-05", document_id="d", requester_id="A1", occurrences=())
    moment = datetime(2014, 8, 15, 12, tzinfo=UTC)
    sign = partial(make.app.sign_by_key, key_id, sealed)
    address = notify_message.address("http://lab.example/hook#part", document, moment, sign)
    assert address == (
        "http://lab.example/hook?method=Notify&Signature=BcGBAvFHVy%2B7PzQUMwmxvhwbbno%3D"
        "&Timestamp=2014-08-15T12%3A00%3A00Z&Version=2006-05-05"
    )
