"""Multipart forms as they arrive: fields in memory, files in temporary files, all within limits.

A file that is too large is not kept, but the fields around it are, so that nobody has to fill in
a form again because of it.
"""

import codecs
import contextlib
import hashlib
import tempfile
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kempelen.domain import file_types, files
from kempelen.edges.http import BodyTooLarge
from kempelen.settings import Uploads

MEDIA_TYPE: Final = "multipart/form-data"
DEFAULT_CHARSET: Final = "utf-8"
FIELDS_MAX: Final = 5_000
FILES_MAX: Final = 100
NAME_CHARACTERS_MAX: Final = 1_000
# What is read and thrown away of files that are not taken, before the connection is given up.
DISCARDED_BYTES_MAX: Final = 268_435_456
_HEADER_BYTES_MAX: Final = 16_384
_CHUNK_BYTES: Final = 262_144


class Unreadable(Exception):
    """A body that is not what its content type says."""


class FilesNotAccepted(Exception):
    """A file came along."""


class TooManyFields(Exception):
    """More fields than FIELDS_MAX, files than FILES_MAX, or too long a name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much a form may bring, in bytes; no files where `file_bytes_max` is None."""

    fields_bytes_max: int
    file_bytes_max: int | None = None
    files_bytes_max: int = 0


NO_FILES: Final = Limits(fields_bytes_max=DISCARDED_BYTES_MAX)


def limits(uploads: Uploads, fields_bytes_max: int) -> Limits:
    """The limits of a form whose fields may have so many bytes."""
    if not uploads.enabled:
        return Limits(fields_bytes_max=fields_bytes_max)
    return Limits(
        fields_bytes_max=fields_bytes_max,
        file_bytes_max=uploads.max_file_bytes,
        files_bytes_max=uploads.max_assignment_bytes,
    )


@dataclass(slots=True)
class ReceivedFile:
    """A file that came; it is gone when its form is closed."""

    name: str
    content: BinaryIO
    size_bytes: int = 0
    head: bytes = b""
    problem: str | None = None
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """The SHA-256 in hexadecimal digits."""
        return self._digest.hexdigest()

    def add(self, data: bytes) -> None:
        """Take a piece."""
        self.content.write(data)
        self._digest.update(data)
        self.size_bytes += len(data)
        if len(self.head) < file_types.HEAD_BYTES:
            self.head += data[: file_types.HEAD_BYTES - len(self.head)]

    def refuse(self, problem: str) -> None:
        """Take no more, and let go of what there is."""
        self.problem = problem
        self.content.seek(0)
        self.content.truncate()

    def media_type(self) -> str:
        """What its bytes say that it is."""
        return file_types.of_bytes(self.head, self._is_text)

    def _is_text(self) -> bool:
        decoder = codecs.getincrementaldecoder(file_types.encoding(self.head))()
        self.content.seek(0)
        try:
            while chunk := self.content.read(_CHUNK_BYTES):
                if not file_types.is_text_so_far(decoder.decode(chunk)):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True


def files_of(posted: "Posted") -> list[tuple[str, ReceivedFile]]:
    """The files of a form with the names of their fields."""
    return [(name, value) for name, value in posted if isinstance(value, ReceivedFile)]


Posted = tuple[tuple[str, str | ReceivedFile], ...]


def is_multipart(content_type: str) -> bool:
    """Whether a content type is that of a form with parts."""
    return parse_options_header(content_type)[0].decode("latin-1") == MEDIA_TYPE


def usable(charset: str) -> str:
    """The charset, if forms can be written in it: its ASCII characters must be those of ASCII."""
    try:
        is_usable = b"a=1".decode(charset, "replace") == "a=1"
    except (LookupError, ValueError):
        is_usable = False
    return charset if is_usable else DEFAULT_CHARSET


class Form:
    """A form with parts, gathered as the parser finds them; a sink of `edges.http`."""

    def __init__(self, content_type: str, limits: Limits) -> None:
        """Begin; Unreadable when the content type names no boundary."""
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise Unreadable
        self._charset = usable(options.get(b"charset", b"").decode("latin-1"))
        self._limits = limits
        self._items: list[tuple[str, str | ReceivedFile]] = []
        self._parts = 0
        self._sizes = {"fields": 0, "files": 0, "discarded": 0}
        self._has_unwanted_files = False
        self._is_whole = False
        self._closing = contextlib.ExitStack()
        self._begin_part()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def write(self, data: bytes) -> None:
        """Take a piece of the body; Unreadable, TooManyFields, BodyTooLarge."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise Unreadable from error

    def finished(self) -> Posted:
        """Fields and files in order; Unreadable when it is cut off, FilesNotAccepted."""
        if self._is_whole and not self._has_unwanted_files:
            return tuple(self._items)
        try:
            self._parser.finalize()
        except FormParserError as error:
            raise Unreadable from error
        if not self._is_whole:
            raise Unreadable
        if self._has_unwanted_files:
            raise FilesNotAccepted
        return tuple(self._items)

    def close(self) -> None:
        """Remove the temporary files."""
        self._closing.close()

    def _begin_part(self) -> None:
        self._header = self._header_value = self._disposition = self._type = b""
        self._data: list[bytes] = []
        self._name = ""
        self._file_name: str | None = None
        self._file: ReceivedFile | None = None

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > FIELDS_MAX:
            raise TooManyFields
        self._begin_part()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check_header()

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._header) + len(self._header_value) > _HEADER_BYTES_MAX:
            raise Unreadable

    def _on_header_end(self) -> None:
        name = self._header.lower()
        if name == b"content-disposition":
            self._disposition = self._header_value
        elif name == b"content-type":
            self._type = self._header_value
        self._header = self._header_value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode(self._charset, "replace")
        if b"filename" in options:
            self._file_name = options[b"filename"].decode(self._charset, "replace")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file_name is None:
            self._count("fields", end - start, self._limits.fields_bytes_max)
            self._data.append(data[start:end])
        elif self._limits.file_bytes_max is None:
            self._has_unwanted_files = True
            self._count("discarded", end - start, DISCARDED_BYTES_MAX)
        elif end > start:
            self._add_to_file(data[start:end], self._limits.file_bytes_max)

    def _add_to_file(self, data: bytes, maximum: int) -> None:
        file = self._file or self._new_file(self._file_name or "")
        room = self._limits.files_bytes_max - self._sizes["files"]
        if file.problem is None and file.size_bytes + len(data) > maximum:
            words = files.in_words(maximum)
            self._give_up(file, f"{file.name} is larger than {words}. Choose a smaller file.")
        elif file.problem is None and len(data) > room:
            words = files.in_words(self._limits.files_bytes_max)
            self._give_up(
                file, f"With {file.name} the files are larger than {words}. Choose smaller files."
            )
        if file.problem is None:
            self._sizes["files"] += len(data)
            file.add(data)
        else:
            self._count("discarded", len(data), DISCARDED_BYTES_MAX)

    def _new_file(self, file_name: str) -> ReceivedFile:
        if sum(isinstance(value, ReceivedFile) for _, value in self._items) >= FILES_MAX:
            raise TooManyFields
        # With a name, because scanners are given one; readable by its owner alone.
        content = tempfile.NamedTemporaryFile(prefix="kempelen-")  # noqa: SIM115 - see `close`
        self._closing.callback(content.close)
        name = files.safe_name(file_name)
        self._file = ReceivedFile(name=name, content=cast("BinaryIO", content))
        self._items.append((self._name, self._file))
        return self._file

    def _give_up(self, file: ReceivedFile, problem: str) -> None:
        self._sizes["files"] -= file.size_bytes
        file.refuse(problem)

    def _count(self, kind: str, size: int, maximum: int) -> None:
        self._sizes[kind] += size
        if self._sizes[kind] > maximum:
            raise BodyTooLarge(maximum)

    def _on_part_end(self) -> None:
        """Keep a field; a file control without a file sends an empty part, which says nothing."""
        if self._file is not None:
            # Scanners read it by its name.
            self._file.content.flush()
        if self._file_name is not None:
            return
        _, type_options = parse_options_header(self._type)
        own_charset = type_options.get(b"charset", b"").decode("latin-1")
        charset = usable(own_charset) if own_charset else self._charset
        self._items.append((self._name, b"".join(self._data).decode(charset, "replace")))

    def _on_end(self) -> None:
        self._is_whole = True
