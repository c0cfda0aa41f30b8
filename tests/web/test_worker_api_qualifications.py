"""Qualifications over the worker API: a worker earns one and accepts a guarded HIT with it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from kempelen.testing.market import Kempelen, Worker

RIGHT = {"move": ["D"], "fruit": ["apples"]}


@pytest.fixture
def worker(kempelen: Kempelen) -> Worker:
    """An account."""
    return kempelen.add_worker()


def guarded(type_id: str, **members: Any) -> dict[str, Any]:
    return {
        "QualificationRequirements": [
            {
                "QualificationTypeId": type_id,
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [80],
                **members,
            }
        ]
    }


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def requirement(api: Any, worker: Worker, hit: dict[str, Any]) -> dict[str, Any]:
    group = api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}").body
    (found,) = group["requirements"]
    shown: dict[str, Any] = found
    return shown


def test_from_a_test_to_a_guarded_hit(
    kempelen: Kempelen, api: Any, publish: Any, offer: Any, form_question: str, worker: Worker
) -> None:
    type_id = offer(with_test=True)
    hit = publish(form_question, **guarded(type_id))
    assert api(worker, "POST", f"/hits/{hit['HITId']}/accept").code == "NOT_QUALIFIED"
    assert requirement(api, worker, hit)["action"] == "test"
    attempt = api(worker, "POST", f"/qualification-types/{type_id}/test")
    assert attempt.status == 201
    asked = attempt.body["question_form"]["items"]
    assert [item["id"] for item in asked] == ["move", "fruit"]
    assert "AnswerKey" not in str(attempt.body)
    path = f"/qualification-tests/{attempt.body['attempt_id']}"
    assert api(worker, "GET", path).body == attempt.body
    again = api(worker, "POST", f"/qualification-types/{type_id}/test")
    assert again.body == attempt.body
    refused = api(worker, "POST", f"{path}/submit", {"answers": {"move": ["E"]}})
    assert refused.code == "INVALID_ANSWERS"
    assert {each["field"] for each in refused.body["errors"]} == {"move", "fruit"}
    done = api(worker, "POST", f"{path}/submit", {"answers": RIGHT})
    assert (done.status, done.body["state"], done.body["value"]) == (200, "granted", 100)
    assert api(worker, "POST", f"{path}/submit", {"answers": {}}).body == done.body
    shown = requirement(api, worker, hit)
    assert (shown["met"], shown["caller_value"], shown["name"]) == (True, 100, "Chess")
    api.accept(worker, hit)
    score = kempelen.client.get_qualification_score(
        QualificationTypeId=type_id, WorkerId=worker.worker_id
    )["Qualification"]
    assert (score["IntegerValue"], score["Status"]) == (100, "Granted")


def test_late_answers(
    kempelen: Kempelen, api: Any, publish: Any, offer: Any, form_question: str, worker: Worker
) -> None:
    type_id = offer(with_test=True, RetryDelayInSeconds=90)
    hit = publish(form_question, **guarded(type_id))
    attempt = api(worker, "POST", f"/qualification-types/{type_id}/test").body
    kempelen.advance(seconds=601)
    path = f"/qualification-tests/{attempt['attempt_id']}"
    refused = api(worker, "POST", f"{path}/submit", {"answers": RIGHT})
    assert (refused.status, refused.code) == (409, "TEST_TIME_OVER")
    assert "nothing was graded" in refused.body["detail"]
    ended = api(worker, "GET", path).body
    assert (ended["request"]["state"], ended["question_form"]) == ("expired", None)
    early = api(worker, "POST", f"/qualification-types/{type_id}/test")
    assert (early.code, early.body["retry_after"]) == ("RETRY_TOO_SOON", 90)
    assert early.headers["retry-after"] == "90"
    shown = requirement(api, worker, hit)
    assert shown["action"] == "wait"
    waited = instant(shown["action_at"]) - instant(ended["request"]["deadline"])
    assert waited == timedelta(seconds=90)
    kempelen.advance(seconds=90)
    assert api(worker, "POST", f"/qualification-types/{type_id}/test").status == 201


def test_a_request_and_the_requester(
    kempelen: Kempelen, api: Any, offer: Any, worker: Worker
) -> None:
    type_id = offer(RetryDelayInSeconds=0)
    path = f"/qualification-types/{type_id}"
    made = api(worker, "POST", f"{path}/requests", Idempotency_Key="one")
    assert (made.status, made.body["state"]) == (201, "submitted")
    assert api(worker, "POST", f"{path}/requests", Idempotency_Key="one").body == made.body
    assert api(worker, "POST", f"{path}/requests").code == "ALREADY_PENDING"
    (pending,) = api(worker, "GET", "/qualifications?state=pending").body["items"]
    assert pending["caller"]["action"] == "wait"
    (waiting,) = kempelen.client.list_qualification_requests()["QualificationRequests"]
    assert waiting["QualificationRequestId"] == made.body["request_id"]
    kempelen.client.reject_qualification_request(
        QualificationRequestId=made.body["request_id"], Reason="Not this time"
    )
    own = api(worker, "GET", path).body["caller"]
    assert own["request"]["state"] == "rejected"
    assert own["request"]["reason"] == "Not this time"
    second = api(worker, "POST", f"{path}/requests").body["request_id"]
    kempelen.client.accept_qualification_request(QualificationRequestId=second, IntegerValue=7)
    (assigned,) = api(worker, "GET", "/qualifications?state=assigned").body["items"]
    assert (assigned["name"], assigned["caller"]["value"]) == ("Chess", 7)
    kempelen.client.disassociate_qualification_from_worker(
        WorkerId=worker.worker_id, QualificationTypeId=type_id, Reason="Sold out"
    )
    own = api(worker, "GET", path).body["caller"]
    assert (own["status"], own["reason"], own["value"]) == ("revoked", "Sold out", 7)


def test_withdrawing_and_giving_back(
    kempelen: Kempelen, api: Any, offer: Any, worker: Worker
) -> None:
    type_id = offer()
    made = api(worker, "POST", f"/qualification-types/{type_id}/requests").body
    gone = api(worker, "DELETE", f"/qualification-requests/{made['request_id']}")
    assert (gone.status, gone.body["state"]) == (200, "cancelled")
    assert kempelen.client.list_qualification_requests()["QualificationRequests"] == []
    assert api(worker, "DELETE", f"/qualifications/{type_id}").code == "NOT_FOUND"
    kempelen.client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id, IntegerValue=3
    )
    back = api(worker, "DELETE", f"/qualifications/{type_id}")
    assert (back.status, back.body["caller"]["status"]) == (200, "revoked")
    assert api(worker, "DELETE", "/qualifications/00000000000000000071").code == "NOT_PERMITTED"


def test_bodies(api: Any, offer: Any, worker: Worker) -> None:
    attempt = api(worker, "POST", f"/qualification-types/{offer(with_test=True)}/test").body
    path = f"/qualification-tests/{attempt['attempt_id']}/submit"
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"answers": {}, "answer_xml": "<a/>"},
        {"answers": []},
    )
    for body in bodies:
        assert api(worker, "POST", path, body).code == "INVALID_PARAMETER"
    assert api(worker, "POST", path, b"{").code == "MALFORMED_BODY"
    assert api(worker, "POST", path, {"answer_xml": "<a/>"}).code == "INVALID_ANSWERS"
    assert api(worker, "GET", "/qualification-types?with_test=true").code == "INVALID_PARAMETER"
