"""E-mail by SMTP: notifications to requesters, messages to workers."""

import socket
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from kempelen.api.types import NotificationSpecification
from kempelen.background.transports import mail_server
from kempelen.domain import errors


def to(address: str) -> NotificationSpecification:
    return NotificationSpecification(
        destination=address,
        transport="Email",
        version="2006-05-05",
        event_types=("HITReviewable", "AssignmentSubmitted"),
    )


@pytest.fixture
def posted(make_with: Callable[..., Any], mailbox: Any) -> Any:
    """A maker on an installation with a mail server."""
    return make_with(
        smtp__host="127.0.0.1",
        smtp__port=mailbox.port,
        smtp__sender="turk@lab.example",
        worker_site_name="Lab",
    )


def parsed(envelope: Any) -> Any:
    return message_from_bytes(envelope.content, policy=default)


def send_bonus(make: Any, reason: str = "Grüße & thanks", **wanted: Any) -> None:
    """Pay a new worker a bonus, who hears of it by mail."""
    worker = make.new_worker(**wanted)
    assignment_id = make.done(make.create_hit().hit_id, worker)
    make.ask(
        "SendBonus",
        assignment_id=assignment_id,
        worker_id=worker.worker.worker_id,
        bonus_amount="1.00",
        reason=reason,
    )


def test_a_requester_hears_of_events(posted: Any, mailbox: Any, run_notifier: Any) -> None:
    hit_type_id = posted.create_hit().hit_type_id
    wanted = to("lab@example.com")
    posted.ask("UpdateNotificationSettings", hit_type_id=hit_type_id, notification=wanted)
    hit = posted.create_hit()
    assignment_id = posted.done(hit.hit_id)
    run_notifier(posted.app)
    envelope = mailbox.next()
    assert envelope.mail_from == "turk@lab.example"
    assert envelope.rcpt_tos == ["lab@example.com"]
    message = parsed(envelope)
    assert message["Subject"] == f"[Lab] AssignmentSubmitted for HIT {hit.hit_id}"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines()[0] == (
        "EventType: AssignmentSubmitted, EventTimestamp: 2026-01-05T12:00:00Z, "
        f"HITTypeId: {hit_type_id}, HITId: {hit.hit_id}, AssignmentId: {assignment_id}"
    )
    assert "EventDocVersion: 2006-05-05" in message.get_content()
    assert parsed(mailbox.next())["Subject"] == f"[Lab] HITReviewable for HIT {hit.hit_id}"


def test_a_worker_with_an_address_gets_mail(posted: Any, mailbox: Any, run_notifier: Any) -> None:
    send_bonus(posted, email="worker@example.org")
    run_notifier(posted.app)
    envelope = mailbox.next()
    assert envelope.rcpt_tos == ["worker@example.org"]
    message = parsed(envelope)
    assert message["To"] == "worker@example.org"
    assert message["Subject"] == f"{posted.requester.name} sent you a bonus of $1.00"
    assert "Grüße & thanks" in message.get_content()


def test_a_worker_without_an_address_gets_none(posted: Any) -> None:
    send_bonus(posted)
    assert posted.rows("SELECT count(*) FROM mail") == [(1,)]
    assert posted.rows("SELECT count(*) FROM deliveries") == [(0,)]


def test_without_a_mail_server_nothing_is_queued(make: Any) -> None:
    send_bonus(make, email="worker@example.org")
    assert make.rows("SELECT count(*) FROM mail") == [(1,)]
    assert make.rows("SELECT count(*) FROM deliveries") == [(0,)]


def test_a_worker_whose_mailbox_is_gone_stops_no_other(
    posted: Any, mailbox: Any, run_notifier: Any
) -> None:
    for number in range(8):
        send_bonus(posted, email=f"worker{number}@refused.example")
    send_bonus(posted, email="worker@example.org")
    run_notifier(posted.app)
    assert mailbox.next().rcpt_tos == ["worker@example.org"]
    errors_seen = {row[0] for row in posted.rows("SELECT error FROM deliveries WHERE attempts = 1")}
    assert "the mail server refused the address" in errors_seen
    assert posted.rows("SELECT failures FROM notification_targets") == [(0,)]


def test_a_message_that_the_mail_server_does_not_want_stops_no_other(
    posted: Any, mailbox: Any, run_notifier: Any
) -> None:
    """One requester's text says nothing about the mail server, through which all mail goes."""
    for number in range(8):
        send_bonus(posted, reason="Win the lottery", email=f"worker{number}@example.org")
    send_bonus(posted, email="last@example.org")
    run_notifier(posted.app)
    assert mailbox.next().rcpt_tos == ["last@example.org"]
    errors_seen = {row[0] for row in posted.rows("SELECT error FROM deliveries WHERE attempts = 1")}
    assert "the mail server answered 554" in errors_seen
    assert posted.rows("SELECT failures FROM notification_targets") == [(0,)]


def test_the_test_event_by_mail(posted: Any, mailbox: Any) -> None:
    posted.ask(
        "SendTestEventNotification",
        notification=to("lab@example.com"),
        test_event_type="HITExpired",
    )
    subject = parsed(mailbox.arrived.get_nowait())["Subject"]
    assert subject.startswith("[Lab] HITExpired for HIT 3")


def test_the_test_event_to_a_mailbox_that_is_gone(posted: Any) -> None:
    refusal = posted.refusal(
        "SendTestEventNotification",
        notification=to("nobody@refused.example"),
        test_event_type="Ping",
    )
    assert isinstance(refusal, errors.TransportFailed)
    assert refusal.message.endswith("(the mail server refused the address)")


def test_a_mail_server_that_is_gone(make_with: Callable[..., Any]) -> None:
    make = make_with(smtp__host="127.0.0.1", smtp__port=9)
    refusal = make.refusal(
        "SendTestEventNotification", notification=to("lab@example.com"), test_event_type="Ping"
    )
    assert refusal.message.endswith("(no connection to the mail server)")


def test_a_mail_server_that_never_speaks(
    make_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_server, "TOTAL_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        make = make_with(smtp__host="127.0.0.1", smtp__port=silent.getsockname()[1])
        refusal = make.refusal(
            "SendTestEventNotification", notification=to("lab@example.com"), test_event_type="Ping"
        )
    assert refusal.message.endswith("(the mail server did not answer in time)")


def test_nobody_signs_in_without_tls(make_with: Callable[..., Any], mailbox: Any) -> None:
    make = make_with(
        smtp__host="127.0.0.1", smtp__port=mailbox.port, smtp__user="u", smtp__password="p"
    )
    refusal = make.refusal(
        "SendTestEventNotification", notification=to("lab@example.com"), test_event_type="Ping"
    )
    assert "no TLS" in refusal.message


def test_a_subject_cannot_add_header_lines(posted: Any, mailbox: Any, run_notifier: Any) -> None:
    letter = mail_server.Letter(
        to="lab@example.com",
        subject="Hello\r\nBcc: everybody@example.com\x00 you",
        body="Text",
        message_id="1",
    )
    mail_server.send(posted.app.settings, letter)
    envelope = mailbox.next()
    assert envelope.rcpt_tos == ["lab@example.com"]
    assert parsed(envelope)["Subject"] == "Hello Bcc: everybody@example.com you"
    assert parsed(envelope)["Bcc"] is None
