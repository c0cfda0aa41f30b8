"""The contract in the format in which botocore reads services, made from the shapes.

botocore, boto3 and the AWS CLI take any service that they find as such documents in a folder of
`AWS_DATA_PATH`. Nothing here is copied from the model that they bring; tests prove them equal.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin
from typing import get_type_hints as hints_of

import msgspec

from kempelen.api import catalogue, types, wording
from kempelen.api.shape import Integer, Long, Shape, Timestamp

Document = dict[str, Any]

#: The name of the client, and of the folder in which botocore looks for it.
SERVICE: Final = "mturk"
API_VERSION: Final = "2017-01-17"
_ERROR_MEMBERS: Final = {"Message": "ExceptionMessage", "TurkErrorCode": "TurkErrorCode"}
_ERRORS: Final = {
    "ServiceFault": "The server failed; the same request may succeed later.",
    "RequestError": "The request cannot be carried out; TurkErrorCode says why.",
}
_SCALARS: Final[Mapping[str, object]] = {
    "Boolean": bool,
    "Integer": Integer,
    "Long": Long,
    "String": str,
    "Timestamp": Timestamp,
    **{name: hint for name, hint in vars(types).items() if get_origin(hint) is Annotated},
}
# All others change nothing more when they are done once more, which clients are told.
_NOT_IDEMPOTENT: Final = frozenset(
    {
        "AcceptQualificationRequest",
        "AssociateQualificationWithWorker",
        "CreateAdditionalAssignmentsForHIT",
        "CreateHIT",
        "CreateHITWithHITType",
        "CreateQualificationType",
        "CreateWorkerBlock",
        "DisassociateQualificationFromWorker",
        "NotifyWorkers",
        "RejectQualificationRequest",
        "SendBonus",
        "SendTestEventNotification",
        "UpdateQualificationType",
    }
)
_DEPRECATED: Final = {"RequiredToPreview"}
# Members of the older API, which clients of this version cannot send.
_BEYOND_THE_MODEL: Final = {"ListReviewPolicyResultsForHITRequest": {"AssignmentId", "PolicyLevel"}}


def documents() -> dict[str, Document]:
    """Every document of the service, by the name of its file without `.json`."""
    return {
        "service-2": service(),
        "paginators-1": paginators(),
        "endpoint-rule-set-1": endpoint_rules(),
    }


def service() -> Document:
    """The operations with the shapes that they take, give and fail with."""
    shapes: dict[str, Document] = {name: _error(name) for name in _ERRORS}
    shapes |= {name: {"type": "string"} for name in _ERROR_MEMBERS.values()}
    operations = {
        name: _operation(name, *pair, shapes) for name, pair in sorted(catalogue.OPERATIONS.items())
    }
    return {
        "version": "2.0",
        "metadata": {
            "apiVersion": API_VERSION,
            "auth": ["aws.auth#sigv4"],
            "endpointPrefix": "mturk-requester",
            "jsonVersion": "1.1",
            "protocol": "json",
            "protocols": ["json"],
            "serviceAbbreviation": "Amazon MTurk",
            "serviceFullName": "Amazon Mechanical Turk",
            "serviceId": "MTurk",
            "signatureVersion": "v4",
            "targetPrefix": "MTurkRequesterServiceV20170117",
            "uid": f"mturk-requester-{API_VERSION}",
        },
        "operations": operations,
        "shapes": dict(sorted(shapes.items())),
        "documentation": _paragraph(
            "The Requester API of Mechanical Turk, as Kempelen serves it: publish HITs, review "
            "the work, pay for it."
        ),
    }


def paginators() -> Document:
    """The listings that `client.get_paginator` walks: those whose pages are one list."""
    found: Document = {}
    for name, (request, response) in sorted(catalogue.OPERATIONS.items()):
        lists = [
            field.encode_name
            for field in msgspec.structs.fields(response)
            if get_origin(_bare(hints_of(response, include_extras=True)[field.name])) is tuple
        ]
        if "next_token" in request.__struct_fields__ and len(lists) == 1:
            found[name] = {
                "input_token": "NextToken",
                "output_token": "NextToken",
                "limit_key": "MaxResults",
                "result_key": lists[0],
            }
    return {"pagination": found}


def endpoint_rules() -> Document:
    """Where a client goes: to the endpoint that it is given, else where it always went."""
    region: Document = {"ref": "Region"}
    is_sandbox = {"fn": "stringEquals", "argv": [region, "sandbox"]}
    partition = {"fn": "aws.partition", "argv": [region], "assign": "PartitionResult"}
    default = "https://mturk-requester.{Region}.{PartitionResult#dnsSuffix}"
    sandbox = "https://mturk-requester-sandbox.us-east-1.amazonaws.com"
    return {
        "version": "1.0",
        "parameters": {
            "Region": _parameter("AWS::Region", "string", "The region."),
            "UseDualStack": _switch("AWS::UseDualStack", "Has no effect."),
            "UseFIPS": _switch("AWS::UseFIPS", "Has no effect."),
            "Endpoint": _parameter("SDK::Endpoint", "string", "The address of the server."),
        },
        "rules": [
            _rule({"ref": "Endpoint"}, {"fn": "isSet", "argv": [{"ref": "Endpoint"}]}),
            _rule(sandbox, {"fn": "isSet", "argv": [region]}, is_sandbox),
            _rule(default, {"fn": "isSet", "argv": [region]}, partition),
            {
                "conditions": [],
                "error": "Set AWS_ENDPOINT_URL_MTURK to the address of the server",
                "type": "error",
            },
        ],
    }


def _parameter(built_in: str, kind: str, documentation: str) -> Document:
    return {
        "builtIn": built_in,
        "required": False,
        "documentation": documentation,
        "type": kind,
    }


def _switch(built_in: str, documentation: str) -> Document:
    return {**_parameter(built_in, "boolean", documentation), "required": True, "default": False}


def _rule(url: object, *conditions: Document) -> Document:
    return {
        "conditions": list(conditions),
        "endpoint": {"url": url, "properties": {}, "headers": {}},
        "type": "endpoint",
    }


def _operation(
    name: str, request: type[Shape], response: type[Shape], shapes: dict[str, Document]
) -> Document:
    described: Document = {
        "name": name,
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": _name(request, shapes)},
        "output": {"shape": _name(response, shapes)},
        "errors": [{"shape": error} for error in _ERRORS],
        "documentation": _paragraph(wording.OPERATIONS[name]),
    }
    return described if name in _NOT_IDEMPOTENT else {**described, "idempotent": True}


def _name(hint: object, shapes: dict[str, Document]) -> str:
    """The name of a type; what it is has been added to the shapes."""
    hint = _bare(hint)
    if isinstance(hint, type) and issubclass(hint, Shape):
        if hint.__name__ not in shapes:
            shapes[hint.__name__] = {}  # its place, should it contain itself
            shapes[hint.__name__] = _structure(hint, shapes)
        return hint.__name__
    if get_origin(hint) is tuple:
        item = _name(get_args(hint)[0], shapes)
        shapes[f"{item}List"] = {"type": "list", "member": {"shape": item}}
        return f"{item}List"
    name = next(name for name, scalar in _SCALARS.items() if scalar == hint)
    shapes[name] = _scalar(hint)
    return name


def _bare(hint: object) -> object:
    """A type without `| None`."""
    if get_origin(hint) in (Union, UnionType):
        return next(each for each in get_args(hint) if each is not NoneType)
    return hint


def _structure(shape: type[Shape], shapes: dict[str, Document]) -> Document:
    hints = hints_of(shape, include_extras=True)
    left_out = _BEYOND_THE_MODEL.get(shape.__name__, ())
    fields = [field for field in msgspec.structs.fields(shape) if field.encode_name not in left_out]
    described: Document = {
        "type": "structure",
        "members": {
            field.encode_name: _member(field.encode_name, _name(hints[field.name], shapes))
            for field in fields
        },
        "documentation": _paragraph(str(shape.__doc__)),
    }
    required = [field.encode_name for field in fields if field.required]
    return {**described, "required": required} if required else described


def _member(name: str, shape: str) -> Document:
    described: Document = {
        "shape": shape,
        "documentation": _paragraph(wording.MEMBERS[name]),
    }
    return {**described, "deprecated": True} if name in _DEPRECATED else described


def _scalar(hint: object) -> Document:
    python, *metas = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if hint == Timestamp:
        return {"type": "timestamp"}
    if python is int:
        described: Document = {"type": "long" if hint == Long else "integer"}
    else:
        described = {"type": "boolean" if python is bool else "string"}
    for meta in metas:
        described |= _limits(meta)
    return described


def _limits(meta: msgspec.Meta) -> Document:
    """The constraints of a marker; a width is none."""
    extra = meta.extra or {}
    if "width" in extra:
        return {}
    limits = {
        "min": meta.min_length if meta.ge is None else meta.ge,
        "max": meta.max_length if meta.le is None else meta.le,
        "pattern": extra.get("regex"),
        "enum": list(extra["values"]) if "values" in extra else None,
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


def _error(name: str) -> Document:
    described: Document = {
        "type": "structure",
        "members": {member: {"shape": shape} for member, shape in _ERROR_MEMBERS.items()},
        "documentation": _paragraph(_ERRORS[name]),
        "exception": True,
    }
    return {**described, "fault": True} if name == "ServiceFault" else described


def _paragraph(text: str) -> str:
    return f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"
