"""SOAP envelopes of the older API: the call in a body, and the envelope of an answer.

Version 1.1 is what clients of the time speak; 1.2 is taken as well, and answered in kind.

Headers are ignored, and so are namespaces but for the version in that of the call.
"""

import re
from typing import Final, NamedTuple

from lxml import etree

from kempelen.domain import errors
from kempelen.formats import xml

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
LATER_ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
NAMESPACE: Final = "http://requester.mturk.amazonaws.com/doc/"
NEWEST: Final = "2014-08-15"
BODY_BYTES_MAX: Final = 4_194_304
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = frozenset({"true", "1"})
_VERSION: Final = re.compile(re.escape(NAMESPACE) + r"(\d{4}-\d\d-\d\d)/?", re.ASCII)
_BEGINS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<(?:[\w.-]+:)?Envelope[\s>]"
)


class Node(NamedTuple):
    """An element without its namespace: its name, its text, its elements."""

    name: str
    text: str
    children: "tuple[Node, ...]"


class NoEnvelope(Exception):
    """The body is not a SOAP envelope with a call in it; the text says why."""

    def __init__(self, reason: str, envelope: str = ENVELOPE) -> None:
        """Keep the namespace of the envelope in which to say so."""
        self.envelope = envelope
        super().__init__(reason)


class SoapCall(NamedTuple):
    """The element in the body, the version that its namespace names, and that of the envelope."""

    node: Node
    version: str
    envelope: str


def is_envelope(body: bytes) -> bool:
    """Whether a body begins as an envelope does."""
    return _BEGINS.match(body[:1000]) is not None


def read(body: bytes) -> SoapCall:
    """The call in an envelope; NoEnvelope for anything else."""
    try:
        root = xml.read(body.decode("utf-8", "replace"), BODY_BYTES_MAX)
    except errors.XMLParseError as error:
        raise NoEnvelope(str(error.facts["details"])) from None
    envelope, _, name = str(root.tag).removeprefix("{").rpartition("}")
    if name != "Envelope" or envelope not in {ENVELOPE, LATER_ENVELOPE}:
        raise NoEnvelope("The document is no SOAP envelope.")
    found = root.find(f"{{{envelope}}}Body")
    calls = [] if found is None else list(found.iterchildren("*"))
    if len(calls) != 1:
        reason = "The Body of the envelope must have one element, the call."
        raise NoEnvelope(reason, envelope)
    namespace = str(calls[0].tag).rpartition("}")[0].removeprefix("{")
    version = _VERSION.fullmatch(namespace)
    return SoapCall(
        node=_node(calls[0]),
        version=NEWEST if version is None else version[1],
        envelope=envelope,
    )


def write(content: str, envelope: str = ENVELOPE) -> str:
    """An envelope around markup."""
    return (
        f'<soapenv:Envelope xmlns:soapenv="{envelope}"><soapenv:Body>{content}'
        "</soapenv:Body></soapenv:Envelope>"
    )


def _node(element: etree._Element) -> Node:
    return Node(
        name=str(element.tag).rpartition("}")[2],
        text=element.text or "",
        children=tuple(
            _node(child) for child in element.iterchildren("*") if child.get(_NIL) not in _TRUE
        ),
    )
