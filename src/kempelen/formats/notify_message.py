"""The message Notify of the older API: an event document as parameters of an address, or in SOAP.

Both are signed over a service name, the operation and the time at which they are sent.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from html import escape
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from kempelen.domain.notification import Document, Occurrence
from kempelen.formats import soap

OPERATION = "Notify"
VERSION = "2006-05-05"
SERVICE = "AWSMechanicalTurkRequesterNotification"

Sign = Callable[[str], str]


def address(destination: str, document: Document, now: datetime, sign: Sign) -> str:
    """The address to get: the destination, its own query first."""
    parameters = [("method", OPERATION), *_signed(document, now, sign)]
    for number, event in enumerate(document.occurrences, 1):
        parameters += [(f"Event.{number}.{name}", value) for name, value in _members(event)]
    parts = urlsplit(destination)
    query = "&".join(filter(None, (parts.query, urlencode(parameters, quote_via=quote, safe=""))))
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def envelope(document: Document, now: datetime, sign: Sign) -> str:
    """The envelope to post."""
    events = "".join(f"<Event>{_elements(_members(item))}</Event>" for item in document.occurrences)
    inner = _elements(_signed(document, now, sign)) + events
    return soap.write(f'<{OPERATION} xmlns="{soap.NAMESPACE}{VERSION}">{inner}</{OPERATION}>')


def _signed(document: Document, now: datetime, sign: Sign) -> Iterator[tuple[str, str]]:
    timestamp = _seconds(now)
    yield "Signature", sign(SERVICE + OPERATION + timestamp)
    yield "Timestamp", timestamp
    yield "Version", document.version


def _members(event: Occurrence) -> Iterator[tuple[str, str]]:
    yield "EventType", event.event_type.value
    yield "EventTime", _seconds(event.happened_at)
    yield "HITTypeId", event.hit_type_id
    yield "HITId", event.hit_id
    if event.assignment_id is not None:
        yield "AssignmentId", event.assignment_id


def _elements(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in pairs)


def _seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
