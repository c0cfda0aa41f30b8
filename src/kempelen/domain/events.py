"""What Mechanical Turk would notify: event types and the record of one occurrence."""

from dataclasses import dataclass
from enum import StrEnum


class EventType(StrEnum):
    """The event types of the notification API, with their wire values."""

    ASSIGNMENT_ACCEPTED = "AssignmentAccepted"
    ASSIGNMENT_ABANDONED = "AssignmentAbandoned"
    ASSIGNMENT_RETURNED = "AssignmentReturned"
    ASSIGNMENT_SUBMITTED = "AssignmentSubmitted"
    ASSIGNMENT_REJECTED = "AssignmentRejected"
    ASSIGNMENT_APPROVED = "AssignmentApproved"
    HIT_CREATED = "HITCreated"
    HIT_EXPIRED = "HITExpired"
    HIT_REVIEWABLE = "HITReviewable"
    HIT_EXTENDED = "HITExtended"
    HIT_DISPOSED = "HITDisposed"
    PING = "Ping"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to a HIT or to an assignment of it."""

    type: EventType
    hit_id: str
    hit_type_id: str
    assignment_id: str | None = None
