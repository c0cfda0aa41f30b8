"""The one reader for untrusted XML: no DOCTYPE, no entities, no network, and limits on everything.

Not a tool for our own files: those are read with the plain parser of lxml.
"""

import re
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from kempelen.domain import errors

DEPTH_MAX = 100
ELEMENTS_MAX = 20_000
ATTRIBUTES_MAX = 64
DETAILS_CHARACTERS_MAX = 500
_CHUNK_BYTES = 65_536
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_SCHEMAS = Path(__file__).parent / "schemas"
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXPECTED = re.compile(
    r"Element '([^']*)': This element is not expected\. Expected is (?:one of )?\( (.*) \)\."
)
_UNEXPECTED = re.compile(r"Element '([^']*)': This element is not expected\.")
_INCOMPLETE = re.compile(
    r"Element '([^']*)': Missing child element\(s\)\. Expected is (?:one of )?\( (.*) \)\."
)

# A validator keeps the errors of its last document.
_validating = threading.Lock()

Refuse = Callable[..., errors.RequestError]


def read(
    text: str,
    max_bytes: int,
    *,
    refuse: Refuse = errors.XMLParseError,
    keep_comments: bool = False,
) -> etree._Element:
    """The root element of a document whose size is limited to `max_bytes` of UTF-8.

    Refuses with `refuse(details=...)`, which names line and column. White space around the
    document is ignored, and so is a declared encoding: text has none.
    """
    document = text.lstrip("\ufeff \t\r\n")
    line_offset = text[: len(text) - len(document)].count("\n")
    document = document.rstrip(" \t\r\n")
    unusable = _NOT_XML.search(document)
    if unusable is not None:
        line = line_offset + document.count("\n", 0, unusable.start()) + 1
        code = ord(unusable.group())
        raise refuse(details=f"line {line}: The character U+{code:04X} is not allowed in XML.")
    source = document.encode()
    if len(source) > max_bytes:
        raise refuse(details=f"The document is larger than {max_bytes} bytes.")
    prolog = _PROLOG.match(document)
    if prolog is not None and document.startswith("<!DOCTYPE", prolog.end()):
        line = line_offset + document.count("\n", 0, prolog.end()) + 1
        raise refuse(details=f"line {line}: A DOCTYPE is not allowed.")
    root = _parsed(source, refuse, line_offset, keep_comments=keep_comments)
    _check_limits(root, refuse)
    return root


def validate(root: etree._Element, schema: str) -> None:
    """Refuse (XMLParseError) a document that a bundled schema does not describe."""
    # Hints where schemas are to be found make libxml2 look there.
    for element in root.iter(etree.Element):
        for name in [name for name in element.attrib if str(name).startswith(_XSI)]:
            del element.attrib[name]
    with _validating:
        validator = _validator(schema)
        if validator.validate(root):
            return
        entry = _first(validator.error_log)
    details = f"line {entry.line}: {_in_familiar_words(entry.message)}"
    raise errors.XMLParseError(details=details[:DETAILS_CHARACTERS_MAX])


def _first(log: Any) -> Any:  # lxml's stubs do not know that its logs are sequences
    return log[0] if len(log) else None


def has_impossible(text: str) -> bool:
    """Whether a text has a character that XML cannot carry."""
    return _NOT_XML.search(text) is not None


def clean(text: str) -> str:
    """The text as XML can carry it: line ends are LF, impossible characters are U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_XML.sub("\ufffd", text)


def _parsed(
    source: bytes, refuse: Refuse, line_offset: int, *, keep_comments: bool
) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start",),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
    )
    count = 0
    try:
        # In pieces, so that a document of a million elements is left before it fills the memory.
        for start in range(0, max(len(source), 1), _CHUNK_BYTES):
            parser.feed(source[start : start + _CHUNK_BYTES])
            count += sum(1 for _ in parser.read_events())
            if count > ELEMENTS_MAX:
                raise refuse(details=f"There are more than {ELEMENTS_MAX} elements.")
        root = parser.close()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = error.msg
        # The log of the error itself begins with documents that this thread read before.
        first = _first(parser.feed_error_log)
        if first is not None:
            line, column, message = first.line, first.column, first.message
        details = f"line {line + line_offset}, column {column}: {message}"
        raise refuse(details=details[:DETAILS_CHARACTERS_MAX]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise refuse(details="A DOCTYPE is not allowed.")
    return root


def _check_limits(root: etree._Element, refuse: Refuse) -> None:
    level = [root]
    for _ in range(DEPTH_MAX):
        if any(len(element.attrib) > ATTRIBUTES_MAX for element in level):
            raise refuse(details=f"An element has more than {ATTRIBUTES_MAX} attributes.")
        level = [child for element in level for child in element.iterchildren("*")]
        if not level:
            return
    raise refuse(details=f"Elements are nested more than {DEPTH_MAX} deep.")


@lru_cache(maxsize=16)
def _validator(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_SCHEMAS / name))


def _in_familiar_words(message: str) -> str:
    """Messages about structure in the words that clients know from the reference service."""
    message = re.sub(r"\{[^}]*\}", "", message)
    found = _EXPECTED.match(message)
    if found is not None:
        return (
            "cvc-complex-type.2.4.a: Invalid content was found starting with element"
            f" '{found[1]}'. One of '{{{found[2]}}}' is expected."
        )
    found = _UNEXPECTED.match(message)
    if found is not None:
        return (
            "cvc-complex-type.2.4.d: Invalid content was found starting with element"
            f" '{found[1]}'. No child element is expected at this point."
        )
    found = _INCOMPLETE.match(message)
    if found is not None:
        return (
            f"cvc-complex-type.2.4.b: The content of element '{found[1]}' is not complete."
            f" One of '{{{found[2]}}}' is expected."
        )
    return message
