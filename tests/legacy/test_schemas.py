"""The schemas at the addresses that namespaces name."""

import importlib
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from kempelen.domain import errors
from kempelen.domain.events import EventType
from kempelen.domain.notification import Document, Occurrence
from kempelen.formats import formatted_content, notify_message

NAMES = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
QUESTION = (
    "<Question><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>t</Text>"
    "</QuestionContent><AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
)
DOCUMENTS = {
    "2005-10-01/QuestionForm": f"<QuestionForm{{}}>{QUESTION}</QuestionForm>",
    "2017-11-06/QuestionForm": f"<QuestionForm{{}}>{QUESTION}</QuestionForm>",
    "2005-10-01/QuestionFormAnswers": (
        "<QuestionFormAnswers{}><Answer><QuestionIdentifier>q</QuestionIdentifier>"
        "<FreeText>x</FreeText></Answer></QuestionFormAnswers>"
    ),
    "2005-10-01/AnswerKey": (
        "<AnswerKey{}><Question><QuestionIdentifier>q</QuestionIdentifier><AnswerOption>"
        "<SelectionIdentifier>a</SelectionIdentifier><AnswerScore>1</AnswerScore>"
        "</AnswerOption></Question></AnswerKey>"
    ),
    "2006-07-14/ExternalQuestion": (
        "<ExternalQuestion{}><ExternalURL>https://example.org/</ExternalURL>"
        "<FrameHeight>400</FrameHeight></ExternalQuestion>"
    ),
    "2011-11-11/HTMLQuestion": (
        "<HTMLQuestion{}><HTMLContent>x</HTMLContent><FrameHeight>1</FrameHeight></HTMLQuestion>"
    ),
    "2006-07-14/FormattedContentXHTMLSubset": (
        '<FormattedContent{}>a <b title="t">b</b><ul><li>c</li></ul></FormattedContent>'
    ),
}


def served(old: Any, path: str, folder: Path) -> etree.XMLSchema:
    """A schema as it is served, with what it includes beside it."""
    date, name = path.split("/")
    for each in {name, *(["question-form-content"] if name == "QuestionForm" else [])}:
        answer = old.request("GET", f"/AWSMechanicalTurkDataSchemas/{date}/{each}.xsd")
        assert answer.headers["content-type"] == "text/xml;charset=UTF-8"
        (folder / f"{each}.xsd").write_bytes(answer.raw)
    return etree.XMLSchema(etree.parse(folder / f"{name}.xsd"))


@pytest.mark.engines("sqlite")
def test_schemas_of_documents(old: Any, tmp_path: Path) -> None:
    """Each describes a document in the namespace that is its address."""
    for path, text in DOCUMENTS.items():
        schema = served(old, path, tmp_path)
        schema.assertValid(etree.fromstring(text.format(f' xmlns="{NAMES}/{path}.xsd"')))
        assert not schema.validate(etree.fromstring(f'<Other xmlns="{NAMES}/{path}.xsd"/>'))
    subset = served(old, "2006-07-14/FormattedContentXHTMLSubset", tmp_path)
    namespace = f'xmlns="{NAMES}/2006-07-14/FormattedContentXHTMLSubset.xsd"'
    for content in (
        '<p align="left">x</p>',
        "<script>x</script>",
        '<p onclick="x">x</p>',
        "<ul>text</ul>",
        "<ul><li>x</li></ul>",
        '<img src="http://a/b" alt="x"/>',
        '<img src="http://a/b"/>',
        "<table><tr><td>1</td></tr></table>",
        "<a><a>x</a></a>",
    ):
        document = f"<FormattedContent {namespace}>{content}</FormattedContent>"
        assert subset.validate(etree.fromstring(document)) is accepted(content), content
    for path in ("2006-07-14/QuestionForm", "2005-10-01/..%2Fxml", "2005-10-01/Nothing"):
        assert old.request("GET", f"/AWSMechanicalTurkDataSchemas/{path}.xsd").status == 404


def accepted(content: str) -> bool:
    """Whether a question may have such formatted content."""
    try:
        formatted_content.check(content)
    except errors.Refusal:
        return False
    return True


@pytest.mark.engines("sqlite")
def test_schema_of_notifications(old: Any, tmp_path: Path) -> None:
    """What is posted is valid by it, and a client can be made from its WSDL."""
    base = "/AWSMechanicalTurk/2006-05-05/AWSMechanicalTurkRequesterNotification"
    schema = etree.XMLSchema(etree.fromstring(old.request("GET", f"{base}.xsd").raw))
    moment = datetime(2014, 8, 15, tzinfo=UTC)
    occurrences = tuple(
        Occurrence(
            event_type=event_type,
            happened_at=moment,
            hit_type_id="3T",
            hit_id="3H",
            assignment_id=assignment_id,
        )
        for event_type, assignment_id in (
            (EventType.ASSIGNMENT_SUBMITTED, "3A"),
            (EventType.HIT_REVIEWABLE, None),
        )
    )
    document = Document(
        version="2006-05-05", document_id="d", requester_id="A1", occurrences=occurrences
    )
    envelope = etree.fromstring(notify_message.envelope(document, moment, lambda text: text))
    (notify,) = envelope.iter("{http://requester.mturk.amazonaws.com/doc/2006-05-05}Notify")
    schema.assertValid(notify)
    described = tmp_path / "notification.wsdl"
    described.write_bytes(old.request("GET", f"{base}.wsdl").raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zeep: Any = importlib.import_module("zeep")
        client = zeep.Client(str(described))
    (binding,) = client.wsdl.bindings.values()
    assert list(binding.all()) == ["Notify"]
    assert old.request("GET", f"{base}.exe").status == 404
