"""HITs from layouts through stock boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from kempelen.operations import dispatch, layouts
from kempelen.operations.layouts import NewLayout

PAGE = "<!DOCTYPE html><html><body><form><b>${title}</b><input name='tag'></form></body></html>"
HIT = {
    "Title": "Tag",
    "Description": "Tag it",
    "Reward": "0.05",
    "LifetimeInSeconds": 3600,
    "AssignmentDurationInSeconds": 600,
}


@pytest.fixture
def layout_id(kempelen: Any) -> str:
    wanted = NewLayout(requester=kempelen.requester.requester_id, name="Tag", html=PAGE)
    made, _ = dispatch.change(kempelen.app, layouts.add, wanted)
    found: str = made.layout_id
    return found


def test_a_hit_from_a_layout(kempelen: Any, layout_id: str) -> None:
    client = kempelen.client
    hit = client.create_hit(
        **HIT,
        HITLayoutId=layout_id,
        HITLayoutParameters=[{"Name": "title", "Value": "<i>A & B</i>"}],
    )["HIT"]
    assert hit["HITLayoutId"] == layout_id
    assert "<b><i>A & B</i></b>" in hit["Question"]
    assert client.get_hit(HITId=hit["HITId"])["HIT"] == hit
    worker = kempelen.add_worker()
    task = worker.accept(hit["HITId"])["task"]
    assert "<b><i>A & B</i></b>" in task["html"]["document"]
    again = client.create_hit_with_hit_type(
        HITTypeId=hit["HITTypeId"],
        LifetimeInSeconds=3600,
        HITLayoutId=layout_id,
        HITLayoutParameters=[{"Name": "title", "Value": ""}],
    )["HIT"]
    assert "<b></b>" in again["Question"]


def test_what_is_refused(kempelen: Any, layout_id: str) -> None:
    client = kempelen.client
    asked: dict[str, Any] = {**HIT, "HITLayoutId": layout_id}
    with pytest.raises(ClientError) as refused:
        client.create_hit(**asked)
    error = refused.value.response["Error"]
    assert error["Code"] == "ParameterValidationError"
    assert '"title" is not valid for the parameter HITLayoutParameters' in error["Message"]
    other = kempelen.client_of(kempelen.add_requester("Other"))
    with pytest.raises(client.exceptions.RequestError) as unknown:
        other.create_hit(**asked, HITLayoutParameters=[{"Name": "title", "Value": ""}])
    response: Any = unknown.value.response
    assert response["TurkErrorCode"] == "AWS.MechanicalTurk.HITLayoutDoesNotExist"
