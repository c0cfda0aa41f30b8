"""Notifications of events: what a document says, where it goes, when it is tried again.

A transport carries documents to one kind of destination; it is a plug-in like a review policy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from kempelen.domain.events import EventType

VERSIONS = ("2014-08-15", "2006-05-05")
"""Versions of the documents that a specification may ask for; both have the same members."""

DESTINATION_LENGTH_MAX = 2_048
BACK_OFF_MAX = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(hours=24)
TROUBLES_MAX = 5
"""So many failures one after the other, and a destination is left alone for a while."""

SIGNED_BY_ACCESS_KEY = frozenset({"REST", "SOAP"})
"""Transports of the older API: signed with the secret of an access key, and sent once."""

OCCURRENCES_MAX = 10
"""So many events fit into one document."""

_DOUBLINGS_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Specification:
    """Which events of a HIT type are sent where; `transport` is the name of the one that sends."""

    transport: str
    destination: str
    version: str
    event_types: tuple[EventType, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """An event as a document tells it."""

    event_type: EventType
    happened_at: datetime
    hit_type_id: str
    hit_id: str
    assignment_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What is sent; its id stays the same however often it is."""

    version: str
    document_id: str
    requester_id: str
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """A document with its destination; `key_number` says which signing key the requester uses.

    `sign` gives the signature of a text by the access key with which the requester asked for the
    document, for transports that are signed so.
    """

    destination: str
    document: Document
    key_number: int
    sign: Callable[[str], str] | None = None


class DeliveryFailed(Exception):
    """A parcel did not arrive; the reason is for the requester's eyes, hence says little.

    With `is_about_document` the destination is well and did not want this very document.
    """

    def __init__(self, reason: str, *, is_about_document: bool = False) -> None:
        """Keep both."""
        self.reason = reason
        self.is_about_document = is_about_document
        super().__init__(reason)


class Transport(Protocol):
    """Carries documents to one kind of destination."""

    name: str
    """Unique among the installed ones."""

    def accepts(self, transport: str, destination: str) -> bool:
        """Whether this one sends there, by the form alone.

        `transport` is Email, SQS or SNS; from the older API also REST or SOAP.
        """

    def send(self, parcel: Parcel) -> None:
        """Deliver within ten seconds, or raise DeliveryFailed."""


def transport_for(
    transports: Sequence[Transport], transport: str, destination: str
) -> Transport | None:
    """The first installed transport that sends there."""
    if len(destination) > DESTINATION_LENGTH_MAX:
        return None
    for item in transports:
        if item.accepts(transport, destination):
            return item
    return None


def back_off(attempts: int, jitter: float) -> timedelta:
    """How long to wait after so many failed attempts: 1 s · 2ⁿ, at most a quarter of an hour.

    `jitter`, from 0 to 1, takes off up to half, so that those who failed together spread.
    """
    seconds = 2.0 ** min(max(attempts - 1, 0), _DOUBLINGS_MAX)
    return min(timedelta(seconds=seconds), BACK_OFF_MAX) * (1 - jitter / 2)
