"""What a file is, told from its bytes alone: names and declared types do not count.

Files are handed on and never run or shown here, so the table knows what people send as an answer,
and everything that a browser might run is recognised in order to be refused.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

# What `of_bytes` needs to see of a file; shorter files are whole.
HEAD_BYTES: Final = 4096
ACTIVE: Final = "active"
"""The type of everything that a browser or a shell could run: HTML, SVG, XML, scripts, programs."""
UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"

# The first one could be taken for the beginning of an audio frame, too.
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_ACTIVE_STARTS: Final = (
    b"#!",
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"%!PS",
    b"\xcf\xfa\xed\xfe",
)
# In a picture or a film these are no accident: such a file is a page for whoever takes it as one.
_MARKUP: Final = re.compile(
    rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|style|meta|link|form)\b"
    rb"|<\?(?:xml-stylesheet|php)",
    re.IGNORECASE,
)
_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b"#!AMR", "audio/amr"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
_CHUNKED: Final = {
    b"RIFFWEBP": "image/webp",
    b"RIFFWAVE": "audio/wav",
    b"RIFFAVI ": "video/x-msvideo",
    b"FORMAIFF": "audio/aiff",
    b"FORMAIFC": "audio/aiff",
}
_BRANDS: Final = (
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"heic", "image/heic"),
    (b"heix", "image/heic"),
    (b"mif1", "image/heic"),
    (b"M4A ", "audio/mp4"),
    (b"M4B ", "audio/mp4"),
    (b"qt  ", "video/quicktime"),
    (b"3g", "video/3gpp"),
)
# The endings that belong to a type; the first one is given to a file that has none of them.
ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/tiff": (".tif", ".tiff"),
    "image/bmp": (".bmp",),
    "image/avif": (".avif",),
    "image/heic": (".heic", ".heif"),
    "audio/mpeg": (".mp3", ".mpga"),
    "audio/aac": (".aac",),
    "audio/flac": (".flac",),
    "audio/wav": (".wav",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mp4": (".m4a", ".m4b", ".mp4"),
    "audio/midi": (".mid", ".midi"),
    "audio/amr": (".amr",),
    "audio/aiff": (".aiff", ".aif"),
    "video/mp4": (".mp4", ".m4v", ".m4a"),
    "video/quicktime": (".mov", ".qt"),
    "video/3gpp": (".3gp", ".3g2"),
    "video/webm": (".webm", ".mkv", ".weba"),
    "video/ogg": (".ogv", ".ogg"),
    "video/mpeg": (".mpg", ".mpeg"),
    "video/x-msvideo": (".avi",),
    "application/pdf": (".pdf",),
    "application/zip": (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub"),
    "application/gzip": (".gz", ".tgz"),
    "application/x-7z-compressed": (".7z",),
    "application/vnd.rar": (".rar",),
    TEXT: (".txt", ".csv", ".tsv", ".md", ".json", ".jsonl", ".log", ".srt", ".vtt"),
}


def of_bytes(head: bytes, is_text: Callable[[], bool]) -> str:
    """The media type of a file by its first HEAD_BYTES; ACTIVE and UNKNOWN are never accepted.

    `is_text` says whether all of the file is text; it is asked only when nothing else fits.
    """
    found = _binary(head)
    if found is None:
        text = _decoded(head)
        if _is_active_text(text):
            return ACTIVE
        return TEXT if is_text() else UNKNOWN
    return ACTIVE if _MARKUP.search(head) else found


def is_text_so_far(text: str) -> bool:
    """Whether a piece of decoded text holds nothing that no text holds."""
    return not any(character < " " and character not in "\t\n\r\f\x1b" for character in text)


def encoding(head: bytes) -> str:
    """The encoding of a text by its byte order mark; UTF-8 without one."""
    if head.startswith(_BYTE_ORDER_MARKS):
        return "utf-16"
    return "utf-8-sig"


def is_allowed(media_type: str, allowed: Sequence[str]) -> bool:
    """Whether a type is in a list, which may say `image/*` for all of a kind."""
    if media_type in {ACTIVE, UNKNOWN}:
        return False
    kind = f"{media_type.partition('/')[0]}/*"
    return media_type in allowed or kind in allowed


def _binary(head: bytes) -> str | None:
    if head.startswith(_BYTE_ORDER_MARKS):
        return None
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    if head.startswith(_ACTIVE_STARTS):
        return ACTIVE
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head.startswith((b"RIFF", b"FORM")):
        return _CHUNKED.get(head[:4] + head[8:12])
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:512] else "audio/ogg"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    return _mpeg_audio(head)


def _of_brand(brand: bytes) -> str:
    return next((found for start, found in _BRANDS if brand.startswith(start)), "video/mp4")


def _mpeg_audio(head: bytes) -> str | None:
    """A frame of MPEG audio: eleven bits set, then a version, a layer and a bit rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - bits of a frame
        return None
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - layer 0 is ADTS
        return "audio/aac"
    is_reserved = head[1] & 0x18 == 0x08 or head[1] & 0x06 == 0 or head[2] & 0xF0 == 0xF0  # noqa: PLR2004
    return None if is_reserved else "audio/mpeg"


def _decoded(head: bytes) -> str:
    return head.decode(encoding(head), "replace")


def _is_active_text(text: str) -> bool:
    """Markup from its beginning, or with elements of a page anywhere near it."""
    return text.lstrip().startswith("<") or bool(_MARKUP.search(text.encode("utf-8", "replace")))
