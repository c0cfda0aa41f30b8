"""Several processes on one PostgreSQL database serve together, and are replaced one by one.

`make test-faults` has four of them, and 50 clients.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from postgres_server import Databases

from kempelen import bootstrap, settings
from kempelen.api.work import AcceptFromGroupRequest, SubmitAssignmentRequest
from kempelen.domain import work_errors
from kempelen.domain.people import WorkerCaller, WorkerClass
from kempelen.edges import accounts
from kempelen.operations import accounts as account_rules
from kempelen.operations import checks, dispatch, registry, work
from kempelen.operations.app import App

SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG="
SECONDS_MAX = 240
# So that a few clients leave the processor to those who start meanwhile.
PAUSE_SECONDS = 0.05
# Starting processes is dear: the tests of this file share them.
pytestmark = pytest.mark.xdist_group("many processes")
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><form>'
    '<input name="label"></form>]]></HTMLContent><FrameHeight>300</FrameHeight></HTMLQuestion>'
)


class Serving:
    """`kempelen serve --workers` on a database, with an App on its side to look in."""

    def __init__(self, folder: Path, database: str, count: int) -> None:
        self.count = count
        self.log = folder / "log"
        environ = {
            **os.environ,
            "KEMPELEN_DATABASE": database,
            "KEMPELEN_SECRET_KEY": SECRET_KEY,
            "KEMPELEN_POSTGRESQL_CONNECTIONS": "6",
            "KEMPELEN_WORKER_CLASSES_DEFAULT": "any",
            "KEMPELEN_UPDATE_EXPIRATION_ALLOW_SHORTEN": "true",
        }
        command = [sys.executable, "-m", "kempelen.cli", "serve", "--port", "0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(count)],
                cwd=folder,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        banner = self.process.stdout.readline()
        if not banner:
            self.process.stdout.close()
            self.process.wait(SECONDS_MAX)
            pytest.fail(self.log.read_text())
        self.url = banner.split()[-1]
        same = {"database": database, "secret_key": SECRET_KEY, "worker_classes.default": "any"}
        chosen = settings.load(None, {}, same)
        self.app: App = bootstrap.open_app(chosen)
        self.requester = accounts.add_requester(self.app, "Lab", None)

    def client(self) -> Any:
        """A boto3 client that tries everything once."""
        return boto3.Session().client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=self.requester.access_key_id,
            aws_secret_access_key=self.requester.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def children(self) -> set[int]:
        """The processes that serve."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(map(int, path.read_text().split()))

    def stop(self) -> int:
        """Ask all of them to stop; returns the exit code."""
        bootstrap.close_app(self.app)
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(SECONDS_MAX)


@pytest.fixture(scope="module")
def started() -> Iterator[list[Serving]]:
    """The processes that the tests share, once one of them has asked for them."""
    started: list[Serving] = []
    yield started
    for serving in started:
        if serving.process.poll() is None:
            assert serving.stop() == 0


@pytest.fixture
def serving(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Databases,
    started: list[Serving],
    pytestconfig: pytest.Config,
) -> Serving:
    """Processes on a database of their own, with what earlier tests have left in it."""
    if not started or started[-1].process.poll() is not None:
        folder = tmp_path_factory.mktemp("many")
        count = pytestconfig.getoption("--processes")
        started.append(Serving(folder, postgres.take(), count))
    return started[-1]


class Client(threading.Thread):
    """Publishes HITs until it is stopped; each time it knows what came of it."""

    def __init__(self, client: Any, number: int) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.number = number
        self.made: list[str] = []
        self.failures: list[Exception] = []
        self.is_to_stop = threading.Event()

    def run(self) -> None:
        while not self.is_to_stop.wait(PAUSE_SECONDS):
            try:
                hit = self.client.create_hit(
                    Title=f"Title {self.number % 3}",
                    Description="D",
                    Reward="0.01",
                    MaxAssignments=2,
                    LifetimeInSeconds=3600,
                    AssignmentDurationInSeconds=600,
                    Question=QUESTION,
                    UniqueRequestToken=f"{self.number}-{len(self.made)}",
                )
                self.made.append(hit["HIT"]["HITId"])
                self.client.get_hit(HITId=self.made[-1])
            except Exception as error:  # noqa: BLE001 - each of them is one too many
                self.failures.append(error)


def until(condition: Any) -> None:
    give_up_at = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_a_rolling_restart_under_load_drops_no_request(
    serving: Serving, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    count = pytestconfig.getoption("--clients")
    clients = [Client(serving.client(), number) for number in range(count)]
    for client in clients:
        client.start()
    until(lambda: all(client.made for client in clients))
    first = serving.children()
    assert len(first) == serving.count
    serving.process.send_signal(signal.SIGHUP)
    until(lambda: not serving.children() & first and len(serving.children()) == serving.count)
    seen = [len(client.made) for client in clients]
    until(lambda: all(len(c.made) > n for c, n in zip(clients, seen, strict=True)))
    for client in clients:
        client.is_to_stop.set()
    for client in clients:
        client.join(SECONDS_MAX)
    assert [client.failures for client in clients if client.failures] == []
    shown = serving.client()
    pages = shown.get_paginator("list_hits").paginate(MaxResults=100)
    listed = {hit["HITId"] for page in pages for hit in page["HITs"]}
    for client in clients:
        assert listed.issuperset(client.made)
        client.client.close()
    shown.close()
    found = dispatch.look(serving.app, checks.check, lambda _: None)
    assert {item.id: item.named for item in found if item.breaches} == {}
    assert serving.log.read_text() == ""
    record_property("requests", 2 * sum(len(client.made) for client in clients))


def test_a_process_that_is_killed_is_replaced(serving: Serving) -> None:
    before = serving.children()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in serving.children() and len(serving.children()) == serving.count)
    with urllib.request.urlopen(f"{serving.url}/readyz", timeout=30) as answer:
        assert answer.status == 200
    assert "ended with code -9" in serving.log.read_text()


def test_due_work_of_many_is_done_once_by_many_loops(serving: Serving) -> None:
    """HITs that expire while every process runs its loop, beside workers who hand in."""
    app = serving.app
    client = serving.client()
    hits = [
        client.create_hit(
            Title="Short" if number % 2 else "Long",
            Description="D",
            Reward="0.01",
            MaxAssignments=1,
            LifetimeInSeconds=3600,
            AssignmentDurationInSeconds=30,
            AutoApprovalDelayInSeconds=0,
            Question=QUESTION,
        )["HIT"]
        for number in range(20)
    ]
    soon = datetime.now(UTC) + timedelta(seconds=3)
    for hit in hits[1::2]:
        client.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=soon)
    client.close()
    group_id = hits[0]["HITGroupId"]

    def do_some(number: int) -> None:
        new = account_rules.NewWorker(name=f"w{number}", worker_class=WorkerClass.SIMULATED)
        made = dispatch.change(app, account_rules.add_worker, new, None, f"hash {number}")
        caller = WorkerCaller(worker=made, may_work=True)
        with contextlib.suppress(work_errors.NoAssignments):
            while True:
                accepted = dispatch.run(
                    app,
                    registry.of(work.accept_from_group),
                    caller,
                    AcceptFromGroupRequest(group_id=group_id),
                )
                dispatch.run(
                    app,
                    registry.of(work.submit_assignment),
                    caller,
                    SubmitAssignmentRequest(
                        assignment_id=accepted.assignments[0].assignment_id,
                        answers={"label": "x"},
                        accept_next=True,
                    ),
                )

    threads = [threading.Thread(target=do_some, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS_MAX)

    def events() -> list[tuple[str, int]]:
        query = "SELECT type, count(*) FROM events WHERE hit_id = ANY(%s) GROUP BY type"
        ids = [hit["HITId"] for hit in hits]
        rows: list[tuple[str, int]] = app.db.read(lambda c: c.execute(query, (ids,)).fetchall())
        return rows

    until(lambda: dict(events()).get("HITExpired", 0) >= 10)
    counts = dict(events())
    assert counts["HITExpired"] == 10
    assert counts["AssignmentSubmitted"] == counts["AssignmentApproved"]
    found = dispatch.look(app, checks.check, lambda _: None)
    assert {item.id: item.named for item in found if item.breaches} == {}


def test_they_stop_together_when_they_are_asked_to(serving: Serving) -> None:
    children = serving.children()
    assert serving.stop() == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_nobody_is_left_when_the_first_process_is_killed(serving: Serving) -> None:
    """Otherwise they would hold the port, and nobody would watch them."""
    children = serving.children()
    assert len(children) == serving.count
    bootstrap.close_app(serving.app)
    serving.process.kill()
    serving.process.wait()
    assert serving.process.stdout is not None
    serving.process.stdout.close()
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
