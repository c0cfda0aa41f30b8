"""The worker API's part for messages: its handlers, and the table of its endpoints."""

from typing import Final

from kempelen.api import messages as shapes
from kempelen.api.messages import (
    ListMessagesRequest,
    MarkMessagesReadRequest,
    ShowMessagesRequest,
)
from kempelen.api.work_requests import PageQuery
from kempelen.edges.http import Call, Incoming
from kempelen.edges.worker import api_calls, api_reading
from kempelen.edges.worker.api_openapi import Endpoint
from kempelen.operations import messages, registry
from kempelen.operations.app import App

_LIST: Final = registry.of(messages.list_messages)
_SHOW: Final = registry.of(messages.show_messages)
_MARK: Final = registry.of(messages.mark_messages_read)


def list_threads(app: App, incoming: Incoming) -> Call:
    """`GET /messages`."""
    caller = api_reading.caller(app, incoming)
    query = api_reading.query(incoming, PageQuery)
    request = ListMessagesRequest(limit=query.limit, cursor=query.cursor)
    return Call(operation=_LIST, caller=caller, request=request, render=api_calls.shown(incoming))


def show_thread(app: App, incoming: Incoming) -> Call:
    """`GET /messages/{thread_id}`."""
    caller = api_reading.caller(app, incoming)
    query = api_reading.query(incoming, PageQuery)
    request = ShowMessagesRequest(
        thread_id=incoming.params["thread_id"], limit=query.limit, cursor=query.cursor
    )
    return Call(operation=_SHOW, caller=caller, request=request, render=api_calls.shown(incoming))


def mark_read(app: App, incoming: Incoming) -> Call:
    """`POST /messages/{thread_id}/read`."""
    caller = api_calls.reader(app, incoming)
    request = MarkMessagesReadRequest(thread_id=incoming.params["thread_id"])
    return Call(operation=_MARK, caller=caller, request=request, render=api_calls.ok)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/messages",
        operation_id="listMessages",
        summary="List the threads of messages to the caller, the last changed first.",
        handler=list_threads,
        query=PageQuery,
        response=shapes.ListMessagesResponse,
        success="a page of threads",
    ),
    Endpoint(
        method="GET",
        path="/messages/{thread_id}",
        operation_id="showMessages",
        summary="Show the messages of a thread, newest first; they stay unread.",
        handler=show_thread,
        query=PageQuery,
        response=shapes.ShowMessagesResponse,
        success="the thread with a page of its messages",
    ),
    Endpoint(
        method="POST",
        path="/messages/{thread_id}/read",
        operation_id="markMessagesRead",
        summary="Note that a thread was read.",
        handler=mark_read,
        response=shapes.MarkMessagesReadResponse,
        success="noted, now or before",
    ),
)
