"""Timed tests: begun, continued, handed in in time and too late, graded, expired once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kempelen.domain.people import WorkerCaller
from kempelen.domain.work_errors import (
    AlreadyPending,
    AttemptEnded,
    AttemptTimeOver,
    InvalidAnswers,
    NoTest,
    NotRequestable,
    RequestNotFound,
    RetakeNotAllowed,
    RetryTooSoon,
    TokenMayNotWork,
    TooLarge,
    TypeInactive,
)

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
RIGHT = {"nextmove": ["D"], "fruit": ["apples"]}
HALF_RIGHT = {"nextmove": ["D"], "fruit": ["pears"]}
WRONG = {"nextmove": ["C"], "fruit": ["pears"]}
ANSWER = (
    f'<QuestionFormAnswers xmlns="{SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
    "<QuestionIdentifier>nextmove</QuestionIdentifier><SelectionIdentifier>D</SelectionIdentifier>"
    "</Answer><Answer><QuestionIdentifier>fruit</QuestionIdentifier><SelectionIdentifier>apples"
    "</SelectionIdentifier></Answer></QuestionFormAnswers>"
)


def states(market: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = market.make.rows(
        "SELECT state, value FROM qualification_requests ORDER BY n"
    )
    return found


@pytest.mark.parametrize(
    ("answers", "value"), [(RIGHT, 100), (HALF_RIGHT, 33), (WRONG, 0)], ids=["all", "some", "none"]
)
def test_a_key_grades_at_once_whatever_the_value(
    market: Any, worker: WorkerCaller, answers: Any, value: int
) -> None:
    type_id = market.with_test()
    attempt = market.start(worker, type_id)
    assert attempt.request.state == "testing"
    assert attempt.request.deadline == "2026-01-05T12:10:00.000Z"
    assert attempt.question is not None
    market.make.clock.advance(minutes=9, seconds=59)
    done = market.submit(worker, attempt.request.request_id, answers=answers)
    assert (done.state, done.value) == ("granted", value)
    assert done.submitted_at == done.ended_at == "2026-01-05T12:09:59.000Z"
    own = market.show(worker, type_id).caller
    assert (own.status, own.value) == ("granted", value)
    assert market.make.rows("SELECT cause FROM qualification_changes") == [("graded",)]
    assert market.test(worker, attempt.request.request_id).question is None


@pytest.mark.parametrize(
    "given",
    [
        {"answers": RIGHT},
        {"answer_xml": ANSWER},
        {"form_fields": (("nextmove", "D"), ("fruit", "apples"))},
    ],
    ids=["json", "document", "form"],
)
def test_answers_in_every_form_give_the_same_document(
    market: Any, worker: WorkerCaller, given: Any
) -> None:
    attempt = market.start(worker, market.with_test())
    assert market.submit(worker, attempt.request.request_id, **given).value == 100
    ((document,),) = market.make.rows("SELECT answer FROM qualification_requests")
    assert document.startswith('<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers')
    assert document.endswith(ANSWER.partition(">")[2])


def test_without_a_key_the_requester_decides(market: Any, worker: WorkerCaller) -> None:
    type_id = market.with_test(key=None)
    attempt = market.start(worker, type_id)
    done = market.submit(worker, attempt.request.request_id)
    assert (done.state, done.value) == ("submitted", None)
    own = market.show(worker, type_id).caller
    assert (own.status, own.action, own.code) == (None, "wait", "ALREADY_PENDING")
    assert isinstance(market.refusal(market.start, worker, type_id), AlreadyPending)


def test_a_running_test_goes_on(
    market: Any, worker: WorkerCaller, other_worker: WorkerCaller
) -> None:
    type_id = market.with_test()
    first = market.start(worker, type_id)
    market.make.clock.advance(minutes=5)
    assert market.start(worker, type_id) == first
    assert market.test(worker, first.request.request_id) == first
    shown = market.show(worker, type_id).caller
    assert (shown.action, shown.action_at) == ("test", first.request.deadline)
    assert isinstance(
        market.refusal(market.test, other_worker, first.request.request_id), RequestNotFound
    )
    assert isinstance(
        market.refusal(market.submit, other_worker, first.request.request_id), RequestNotFound
    )
    assert len(states(market)) == 1


def test_what_is_wrong_with_answers_can_be_put_right(market: Any, worker: WorkerCaller) -> None:
    attempt = market.start(worker, market.with_test())
    request_id = attempt.request.request_id
    refusal = market.refusal(market.submit, worker, request_id, answers={"nextmove": ["E"]})
    assert isinstance(refusal, InvalidAnswers)
    assert refusal.problems == {
        "nextmove": "E is not one of the choices.",
        "fruit": "Choose at least 1.",
    }
    assert states(market) == [("Testing", None)]
    assert market.submit(worker, request_id).value == 100


def test_answers_that_are_too_large(market_with: Any) -> None:
    market = market_with(answers__max_bytes=300)
    attempt = market.start(worker := market.make.new_worker(), market.with_test())
    assert isinstance(market.refusal(market.submit, worker, attempt.request.request_id), TooLarge)


@pytest.mark.parametrize("is_swept", [False, True], ids=["before the loop", "after the loop"])
def test_late_answers_are_refused_with_what_happened(
    market: Any,
    worker: WorkerCaller,
    is_swept: bool,  # noqa: FBT001
) -> None:
    type_id = market.with_test(retry_delay_in_seconds=3600)
    request_id = market.start(worker, type_id).request.request_id
    market.make.clock.advance(minutes=10)
    if is_swept:
        market.make.sweep(seconds=0)
    refusal = market.refusal(market.submit, worker, request_id)
    assert isinstance(refusal, AttemptTimeOver)
    assert refusal.message == (
        "The time for this test ran out at 2026-01-05 12:10:00 UTC; nothing was graded."
    )
    shown = market.show(worker, type_id).caller
    assert shown.request.state == "expired"
    assert shown.request.ended_at == "2026-01-05T12:10:00.000Z"
    assert (shown.status, shown.action, shown.action_at) == (
        None,
        "wait",
        "2026-01-05T13:10:00.000Z",
    )
    assert market.own(worker, "pending").items == []
    market.make.sweep(minutes=1)
    assert states(market) == [("Expired", None)]


def test_a_test_expires_once_and_the_next_counts_from_its_end(
    market: Any, worker: WorkerCaller
) -> None:
    type_id = market.with_test(retry_delay_in_seconds=60)
    first = market.start(worker, type_id).request
    market.make.clock.advance(minutes=10, seconds=59)
    assert isinstance(market.refusal(market.start, worker, type_id), RetryTooSoon)
    market.make.clock.advance(seconds=1)
    second = market.start(worker, type_id).request
    assert second.request_id != first.request_id
    market.make.sweep(seconds=0)
    assert states(market) == [("Expired", None), ("Testing", None)]
    ((ended_at,),) = market.make.rows(
        "SELECT ended_at FROM qualification_requests WHERE state = 'Expired'"
    )
    assert ended_at == int(market.make.clock.now().timestamp() - 60) * 1_000_000


def test_an_expired_test_was_the_only_attempt(market: Any, worker: WorkerCaller) -> None:
    type_id = market.with_test()
    market.start(worker, type_id)
    market.make.sweep(minutes=11)
    assert isinstance(market.refusal(market.start, worker, type_id), RetakeNotAllowed)
    assert market.show(worker, type_id).caller.code == "ALREADY_HELD"


def test_a_test_that_is_broken_off_is_no_attempt(market: Any, worker: WorkerCaller) -> None:
    type_id = market.with_test()
    request_id = market.start(worker, type_id).request.request_id
    assert market.cancel(worker, request_id).state == "cancelled"
    refusal = market.refusal(market.submit, worker, request_id)
    assert isinstance(refusal, AttemptEnded)
    assert refusal.message == "This test is cancelled; it cannot be changed any more."
    assert market.start(worker, type_id).request.state == "testing"


def test_too_late_to_break_off(market: Any, worker: WorkerCaller) -> None:
    request_id = market.start(worker, market.with_test()).request.request_id
    market.make.clock.advance(minutes=10)
    assert isinstance(market.refusal(market.cancel, worker, request_id), AttemptTimeOver)


def test_handing_in_twice_is_handing_in_once(market: Any, worker: WorkerCaller) -> None:
    request_id = market.start(worker, market.with_test()).request.request_id
    done = market.submit(worker, request_id, answers=HALF_RIGHT)
    market.make.clock.advance(hours=1)
    assert market.submit(worker, request_id, answers=RIGHT) == done
    assert market.make.rows("SELECT value FROM qualifications") == [(33,)]


def test_a_retake_replaces_the_value_even_with_a_lower_one(
    market: Any, worker: WorkerCaller
) -> None:
    type_id = market.with_test(retry_delay_in_seconds=60)
    market.submit(worker, market.start(worker, type_id).request.request_id)
    market.make.clock.advance(seconds=60)
    again = market.start(worker, type_id).request.request_id
    assert market.show(worker, type_id).caller.value == 100
    market.submit(worker, again, answers=HALF_RIGHT)
    assert market.show(worker, type_id).caller.value == 33


def test_refusals_of_a_start_in_order(market: Any, worker: WorkerCaller) -> None:
    reader = WorkerCaller(worker=worker.worker, may_work=False)
    plain = market.new_type(qualification_type_status="Inactive")
    inactive = market.with_test(qualification_type_status="Inactive")
    for caller, type_id, wanted in (
        (reader, "00000000000000000071", TokenMayNotWork),
        (worker, "00000000000000000071", NotRequestable),
        (worker, plain, NoTest),
        (worker, inactive, TypeInactive),
    ):
        assert type(market.refusal(market.start, caller, type_id)) is wanted
    assert states(market) == []


def test_a_request_without_a_test_cannot_be_handed_in(market: Any, worker: WorkerCaller) -> None:
    request_id = market.request(worker, market.new_type()).request_id
    assert isinstance(market.refusal(market.submit, worker, request_id), RequestNotFound)
    assert isinstance(market.refusal(market.test, worker, request_id), RequestNotFound)


def test_answers_that_come_twice_at_one_moment(market: Any) -> None:
    """A double click: the page of the second request is the one that the worker sees."""
    type_id = market.with_test()
    for _ in range(8):
        worker = market.make.new_worker()
        request_id = market.start(worker, type_id).request.request_id
        start = threading.Barrier(2, timeout=60)

        def submit(worker: Any = worker, request_id: str = request_id, start: Any = start) -> Any:
            start.wait()
            return market.submit(worker, request_id)

        with ThreadPoolExecutor(2) as threads:
            first, second = threads.map(lambda call: call(), [submit, submit])
        assert first == second
        assert (first.state, first.value) == ("granted", 100)
