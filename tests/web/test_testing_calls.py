"""`/x/testing/…`: what test suites in other languages do to a server."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from kempelen.clock import OffsetClock
from kempelen.testing.market import Kempelen, RequesterAccount
from kempelen.testing.server import Server
from kempelen.testing.worker import Worker, WorkRefused

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><form>'
    '<input name="label"></form>]]></HTMLContent><FrameHeight>300</FrameHeight></HTMLQuestion>'
)


@pytest.fixture
def market(new_market: Callable[..., Kempelen]) -> Iterator[Kempelen]:
    with new_market(start=START) as market:
        yield market


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


class Caller:
    """Calls the testing paths of one server."""

    def __init__(self, pool: urllib3.PoolManager, url: str) -> None:
        self._pool = pool
        self._url = url

    def post(self, name: str, body: object = None, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._call("POST", name, None if body is None else data, headers)

    def get(self, name: str) -> tuple[int, Any]:
        return self._call("GET", name, None, {})

    def _call(
        self, method: str, name: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, Any]:
        address = f"{self._url}/x/testing/{name}"
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        response = self._pool.request(method, address, body=data, headers=named)
        return response.status, json.loads(response.data) if response.data else None


@pytest.fixture
def call(market: Kempelen, pool: urllib3.PoolManager) -> Caller:
    return Caller(pool, market.url)


def publish(client: Any, **members: object) -> str:
    wanted: dict[str, object] = {
        "Title": "Name the animal",
        "Description": "One word",
        "Reward": "0.10",
        "MaxAssignments": 1,
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 86_400,
        "AutoApprovalDelayInSeconds": 3600,
        "Question": QUESTION,
        **members,
    }
    hit_id: str = client.create_hit(**wanted)["HIT"]["HITId"]
    return hit_id


def test_the_clock_moves_and_what_is_due_is_done(market: Kempelen, call: Caller) -> None:
    hit_id = publish(market.client)
    market.add_worker().do(hit_id, {"label": "cat"})
    status, answer = call.post("clock", {"advance_seconds": 3600})
    assert (status, answer) == (200, {"now": "2026-03-01T13:00:00.000Z"})
    assert market.app.clock.now() == START + timedelta(hours=1)
    (found,) = market.client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    assert found["AssignmentStatus"] == "Approved"


def test_the_clock_may_move_by_parts_of_a_second(market: Kempelen, call: Caller) -> None:
    call.post("clock", {"advance_seconds": 0.25})
    assert market.app.clock.now() == START + timedelta(milliseconds=250)


def test_a_running_clock_is_moved_too(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    """As `kempelen serve --testing` has it."""
    with Server(tmp_path / "k.db", clock=OffsetClock(), is_testing=True) as server:
        _, answer = Caller(pool, server.url).post("clock", {"advance_seconds": 86_400})
    ahead = datetime.fromisoformat(answer["now"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < ahead <= timedelta(days=1)


def test_a_clock_that_cannot_be_moved_says_so(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    with Server(tmp_path / "k.db", is_testing=True) as server:
        status, answer = Caller(pool, server.url).post("clock", {"advance_seconds": 1})
    assert (status, answer["code"]) == (400, "clock_fixed")
    assert "--testing" in answer["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"advance_seconds": -1},
        {"advance_seconds": "60"},
        {"advance_seconds": True},
        {"advance_seconds": None},
        {"advance_seconds": 1e15},
        {"advance_second": 60},
        {},
        [],
        b"{",
        b'{"advance_seconds": NaN}',
        b"\xff",
    ],
)
def test_a_wrong_step_is_refused_and_the_clock_stays(
    market: Kempelen, call: Caller, body: object
) -> None:
    status, answer = call.post("clock", body)
    assert (status, answer["code"]) == (400, "invalid_request")
    assert "members out of: advance_seconds" in answer["detail"]
    assert market.app.clock.now() == START


def test_the_clock_does_not_leave_the_calendar(market: Kempelen, call: Caller) -> None:
    market.clock.set(datetime(9990, 1, 1, tzinfo=UTC))
    status, answer = call.post("clock", {"advance_seconds": 86_400 * 366 * 20})
    assert (status, answer["code"]) == (400, "invalid_request")
    assert "9999" in answer["detail"]
    assert market.app.clock.now().year == 9990


def test_a_requester_is_made_with_a_balance(market: Kempelen, call: Caller) -> None:
    status, made = call.post("requesters", {"name": "Test lab", "balance": "12.34"})
    assert status == 200
    assert set(made) == {"requester_id", "access_key_id", "secret_access_key"}
    client = client_of(market, made)
    assert client.get_account_balance()["AvailableBalance"] == "12.34"


def test_a_requester_without_a_balance_is_billed_as_the_settings_say(
    market: Kempelen, call: Caller
) -> None:
    _, made = call.post("requesters", {"name": "Test lab"})
    hit_id = publish(client_of(market, made), Reward="500.00")
    assert hit_id


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ({"name": "Lab", "balance": "-1.00"}, "account_refused", "such as 1000.00"),
        ({"name": "Lab", "balance": "1.001"}, "account_refused", "at most two decimals"),
        ({"name": "Lab", "balance": "much"}, "account_refused", "such as 1000.00"),
        ({"name": "Lab", "balance": 100}, "invalid_request", "members out of: name, balance"),
        ({"name": ""}, "account_refused", "1 to 100 printable characters"),
        ({"name": "Lab\n"}, "account_refused", "printable"),
        ({"name": "Lab", "ballance": "1"}, "invalid_request", "ballance"),
        ({}, "invalid_request", "name"),
    ],
)
def test_a_wrong_requester_is_refused(call: Caller, body: object, code: str, told: str) -> None:
    status, answer = call.post("requesters", body)
    assert (status, answer["code"]) == (400, code)
    assert told in answer["detail"]


def test_a_worker_is_made_with_nothing_given(market: Kempelen, call: Caller) -> None:
    status, made = call.post("workers")
    assert status == 200
    assert set(made) == {"worker_id", "token"}
    worker = worker_of(market, made)
    me = worker.me()
    worker.close()
    assert (me["worker_id"], me["worker_class"], me["country"]) == (
        made["worker_id"],
        "simulated",
        "US",
    )
    assert me["may_work"]


def test_a_worker_is_made_as_wanted(market: Kempelen, call: Caller) -> None:
    """Each of its properties is one that a HIT requires."""
    requirements: list[dict[str, object]] = [
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "EqualTo",
            "LocaleValues": [{"Country": "US", "Subdivision": "CA"}],
        },
        {
            "QualificationTypeId": "00000000000000000060",
            "Comparator": "EqualTo",
            "IntegerValues": [1],
        },
        {
            "QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH",
            "Comparator": "Exists",
        },
        {
            "QualificationTypeId": "00000000000000000040",
            "Comparator": "GreaterThan",
            "IntegerValues": [999],
        },
        {
            "QualificationTypeId": "000000000000000000L0",
            "Comparator": "EqualTo",
            "IntegerValues": [97],
        },
    ]
    hit_id = publish(market.client, QualificationRequirements=requirements)
    wanted = {
        "country": "US",
        "subdivision": "CA",
        "adult": True,
        "masters": True,
        "hits_approved": 1000,
        "percent_approved": 97,
        "class": "agent",
    }
    _, plain = call.post("workers", {})
    _, made = call.post("workers", wanted)
    other, worker = worker_of(market, plain), worker_of(market, made)
    with pytest.raises(WorkRefused):
        other.accept(hit_id)
    assert worker.accept(hit_id)["status"] == "assigned"
    assert worker.me()["worker_class"] == "agent"
    other.close()
    worker.close()


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ({"country": "Norway"}, "account_refused", "two capital letters"),
        ({"class": "robot"}, "invalid_request", "class"),
        ({"worker_class": "human"}, "invalid_request", "worker_class"),
        ({"percent_approved": 101}, "invalid_request", "percent_approved"),
        ({"hits_approved": -1}, "invalid_request", "hits_approved"),
        ({"adult": "yes"}, "invalid_request", "adult"),
    ],
)
def test_a_wrong_worker_is_refused(call: Caller, body: object, code: str, told: str) -> None:
    status, answer = call.post("workers", body)
    assert (status, answer["code"]) == (400, code)
    assert told in answer["detail"]


def test_a_balance_is_set(market: Kempelen, call: Caller) -> None:
    body = {"requester_id": market.requester.requester_id, "available": "0.05"}
    assert call.post("balance", body) == (200, body)
    assert market.client.get_account_balance()["AvailableBalance"] == "0.05"
    body["available"] = "70.00"
    call.post("balance", body)
    assert market.client.get_account_balance()["AvailableBalance"] == "70.00"


def test_the_balance_of_nobody_is_refused(call: Caller) -> None:
    status, answer = call.post("balance", {"requester_id": "A0", "available": "1.00"})
    assert (status, answer["code"]) == (400, "account_refused")
    assert "There is no requester A0" in answer["detail"]


def test_a_reset_forgets_everything_but_the_time(market: Kempelen, call: Caller) -> None:
    publish(market.client)
    worker = market.add_worker()
    market.advance(hours=1)
    status, answer = call.post("reset")
    assert (status, answer) == (200, {"now": "2026-03-01T13:00:00.000Z"})
    with pytest.raises(market.client.exceptions.ClientError):
        market.client.list_hits()
    with pytest.raises(WorkRefused):
        worker.me()
    _, made = call.post("requesters", {"name": "Test lab"})
    assert client_of(market, made).list_hits()["NumResults"] == 0


def test_mail_to_workers_is_shown_newest_first(market: Kempelen, call: Caller) -> None:
    assert call.get("mail") == (200, {"mail": []})
    worker = market.add_worker()
    done = worker.do(publish(market.client), {"label": "cat"})
    for reason in ("Well done", "Once more"):
        market.client.send_bonus(
            WorkerId=worker.worker_id,
            AssignmentId=done["assignment_id"],
            BonusAmount="1.00",
            Reason=reason,
        )
    _, answer = call.get("mail")
    newest, oldest = answer["mail"]
    assert set(newest) == {"recipient_id", "subject", "body", "created_at"}
    assert newest["recipient_id"] == worker.worker_id
    assert newest["created_at"] == "2026-03-01T12:00:00.000Z"
    assert "bonus of $1.00" in newest["subject"]
    assert "Once more" in newest["body"]
    assert "Well done" in oldest["body"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_sites_are_not_answered(market: Kempelen, call: Caller, site: str) -> None:
    status, answer = call.post("clock", {"advance_seconds": 60}, sec_fetch_site=site)
    assert (status, answer["code"]) == (403, "not_local")
    assert market.app.clock.now() == START


def test_a_name_that_was_bound_to_this_machine_is_not_answered(call: Caller) -> None:
    status, answer = call.post("reset", {}, host="rebound.example:8800")
    assert (status, answer["code"]) == (403, "not_local")


def test_other_machines_behind_a_proxy_are_not_answered(call: Caller) -> None:
    status, answer = call.post("reset", {}, x_forwarded_for="192.0.2.7")
    assert (status, answer["code"]) == (403, "not_local")


def test_localhost_is_this_machine(market: Kempelen, pool: urllib3.PoolManager) -> None:
    caller = Caller(pool, market.url.replace("127.0.0.1", "localhost"))
    assert caller.get("mail")[0] == 200


def test_a_body_beyond_the_limit_is_refused(call: Caller) -> None:
    status, answer = call.post("workers", b" " * 70_000)
    assert (status, answer["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "name", ["clock", "requesters", "workers", "balance", "reset", "mail", "clocks"]
)
def test_nothing_is_there_unless_the_server_is_for_testing(
    tmp_path: Path, pool: urllib3.PoolManager, name: str
) -> None:
    with Server(tmp_path / "k.db") as server:
        for method in ("GET", "POST"):
            answer = pool.request(method, f"{server.url}/x/testing/{name}", body=b"{}")
            assert answer.status == 404


def client_of(market: Kempelen, made: dict[str, str]) -> Any:
    return market.client_of(RequesterAccount(**made))


def worker_of(market: Kempelen, made: dict[str, str]) -> Worker:
    return Worker(market.url, name="", password="", **made)
