"""A worker's messages: threads, what is new, marking as read, and whose they are."""

from typing import Any

import pytest

from kempelen.api.messages import (
    ListMessagesRequest,
    MarkMessagesReadRequest,
    ShowMessagesRequest,
)
from kempelen.api.work import GetMeRequest
from kempelen.domain import errors, notice, work_errors
from kempelen.operations import dispatch, messages, notices, profile, registry


@pytest.fixture
def inbox(make: Any, worker: Any) -> Any:
    """The worker's messages: `tell` adds one, the others are operations."""

    class Inbox:
        def tell(self, told: notice.Notice, *, by: Any = None) -> None:
            worker_id = worker.worker.worker_id
            dispatch.change(make.app, notices.tell, worker_id, by or make.requester, told)

        def write(self, subject: str, *, by: Any = None) -> None:
            make.clock.advance(seconds=1)
            self.tell(notice.message(subject, f"Text of {subject}"), by=by)

        def ask(self, function: Any, request: object, *, by: Any = None) -> Any:
            return dispatch.run(make.app, registry.of(function), by or worker, request)

        def threads(self, **members: Any) -> Any:
            return self.ask(messages.list_messages, ListMessagesRequest(**members))

        def show(self, thread_id: str, **members: Any) -> Any:
            request = ShowMessagesRequest(thread_id=thread_id, **members)
            return self.ask(messages.show_messages, request)

        def read(self, thread_id: str | None = None) -> int:
            request = MarkMessagesReadRequest(thread_id=thread_id)
            unread: int = self.ask(messages.mark_messages_read, request).unread_messages
            return unread

        @property
        def unread(self) -> int:
            unread: int = self.ask(profile.get_me, GetMeRequest()).unread_messages
            return unread

    return Inbox()


def test_a_thread_says_from_whom_about_what_and_when(
    make: Any, inbox: Any, requester: Any, other_requester: Any
) -> None:
    inbox.write("Hello")
    inbox.tell(notice.block(other_requester.name, other_requester.requester_id), by=other_requester)
    block, hello = inbox.threads().items
    assert (hello.subject, hello.topic, hello.topic_id, hello.unread) == (
        "Hello",
        "message",
        None,
        1,
    )
    assert (hello.requester.requester_id, hello.requester.name) == (
        requester.requester_id,
        requester.name,
    )
    assert hello.updated_at == "2026-01-05T12:00:01.000Z"
    assert (block.topic, block.topic_id) == ("requester", other_requester.requester_id)
    (message,) = inbox.show(hello.thread_id).items
    assert (message.cause, message.subject, message.text, message.is_unread, message.sent_at) == (
        "notify_workers",
        "Hello",
        "Text of Hello",
        True,
        "2026-01-05T12:00:01.000Z",
    )


def test_the_last_changed_thread_comes_first(make: Any, inbox: Any) -> None:
    inbox.tell(notice.bonus("R", 500, "3A", "First"))
    inbox.write("Later")
    make.clock.advance(seconds=1)
    inbox.tell(notice.bonus("R", 900, "3A", "Second"))
    bonus, later = inbox.threads().items
    assert (bonus.subject, bonus.unread, later.subject) == (
        "R sent you a bonus of $0.09",
        2,
        "Later",
    )
    assert [each.text.splitlines()[-1] for each in inbox.show(bonus.thread_id).items] == [
        "Second",
        "First",
    ]


def test_threads_are_of_one_requester_about_one_thing(inbox: Any, other_requester: Any) -> None:
    granted = notice.qualification_granted("R", "Birds", "3Q", 7)
    revoked = notice.qualification_revoked("R", "Birds", "3Q", "Too many mistakes")
    rejected = notice.qualification_rejected("R", "Fish", "3P", None)
    for told in (granted, revoked, rejected):
        inbox.tell(told)
    inbox.tell(granted, by=other_requester)
    assert [(each.topic, each.topic_id, each.unread) for each in inbox.threads().items] == [
        ("qualification_type", "3Q", 1),
        ("qualification_type", "3P", 1),
        ("qualification_type", "3Q", 2),
    ]
    (found,) = inbox.show(inbox.threads().items[1].thread_id).items
    assert (found.cause, found.text) == (
        "qualification_rejected",
        "R rejected your request for the qualification Fish.",
    )
    newest, oldest = inbox.show(inbox.threads().items[2].thread_id).items
    assert newest.text.endswith("\n\nToo many mistakes")
    assert "value 7" in oldest.text


def test_reading_is_noted_when_it_is_said(inbox: Any) -> None:
    for subject in ("One", "Two", "Three"):
        inbox.write(subject)
    three, two, one = (each.thread_id for each in inbox.threads().items)
    inbox.show(one)
    assert inbox.unread == 3
    assert inbox.read(one) == 2
    assert inbox.read(one) == 2
    assert [each.unread for each in inbox.threads().items] == [1, 1, 0]
    assert [each.is_unread for each in inbox.show(one).items] == [False]
    assert [each.is_unread for each in inbox.show(two).items] == [True]
    assert inbox.read() == 0
    assert inbox.unread == 0
    assert {each.unread for each in inbox.threads().items} == {0}
    assert inbox.show(three).items


def test_what_comes_after_reading_is_new(make: Any, inbox: Any) -> None:
    for number in range(3):
        inbox.tell(notice.bonus("R", 500, "3A", f"Bonus {number}"))
    (thread,) = inbox.threads().items
    inbox.read(thread.thread_id)
    for number in range(3, 5):
        inbox.tell(notice.bonus("R", 500, "3A", f"Bonus {number}"))
    walked, cursor = [], None
    while True:
        page = inbox.show(thread.thread_id, limit=1, cursor=cursor)
        walked += [(each.text[-1], each.is_unread) for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert walked == [("4", True), ("3", True), ("2", False), ("1", False), ("0", False)]
    assert inbox.unread == 2


def test_a_walk_shows_every_thread_once(make: Any, inbox: Any) -> None:
    """Also those of one instant."""
    for number in range(7):
        if number % 3 == 0:
            make.clock.advance(seconds=1)
        inbox.tell(notice.message(f"Number {number}", "x"))
    for limit in (1, 2, 3, 7, 100):
        walked, cursor = [], None
        while True:
            page = inbox.threads(limit=limit, cursor=cursor)
            assert len(page.items) <= limit
            walked += [each.subject for each in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert walked == [f"Number {number}" for number in reversed(range(7))]


def test_messages_are_for_their_worker_alone(make: Any, inbox: Any, other_worker: Any) -> None:
    inbox.write("Secret")
    inbox.write("Another")
    page = inbox.threads(limit=1)
    thread_id = page.items[0].thread_id
    others = inbox.ask(messages.list_messages, ListMessagesRequest(), by=other_worker)
    assert others.items == []
    requests: list[tuple[Any, object]] = [
        (messages.show_messages, ShowMessagesRequest(thread_id=thread_id)),
        (messages.mark_messages_read, MarkMessagesReadRequest(thread_id=thread_id)),
    ]
    for function, request in requests:
        with pytest.raises(work_errors.MessageNotFound) as refused:
            inbox.ask(function, request, by=other_worker)
        assert (refused.value.work_code, refused.value.work_status) == ("NOT_FOUND", 404)
    inbox.ask(messages.mark_messages_read, MarkMessagesReadRequest(), by=other_worker)
    assert inbox.unread == 2
    request = ListMessagesRequest(cursor=page.next_cursor)
    with pytest.raises(errors.InvalidParameterValue):
        inbox.ask(messages.list_messages, request, by=other_worker)


def test_refusals_come_in_order(inbox: Any) -> None:
    for limit in (0, 101):
        for ask in (inbox.threads, lambda **members: inbox.show("3UNKNOWN", **members)):
            with pytest.raises(errors.InvalidParameterValue) as refused:
                ask(limit=limit, cursor="x")
            assert refused.value.parameter == "limit"
    with pytest.raises(work_errors.MessageNotFound):
        inbox.show("3UNKNOWN", cursor="x")
    with pytest.raises(work_errors.MessageNotFound):
        inbox.read("3UNKNOWN")
    inbox.tell(notice.message("Hello", "x"))
    (thread,) = inbox.threads().items
    for ask in (inbox.threads, lambda **members: inbox.show(thread.thread_id, **members)):
        with pytest.raises(errors.InvalidParameterValue) as refused:
            ask(cursor="x")
        assert refused.value.parameter == "cursor"


def test_every_topic_has_its_own_name() -> None:
    """A thread's topic is stored; a renamed one would lose its threads."""
    assert {each.value for each in notice.Topic} == {
        "message",
        "requester",
        "assignment",
        "qualification_type",
    }
