"""The life of a HIT as a requester's script leads it, from its type to its end, by each client."""

from collections.abc import Callable
from typing import Any

import pytest

CLIENTS = ["boto3", "boto3 of 2020", "boto3 with our model", "AWS SDK for JavaScript", "AWS CLI"]
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = (
    f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<!DOCTYPE html><form><input name='bird'><input name='known'></form>]]></HTMLContent>"
    "<FrameHeight>0</FrameHeight></HTMLQuestion>"
)
HIT_TYPE = {
    "Title": "Which bird is this?",
    "Description": "Look at a picture, name the bird",
    "Reward": "0.10",
    "AssignmentDurationInSeconds": 600,
}
#: A known answer decides about each assignment; two of three make the answer of the HIT.
POLICIES = {
    "AssignmentReviewPolicy": {
        "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
        "Parameters": [
            {"Key": "AnswerKey", "MapEntries": [{"Key": "known", "Values": ["wren"]}]},
            {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["100"]},
            {"Key": "RejectReason", "Values": ["The known bird was missed."]},
        ],
    },
    "HITReviewPolicy": {
        "PolicyName": "SimplePlurality/2011-09-01",
        "Parameters": [
            {"Key": "QuestionIds", "Values": ["bird"]},
            {"Key": "QuestionAgreementThreshold", "Values": ["60"]},
            {"Key": "ApproveIfWorkerAgreementScoreIsAtLeast", "Values": ["100"]},
        ],
    },
}


@pytest.mark.parametrize(
    "client", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CLIENTS]
)
def test_life(caller_with: Callable[[str], Any], client: str) -> None:
    caller = caller_with(client)
    able = caller.call(
        "CreateQualificationType",
        Name="Knows birds",
        Description="Can tell a wren from a robin",
        QualificationTypeStatus="Active",
    )["QualificationType"]["QualificationTypeId"]
    grant_two_ways(caller, able)
    hit_id = publish(caller, able)
    assignments = work(caller, hit_id)
    decided(caller, hit_id, assignments)
    end(caller, hit_id, assignments)


def grant_two_ways(caller: Any, able: str) -> None:
    """Two workers are given the Qualification; the third one asks for it."""
    for worker in caller.workers[:2]:
        caller.call(
            "AssociateQualificationWithWorker",
            QualificationTypeId=able,
            WorkerId=worker.worker_id,
            IntegerValue=80,
            SendNotification=False,
        )
    caller.request(able, caller.workers[2])
    (asked,) = caller.call("ListQualificationRequests", QualificationTypeId=able)[
        "QualificationRequests"
    ]
    request_id = asked["QualificationRequestId"]
    caller.call("AcceptQualificationRequest", QualificationRequestId=request_id, IntegerValue=90)
    held = caller.call("ListWorkersWithQualificationType", QualificationTypeId=able)
    values = [each["IntegerValue"] for each in held["Qualifications"]]
    assert sorted(values) == [80, 80, 90]


def publish(caller: Any, able: str) -> str:
    """A HIT of a type whose events are told; returns its id."""
    requirement = {
        "QualificationTypeId": able,
        "Comparator": "GreaterThan",
        "IntegerValues": [70],
        "ActionsGuarded": "DiscoverPreviewAndAccept",
    }
    made = caller.call("CreateHITType", **HIT_TYPE, QualificationRequirements=[requirement])
    hit_type_id = made["HITTypeId"]
    caller.call(
        "UpdateNotificationSettings",
        HITTypeId=hit_type_id,
        Notification={
            "Destination": "lab@example.org",
            "Transport": "Email",
            "Version": "2006-05-05",
            "EventTypes": ["HITReviewable"],
        },
        Active=True,
    )
    hit = caller.call(
        "CreateHITWithHITType",
        HITTypeId=hit_type_id,
        MaxAssignments=3,
        LifetimeInSeconds=86400,
        Question=QUESTION,
        RequesterAnnotation="bird 1",
        UniqueRequestToken="bird-1",
        **POLICIES,
    )["HIT"]
    (required,) = hit["QualificationRequirements"]
    assert requirement.items() <= required.items()
    assert caller.call("GetAccountBalance")["OnHoldBalance"] == "0.30"
    return str(hit["HITId"])


def work(caller: Any, hit_id: str) -> list[str]:
    """Two agree; the third one misses the known bird. Returns the ids in this order."""
    answers = [("robin", "wren"), ("robin", "wren"), ("crow", "eagle")]
    return [
        worker.do(hit_id, {"bird": bird, "known": known})["assignment_id"]
        for worker, (bird, known) in zip(caller.workers, answers, strict=True)
    ]


def decided(caller: Any, hit_id: str, assignments: list[str]) -> None:
    """By the policies: nothing is left for the script to decide but a mistake."""
    found = caller.call("ListAssignmentsForHIT", HITId=hit_id)["Assignments"]
    assert {each["AssignmentId"]: each["AssignmentStatus"] for each in found} == dict(
        zip(assignments, ["Approved", "Approved", "Rejected"], strict=True)
    )
    report = caller.call("ListReviewPolicyResultsForHIT", HITId=hit_id)["HITReviewReport"]
    values = {
        each["Key"]: each["Value"] for each in report["ReviewResults"] if "QuestionId" in each
    }
    assert values["AgreedAnswer"] == "robin"
    reviewable = caller.call("ListReviewableHITs")["HITs"]
    assert [each["HITId"] for each in reviewable] == [hit_id]
    caller.call("UpdateHITReviewStatus", HITId=hit_id)
    caller.call(
        "ApproveAssignment",
        AssignmentId=assignments[2],
        RequesterFeedback="It was an eagle after all.",
        OverrideRejection=True,
    )


def end(caller: Any, hit_id: str, assignments: list[str]) -> None:
    """A bonus for one, a block for another, and the HIT is gone."""
    best, other = caller.workers[0].worker_id, caller.workers[1].worker_id
    bonus = {"WorkerId": best, "AssignmentId": assignments[0], "BonusAmount": "0.50"}
    caller.call("SendBonus", **bonus, Reason="Three in a row", UniqueRequestToken="bonus-1")
    (paid,) = caller.call("ListBonusPayments", HITId=hit_id)["BonusPayments"]
    assert paid["BonusAmount"] == "0.50"
    caller.call("CreateWorkerBlock", WorkerId=other, Reason="Guesses")
    blocks = caller.call("ListWorkerBlocks")["WorkerBlocks"]
    assert blocks == [{"WorkerId": other, "Reason": "Guesses"}]
    caller.call("DeleteWorkerBlock", WorkerId=other)
    assert caller.call("GetAccountBalance") == {"AvailableBalance": "9999.20"}
    caller.call("DeleteHIT", HITId=hit_id)
    assert caller.call("GetHIT", HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
    assert caller.call("ListHITs").get("HITs") == []
