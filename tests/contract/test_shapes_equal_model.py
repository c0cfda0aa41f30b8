"""Every request and response shape has the names, types and limits of botocore's model."""

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from botocore.model import ServiceModel
from botocore.model import Shape as ModelShape

from kempelen.api import catalogue, shape

# Members of the older API that the current model has dropped, accepted all the same.
BEYOND_THE_MODEL = {"ListReviewPolicyResultsForHITRequest": {"AssignmentId", "PolicyLevel"}}


def of_model(theirs: ModelShape) -> Any:
    match theirs.type_name:
        case "structure":
            return {
                name: (name in theirs.required_members, of_model(member))
                for name, member in theirs.members.items()
            }
        case "list":
            assert not theirs.metadata.keys() & {"min", "max"}
            return [of_model(theirs.member)]
        case "string":
            limits = (theirs.metadata.get("min"), theirs.metadata.get("max"))
            return ("string", *limits, theirs.metadata.get("pattern"), tuple(theirs.enum))
        case "integer" | "long" as name:
            return (name, theirs.metadata.get("min"), theirs.metadata.get("max"))
        case name:
            assert not theirs.metadata.keys() & {"min", "max", "pattern", "enum"}
            return name


def of_hint(hint: Any) -> Any:
    metas: list[msgspec.Meta] = []
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is Annotated:
        hint, *metas = get_args(hint)
    if hint is str:
        return of_text(metas)
    if hint is int:
        return of_number(metas)
    if get_origin(hint) is tuple:
        item, ellipsis = get_args(hint)
        assert ellipsis is ...
        return [of_hint(item)]
    if hint in (bool, float):
        return {bool: "boolean", float: "timestamp"}[hint]
    return of_shape(hint)


def of_number(metas: list[msgspec.Meta]) -> Any:
    (meta,) = metas
    match meta.extra:
        case {"width": "Integer"}:
            assert (meta.ge, meta.le) == (-(2**31), 2**31 - 1)
            return ("integer", None, None)
        case {"width": "Long"}:
            assert (meta.ge, meta.le) == (-(2**63), 2**63 - 1)
            return ("long", None, None)
    return ("integer", meta.ge, meta.le)


def of_text(metas: list[msgspec.Meta]) -> Any:
    lengths: tuple[Any, Any] = (None, None)
    regex, values = None, ()
    for meta in metas:
        if meta.max_length is not None:
            lengths = (meta.min_length, meta.max_length)
        regex = (meta.extra or {}).get("regex", regex)
        values = (meta.extra or {}).get("values", values)
    return ("string", *lengths, regex, values)


def of_shape(ours: type[shape.Shape]) -> Any:
    hints = get_type_hints(ours, include_extras=True)
    return {
        field.encode_name: (field.required, of_hint(hints[field.name]))
        for field in msgspec.structs.fields(ours)
    }


def test_catalogue_has_the_operations_of_the_model(model: ServiceModel) -> None:
    assert set(catalogue.OPERATIONS) == set(model.operation_names)
    assert len(catalogue.OPERATIONS) == 39


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
def test_shapes_equal_the_model(model: ServiceModel, name: str) -> None:
    operation = model.operation_model(name)
    for ours, theirs in zip(
        catalogue.OPERATIONS[name], (operation.input_shape, operation.output_shape), strict=True
    ):
        described = of_shape(ours)
        for extra in BEYOND_THE_MODEL.get(ours.__name__, ()):
            assert not described.pop(extra)[0]
        assert ours.__name__ == theirs.name
        assert described == of_model(theirs)


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
def test_shared_structures_have_the_names_of_the_model(model: ServiceModel, name: str) -> None:
    def names(theirs: ModelShape) -> set[str]:
        if theirs.type_name == "list":
            return names(theirs.member)
        if theirs.type_name != "structure":
            return set()
        return {theirs.name}.union(*map(names, theirs.members.values()))

    def our_names(ours: type[shape.Shape]) -> set[str]:
        kinds = [member.kind for member in shape.members(ours)]
        kinds = [kind.item if isinstance(kind, shape.Many) else kind for kind in kinds]
        parts = [kind.shape for kind in kinds if isinstance(kind, shape.Part)]
        return {ours.__name__}.union(*map(our_names, parts))

    operation = model.operation_model(name)
    request, response = catalogue.OPERATIONS[name]
    assert our_names(request) == names(operation.input_shape)
    assert our_names(response) == names(operation.output_shape)


@pytest.mark.parametrize(
    ("attribute", "wire"),
    [
        ("hit_type_id", "HITTypeId"),
        ("auto_approval_delay_in_seconds", "AutoApprovalDelayInSeconds"),
        ("worker_ids", "WorkerIds"),
        ("file_upload_url", "FileUploadURL"),
        ("hit_review_policy", "HITReviewPolicy"),
        ("hits", "HITs"),
        ("hit", "HIT"),
        ("max_results", "MaxResults"),
    ],
)
def test_wire_name(attribute: str, wire: str) -> None:
    assert shape.wire_name(attribute) == wire
