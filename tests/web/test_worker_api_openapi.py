"""The description of the worker API: valid, complete, and true of what the server answers."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the package has no type information
import openapi_spec_validator
import pytest

from kempelen.edges.worker import api as worker_api
from kempelen.testing.market import Kempelen

# What clients of the published core rely on: method and path, operation, parameters, statuses,
# members of the body.
CORE: dict[tuple[str, str], tuple[str, set[str], set[str], set[str]]] = {
    ("get", "/hit-groups"): (
        "listHitGroups",
        {"search", "qualified", "min_reward", "requester_id", "sort", "limit", "cursor"},
        {"200", "default"},
        set(),
    ),
    ("post", "/hit-groups/{group_id}/accept"): (
        "acceptFromGroup",
        {"group_id", "Idempotency-Key"},
        {"201", "default"},
        {"count"},
    ),
    ("get", "/assignments/{assignment_id}"): (
        "getAssignment",
        {"assignment_id"},
        {"200", "default"},
        set(),
    ),
    ("post", "/assignments/{assignment_id}/submit"): (
        "submitAssignment",
        {"assignment_id", "accept_next", "Idempotency-Key"},
        {"200", "default"},
        {"answers", "task_answers", "answer_xml", "ticket", "active_seconds"},
    ),
    ("post", "/assignments/{assignment_id}/return"): (
        "returnAssignment",
        {"assignment_id"},
        {"200", "default"},
        {"reason_code", "comment"},
    ),
}
MORE = {
    ("get", "/me"),
    ("patch", "/me/preferences"),
    ("get", "/hit-groups/{group_id}"),
    ("get", "/hit-groups/{group_id}/preview"),
    ("post", "/hits/{hit_id}/accept"),
    ("get", "/assignments"),
    ("post", "/assignments/{assignment_id}/files"),
    ("get", "/queue"),
    ("get", "/qualifications"),
    ("delete", "/qualifications/{type_id}"),
    ("get", "/qualification-types"),
    ("get", "/qualification-types/{type_id}"),
    ("post", "/qualification-types/{type_id}/requests"),
    ("delete", "/qualification-requests/{request_id}"),
    ("post", "/qualification-types/{type_id}/test"),
    ("get", "/qualification-tests/{attempt_id}"),
    ("post", "/qualification-tests/{attempt_id}/submit"),
    ("get", "/messages"),
    ("get", "/messages/{thread_id}"),
    ("post", "/messages/{thread_id}/read"),
    ("get", "/openapi.json"),
}
# Schema -> members that must be there, and members that may.
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "Money": ({"amount", "currency"}, set()),
    "HitGroup": (
        {
            "group_id",
            "hit_type_id",
            "title",
            "reward",
            "requester",
            "available",
            "assignment_duration_seconds",
            "caller",
        },
        {"description", "keywords"},
    ),
    "CallerRights": ({"can_preview", "can_accept", "reasons"}, set()),
    "RequesterSummary": ({"requester_id", "name"}, set()),
    "Assignment": (
        {"assignment_id", "hit_id", "group_id", "status", "reward", "accepted_at", "deadline"},
        {"submitted_at", "answer_sha256", "requester_feedback", "task"},
    ),
    "ProblemDocument": ({"title", "status", "code"}, {"type", "detail", "retry_after", "errors"}),
    "ListHitGroupsResponse": ({"items", "next_cursor"}, set()),
    "AcceptResponse": ({"assignments"}, set()),
    "SubmitAssignmentResponse": ({"assignment", "next"}, set()),
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(worker_api.openapi())
    return document


def resolved(described: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in item:
        found: Any = described
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        item = found
    return item


def test_it_is_valid(described: dict[str, Any]) -> None:
    openapi_spec_validator.validate(described)
    assert described["openapi"].startswith("3.1.")
    assert described["servers"] == [{"url": "/api/worker/v1"}]


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator[Kempelen]:
    """A market whose site takes files."""
    with Kempelen(tmp_path, settings={"uploads.enabled": True}) as market:
        yield market


def test_it_has_every_endpoint(described: dict[str, Any]) -> None:
    found = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert found == set(CORE) | MORE
    operation_ids = [
        operation["operationId"]
        for methods in described["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(operation_ids)) == len(operation_ids)


@pytest.mark.parametrize("endpoint", CORE, ids=" ".join)
def test_the_core_is_as_published(described: dict[str, Any], endpoint: tuple[str, str]) -> None:
    method, path = endpoint
    operation_id, parameters, statuses, members = CORE[endpoint]
    operation = described["paths"][path][method]
    assert operation["operationId"] == operation_id
    named = {resolved(described, item)["name"] for item in operation["parameters"]}
    assert parameters <= named
    assert statuses <= operation["responses"].keys()
    assert [status for status in operation["responses"] if status.startswith("2")] == [
        status for status in statuses if status.startswith("2")
    ]
    problem = resolved(described, operation["responses"]["default"])
    assert list(problem["content"]) == ["application/problem+json"]
    if members:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert set(resolved(described, body)["properties"]) == members
    else:
        assert "requestBody" not in operation


@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_are_as_published(described: dict[str, Any], name: str) -> None:
    required, others = SHAPES[name]
    schema = described["components"]["schemas"][name]
    assert required <= set(schema["required"])
    assert required | others <= set(schema["properties"])


def test_limits_and_enumerations(described: dict[str, Any]) -> None:
    listing = described["paths"]["/hit-groups"]["get"]
    schemas = {item["name"]: item["schema"] for item in listing["parameters"]}
    limit = schemas["limit"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 100, 20)
    assert schemas["qualified"]["default"] is False
    assert schemas["search"]["maxLength"] == 200
    assert schemas["sort"]["default"] == "updated_desc"
    assert set(schemas["sort"]["enum"]) == {
        f"{name}_{order}" for name in ("updated", "reward", "num_hits") for order in ("asc", "desc")
    }
    components = described["components"]
    key = components["parameters"]["IdempotencyKey"]
    assert (key["name"], key["in"]) == ("Idempotency-Key", "header")
    assert (key["schema"]["minLength"], key["schema"]["maxLength"]) == (1, 64)
    count = components["schemas"]["AcceptBody"]["properties"]["count"]
    assert (count["minimum"], count["maximum"], count["default"]) == (1, 10, 1)
    status = components["schemas"]["Assignment"]["properties"]["status"]
    assert len(status["enum"]) == 6
    reasons = components["schemas"]["ReturnBody"]["properties"]["reason_code"]
    assert set(reasons["anyOf"][0]["enum"]) == {
        "unclear",
        "broken",
        "pay",
        "not_interested",
        "other",
    }
    forms = components["schemas"]["SubmitBody"]["oneOf"]
    assert [form["required"] for form in forms] == [
        ["answers"],
        ["task_answers"],
        ["answer_xml"],
        ["ticket"],
    ]
    assert components["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_it_is_served_to_everybody(api: Any, described: dict[str, Any]) -> None:
    served = api(None, "GET", "/openapi.json")
    assert (served.status, served.body) == (200, described)
    again = api(None, "GET", "/openapi.json", If_None_Match=served.headers["etag"])
    assert again.status == 304


def test_answers_of_the_server_are_as_described(
    kempelen: Kempelen,
    api: Any,
    publish: Any,
    *,
    html_question: str,
    form_question: str,
    external_question: str,
    offer: Any,
    described: dict[str, Any],
) -> None:
    """A worker's day, good and bad turns, with every answer held against the description."""
    worker = kempelen.add_worker()
    for question, answers in (
        (html_question, {"what": "a cat"}),
        (external_question, {}),
        (form_question, {"age": "42", "toppings": ["ham"]}),
    ):
        hit = publish(question, QualificationRequirements=[_locale("US"), _locale("US", "NotIn")])
        other = publish(question, QualificationRequirements=[_locale("US")])
        group_id = other["HITGroupId"]
        api(worker, "GET", "/hit-groups?limit=1&sort=reward_asc")
        for path in (f"/hit-groups/{hit['HITGroupId']}", f"/hit-groups/{group_id}/preview"):
            api(worker, "GET", path)
        api(worker, "POST", f"/hits/{hit['HITId']}/accept")
        accepted = api(worker, "POST", f"/hit-groups/{group_id}/accept", {"count": 1})
        assignment_id = accepted.body["assignments"][0]["assignment_id"]
        api(worker, "POST", f"/hits/{other['HITId']}/accept")
        api(worker, "GET", f"/assignments/{assignment_id}")
        files = f"/assignments/{assignment_id}/files"
        form = (
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nok\r\n--b--\r\n'
        )
        parts = "multipart/form-data; boundary=b"
        api(worker, "POST", files, form, content_type=parts)
        api(worker, "POST", files, form[:20], content_type=parts)
        api(worker, "POST", f"/assignments/{assignment_id}/submit", {"answers": {"age": []}})
        api(worker, "POST", f"/assignments/{assignment_id}/submit", {"answers": answers})
        api(worker, "POST", f"/assignments/{assignment_id}/return", {"reason_code": "pay"})
        api(worker, "GET", f"/assignments/{assignment_id}")
    returned = api.accept(worker, publish(html_question))
    api(worker, "POST", f"/assignments/{returned}/return", {"reason_code": "pay"})
    for path in (
        "/assignments?limit=2",
        "/queue",
        "/messages?limit=2",
        "/me",
        "/me/preferences",
        "/assignments?limit=x",
    ):
        api(worker, "GET", path)
    api(worker, "PATCH", "/me/preferences", {"auto_accept_next": True})
    kempelen.client.send_bonus(
        WorkerId=worker.worker_id, BonusAmount="1", AssignmentId=assignment_id, Reason="Thanks"
    )
    (thread,) = api(worker, "GET", "/messages").body["items"]
    api(worker, "GET", f"/messages/{thread['thread_id']}")
    api(worker, "POST", f"/messages/{thread['thread_id']}/read")
    api(worker, "GET", "/openapi.json")
    _qualify(api, worker, offer)
    seen = {_check(described, *exchange) for exchange in api.exchanged}
    endpoints = {
        (method, path) for path, methods in described["paths"].items() for method in methods
    }
    assert seen - {None} == endpoints


def _qualify(api: Any, worker: Any, offer: Any) -> None:
    """Everything that can be done about qualifications, with good and bad turns."""
    tested = offer(with_test=True, Keywords="games, boards")
    plain = offer(Name="Go")
    api(worker, "POST", f"/qualification-types/{tested}/requests")
    attempt = api(worker, "POST", f"/qualification-types/{tested}/test").body
    address = f"/qualification-tests/{attempt['attempt_id']}"
    api(worker, "GET", address)
    api(worker, "POST", f"{address}/submit", {"answers": {"move": ["D"]}})
    api(worker, "POST", f"{address}/submit", {"answers": {"move": ["D"], "fruit": ["pears"]}})
    api(worker, "GET", address)
    api(worker, "POST", f"/qualification-types/{tested}/test")
    request = api(worker, "POST", f"/qualification-types/{plain}/requests").body
    for path in (
        "/qualifications",
        "/qualifications?state=lost",
        "/qualification-types",
        f"/qualification-types/{tested}",
        "/qualification-types/00000000000000000071",
        "/qualification-types/3UNKNOWN",
    ):
        api(worker, "GET", path)
    for path in (f"/qualification-requests/{request['request_id']}", f"/qualifications/{tested}"):
        api(worker, "DELETE", path)
        api(worker, "DELETE", path)


def _locale(country: str, comparator: str = "In") -> dict[str, Any]:
    return {
        "QualificationTypeId": "00000000000000000071",
        "Comparator": comparator,
        "LocaleValues": [{"Country": country}],
        "ActionsGuarded": "Accept",
    }


def _check(
    described: dict[str, Any], method: str, address: str, answer: Any
) -> tuple[str, str] | None:
    """Hold an answer against the description; returns the endpoint when it succeeded."""
    path = address.partition("?")[0]
    for template, verb in itertools.product(described["paths"], [method.lower()]):
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        operation = described["paths"][template].get(verb)
        if operation is not None and re.fullmatch(pattern, path):
            break
    else:
        assert answer.status in {404, 405}
        return None
    status = str(answer.status)
    response = operation["responses"].get(status, operation["responses"]["default"])
    content = resolved(described, response)["content"]
    schema = content[answer.headers["content-type"]]["schema"]
    whole = {**_closed(schema), "components": _closed(described["components"])}
    jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(answer.body)
    return (verb, template) if answer.status < 300 else None


def _closed(schema: Any) -> Any:
    """The schema where no object has members that it does not describe."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(item) for name, item in schema.items()}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
