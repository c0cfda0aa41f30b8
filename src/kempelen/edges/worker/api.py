"""The worker API below `/api/worker/v1`: the table of its endpoints, and their routes.

Described for people in docs/reference/worker-api.md, for programs in `openapi.json`.
"""

from functools import cache, partial
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path

from kempelen.api import tasks, work
from kempelen.api.work_requests import (
    AcceptBody,
    AssignmentsQuery,
    GroupsQuery,
    PreferencesBody,
    ReturnBody,
    SubmitBody,
    SubmitQuery,
)
from kempelen.edges.http import Edge, Incoming
from kempelen.edges.worker import (
    api_calls,
    api_messages,
    api_openapi,
    api_problems,
    api_qualifications,
)
from kempelen.edges.worker.api_openapi import BASE_PATH, Endpoint
from kempelen.operations.app import App

VERSION: Final = "1"
# What surrounds the answers in the JSON of a submission.
ENVELOPE_BYTES: Final = 65_536
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _described(app: App, incoming: Incoming) -> Response:
    del app
    return api_calls.reading(incoming, openapi())


# In the order in which they are looked for: what is called most comes first.
ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path="/assignments/{assignment_id}/submit",
        operation_id="submitAssignment",
        summary="Hand in the work.",
        handler=api_calls.submit,
        has_answers=True,
        query=SubmitQuery,
        body=SubmitBody,
        is_body_required=True,
        takes_key=True,
        response=work.SubmitAssignmentResponse,
        success="submitted, now or before",
    ),
    Endpoint(
        method="POST",
        path="/hit-groups/{group_id}/accept",
        operation_id="acceptFromGroup",
        summary="Accept HITs of a group, chosen at random.",
        handler=api_calls.accept_from_group,
        body=AcceptBody,
        takes_key=True,
        response=work.AcceptResponse,
        status=HTTPStatus.CREATED,
        success="at least one HIT was accepted",
    ),
    Endpoint(
        method="GET",
        path="/assignments/{assignment_id}",
        operation_id="getAssignment",
        summary="Show an own assignment, with its task while it is assigned.",
        handler=api_calls.get_assignment,
        is_slow=True,
        response=work.Assignment,
        success="the assignment",
    ),
    Endpoint(
        method="POST",
        path="/hits/{hit_id}/accept",
        operation_id="acceptHit",
        summary="Accept one given HIT.",
        handler=api_calls.accept_hit,
        takes_key=True,
        response=work.AcceptResponse,
        status=HTTPStatus.CREATED,
        success="the HIT was accepted",
    ),
    Endpoint(
        method="GET",
        path="/hit-groups",
        operation_id="listHitGroups",
        summary="List the groups with open HITs that the caller may see.",
        handler=api_calls.list_hit_groups,
        query=GroupsQuery,
        response=work.ListHitGroupsResponse,
        success="a page of groups",
    ),
    Endpoint(
        method="GET",
        path="/hit-groups/{group_id}",
        operation_id="getHitGroup",
        summary="Show a group with its requirements and the caller's own values.",
        handler=api_calls.get_hit_group,
        response=work.HitGroup,
        success="the group",
    ),
    Endpoint(
        method="GET",
        path="/hit-groups/{group_id}/preview",
        operation_id="previewHitGroup",
        summary="Show the task of some HIT of a group; nothing is accepted.",
        handler=api_calls.preview,
        is_slow=True,
        response=tasks.Task,
        success="a task in preview",
    ),
    Endpoint(
        method="GET",
        path="/assignments",
        operation_id="listAssignments",
        summary="List own assignments, newest first.",
        handler=api_calls.list_assignments,
        query=AssignmentsQuery,
        response=work.ListMyAssignmentsResponse,
        success="a page of assignments, without tasks",
    ),
    Endpoint(
        method="POST",
        path="/assignments/{assignment_id}/files",
        operation_id="uploadFile",
        summary="Send a file, to be named in the answers.",
        handler=api_calls.upload_file,
        takes_file=True,
        response=work.UploadFileResponse,
        status=HTTPStatus.CREATED,
        success="the file is kept until the work is handed in or given back",
    ),
    Endpoint(
        method="POST",
        path="/assignments/{assignment_id}/return",
        operation_id="returnAssignment",
        summary="Give a HIT back.",
        handler=api_calls.return_assignment,
        body=ReturnBody,
        takes_key=True,
        response=work.Assignment,
        success="returned",
    ),
    Endpoint(
        method="GET",
        path="/queue",
        operation_id="listQueue",
        summary="List the HITs that the caller holds, the nearest deadline first.",
        handler=api_calls.list_queue,
        response=work.ListQueueResponse,
        success="the queue, its limit and the sum of the rewards",
    ),
    Endpoint(
        method="GET",
        path="/me",
        operation_id="getMe",
        summary="Show the caller's profile, limits and figures.",
        handler=api_calls.get_me,
        response=work.GetMeResponse,
        success="the profile",
    ),
    Endpoint(
        method="PATCH",
        path="/me/preferences",
        operation_id="updatePreferences",
        summary="Change preferences; absent ones stay.",
        handler=api_calls.update_preferences,
        body=PreferencesBody,
        is_body_required=True,
        response=work.UpdatePreferencesResponse,
        success="the preferences as they are now",
    ),
    *api_qualifications.ENDPOINTS,
    *api_messages.ENDPOINTS,
    Endpoint(
        method="GET",
        path="/openapi.json",
        operation_id="getOpenAPI",
        summary="Describe this API.",
        handler=_described,
        response=dict[str, Any],
        success="this document",
        is_public=True,
    ),
)


@cache
def openapi() -> bytes:
    """The description of this API, as `openapi.json` gives it."""
    described = api_openapi.document(ENDPOINTS, version=VERSION)
    return msgspec.json.format(msgspec.json.encode(described), indent=2)


def routes(app: App) -> list[BaseRoute]:
    """The routes of every endpoint, and one that refuses all other addresses below the base."""
    make = partial(Edge, app=app, failure=api_problems.failure, headers=_HEADERS)
    quick = make(is_quick=True)
    slow = make()
    size = app.settings.answers.max_bytes + ENVELOPE_BYTES
    files = make(intake=api_calls.file_intake)
    found: list[BaseRoute] = []
    for endpoint in ENDPOINTS:
        edge = slow if endpoint.is_slow else quick
        if endpoint.has_answers:
            edge = make(is_quick=not endpoint.is_slow, body_bytes_max=size)
        elif endpoint.takes_file:
            edge = files
        found.append(edge.route(BASE_PATH + endpoint.path, endpoint.handler, endpoint.method))
    return [*found, quick.route(BASE_PATH + "{rest:path}", _elsewhere, *_METHODS)]


def _elsewhere(app: App, incoming: Incoming) -> Response:
    del app
    path = incoming.path.removeprefix(BASE_PATH)
    allowed = [
        endpoint.method for endpoint in ENDPOINTS if compile_path(endpoint.path)[0].match(path)
    ]
    if allowed:
        raise api_problems.method_not_allowed(allowed)
    raise api_problems.not_found()
