"""Notifications survive a killed server: nothing is lost, and each HIT's order is kept."""

import contextlib
import email
import email.policy
import http.server
import json
import logging
import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from botocore.exceptions import BotoCoreError
from moto.server import ThreadedMotoServer

NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = (
    f'<HTMLQuestion xmlns="{NAMESPACE}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<html><body><form></form></body></html>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)
LIFE = [
    "HITCreated",
    "AssignmentAccepted",
    "AssignmentSubmitted",
    "HITReviewable",
    "AssignmentApproved",
    "HITDisposed",
]
HITS = 12


class Receiver:
    """Keeps every document in the order of arrival; every third answer is a failure."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                document = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status = receiver.take(document)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass  # the one who asked was killed

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, document: dict[str, Any]) -> int:
        with self.lock:
            self.documents.append(document)
            return 400 if len(self.documents) % 3 == 0 else 200

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_a_killed_notifier_loses_nothing_and_keeps_the_order(
    fresh_process: Any, receiver: Receiver
) -> None:
    """A kill after every third of twelve HITs, and one between sending and settling."""
    process = fresh_process
    environment = {
        "KEMPELEN_NOTIFICATIONS_WEBHOOKS": "true",
        "KEMPELEN_EGRESS_ALLOW": receiver.place,
    }
    process.start(**environment)
    keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "1000.00"})
    client = process.client(keys)
    hit_ids, undelivered = [], []
    for number in range(HITS):
        hit_ids.append(live(process, client, webhook(receiver, number)))
        if number % 3 == 2:
            process.kill()
            undelivered.append(len(hit_ids) * len(LIFE) - sum(map(len, told(receiver).values())))
            process.start(**environment)
    assert max(undelivered) > 0, "every kill came too late to prove anything"
    process.kill()
    # It may meet what still waits from before, and end before it has answered anybody.
    process.start(may_end=True, **environment, KEMPELEN_FAILPOINT="after-send:1")
    with contextlib.suppress(OSError, BotoCoreError):
        live(process, client, webhook(receiver, HITS))
    process._process.wait(60)
    process.start(**environment)
    found = told_at_last(process, receiver, hit_ids)
    assert {hit_id: found[hit_id] for hit_id in hit_ids} == dict.fromkeys(hit_ids, LIFE)
    ids = defaultdict(set)
    for document in receiver.documents:
        (event,) = document["Events"]
        ids[event["HITId"], event["EventType"]].add(document["EventDocId"])
    assert all(len(found) == 1 for found in ids.values()), "a redelivery has another id"
    assert len(receiver.documents) > len(ids), "nothing was delivered twice"
    assert process.stop() == 0


def webhook(receiver: Receiver, number: int) -> tuple[str, str]:
    """One of three webhooks, and its transport."""
    return f"http://{receiver.place}/{number % 3}", "SNS"


def live(process: Any, client: Any, place: tuple[str, str]) -> str:
    """A HIT of a type that is told of at a place, from its creation to its disposal."""
    destination, transport = place
    properties = {
        "Title": f"Killed {destination}"[:128],
        "Description": "A HIT that is told of",
        "Reward": "0.01",
        "AssignmentDurationInSeconds": 3_600,
    }
    hit_type_id = client.create_hit_type(**properties)["HITTypeId"]
    client.update_notification_settings(
        HITTypeId=hit_type_id,
        Notification={
            "Destination": destination,
            "Transport": transport,
            "Version": "2014-08-15",
            "EventTypes": LIFE,
        },
    )
    made = client.create_hit_with_hit_type(
        HITTypeId=hit_type_id, MaxAssignments=1, LifetimeInSeconds=86_400, Question=QUESTION
    )
    hit_id: str = made["HIT"]["HITId"]
    worker = process.post("/x/testing/workers", {})
    done = process.do(worker, hit_id, {})
    client.approve_assignment(AssignmentId=done["assignment_id"])
    client.delete_hit(HITId=hit_id)
    return hit_id


def told(receiver: Receiver) -> dict[str, list[str]]:
    """The events of each HIT, in the order in which they first arrived."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    with receiver.lock:
        for document in receiver.documents:
            (event,) = document["Events"]
            found[event["HITId"]][event["EventType"]] = None
    return {hit_id: list(events) for hit_id, events in found.items()}


def told_at_last(process: Any, receiver: Receiver, hit_ids: list[str]) -> dict[str, list[str]]:
    """The same, when everything about some HITs is there; the clock is moved for the retries."""
    until = time.monotonic() + 60
    while True:
        found = told(receiver)
        if all(len(found.get(hit_id, ())) == len(LIFE) for hit_id in hit_ids):
            return found
        assert time.monotonic() < until, found
        process.post("/x/testing/clock", {"advance_seconds": 30})
        time.sleep(0.05)


class Peers:
    """A queue, a topic with a queue behind it, and a mailbox: real servers in this process."""

    def __init__(self, address: str) -> None:
        self.sqs = boto3.client("sqs", region_name="us-east-1", endpoint_url=address)
        self.sns = boto3.client("sns", region_name="us-east-1", endpoint_url=address)
        self.queue, self.behind = (
            self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("killed", "behind")
        )
        topic = self.sns.create_topic(Name="killed")["TopicArn"]
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.behind, AttributeNames=["QueueArn"]
        )["Attributes"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
        self.mails: list[Any] = []
        self.mail_port = _free_port()
        self._mail_server = Controller(self, hostname="127.0.0.1", port=self.mail_port)
        self._mail_server.start()
        self.places = {
            "SQS": (self.queue, "SQS"),
            "SNS": (topic, "SNS"),
            "Email": ("lab@example.org", "Email"),
        }
        self._told: dict[str, set[tuple[str, str]]] = {name: set() for name in self.places}

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - named by the library
        """Take a mail."""
        self.mails.append(envelope.content)
        return "250 OK"

    def told(self) -> dict[str, set[tuple[str, str]]]:
        """(HITId, EventType) of what has arrived by each transport so far."""
        for body in self._received(self.queue):
            self._note("SQS", json.loads(body))
        for body in self._received(self.behind):
            self._note("SNS", json.loads(json.loads(body)["Message"]))
        for content in list(self.mails):
            subject = str(email.message_from_bytes(content, policy=email.policy.default)["Subject"])
            words = subject.split()
            self._told["Email"].add((words[-1], words[-4]))
        return self._told

    def _note(self, transport: str, document: dict[str, Any]) -> None:
        for event in document["Events"]:
            self._told[transport].add((event["HITId"], event["EventType"]))

    def _received(self, url: str) -> Iterator[str]:
        while True:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", ())
            if not messages:
                return
            for message in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield message["Body"]

    def close(self) -> None:
        self._mail_server.stop()
        self.sqs.close()
        self.sns.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Peers]]:
    """Moto's server and a mail server, with the address of the first."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = Peers(f"http://{host}:{port}")
    yield f"http://{host}:{port}", made
    made.close()
    server.stop()


def test_a_kill_loses_nothing_by_any_transport(
    fresh_process: Any, peers: tuple[str, Peers], tmp_path: Path
) -> None:
    """SQS, SNS and mail: every event of every HIT arrives, with three kills on the way."""
    address, there = peers
    configuration = tmp_path / "killed.toml"
    configuration.write_text(
        f'[notifications.endpoints]\nsqs = "{address}"\nsns = "{address}"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {there.mail_port}\nsender = "turk@example.org"\n',
        encoding="utf-8",
    )
    process = fresh_process
    environment = {"KEMPELEN_CONFIG": str(configuration)}
    process.start(**environment)
    keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "1000.00"})
    client = process.client(keys)
    wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for _ in range(3):
        for transport, place in there.places.items():
            hit_id = live(process, client, place)
            wanted[transport] |= {(hit_id, event) for event in LIFE}
        process.kill()
        process.start(**environment)
    until = time.monotonic() + 60
    while any(wanted[name] - found for name, found in there.told().items()):
        assert time.monotonic() < until, {n: wanted[n] - f for n, f in there.told().items()}
        process.post("/x/testing/clock", {"advance_seconds": 30})
        time.sleep(0.05)
    assert there.told() == wanted
    assert process.stop() == 0
