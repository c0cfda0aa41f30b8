"""The model that `kempelen sdk-model` writes, made from our shapes, equals botocore's."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from kempelen.api import catalogue, service_model, wording


def structure(value: Any) -> Any:
    """A document without its documentation and its order."""
    if isinstance(value, dict):
        return {
            name: sorted(item) if name == "required" else structure(item)
            for name, item in value.items()
            if not (name == "documentation" and isinstance(item, str))
        }
    return [structure(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def theirs() -> Any:
    return structure(Loader().load_service_model("mturk", "service-2"))


@pytest.fixture(scope="module")
def ours() -> Any:
    return structure(service_model.service())


def test_what_the_service_is_called(ours: Any, theirs: Any) -> None:
    assert ours["version"] == theirs["version"]
    assert ours["metadata"] == theirs["metadata"]


@pytest.mark.parametrize("name", catalogue.OPERATIONS)
def test_an_operation(ours: Any, theirs: Any, name: str) -> None:
    assert ours["operations"][name] == theirs["operations"][name]


def test_every_operation_and_shape_and_no_other(ours: Any, theirs: Any) -> None:
    assert ours["operations"].keys() == theirs["operations"].keys()
    assert ours["shapes"].keys() == theirs["shapes"].keys()


def test_the_shapes(ours: Any, theirs: Any) -> None:
    """Members, which are required, patterns, lengths, ranges, enumerations, exceptions."""
    for name in theirs["shapes"]:
        assert ours["shapes"][name] == theirs["shapes"][name]


def test_the_paginators() -> None:
    assert service_model.paginators() == Loader().load_service_model("mturk", "paginators-1")


def test_every_operation_and_member_is_described_in_words_of_our_own(model: ServiceModel) -> None:
    """And nothing is described that does not exist."""
    document = service_model.service()
    described = {
        member: item["documentation"]
        for shape in document["shapes"].values()
        for member, item in shape.get("members", {}).items()
        if "documentation" in item
    }
    used = {text.removeprefix("<p>").removesuffix("</p>") for text in described.values()}
    assert used == set(wording.MEMBERS.values())
    assert document["operations"].keys() == wording.OPERATIONS.keys()
    for name in model.operation_names:
        theirs = model.operation_model(name).documentation
        assert document["operations"][name]["documentation"] not in theirs
