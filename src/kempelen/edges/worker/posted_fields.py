"""What a page posted, in whichever of four encodings, as named texts in order.

Not yet answers: what the names mean is decided where the answer document is written.
"""

import re
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from python_multipart.multipart import parse_options_header

from kempelen.edges import http
from kempelen.edges.worker import multipart
from kempelen.edges.worker.multipart import (
    DEFAULT_CHARSET,
    FIELDS_MAX,
    NAME_CHARACTERS_MAX,
    FilesNotAccepted,
    Form,
    Posted,
    TooManyFields,
    Unreadable,
)

__all__ = [
    "FIELDS_MAX",
    "NAME_CHARACTERS_MAX",
    "Fields",
    "FilesNotAccepted",
    "TooManyFields",
    "UnknownType",
    "Unreadable",
    "of",
    "of_form",
]

Fields = tuple[tuple[str, str], ...]

_URLENCODED: Final = "application/x-www-form-urlencoded"
_LINE_END: Final = re.compile("\r\n|\r|\n")
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F]..)|.)",
    re.DOTALL,
)
_objects: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists: Final = msgspec.json.Decoder(list[msgspec.Raw])


class UnknownType(Exception):
    """A content type that pages cannot post here."""


def of_form(query: bytes, form: Form) -> Posted:
    """The fields of the query string, then those of a multipart form with its files.

    Refusals: Unreadable, FilesNotAccepted, TooManyFields.
    """
    posted: Posted = (*_urlencoded(query, DEFAULT_CHARSET), *form.finished())
    _check_count([name for name, _ in posted])
    return posted


def of(query: bytes, content_type: str, body: bytes) -> Fields:
    """The fields of the query string, then those of the body, blank ones too.

    A body without a content type is read as a URL-encoded form. Bytes that the charset does not
    know become U+FFFD. Refusals: UnknownType, Unreadable, FilesNotAccepted, TooManyFields.
    """
    fields = _urlencoded(query, DEFAULT_CHARSET)
    if body:
        fields += _of_body(content_type or _URLENCODED, body)
    _check_count([name for name, _ in fields])
    return fields


def _check_count(names: list[str]) -> None:
    if len(names) > FIELDS_MAX or any(len(name) > NAME_CHARACTERS_MAX for name in names):
        raise TooManyFields


def _of_body(content_type: str, body: bytes) -> Fields:
    media_type, options = parse_options_header(content_type)
    charset = multipart.usable(options.get(b"charset", b"").decode("latin-1"))
    kind = media_type.decode("latin-1")
    if kind == _URLENCODED:
        return _urlencoded(body, charset)
    if kind == multipart.MEDIA_TYPE:
        form = Form(content_type, multipart.NO_FILES)
        form.write(body)
        return tuple((name, value) for name, value in form.finished() if isinstance(value, str))
    if kind == "text/plain":
        return _lines(body.decode(charset, "replace"))
    if kind == "application/json":
        return _json(body)
    raise UnknownType


def _urlencoded(text: bytes, charset: str) -> Fields:
    if text.count(b"&") >= FIELDS_MAX:
        raise TooManyFields
    decoded = text.decode(charset, "replace")
    return http.without_nul(
        parse_qsl(decoded, keep_blank_values=True, encoding=charset, errors="replace")
    )


def _lines(text: str) -> Fields:
    """One `name=value` a line; a line without `=` goes on with the value of the line before."""
    lines = _LINE_END.split(text)
    if lines[-1] == "":
        lines.pop()
    if len(lines) > FIELDS_MAX and sum("=" in line for line in lines) > FIELDS_MAX:
        raise TooManyFields
    names: list[str] = []
    values: list[list[str]] = []
    for line in lines:
        name, equals, value = line.partition("=")
        if equals:
            names.append(name)
            values.append([value])
        elif values:
            values[-1].append(line)
        elif line:
            raise Unreadable
    return tuple(zip(names, map("\n".join, values), strict=True))


def _json(body: bytes) -> Fields:
    """The members of a flat object: texts as they are, lists as repeated fields, else JSON text.

    Half a surrogate pair, which scripts leave when they cut a text, becomes U+FFFD.
    """
    text = http.json_without_nul(body.decode(DEFAULT_CHARSET, "replace").encode())
    try:
        members = _objects.decode(_ESCAPE.sub(_whole_pair, text))
        return tuple(
            (name, value) for name, member in members.items() for value in _texts(bytes(member))
        )
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable from error


def _whole_pair(escape: re.Match[bytes]) -> bytes:
    return escape.group() if escape.group(1) is None else rb"\ufffd"


def _texts(member: bytes) -> list[str]:
    if member.startswith(b"["):
        return [_text(bytes(element)) for element in _lists.decode(member)]
    return [_text(member)]


def _text(value: bytes) -> str:
    if value.startswith(b'"'):
        return msgspec.json.decode(value, type=str)
    return msgspec.json.format(value, indent=-1).decode()
