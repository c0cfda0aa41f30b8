"""What a page posted, in whichever of four encodings, as named texts in order.

Not yet answers: what the names mean is decided where the answer document is written.
"""

import re
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

Fields = tuple[tuple[str, str], ...]

FIELDS_MAX: Final = 5_000
NAME_CHARACTERS_MAX: Final = 1_000
DEFAULT_CHARSET: Final = "utf-8"
_URLENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_LINE_END: Final = re.compile("\r\n|\r|\n")
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F]..)|.)",
    re.DOTALL,
)
_objects: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Unreadable(Exception):
    """A body that is not what its content type says."""


class UnknownType(Exception):
    """A content type that pages cannot post here."""


class FilesNotAccepted(Exception):
    """A file came along."""


class TooManyFields(Exception):
    """More fields than FIELDS_MAX, or a name longer than NAME_CHARACTERS_MAX."""


def of(query: bytes, content_type: str, body: bytes) -> Fields:
    """The fields of the query string, then those of the body, blank ones too.

    A body without a content type is read as a URL-encoded form. Bytes that the charset does not
    know become U+FFFD. Refusals: UnknownType, Unreadable, FilesNotAccepted, TooManyFields.
    """
    fields = _urlencoded(query, DEFAULT_CHARSET)
    if body:
        fields += _of_body(content_type or _URLENCODED, body)
    if len(fields) > FIELDS_MAX:
        raise TooManyFields
    if any(len(name) > NAME_CHARACTERS_MAX for name, _ in fields):
        raise TooManyFields
    return fields


def _of_body(content_type: str, body: bytes) -> Fields:
    media_type, options = parse_options_header(content_type)
    charset = _usable(options.get(b"charset", b"").decode("latin-1"))
    kind = media_type.decode("latin-1")
    if kind == _URLENCODED:
        return _urlencoded(body, charset)
    if kind == _MULTIPART:
        return _Parts(charset).read(body, options.get(b"boundary", b""))
    if kind == "text/plain":
        return _lines(body.decode(charset, "replace"))
    if kind == "application/json":
        return _json(body)
    raise UnknownType


def _usable(charset: str) -> str:
    """The charset, if forms can be written in it: its ASCII characters must be those of ASCII."""
    try:
        is_usable = b"a=1".decode(charset, "replace") == "a=1"
    except (LookupError, ValueError):
        is_usable = False
    return charset if is_usable else DEFAULT_CHARSET


def _urlencoded(text: bytes, charset: str) -> Fields:
    if text.count(b"&") >= FIELDS_MAX:
        raise TooManyFields
    decoded = text.decode(charset, "replace")
    return tuple(parse_qsl(decoded, keep_blank_values=True, encoding=charset, errors="replace"))


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
    text = body.decode(DEFAULT_CHARSET, "replace").encode()
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


class _Parts:
    """The parts of a multipart body, gathered as the parser finds them."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self._fields: list[tuple[str, str]] = []
        self._header = b""
        self._header_value = b""
        self._disposition = b""
        self._type = b""
        self._data: list[bytes] = []
        self._is_whole = False

    def read(self, body: bytes, boundary: bytes) -> Fields:
        """The fields of a body; Unreadable when it is cut off."""
        if not boundary:
            raise Unreadable
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_text,
                "on_header_end": self._header_end,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )
        try:
            parser.write(body)
            parser.finalize()
        except FormParserError as error:
            raise Unreadable from error
        if not self._is_whole:
            raise Unreadable
        return tuple(self._fields)

    def _begin(self) -> None:
        if len(self._fields) >= FIELDS_MAX:
            raise TooManyFields
        self._disposition = self._type = b""
        self._data = []

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_text(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        name = self._header.lower()
        if name == b"content-disposition":
            self._disposition = self._header_value
        elif name == b"content-type":
            self._type = self._header_value
        self._header = self._header_value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _part_end(self) -> None:
        """Keep a field; a file control without a file sends an empty part, which says nothing."""
        _, options = parse_options_header(self._disposition)
        data = b"".join(self._data)
        if b"filename" in options:
            if data:
                raise FilesNotAccepted
            return
        _, type_options = parse_options_header(self._type)
        own_charset = type_options.get(b"charset", b"").decode("latin-1")
        charset = _usable(own_charset) if own_charset else self._charset
        name = options.get(b"name", b"").decode(self._charset, "replace")
        self._fields.append((name, data.decode(charset, "replace")))

    def _end(self) -> None:
        self._is_whole = True
