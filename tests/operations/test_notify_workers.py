"""NotifyWorkers: who is reached, who is not and why, and what is written."""

from typing import Any

from kempelen.domain import errors

NO_WORK = "Cannot send a notification to a worker who has not done any work for you"
NO_ACCOUNT = "Cannot send a notification to a worker whose account does not exist or is closed"


def decided(make: Any, worker: Any, **members: Any) -> str:
    """Approve some work of a worker; returns the id of the worker."""
    assignment_id = make.done(make.create_hit(**members).hit_id, worker)
    make.ask("ApproveAssignment", assignment_id=assignment_id, by=members.get("by"))
    worker_id: str = worker.worker.worker_id
    return worker_id


def notify(make: Any, *worker_ids: str, **members: Any) -> list[tuple[str, str, str]]:
    asked = {"subject": "News", "message_text": "New HITs are there.", **members}
    answer = make.ask("NotifyWorkers", worker_ids=worker_ids, **asked)
    return [
        (
            each.worker_id,
            each.notify_workers_failure_code,
            each.notify_workers_failure_message,
        )
        for each in answer.notify_workers_failure_statuses
    ]


def mail(make: Any) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = make.rows(
        "SELECT recipient_id, subject, body FROM mail ORDER BY n"
    )
    return found


def test_a_message_is_on_the_site_and_in_the_mail(make: Any, worker: Any, requester: Any) -> None:
    worker_id = decided(make, worker)
    text = "Dear worker,\n\tthe next batch is bigger.\r\n"
    assert notify(make, worker_id, subject="The next\r\nbatch", message_text=text) == []
    ((recipient, subject, body),) = mail(make)
    assert (recipient, subject) == (worker_id, "The next batch")
    assert body.startswith(text)
    assert requester.name in body
    ((thread_id, unread),) = make.rows("SELECT thread_id, unread FROM message_threads")
    assert unread == 1
    assert f"http://127.0.0.1:8800/messages/{thread_id}" in body
    assert make.rows("SELECT cause, subject, body FROM messages") == [
        ("notify_workers", "The next\r\nbatch", text)
    ]


def test_every_message_opens_a_thread_of_its_own(make: Any, worker: Any) -> None:
    worker_id = decided(make, worker)
    for _ in range(2):
        notify(make, worker_id)
    assert make.rows("SELECT unread, topic = 'message' FROM message_threads") == [(1, 1), (1, 1)]


def test_who_is_reached(make: Any, other_requester: Any) -> None:
    """Decided work of the caller's counts, in whatever way and however long ago; nothing else."""
    people = {
        name: make.new_worker() for name in ("approved", "rejected", "automatic", "overturned")
    }
    strangers = {
        name: make.new_worker() for name in ("none", "others", "accepted", "submitted", "returned")
    }
    done = {
        name: make.done(make.create_hit(title=name).hit_id, person)
        for name, person in people.items()
    }
    for name in ("rejected", "overturned"):
        make.ask("RejectAssignment", assignment_id=done[name], requester_feedback="")
    make.ask("ApproveAssignment", assignment_id=done["overturned"], override_rejection=True)
    make.ask("ApproveAssignment", assignment_id=done["approved"])
    make.sweep(days=150)
    make.sweep(days=150)
    assert {status for (status,) in make.rows("SELECT status FROM hits")} == {"Disposed"}
    decided(make, strangers["others"], by=other_requester)
    make.accept(strangers["accepted"], make.create_hit(title="accepted").hit_id)
    make.done(make.create_hit(title="submitted").hit_id, strangers["submitted"])
    assignment_id = make.accept(strangers["returned"], make.create_hit(title="back").hit_id)
    make.give_back(strangers["returned"], assignment_id)
    ids = {name: each.worker.worker_id for name, each in {**people, **strangers}.items()}
    assert notify(make, *ids.values()) == [
        (ids[name], "HardFailure", NO_WORK) for name in strangers
    ]
    assert [recipient for recipient, _, _ in mail(make)] == [ids[name] for name in people]


def test_failures_come_in_the_order_of_the_request_each_once(
    make: Any, worker: Any, other_worker: Any
) -> None:
    known, stranger = decided(make, worker), other_worker.worker.worker_id
    assert notify(make, "AUNKNOWN2", stranger, known, "AUNKNOWN1", stranger, known) == [
        ("AUNKNOWN2", "HardFailure", NO_ACCOUNT),
        (stranger, "HardFailure", NO_WORK),
        ("AUNKNOWN1", "HardFailure", NO_ACCOUNT),
    ]
    assert [recipient for recipient, _, _ in mail(make)] == [known]


def test_a_closed_account_is_told_only_to_those_who_know_the_worker(
    make: Any, worker: Any, other_requester: Any
) -> None:
    worker_id = decided(make, worker)
    make.app.db.write(lambda connection: connection.execute("UPDATE workers SET is_suspended = 1"))
    assert notify(make, worker_id) == [(worker_id, "HardFailure", NO_ACCOUNT)]
    assert notify(make, worker_id, by=other_requester) == [(worker_id, "HardFailure", NO_WORK)]
    assert mail(make) == []


def test_a_hundred_workers_may_be_named(make: Any, worker: Any) -> None:
    worker_id = decided(make, worker)
    unknown = [f"A{number}" for number in range(99)]
    assert len(notify(make, worker_id, *unknown)) == 99
    longest = {"subject": "ü" * 200, "message_text": "€" * 4096}
    assert notify(make, worker_id, **longest) == []


def test_a_blocked_worker_may_be_written_to(make: Any, worker: Any) -> None:
    worker_id = decided(make, worker)
    make.ask("CreateWorkerBlock", worker_id=worker_id, reason="")
    assert notify(make, worker_id) == []


def test_refusals_come_in_order_and_nothing_is_written(make: Any, worker: Any) -> None:
    worker_id = decided(make, worker)
    asked: dict[str, Any] = {"subject": "", "message_text": "", "worker_ids": ()}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("Your request parameter Subject has a minimum length of 1.", {"subject": "x" * 201}),
        ("Your request parameter Subject has a maximum length of 200.", {"subject": "a\x0bb"}),
        ('The value "a\\x0bb" is not valid for the parameter Subject.', {"subject": "x"}),
        (
            "Your request parameter MessageText has a minimum length of 1.",
            {"message_text": "x" * 4097},
        ),
        (
            "Your request parameter MessageText has a maximum length of 4096.",
            {"message_text": "\x1f"},
        ),
        ('The value "\\x1f" is not valid for the parameter MessageText.', {"message_text": "y"}),
        (
            "Your request parameter WorkerIds has a minimum length of 1.",
            {"worker_ids": (worker_id,) * 101},
        ),
        ("Your request parameter WorkerIds has a maximum length of 100.", {}),
    ]
    for message, change in steps:
        refused = make.refusal("NotifyWorkers", **asked)
        assert isinstance(refused, errors.ParameterValidationError)
        assert refused.message == message
        asked |= change
    assert mail(make) == []


def test_messages_about_one_thing_share_a_thread(
    make: Any, worker: Any, other_worker: Any, requester: Any
) -> None:
    hit = make.create_hit(max_assignments=2)
    for person in (worker, other_worker):
        assignment_id = make.done(hit.hit_id, person)
        for amount in ("1.00", "2.50"):
            make.ask(
                "SendBonus",
                worker_id=person.worker.worker_id,
                bonus_amount=amount,
                assignment_id=assignment_id,
                reason="Good",
            )

    query = "SELECT worker_id, topic, subject, unread FROM message_threads ORDER BY n"
    assert make.rows(query) == [
        (person.worker.worker_id, "assignment", f"{requester.name} sent you a bonus of $2.50", 2)
        for person in (worker, other_worker)
    ]
