"""A submitted answer that got its 200 is there after a process was killed, always.

Killed is Kempelen, or the PostgreSQL server below it. `make test-faults` does it more often.
"""

import http.client
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from postgres_server import PostgresServer

WORKERS = 4
ACKNOWLEDGED_BEFORE_KILL = 12
NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = (
    f'<HTMLQuestion xmlns="{NAMESPACE}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<html><body><form></form></body></html>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)
POLICY = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "known", "Values": ["yes"]}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
    ],
}


class _Worker(threading.Thread):
    """Accepts and submits until the server is gone; remembers what was acknowledged."""

    def __init__(self, port: int, token: str, group_id: str, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._group_id = group_id
        self._enough = enough
        self.acknowledged: dict[str, tuple[str, str]] = {}

    def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                text = f"answer {number} – ünïcode & <markup>"
                accepted = self._post(
                    f"/api/worker/v1/hit-groups/{self._group_id}/accept", {"count": 1}
                )
                assignment_id = accepted["assignments"][0]["assignment_id"]
                done = self._post(
                    f"/api/worker/v1/assignments/{assignment_id}/submit",
                    {"answers": {"known": "yes", "text": text}},
                )
                digest = done["assignment"]["answer_sha256"]
                self.acknowledged[assignment_id] = (text, digest)
                if len(self.acknowledged) >= ACKNOWLEDGED_BEFORE_KILL:
                    self._enough.set()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            self._connection.close()

    def _post(self, path: str, body: object) -> Any:
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return json.loads(text)


class _PatientWorker(_Worker):
    """Asks again when the server is in trouble, until it is told to stop."""

    is_to_stop = False
    refused = 0

    def _post(self, path: str, body: object) -> Any:
        key = {"Idempotency-Key": str(uuid.uuid4())} if path.endswith("/accept") else {}
        while True:
            if self.is_to_stop:
                raise http.client.HTTPException
            self._connection.request("POST", path, json.dumps(body), {**self._headers, **key})
            answer = self._connection.getresponse()
            text = answer.read()
            if answer.status < 300:
                return json.loads(text)
            assert answer.status == 503, text
            assert answer.headers["Retry-After"]
            self.refused += 1
            time.sleep(0.05)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often something is killed in one test."""
    chosen: int = request.config.getoption("--fault-rounds")
    return chosen


def test_killed_under_load_nothing_acknowledged_is_lost(fresh_process: Any, rounds: int) -> None:
    """Kills under load: every acknowledged answer stays, none is half reviewed."""
    process = fresh_process
    process.start(KEMPELEN_MAX_ASSIGNED_PER_WORKER="100000")
    keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "100000.00"})
    workers = [process.post("/x/testing/workers", {}) for _ in range(WORKERS)]
    client = process.client(keys)
    acknowledged: dict[str, tuple[str, str]] = {}
    for _ in range(rounds):
        hit_group_id = _publish(client)
        enough = threading.Event()
        crowd = [_Worker(process.port, worker["token"], hit_group_id, enough) for worker in workers]
        for worker in crowd:
            worker.start()
        assert enough.wait(60)
        process.kill()
        for worker in crowd:
            worker.join(60)
            acknowledged.update(worker.acknowledged)
        process.start(KEMPELEN_MAX_ASSIGNED_PER_WORKER="100000")
    assert len(acknowledged) >= rounds * ACKNOWLEDGED_BEFORE_KILL
    _check(client, acknowledged)
    process.check()
    process.stop()


@pytest.mark.engines("postgresql")
def test_the_database_killed_under_load_loses_nothing(
    engine: str, new_process: Callable[[str], Any], rounds: int
) -> None:
    """Kempelen lives on: faults meanwhile, and afterwards everything that was acknowledged."""
    del engine
    server = PostgresServer(durable=True)
    process = new_process(server.url())
    try:
        server.start()
        process.start(KEMPELEN_MAX_ASSIGNED_PER_WORKER="100000")
        keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "100000.00"})
        client = process.client(keys)
        crowd = [
            _PatientWorker(process.port, made["token"], _publish(client, 400), threading.Event())
            for made in (process.post("/x/testing/workers", {}) for _ in range(WORKERS))
        ]
        for worker in crowd:
            worker.start()
        for _ in range(rounds):
            _until_more(crowd)
            server.kill()
            server.start()
            _until_more(crowd)
        for worker in crowd:
            worker.is_to_stop = True
        for worker in crowd:
            worker.join(60)
        assert sum(worker.refused for worker in crowd) > 0
        _check(client, {key: value for each in crowd for key, value in each.acknowledged.items()})
        process.check()
    finally:
        process.kill()
        server.remove()


def _until_more(crowd: list[_PatientWorker]) -> None:
    """Until everybody was told of some more submissions."""
    wanted = [len(worker.acknowledged) + 5 for worker in crowd]
    give_up_at = time.monotonic() + 120
    while any(len(w.acknowledged) < n for w, n in zip(crowd, wanted, strict=True)):
        assert all(worker.is_alive() for worker in crowd)
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def _publish(client: Any, count: int = 60) -> str:
    """So many HITs of one group."""
    group_id = ""
    for _ in range(count):
        group_id = client.create_hit(
            Title="Crash",
            Description="A HIT that is killed",
            Reward="0.01",
            MaxAssignments=WORKERS,
            LifetimeInSeconds=86_400,
            AssignmentDurationInSeconds=3_600,
            Question=QUESTION,
            AssignmentReviewPolicy=POLICY,
        )["HIT"]["HITGroupId"]
    return group_id


def _check(client: Any, acknowledged: dict[str, tuple[str, str]]) -> None:
    found: dict[str, str] = {}
    paid = 0
    for page in client.get_paginator("list_hits").paginate(MaxResults=100):
        for hit in page["HITs"]:
            walk = client.get_paginator("list_assignments_for_hit").paginate(HITId=hit["HITId"])
            items = [item for part in walk for item in part["Assignments"]]
            # A submission and what its policy did stand together or not at all.
            assert all(item["AssignmentStatus"] == "Approved" for item in items)
            assert hit["NumberOfAssignmentsCompleted"] == len(items)
            paid += len(items)
            found |= {item["AssignmentId"]: item["Answer"] for item in items}
    missing = acknowledged.keys() - found.keys()
    assert not missing
    for assignment_id, (text, digest) in acknowledged.items():
        assert _digest(found[assignment_id]) == digest
        assert text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in _decoded(
            found[assignment_id]
        )
    balance = client.get_account_balance()
    assert balance["AvailableBalance"] > "0"
    assert paid == len(found)


def _digest(document: str) -> str:
    return sha256(document.encode()).hexdigest()


def _decoded(document: str) -> str:
    return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), document)
