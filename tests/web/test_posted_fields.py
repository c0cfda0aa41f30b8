"""What pages post becomes named texts in order, in each of the four encodings."""

from collections.abc import Callable

import pytest

from kempelen.edges.worker import posted_fields
from kempelen.edges.worker.posted_fields import (
    FilesNotAccepted,
    TooManyFields,
    UnknownType,
    Unreadable,
)

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xyz"


def part(disposition: str, data: str, *more_headers: str) -> str:
    """One part of a multipart body."""
    lines = [f"Content-Disposition: form-data; {disposition}", *more_headers, "", data]
    return "--xyz\r\n" + "\r\n".join(lines) + "\r\n"


def multipart(*parts: str) -> bytes:
    return ("".join(parts) + "--xyz--\r\n").encode()


@pytest.mark.parametrize(
    ("query", "content_type", "body", "expected"),
    [
        (b"", FORM, b"a=1&b=&a=2", (("a", "1"), ("b", ""), ("a", "2"))),
        (b"", FORM, b"a=x+y%20z%2B", (("a", "x y z+"),)),
        (b"", FORM, "ü=é%F0%9F%98%80".encode(), (("ü", "é😀"),)),
        (b"", FORM, b"a=%FF", (("a", "\ufffd"),)),
        (b"", f"{FORM}; charset=iso-8859-1", b"a=%E9", (("a", "é"),)),
        (b"", f"{FORM}; charset=utf-16", b"a=%C3%A9", (("a", "é"),)),
        (b"", f"{FORM}; charset=no-such", b"a=%C3%A9", (("a", "é"),)),
        (b"", "", b"a=1", (("a", "1"),)),
        (b"q=1&q=2", FORM, b"a=3&q=4", (("q", "1"), ("q", "2"), ("a", "3"), ("q", "4"))),
        (b"q=1", "image/png", b"", (("q", "1"),)),
        (b"", "text/plain; charset=UTF-8", "a=1=2\r\nb=é\r\n".encode(), (("a", "1=2"), ("b", "é"))),
        (
            b"",
            "text/plain",
            b"a=one\r\ntwo\r\n\r\nfour\r\nb=",
            (("a", "one\ntwo\n\nfour"), ("b", "")),
        ),
        (b"", "text/plain", b"\n", ()),
        (
            b"",
            "application/json",
            b'{"a":"x","b":["1",2,true]}',
            (
                ("a", "x"),
                ("b", "1"),
                ("b", "2"),
                ("b", "true"),
            ),
        ),
        (
            b"",
            "application/json; charset=utf-8",
            b' {"b":[],"n":1.50,"t":true,"f":false} ',
            (
                ("n", "1.50"),
                ("t", "true"),
                ("f", "false"),
            ),
        ),
        (
            b"",
            "application/json",
            '{"o": {"k" : [1, null]}, "z": null, "l": [{"é": 1}]}'.encode(),
            (
                ("o", '{"k":[1,null]}'),
                ("z", "null"),
                ("l", '{"é":1}'),
            ),
        ),
        (
            b"",
            "application/json",
            rb'{"a":"\ud83d\ude00 \ud83d \\ud83d \n"}',
            (("a", "😀 \ufffd \\ud83d \n"),),
        ),
    ],
)
def test_encodings(
    query: bytes, content_type: str, body: bytes, expected: tuple[tuple[str, str], ...]
) -> None:
    """Order, blanks, repetitions and characters stay as they were sent; the query comes first."""
    assert posted_fields.of(query, content_type, body) == expected


def test_multipart() -> None:
    """Parts are fields; a file control that nothing was chosen for says nothing."""
    body = multipart(
        part('name="a"', "one\r\ntwo"),
        part('name="é"', "ü"),
        part('name="photo"; filename=""', "", "Content-Type: application/octet-stream"),
        part('name="a"', ""),
        part('name="latin"', "plain", "Content-Type: text/plain; charset=iso-8859-1"),
    )
    assert posted_fields.of(b"q=0", MULTIPART, body) == (
        ("q", "0"),
        ("a", "one\r\ntwo"),
        ("é", "ü"),
        ("a", ""),
        ("latin", "plain"),
    )


def test_a_part_in_its_own_charset() -> None:
    """A part may say how its text is written."""
    body = multipart(part('name="a"', "@", "Content-Type: text/plain; charset=iso-8859-1"))
    fields = posted_fields.of(b"", MULTIPART, body.replace(b"@", b"\xe9"))
    assert fields == (("a", "é"),)


@pytest.mark.parametrize(
    ("content_type", "body", "refusal"),
    [
        ("application/xml", b"<a/>", UnknownType),
        ("application/octet-stream", b"a=1", UnknownType),
        ("application/json", b"[1]", Unreadable),
        ("application/json", b"{", Unreadable),
        ("application/json", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", Unreadable),
        ("text/plain", b"no equals sign", Unreadable),
        ("multipart/form-data", b"--xyz--", Unreadable),
        (MULTIPART, b"", None),
        (MULTIPART, b"a=1", Unreadable),
        (MULTIPART, part('name="a"', "cut off").encode(), Unreadable),
        (
            MULTIPART,
            multipart(part('name="photo"; filename="cat.png"', "PNG", "Content-Type: image/png")),
            FilesNotAccepted,
        ),
    ],
)
def test_refusals(content_type: str, body: bytes, refusal: type[Exception] | None) -> None:
    """What cannot be read whole is refused whole, so that nothing is half saved."""
    if refusal is None:
        assert posted_fields.of(b"", content_type, body) == ()
        return
    with pytest.raises(refusal):
        posted_fields.of(b"", content_type, body)


@pytest.mark.parametrize(
    ("content_type", "make"),
    [
        (FORM, lambda count: b"&".join(b"f%d=" % n for n in range(count))),
        ("text/plain", lambda count: b"\n".join(b"f%d=" % n for n in range(count))),
        (
            "application/json",
            lambda count: b"{" + b",".join(b'"f%d":""' % n for n in range(count)) + b"}",
        ),
        (MULTIPART, lambda count: multipart(*(part(f'name="f{n}"', "") for n in range(count)))),
    ],
)
def test_five_thousand_fields_at_most(content_type: str, make: Callable[[int], bytes]) -> None:
    """5,000 fields arrive; 5,001 do not, nor does one in the query and 5,000 in the body."""
    assert len(posted_fields.of(b"", content_type, make(5_000))) == 5_000
    with pytest.raises(TooManyFields):
        posted_fields.of(b"", content_type, make(5_001))
    with pytest.raises(TooManyFields):
        posted_fields.of(b"q=1", content_type, make(5_000))


def test_long_names() -> None:
    """A name has at most 1,000 characters; a value may be long."""
    assert posted_fields.of(b"", FORM, b"n" * 1_000 + b"=" + b"v" * 100_000)
    with pytest.raises(TooManyFields):
        posted_fields.of(b"", FORM, b"n" * 1_001 + b"=")
