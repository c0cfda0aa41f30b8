"""What workers hold: associated, revoked, scored, listed; the history is kept."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors
from kempelen.operations import accounts, dispatch

START = 1_767_614_400.0


def pair(type_id: str, worker: Any, **members: Any) -> dict[str, Any]:
    return {
        "qualification_type_id": type_id,
        "worker_id": worker.worker.worker_id,
        **members,
    }


def score(make: Any, type_id: str, worker: Any) -> types.Qualification:
    found: types.Qualification = make.ask(
        "GetQualificationScore", **pair(type_id, worker)
    ).qualification
    return found


def holders(make: Any, type_id: str, size: int = 10, status: str | None = None) -> list[str]:
    pages = make.walk(
        "ListWorkersWithQualificationType",
        "qualifications",
        qualification_type_id=type_id,
        max_results=size,
        status=status,
    )
    return [item.worker_id for page in pages for item in page]


def test_a_qualification_is_granted_changed_revoked_and_granted_again(
    make: Any, qualify: Any, worker: Any
) -> None:
    type_id = qualify.type_id()
    make.ask("AssociateQualificationWithWorker", **pair(type_id, worker))
    assert score(make, type_id, worker) == types.Qualification(
        qualification_type_id=type_id,
        worker_id=worker.worker.worker_id,
        grant_time=START,
        integer_value=1,
        status="Granted",
    )
    make.clock.advance(seconds=1)
    make.ask("AssociateQualificationWithWorker", **pair(type_id, worker, integer_value=0))
    shown = score(make, type_id, worker)
    assert (shown.integer_value, shown.grant_time) == (0, START + 1)
    make.ask("DisassociateQualificationFromWorker", **pair(type_id, worker, reason="Too slow"))
    refusal = make.refusal("GetQualificationScore", **pair(type_id, worker))
    assert isinstance(refusal, errors.InvalidQualificationState)
    assert refusal.message == "This operation can be called with a status of: Granted"
    assert holders(make, type_id) == []
    (revoked,) = make.ask(
        "ListWorkersWithQualificationType", qualification_type_id=type_id, status="Revoked"
    ).qualifications
    assert (revoked.status, revoked.integer_value, revoked.grant_time) == ("Revoked", 0, START + 1)
    make.clock.advance(seconds=1)
    make.ask("AssociateQualificationWithWorker", **pair(type_id, worker, integer_value=-1))
    assert score(make, type_id, worker).grant_time == START + 2
    assert holders(make, type_id, status="Revoked") == []
    query = "SELECT status, value, cause, reason FROM qualification_changes ORDER BY n"
    assert make.rows(query) == [
        ("Granted", 1, "associated", None),
        ("Granted", 0, "associated", None),
        ("Revoked", 0, "disassociated", "Too slow"),
        ("Granted", -1, "associated", None),
    ]


def test_the_structure_of_a_revoked_one_by_setting(make_with: Any, qualify_on: Any) -> None:
    make = make_with(qualifications__score_returns_revoked=True)
    qualify, worker = qualify_on(make), make.new_worker()
    type_id = qualify.type_id()
    qualify.grant(type_id, worker, 5)
    qualify.revoke(type_id, worker)
    shown = score(make, type_id, worker)
    assert (shown.status, shown.integer_value) == ("Revoked", 5)
    refusal = make.refusal("GetQualificationScore", **pair(type_id, make.new_worker()))
    assert isinstance(refusal, errors.QualificationDoesNotExist)


def test_who_is_told(make: Any, qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id(name="Dogs\nand cats")

    def told() -> list[str]:
        return [mail.subject for mail in dispatch.look(make.app, accounts.recent_mail)]

    make.ask("AssociateQualificationWithWorker", **pair(type_id, worker, send_notification=False))
    for reason in (None, ""):
        make.ask("DisassociateQualificationFromWorker", **pair(type_id, worker, reason=reason))
        assert told() == []
        qualify.grant(type_id, worker)
    make.ask("AssociateQualificationWithWorker", **pair(type_id, worker))
    make.ask("AssociateQualificationWithWorker", **pair(type_id, worker, send_notification=True))
    assert len(told()) == 2
    make.ask("DisassociateQualificationFromWorker", **pair(type_id, worker, reason="Too slow"))
    mail = dispatch.look(make.app, accounts.recent_mail)[0]
    assert "Dogs and cats" in mail.subject
    assert "Too slow" in mail.body


def test_an_inactive_type_is_still_granted(make: Any, qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id(qualification_type_status="Inactive")
    qualify.grant(type_id, worker, 3)
    assert score(make, type_id, worker).integer_value == 3


def test_refusals_come_in_order(make: Any, qualify: Any, worker: Any, other_requester: Any) -> None:
    foreign, own = qualify.type_id(by=other_requester), qualify.type_id()
    stranger = {"worker_id": "AUNKNOWN"}
    for name in ("AssociateQualificationWithWorker", "GetQualificationScore"):
        for type_id in ("3UNKNOWN", foreign):
            refusal = make.refusal(name, qualification_type_id=type_id, **stranger)
            assert refusal.message == f"QualificationType {type_id} does not exist."
    refusal = make.refusal(
        "AssociateQualificationWithWorker", qualification_type_id=own, **stranger
    )
    assert refusal.type == "ParameterValidationError"
    assert refusal.message == 'The value "AUNKNOWN" is not valid for the parameter WorkerId.'
    asked: dict[str, Any] = {
        "qualification_type_id": foreign,
        "worker_id": "AUNKNOWN",
        "reason": "x" * 1025,
    }
    steps: list[tuple[str, dict[str, Any]]] = [
        ("Your request parameter Reason has a maximum length of 1024.", {"reason": "\x00"}),
        ('The value "\\x00" is not valid for the parameter Reason.', {"reason": "x"}),
        (f"QualificationType {foreign} does not exist.", {"qualification_type_id": own}),
        (
            "You requested a Qualification that does not exist.",
            {"worker_id": worker.worker.worker_id},
        ),
        ("You requested a Qualification that does not exist.", {}),
    ]
    for message, repair in steps:
        assert make.refusal("DisassociateQualificationFromWorker", **asked).message == message
        asked |= repair
    qualify.grant(own, worker)
    make.ask("DisassociateQualificationFromWorker", **asked)
    refusal = make.refusal("DisassociateQualificationFromWorker", **asked)
    assert isinstance(refusal, errors.InvalidQualificationState)
    for members in (pair(own, make.new_worker()), {"qualification_type_id": own, **stranger}):
        refusal = make.refusal("GetQualificationScore", **members)
        assert isinstance(refusal, errors.QualificationDoesNotExist)


def test_holders_come_in_the_order_of_their_grants(
    make: Any, qualify: Any, other_requester: Any
) -> None:
    type_id, other = qualify.type_id(), qualify.type_id()
    workers = [make.new_worker() for _ in range(6)]
    for number, worker in enumerate(workers):
        qualify.grant(type_id, worker, number)
        qualify.grant(other, worker)
        make.clock.advance(seconds=number % 2)
    qualify.grant(type_id, workers[0], 7)
    qualify.revoke(type_id, workers[2])
    qualify.revoke(type_id, workers[4])
    ids = [worker.worker.worker_id for worker in workers]
    for size in (1, 2, 100):
        assert holders(make, type_id, size) == [ids[1], ids[3], ids[5], ids[0]]
        assert holders(make, type_id, size, "Revoked") == [ids[2], ids[4]]
    for by, unknown in ((other_requester, type_id), (None, "3UNKNOWN")):
        refusal = make.refusal(
            "ListWorkersWithQualificationType", by=by, qualification_type_id=unknown
        )
        assert isinstance(refusal, errors.QualificationTypeDoesNotExist)


@pytest.mark.parametrize("status", ["Granted", "Revoked"])
def test_a_token_is_bound_to_type_and_status(make: Any, qualify: Any, status: str) -> None:
    type_id = qualify.type_id()
    for _ in range(2):
        worker = make.new_worker()
        qualify.grant(type_id, worker)
        if status == "Revoked":
            qualify.revoke(type_id, worker)
    asked: dict[str, Any] = {
        "qualification_type_id": type_id,
        "status": status,
        "max_results": 1,
    }
    asked["next_token"] = make.ask("ListWorkersWithQualificationType", **asked).next_token
    assert make.ask("ListWorkersWithQualificationType", **asked).num_results == 1
    other = "Granted" if status == "Revoked" else "Revoked"
    for change in ({"status": other}, {"qualification_type_id": qualify.type_id()}):
        refusal = make.refusal("ListWorkersWithQualificationType", **{**asked, **change})
        assert refusal.parameter == "NextToken"
