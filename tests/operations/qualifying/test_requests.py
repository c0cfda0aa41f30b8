"""Workers ask for qualifications without a test, withdraw, and give them back."""

from dataclasses import replace
from typing import Any

import pytest

from kempelen.domain.people import Requester, WorkerCaller
from kempelen.domain.system_types import ADULT, MASTERS
from kempelen.domain.work_errors import (
    AccountSuspended,
    AlreadyPending,
    AttemptEnded,
    CannotGiveBack,
    IdempotencyConflict,
    NeedsTest,
    NotHeld,
    NotRequestable,
    RequestNotFound,
    RequestNotPermitted,
    RetakeNotAllowed,
    RetryTooSoon,
    TokenMayNotWork,
    TypeInactive,
    TypeNotFound,
)

HOUR = 3600


def history(market: Any, worker: WorkerCaller) -> list[tuple[Any, ...]]:
    query = "SELECT status, value, cause FROM qualification_changes WHERE worker_id = ? ORDER BY n"
    found: list[tuple[Any, ...]] = market.make.rows(query, worker.worker.worker_id)
    return found


def test_a_type_that_is_granted_automatically(market: Any, worker: WorkerCaller) -> None:
    type_id = market.granted(7)
    made = market.request(worker, type_id)
    assert (made.state, made.value, made.deadline) == ("granted", 7, None)
    shown = market.show(worker, type_id)
    assert (shown.caller.status, shown.caller.value) == ("granted", 7)
    assert shown.auto_granted
    assert not shown.has_test
    assert (shown.caller.action, shown.caller.code) == ("none", "ALREADY_HELD")
    assert history(market, worker) == [("Granted", 7, "auto_granted")]


def test_a_request_waits_for_the_requester(market: Any, worker: WorkerCaller) -> None:
    type_id = market.new_type()
    made = market.request(worker, type_id)
    assert (made.state, made.submitted_at) == ("submitted", made.requested_at)
    own = market.show(worker, type_id).caller
    assert (own.status, own.action, own.code) == (None, "wait", "ALREADY_PENDING")
    assert own.request == made
    assert isinstance(market.refusal(market.request, worker, type_id), AlreadyPending)
    assert [item.qualification_type_id for item in market.own(worker, "pending").items] == [type_id]
    assert market.own(worker, "assigned").items == []


def test_one_request_only_without_a_retry_delay(market: Any, worker: WorkerCaller) -> None:
    type_id = market.new_type()
    market.cancel(worker, market.request(worker, type_id).request_id)
    market.make.clock.advance(days=3650)
    refusal = market.refusal(market.request, worker, type_id)
    assert isinstance(refusal, RetakeNotAllowed)
    assert refusal.code == "AWS.MechanicalTurk.QualificationTypeDoesNotAllowRetake"


@pytest.mark.parametrize("delay", [0, HOUR])
def test_the_retry_delay(market: Any, worker: WorkerCaller, delay: int) -> None:
    type_id = market.granted(1, retry_delay_in_seconds=delay)
    market.request(worker, type_id)
    if delay:
        market.make.clock.advance(seconds=delay - 1)
        refusal = market.refusal(market.request, worker, type_id)
        assert isinstance(refusal, RetryTooSoon)
        assert refusal.code == "AWS.MechanicalTurk.QualificationTypeRetryDelayNotElapsed"
        assert "2026-01-05 13:00:00 UTC" in refusal.message
        own = market.show(worker, type_id).caller
        assert (own.action, own.action_at) == ("wait", "2026-01-05T13:00:00.000Z")
        market.make.clock.advance(seconds=1)
    assert market.show(worker, type_id).caller.action == "request"
    assert market.request(worker, type_id).state == "granted"


def test_refusals_of_a_request_in_order(
    market: Any, worker: WorkerCaller, other_requester: Requester
) -> None:
    """Each case also breaks what is checked after it."""
    blocked = market.new_type(by=other_requester, qualification_type_status="Inactive")
    market.make.ask(
        "CreateWorkerBlock", by=other_requester, worker_id=worker.worker.worker_id, reason="-"
    )
    with_test = market.with_test(by=other_requester, qualification_type_status="Inactive")
    inactive = market.new_type(qualification_type_status="Inactive")
    suspended = WorkerCaller(worker=replace(worker.worker, is_suspended=True), may_work=False)
    reader = WorkerCaller(worker=worker.worker, may_work=False)
    cases: list[tuple[WorkerCaller, str, type]] = [
        (suspended, MASTERS, AccountSuspended),
        (reader, MASTERS, TokenMayNotWork),
        (worker, MASTERS, NotRequestable),
        (worker, "3UNKNOWN", TypeNotFound),
        (worker, with_test, NeedsTest),
        (worker, blocked, RequestNotPermitted),
        (worker, inactive, TypeInactive),
    ]
    for caller, type_id, wanted in cases:
        assert type(market.refusal(market.request, caller, type_id)) is wanted
    assert market.make.rows("SELECT count(*) FROM qualification_requests") == [(0,)]


def test_a_key_makes_a_request_repeatable(market: Any, worker: WorkerCaller) -> None:
    type_id, other_id = market.new_type(), market.new_type()
    made = market.request(worker, type_id, "k1")
    assert market.request(worker, type_id, "k1") == made
    refusal = market.refusal(market.request, worker, other_id, "k1")
    assert isinstance(refusal, IdempotencyConflict)
    market.make.clock.advance(hours=25)
    assert isinstance(market.refusal(market.request, worker, type_id, "k1"), AlreadyPending)


def test_withdrawing(market: Any, worker: WorkerCaller, other_worker: WorkerCaller) -> None:
    type_id = market.new_type(retry_delay_in_seconds=0)
    request_id = market.request(worker, type_id).request_id
    for caller, wanted in ((other_worker, RequestNotFound), (worker, None)):
        if wanted is None:
            assert market.cancel(caller, request_id).state == "cancelled"
        else:
            assert isinstance(market.refusal(market.cancel, caller, request_id), wanted)
    assert isinstance(market.refusal(market.cancel, worker, request_id), AttemptEnded)
    assert isinstance(market.refusal(market.cancel, worker, "3UNKNOWN"), RequestNotFound)
    assert market.own(worker, "pending").items == []
    assert market.request(worker, type_id).state == "submitted"


def test_giving_back(market: Any, worker: WorkerCaller) -> None:
    type_id = market.granted(3, retry_delay_in_seconds=0)
    assert isinstance(market.refusal(market.give_back, worker, type_id), NotHeld)
    market.request(worker, type_id)
    shown = market.give_back(worker, type_id)
    assert (shown.caller.status, shown.caller.value) == ("revoked", 3)
    assert market.own(worker, "assigned").items == []
    assert isinstance(market.refusal(market.give_back, worker, type_id), NotHeld)
    assert isinstance(market.refusal(market.give_back, worker, ADULT), CannotGiveBack)
    assert market.request(worker, type_id).value == 3
    assert history(market, worker) == [
        ("Granted", 3, "auto_granted"),
        ("Revoked", 3, "given_back"),
        ("Granted", 3, "auto_granted"),
    ]


def test_a_blocked_worker_sees_why(market: Any, worker: WorkerCaller, requester: Requester) -> None:
    type_id = market.new_type()
    market.make.ask("CreateWorkerBlock", worker_id=worker.worker.worker_id, reason="secret")
    own = market.show(worker, type_id).caller
    assert (own.action, own.code) == ("none", "NOT_PERMITTED")
    refusal = market.refusal(market.request, worker, type_id)
    assert refusal.message == "You cannot request qualifications of this requester."
    market.make.ask("DeleteWorkerBlock", worker_id=worker.worker.worker_id)
    assert market.request(worker, type_id).state == "submitted"


def test_who_may_only_read_changes_nothing(market: Any, worker: WorkerCaller) -> None:
    """The token of an account that has not declared itself as software."""
    reader = WorkerCaller(worker=worker.worker, may_work=False)
    held, pending = market.granted(2), market.new_type()
    market.request(worker, held)
    request_id = market.request(worker, pending).request_id
    attempt_id = market.start(worker, market.with_test()).request.request_id
    for action, of in (
        (market.cancel, request_id),
        (market.cancel, attempt_id),
        (market.submit, attempt_id),
        (market.give_back, held),
    ):
        assert isinstance(market.refusal(action, reader, of), TokenMayNotWork)
    assert market.show(reader, held).caller.status == "granted"
    assert len(market.own(reader, "pending").items) == 2


def test_what_requesters_do_is_seen(market: Any, worker: WorkerCaller) -> None:
    type_id = market.new_type(retry_delay_in_seconds=0)
    worker_id = worker.worker.worker_id
    first = market.request(worker, type_id).request_id
    market.make.ask("RejectQualificationRequest", qualification_request_id=first, reason="No")
    own = market.show(worker, type_id).caller
    assert (own.request.state, own.request.reason, own.action) == ("rejected", "No", "request")
    second = market.request(worker, type_id).request_id
    market.make.ask("AcceptQualificationRequest", qualification_request_id=second, integer_value=9)
    own = market.show(worker, type_id).caller
    assert (own.status, own.value, own.request.state) == ("granted", 9, "granted")
    market.make.ask(
        "DisassociateQualificationFromWorker",
        qualification_type_id=type_id,
        worker_id=worker_id,
        reason="Why not",
    )
    own = market.show(worker, type_id).caller
    assert (own.status, own.reason) == ("revoked", "Why not")


def test_a_deleted_type(market: Any, worker: WorkerCaller, other_worker: WorkerCaller) -> None:
    """It can no longer be found or requested; who had to do with it sees what became of that."""
    type_id = market.new_type(name="Gone")
    market.request(worker, type_id)
    market.make.ask("DeleteQualificationType", qualification_type_id=type_id)
    shown = market.show(worker, type_id)
    assert (shown.caller.request.state, shown.caller.code) == ("rejected", "TYPE_INACTIVE")
    assert isinstance(market.refusal(market.show, other_worker, type_id), TypeNotFound)
    assert isinstance(market.refusal(market.request, other_worker, type_id), TypeNotFound)
    assert market.search(other_worker, search="gone").items == []


def test_one_type_is_shown_with_its_history(
    market: Any, worker: WorkerCaller, other_worker: WorkerCaller
) -> None:
    type_id = market.granted(7)
    assert market.show(worker, type_id).caller.history == []
    market.request(worker, type_id)
    assert market.give_back(worker, type_id).caller.history is None
    market.make.clock.advance(seconds=1)
    held = {"qualification_type_id": type_id, "worker_id": worker.worker.worker_id}
    market.make.ask("AssociateQualificationWithWorker", integer_value=3, **held)
    market.make.ask("DisassociateQualificationFromWorker", reason="Too slow", **held)
    shown = market.show(worker, type_id).caller.history
    assert [(each.cause, each.value, each.reason) for each in shown] == [
        ("disassociated", 3, "Too slow"),
        ("associated", 3, None),
        ("given_back", 7, None),
        ("auto_granted", 7, None),
    ]
    assert shown[1].changed_at == "2026-01-05T12:00:01.000Z"
    assert market.show(other_worker, type_id).caller.history == []
    for value in range(25):
        market.make.ask("AssociateQualificationWithWorker", integer_value=value, **held)
    assert [each.value for each in market.show(worker, type_id).caller.history] == [
        *range(24, 4, -1)
    ]
