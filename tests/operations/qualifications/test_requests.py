"""Requests as their requester sees them: listed, accepted, rejected; and tests that run out."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors
from kempelen.operations import accounts, dispatch, sweeping

START = 1_767_614_400.0


def listed(make: Any, **members: Any) -> list[str]:
    pages = make.walk("ListQualificationRequests", "qualification_requests", **members)
    return [item.qualification_request_id for page in pages for item in page]


def score(make: Any, type_id: str, worker: Any) -> types.Qualification:
    answer = make.ask(
        "GetQualificationScore",
        qualification_type_id=type_id,
        worker_id=worker.worker.worker_id,
    )
    found: types.Qualification = answer.qualification
    return found


def state_of(make: Any, request_id: str) -> str:
    query = "SELECT state FROM qualification_requests WHERE request_id = ?"
    ((state,),) = make.rows(query, request_id)
    return str(state)


def test_a_request_without_a_test_waits_at_once(make: Any, qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id()
    make.clock.advance(seconds=5)
    request_id = qualify.requested(type_id, worker)
    (shown,) = make.ask("ListQualificationRequests").qualification_requests
    assert shown == types.QualificationRequest(
        qualification_request_id=request_id,
        qualification_type_id=type_id,
        worker_id=worker.worker.worker_id,
        submit_time=START + 5,
    )


def test_a_request_with_a_test_waits_when_the_answers_are_in(
    make: Any, qualify: Any, worker: Any
) -> None:
    type_id = qualify.tested()
    request_id = qualify.requested(type_id, worker)
    assert listed(make) == []
    make.clock.advance(seconds=60)
    qualify.handed_in(request_id)
    other = qualify.test.replace("is red", "is green")
    make.ask(
        "UpdateQualificationType",
        qualification_type_id=type_id,
        test=other,
        test_duration_in_seconds=30,
    )
    (shown,) = make.ask(
        "ListQualificationRequests", qualification_type_id=type_id
    ).qualification_requests
    assert (shown.test, shown.answer) == (qualify.test, qualify.answer)
    assert shown.submit_time == START + 60


def test_requests_come_in_order_of_submission(
    make: Any, qualify: Any, other_requester: Any
) -> None:
    plain, tested = qualify.type_id(), qualify.tested()
    foreign = qualify.type_id(by=other_requester)
    workers = [make.new_worker() for _ in range(4)]
    late = qualify.requested(tested, workers[0])
    first = qualify.requested(plain, workers[0])
    second = qualify.requested(plain, workers[1])
    qualify.requested(foreign, workers[0])
    make.clock.advance(seconds=1)
    third = qualify.requested(plain, workers[2])
    qualify.handed_in(late)
    decided = qualify.requested(plain, workers[3])
    make.ask("RejectQualificationRequest", qualification_request_id=decided)
    every = [first, second, late, third]
    for size in (1, 2, 3, 100):
        assert listed(make, max_results=size) == every
        assert listed(make, max_results=size, qualification_type_id=plain) == [
            first,
            second,
            third,
        ]
    assert listed(make, qualification_type_id=tested) == [late]
    assert len(listed(make, by=other_requester)) == 1
    for type_id in (foreign, "3UNKNOWN"):
        refusal = make.refusal("ListQualificationRequests", qualification_type_id=type_id)
        assert refusal.message == f"QualificationType {type_id} does not exist."


@pytest.mark.parametrize("value", [None, 0, -5, 100])
def test_accepting_grants_and_tells(
    make: Any, qualify: Any, worker: Any, value: int | None
) -> None:
    type_id = qualify.type_id(name="Dogs")
    request_id = qualify.requested(type_id, worker)
    make.clock.advance(seconds=30)
    make.ask("AcceptQualificationRequest", qualification_request_id=request_id, integer_value=value)
    assert score(make, type_id, worker) == types.Qualification(
        qualification_type_id=type_id,
        worker_id=worker.worker.worker_id,
        grant_time=START + 30,
        integer_value=1 if value is None else value,
        status="Granted",
    )
    assert listed(make) == []
    (mail,) = dispatch.look(make.app, accounts.recent_mail)
    assert mail.recipient_id == worker.worker.worker_id
    assert "Dogs" in mail.subject


def test_accepting_replaces_what_was_associated_meanwhile(
    make: Any, qualify: Any, worker: Any
) -> None:
    type_id = qualify.type_id()
    request_id = qualify.requested(type_id, worker)
    qualify.grant(type_id, worker, 9)
    assert listed(make) == [request_id]
    make.ask("AcceptQualificationRequest", qualification_request_id=request_id, integer_value=2)
    assert score(make, type_id, worker).integer_value == 2


@pytest.mark.parametrize("reason", [None, "", "Not\tyet"])
def test_rejecting_tells_why(make: Any, qualify: Any, worker: Any, reason: str | None) -> None:
    type_id = qualify.type_id(name="Dogs")
    request_id = qualify.requested(type_id, worker)
    make.ask("RejectQualificationRequest", qualification_request_id=request_id, reason=reason)
    (mail,) = dispatch.look(make.app, accounts.recent_mail)
    assert "Dogs" in mail.subject
    assert ("Not\tyet" in mail.body) is bool(reason)
    assert listed(make) == []
    members = {"qualification_type_id": type_id, "worker_id": worker.worker.worker_id}
    refusal = make.refusal("GetQualificationScore", **members)
    assert isinstance(refusal, errors.QualificationDoesNotExist)


def test_refusals_of_decisions(
    make: Any, qualify: Any, worker: Any, other_worker: Any, other_requester: Any
) -> None:
    running = qualify.requested(qualify.tested(), worker)
    foreign = qualify.requested(qualify.type_id(by=other_requester), worker)
    type_id = qualify.type_id()
    accepted, rejected = (qualify.requested(type_id, each) for each in (worker, other_worker))
    make.ask("AcceptQualificationRequest", qualification_request_id=accepted)
    make.ask("RejectQualificationRequest", qualification_request_id=rejected)
    for name in ("AcceptQualificationRequest", "RejectQualificationRequest"):
        for request_id in ("", "nobody's", "x" * 300, running, foreign):
            refusal = make.refusal(name, qualification_request_id=request_id)
            assert refusal.message == f"QualificationRequest {request_id[:100]} does not exist."
        for request_id in (accepted, rejected):
            refusal = make.refusal(name, qualification_request_id=request_id)
            assert isinstance(refusal, errors.InvalidQualificationRequestState)
            assert refusal.message == "This operation can be called with a status of: Submitted"
    asked: dict[str, Any] = {"qualification_request_id": "nobody's", "reason": "x" * 1025}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("Your request parameter Reason has a maximum length of 1024.", {"reason": "\x07"}),
        ('The value "\\x07" is not valid for the parameter Reason.', {"reason": "x"}),
        ("QualificationRequest nobody's does not exist.", {"qualification_request_id": accepted}),
        ("This operation can be called with a status of: Submitted", {}),
    ]
    for message, repair in steps:
        assert make.refusal("RejectQualificationRequest", **asked).message == message
        asked |= repair


def test_a_test_expires_once_and_never_early(make: Any, qualify: Any, worker: Any) -> None:
    request_id = qualify.requested(qualify.tested(), worker)
    make.sweep(seconds=599.999999)
    assert state_of(make, request_id) == "Testing"
    assert sweeping.seconds_until_due(make.app) == pytest.approx(0.000001)
    make.clock.advance(seconds=0.000001)
    assert sweeping.seconds_until_due(make.app) == 0
    assert sweeping.run_due(make.app) == 1
    assert state_of(make, request_id) == "Expired"
    assert sweeping.run_due(make.app) == 0
    query = "SELECT ended_at FROM qualification_requests"
    assert make.rows(query) == [(1_767_615_000_000_000,)]


def test_an_answered_test_does_not_expire(make: Any, qualify: Any, worker: Any) -> None:
    request_id = qualify.requested(qualify.tested(), worker)
    qualify.handed_in(request_id)
    make.sweep(hours=1)
    assert listed(make) == [request_id]


def test_a_test_that_is_noticed_late_expires_at_its_deadline(
    make: Any, qualify: Any, worker: Any
) -> None:
    qualify.requested(qualify.tested(), worker)
    make.sweep(days=3)
    assert make.rows("SELECT state, ended_at FROM qualification_requests") == [
        ("Expired", 1_767_615_000_000_000)
    ]


def test_one_request_is_open_per_worker_and_type(make: Any, qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id()
    request_id = qualify.requested(type_id, worker)
    with pytest.raises(Exception, match="qualification_requests"):
        qualify.requested(type_id, worker)
    make.ask("RejectQualificationRequest", qualification_request_id=request_id)
    qualify.requested(type_id, worker)
