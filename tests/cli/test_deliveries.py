"""`kempelen deliveries`: the log, once more, and the secrets of webhooks."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from kempelen import bootstrap, settings
from kempelen.api.types import NotificationSpecification
from kempelen.domain.people import BillingMode, Requester
from kempelen.operations import deliveries, dispatch, served
from kempelen.operations.app import App

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><body>'
    "<form><input name='tag'></form></body></html>]]></HTMLContent>"
    "<FrameHeight>400</FrameHeight></HTMLQuestion>"
)


@contextlib.contextmanager
def opened(folder: Any) -> Iterator[App]:
    """The installation of the folder."""
    app = bootstrap.open_app(
        settings.load(None, {}, {"database": str(folder.path / "kempelen.db")})
    )
    try:
        yield app
    finally:
        bootstrap.close_app(app)


@pytest.fixture
def requester_id(folder: Any) -> str:
    """A requester with two HITs that were announced: one delivered, one dead."""
    ended = folder.main("requester", "add", "Lab", "--json")
    made: str = json.loads(ended.stdout)["RequesterId"]
    with opened(folder) as app:
        caller = Requester(requester_id=made, name="Lab", billing_mode=BillingMode.UNLIMITED)

        def ask(name: str, **members: Any) -> Any:
            operation = served.BY_NAME[name]
            return dispatch.run(app, operation, caller, operation.request(**members))

        properties = {
            "title": "Tag",
            "description": "Tag it",
            "reward": "0.05",
            "assignment_duration_in_seconds": 600,
        }
        hit_type_id = ask("CreateHITType", **properties).hit_type_id
        wanted = NotificationSpecification(
            destination=QUEUE, transport="SQS", version="2014-08-15", event_types=("HITCreated",)
        )
        ask("UpdateNotificationSettings", hit_type_id=hit_type_id, notification=wanted)
        for _ in range(2):
            ask(
                "CreateHITWithHITType",
                hit_type_id=hit_type_id,
                lifetime_in_seconds=3600,
                question=QUESTION,
            )
        due = dispatch.look(app, deliveries.due_targets)
        first, _ = dispatch.change(app, deliveries.claim, [(target, 9) for target in due])
        dispatch.change(app, deliveries.settle, first.delivery, deliveries.Outcome(milliseconds=7))
        app.db.write(
            lambda connection: connection.execute(
                "UPDATE deliveries SET status = 'Dead', settled_at = 1, error = 'no connection'"
                " WHERE status = 'Waiting'"
            )
        )
    return made


def log(folder: Any, *arguments: str) -> list[dict[str, Any]]:
    ended = folder.main("deliveries", "list", "--json", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def refusal(folder: Any, *arguments: str) -> str:
    ended = folder.main("deliveries", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    return str(ended.stderr)


def test_the_log_shows_the_newest_first(folder: Any, requester_id: str) -> None:
    dead, delivered = log(folder)
    assert (delivered["Status"], delivered["Attempts"], delivered["Milliseconds"]) == (
        "Delivered",
        1,
        7,
    )
    assert (dead["Status"], dead["Error"]) == ("Dead", "no connection")
    for entry in (dead, delivered):
        assert entry["RequesterId"] == requester_id
        assert (entry["Transport"], entry["Destination"]) == ("SQS", QUEUE)
        assert entry["EventType"] == "HITCreated"
    assert log(folder, "--status", "dead") == [dead]
    assert log(folder, "--status", "waiting", "--requester", requester_id) == []
    assert log(folder, "--requester", requester_id, "--limit", "1") == [dead]
    assert log(folder, "--requester", "A1NOBODY") == []


def test_the_log_as_a_table(folder: Any, requester_id: str) -> None:
    ended = folder.main("deliveries", "list", "--requester", requester_id)
    heading, dead, delivered = ended.stdout.splitlines()
    assert heading.split() == [
        "DOCUMENT",
        "STATUS",
        "TRIED",
        "HAPPENED",
        "EVENT",
        "HIT",
        "DESTINATION",
        "ERROR",
    ]
    assert dead.endswith("no connection")
    assert "delivered" in delivered
    ended = folder.main("deliveries", "list", "--requester", "A1NOBODY")
    assert ended.stdout == "Nothing was to be delivered in the last 30 days.\n"


def test_a_document_once_more(folder: Any, requester_id: str) -> None:
    _, delivered = log(folder)
    document_id = delivered["EventDocId"]
    ended = folder.main("deliveries", "replay", document_id)
    assert ended.stdout == f"{document_id} will be delivered to {QUEUE} once more.\n"
    _, again = log(folder)
    assert (again["EventDocId"], again["Status"]) == (document_id, "Waiting")
    assert "still to be delivered" in refusal(folder, "replay", document_id)


def test_everything_that_is_dead_once_more(folder: Any, requester_id: str) -> None:
    ended = folder.main("deliveries", "replay", "--dead", "--requester", requester_id)
    assert ended.stdout == "1 will be delivered once more.\n"
    assert log(folder, "--status", "dead") == []


def test_what_cannot_be_done(folder: Any, requester_id: str) -> None:
    assert "There is no document 'x'" in refusal(folder, "replay", "x")
    assert "Name a document" in refusal(folder, "replay")
    assert "say whose" in refusal(folder, "replay", "--dead")
    assert "There is no requester 'A1NOBODY'" in refusal(folder, "secret", "A1NOBODY")
    assert "There is no requester" in refusal(folder, "secret", "A1NOBODY", "--renew")
    assert "is no number" in refusal(folder, "list", "--limit", "0")


def test_the_secret_of_a_requester(folder: Any, requester_id: str) -> None:
    """It stays until it is renewed, and is what the server signs with."""

    def secret(*arguments: str) -> str:
        ended = folder.main("deliveries", "secret", requester_id, *arguments)
        assert ended.returncode == 0
        return str(ended.stdout.strip())

    first = secret()
    assert secret() == first
    assert len(first) > 40
    second = secret("--renew")
    assert second != first
    assert secret() == second
    with opened(folder) as app:
        webhook = next(item for item in app.transports if item.name == "Webhook")
        assert webhook._signing_key(requester_id, 2) == second  # type: ignore[attr-defined]
