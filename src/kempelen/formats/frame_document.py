"""The document that a frame shows for an HTMLQuestion: the requester's, adapted to this site.

The stored question stays as it was given. Everything that is not named here stays byte for byte.
"""

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from urllib.parse import SplitResult, urlsplit

from kempelen.formats import html
from kempelen.formats.html import Attribute, Kind, Token

HELPER_URL = "/frame-helper/v1.js"
_SUBMIT_PATH = "/mturk/externalSubmit"
# Host and path of scripts that requesters' pages load, and where this site serves its own of them.
_ASSETS = {
    ("s3.amazonaws.com", "/mturk-public/externalHIT_v1.js"): "/mturk-public/externalHIT_v1.js",
}
_ADDRESS_ATTRIBUTES = {"script": "src", "link": "href"}
# A checksum is that of the original; our own copy is on the same server.
_OF_THE_ORIGINAL = ("integrity", "crossorigin")
_WRAPPED = (
    '<!doctype html><html><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "</head><body>{content}</body></html>"
)
_LEADING_SPACE = " \t\n\f\r\ufeff"

# A change of a document: from, to, new text.
_Edit = tuple[int, int, str]


@lru_cache(maxsize=64)
def assemble(content: str, *, submit_origin: str, helper_url: str = HELPER_URL) -> str:
    """The document to serve, whose forms and well-known scripts point to this site.

    A document that ends inside a tag, comment or script is only given the helper.
    """
    helper = f'<script src="{escape(helper_url)}"></script>'
    try:
        found = list(html.tokens(content))
        if not any(token.kind is Kind.START_TAG and token.name == "html" for token in found):
            content = _WRAPPED.replace("{content}", content)
            found = list(html.tokens(content))
    except html.CutOffError:
        return helper + content
    head = _start_of_head(content, found)
    edits = [(head, head, helper)]
    origin = submit_origin.rstrip("/")
    for token in found:
        if token.kind is Kind.START_TAG and not token.is_foreign:
            edits += _edits(token, origin)
    return _edited(content, edits)


def _start_of_head(content: str, tokens: Iterable[Token]) -> int:
    """Where the first script of the head can be: before anything but doctype, html and head."""
    position = 0
    expected = ["html", "head"]
    for token in tokens:
        if token.kind is Kind.COMMENT:
            continue
        if token.kind is Kind.TEXT and not content[token.start : token.end].strip(_LEADING_SPACE):
            continue
        if token.kind is Kind.START_TAG and token.name in expected:
            del expected[: expected.index(token.name) + 1]
        elif token.kind is not Kind.DOCTYPE:
            break
        position = token.end
    return position


def _edits(tag: Token, origin: str) -> list[_Edit]:
    if tag.name in _ADDRESS_ATTRIBUTES:
        return _asset_edits(tag, tag.attribute(_ADDRESS_ATTRIBUTES[tag.name]), origin)
    if tag.name == "form":
        return _form_edits(tag, tag.attribute("action"), origin + _SUBMIT_PATH)
    return []


def _asset_edits(tag: Token, address: Attribute | None, origin: str) -> list[_Edit]:
    parts = None if address is None else _split(address.value)
    if address is None or parts is None:
        return []
    served = _ASSETS.get((parts.netloc.lower(), parts.path))
    if served is None:
        return []
    # Absolute, because a page may have a base address of its own.
    return [_new_value(address, origin + served), *_removals(tag, _OF_THE_ORIGINAL)]


def _form_edits(form: Token, action: Attribute | None, submit_address: str) -> list[_Edit]:
    parts = None if action is None else _split(action.value)
    if action is None or parts is None or not parts.path.endswith(_SUBMIT_PATH):
        return []
    host = (parts.hostname or "").lower()
    if host != "mturk.com" and not host.endswith(".mturk.com"):
        return []
    query = f"?{parts.query}" if parts.query else ""
    edits = [_new_value(action, submit_address + query)]
    target = form.attribute("target")
    if target is not None and target.value.strip().lower() in ("_parent", "_top"):
        edits += _removals(form, ("target",))
    return edits


def _split(address: str) -> SplitResult | None:
    """The parts of an absolute address, with or without its scheme."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    if not parts.netloc or parts.scheme not in ("", "http", "https"):
        return None
    return parts


def _new_value(attribute: Attribute, value: str) -> _Edit:
    return attribute.value_start, attribute.end, f'"{escape(value)}"'


def _removals(tag: Token, names: Iterable[str]) -> list[_Edit]:
    found = (tag.attribute(name) for name in names)
    return [(attribute.start, attribute.end, "") for attribute in found if attribute is not None]


def _edited(content: str, edits: list[_Edit]) -> str:
    parts = []
    at = 0
    for start, end, text in sorted(edits):
        parts += [content[at:start], text]
        at = end
    return "".join(parts) + content[at:]
