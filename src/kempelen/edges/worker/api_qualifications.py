"""The worker API's part for qualifications: its handlers, and the table of its endpoints."""

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

from kempelen.api import own_qualifications as shapes
from kempelen.api.own_qualifications import (
    CancelQualificationRequestRequest,
    GetTestRequest,
    GiveBackQualificationRequest,
    ListOwnQualificationsRequest,
    OwnAttempt,
    QualificationTest,
    RequestQualificationRequest,
    SearchQualificationTypesRequest,
    ShowQualificationTypeRequest,
    StartTestRequest,
    SubmitTestRequest,
)
from kempelen.api.work_requests import (
    QualificationsQuery,
    QualificationTypesQuery,
    SubmitTestBody,
)
from kempelen.domain.question import QuestionForm
from kempelen.edges.http import Call, Incoming
from kempelen.edges.worker import api_calls, api_problems, api_reading, api_tasks
from kempelen.edges.worker.api_openapi import Endpoint
from kempelen.formats import question as question_format
from kempelen.operations import dispatch, own_qualifications, qualifying, registry
from kempelen.operations.app import App

_SEARCH: Final = registry.of(own_qualifications.search_qualification_types)
_SHOW: Final = registry.of(own_qualifications.show_qualification_type)
_LIST_OWN: Final = registry.of(own_qualifications.list_own_qualifications)
_GET_TEST: Final = registry.of(own_qualifications.get_test)
_REQUEST: Final = registry.of(qualifying.request_qualification)
_START: Final = registry.of(qualifying.start_test)
_SUBMIT: Final = registry.of(qualifying.submit_test)
_CANCEL: Final = registry.of(qualifying.cancel_qualification_request)
_GIVE_BACK: Final = registry.of(qualifying.give_back_qualification)
_submit_body = msgspec.json.Decoder(SubmitTestBody)


def search_types(app: App, incoming: Incoming) -> Call:
    """`GET /qualification-types`."""
    caller = api_reading.caller(app, incoming)
    query = api_reading.query(incoming, QualificationTypesQuery)
    request = SearchQualificationTypesRequest(
        search=query.search,
        requestable=query.requestable,
        has_test=query.has_test,
        auto_granted=query.auto_granted,
        limit=query.limit,
        cursor=query.cursor,
    )
    return Call(operation=_SEARCH, caller=caller, request=request, render=api_calls.shown(incoming))


def show_type(app: App, incoming: Incoming) -> Response:
    """`GET /qualification-types/{type_id}`; on the thread pool, because it reads a document."""
    caller = api_calls.reader(app, incoming)
    request = ShowQualificationTypeRequest(qualification_type_id=incoming.params["type_id"])
    found = dispatch.run(app, _SHOW, caller, request)
    return api_calls.shown(incoming)(found.qualification_type)


def list_own(app: App, incoming: Incoming) -> Call:
    """`GET /qualifications`."""
    caller = api_reading.caller(app, incoming)
    query = api_reading.query(incoming, QualificationsQuery)
    request = ListOwnQualificationsRequest(
        states=() if query.state is None else tuple(query.state.split(",")),
        limit=query.limit,
        cursor=query.cursor,
    )
    return Call(
        operation=_LIST_OWN, caller=caller, request=request, render=api_calls.shown(incoming)
    )


def request(app: App, incoming: Incoming) -> Call:
    """`POST /qualification-types/{type_id}/requests`."""
    caller = api_reading.caller(app, incoming)
    wanted = RequestQualificationRequest(
        qualification_type_id=incoming.params["type_id"],
        idempotency_key=api_reading.idempotency_key(incoming),
    )
    return Call(
        operation=_REQUEST,
        caller=caller,
        request=wanted,
        render=lambda result: api_calls.created(result.request),
    )


def cancel(app: App, incoming: Incoming) -> Call:
    """`DELETE /qualification-requests/{request_id}`."""
    caller = api_calls.reader(app, incoming)
    return Call(
        operation=_CANCEL,
        caller=caller,
        request=CancelQualificationRequestRequest(request_id=incoming.params["request_id"]),
        render=lambda result: api_calls.ok(result.request),
    )


def start_test(app: App, incoming: Incoming) -> Response:
    """`POST /qualification-types/{type_id}/test`; on the thread pool: it reads a document."""
    caller = api_reading.caller(app, incoming)
    api_reading.idempotency_key(incoming)
    wanted = StartTestRequest(qualification_type_id=incoming.params["type_id"])
    return api_calls.created(_test(dispatch.run(app, _START, caller, wanted)))


def get_test(app: App, incoming: Incoming) -> Response:
    """`GET /qualification-tests/{attempt_id}`; on the thread pool, because it reads a document."""
    caller = api_calls.reader(app, incoming)
    wanted = GetTestRequest(request_id=incoming.params["attempt_id"])
    return api_calls.shown(incoming)(_test(dispatch.run(app, _GET_TEST, caller, wanted)))


def submit_test(app: App, incoming: Incoming) -> Response:
    """`POST /qualification-tests/{attempt_id}/submit`; on the thread pool: it reads documents."""
    caller = api_reading.caller(app, incoming)
    api_reading.idempotency_key(incoming)
    body = api_reading.body(incoming, _submit_body)
    if (body.answers is None) is (body.answer_xml is None):
        raise api_problems.invalid("answers", "Send one of answers and answer_xml.")
    if body.answers is not None:
        api_reading.check_depth(body.answers)
    wanted = SubmitTestRequest(
        request_id=incoming.params["attempt_id"],
        answers=body.answers,
        answer_xml=body.answer_xml,
    )
    return api_calls.ok(dispatch.run(app, _SUBMIT, caller, wanted).request)


def give_back(app: App, incoming: Incoming) -> Call:
    """`DELETE /qualifications/{type_id}`."""
    caller = api_calls.reader(app, incoming)
    return Call(
        operation=_GIVE_BACK,
        caller=caller,
        request=GiveBackQualificationRequest(qualification_type_id=incoming.params["type_id"]),
        render=lambda result: api_calls.ok(result.qualification_type),
    )


def _test(attempt: OwnAttempt) -> QualificationTest:
    """An attempt with its questions as this API shows them."""
    parsed = None if attempt.question is None else question_format.stored(attempt.question)
    return QualificationTest(
        attempt_id=attempt.request.request_id,
        name=attempt.name,
        requester=attempt.requester,
        duration_seconds=attempt.duration_seconds,
        request=attempt.request,
        question_form=api_tasks.form(parsed) if isinstance(parsed, QuestionForm) else None,
    )


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/qualifications",
        operation_id="listQualifications",
        summary="List own qualifications and open requests.",
        handler=list_own,
        query=QualificationsQuery,
        response=shapes.ListOwnQualificationsResponse,
        success="a page of types with the caller's state, open requests first",
    ),
    Endpoint(
        method="DELETE",
        path="/qualifications/{type_id}",
        operation_id="giveBackQualification",
        summary="Give a qualification back.",
        handler=give_back,
        response=shapes.QualificationType,
        success="given back",
    ),
    Endpoint(
        method="GET",
        path="/qualification-types",
        operation_id="listQualificationTypes",
        summary="List the qualification types that workers can find, by name.",
        handler=search_types,
        query=QualificationTypesQuery,
        response=shapes.SearchQualificationTypesResponse,
        success="a page of types",
    ),
    Endpoint(
        method="GET",
        path="/qualification-types/{type_id}",
        operation_id="getQualificationType",
        summary="Show a type with the caller's own state.",
        handler=show_type,
        is_slow=True,
        response=shapes.QualificationType,
        success="the type",
    ),
    Endpoint(
        method="POST",
        path="/qualification-types/{type_id}/requests",
        operation_id="requestQualification",
        summary="Request a type that has no test.",
        handler=request,
        takes_key=True,
        response=shapes.QualificationRequest,
        status=HTTPStatus.CREATED,
        success="granted at once, or submitted to the requester",
    ),
    Endpoint(
        method="DELETE",
        path="/qualification-requests/{request_id}",
        operation_id="cancelQualificationRequest",
        summary="Withdraw a request, or break a test off.",
        handler=cancel,
        response=shapes.QualificationRequest,
        success="cancelled",
    ),
    Endpoint(
        method="POST",
        path="/qualification-types/{type_id}/test",
        operation_id="startQualificationTest",
        summary="Begin the test of a type, or go on with it.",
        handler=start_test,
        is_slow=True,
        takes_key=True,
        response=QualificationTest,
        status=HTTPStatus.CREATED,
        success="the test is running",
    ),
    Endpoint(
        method="GET",
        path="/qualification-tests/{attempt_id}",
        operation_id="getQualificationTest",
        summary="Show an own attempt, with its questions while it is running.",
        handler=get_test,
        is_slow=True,
        response=QualificationTest,
        success="the attempt",
    ),
    Endpoint(
        method="POST",
        path="/qualification-tests/{attempt_id}/submit",
        operation_id="submitQualificationTest",
        summary="Hand in the answers to a test.",
        handler=submit_test,
        is_slow=True,
        has_answers=True,
        body=SubmitTestBody,
        is_body_required=True,
        takes_key=True,
        response=shapes.QualificationRequest,
        success="graded and granted, or submitted to the requester; also when repeated",
    ),
)
