"""Notifications survive a killed server: nothing is lost, and each HIT's order is kept."""

import contextlib
import http.server
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

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
        hit_ids.append(live(process, client, receiver, number))
        if number % 3 == 2:
            process.kill()
            undelivered.append(len(hit_ids) * len(LIFE) - sum(map(len, told(receiver).values())))
            process.start(**environment)
    assert max(undelivered) > 0, "every kill came too late to prove anything"
    process.kill()
    process.start(**environment, KEMPELEN_FAILPOINT="after-send:1")
    with contextlib.suppress(OSError, BotoCoreError):
        live(process, client, receiver, HITS)
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


def live(process: Any, client: Any, receiver: Receiver, number: int) -> str:
    """A HIT of a type with a webhook, from its creation to its disposal."""
    properties = {
        "Title": f"Killed {number % 3}",
        "Description": "A HIT that is told of",
        "Reward": "0.01",
        "AssignmentDurationInSeconds": 3_600,
    }
    hit_type_id = client.create_hit_type(**properties)["HITTypeId"]
    client.update_notification_settings(
        HITTypeId=hit_type_id,
        Notification={
            "Destination": f"http://{receiver.place}/{number % 3}",
            "Transport": "SNS",
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
