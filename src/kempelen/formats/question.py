"""The document of a question, in any of its three kinds, as a record.

Not what may be answered: domain.question knows that.
"""

import sys
from functools import lru_cache

from lxml import etree

from kempelen.domain import errors
from kempelen.domain.question import ExternalQuestion, HTMLQuestion, QuestionForm
from kempelen.formats import external_url, html, question_form, xml

_BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
_FORM = f"{{{_BASE}2017-11-06/QuestionForm.xsd}}QuestionForm"
_OLD_FORM = f"{{{_BASE}2005-10-01/QuestionForm.xsd}}QuestionForm"
_HTML = f"{{{_BASE}2011-11-11/HTMLQuestion.xsd}}HTMLQuestion"
_EXTERNAL = f"{{{_BASE}2006-07-14/ExternalQuestion.xsd}}ExternalQuestion"
_SCHEMAS = {
    _FORM: "question-form-2017-11-06.xsd",
    _OLD_FORM: "question-form-2005-10-01.xsd",
    _HTML: "html-question-2011-11-11.xsd",
    _EXTERNAL: "external-question-2006-07-14.xsd",
}
_KINDS = "A question is a QuestionForm, an HTMLQuestion or an ExternalQuestion"

_ANY_SIZE = sys.maxsize


@lru_cache(maxsize=256)
def parse(
    document: str, *, max_bytes: int, allow_http: bool, uploads_enabled: bool = False
) -> QuestionForm | HTMLQuestion | ExternalQuestion:
    """The question that a document describes.

    Refusals, in order: EmptyQuestion, TooLong, XMLParseError (also HTML5ParseError for the content
    of an HTMLQuestion), XHTMLParseError for formatted content; InvalidParameterValue and NotHTTPS
    for the address of an ExternalQuestion.
    """
    if not document:
        raise errors.EmptyQuestion(name="Question")
    if len(document.encode(errors="replace")) > max_bytes:
        raise errors.TooLong(name="Question", maximum=max_bytes)
    root = xml.read(document, max_bytes)
    kind = root.tag
    if kind not in _SCHEMAS:
        raise errors.XMLParseError(details=_unknown_kind(root, _KINDS))
    xml.validate(root, _SCHEMAS[kind])
    if kind == _HTML:
        return _html_question(root)
    if kind == _EXTERNAL:
        return _external_question(root, allow_http=allow_http)
    return question_form.from_element(root, accepts_files=uploads_enabled and kind == _OLD_FORM)


@lru_cache(maxsize=256)
def parse_test(document: str, *, max_bytes: int) -> QuestionForm:
    """The test of a qualification type: a QuestionForm that asks for no files.

    Refusals, in order: TooShort, TooLong, XMLParseError (also for the other kinds of questions),
    XHTMLParseError for formatted content.
    """
    if not document:
        raise errors.TooShort(name="Test", minimum=1)
    if len(document.encode(errors="replace")) > max_bytes:
        raise errors.TooLong(name="Test", maximum=max_bytes)
    root = xml.read(document, max_bytes)
    if root.tag not in (_FORM, _OLD_FORM):
        raise errors.XMLParseError(details=_unknown_kind(root, "A test is a QuestionForm"))
    xml.validate(root, _SCHEMAS[root.tag])
    return question_form.from_element(root, accepts_files=False)


def stored(document: str) -> QuestionForm | HTMLQuestion | ExternalQuestion:
    """The question of a document that was admitted before, whatever the limits are now."""
    return parse(document, max_bytes=_ANY_SIZE, allow_http=True, uploads_enabled=True)


def _html_question(root: etree._Element) -> HTMLQuestion:
    content, height = (child.text or "" for child in root)
    check_html(content)
    return HTMLQuestion(content=content, frame_height=int(height))


def _external_question(root: etree._Element, *, allow_http: bool) -> ExternalQuestion:
    address, height = (child.text or "" for child in root)
    url = address.strip(" \t\r\n")
    external_url.check(url, allow_http=allow_http)
    return ExternalQuestion(url=url, frame_height=int(height))


def check_html(content: str) -> None:
    """Refuse (HTML5ParseError) content that is empty or cut off."""
    if not content.strip():
        raise errors.HTML5ParseError(details="The element HTMLContent is empty.")
    try:
        html.check_whole(content)
    except html.CutOffError as cut_off:
        line = content.count("\n", 0, cut_off.position) + 1
        details = f"line {line} of HTMLContent: {cut_off.what} is not closed."
        raise errors.HTML5ParseError(details=details) from None


def _unknown_kind(root: etree._Element, accepted: str) -> str:
    name = etree.QName(root)
    namespace = name.namespace or ""
    return (
        f"cvc-elt.1: Cannot find the declaration of element '{name.localname}' in the namespace"
        f" '{namespace}'. {accepted}, in the namespace of its schema."
    )[: xml.DETAILS_CHARACTERS_MAX]
