"""The handlers of the worker API: authenticate, build the request of an operation, render."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn

import msgspec
from starlette.responses import Response

from kempelen import blobs
from kempelen.api.work import (
    AcceptFromGroupRequest,
    AcceptHitRequest,
    GetHitGroupRequest,
    GetMeRequest,
    GetMyAssignmentRequest,
    ListHitGroupsRequest,
    ListMyAssignmentsRequest,
    ListQueueRequest,
    PreviewHitRequest,
    PreviewHitResponse,
    ReturnAssignmentRequest,
    SubmitAssignmentRequest,
    UpdatePreferencesRequest,
    UploadFileResponse,
)
from kempelen.api.work_requests import (
    AcceptBody,
    AssignmentsQuery,
    GroupsQuery,
    PreferencesBody,
    Query,
    ReturnBody,
    SubmitBody,
    SubmitQuery,
)
from kempelen.domain import errors, work_errors
from kempelen.domain.people import WorkerCaller
from kempelen.edges.http import Call, Incoming
from kempelen.edges.web import frames
from kempelen.edges.worker import api_problems, api_reading, api_tasks, multipart, uploading
from kempelen.operations import dispatch, finding, own_work, profile, registry, work
from kempelen.operations.app import App

FIELDS_BYTES: Final = 65_536
"""What may come beside a file."""
_JSON: Final = "application/json"
_ACCEPT: Final = registry.of(work.accept_from_group)
_ACCEPT_HIT: Final = registry.of(work.accept_hit)
_SUBMIT: Final = registry.of(work.submit_assignment)
_RETURN: Final = registry.of(work.return_assignment)
_LIST_GROUPS: Final = registry.of(finding.list_hit_groups)
_GET_GROUP: Final = registry.of(finding.get_hit_group)
_PREVIEW: Final = registry.of(finding.preview_hit)
_LIST_ASSIGNMENTS: Final = registry.of(own_work.list_my_assignments)
_GET_ASSIGNMENT: Final = registry.of(own_work.get_my_assignment)
_LIST_QUEUE: Final = registry.of(own_work.list_queue)
_GET_ME: Final = registry.of(profile.get_me)
_UPDATE_PREFERENCES: Final = registry.of(profile.update_preferences)
_accept_body = msgspec.json.Decoder(AcceptBody)
_submit_body = msgspec.json.Decoder(SubmitBody)
_return_body = msgspec.json.Decoder(ReturnBody)
_preferences_body = msgspec.json.Decoder(PreferencesBody)
_ONE_HIT: Final = AcceptBody()
_NO_REASON: Final = ReturnBody()
_SUBMIT_ALONE: Final = SubmitQuery()
_encode = msgspec.json.Encoder().encode


def accept_from_group(app: App, incoming: Incoming) -> Call:
    """`POST /hit-groups/{group_id}/accept`."""
    caller = api_reading.caller(app, incoming)
    body = api_reading.body(incoming, _accept_body, _ONE_HIT)
    request = AcceptFromGroupRequest(
        group_id=incoming.params["group_id"],
        count=body.count,
        idempotency_key=api_reading.idempotency_key(incoming),
    )
    return Call(operation=_ACCEPT, caller=caller, request=request, render=created)


def accept_hit(app: App, incoming: Incoming) -> Call:
    """`POST /hits/{hit_id}/accept`."""
    caller = api_reading.caller(app, incoming)
    request = AcceptHitRequest(
        hit_id=incoming.params["hit_id"], idempotency_key=api_reading.idempotency_key(incoming)
    )
    return Call(operation=_ACCEPT_HIT, caller=caller, request=request, render=created)


def submit(app: App, incoming: Incoming) -> Call:
    """`POST /assignments/{assignment_id}/submit`."""
    caller = api_reading.caller(app, incoming)
    api_reading.idempotency_key(incoming)
    query = api_reading.query(incoming, SubmitQuery) if incoming.query else _SUBMIT_ALONE
    body = api_reading.body(incoming, _submit_body)
    _check_forms(body)
    request = SubmitAssignmentRequest(
        assignment_id=incoming.params["assignment_id"],
        answers=body.answers,
        task_answers=body.task_answers,
        answer_xml=body.answer_xml,
        ticket=body.ticket,
        accept_next=query.accept_next,
    )
    return Call(operation=_SUBMIT, caller=caller, request=request, render=ok)


def upload_file(app: App, incoming: Incoming) -> Response:
    """`POST /assignments/{assignment_id}/files`; the caller was known before the body came."""
    caller = api_reading.caller(app, incoming)
    if not isinstance(incoming.sink, multipart.Form):
        raise api_problems.invalid("file", "Send multipart/form-data with one file.")
    try:
        posted = incoming.sink.finished()
    except multipart.Unreadable:
        raise api_problems.malformed("The multipart body is cut off.") from None
    except multipart.FilesNotAccepted:
        raise work_errors.UploadsOff from None
    received = multipart.files_of(posted)
    if len(received) != 1:
        raise api_problems.invalid("file", "Send one file that is not empty.")
    name, file = received[0]
    assignment_id = incoming.params["assignment_id"]
    keys: tuple[str, ...] = ()
    if uploading.is_awaited(app, caller, assignment_id):
        problem = uploading.problem_of(app, file)
        if problem is not None:
            raise work_errors.FileRefused(problem=problem)
        try:
            keys = uploading.keep(app, caller, assignment_id, [(name, file)])
        except blobs.BlobError:
            raise errors.ServiceFault from None
    if not keys:
        raise work_errors.NotAssigned(state="submitted")
    shown = UploadFileResponse(
        file_id=keys[0], size=file.size_bytes, sha256=file.sha256, media_type=file.media_type()
    )
    return created(shown)


def file_intake(app: App, incoming: Incoming) -> multipart.Form | None:
    """Only a worker whose token is good may send a file at all."""
    api_reading.caller(app, incoming)
    content_type = incoming.headers.get("content-type", "")
    if not multipart.is_multipart(content_type):
        return None
    try:
        return multipart.Form(content_type, multipart.limits(app.settings.uploads, FIELDS_BYTES))
    except multipart.Unreadable:
        raise api_problems.malformed("The content type names no boundary.") from None


def _check_forms(body: SubmitBody) -> None:
    """Answers come in exactly one form."""
    forms = (body.answers, body.task_answers, body.answer_xml, body.ticket)
    if forms.count(None) != len(forms) - 1:
        raise api_problems.invalid(
            "answers", "Send one of answers, task_answers, answer_xml and ticket."
        )
    for mapping in (body.answers, body.task_answers):
        if mapping is not None:
            api_reading.check_depth(mapping)


def return_assignment(app: App, incoming: Incoming) -> Call:
    """`POST /assignments/{assignment_id}/return`."""
    caller = api_reading.caller(app, incoming)
    api_reading.idempotency_key(incoming)
    body = api_reading.body(incoming, _return_body, _NO_REASON)
    request = ReturnAssignmentRequest(
        assignment_id=incoming.params["assignment_id"],
        reason_code=body.reason_code,
        comment=body.comment,
    )
    return Call(
        operation=_RETURN,
        caller=caller,
        request=request,
        render=lambda result: ok(result.assignment),
    )


def list_hit_groups(app: App, incoming: Incoming) -> Call:
    """`GET /hit-groups`."""
    caller = api_reading.caller(app, incoming)
    query = api_reading.query(incoming, GroupsQuery)
    request = ListHitGroupsRequest(
        search=query.search,
        qualified=query.qualified,
        min_reward=query.min_reward,
        keyword=query.keyword,
        requester_id=query.requester_id,
        sort=query.sort,
        limit=query.limit,
        cursor=query.cursor,
    )
    return Call(operation=_LIST_GROUPS, caller=caller, request=request, render=shown(incoming))


def get_hit_group(app: App, incoming: Incoming) -> Call:
    """`GET /hit-groups/{group_id}`."""
    caller = reader(app, incoming)
    request = GetHitGroupRequest(group_id=incoming.params["group_id"])
    show = shown(incoming)
    return Call(
        operation=_GET_GROUP,
        caller=caller,
        request=request,
        render=lambda result: show(result.group),
    )


def preview(app: App, incoming: Incoming) -> Response:
    """`GET /hit-groups/{group_id}/preview`; on the thread pool, because it reads a document."""
    caller = reader(app, incoming)
    request = PreviewHitRequest(group_id=incoming.params["group_id"])
    found: PreviewHitResponse = dispatch.run(app, _PREVIEW, caller, request)
    if found.task is None:
        _refuse_preview(found)
    task = api_tasks.shown(
        app,
        found.task,
        worker_id=caller.worker.worker_id,
        expires_at=app.clock.now() + frames.LEEWAY,
    )
    return shown(incoming)(task)


def _refuse_preview(found: PreviewHitResponse) -> NoReturn:
    if found.group.caller.can_preview:
        raise work_errors.NoAssignments
    raise work_errors.NotQualified(
        [
            (item.qualification_type_id, item.in_words)
            for item in found.group.requirements
            if not item.met
        ]
    )


def list_assignments(app: App, incoming: Incoming) -> Call:
    """`GET /assignments`."""
    caller = api_reading.caller(app, incoming)
    query = api_reading.query(incoming, AssignmentsQuery)
    request = ListMyAssignmentsRequest(
        statuses=() if query.status is None else tuple(query.status.split(",")),
        limit=query.limit,
        cursor=query.cursor,
    )
    return Call(operation=_LIST_ASSIGNMENTS, caller=caller, request=request, render=shown(incoming))


def get_assignment(app: App, incoming: Incoming) -> Response:
    """`GET /assignments/{assignment_id}`; on the thread pool, because it reads a document."""
    caller = reader(app, incoming)
    request = GetMyAssignmentRequest(assignment_id=incoming.params["assignment_id"])
    assignment = dispatch.run(app, _GET_ASSIGNMENT, caller, request).assignment
    if assignment.task is not None:
        deadline = datetime.fromisoformat(assignment.deadline)
        task = api_tasks.shown(
            app,
            assignment.task,
            worker_id=caller.worker.worker_id,
            expires_at=deadline + frames.LEEWAY,
        )
        assignment = msgspec.structs.replace(assignment, task=task)
    return shown(incoming)(assignment)


def list_queue(app: App, incoming: Incoming) -> Call:
    """`GET /queue`."""
    caller = reader(app, incoming)
    return Call(
        operation=_LIST_QUEUE, caller=caller, request=ListQueueRequest(), render=shown(incoming)
    )


def get_me(app: App, incoming: Incoming) -> Call:
    """`GET /me`."""
    caller = reader(app, incoming)
    return Call(operation=_GET_ME, caller=caller, request=GetMeRequest(), render=shown(incoming))


def update_preferences(app: App, incoming: Incoming) -> Call:
    """`PATCH /me/preferences`."""
    caller = api_reading.caller(app, incoming)
    body = api_reading.body(incoming, _preferences_body)
    request = UpdatePreferencesRequest(auto_accept_next=body.auto_accept_next)
    return Call(operation=_UPDATE_PREFERENCES, caller=caller, request=request, render=ok)


def reading(incoming: Incoming, body: bytes) -> Response:
    """The answer to a GET: the body, or 304 when the client has it already."""
    tag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
    known = incoming.headers.get("if-none-match")
    if known is not None and _names(known, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag})
    return Response(body, headers={"etag": tag}, media_type=_JSON)


def _names(header: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag in tags or "*" in tags


def reader(app: App, incoming: Incoming) -> WorkerCaller:
    """The caller of an address that has no query."""
    caller = api_reading.caller(app, incoming)
    if incoming.query:
        api_reading.query(incoming, Query)
    return caller


def shown(incoming: Incoming) -> Callable[[Any], Response]:
    """What renders the answer to a GET."""
    return lambda result: reading(incoming, _encode(result))


def ok(result: object) -> Response:
    """The answer to something that was done."""
    return Response(_encode(result), media_type=_JSON)


def created(result: object) -> Response:
    """The answer to something that was made."""
    return Response(_encode(result), HTTPStatus.CREATED, media_type=_JSON)
