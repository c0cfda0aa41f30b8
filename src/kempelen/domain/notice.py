"""What workers are told: the causes, what a message is about, and its words.

A notice goes to the worker as a message on the site and as an e-mail. What only shows on a page,
such as the feedback to a decision or the result of a test, is no notice.
"""

from dataclasses import dataclass
from enum import StrEnum

from kempelen.domain import money


class Cause(StrEnum):
    """Why a worker is told something."""

    NOTIFY_WORKERS = "notify_workers"
    BONUS = "bonus"
    BLOCK = "block"
    QUALIFICATION_GRANTED = "qualification_granted"
    QUALIFICATION_REJECTED = "qualification_rejected"
    QUALIFICATION_REVOKED = "qualification_revoked"


class Topic(StrEnum):
    """What a thread of messages is about; `MESSAGE` is a thread of one message's own."""

    MESSAGE = "message"
    REQUESTER = "requester"
    ASSIGNMENT = "assignment"
    QUALIFICATION_TYPE = "qualification_type"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One thing to tell a worker. `topic_id` is None when the message opens its own thread."""

    cause: Cause
    topic: Topic
    topic_id: str | None
    subject: str
    text: str


def message(subject: str, text: str) -> Notice:
    """What a requester wrote, as it was written."""
    return Notice(
        cause=Cause.NOTIFY_WORKERS, topic=Topic.MESSAGE, topic_id=None, subject=subject, text=text
    )


def bonus(requester: str, amount: int, assignment_id: str, reason: str) -> Notice:
    """A bonus was paid; `amount` in money units, the requester by name."""
    return Notice(
        cause=Cause.BONUS,
        topic=Topic.ASSIGNMENT,
        topic_id=assignment_id,
        subject=f"{requester} sent you a bonus of ${money.show(amount)}",
        text=f"For assignment {assignment_id}:\n\n{reason}",
    )


def block(requester: str, requester_id: str) -> Notice:
    """A requester wants no more work from the worker; why is nobody else's business."""
    return Notice(
        cause=Cause.BLOCK,
        topic=Topic.REQUESTER,
        topic_id=requester_id,
        subject=f"{requester} has blocked you",
        text=(
            f"{requester} ({requester_id}) has decided to receive no more work from you. You will "
            "no longer see HITs of this requester, or be able to accept them. HITs that you have "
            "accepted already may be finished, and submitted work is reviewed as usual."
        ),
    )


def qualification_granted(requester: str, name: str, type_id: str, value: int) -> Notice:
    """A requester gave the worker a qualification, or another value of it."""
    return _qualification(
        Cause.QUALIFICATION_GRANTED,
        type_id,
        f"You have the qualification {name}",
        f"{requester} granted you the qualification {name} with the value {value}.",
    )


def qualification_rejected(requester: str, name: str, type_id: str, reason: str | None) -> Notice:
    """A request for a qualification was turned down."""
    return _qualification(
        Cause.QUALIFICATION_REJECTED,
        type_id,
        f"Your request for the qualification {name} was rejected",
        _with_reason(f"{requester} rejected your request for the qualification {name}.", reason),
    )


def qualification_revoked(requester: str, name: str, type_id: str, reason: str) -> Notice:
    """A qualification was taken away."""
    return _qualification(
        Cause.QUALIFICATION_REVOKED,
        type_id,
        f"You no longer have the qualification {name}",
        _with_reason(f"{requester} revoked your qualification {name}.", reason),
    )


def _qualification(cause: Cause, type_id: str, subject: str, text: str) -> Notice:
    return Notice(
        cause=cause, topic=Topic.QUALIFICATION_TYPE, topic_id=type_id, subject=subject, text=text
    )


def _with_reason(text: str, reason: str | None) -> str:
    return f"{text}\n\n{reason}" if reason else text
