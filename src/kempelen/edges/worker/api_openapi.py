"""The worker API described in OpenAPI 3.1, from the table of its endpoints and their shapes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec

from kempelen.api import tasks
from kempelen.api.work import WorkShape
from kempelen.api.work_requests import Query, SubmitBody, SubmitTestBody
from kempelen.edges.http import Handler
from kempelen.edges.worker import api_problems, api_reading

BASE_PATH: Final = "/api/worker/v1"
_REFERENCE: Final = "#/components/schemas/{name}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_ID_PATTERN: Final = "^[A-Z0-9]{1,64}$"
_ANSWER_FORMS: Final = {
    SubmitBody: ("answers", "task_answers", "answer_xml", "ticket"),
    SubmitTestBody: ("answers", "answer_xml"),
}
_FILE_REFERENCE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["file_id"],
    "properties": {"file_id": {"type": "string"}},
    "additionalProperties": False,
}
_FILE: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
    }
}
_ANSWER_VALUE: Final[dict[str, Any]] = {
    "description": (
        "A text, the values of a repeated field, the selections of a question, or files that were"
        " sent before."
    ),
    "oneOf": [
        {"type": "string"},
        {"type": "array", "items": {"oneOf": [{"type": "string"}, _FILE_REFERENCE]}},
        _FILE_REFERENCE,
        {
            "type": "object",
            "required": ["selections"],
            "properties": {
                "selections": {"type": "array", "items": {"type": "string"}},
                "other": {"type": "string"},
            },
        },
    ],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One address and method: what it takes, what it gives, and the handler that answers."""

    method: str
    path: str
    operation_id: str
    summary: str
    handler: Handler
    response: Any
    success: str
    status: int = HTTPStatus.OK
    query: type[Query] | None = None
    body: type[WorkShape] | None = None
    is_body_required: bool = False
    takes_key: bool = False
    takes_file: bool = False
    is_public: bool = False
    is_slow: bool = False
    """It reads a document, which takes longer than an event loop should wait."""
    has_answers: bool = False
    """Its body has answers, which may be large."""


def document(endpoints: Sequence[Endpoint], *, version: str) -> dict[str, Any]:
    """The OpenAPI document of these endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kempelen Worker API",
            "version": version,
            "description": "What workers do: find HITs, accept them, submit or return them.",
        },
        "servers": [{"url": BASE_PATH}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"IdempotencyKey": _idempotency_key()},
            "responses": {"Problem": _problem()},
            "schemas": _schemas(endpoints),
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    schema = _schema(endpoint.response)
    described: dict[str, Any] = {
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": {
            str(int(endpoint.status)): {
                "description": endpoint.success,
                "content": {"application/json": {"schema": schema}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if endpoint.method == "GET":
        described["responses"]["304"] = {"description": "unchanged since the ETag that was sent"}
    if endpoint.body is not None:
        described["requestBody"] = {
            "required": endpoint.is_body_required,
            "content": {"application/json": {"schema": _schema(endpoint.body)}},
        }
    if endpoint.takes_file:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": _FILE}}
    if endpoint.is_public:
        described["security"] = []
    return described


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _id_schema()}
        for name in _PATH_PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        shape = _components([endpoint.query])[endpoint.query.__name__]
        for name, schema in shape["properties"].items():
            parameters.append({"name": name, "in": "query", "schema": _without_null(schema)})
    if endpoint.takes_key:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    return parameters


def _id_schema() -> dict[str, Any]:
    return {"type": "string", "pattern": _ID_PATTERN}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what is absent is absent."""
    alternatives = schema.get("anyOf")
    if alternatives is None:
        return schema
    (only,) = (each for each in alternatives if each != {"type": "null"})
    return dict(only)


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": api_reading.IDEMPOTENCY_KEY,
        "in": "header",
        "description": "Recognises a repeated request for 24 hours.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": api_reading.IDEMPOTENCY_KEY_MAX,
        },
    }


def _problem() -> dict[str, Any]:
    return {
        "description": "why the request was refused",
        "content": {api_problems.MEDIA_TYPE: {"schema": _schema(api_problems.ProblemDocument)}},
    }


def _schema(shape: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return dict(schema)


def _schemas(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    shapes = [endpoint.response for endpoint in endpoints]
    shapes += [endpoint.body for endpoint in endpoints if endpoint.body is not None]
    shapes = [shape for shape in shapes if shape is not tasks.Task]
    schemas = _components([*shapes, api_problems.ProblemDocument])
    # Operations speak of a task by its document; what this API shows of it has the same name.
    schemas |= _components([tasks.Task])
    schemas["AnswerValue"] = _ANSWER_VALUE
    for body, forms in _ANSWER_FORMS.items():
        schemas[body.__name__]["oneOf"] = [
            {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in forms
        ]
    return schemas


def _components(shapes: Sequence[Any]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    return dict(components)
