"""Requests and responses of a worker's messages."""

from kempelen.api.work import RequesterSummary, WorkShape


class MessageThread(WorkShape, frozen=True, kw_only=True):
    """Messages of a requester about one thing.

    `topic` is `assignment`, `qualification_type` or `requester`, with its id in `topic_id`; or
    `message`, without an id, when the message stands for itself. `subject` and `updated_at` are
    those of the newest message.
    """

    thread_id: str
    subject: str
    requester: RequesterSummary
    topic: str
    topic_id: str | None
    unread: int
    updated_at: str


class Message(WorkShape, frozen=True, kw_only=True):
    """One message, in plain text; `cause` says what it was sent for."""

    cause: str
    subject: str
    text: str
    is_unread: bool
    sent_at: str


class ListMessagesRequest(WorkShape, frozen=True, kw_only=True):
    """A page of the threads."""

    limit: int = 20
    cursor: str | None = None


class ListMessagesResponse(WorkShape, frozen=True, kw_only=True):
    """A page of the threads, the last changed first."""

    items: list[MessageThread]
    next_cursor: str | None


class ShowMessagesRequest(WorkShape, frozen=True, kw_only=True):
    """A page of the messages of a thread."""

    thread_id: str
    limit: int = 20
    cursor: str | None = None


class ShowMessagesResponse(WorkShape, frozen=True, kw_only=True):
    """A thread with a page of its messages, newest first."""

    thread: MessageThread
    items: list[Message]
    next_cursor: str | None


class MarkMessagesReadRequest(WorkShape, frozen=True, kw_only=True):
    """The thread that was read; None for all of them."""

    thread_id: str | None = None


class MarkMessagesReadResponse(WorkShape, frozen=True, kw_only=True):
    """How many messages the worker has not read yet, in all threads."""

    unread_messages: int
