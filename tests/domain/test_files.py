"""Names of files: no paths, no tricks, never too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import files


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\r\nc.png", "abc.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ('a"b<c>|d?*.png', "a_b_c__d__.png"),
        ("  two   words .png ", "two words .png"),
        (".htaccess", "htaccess"),
        ("e\u0301t\xe9.jpg", "\xe9t\xe9.jpg"),
    ],
)
def test_a_name_without_its_path(given_name: str, expected: str) -> None:
    assert files.safe_name(given_name) == expected


@given(st.text(max_size=600))
def test_every_name_is_safe(given_name: str) -> None:
    name = files.safe_name(given_name)
    assert 1 <= len(name.encode()) <= files.NAME_MAX
    assert not set(name) & set('/\\"<>:|?*%;\r\n\t\0')
    assert name not in {".", ".."}
    assert files.safe_name(name) == name


def test_a_long_name_keeps_its_ending() -> None:
    assert files.safe_name("ü" * 400 + ".jpeg") == "ü" * 125 + ".jpeg"


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("cat.PNG", "image/png", "cat.PNG"),
        ("cat.html", "image/png", "cat.html.png"),
        ("cat", "image/jpeg", "cat.jpg"),
        ("rows.csv", "text/plain", "rows.csv"),
        ("page.htm", "text/plain", "page.htm.txt"),
        ("x.bin", "application/x-other", "x.bin"),
    ],
)
def test_the_ending_is_of_the_type(name: str, media_type: str, expected: str) -> None:
    assert files.download_name(name, media_type) == expected


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"), (1500, "1.5 kB"), (2_000_000_000, "2 GB")],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert files.in_words(size) == words
