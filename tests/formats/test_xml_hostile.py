"""Hostile XML: refused quickly, in little memory, and without a look at the network or at files."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lxml import etree

from kempelen.domain import errors, work_errors
from kempelen.formats import answers, formatted_content, question, xml

BYTES_MAX = 4_194_304
LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


def with_attributes(count: int) -> str:
    """An element with so many attributes."""
    return "<a " + " ".join(f"x{n}=''" for n in range(count)) + "/>"


HOSTILE = {
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "quadratic": f'<!DOCTYPE a [<!ENTITY q "{"q" * 50_000}">]><a>{"&q;" * 50_000}</a>',
    "external entity": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "external doctype": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "public doctype": '<!DOCTYPE a PUBLIC "-//X//Y//EN" "http://127.0.0.1:9/a.dtd"><a/>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a/>',
    "doctype after a comment": "<!-- x --><?pi?>\n<!DOCTYPE a><a/>",
    "doctype after a declaration": '<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    "doctype after a mark": "\ufeff<!DOCTYPE a><a/>",
    "undeclared entity": "<a>&nbsp;</a>",
    "deep": "<a>" * 101 + "</a>" * 101,
    "very deep": "<a>" * 500_000 + "</a>" * 500_000,
    "many elements": f"<a>{'<b/>' * 20_000}</a>",
    "a million elements": f"<a>{'<b/>' * 1_000_000}</a>",
    "many attributes": with_attributes(65),
    "a million attributes": with_attributes(300_000),
    "one attribute twice": '<a x="1" x="2"/>',
    "not closed": "<a>",
    "two roots": "<a/><b/>",
    "text after the root": "<a/>x",
    "empty": "",
    "blank": " \n ",
    "text": "hello",
    "null character": "<a>\x00</a>",
    "control character": "<a>\x0b</a>",
    "reference to a control character": "<a>&#11;</a>",
    "surrogate": "<a>\ud800</a>",
    "not a character": "<a>\uffff</a>",
    "undeclared prefix": "<x:a/>",
    "utf-7 tricks": '<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-',
    "oversize": f"<a>{'x' * BYTES_MAX}</a>",
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_are_refused_in_time(document: str) -> None:
    began = time.process_time()
    with pytest.raises(errors.XMLParseError) as refusal:
        xml.read(document, BYTES_MAX)
    assert time.process_time() - began < 1
    assert 0 < len(str(refusal.value.facts["details"])) <= xml.DETAILS_CHARACTERS_MAX


def test_hostile_documents_take_little_memory() -> None:
    """Measured in a process of its own, because a peak never falls."""
    program = """
import json, resource, sys
from kempelen.domain import errors
from kempelen.formats import xml
documents = json.load(sys.stdin)
xml.read("<a/>", 100)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for document in documents:
    try:
        xml.read(document, int(sys.argv[1]))
    except errors.XMLParseError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(BYTES_MAX)],
        input=json.dumps(list(HOSTILE.values())),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 64 * 1024


@pytest.mark.parametrize(
    "document",
    [
        "<a>" * 100 + "</a>" * 100,
        f"<a>{'<b/>' * 19_999}</a>",
        with_attributes(64),
    ],
    ids=["deep", "many elements", "many attributes"],
)
def test_documents_within_the_limits_are_read(document: str) -> None:
    assert xml.read(document, BYTES_MAX).tag == "a"


def test_a_declared_encoding_means_nothing() -> None:
    """The text is characters already, whatever it says of its bytes."""
    for encoding in ("ASCII", "UTF-16", "ISO-8859-1", "UTF-8", "x-unknown"):
        document = f' \n<?xml version="1.0" encoding="{encoding}"?><a>é\U0001f600</a>\n'
        assert xml.read(document, 1000).text == "é\U0001f600"


def test_built_in_entities_and_references_are_resolved() -> None:
    assert xml.read("<a>&lt;&amp;&gt;&quot;&apos;&#233;&#x1F600;</a>", 100).text == (
        "<&>\"'é\U0001f600"
    )


def test_the_size_is_measured_in_bytes() -> None:
    assert xml.read("<a>é</a>", 9).text == "é"
    with pytest.raises(errors.XMLParseError, match="larger than 8 bytes"):
        xml.read("<a>é</a>", 8)


def test_a_refusal_names_line_and_column_and_counts_leading_lines() -> None:
    with pytest.raises(errors.XMLParseError) as refusal:
        xml.read("\n\n<a>\n <b></a>", 100)
    assert str(refusal.value.facts["details"]).startswith("line 4, column ")


def test_a_schema_that_a_document_names_is_not_fetched(tmp_path: Path) -> None:
    """The hint would otherwise let the document bring its own schema."""
    schema = tmp_path / "own.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:element name="own"/></xs:schema>'
    )
    root = xml.read(
        '<own xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:noNamespaceSchemaLocation="{schema.as_uri()}" xsi:type="x"/>',
        1000,
    )
    with pytest.raises(errors.XMLParseError):
        xml.validate(root, "html-question-2011-11-11.xsd")
    assert etree.tostring(root) == (b'<own xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>')


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_every_reader_refuses_hostile_documents(document: str) -> None:
    with pytest.raises(errors.Refusal):
        question.parse(document, max_bytes=65_535, allow_http=False)
    with pytest.raises((work_errors.InvalidAnswers, work_errors.TooLarge)):
        answers.parse_document(document, max_bytes=BYTES_MAX)


@pytest.mark.parametrize(
    "fragment",
    [
        '<!DOCTYPE a [<!ENTITY e "x">]>&e;',
        "a</FormattedContent><FormattedContent>b",
        "&undeclared;",
        "<b>" * 101 + "</b>" * 101,
        "<br/>" * 20_001,
        "\x0b",
        "<b>",
    ],
)
def test_formatted_content_is_read_by_the_same_reader(fragment: str) -> None:
    with pytest.raises(errors.XHTMLParseError):
        formatted_content.check(fragment)


def test_text_is_made_fit_for_xml() -> None:
    assert xml.clean("a\r\nb\rc\x00\ud800\uffff\U0001f600\t") == (
        "a\nb\nc\ufffd\ufffd\ufffd\U0001f600\t"
    )
