"""Messages: the threads, and one of them, which is read by opening it."""

from starlette.responses import Response

from kempelen.api.messages import (
    ListMessagesRequest,
    ListMessagesResponse,
    MarkMessagesReadRequest,
    ShowMessagesRequest,
    ShowMessagesResponse,
)
from kempelen.edges.web.flashes import Flash
from kempelen.edges.worker.visits import Visit
from kempelen.operations import messages

PAGE_SIZE = 20


def show_all(visit: Visit) -> Response:
    """The threads, the last changed first."""
    cursor = visit.query("cursor") or None
    found: ListMessagesResponse = visit.run(
        messages.list_messages, ListMessagesRequest(limit=PAGE_SIZE, cursor=cursor)
    )
    return visit.page("messages.html", found=found, is_first=cursor is None)


def mark_all_read(visit: Visit) -> Response:
    """Note that everything was read."""
    visit.run(messages.mark_messages_read, MarkMessagesReadRequest())
    return visit.go("/messages", Flash("success", "All messages are marked as read."))


def show_thread(visit: Visit) -> Response:
    """The messages of a thread, newest first, those that are new marked.

    Opening it is reading it, unless a browser only looked ahead.
    """
    cursor = visit.query("cursor") or None
    thread_id = visit.param("thread")
    found: ShowMessagesResponse = visit.run(
        messages.show_messages,
        ShowMessagesRequest(thread_id=thread_id, limit=PAGE_SIZE, cursor=cursor),
    )
    if found.thread.unread and "sec-purpose" not in visit.incoming.headers:
        visit.run(messages.mark_messages_read, MarkMessagesReadRequest(thread_id=thread_id))
    return visit.page("message_thread.html", found=found, is_first=cursor is None)
