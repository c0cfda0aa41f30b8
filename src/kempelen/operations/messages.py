"""A worker's messages on the site: list the threads, read one, note that it was read."""

from kempelen.api import messages as shapes
from kempelen.api.messages import (
    ListMessagesRequest,
    ListMessagesResponse,
    MarkMessagesReadRequest,
    MarkMessagesReadResponse,
    ShowMessagesRequest,
    ShowMessagesResponse,
)
from kempelen.api.work import RequesterSummary
from kempelen.clock import micros
from kempelen.domain import errors, work_errors
from kempelen.domain.notice import Topic
from kempelen.domain.people import WorkerCaller
from kempelen.operations import paging, present_work
from kempelen.operations.paging import Walk
from kempelen.operations.registry import operation
from kempelen.store import messages
from kempelen.store.messages import Message, Thread
from kempelen.store.tx import Tx

PAGE_SIZE_MAX = 100
NEWEST = 2**62


@operation(writes=False)
def list_messages(
    tx: Tx, caller: WorkerCaller, request: ListMessagesRequest
) -> ListMessagesResponse:
    """List the threads of messages to the worker, the last changed first.

    Refusals, in order: InvalidParameterValue for `limit` and `cursor`.
    """
    _check_limit(request.limit)
    worker_id = caller.worker.worker_id
    walk = Walk(operation="ListMessages", caller_id=worker_id)
    position = paging.position(tx, walk, request.cursor, name="cursor")
    before = (NEWEST, NEWEST) if position is None else (int(position[0]), int(position[1]))
    found = messages.page(tx, worker_id, before, request.limit + 1)
    page = found[: request.limit]
    has_more = len(found) > len(page)
    return ListMessagesResponse(
        items=[_thread(thread) for thread in page],
        next_cursor=(
            paging.token(tx, walk, (micros(page[-1].updated_at), page[-1].n)) if has_more else None
        ),
    )


@operation(writes=False)
def show_messages(
    tx: Tx, caller: WorkerCaller, request: ShowMessagesRequest
) -> ShowMessagesResponse:
    """Show the messages of a thread, newest first; they stay unread.

    Refusals, in order: InvalidParameterValue for `limit`, NOT_FOUND (also for somebody else's),
    InvalidParameterValue for `cursor`.
    """
    _check_limit(request.limit)
    thread = _own(tx, caller, request.thread_id)
    walk = Walk(
        operation="ShowMessages", caller_id=caller.worker.worker_id, filters=thread.thread_id
    )
    position = paging.position(tx, walk, request.cursor, name="cursor")
    before, shown = (NEWEST, 0) if position is None else (int(position[0]), int(position[1]))
    found = messages.of_thread(tx, thread, before, request.limit + 1)
    page = found[: request.limit]
    last = (page[-1].n, shown + len(page)) if len(found) > len(page) else None
    return ShowMessagesResponse(
        thread=_thread(thread),
        # The newest ones are those that are unread.
        items=[
            _message(message, is_unread=shown + place < thread.unread)
            for place, message in enumerate(page)
        ],
        next_cursor=None if last is None else paging.token(tx, walk, last),
    )


@operation(writes=True)
def mark_messages_read(
    tx: Tx, caller: WorkerCaller, request: MarkMessagesReadRequest
) -> MarkMessagesReadResponse:
    """Note that the worker has read a thread, or everything.

    Refusals: NOT_FOUND for a thread (also for somebody else's).
    """
    worker_id = caller.worker.worker_id
    if request.thread_id is None:
        messages.mark_all_read(tx, worker_id)
    else:
        messages.mark_read(tx, _own(tx, caller, request.thread_id))
    return MarkMessagesReadResponse(unread_messages=messages.unread(tx, worker_id))


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= PAGE_SIZE_MAX:
        raise errors.InvalidParameterValue(value=limit, name="limit")


def _own(tx: Tx, caller: WorkerCaller, thread_id: str) -> Thread:
    thread = messages.get(tx, thread_id)
    if thread is None or thread.worker_id != caller.worker.worker_id:
        raise work_errors.MessageNotFound
    return thread


def _thread(thread: Thread) -> shapes.MessageThread:
    return shapes.MessageThread(
        thread_id=thread.thread_id,
        subject=thread.subject,
        requester=RequesterSummary(requester_id=thread.requester_id, name=thread.requester_name),
        topic=thread.topic.value,
        topic_id=None if thread.topic is Topic.MESSAGE else thread.topic_id,
        unread=thread.unread,
        updated_at=present_work.time(thread.updated_at),
    )


def _message(message: Message, *, is_unread: bool) -> shapes.Message:
    return shapes.Message(
        cause=message.cause.value,
        subject=message.subject,
        text=message.text,
        is_unread=is_unread,
        sent_at=present_work.time(message.created_at),
    )
