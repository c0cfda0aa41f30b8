"""The paginators of libraries walk every listing: each item comes once, in the listing's order."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.loaders import Loader

COUNT = 5
PAGE_SIZE = 2
PAGINATORS = Loader().load_service_model("mturk", "paginators-1")["pagination"]
CLIENTS = ["boto3", "boto3 of 2020", "boto3 with our model", "AWS SDK for JavaScript"]
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = (
    f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<!DOCTYPE html><form><input name='tag'></form>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)


def hit(caller: Any, **members: Any) -> str:
    """A HIT; returns its id."""
    usual = {
        "Title": "Tag",
        "Description": "One word",
        "Reward": "0.05",
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 3600,
        "MaxAssignments": COUNT,
        "Question": QUESTION,
    }
    made: str = caller.boto3.create_hit(**{**usual, **members})["HIT"]["HITId"]
    return made


def of_hits(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    return {}, "HITId", [hit(caller) for _ in range(COUNT)]


def of_reviewable_hits(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    """The latest expiration comes first, and all expire at once here; then the ids decide."""
    ids = [hit(caller) for _ in range(COUNT)]
    for hit_id in ids:
        caller.boto3.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    return {"Status": "Reviewable"}, "HITId", sorted(ids)


def of_assignments(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    hit_id = hit(caller)
    ids = []
    for worker in caller.workers:
        ids.append(worker.do(hit_id, {"tag": "dog"})["assignment_id"])
        caller.market.advance(seconds=1)
    return {"HITId": hit_id}, "AssignmentId", ids


def of_bonuses(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    hit_id = hit(caller)
    assignment_id = caller.workers[0].do(hit_id, {"tag": "dog"})["assignment_id"]
    reasons = [f"Reason {number}" for number in range(COUNT)]
    for reason in reasons:
        caller.boto3.send_bonus(
            WorkerId=caller.workers[0].worker_id,
            AssignmentId=assignment_id,
            BonusAmount="0.01",
            Reason=reason,
        )
        caller.market.advance(seconds=1)
    return {"HITId": hit_id}, "Reason", reasons


def of_blocks(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    ids = [worker.worker_id for worker in caller.workers]
    for worker_id in ids:
        caller.boto3.create_worker_block(WorkerId=worker_id, Reason="Too quick")
    return {}, "WorkerId", ids


def new_type(caller: Any, name: str = "Knows dogs", **members: Any) -> str:
    """A Qualification type; returns its id."""
    usual = {"Name": name, "Description": "Dogs", "QualificationTypeStatus": "Active"}
    made = caller.boto3.create_qualification_type(**{**usual, **members})
    return str(made["QualificationType"]["QualificationTypeId"])


def of_types(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    """By name."""
    ids = {name: new_type(caller, name) for name in ("Emus", "Cats", "Dogs", "Bees", "Ants")}
    members = {"MustBeRequestable": True, "MustBeOwnedByCaller": True}
    return members, "QualificationTypeId", [ids[name] for name in sorted(ids)]


def of_hits_for_type(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    type_id = new_type(caller)
    required = [{"QualificationTypeId": type_id, "Comparator": "Exists"}]
    ids = [hit(caller, QualificationRequirements=required) for _ in range(COUNT)]
    return {"QualificationTypeId": type_id}, "HITId", ids


def of_requests(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    type_id = new_type(caller)
    ids = []
    for worker in caller.workers:
        ids.append(caller.request(type_id, worker))
        caller.market.advance(seconds=1)
    return {"QualificationTypeId": type_id}, "QualificationRequestId", ids


def of_qualifications(caller: Any) -> tuple[dict[str, Any], str, list[str]]:
    type_id = new_type(caller)
    ids = [worker.worker_id for worker in caller.workers]
    for worker_id in ids:
        caller.boto3.associate_qualification_with_worker(
            QualificationTypeId=type_id, WorkerId=worker_id
        )
        caller.market.advance(seconds=1)
    return {"QualificationTypeId": type_id}, "WorkerId", ids


#: Operation -> what makes items, giving the filter, the member to know them by, and the order.
LISTINGS = {
    "ListHITs": of_hits,
    "ListReviewableHITs": of_reviewable_hits,
    "ListAssignmentsForHIT": of_assignments,
    "ListBonusPayments": of_bonuses,
    "ListWorkerBlocks": of_blocks,
    "ListQualificationTypes": of_types,
    "ListHITsForQualificationType": of_hits_for_type,
    "ListQualificationRequests": of_requests,
    "ListWorkersWithQualificationType": of_qualifications,
}


@pytest.mark.parametrize("operation", LISTINGS)
@pytest.mark.parametrize(
    "client", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CLIENTS]
)
def test_a_walk_gives_each_item_once(
    caller_with: Callable[[str], Any], client: str, operation: str
) -> None:
    caller = caller_with(client)
    members, member, expected = LISTINGS[operation](caller)
    pages = caller.client.pages(caller.requester, operation, {**members, "MaxResults": PAGE_SIZE})
    key = PAGINATORS[operation]["result_key"]
    sizes = [len(page[key]) for page in pages]
    assert all(page["NumResults"] == len(page[key]) for page in pages)
    assert sizes[-1] < PAGE_SIZE
    assert max(sizes) == PAGE_SIZE
    assert [item[member] for page in pages for item in page[key]] == expected


@pytest.mark.xdist_group("AWS CLI")
def test_the_aws_cli_walks_by_itself(caller_with: Callable[[str], Any]) -> None:
    """In pages of the wanted size, shown as one."""
    caller = caller_with("AWS CLI")
    _, _, expected = of_hits(caller)
    ended = caller.client.run(
        caller.requester, "ListHITs", "--page-size", str(PAGE_SIZE), "--query", "HITs[].HITId"
    )
    assert ended["code"] == 0, ended["errors"]
    assert [line.strip(' ",') for line in ended["output"].splitlines()][1:-1] == expected


def test_every_paginator_is_walked() -> None:
    assert LISTINGS.keys() == PAGINATORS.keys()
