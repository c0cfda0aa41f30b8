"""The response group Request: an answer repeats what was asked, but for key and signature."""

from collections.abc import Iterable, Sequence
from typing import Final

from kempelen.api.shape import Shape
from kempelen.edges.aws.legacy import elements, information, markup, reading
from kempelen.edges.aws.legacy.markup import Style
from kempelen.edges.aws.legacy.names import Given
from kempelen.edges.aws.legacy.rows import Row
from kempelen.edges.http import Incoming

GROUP: Final = "Request"
_SECRET_FIELDS: Final = frozenset({"AWSAccessKeyId", "Signature"})
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})


def is_wanted(given: Given) -> bool:
    """Whether a request asks to be repeated."""
    return GROUP in reading.words(given, "ResponseGroup")


def request(row: Row | None, asked: Sequence[Shape], given: Given, style: Style) -> str:
    """The request as it was understood, in the order of its schema."""
    if row is None:
        texts = [(name, given.texts(name)) for name in ("HelpType", "About")]
        told = "".join(markup.leaf(name, text) for name, found in texts for text in found)
    else:
        told = "".join(
            markup.member(shape, item, style)
            for name in row.parameters()
            for shape in asked
            for item in elements.of(type(shape))
            if item.name == name
        )
    groups = (markup.leaf("ResponseGroup", word) for word in reading.words(given, "ResponseGroup"))
    name = information.NAME if row is None else row.name
    return markup.element(f"{name}Request", told, *groups)


def headers(incoming: Incoming) -> str:
    """The headers of a call."""
    found = ((name, value) for name, value in incoming.headers.items())
    return _pairs("HTTPHeaders", "Header", found, _SECRET_HEADERS)


def arguments(fields: Iterable[tuple[str, str]]) -> str:
    """The parameters of a call as they came."""
    return _pairs("Arguments", "Argument", fields, _SECRET_FIELDS)


def _pairs(name: str, item: str, pairs: Iterable[tuple[str, str]], secrets: frozenset[str]) -> str:
    shown = (
        f'<{item} Name="{markup.attribute(key)}" Value="{markup.attribute(value)}"/>'
        for key, value in pairs
        if key.strip() not in secrets
    )
    return markup.element(name, *shown)
