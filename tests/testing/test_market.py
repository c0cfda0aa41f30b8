"""`kempelen.testing.market`: what the fixture promises to the suites of users."""

import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kempelen import credentials
from kempelen.domain.people import WorkerClass
from kempelen.ids import Ids
from kempelen.operations import dispatch, signin
from kempelen.settings import SettingsError
from kempelen.testing.market import Kempelen, Worker, WorkRefused

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><form>'
    '<input name="label"></form>]]></HTMLContent><FrameHeight>300</FrameHeight></HTMLQuestion>'
)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Kempelen]:
    with Kempelen(tmp_path, start=START) as market:
        yield market


def publish(client: Any, **members: object) -> str:
    wanted: dict[str, object] = {
        "Title": "Name the animal",
        "Description": "One word",
        "Reward": "0.10",
        "MaxAssignments": 3,
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 86_400,
        "AutoApprovalDelayInSeconds": 3600,
        "Question": QUESTION,
        **members,
    }
    hit_id: str = client.create_hit(**wanted)["HIT"]["HITId"]
    return hit_id


def statuses(market: Kempelen, hit_id: str) -> list[str]:
    answer = market.client.list_assignments_for_hit(HITId=hit_id)
    return [item["AssignmentStatus"] for item in answer["Assignments"]]


def test_the_clock_stands_still_until_it_is_moved(market: Kempelen) -> None:
    first = market.client.get_hit(HITId=publish(market.client))["HIT"]["CreationTime"]
    second = market.client.get_hit(HITId=publish(market.client))["HIT"]["CreationTime"]
    assert first == second == START
    assert market.advance(days=1, hours=2, minutes=3, seconds=4) == START + timedelta(
        days=1, hours=2, minutes=3, seconds=4
    )


def test_without_a_start_it_is_now(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with Kempelen(tmp_path) as market:
        assert before <= market.clock.now() <= datetime.now(UTC)


def test_moving_the_clock_does_what_is_due(market: Kempelen) -> None:
    """Work is approved, an accepted HIT is abandoned, and the rest expires."""
    hit_id = publish(market.client)
    market.add_worker().do(hit_id, {"label": "cat"})
    idler = market.add_worker()
    idler.accept(hit_id)
    market.advance(minutes=10, seconds=11)  # the deadline and the grace after it
    assert [item["status"] for item in idler.assignments()] == ["abandoned"]
    assert statuses(market, hit_id) == ["Submitted"]
    market.advance(hours=1)
    assert statuses(market, hit_id) == ["Approved"]
    market.advance(days=1)
    assert market.client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"


def test_requesters_are_prepaid_with_plenty_or_as_said(market: Kempelen) -> None:
    assert market.client.get_account_balance()["AvailableBalance"] == "10000.00"
    poor = market.client_of(market.add_requester("Poor", balance="0.05"))
    with pytest.raises(poor.exceptions.RequestError, match=r"(?i)insufficient"):
        publish(poor)
    unlimited = market.client_of(market.add_requester("Unlimited", balance=None))
    assert publish(unlimited, Reward="99.00", MaxAssignments=9)


def test_requesters_do_not_see_each_others_hits(market: Kempelen) -> None:
    other = market.add_requester("Other")
    publish(market.client)
    assert market.client_of(other).list_hits()["NumResults"] == 0
    assert market.client_of(other) is market.client_of(other)


def test_a_worker_finds_accepts_and_submits(market: Kempelen) -> None:
    publish(market.client)
    publish(market.client, Title="Name the colour")
    alice = market.add_worker("alice")
    assert len(alice.groups()) == 2
    (group,) = alice.groups(search="animal")
    assignment = alice.accept(group_id=group["group_id"])
    assert assignment["status"] == "assigned"
    assert assignment["task"]["kind"] == "HTMLQuestion"
    assert [item["assignment_id"] for item in alice.assignments("assigned")] == [
        assignment["assignment_id"]
    ]
    submitted = alice.submit(assignment["assignment_id"], {"label": ["cat", "kitten"]})
    assert submitted["status"] == "submitted"
    assert alice.assignment(assignment["assignment_id"])["status"] == "submitted"
    assert alice.assignments("assigned") == []
    (found,) = market.client.list_assignments_for_hit(HITId=assignment["hit_id"])["Assignments"]
    assert found["WorkerId"] == alice.worker_id
    assert "cat|kitten" in found["Answer"]


def test_a_worker_returns(market: Kempelen) -> None:
    hit_id = publish(market.client)
    alice = market.add_worker()
    accepted = alice.accept(hit_id)
    assert alice.return_(accepted["assignment_id"])["status"] == "returned"
    assert alice.me()["returned"] == 1


def test_all_pages_of_a_list_are_read(market: Kempelen) -> None:
    for number in range(103):
        publish(market.client, Title=f"Task {number}")
    assert len(market.add_worker().groups()) == 103


def test_a_refusal_has_a_code(market: Kempelen) -> None:
    hit_id = publish(market.client)
    alice = market.add_worker()
    alice.do(hit_id, {"label": "cat"})
    with pytest.raises(WorkRefused) as refused:
        alice.do(hit_id, {"label": "dog"})
    assert refused.value.status >= 400
    assert refused.value.code
    assert refused.value.code in str(refused.value)
    assert refused.value.problem["code"] == refused.value.code


@pytest.mark.parametrize("named", [{}, {"hit_id": "3A", "group_id": "3B"}])
def test_what_to_accept_is_named_once(market: Kempelen, named: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="either a hit_id or a group_id"):
        market.add_worker().accept(**named)


def test_any_call_of_the_worker_api_can_be_made(market: Kempelen) -> None:
    alice = market.add_worker()
    alice.call("PATCH", "/me/preferences", {"auto_accept_next": True})
    assert alice.me()["auto_accept_next"] is True


def test_workers_are_made_as_wanted(market: Kempelen) -> None:
    plain = market.add_worker().me()
    assert (plain["worker_class"], plain["country"], plain["may_work"]) == ("simulated", "US", True)
    agent = market.add_worker("bob", worker_class=WorkerClass.AGENT, country="DE").me()
    assert (agent["name"], agent["worker_class"], agent["country"]) == ("bob", "agent", "DE")


def test_a_password_is_good_for_signing_in(market: Kempelen) -> None:
    alice = market.add_worker("alice")
    login = dispatch.look(market.app, signin.find_login, "alice")
    assert credentials.verify_password(login.password_hash, alice.password)[0]


def test_a_worker_does_not_show_its_secrets(market: Kempelen) -> None:
    alice = market.add_worker("alice")
    assert repr(alice) == f"<Worker {alice.worker_id} 'alice'>"


def test_many_threads_may_share_workers(market: Kempelen) -> None:
    """Every HIT is done once by each worker, although their calls are mixed."""
    hit_ids = [publish(market.client) for _ in range(10)]
    workers = [market.add_worker() for _ in range(3)]
    tasks = [(worker, hit_id) for hit_id in hit_ids for worker in workers]

    def do(task: tuple[Worker, str]) -> str:
        worker, hit_id = task
        status: str = worker.do(hit_id, {"label": worker.worker_id})["status"]
        return status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(do, tasks)) == {"submitted"}
    for hit_id in hit_ids:
        answers = market.client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
        assert len(answers) == 3
        assert all(item["WorkerId"] in item["Answer"] for item in answers)


def test_a_worker_goes_on_when_its_connection_was_closed(market: Kempelen) -> None:
    alice = market.add_worker()
    alice.me()
    connected = alice._connection.sock
    assert connected is not None
    connected.shutdown(socket.SHUT_RDWR)
    assert alice.me()["worker_id"] == alice.worker_id
    alice.close()
    assert alice.me()["worker_id"] == alice.worker_id


def test_a_worker_says_so_when_nobody_answers(tmp_path: Path) -> None:
    with Kempelen(tmp_path) as market:
        alice = market.add_worker()
    with pytest.raises(ConnectionRefusedError):
        alice.me()


def test_settings_may_be_chosen(tmp_path: Path) -> None:
    settings = {"fees.enabled": True, "worker_classes.default": "human"}
    with Kempelen(tmp_path, settings=settings) as market:
        hit_id = publish(market.client, MaxAssignments=1, Reward="1.00")
        assert market.client.get_account_balance()["AvailableBalance"] == "9998.80"
        with pytest.raises(WorkRefused):
            market.add_worker().accept(hit_id)


def test_a_wrong_setting_is_refused_and_leaves_nothing_open(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Did you mean fees\.enabled"):
        Kempelen(tmp_path, settings={"fees.enable": True})


def test_two_markets_run_side_by_side(tmp_path: Path) -> None:
    with Kempelen(tmp_path / "one") as one, Kempelen(tmp_path / "two") as two:
        publish(one.client)
        assert one.url != two.url
        assert two.client.list_hits()["NumResults"] == 0


def test_a_seed_repeats_all_ids(tmp_path: Path) -> None:
    def made(name: str) -> tuple[str, str, str]:
        ids = Ids(random.Random(5))  # noqa: S311 - a repeatable source is what is tested
        with Kempelen(tmp_path / name, start=START, ids=ids) as market:
            return market.requester.requester_id, publish(market.client), market.add_worker().token

    assert made("one") == made("two")
