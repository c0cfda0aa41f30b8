"""Notification documents as JSON, with members in the order of Mechanical Turk, and as mail."""

import json
from datetime import datetime

from kempelen.domain.notification import Document, Occurrence


def write(document: Document) -> str:
    """The JSON document; the same bytes each time it is written."""
    return json.dumps(
        {
            "EventDocVersion": document.version,
            "EventDocId": document.document_id,
            "CustomerId": document.requester_id,
            "Events": [_members(item) for item in document.occurrences],
        },
        separators=(",", ":"),
    )


def event_types(document: Document) -> str:
    """The types of its events, joined with commas."""
    return ",".join(item.event_type.value for item in document.occurrences)


def write_lines(document: Document) -> str:
    """One line per event, with the same members, for people."""
    head = (
        f"EventDocVersion: {document.version}, EventDocId: {document.document_id}, "
        f"CustomerId: {document.requester_id}"
    )
    lines = [
        ", ".join(f"{name}: {value}" for name, value in _members(item).items())
        for item in document.occurrences
    ]
    return "\n".join([*lines, "", head, ""])


def _members(item: Occurrence) -> dict[str, str]:
    members = {
        "EventType": item.event_type.value,
        "EventTimestamp": _seconds(item.happened_at),
        "HITTypeId": item.hit_type_id,
        "HITId": item.hit_id,
    }
    if item.assignment_id is not None:
        members["AssignmentId"] = item.assignment_id
    return members


def _seconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
