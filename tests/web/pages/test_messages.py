"""Messages on the worker site: the list, a thread, what is new, and what is plain text."""

from typing import Any

import pytest

from kempelen.domain import notice
from kempelen.operations import dispatch, notices
from kempelen.store import requesters
from kempelen.testing.market import Kempelen, Worker


@pytest.fixture
def tell(kempelen: Kempelen, worker: Worker) -> Any:
    """Tell Maria something."""
    requester = dispatch.look(kempelen.app, requesters.get, kempelen.requester.requester_id)

    def told(subject: str, text: str = "Hello") -> str:
        kempelen.clock.advance(seconds=1)
        said = notice.message(subject, text)
        dispatch.change(kempelen.app, notices.tell, worker.worker_id, requester, said)
        thread_id: str = worker.call("GET", "/messages")["items"][0]["thread_id"]
        return f"/messages/{thread_id}"

    return told


def test_without_messages(guest: Any) -> None:
    shown = guest.get("/messages")
    assert shown.status == 200
    assert "No messages" in shown.words
    assert "Mark all as read" not in shown.words
    assert "Messages with" not in shown.words


def test_a_message_is_read_by_opening_it(guest: Any, tell: Any) -> None:
    tell("First")
    path = tell("Second", "Line one\n\n  line two")
    listed = guest.get("/messages")
    assert "Messages with 2 new" in listed.words
    assert listed.words.index("Second") < listed.words.index("First")
    assert listed.words.count("1 new") == len(["First", "Second"])
    thread = guest.get(path)
    assert "Second" in thread.words
    assert "Line one\n\n  line two" in thread.text
    assert "New" in thread.words
    assert "Messages with 1 new" in thread.words
    assert "New" not in guest.get(path).words.replace("Newest", "")
    listed = guest.get("/messages")
    assert "Read" in listed.words
    assert listed.words.count("1 new") == len(["in the navigation", "in the list"])


def test_a_browser_that_looks_ahead_reads_nothing(guest: Any, tell: Any) -> None:
    path = tell("First")
    assert guest.get(path, Sec_Purpose="prefetch").status == 200
    assert "Messages with 1 new" in guest.get("/help").words


def test_all_are_marked_as_read(guest: Any, tell: Any) -> None:
    for subject in ("First", "Second"):
        tell(subject)
    assert guest.post_with_token("/messages").target == "/messages"
    listed = guest.get("/messages")
    assert "All messages are marked as read." in listed.words
    assert "1 new" not in listed.words
    assert "Mark all as read" not in listed.words


def test_marking_needs_the_token_of_the_session(guest: Any, tell: Any) -> None:
    tell("First")
    assert guest.post("/messages").status == 403
    assert "Messages with 1 new" in guest.get("/help").words


def test_messages_are_plain_text(guest: Any, tell: Any) -> None:
    script = "<script>alert(1)</script> & <b>bold</b>"
    path = tell(script, script)
    for shown in (guest.get("/messages"), guest.get(path)):
        assert script in shown.words
        assert "<script>alert" not in shown.text


def test_many_messages_come_in_pages(guest: Any, tell: Any) -> None:
    for number in range(21):
        tell(f"Number {number}.")
    first = guest.get("/messages")
    assert "Number 1." in first.words
    assert "Number 0." not in first.words
    (older,) = (part.split('"')[0] for part in first.text.split('href="/messages?')[1:])
    second = guest.get(f"/messages?{older}")
    assert "Number 0." in second.words
    assert "Newest" in second.words
    assert guest.get("/messages?cursor=x").status == 400


def test_others_messages_are_not_there(stranger: Any, tell: Any) -> None:
    path = tell("Secret")
    shown = stranger.get(path)
    assert shown.status == 404
    assert "Secret" not in shown.text
    assert "No messages" in stranger.get("/messages").words


def test_messages_are_for_those_who_are_signed_in(visitor: Any) -> None:
    assert visitor.get("/messages").target == "/signin?return_to=%2Fmessages"


def test_what_operations_tell_arrives(
    kempelen: Kempelen, guest: Any, worker: Worker, publish: Any, ask: Any
) -> None:
    """A bonus, a message and a block, through boto3."""
    hit = publish(ask())
    done = worker.do(hit["HITId"], {"what": "a cat"})
    client = kempelen.client
    client.approve_assignment(AssignmentId=done["assignment_id"])
    client.send_bonus(
        WorkerId=worker.worker_id,
        BonusAmount="1.50",
        AssignmentId=done["assignment_id"],
        Reason="Very careful",
    )
    client.notify_workers(
        Subject="More work", MessageText="Tomorrow.", WorkerIds=[worker.worker_id]
    )
    client.create_worker_block(WorkerId=worker.worker_id, Reason="Secret reason")
    listed = guest.get("/messages")
    for subject in ("a bonus of $1.50", "More work", "has blocked you"):
        assert subject in listed.words
    for thread in worker.call("GET", "/messages")["items"]:
        shown = guest.get(f"/messages/{thread['thread_id']}")
        assert "Secret reason" not in shown.text
        if thread["topic"] == "assignment":
            assert done["assignment_id"] in shown.words
            assert "Very careful" in shown.words
    refused = guest.get(f"/projects/{hit['HITGroupId']}/tasks")
    assert refused.status == 403
    assert "This HIT is not open to you" in refused.words
    assert "block" not in refused.words.replace("blocked you", "")
    path = f"/projects/{hit['HITGroupId']}/tasks/{hit['HITId']}/accept"
    assert guest.post_with_token(path).status == 403
