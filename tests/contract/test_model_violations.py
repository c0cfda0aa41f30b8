"""What a request that breaks the model is told, word for word."""

import json
from typing import Any

import pytest

from kempelen.api import account, hits, notifications, reviews, shape, types, workers
from kempelen.edges.aws import json_protocol

ENTITY = "^[A-Z0-9]+$"
WORKER = "^A[A-Z0-9]+$"
EVENTS = (
    "AssignmentAccepted, AssignmentAbandoned, AssignmentReturned, AssignmentSubmitted, "
    "AssignmentRejected, AssignmentApproved, HITCreated, HITExpired, HITReviewable, HITExtended, "
    "HITDisposed, Ping"
)
VIOLATIONS: list[tuple[type[shape.Shape], Any, list[str]]] = [
    (
        hits.GetHITRequest,
        {},
        ["Value null at 'hITId' failed to satisfy constraint: Member must not be null"],
    ),
    (
        hits.GetHITRequest,
        {"HITId": None},
        ["Value null at 'hITId' failed to satisfy constraint: Member must not be null"],
    ),
    (
        hits.GetHITRequest,
        {"HITId": "abc"},
        [
            (
                "Value 'abc' at 'hITId' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {ENTITY}"
            )
        ],
    ),
    (
        hits.GetHITRequest,
        {"HITId": "ABC\n"},
        [
            (
                "Value 'ABC\n' at 'hITId' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {ENTITY}"
            )
        ],
    ),
    (
        hits.GetHITRequest,
        {"HITId": ""},
        [
            (
                "Value '' at 'hITId' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
            (
                "Value '' at 'hITId' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {ENTITY}"
            ),
        ],
    ),
    (
        hits.GetHITRequest,
        {"HITId": "A" * 65},
        [
            (
                f"Value '{'A' * 65}' at 'hITId' failed to satisfy constraint: "
                "Member must have length less than or equal to 64"
            )
        ],
    ),
    (
        hits.ListHITsRequest,
        {"MaxResults": 101},
        [
            (
                "Value '101' at 'maxResults' failed to satisfy constraint: "
                "Member must have value less than or equal to 100"
            )
        ],
    ),
    (
        hits.ListHITsRequest,
        {"MaxResults": 0, "NextToken": ""},
        [
            (
                "Value '' at 'nextToken' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
            (
                "Value '0' at 'maxResults' failed to satisfy constraint: "
                "Member must have value greater than or equal to 1"
            ),
        ],
    ),
    (
        hits.ListReviewableHITsRequest,
        {"Status": "Disposed"},
        [
            (
                "Value 'Disposed' at 'status' failed to satisfy constraint: "
                "Member must satisfy enum value set: [Reviewable, Reviewing]"
            )
        ],
    ),
    (
        account.SendBonusRequest,
        {"WorkerId": "B1", "BonusAmount": "1.234", "AssignmentId": "3A"},
        [
            (
                "Value 'B1' at 'workerId' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {WORKER}"
            ),
            (
                "Value '1.234' at 'bonusAmount' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: ^[0-9]+(\.)?[0-9]{0,2}$"
            ),
            "Value null at 'reason' failed to satisfy constraint: Member must not be null",
        ],
    ),
    (
        reviews.ListReviewPolicyResultsForHITRequest,
        {"HITId": "3A", "PolicyLevels": ["HIT", "X"]},
        [
            (
                "Value '[HIT, X]' at 'policyLevels' failed to satisfy constraint: Member must "
                "satisfy constraint: [Member must satisfy enum value set: [Assignment, HIT]]"
            )
        ],
    ),
    (
        workers.NotifyWorkersRequest,
        {"Subject": "s", "MessageText": "m", "WorkerIds": ["A1", "x", ""]},
        [
            (
                "Value '[A1, x, ]' at 'workerIds' failed to satisfy constraint: Member must "
                "satisfy constraint: [Member must have length less than or equal to 64, Member "
                "must have length greater than or equal to 1, Member must satisfy regular "
                f"expression pattern: {WORKER}]"
            )
        ],
    ),
    (
        notifications.SendTestEventNotificationRequest,
        {
            "Notification": {
                "Destination": "x",
                "Transport": "Fax",
                "Version": "2014-08-15",
                "EventTypes": ["Pong"],
            },
            "TestEventType": "Ping",
        },
        [
            (
                "Value 'Fax' at 'notification.transport' failed to satisfy constraint: "
                "Member must satisfy enum value set: [Email, SQS, SNS]"
            ),
            (
                "Value '[Pong]' at 'notification.eventTypes' failed to satisfy constraint: "
                f"Member must satisfy constraint: [Member must satisfy enum value set: [{EVENTS}]]"
            ),
        ],
    ),
    (
        hits.CreateHITTypeRequest,
        {
            "AssignmentDurationInSeconds": 60,
            "Reward": "x",
            "Title": "t",
            "Description": "d",
            "QualificationRequirements": [
                {"QualificationTypeId": "any id", "Comparator": "Exists"},
                {"Comparator": "In", "LocaleValues": [{"Country": "USA"}, {}]},
            ],
        },
        [
            (
                "Value 'x' at 'reward' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: ^[0-9]+(\.)?[0-9]{0,2}$"
            ),
            (
                "Value null at 'qualificationRequirements.2.member.qualificationTypeId' failed to "
                "satisfy constraint: Member must not be null"
            ),
            (
                "Value 'USA' at 'qualificationRequirements.2.member.localeValues.1.member.country' "
                "failed to satisfy constraint: Member must have length less than or equal to 2"
            ),
            (
                "Value null at 'qualificationRequirements.2.member.localeValues.2.member.country' "
                "failed to satisfy constraint: Member must not be null"
            ),
        ],
    ),
]


@pytest.mark.parametrize(("request_shape", "members", "expected"), VIOLATIONS)
def test_all_violations_are_reported_together(
    request_shape: type[shape.Shape], members: Any, expected: list[str]
) -> None:
    with pytest.raises(shape.ValidationException) as refusal:
        json_protocol.decode(json.dumps(members).encode(), request_shape)
    assert [str(violation) for violation in refusal.value.violations] == expected
    noun = "error" if len(expected) == 1 else "errors"
    message = f"{len(expected)} validation {noun} detected: " + "; ".join(expected)
    assert refusal.value.message == message
    status, name, body = json_protocol.fault(refusal.value, 1624047673969, sandbox=True)
    assert (status, name) == (400, "ValidationException")
    assert json.loads(body) == {"__type": "ValidationException", "message": message}


def test_shapes_built_in_code_are_checked_alike() -> None:
    good = types.QualificationRequirement(qualification_type_id="any", comparator="Exists")
    bad = types.QualificationRequirement(
        qualification_type_id="any", comparator="Is", locale_values=(types.Locale(country="U"),)
    )
    request = hits.CreateHITTypeRequest(
        assignment_duration_in_seconds=2**63,
        reward="0.05",
        title="t",
        description="d",
        qualification_requirements=(good, bad),
    )
    with pytest.raises(shape.ValidationException) as refusal:
        shape.check(request)
    at = "qualificationRequirements.2.member."
    assert [(found.path, found.value) for found in refusal.value.violations] == [
        ("assignmentDurationInSeconds", 2**63),
        (at + "comparator", "Is"),
        (at + "localeValues.1.member.country", "U"),
    ]


def test_integers_too_wide_in_a_list_built_in_code() -> None:
    wide = types.QualificationRequirement(
        qualification_type_id="any", comparator="In", integer_values=(1, 2**31)
    )
    with pytest.raises(shape.ValidationException, match=r"\[Member must have value less than or"):
        shape.check(wide)


def test_a_report_has_an_end() -> None:
    levels = [{"Country": "x"}] * 5000
    members = {"QualificationTypeId": "x", "Comparator": "In", "LocaleValues": levels}
    with pytest.raises(shape.ValidationException) as refusal:
        shape.read(members, types.QualificationRequirement)
    assert len(refusal.value.violations) == 100
    with pytest.raises(shape.ValidationException) as refusal:
        shape.read({"HITId": "x" * 1_000_000}, hits.GetHITRequest)
    assert len(refusal.value.message) < 5000
