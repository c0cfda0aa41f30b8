"""The four parameters of a task frame's address, in the order that pages have always seen."""

import pytest

from kempelen.formats import frame_url

ORIGIN = "https://work.example.org/"
PREVIEW = (
    "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=3HIT"
    "&turkSubmitTo=https%3A%2F%2Fwork.example.org"
)
WORK = "assignmentId=3ASN&hitId=3HIT&turkSubmitTo=https%3A%2F%2Fwork.example.org&workerId=AWORKER"

ADDRESSES = [
    ("https://x.org/a", "https://x.org/a?{added}"),
    ("https://x.org", "https://x.org?{added}"),
    ("https://x.org/a?", "https://x.org/a?{added}"),
    ("https://x.org/a?q=1", "https://x.org/a?q=1&{added}"),
    ("https://x.org/a?q=1&r", "https://x.org/a?q=1&r&{added}"),
    ("https://x.org/a#top", "https://x.org/a?{added}#top"),
    ("https://x.org/a?q=1#top", "https://x.org/a?q=1&{added}#top"),
    ("https://x.org/#/route?inner=1", "https://x.org/?{added}#/route?inner=1"),
    ("https://x.org/é?ü=ß", "https://x.org/é?ü=ß&{added}"),
    ("https://x.org/a?assignmentId=own", "https://x.org/a?assignmentId=own&{added}"),
]


@pytest.mark.parametrize(("address", "expected"), ADDRESSES)
def test_parameters_of_a_preview(address: str, expected: str) -> None:
    given = frame_url.with_parameters(address, None, "3HIT", ORIGIN, None)
    assert given == expected.format(added=PREVIEW)


@pytest.mark.parametrize(("address", "expected"), ADDRESSES)
def test_parameters_of_work(address: str, expected: str) -> None:
    given = frame_url.with_parameters(address, "3ASN", "3HIT", ORIGIN, "AWORKER")
    assert given == expected.format(added=WORK)


def test_values_are_percent_encoded_as_utf8() -> None:
    given = frame_url.with_parameters("https://x.org", "a b&c", "é/+", "http://127.0.0.1:8", None)
    assert given == (
        "https://x.org?assignmentId=a%20b%26c&hitId=%C3%A9%2F%2B"
        "&turkSubmitTo=http%3A%2F%2F127.0.0.1%3A8"
    )


def test_a_preview_can_name_the_worker() -> None:
    given = frame_url.with_parameters("https://x.org", None, "3HIT", ORIGIN, "AWORKER")
    assert given == f"https://x.org?{PREVIEW}&workerId=AWORKER"
