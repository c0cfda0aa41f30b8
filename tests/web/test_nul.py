"""NUL, which PostgreSQL cannot keep, becomes U+FFFD wherever it comes in, on every engine."""

from typing import Any

import pytest

from kempelen.edges import http
from kempelen.testing.market import Kempelen


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (rb'"a\u0000b"', rb'"a\ufffdb"'),
        (rb'"\u0000\u0000"', rb'"\ufffd\ufffd"'),
        (rb'"\\u0000"', rb'"\\u0000"'),
        (rb'"\\\u0000"', rb'"\\\ufffd"'),
        (rb'"\\\\u0000 \u0001"', rb'"\\\\u0000 \u0001"'),
    ],
)
def test_only_escapes_of_nul_are_replaced(given: bytes, kept: bytes) -> None:
    assert http.json_without_nul(given) == kept


def test_fields() -> None:
    assert http.fields_of(b"a%00=%00b&c=d") == (("a\ufffd", "\ufffdb"), ("c", "d"))


def test_what_was_stored_is_what_was_answered(
    kempelen: Kempelen, publish: Any, html_question: str
) -> None:
    """The response to a creation, and every later reading."""
    hit = publish(html_question, RequesterAnnotation="a\0b")
    assert hit["RequesterAnnotation"] == "a\ufffdb"
    shown = kempelen.client.get_hit(HITId=hit["HITId"])["HIT"]
    assert shown["RequesterAnnotation"] == "a\ufffdb"
