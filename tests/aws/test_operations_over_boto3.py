"""Each served operation through stock boto3: that it works, and one refusal with its code."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

MTURK = "AWS.MechanicalTurk."
UNKNOWN = "3UNKNOWN"
HIT_MEMBERS = {
    "HITId", "HITTypeId", "HITGroupId", "CreationTime", "Title", "Description", "Question",
    "Keywords", "HITStatus", "MaxAssignments", "Reward", "AutoApprovalDelayInSeconds",
    "Expiration", "AssignmentDurationInSeconds", "QualificationRequirements", "HITReviewStatus",
    "NumberOfAssignmentsPending", "NumberOfAssignmentsAvailable", "NumberOfAssignmentsCompleted",
}  # fmt: skip
TYPE = {
    "Title": "A title",
    "Description": "A description",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 600,
}


def refusal(call: Any, **members: Any) -> str:
    """The TurkErrorCode of a refused call, or its type where botocore hides the code.

    botocore shows further members only for the exceptions of its model.
    """
    with pytest.raises(ClientError) as refused:
        call(**members)
    response: Any = refused.value.response
    code: str = response.get("TurkErrorCode") or response["Error"]["Code"]
    return code


@pytest.fixture
def work(kempelen: Any, publish: Any) -> dict[str, Any]:
    """A HIT that two workers have done, one after the other."""
    hit = publish()
    workers = [kempelen.add_worker() for _ in range(2)]
    for worker in workers:
        worker.do(hit["HITId"], {"answer": worker.name})
        kempelen.advance(seconds=1)
    found = kempelen.client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    return {"hit": hit, "workers": workers, "ids": [item["AssignmentId"] for item in found]}


def test_create_hit_type(kempelen: Any) -> None:
    """Equal properties are one type."""
    client = kempelen.client
    first = client.create_hit_type(**TYPE)["HITTypeId"]
    assert client.create_hit_type(**TYPE)["HITTypeId"] == first
    assert client.create_hit_type(**{**TYPE, "Reward": "0.06"})["HITTypeId"] != first
    duration = {**TYPE, "AssignmentDurationInSeconds": 29}
    assert refusal(client.create_hit_type, **duration) == "ParameterValidationError"


def test_create_hit(publish: Any, kempelen: Any) -> None:
    """Every member of the structure, and the funds."""
    hit = publish(RequesterAnnotation="batch 7")
    assert hit.keys() == HIT_MEMBERS | {"RequesterAnnotation"}
    assert (hit["Reward"], hit["HITReviewStatus"]) == ("0.05", "NotReviewed")
    poor = kempelen.client_of(kempelen.add_requester("Poor", balance="0.01"))
    members = {**TYPE, "LifetimeInSeconds": 60, "Question": hit["Question"]}
    assert refusal(poor.create_hit, **members) == MTURK + "InsufficientFunds"


def test_create_hit_with_hit_type(publish: Any, kempelen: Any) -> None:
    """The properties come from the type; tokens are good once."""
    client = kempelen.client
    members = {
        "HITTypeId": client.create_hit_type(**TYPE)["HITTypeId"],
        "LifetimeInSeconds": 60,
        "Question": publish()["Question"],
        "UniqueRequestToken": "once",
    }
    hit = client.create_hit_with_hit_type(**members)["HIT"]
    assert (hit["Title"], hit["MaxAssignments"]) == ("A title", 1)
    assert refusal(client.create_hit_with_hit_type, **members) == MTURK + "HitAlreadyExists"
    other = {**members, "HITTypeId": UNKNOWN, "UniqueRequestToken": "twice"}
    assert refusal(client.create_hit_with_hit_type, **other) == MTURK + "HITTypeDoesNotExist"


def test_get_hit(publish: Any, kempelen: Any) -> None:
    """Also of somebody else: then it does not exist."""
    hit = publish()
    assert kempelen.client.get_hit(HITId=hit["HITId"])["HIT"] == hit
    stranger = kempelen.client_of(kempelen.add_requester("Stranger"))
    assert refusal(stranger.get_hit, HITId=hit["HITId"]) == MTURK + "HITDoesNotExist"


def test_list_hits(publish: Any, kempelen: Any) -> None:
    """In order of creation, page by page, with an empty page at the end."""
    ids = [publish(Title=f"Title {number}")["HITId"] for number in range(3)]
    first = kempelen.client.list_hits(MaxResults=2)
    assert ([hit["HITId"] for hit in first["HITs"]], first["NumResults"]) == (ids[:2], 2)
    second = kempelen.client.list_hits(MaxResults=2, NextToken=first["NextToken"])
    assert [hit["HITId"] for hit in second["HITs"]] == ids[2:]
    third = kempelen.client.list_hits(MaxResults=2, NextToken=second["NextToken"])
    assert (third["HITs"], third["NumResults"], "NextToken" in third) == ([], 0, False)
    assert refusal(kempelen.client.list_hits, NextToken="p1:x") == "ParameterValidationError"


def test_list_reviewable_hits(work: dict[str, Any], kempelen: Any) -> None:
    """By status and type."""
    client = kempelen.client
    hit_id = work["hit"]["HITId"]
    found = client.list_reviewable_hits(HITTypeId=work["hit"]["HITTypeId"])["HITs"]
    assert [item["HITId"] for item in found] == [hit_id]
    client.update_hit_review_status(HITId=hit_id)
    assert client.list_reviewable_hits()["HITs"] == []
    reviewing = client.list_reviewable_hits(Status="Reviewing")["HITs"]
    assert [item["HITStatus"] for item in reviewing] == ["Reviewing"]
    assert refusal(client.list_reviewable_hits, NextToken="x") == "ParameterValidationError"


def test_list_assignments_for_hit(work: dict[str, Any], kempelen: Any) -> None:
    """In order of submission, filtered by status."""
    client = kempelen.client
    client.approve_assignment(AssignmentId=work["ids"][0])
    approved = client.list_assignments_for_hit(
        HITId=work["hit"]["HITId"], AssignmentStatuses=["Approved"]
    )["Assignments"]
    assert [item["AssignmentId"] for item in approved] == work["ids"][:1]
    assert approved[0]["WorkerId"] == work["workers"][0].worker_id
    assert refusal(client.list_assignments_for_hit, HITId=UNKNOWN) == MTURK + "HITDoesNotExist"


def test_get_assignment(work: dict[str, Any], kempelen: Any) -> None:
    """With its HIT."""
    found = kempelen.client.get_assignment(AssignmentId=work["ids"][1])
    assert found["HIT"]["HITId"] == work["hit"]["HITId"]
    assignment = found["Assignment"]
    assert assignment["AssignmentStatus"] == "Submitted"
    delay = timedelta(seconds=work["hit"]["AutoApprovalDelayInSeconds"])
    assert assignment["AutoApprovalTime"] - assignment["SubmitTime"] == delay
    code = refusal(kempelen.client.get_assignment, AssignmentId=UNKNOWN)
    assert code == MTURK + "AssignmentDoesNotExist"


def test_approve_and_reject_assignment(work: dict[str, Any], kempelen: Any) -> None:
    """Approval is final; a rejection can be overruled."""
    client = kempelen.client
    first, second = work["ids"]
    client.approve_assignment(AssignmentId=first, RequesterFeedback="Well done")
    client.reject_assignment(AssignmentId=second, RequesterFeedback="Empty")
    state = MTURK + "InvalidAssignmentState"
    assert refusal(client.approve_assignment, AssignmentId=first) == state
    members = {"AssignmentId": second, "RequesterFeedback": "Again"}
    assert refusal(client.reject_assignment, **members) == state
    client.approve_assignment(AssignmentId=second, OverrideRejection=True)
    statuses = [
        client.get_assignment(AssignmentId=item)["Assignment"]["AssignmentStatus"]
        for item in work["ids"]
    ]
    assert statuses == ["Approved", "Approved"]


def test_list_review_policy_results_for_hit(publish: Any, kempelen: Any) -> None:
    """A HIT without policies has nothing but its id."""
    client = kempelen.client
    hit_id = publish()["HITId"]
    answer = client.list_review_policy_results_for_hit(HITId=hit_id)
    answer.pop("ResponseMetadata")
    assert answer == {"HITId": hit_id}
    code = refusal(client.list_review_policy_results_for_hit, HITId=UNKNOWN)
    assert code == MTURK + "HITDoesNotExist"


def test_update_hit_review_status(work: dict[str, Any], kempelen: Any) -> None:
    """No toggle."""
    client = kempelen.client
    hit_id = work["hit"]["HITId"]
    client.update_hit_review_status(HITId=hit_id, Revert=False)
    state = MTURK + "InvalidHITState"
    assert refusal(client.update_hit_review_status, HITId=hit_id) == state
    client.update_hit_review_status(HITId=hit_id, Revert=True)
    assert refusal(client.update_hit_review_status, HITId=hit_id, Revert=True) == state


def test_update_expiration_for_hit(publish: Any, kempelen: Any) -> None:
    """Ends a HIT, and opens it again."""
    client = kempelen.client
    hit_id = publish()["HITId"]
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
    later = kempelen.clock.now() + timedelta(hours=2)
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Assignable"
    sooner = kempelen.clock.now() + timedelta(seconds=30)
    code = refusal(client.update_expiration_for_hit, HITId=hit_id, ExpireAt=sooner)
    assert code == "ParameterValidationError"


def test_update_hit_type_of_hit(publish: Any, work: dict[str, Any], kempelen: Any) -> None:
    """As long as nobody has worked."""
    client = kempelen.client
    hit_type_id = client.create_hit_type(**TYPE)["HITTypeId"]
    hit_id = publish()["HITId"]
    client.update_hit_type_of_hit(HITId=hit_id, HITTypeId=hit_type_id)
    assert client.get_hit(HITId=hit_id)["HIT"]["HITTypeId"] == hit_type_id
    members = {"HITId": work["hit"]["HITId"], "HITTypeId": hit_type_id}
    assert refusal(client.update_hit_type_of_hit, **members) == MTURK + "InvalidHITState"


def test_create_additional_assignments_for_hit(work: dict[str, Any], kempelen: Any) -> None:
    """Opens a HIT again; below ten stays below ten."""
    client = kempelen.client
    members = {"HITId": work["hit"]["HITId"], "NumberOfAdditionalAssignments": 1}
    client.create_additional_assignments_for_hit(**members, UniqueRequestToken="once")
    hit = client.get_hit(HITId=work["hit"]["HITId"])["HIT"]
    assert (hit["HITStatus"], hit["MaxAssignments"]) == ("Assignable", 3)
    call = client.create_additional_assignments_for_hit
    assert refusal(call, **members, UniqueRequestToken="once") == MTURK + "DuplicateCall"
    members["NumberOfAdditionalAssignments"] = 7
    assert refusal(call, **members) == MTURK + "InvalidMaximumAssignmentsIncrease"


def test_delete_hit(work: dict[str, Any], kempelen: Any) -> None:
    """When all work is decided."""
    client = kempelen.client
    hit_id = work["hit"]["HITId"]
    assert refusal(client.delete_hit, HITId=hit_id) == MTURK + "InvalidHITState"
    for assignment_id in work["ids"]:
        client.approve_assignment(AssignmentId=assignment_id)
    client.delete_hit(HITId=hit_id)
    assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
    assert refusal(client.delete_hit, HITId=hit_id) == MTURK + "HITDoesNotExist"


def test_get_account_balance(work: dict[str, Any], kempelen: Any) -> None:
    """What is available, and what is on hold when there is some."""
    balance = kempelen.client.get_account_balance()
    assert (balance["AvailableBalance"], balance["OnHoldBalance"]) == ("9999.90", "0.10")
    for assignment_id in work["ids"]:
        kempelen.client.approve_assignment(AssignmentId=assignment_id)
    assert "OnHoldBalance" not in kempelen.client.get_account_balance()


def test_bonuses(work: dict[str, Any], kempelen: Any) -> None:
    """Paid once for a token, listed by HIT and by assignment."""
    client = kempelen.client
    members = {
        "WorkerId": work["workers"][0].worker_id,
        "BonusAmount": "1.5",
        "AssignmentId": work["ids"][0],
        "Reason": "Fine work",
        "UniqueRequestToken": "once",
    }
    client.send_bonus(**members)
    assert refusal(client.send_bonus, **members) == MTURK + "DuplicateCall"
    (bonus,) = client.list_bonus_payments(AssignmentId=work["ids"][0])["BonusPayments"]
    assert (bonus["BonusAmount"], bonus["Reason"]) == ("1.50", "Fine work")
    assert client.list_bonus_payments(HITId=work["hit"]["HITId"])["NumResults"] == 1
    assert refusal(client.list_bonus_payments) == "AWS.MissingParameters"
