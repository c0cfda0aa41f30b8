"""Each operation on qualifications through stock boto3: that it works, and refusals with codes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from kempelen.domain import qualification_request as transitions
from kempelen.operations import dispatch
from kempelen.store import qualification_requests, qualification_types
from kempelen.store.tx import Tx

MTURK = "AWS.MechanicalTurk."
BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
TEST = (
    f'<QuestionForm xmlns="{BASE}/2017-11-06/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>red</QuestionIdentifier><QuestionContent><Text>Which is red?</Text>"
    "</QuestionContent><AnswerSpecification><SelectionAnswer><Selections>"
    "<Selection><SelectionIdentifier>a</SelectionIdentifier><Text>Apple</Text></Selection>"
    "<Selection><SelectionIdentifier>b</SelectionIdentifier><Text>Banana</Text></Selection>"
    "</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)
KEY = (
    f'<AnswerKey xmlns="{BASE}/2005-10-01/AnswerKey.xsd"><Question>'
    "<QuestionIdentifier>red</QuestionIdentifier><AnswerOption><SelectionIdentifier>a"
    "</SelectionIdentifier><AnswerScore>10</AnswerScore></AnswerOption></Question></AnswerKey>"
)
LOCALE = "00000000000000000071"


def refusal(call: Any, **members: Any) -> tuple[str, str]:
    """The code of a refused call, or its type where botocore hides the code; and its message."""
    with pytest.raises(ClientError) as refused:
        call(**members)
    response: Any = refused.value.response
    code = response.get("TurkErrorCode") or response["Error"]["Code"]
    return code, response["Error"]["Message"]


@pytest.fixture
def new_type(kempelen: Any) -> Any:
    """A function that creates a type and gives its structure."""

    def create(name: str = "Dogs", **members: Any) -> dict[str, Any]:
        usual = {"Description": "Knows dogs", "QualificationTypeStatus": "Active"}
        answer = kempelen.client.create_qualification_type(Name=name, **{**usual, **members})
        made: dict[str, Any] = answer["QualificationType"]
        return made

    return create


@pytest.fixture
def requested(kempelen: Any) -> Any:
    """A function that lets a worker request a type without a test; gives the request's id."""

    def request(type_id: str, worker: Any) -> str:
        def write(tx: Tx) -> str:
            wanted = qualification_types.get(tx, type_id)
            assert wanted is not None
            opened = transitions.open_request(tx.new_id(), wanted, worker.worker_id, tx.now)
            return qualification_requests.add(tx, opened).request_id

        return str(dispatch.change(kempelen.app, write))

    return request


def test_create_qualification_type(new_type: Any, kempelen: Any) -> None:
    """All members come back as they were given; a name is taken."""
    made = new_type(
        Keywords="dog",
        RetryDelayInSeconds=60,
        Test=TEST,
        AnswerKey=KEY,
        TestDurationInSeconds=600,
        AutoGranted=False,
    )
    assert made.pop("CreationTime").tzinfo is not None
    assert made == {
        "QualificationTypeId": made["QualificationTypeId"],
        "Name": "Dogs",
        "Description": "Knows dogs",
        "Keywords": "dog",
        "QualificationTypeStatus": "Active",
        "RetryDelayInSeconds": 60,
        "Test": TEST,
        "AnswerKey": KEY,
        "TestDurationInSeconds": 600,
        "IsRequestable": True,
        "AutoGranted": False,
    }
    again = {"Name": "Dogs", "Description": "d", "QualificationTypeStatus": "Inactive"}
    create = kempelen.client.create_qualification_type
    code, message = refusal(create, **again)
    assert code == MTURK + "QualificationTypeAlreadyExists"
    assert message.startswith("You have already created a QualificationType with this name.")
    broken = {**again, "Name": "Cats", "Test": "<a/>", "TestDurationInSeconds": 9}
    assert refusal(create, **broken)[0] == MTURK + "XMLParseError"
    both = {**again, "Name": "Cats", "AnswerKey": KEY}
    assert refusal(create, **both)[0] == "InvalidParameterCombinationError"


def test_get_qualification_type(new_type: Any, kempelen: Any) -> None:
    """Own and system types; a stranger sees neither test nor key."""
    made = new_type(Test=TEST, AnswerKey=KEY, TestDurationInSeconds=9)
    type_id = made["QualificationTypeId"]
    get = kempelen.client.get_qualification_type
    assert get(QualificationTypeId=type_id)["QualificationType"] == made
    other = kempelen.client_of(kempelen.add_requester("Other"))
    seen = other.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]
    assert seen.keys() == made.keys() - {"Test", "AnswerKey"}
    system = get(QualificationTypeId=LOCALE)["QualificationType"]
    assert (system["Name"], system["IsRequestable"]) == ("Worker_Locale", False)
    assert refusal(get, QualificationTypeId="3UNKNOWN")[0] == (
        MTURK + "QualificationTypeDoesNotExist"
    )


def test_update_qualification_type(new_type: Any, kempelen: Any) -> None:
    """What is named is changed."""
    type_id = new_type()["QualificationTypeId"]
    update = kempelen.client.update_qualification_type
    changed = update(
        QualificationTypeId=type_id, AutoGranted=True, QualificationTypeStatus="Inactive"
    )["QualificationType"]
    assert (changed["AutoGranted"], changed["AutoGrantedValue"]) == (True, 1)
    assert changed["QualificationTypeStatus"] == "Inactive"
    with_test = {"Test": TEST, "TestDurationInSeconds": 9}
    assert refusal(update, QualificationTypeId=type_id, **with_test)[0] == (
        "InvalidParameterCombinationError"
    )
    assert refusal(update, QualificationTypeId=LOCALE)[0] == MTURK + "PermissionDenied"


def test_delete_qualification_type(new_type: Any, kempelen: Any) -> None:
    """The type is gone, and its name is free."""
    type_id = new_type()["QualificationTypeId"]
    delete = kempelen.client.delete_qualification_type
    delete(QualificationTypeId=type_id)
    assert refusal(delete, QualificationTypeId=type_id)[0] == (
        MTURK + "QualificationTypeDoesNotExist"
    )
    assert new_type()["QualificationTypeId"] != type_id


def test_list_qualification_types(new_type: Any, kempelen: Any) -> None:
    """The paginator of botocore walks them by name."""
    names = sorted(f"Type {number}" for number in range(12))
    for name in reversed(names):
        new_type(name)
    pages = kempelen.client.get_paginator("list_qualification_types").paginate(
        MustBeRequestable=True, Query="type", PaginationConfig={"PageSize": 5}
    )
    found = [item["Name"] for page in pages for item in page["QualificationTypes"]]
    assert found == names
    everything = kempelen.client.list_qualification_types(MustBeRequestable=False, MaxResults=100)
    assert everything["NumResults"] > 12
    own = kempelen.client.list_qualification_types(
        MustBeRequestable=False, MustBeOwnedByCaller=True, MaxResults=100
    )
    assert own["NumResults"] == 12


def test_list_qualification_requests(new_type: Any, requested: Any, kempelen: Any) -> None:
    """What waits, the oldest first."""
    type_id = new_type()["QualificationTypeId"]
    workers = [kempelen.add_worker() for _ in range(3)]
    ids = [requested(type_id, worker) for worker in workers]
    pages = kempelen.client.get_paginator("list_qualification_requests").paginate(
        QualificationTypeId=type_id, PaginationConfig={"PageSize": 2}
    )
    found = [item for page in pages for item in page["QualificationRequests"]]
    assert [item["QualificationRequestId"] for item in found] == ids
    assert found[0].keys() == {
        "QualificationRequestId",
        "QualificationTypeId",
        "WorkerId",
        "SubmitTime",
    }
    unknown = {"QualificationTypeId": "3UNKNOWN"}
    assert refusal(kempelen.client.list_qualification_requests, **unknown)[0] == (
        MTURK + "QualificationTypeDoesNotExist"
    )


def test_accept_qualification_request(new_type: Any, requested: Any, kempelen: Any) -> None:
    """The worker holds the value."""
    type_id = new_type()["QualificationTypeId"]
    worker = kempelen.add_worker()
    request_id = requested(type_id, worker)
    accept = kempelen.client.accept_qualification_request
    accept(QualificationRequestId=request_id, IntegerValue=75)
    held = kempelen.client.get_qualification_score(
        QualificationTypeId=type_id, WorkerId=worker.worker_id
    )["Qualification"]
    assert (held["IntegerValue"], held["Status"]) == (75, "Granted")
    assert refusal(accept, QualificationRequestId=request_id)[0] == (
        MTURK + "InvalidQualificationRequestState"
    )
    code, message = refusal(accept, QualificationRequestId="nobody's")
    assert code == MTURK + "QualificationRequestDoesNotExist"
    assert message.startswith("QualificationRequest nobody's does not exist. (")


def test_reject_qualification_request(new_type: Any, requested: Any, kempelen: Any) -> None:
    """Nothing is held."""
    type_id = new_type()["QualificationTypeId"]
    worker = kempelen.add_worker()
    request_id = requested(type_id, worker)
    reject = kempelen.client.reject_qualification_request
    reject(QualificationRequestId=request_id, Reason="Not yet")
    assert kempelen.client.list_qualification_requests()["NumResults"] == 0
    assert refusal(reject, QualificationRequestId=request_id)[0] == (
        MTURK + "InvalidQualificationRequestState"
    )


def test_associate_and_disassociate(new_type: Any, kempelen: Any) -> None:
    """Granted, revoked; and who never had it."""
    client = kempelen.client
    type_id = new_type()["QualificationTypeId"]
    worker = kempelen.add_worker()
    pair = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    disassociate = client.disassociate_qualification_from_worker
    code, message = refusal(disassociate, **pair)
    assert code == MTURK + "QualificationDoesNotExist"
    assert message.startswith("You requested a Qualification that does not exist. (")
    client.associate_qualification_with_worker(**pair, IntegerValue=3, SendNotification=False)
    disassociate(**pair, Reason="Too slow")
    assert refusal(disassociate, **pair)[0] == MTURK + "InvalidQualificationState"
    unknown = {"QualificationTypeId": type_id, "WorkerId": "AUNKNOWN"}
    assert refusal(client.associate_qualification_with_worker, **unknown)[0] == (
        "ParameterValidationError"
    )


def test_get_qualification_score(new_type: Any, kempelen: Any) -> None:
    """Every member; a revoked one is refused."""
    client = kempelen.client
    type_id = new_type()["QualificationTypeId"]
    worker = kempelen.add_worker()
    pair = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    assert refusal(client.get_qualification_score, **pair)[0] == (
        MTURK + "QualificationDoesNotExist"
    )
    client.associate_qualification_with_worker(**pair)
    held = client.get_qualification_score(**pair)["Qualification"]
    granted_at = held.pop("GrantTime")
    assert granted_at == kempelen.clock.now()
    assert held == {**pair, "IntegerValue": 1, "Status": "Granted"}
    client.disassociate_qualification_from_worker(**pair)
    assert refusal(client.get_qualification_score, **pair)[0] == (
        MTURK + "InvalidQualificationState"
    )


def test_list_workers_with_qualification_type(new_type: Any, kempelen: Any) -> None:
    """Holders in the order of their grants."""
    client = kempelen.client
    type_id = new_type()["QualificationTypeId"]
    workers = [kempelen.add_worker() for _ in range(3)]
    for worker in workers:
        client.associate_qualification_with_worker(
            QualificationTypeId=type_id, WorkerId=worker.worker_id
        )
    pages = client.get_paginator("list_workers_with_qualification_type").paginate(
        QualificationTypeId=type_id, PaginationConfig={"PageSize": 2}
    )
    found = [item["WorkerId"] for page in pages for item in page["Qualifications"]]
    assert found == [worker.worker_id for worker in workers]
    revoked = client.list_workers_with_qualification_type(
        QualificationTypeId=type_id, Status="Revoked"
    )
    assert revoked["Qualifications"] == []
    other = kempelen.client_of(kempelen.add_requester("Other"))
    members = {"QualificationTypeId": type_id}
    assert refusal(other.list_workers_with_qualification_type, **members)[0] == (
        MTURK + "QualificationTypeDoesNotExist"
    )


def test_list_hits_for_qualification_type(new_type: Any, publish: Any, kempelen: Any) -> None:
    """HITs that require the type; and workers need it, over the worker API too."""
    client = kempelen.client
    type_id = new_type()["QualificationTypeId"]
    wanted = {
        "QualificationTypeId": type_id,
        "Comparator": "GreaterThan",
        "IntegerValues": [50],
        "ActionsGuarded": "DiscoverPreviewAndAccept",
    }
    made = [publish(QualificationRequirements=[wanted])["HITId"] for _ in range(3)]
    publish(Title="Another")
    pages = client.get_paginator("list_hits_for_qualification_type").paginate(
        QualificationTypeId=type_id, PaginationConfig={"PageSize": 2}
    )
    found = [hit for page in pages for hit in page["HITs"]]
    assert [hit["HITId"] for hit in found] == made
    assert found[0]["QualificationRequirements"] == [{**wanted, "RequiredToPreview": True}]
    worker = kempelen.add_worker()
    assert [group["title"] for group in worker.groups()] == ["Another"]
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id, IntegerValue=51
    )
    assert {group["title"] for group in worker.groups()} == {"A title", "Another"}
    assert worker.accept(made[0])["hit_id"] == made[0]
    unknown = {"QualificationTypeId": "3UNKNOWN"}
    assert refusal(client.list_hits_for_qualification_type, **unknown)[0] == (
        MTURK + "QualificationTypeDoesNotExist"
    )


def test_a_hit_cannot_require_what_is_not_there(new_type: Any, publish: Any, kempelen: Any) -> None:
    """Unknown, inactive and deleted types."""
    type_id = new_type()["QualificationTypeId"]
    wanted = {"QualificationTypeId": type_id, "Comparator": "Exists"}
    hit = publish(QualificationRequirements=[wanted])
    again = {
        "HITTypeId": hit["HITTypeId"],
        "LifetimeInSeconds": 60,
        "Question": hit["Question"],
    }
    kempelen.client.update_qualification_type(
        QualificationTypeId=type_id, QualificationTypeStatus="Inactive"
    )
    create = kempelen.client.create_hit_with_hit_type
    assert refusal(create, **again)[0] == MTURK + "InvalidQualificationTypeState"
    kempelen.client.delete_qualification_type(QualificationTypeId=type_id)
    assert refusal(create, **again)[0] == MTURK + "HITTypeDoesNotExist"
    code, message = refusal(publish, QualificationRequirements=[wanted])
    assert code == "ParameterValidationError"
    assert message.startswith(f'The value "{type_id}" is not valid for the parameter Qual')
