"""The 39 operations through clients that nobody here wrote: each succeeds, each is refused once.

A row says what an operation is asked and what must come back; every client goes through all rows.
"""

from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from kempelen.api import catalogue

CLIENTS = [
    "boto3",
    "boto3 of 2020",
    "boto3 with our model",
    "AWS SDK for JavaScript",
    "AWS CLI",
    "AWS CLI by skeleton",
    "AWS CLI with our model",
]
# That a command is known and its members are written is the same for all operations.
IN_SHORT = ["CreateHIT", "ListReviewPolicyResultsForHIT", "SendBonus", "UpdateExpirationForHIT"]
UNKNOWN = "3UNKNOWN"
NOBODY = "A3NOBODY"
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = (
    f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<!DOCTYPE html><form><input name='tag'></form>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)
TEST = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>dog</QuestionIdentifier><QuestionContent><Text>A dog?</Text>"
    "</QuestionContent><AnswerSpecification><SelectionAnswer><Selections>"
    "<Selection><SelectionIdentifier>yes</SelectionIdentifier><Text>Yes</Text></Selection>"
    "<Selection><SelectionIdentifier>no</SelectionIdentifier><Text>No</Text></Selection>"
    "</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)
KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd"><Question>'
    "<QuestionIdentifier>dog</QuestionIdentifier><AnswerOption><SelectionIdentifier>yes"
    "</SelectionIdentifier><AnswerScore>10</AnswerScore></AnswerOption></Question></AnswerKey>"
)
NOT_HELD = "You requested a Qualification that does not exist."
TYPE = {
    "Title": "Tag a picture – schön",
    "Description": "One word; “quoted” & <marked>",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 86400,
    "Keywords": "pictures, tags",
}
ROWS: dict[str, Callable[[Any], None]] = {}


def row(function: Callable[[Any], None]) -> Callable[[Any], None]:
    """Note the row of an operation, which its first line names."""
    ROWS[str(function.__doc__).partition(":")[0]] = function
    return function


def published(caller: Any, **members: Any) -> Any:
    """A HIT, made by boto3."""
    usual = {**TYPE, "LifetimeInSeconds": 3600, "MaxAssignments": 2, "Question": QUESTION}
    return caller.boto3.create_hit(**{**usual, **members})["HIT"]


def work(caller: Any, hit_id: str) -> list[str]:
    """The ids of what two workers submit for a HIT."""
    workers = caller.workers[:2]
    return [worker.do(hit_id, {"tag": "dog"})["assignment_id"] for worker in workers]


def request_error(caller: Any, told: str, operation: str, **members: Any) -> None:
    """An operation is refused as a RequestError, in these words."""
    assert caller.refusal(operation, **members) == ("RequestError", told)


def unknown_hit(caller: Any, operation: str, **members: Any) -> None:
    told = f"Hit {UNKNOWN} does not exist."
    request_error(caller, told, operation, HITId=UNKNOWN, **members)


def unknown_assignment(caller: Any, operation: str, **members: Any) -> None:
    told = f"Assignment {UNKNOWN} does not exist."
    request_error(caller, told, operation, AssignmentId=UNKNOWN, **members)


def unknown_worker(caller: Any, told: str, operation: str, **members: Any) -> None:
    refusal = caller.refusal(operation, WorkerId=NOBODY, **members)
    assert refusal == ("ParameterValidationError", told)


def unknown_type(caller: Any, operation: str, **members: Any) -> None:
    told = f"QualificationType {UNKNOWN} does not exist."
    request_error(caller, told, operation, QualificationTypeId=UNKNOWN, **members)


def qualification_type(caller: Any, **members: Any) -> str:
    """A Qualification type, made by boto3; returns its id."""
    usual = {
        "Name": "Knows dogs",
        "Description": "Tells dogs from cats",
        "QualificationTypeStatus": "Active",
    }
    made = caller.boto3.create_qualification_type(**{**usual, **members})
    return str(made["QualificationType"]["QualificationTypeId"])


def granted(caller: Any) -> tuple[str, str]:
    """The ids of a Qualification type and of a worker who has it, with the value 5."""
    made, worker_id = qualification_type(caller), caller.workers[0].worker_id
    caller.boto3.associate_qualification_with_worker(
        QualificationTypeId=made, WorkerId=worker_id, IntegerValue=5
    )
    return made, worker_id


def holders(caller: Any, made: str) -> Any:
    found = caller.boto3.list_workers_with_qualification_type(QualificationTypeId=made)
    return found["Qualifications"]


# --- HITs ------------------------------------------------------------------------------------


@row
def create_hit(caller: Any) -> None:
    """CreateHIT: with review policies, requirements and every other kind of member."""
    members = {
        **TYPE,
        "LifetimeInSeconds": 3600,
        "MaxAssignments": 3,
        "Question": QUESTION,
        "RequesterAnnotation": "batch 7",
        "UniqueRequestToken": "once",
        "QualificationRequirements": [
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": "In",
                "LocaleValues": [{"Country": "DE"}, {"Country": "US", "Subdivision": "CA"}],
                "ActionsGuarded": "PreviewAndAccept",
            },
            {
                "QualificationTypeId": "000000000000000000L0",
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [95],
            },
        ],
        "AssignmentReviewPolicy": {
            "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
            "Parameters": [
                {"Key": "AnswerKey", "MapEntries": [{"Key": "tag", "Values": ["dog"]}]},
                {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
            ],
        },
        "HITReviewPolicy": {
            "PolicyName": "SimplePlurality/2011-09-01",
            "Parameters": [
                {"Key": "QuestionIds", "Values": ["tag"]},
                {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
            ],
        },
    }
    hit = caller.call("CreateHIT", **members)["HIT"]
    for name in (*TYPE, "RequesterAnnotation", "Question", "MaxAssignments"):
        assert hit[name] == members[name]
    required = hit["QualificationRequirements"]
    assert required[0]["LocaleValues"] == [
        {"Country": "DE"},
        {"Country": "US", "Subdivision": "CA"},
    ]
    assert required[1]["IntegerValues"] == [95]
    assert hit["Expiration"] - hit["CreationTime"] == 3600
    told = f'The HIT with ID "{hit["HITId"]}" already exists.'
    request_error(caller, told, "CreateHIT", **members)


@row
def create_hit_type(caller: Any) -> None:
    """CreateHITType: equal properties are one type."""
    made = caller.call("CreateHITType", **TYPE)["HITTypeId"]
    assert caller.boto3.create_hit_type(**TYPE)["HITTypeId"] == made
    refusal = caller.refusal("CreateHITType", **{**TYPE, "AssignmentDurationInSeconds": 29})
    told = (
        "The value 29 is invalid for AssignmentDurationInSeconds. "
        "Valid values range from 30 to 31536000."
    )
    assert refusal == ("ParameterValidationError", told)


@row
def create_hit_with_hit_type(caller: Any) -> None:
    """CreateHITWithHITType: the properties come from the type."""
    members = {"LifetimeInSeconds": 3600, "Question": QUESTION}
    made = caller.boto3.create_hit_type(**TYPE)["HITTypeId"]
    hit = caller.call("CreateHITWithHITType", HITTypeId=made, **members)["HIT"]
    assert (hit["Title"], hit["HITTypeId"]) == (TYPE["Title"], made)
    told = f"Hit type {UNKNOWN} does not exist."
    request_error(caller, told, "CreateHITWithHITType", HITTypeId=UNKNOWN, **members)


@row
def get_hit(caller: Any) -> None:
    """GetHIT: every member."""
    made = published(caller)
    hit = caller.call("GetHIT", HITId=made["HITId"])["HIT"]
    assert hit.keys() == made.keys()
    assert hit["CreationTime"] == made["CreationTime"].timestamp()
    assert hit["HITStatus"] == "Assignable"
    unknown_hit(caller, "GetHIT")


@row
def list_hits(caller: Any) -> None:
    """ListHITs: in order of creation."""
    made = [published(caller, Title=title)["HITId"] for title in ("a", "b")]
    found = caller.call("ListHITs", MaxResults=10)
    assert [hit["HITId"] for hit in found["HITs"]] == made
    refusal = caller.refusal("ListHITs", NextToken="p1:x")
    told = 'The value "p1:x" is not valid for the parameter NextToken.'
    assert refusal == ("ParameterValidationError", told)


@row
def list_reviewable_hits(caller: Any) -> None:
    """ListReviewableHITs: those that are done."""
    hit = published(caller)
    work(caller, hit["HITId"])
    members = {"HITTypeId": hit["HITTypeId"], "Status": "Reviewable", "MaxResults": 10}
    found = caller.call("ListReviewableHITs", **members)["HITs"]
    assert [each["HITId"] for each in found] == [hit["HITId"]]
    kind, told = caller.refusal("ListReviewableHITs", Status="Disposed")
    assert kind == "ValidationException"
    assert "Member must satisfy enum value set: [Reviewable, Reviewing]" in told


@row
def create_additional_assignments_for_hit(caller: Any) -> None:
    """CreateAdditionalAssignmentsForHIT: once for a token."""
    hit_id = published(caller)["HITId"]
    members = {"NumberOfAdditionalAssignments": 3, "UniqueRequestToken": "once"}
    operation = "CreateAdditionalAssignmentsForHIT"
    assert caller.call(operation, HITId=hit_id, **members) == {}
    assert caller.boto3.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 5
    told = 'The idempotency token "once" has already been processed.'
    request_error(caller, told, operation, HITId=hit_id, **members)


@row
def update_expiration_for_hit(caller: Any) -> None:
    """UpdateExpirationForHIT: a time that has passed ends a HIT."""
    hit_id = published(caller)["HITId"]
    assert caller.call("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=0) == {}
    assert caller.boto3.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
    later = int(caller.market.clock.now().timestamp()) + 7200
    assert caller.call("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=later) == {}
    hit = caller.boto3.get_hit(HITId=hit_id)["HIT"]
    assert hit["Expiration"].timestamp() == later
    unknown_hit(caller, "UpdateExpirationForHIT", ExpireAt=later)


@row
def update_hit_review_status(caller: Any) -> None:
    """UpdateHITReviewStatus: there and back."""
    hit_id = published(caller)["HITId"]
    work(caller, hit_id)
    for reverts, status in ((False, "Reviewing"), (True, "Reviewable")):
        assert caller.call("UpdateHITReviewStatus", HITId=hit_id, Revert=reverts) == {}
        assert caller.boto3.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == status
    told = (
        "This HIT is currently in the state 'Reviewable'.  "
        "This operation can be called with a status of: Reviewing"
    )
    request_error(caller, told, "UpdateHITReviewStatus", HITId=hit_id, Revert=True)


@row
def update_hit_type_of_hit(caller: Any) -> None:
    """UpdateHITTypeOfHIT: as long as nobody's work counts."""
    hit_id = published(caller)["HITId"]
    other = caller.boto3.create_hit_type(**{**TYPE, "Reward": "0.06"})["HITTypeId"]
    assert caller.call("UpdateHITTypeOfHIT", HITId=hit_id, HITTypeId=other) == {}
    assert caller.boto3.get_hit(HITId=hit_id)["HIT"]["Reward"] == "0.06"
    unknown_hit(caller, "UpdateHITTypeOfHIT", HITTypeId=other)


@row
def delete_hit(caller: Any) -> None:
    """DeleteHIT: when all is decided."""
    hit_id = published(caller)["HITId"]
    told = (
        "This HIT is currently in the state 'Assignable'.  "
        "This operation can be called with a status of: Reviewing, Reviewable"
    )
    request_error(caller, told, "DeleteHIT", HITId=hit_id)
    caller.boto3.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert caller.call("DeleteHIT", HITId=hit_id) == {}
    assert caller.boto3.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"


@row
def list_review_policy_results_for_hit(caller: Any) -> None:
    """ListReviewPolicyResultsForHIT: what both policies found and did."""
    hit = published(
        caller,
        AssignmentReviewPolicy={
            "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
            "Parameters": [
                {"Key": "AnswerKey", "MapEntries": [{"Key": "tag", "Values": ["dog"]}]},
                {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
            ],
        },
        HITReviewPolicy={
            "PolicyName": "SimplePlurality/2011-09-01",
            "Parameters": [
                {"Key": "QuestionIds", "Values": ["tag"]},
                {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
            ],
        },
    )
    ids = work(caller, hit["HITId"])
    found = caller.call(
        "ListReviewPolicyResultsForHIT",
        HITId=hit["HITId"],
        PolicyLevels=["Assignment", "HIT"],
        RetrieveActions=True,
        RetrieveResults=True,
        MaxResults=50,
    )
    actions = found["AssignmentReviewReport"]["ReviewActions"]
    assert {action["TargetId"] for action in actions} == set(ids)
    done = {(action["ActionName"], action["Status"]) for action in actions}
    assert ("approve", "Succeeded") in done
    results = found["HITReviewReport"]["ReviewResults"]
    agreed = [each["Value"] for each in results if each["Key"] == "AgreedAnswer"]
    assert agreed == ["dog"]
    assert found["HITReviewPolicy"]["PolicyName"] == "SimplePlurality/2011-09-01"
    unknown_hit(caller, "ListReviewPolicyResultsForHIT")


# --- assignments and money -------------------------------------------------------------------


@row
def get_assignment(caller: Any) -> None:
    """GetAssignment: with its HIT."""
    hit = published(caller)
    ids = work(caller, hit["HITId"])
    found = caller.call("GetAssignment", AssignmentId=ids[0])
    assert found["HIT"]["HITId"] == hit["HITId"]
    assignment = found["Assignment"]
    assert assignment["AssignmentStatus"] == "Submitted"
    assert assignment["WorkerId"] == caller.workers[0].worker_id
    assert "<FreeText>dog</FreeText>" in assignment["Answer"]
    assert assignment["AutoApprovalTime"] - assignment["SubmitTime"] == 86400
    unknown_assignment(caller, "GetAssignment")


@row
def list_assignments_for_hit(caller: Any) -> None:
    """ListAssignmentsForHIT: by status."""
    hit_id = published(caller)["HITId"]
    ids = work(caller, hit_id)
    caller.boto3.approve_assignment(AssignmentId=ids[1])
    members = {"AssignmentStatuses": ["Approved", "Rejected"], "MaxResults": 10}
    found = caller.call("ListAssignmentsForHIT", HITId=hit_id, **members)
    assert [each["AssignmentId"] for each in found["Assignments"]] == ids[1:]
    unknown_hit(caller, "ListAssignmentsForHIT")


@row
def approve_assignment(caller: Any) -> None:
    """ApproveAssignment: also what was rejected."""
    ids = work(caller, published(caller)["HITId"])
    caller.boto3.reject_assignment(AssignmentId=ids[1], RequesterFeedback="No")
    members = {"RequesterFeedback": "Thank you", "OverrideRejection": True}
    for assignment_id in ids:
        assert caller.call("ApproveAssignment", AssignmentId=assignment_id, **members) == {}
        found = caller.boto3.get_assignment(AssignmentId=assignment_id)["Assignment"]
        assert found["AssignmentStatus"] == "Approved"
        assert found["RequesterFeedback"] == "Thank you"
    told = "This operation can be called with a status of: Submitted"
    request_error(caller, told, "ApproveAssignment", AssignmentId=ids[0])


@row
def reject_assignment(caller: Any) -> None:
    """RejectAssignment: once."""
    ids = work(caller, published(caller)["HITId"])
    members = {"AssignmentId": ids[0], "RequesterFeedback": "Empty"}
    assert caller.call("RejectAssignment", **members) == {}
    found = caller.boto3.get_assignment(AssignmentId=ids[0])["Assignment"]
    assert found["AssignmentStatus"] == "Rejected"
    told = "This operation can be called with a status of: Submitted"
    request_error(caller, told, "RejectAssignment", **members)


@row
def get_account_balance(caller: Any) -> None:
    """GetAccountBalance: what is left, and what is on hold."""
    published(caller)
    found = caller.call("GetAccountBalance")
    assert found == {"AvailableBalance": "9999.90", "OnHoldBalance": "0.10"}


@row
def send_bonus(caller: Any) -> None:
    """SendBonus: once for a token, and only for work."""
    ids = work(caller, published(caller)["HITId"])
    members = {
        "WorkerId": caller.workers[0].worker_id,
        "BonusAmount": "1.50",
        "Reason": "Fine work",
        "UniqueRequestToken": "once",
    }
    assert caller.call("SendBonus", AssignmentId=ids[0], **members) == {}
    (paid,) = caller.boto3.list_bonus_payments(AssignmentId=ids[0])["BonusPayments"]
    assert paid["BonusAmount"] == "1.50"
    unknown_assignment(caller, "SendBonus", **{**members, "UniqueRequestToken": "twice"})


@row
def list_bonus_payments(caller: Any) -> None:
    """ListBonusPayments: by HIT."""
    hit_id = published(caller)["HITId"]
    ids = work(caller, hit_id)
    caller.boto3.send_bonus(
        WorkerId=caller.workers[1].worker_id,
        BonusAmount="2",
        AssignmentId=ids[1],
        Reason="Fine work",
    )
    (paid,) = caller.call("ListBonusPayments", HITId=hit_id, MaxResults=10)["BonusPayments"]
    assert (paid["BonusAmount"], paid["AssignmentId"]) == ("2.00", ids[1])
    told = "Your request is missing required parameters. Required parameters include: "
    assert caller.refusal("ListBonusPayments")[1].startswith(told)


@row
def get_file_upload_url(caller: Any) -> None:
    """GetFileUploadURL: leads to what the worker uploaded."""
    worker, hit_id = caller.workers[0], published(caller)["HITId"]
    assignment_id = caller.hand_in_file(worker, hit_id)
    operation = "GetFileUploadURL"
    found = caller.call(operation, AssignmentId=assignment_id, QuestionIdentifier="photo")
    assert urllib3.request("GET", found["FileUploadURL"]).data == b"a dog"
    unknown_assignment(caller, operation, QuestionIdentifier="photo")


# --- workers ---------------------------------------------------------------------------------


@row
def create_worker_block(caller: Any) -> None:
    """CreateWorkerBlock: for a reason."""
    worker_id = caller.workers[0].worker_id
    assert caller.call("CreateWorkerBlock", WorkerId=worker_id, Reason="Too quick") == {}
    (block,) = caller.boto3.list_worker_blocks()["WorkerBlocks"]
    assert block == {"WorkerId": worker_id, "Reason": "Too quick"}
    told = f'The value "{NOBODY}" is not valid for the parameter WorkerId.'
    unknown_worker(caller, told, "CreateWorkerBlock", Reason="Too quick")


@row
def delete_worker_block(caller: Any) -> None:
    """DeleteWorkerBlock: whether there is one or not."""
    worker_id = caller.workers[0].worker_id
    caller.boto3.create_worker_block(WorkerId=worker_id, Reason="Too quick")
    for _ in range(2):
        assert caller.call("DeleteWorkerBlock", WorkerId=worker_id, Reason="A mistake") == {}
    assert caller.boto3.list_worker_blocks()["WorkerBlocks"] == []
    unknown_worker(caller, "WorkerId is invalid.", "DeleteWorkerBlock")


@row
def list_worker_blocks(caller: Any) -> None:
    """ListWorkerBlocks: in order of creation."""
    ids = [worker.worker_id for worker in caller.workers]
    for worker_id in ids:
        caller.boto3.create_worker_block(WorkerId=worker_id, Reason="Too quick")
    found = caller.call("ListWorkerBlocks", MaxResults=10)["WorkerBlocks"]
    assert [block["WorkerId"] for block in found] == ids
    kind, told = caller.refusal("ListWorkerBlocks", MaxResults=101)
    assert kind == "ValidationException"
    assert told.endswith("Member must have value less than or equal to 100")


@row
def notify_workers(caller: Any) -> None:
    """NotifyWorkers: those who have worked for the requester; the others are listed."""
    ids = work(caller, published(caller)["HITId"])
    for assignment_id in ids:
        caller.boto3.approve_assignment(AssignmentId=assignment_id)
    stranger = caller.workers[2].worker_id
    found = caller.call(
        "NotifyWorkers",
        Subject="More work",
        MessageText="There is more.\nThank you!",
        WorkerIds=[worker.worker_id for worker in caller.workers],
    )["NotifyWorkersFailureStatuses"]
    assert [(each["WorkerId"], each["NotifyWorkersFailureCode"]) for each in found] == [
        (stranger, "HardFailure")
    ]
    members = {"MessageText": "x", "WorkerIds": [stranger]}
    kind, told = caller.refusal("NotifyWorkers", Subject="x" * 201, **members)
    assert kind == "ParameterValidationError"
    assert told == "Your request parameter Subject has a maximum length of 200."


# --- qualifications --------------------------------------------------------------------------


@row
def create_qualification_type(caller: Any) -> None:
    """CreateQualificationType: with a test and its key; a name is taken once."""
    members = {
        "Name": "Knows dogs",
        "Description": "Five pictures – which are dogs?",
        "QualificationTypeStatus": "Active",
        "Keywords": "dogs, pictures",
        "RetryDelayInSeconds": 3600,
        "Test": TEST,
        "AnswerKey": KEY,
        "TestDurationInSeconds": 600,
    }
    made = caller.call("CreateQualificationType", **members)["QualificationType"]
    assert {name: made[name] for name in members} == members
    assert (made["IsRequestable"], made["AutoGranted"]) == (True, False)
    told = (
        "You have already created a QualificationType with this name. A QualificationType's name "
        "must be unique among all of the QualificationTypes created by the same user."
    )
    request_error(caller, told, "CreateQualificationType", **members)


@row
def get_qualification_type(caller: Any) -> None:
    """GetQualificationType: one's own, with its key."""
    made = qualification_type(caller, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=60)
    operation = "GetQualificationType"
    found = caller.call(operation, QualificationTypeId=made)["QualificationType"]
    assert (found["QualificationTypeId"], found["AnswerKey"]) == (made, KEY)
    unknown_type(caller, operation)


@row
def update_qualification_type(caller: Any) -> None:
    """UpdateQualificationType: what is given changes, the rest stays."""
    made = qualification_type(caller)
    members = {"Description": "Other", "AutoGranted": True, "AutoGrantedValue": 7}
    operation = "UpdateQualificationType"
    found = caller.call(operation, QualificationTypeId=made, **members)["QualificationType"]
    assert {name: found[name] for name in members} == members
    assert found["QualificationTypeStatus"] == "Active"
    unknown_type(caller, operation, QualificationTypeStatus="Inactive")


@row
def list_qualification_types(caller: Any) -> None:
    """ListQualificationTypes: by words, one's own."""
    made = qualification_type(caller, Name="Knows zebras")
    qualification_type(caller, Name="Knows cats")
    members = {"Query": "zebra", "MustBeRequestable": True, "MustBeOwnedByCaller": True}
    found = caller.call("ListQualificationTypes", **members, MaxResults=10)
    assert [each["QualificationTypeId"] for each in found["QualificationTypes"]] == [made]
    refusal = caller.refusal("ListQualificationTypes", MustBeRequestable=False, NextToken="p1:x")
    told = 'The value "p1:x" is not valid for the parameter NextToken.'
    assert refusal == ("ParameterValidationError", told)


@row
def delete_qualification_type(caller: Any) -> None:
    """DeleteQualificationType: its name is free once it is gone."""
    made = qualification_type(caller)
    assert caller.call("DeleteQualificationType", QualificationTypeId=made) == {}
    unknown_type(caller, "DeleteQualificationType")


@row
def associate_qualification_with_worker(caller: Any) -> None:
    """AssociateQualificationWithWorker: with a value."""
    made = qualification_type(caller)
    operation, worker_id = "AssociateQualificationWithWorker", caller.workers[0].worker_id
    members = {"QualificationTypeId": made, "IntegerValue": 42, "SendNotification": False}
    assert caller.call(operation, WorkerId=worker_id, **members) == {}
    (held,) = holders(caller, made)
    assert (held["WorkerId"], held["IntegerValue"]) == (worker_id, 42)
    told = f'The value "{NOBODY}" is not valid for the parameter WorkerId.'
    unknown_worker(caller, told, operation, **members)


@row
def disassociate_qualification_from_worker(caller: Any) -> None:
    """DisassociateQualificationFromWorker: once."""
    made, worker_id = granted(caller)
    operation = "DisassociateQualificationFromWorker"
    members = {"QualificationTypeId": made, "WorkerId": worker_id, "Reason": "Too old"}
    assert caller.call(operation, **members) == {}
    assert holders(caller, made) == []
    other = {**members, "WorkerId": caller.workers[1].worker_id}
    request_error(caller, NOT_HELD, operation, **other)


@row
def get_qualification_score(caller: Any) -> None:
    """GetQualificationScore: the value and since when."""
    made, worker_id = granted(caller)
    operation = "GetQualificationScore"
    found = caller.call(operation, QualificationTypeId=made, WorkerId=worker_id)["Qualification"]
    assert (found["IntegerValue"], found["Status"]) == (5, "Granted")
    assert found["GrantTime"] == caller.market.clock.now().timestamp()
    other = caller.workers[1].worker_id
    request_error(caller, NOT_HELD, operation, QualificationTypeId=made, WorkerId=other)


@row
def list_workers_with_qualification_type(caller: Any) -> None:
    """ListWorkersWithQualificationType: also those who had it."""
    made, worker_id = granted(caller)
    operation = "ListWorkersWithQualificationType"
    caller.boto3.disassociate_qualification_from_worker(
        QualificationTypeId=made, WorkerId=worker_id
    )
    members = {"Status": "Revoked", "MaxResults": 10}
    found = caller.call(operation, QualificationTypeId=made, **members)["Qualifications"]
    assert [(each["WorkerId"], each["Status"]) for each in found] == [(worker_id, "Revoked")]
    unknown_type(caller, operation)


@row
def list_hits_for_qualification_type(caller: Any) -> None:
    """ListHITsForQualificationType: those that require it."""
    made = qualification_type(caller)
    requirement = {"QualificationTypeId": made, "Comparator": "Exists"}
    hit_id = published(caller, QualificationRequirements=[requirement])["HITId"]
    published(caller)
    operation = "ListHITsForQualificationType"
    found = caller.call(operation, QualificationTypeId=made, MaxResults=10)["HITs"]
    assert [hit["HITId"] for hit in found] == [hit_id]
    unknown_type(caller, operation)


@row
def list_qualification_requests(caller: Any) -> None:
    """ListQualificationRequests: what awaits a decision."""
    made = qualification_type(caller)
    request_id = caller.request(made, caller.workers[0])
    operation = "ListQualificationRequests"
    found = caller.call(operation, QualificationTypeId=made, MaxResults=10)
    (listed,) = found["QualificationRequests"]
    assert listed["QualificationRequestId"] == request_id
    assert listed["WorkerId"] == caller.workers[0].worker_id
    unknown_type(caller, operation)


@row
def accept_qualification_request(caller: Any) -> None:
    """AcceptQualificationRequest: grants a value, once."""
    made = qualification_type(caller)
    request_id = caller.request(made, caller.workers[0])
    operation = "AcceptQualificationRequest"
    members = {"QualificationRequestId": request_id, "IntegerValue": 9}
    assert caller.call(operation, **members) == {}
    (held,) = holders(caller, made)
    assert held["IntegerValue"] == 9
    told = "This operation can be called with a status of: Submitted"
    request_error(caller, told, operation, **members)


@row
def reject_qualification_request(caller: Any) -> None:
    """RejectQualificationRequest: nothing is granted."""
    made = qualification_type(caller)
    request_id = caller.request(made, caller.workers[0])
    operation = "RejectQualificationRequest"
    members = {"QualificationRequestId": request_id, "Reason": "Not now"}
    assert caller.call(operation, **members) == {}
    assert holders(caller, made) == []
    told = f"QualificationRequest {UNKNOWN} does not exist."
    request_error(caller, told, operation, QualificationRequestId=UNKNOWN)


# --- notifications ---------------------------------------------------------------------------


@row
def update_notification_settings(caller: Any) -> None:
    """UpdateNotificationSettings: set up, then switched off."""
    made = caller.boto3.create_hit_type(**TYPE)["HITTypeId"]
    operation = "UpdateNotificationSettings"
    wanted = notification("AssignmentSubmitted", "HITReviewable")
    assert caller.call(operation, HITTypeId=made, Notification=wanted, Active=True) == {}
    assert caller.call(operation, HITTypeId=made, Active=False) == {}
    told = f"Hit type {UNKNOWN} does not exist."
    request_error(caller, told, operation, HITTypeId=UNKNOWN, Notification=wanted)


@row
def send_test_event_notification(caller: Any) -> None:
    """SendTestEventNotification: arrives before the answer."""
    operation = "SendTestEventNotification"
    before = len(caller.letters)
    wanted = notification("HITReviewable")
    assert caller.call(operation, Notification=wanted, TestEventType="Ping") == {}
    assert len(caller.letters) == before + 1
    assert "Ping" in str(caller.letters[-1])
    nowhere = {**wanted, "Destination": "nowhere"}
    told = "Invalid transport endpoint: nowhere"
    request_error(caller, told, operation, Notification=nowhere, TestEventType="Ping")


def notification(*events: str) -> dict[str, Any]:
    """Letters to the requester."""
    return {
        "Destination": "lab@example.org",
        "Transport": "Email",
        "Version": "2006-05-05",
        "EventTypes": list(events),
    }


# --- all of it -------------------------------------------------------------------------------

CASES = [
    pytest.param(client, operation, marks=pytest.mark.xdist_group(client))
    for client in CLIENTS
    for operation in (IN_SHORT if client == "AWS CLI with our model" else ROWS)
]


@pytest.mark.parametrize(("client", "operation"), CASES)
def test_operation(caller_with: Callable[[str], Any], client: str, operation: str) -> None:
    ROWS[operation](caller_with(client))


def test_every_operation_has_its_row() -> None:
    assert ROWS.keys() == catalogue.OPERATIONS.keys()
