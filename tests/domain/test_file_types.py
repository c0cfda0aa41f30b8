"""What a file is by its bytes: what people send, and what is never taken."""

import gzip
import io
import struct
import wave
import zipfile
import zlib

import pytest

from kempelen.domain import file_types
from kempelen.domain.file_types import ACTIVE, UNKNOWN


def kind(content: bytes) -> str:
    """The type of a file, with the test of its text as the edges make it."""

    def is_text() -> bool:
        try:
            text = content.decode(file_types.encoding(content))
        except UnicodeDecodeError:
            return False
        return file_types.is_text_so_far(text)

    return file_types.of_bytes(content[: file_types.HEAD_BYTES], is_text)


def png(extra: bytes = b"") -> bytes:
    """A whole PNG of one black pixel, with another chunk after its header."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    more = chunk(b"tEXt", extra) if extra else b""
    body = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + more + body + chunk(b"IEND", b"")


def sound() -> bytes:
    """A WAVE file, written by the standard library."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(100))
    return file.getvalue()


def archive() -> bytes:
    """A ZIP file, written by the standard library."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr(zipfile.ZipInfo("a.txt"), "a")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (b"GIF89a\x01\x00\x01\x00", "image/gif"),
        (b"RIFF\x1a\x00\x00\x00WEBPVP8L", "image/webp"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00", "image/bmp"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "image/avif"),
        (b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00", "image/heic"),
        (sound(), "audio/wav"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\x00\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\x00\x1f", "audio/aac"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        (b"OggS\x00\x02" + bytes(22) + b"\x01vorbis", "audio/ogg"),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"FORM\x00\x00\x00\x2eAIFFCOMM", "audio/aiff"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", "video/webm"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (archive(), "application/zip"),
        (gzip.compress(b"a", mtime=0), "application/gzip"),
        (b"plain words, 1 < 2\n", "text/plain"),
        ("Grüße aus Köln".encode(), "text/plain"),
        ("with a mark".encode("utf-8-sig"), "text/plain"),
        ("wide".encode("utf-16"), "text/plain"),
        (b"a;b\r\n1;2\r\n", "text/plain"),
    ],
)
def test_what_people_send(content: bytes, expected: str) -> None:
    assert kind(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><p>x",
        b"\n\t <html>",
        b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"<?xml version='1.0'?><a/>",
        "<svg/onload=alert(1)>".encode("utf-16"),
        "\ufeff<script>".encode("utf-16-be"),
        b"words first, then <SCRIPT>alert(1)</SCRIPT>",
        b"#!/bin/sh\nrm -rf /",
        b"MZ\x90\x00\x03\x00\x00\x00",
        b"\x7fELF\x02\x01\x01",
        b"%!PS-Adobe-3.0",
        png(b"Comment\0<script>alert(document.domain)</script>"),
        b"GIF89a/*" + bytes(8) + b"*/=1;</pre><html><body onload=x()>",
        b"%PDF-1.4\n<!DOCTYPE html><script>x</script>",
        b"\xff\xd8\xff\xfe\x00\x20<?php system($_GET[0]); ?>",
    ],
)
def test_what_a_browser_or_a_shell_runs(content: bytes) -> None:
    """Also behind a byte order mark, in wide characters, and inside of a picture."""
    assert kind(content) == ACTIVE


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02\x03", b"text\x00with a zero", b"caf\xe9 in Latin-1", b"\xff\xf8\xf0", b"RIFF"],
)
def test_what_is_unknown_is_not_taken(content: bytes) -> None:
    found = kind(content)
    assert found in {UNKNOWN, "text/plain"}
    assert (found == "text/plain") is (content == b"RIFF")


def test_a_list_of_types() -> None:
    allowed = ("image/*", "text/plain")
    assert file_types.is_allowed("image/png", allowed)
    assert file_types.is_allowed("text/plain", allowed)
    assert not file_types.is_allowed("application/zip", allowed)
    assert not file_types.is_allowed("text/html", allowed)
    for never in (ACTIVE, UNKNOWN):
        assert not file_types.is_allowed(never, (never, "application/*", "active/*"))
