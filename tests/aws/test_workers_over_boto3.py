"""Blocks and messages through stock boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def fault(call: Any, **members: Any) -> tuple[str, str, str]:
    """Type, TurkErrorCode (absent where botocore hides it) and message of a refused call."""
    with pytest.raises(ClientError) as refused:
        call(**members)
    response: Any = refused.value.response
    message = response["Error"]["Message"].rpartition(" (")[0]
    return response["Error"]["Code"], response.get("TurkErrorCode", ""), message


def test_blocks(kempelen: Any, publish: Any) -> None:
    client = kempelen.client
    hit = publish()
    people = [kempelen.add_worker() for _ in range(3)]
    for number, person in enumerate(people):
        client.create_worker_block(WorkerId=person.worker_id, Reason=f"Reason {number}")
    found = client.list_worker_blocks(MaxResults=2)
    assert found["NumResults"] == 2
    assert found["WorkerBlocks"] == [
        {"WorkerId": person.worker_id, "Reason": f"Reason {number}"}
        for number, person in enumerate(people[:2])
    ]
    pages = client.get_paginator("list_worker_blocks").paginate(PaginationConfig={"PageSize": 1})
    walked = [block["WorkerId"] for page in pages for block in page["WorkerBlocks"]]
    assert walked == [person.worker_id for person in people]
    assert people[0].groups() == []
    client.delete_worker_block(WorkerId=people[0].worker_id)
    assert len(people[0].groups()) == 1
    people[0].do(hit["HITId"], {"answer": "1"})


def test_blocks_of_unknown_workers(kempelen: Any) -> None:
    client = kempelen.client
    assert fault(client.create_worker_block, WorkerId="AUNKNOWN", Reason="x") == (
        "ParameterValidationError",
        "",
        'The value "AUNKNOWN" is not valid for the parameter WorkerId.',
    )
    assert fault(client.delete_worker_block, WorkerId="AUNKNOWN") == (
        "ParameterValidationError",
        "",
        "WorkerId is invalid.",
    )
    assert fault(client.list_worker_blocks, NextToken="p1:x")[0] == "ParameterValidationError"


def test_notify_workers(kempelen: Any, publish: Any) -> None:
    client = kempelen.client
    hit = publish()
    known, stranger = kempelen.add_worker(), kempelen.add_worker()
    done = known.do(hit["HITId"], {"answer": "1"})
    client.approve_assignment(AssignmentId=done["assignment_id"])
    assert client.notify_workers(
        Subject="Thanks",
        MessageText="More to come",
        WorkerIds=[stranger.worker_id, known.worker_id, "AUNKNOWN", known.worker_id],
    )["NotifyWorkersFailureStatuses"] == [
        {
            "NotifyWorkersFailureCode": "HardFailure",
            "NotifyWorkersFailureMessage": (
                "Cannot send a notification to a worker who has not done any work for you"
            ),
            "WorkerId": stranger.worker_id,
        },
        {
            "NotifyWorkersFailureCode": "HardFailure",
            "NotifyWorkersFailureMessage": (
                "Cannot send a notification to a worker whose account does not exist or is closed"
            ),
            "WorkerId": "AUNKNOWN",
        },
    ]
    answer = client.notify_workers(Subject="x", MessageText="y", WorkerIds=[known.worker_id])
    assert answer["NotifyWorkersFailureStatuses"] == []
    for members, message in (
        ({"WorkerIds": ["A1"] * 101}, "WorkerIds has a maximum length of 100."),
        ({"Subject": "x" * 201}, "Subject has a maximum length of 200."),
        ({"MessageText": ""}, "MessageText has a minimum length of 1."),
    ):
        asked = {"Subject": "x", "MessageText": "y", "WorkerIds": ["A1"], **members}
        assert fault(client.notify_workers, **asked) == (
            "ParameterValidationError",
            "",
            f"Your request parameter {message}",
        )
