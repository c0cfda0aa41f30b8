"""The main job with stock boto3 and the AWS CLI: publish, work, review, read, pay, delete."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2017-11-06"
QUESTION = f"""<QuestionForm xmlns="{NAMESPACE}/QuestionForm.xsd">
  <Overview><Title>Two questions</Title></Overview>
  <Question>
    <QuestionIdentifier>Question_1</QuestionIdentifier>
    <QuestionContent><Text>Is the sky blue?</Text></QuestionContent>
    <AnswerSpecification><FreeTextAnswer/></AnswerSpecification>
  </Question>
  <Question>
    <QuestionIdentifier>Question_2</QuestionIdentifier>
    <QuestionContent><Text>What is 6 times 7?</Text></QuestionContent>
    <AnswerSpecification><FreeTextAnswer/></AnswerSpecification>
  </Question>
</QuestionForm>"""
KNOWN = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "Question_2", "Values": ["42"]}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
        {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["100"]},
        {"Key": "RejectReason", "Values": ["The control question was wrong."]},
    ],
}
PLURALITY = {
    "PolicyName": "SimplePlurality/2011-09-01",
    "Parameters": [
        {"Key": "QuestionIds", "Values": ["Question_1"]},
        {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
        {"Key": "ApproveIfWorkerAgreementScoreIsAtLeast", "Values": ["100"]},
    ],
}
CREATION: dict[str, Any] = {
    "Title": "Two questions",
    "Description": "Answer two questions",
    "Keywords": "questions, two",
    "Reward": "0.10",
    "MaxAssignments": 2,
    "LifetimeInSeconds": 3600,
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 86_400,
    "Question": QUESTION,
    "RequesterAnnotation": "main job",
    "AssignmentReviewPolicy": KNOWN,
    "HITReviewPolicy": PLURALITY,
}
# The sample of the service's documentation, with ids replaced by names and times by "T".
SAMPLE: dict[str, Any] = {
    "HITId": "HIT",
    "AssignmentReviewPolicy": {"PolicyName": "ScoreMyKnownAnswers/2011-09-01"},
    "HITReviewPolicy": {"PolicyName": "SimplePlurality/2011-09-01"},
    "AssignmentReviewReport": {
        "ReviewResults": [
            {"ActionId": "A1", "SubjectId": "D", "SubjectType": "Assignment",
             "QuestionId": "Question_2", "Key": "KnownAnswerCorrect", "Value": "1"},
            {"ActionId": "A1", "SubjectId": "D", "SubjectType": "Assignment",
             "Key": "KnownAnswerScore", "Value": "100"},
            {"ActionId": "A2", "SubjectId": "G", "SubjectType": "Assignment",
             "QuestionId": "Question_2", "Key": "KnownAnswerCorrect", "Value": "0"},
            {"ActionId": "A2", "SubjectId": "G", "SubjectType": "Assignment",
             "Key": "KnownAnswerScore", "Value": "0"},
        ],
        "ReviewActions": [
            {"ActionId": "A1", "ActionName": "review", "TargetId": "D",
             "TargetType": "Assignment", "Status": "Succeeded", "CompleteTime": "T",
             "Result": "Reviewed one known answer; 1/1 correct"},
            {"ActionId": "A3", "ActionName": "approve", "TargetId": "D",
             "TargetType": "Assignment", "Status": "Succeeded", "CompleteTime": "T",
             "Result": "Approved"},
            {"ActionId": "A2", "ActionName": "review", "TargetId": "G",
             "TargetType": "Assignment", "Status": "Succeeded", "CompleteTime": "T",
             "Result": "Reviewed one known answer; 0/1 correct"},
            {"ActionId": "A4", "ActionName": "reject", "TargetId": "G",
             "TargetType": "Assignment", "Status": "Succeeded", "CompleteTime": "T",
             "Result": "Rejected"},
        ],
    },
    "HITReviewReport": {
        "ReviewResults": [
            *(
                {"ActionId": "A5", "SubjectId": subject, "SubjectType": "Assignment",
                 "Key": key, "Value": value}
                for subject in ("D", "G")
                for key, value in (
                    ("WorkerAgreementScore", "100"),
                    ("PluralityAnswersCorrect", "1"),
                    ("PluralityAnswersIncorrect", "0"),
                )
            ),
            *(
                {"ActionId": "A5", "SubjectId": "HIT", "SubjectType": "HIT",
                 "QuestionId": "Question_1", "Key": key, "Value": value}
                for key, value in (
                    ("AgreedAnswerFound", "true"),
                    ("AgreedAnswer", "true"),
                    ("AnswerAgreementScore", "100"),
                )
            ),
            {"ActionId": "A5", "SubjectId": "HIT", "SubjectType": "HIT",
             "Key": "HitAgreementScore", "Value": "100"},
        ],
        "ReviewActions": [
            {"ActionId": "A6", "ActionName": "approve", "TargetId": "D",
             "TargetType": "Assignment", "Status": "Succeeded", "CompleteTime": "T",
             "Result": "Already approved"},
            {"ActionId": "A7", "ActionName": "approve", "TargetId": "G",
             "TargetType": "Assignment", "Status": "Failed", "CompleteTime": "T",
             "Result": "Assignment was in an invalid state for this operation.",
             "ErrorCode": "AWS.MechanicalTurk.InvalidAssignmentState"},
        ],
    },
}  # fmt: skip


def _named(found: Any, names: dict[str, str]) -> Any:
    """The same document with ids replaced by names in order of appearance, and times by T."""
    if isinstance(found, list):
        return [_named(item, names) for item in found]
    if not isinstance(found, dict):
        return found
    shown = {}
    for key, value in found.items():
        if key == "ActionId":
            actions = sum(1 for name in names.values() if name.startswith("A"))
            shown[key] = names.setdefault(value, f"A{actions + 1}")
        elif key in {"HITId", "SubjectId", "TargetId"}:
            shown[key] = names[value]
        elif key == "CompleteTime":
            shown[key] = "T"
        else:
            shown[key] = _named(value, names)
    return shown


def _raw(process: Any, keys: dict[str, str], operation: str, body: dict[str, Any]) -> bytes:
    """The bytes that the server answers to a call that botocore signed."""
    request = AWSRequest(
        method="POST",
        url=process.url + "/",
        data=json.dumps(body),
        headers={
            "X-Amz-Target": f"MTurkRequesterServiceV20170117.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        },
    )
    credentials = Credentials(keys["access_key_id"], keys["secret_access_key"])
    SigV4Auth(credentials, "mturk-requester", "us-east-1").add_auth(request)
    session = URLLib3Session()
    content: bytes = session.send(request.prepare()).content
    session.close()
    return content


@pytest.fixture
def published(process: Any) -> dict[str, Any]:
    """A requester with a HIT under both policies, and two workers who have done it."""
    keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "10.00"})
    workers = [process.post("/x/testing/workers", {}) for _ in range(2)]
    client = process.client(keys)
    hit_id = client.create_hit(**CREATION)["HIT"]["HITId"]
    right = process.do(workers[0], hit_id, {"Question_1": "true", "Question_2": "42"})
    wrong = process.do(workers[1], hit_id, {"Question_1": "true", "Question_2": "43"})
    return {
        "keys": keys,
        "client": client,
        "hit_id": hit_id,
        "workers": workers,
        "ids": {
            hit_id: "HIT",
            right["assignment_id"]: "D",
            wrong["assignment_id"]: "G",
        },
    }


def test_documented_sample_byte_for_byte(
    process: Any, published: dict[str, Any], aws: Callable[..., Any]
) -> None:
    """The sample of the documentation comes out of a running server, over every client."""
    names = dict(published["ids"])
    raw = _raw(
        process,
        published["keys"],
        "ListReviewPolicyResultsForHIT",
        {"HITId": published["hit_id"]},
    )
    named = _named(json.loads(raw), names)
    assert json.dumps(named) == json.dumps(SAMPLE)
    # Nothing but ids and times differs, to the byte.
    text = raw.decode()
    for real, name in names.items():
        text = text.replace(f'"{real}"', f'"{name}"')
    expected = json.dumps(SAMPLE, separators=(",", ":"))
    times = {item["CompleteTime"] for item in _actions(json.loads(raw))}
    for moment in times:
        text = text.replace(f'"CompleteTime":{moment}', '"CompleteTime":"T"')
    assert text == expected

    answer = published["client"].list_review_policy_results_for_hit(HITId=published["hit_id"])
    answer.pop("ResponseMetadata")
    assert _named(answer, names) == SAMPLE

    printed = aws(published["keys"])(
        "list-review-policy-results-for-hit", "--hit-id", published["hit_id"]
    )
    assert _named(printed, names) == SAMPLE


def _actions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    reports = (answer["AssignmentReviewReport"], answer["HITReviewReport"])
    return [action for report in reports for action in report["ReviewActions"]]


def test_whole_job_with_boto3(process: Any) -> None:
    """Balance, create, work, review, results with every flag, assignments, bonus, delete."""
    keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "10.00"})
    workers = [process.post("/x/testing/workers", {}) for _ in range(2)]
    client = process.client(keys)
    assert client.get_account_balance()["AvailableBalance"] == "10.00"
    hit = client.create_hit(**CREATION)["HIT"]
    assert (hit["HITStatus"], hit["NumberOfAssignmentsAvailable"]) == ("Assignable", 2)
    balance = client.get_account_balance()
    assert (balance["AvailableBalance"], balance["OnHoldBalance"]) == ("9.80", "0.20")
    process.do(workers[0], hit["HITId"], {"Question_1": "true", "Question_2": "42"})
    process.do(workers[1], hit["HITId"], {"Question_1": "true", "Question_2": "0"})

    pages = client.get_paginator("list_reviewable_hits").paginate()
    assert [item["HITId"] for page in pages for item in page["HITs"]] == [hit["HITId"]]
    _check_flags(client, hit["HITId"])
    _check_paging(client, hit["HITId"])

    found = client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    assert [item["AssignmentStatus"] for item in found] == ["Approved", "Rejected"]
    assert found[1]["RequesterFeedback"] == "The control question was wrong."
    assert "<FreeText>42</FreeText>" in found[0]["Answer"]
    client.send_bonus(
        WorkerId=workers[0]["worker_id"],
        BonusAmount="1.50",
        AssignmentId=found[0]["AssignmentId"],
        Reason="Well done",
    )
    bonuses = client.list_bonus_payments(HITId=hit["HITId"])["BonusPayments"]
    assert [item["BonusAmount"] for item in bonuses] == ["1.50"]
    assert client.get_account_balance()["AvailableBalance"] == "8.40"
    client.delete_hit(HITId=hit["HITId"])
    assert client.list_hits()["NumResults"] == 0
    with pytest.raises(client.exceptions.RequestError) as refused:
        client.delete_hit(HITId=hit["HITId"])
    assert refused.value.response["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"


def _check_flags(client: Any, hit_id: str) -> None:
    """Every combination of level and Retrieve flags leaves out exactly what it should."""
    levels: tuple[list[str], ...] = ([], ["Assignment"], ["HIT"], ["Assignment", "HIT"])
    for wanted in levels:
        for results in (True, False):
            for actions in (True, False):
                answer = client.list_review_policy_results_for_hit(
                    HITId=hit_id,
                    PolicyLevels=wanted,
                    RetrieveResults=results,
                    RetrieveActions=actions,
                )
                for level in ("Assignment", "HIT"):
                    is_shown = level in (wanted or ["Assignment", "HIT"])
                    assert (f"{level}ReviewPolicy" in answer) is is_shown
                    report = answer.get(f"{level}ReviewReport")
                    assert (report is not None) is is_shown
                    if report is not None:
                        assert ("ReviewResults" in report) is results
                        assert ("ReviewActions" in report) is actions


def _check_paging(client: Any, hit_id: str) -> None:
    """Pages of one entry add up to the whole."""
    whole = client.list_review_policy_results_for_hit(HITId=hit_id)
    entries: dict[tuple[str, str], list[Any]] = {}
    token: dict[str, str] = {}
    while True:
        page = client.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=1, **token)
        found = 0
        for report in ("AssignmentReviewReport", "HITReviewReport"):
            for kind in ("ReviewResults", "ReviewActions"):
                entries.setdefault((report, kind), []).extend(page[report][kind])
                found += len(page[report][kind])
        assert found == 1
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    for (report, kind), items in entries.items():
        assert items == whole[report][kind]


def test_whole_job_with_the_aws_cli(process: Any, aws: Callable[..., Any], tmp_path: Path) -> None:
    """The same job with `aws mturk`, its input from files."""
    keys = process.post("/x/testing/requesters", {"name": "Lab", "balance": "10.00"})
    workers = [process.post("/x/testing/workers", {}) for _ in range(2)]
    run = aws(keys)
    assert run("get-account-balance")["AvailableBalance"] == "10.00"
    request = tmp_path / "create.json"
    request.write_text(json.dumps(CREATION))
    hit_id = run("create-hit", "--cli-input-json", f"file://{request}")["HIT"]["HITId"]
    assert run("get-hit", "--hit-id", hit_id)["HIT"]["HITStatus"] == "Assignable"
    process.do(workers[0], hit_id, {"Question_1": "true", "Question_2": "42"})
    process.do(workers[1], hit_id, {"Question_1": "true", "Question_2": "0"})
    assert [item["HITId"] for item in run("list-reviewable-hits")["HITs"]] == [hit_id]

    wanted = tmp_path / "results.json"
    wanted.write_text(json.dumps({"HITId": hit_id, "MaxResults": 1, "PolicyLevels": ["HIT"]}))
    page = run("list-review-policy-results-for-hit", "--cli-input-json", f"file://{wanted}")
    assert len(page["HITReviewReport"]["ReviewResults"]) == 1
    following = run(
        "list-review-policy-results-for-hit",
        *("--hit-id", hit_id, "--policy-levels", "HIT", "--max-results", "1"),
        *("--next-token", page["NextToken"]),
    )
    assert following["HITReviewReport"]["ReviewResults"][0]["Key"] == "PluralityAnswersCorrect"
    bare = run(
        "list-review-policy-results-for-hit",
        *("--hit-id", hit_id, "--no-retrieve-actions", "--no-retrieve-results"),
    )
    assert bare["AssignmentReviewReport"] == {}

    found = run("list-assignments-for-hit", "--hit-id", hit_id)["Assignments"]
    assert [item["AssignmentStatus"] for item in found] == ["Approved", "Rejected"]
    run(
        "send-bonus",
        *("--worker-id", workers[0]["worker_id"], "--bonus-amount", "0.25"),
        *("--assignment-id", found[0]["AssignmentId"], "--reason", "Thanks"),
    )
    assert run("get-account-balance")["AvailableBalance"] == "9.65"
    assert run("delete-hit", "--hit-id", hit_id) == {}
