"""Files that workers send: what is known of each, under which name it is kept, and its limits."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kempelen.domain import file_types

NAME_MAX: Final = 255
"""Characters and bytes of a name."""
NAMELESS: Final = "file"
# Control and formatting characters (some turn the reading direction), and what paths are made of.
_UNWANTED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNWANTED: Final = re.compile(r'["<>:|?*%;\\/]')
_BLANKS: Final = re.compile(r"\s+")
_UNITS: Final = (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file of an assignment. Its bytes are kept under `key`, outside of the database.

    `arrived_at` is None until they are; `kept_at` is when it became part of the answers;
    `ticket` is that of the staged answers that it came with.
    """

    key: str
    assignment_id: str
    hit_id: str
    worker_id: str
    question_id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    arrived_at: datetime | None = None
    kept_at: datetime | None = None
    ticket: str | None = None


def safe_name(given: str) -> str:
    """The name of a file without its path, and without characters that trick people or programs."""
    last = re.split(r"[/\\]", given)[-1]
    plain = unicodedata.normalize("NFC", last.replace("\ufffd", "_"))
    kept = "".join(
        character
        for character in plain
        if unicodedata.category(character) not in _UNWANTED_CATEGORIES
    )
    name = _BLANKS.sub(" ", _UNWANTED.sub("_", kept)).strip(" .")
    return _shortened(name) or NAMELESS


def download_name(name: str, media_type: str) -> str:
    """A name whose ending is one of the file's type, so that nothing opens it as something else."""
    endings = file_types.ENDINGS.get(media_type)
    if endings is None or name.lower().endswith(endings):
        return name
    return name + endings[0]


def in_words(size_bytes: int) -> str:
    """A size as people read it: 2.5 MB."""
    for unit, factor in _UNITS:
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size_bytes} byte{'' if size_bytes == 1 else 's'}"


def _shortened(name: str) -> str:
    """At most NAME_MAX characters and bytes; the ending stays where there is one."""
    if len(name.encode()) <= NAME_MAX:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > NAME_MAX // 8:
        stem, dot, ending = name, "", ""
    room = NAME_MAX - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending
