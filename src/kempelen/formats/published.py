"""The schemas of documents by the addresses that their namespaces name, for whoever looks there."""

from collections.abc import Iterable
from pathlib import Path

from kempelen.formats import xhtml_subset

_SCHEMAS = Path(__file__).parent / "schemas"
_NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
_QUESTION_FORMS = ("2005-10-01", "2017-11-06")
# What the schemas of question forms include, by the address that they give.
_INCLUDED = "question-form-content"
_FILES = {
    ("2005-10-01", "AnswerKey"): "answer-key-2005-10-01",
    ("2005-10-01", "QuestionFormAnswers"): "question-form-answers-2005-10-01",
    ("2006-07-14", "ExternalQuestion"): "external-question-2006-07-14",
    ("2011-11-11", "HTMLQuestion"): "html-question-2011-11-11",
    **{(date, "QuestionForm"): f"question-form-{date}" for date in _QUESTION_FORMS},
    **{(date, _INCLUDED): _INCLUDED for date in _QUESTION_FORMS},
}
_SUBSET = ("2006-07-14", "FormattedContentXHTMLSubset")


def schema(date: str, name: str) -> str | None:
    """The schema of this date and name, if there is one."""
    if (date, name) == _SUBSET:
        return _subset()
    file = _FILES.get((date, name))
    return None if file is None else (_SCHEMAS / f"{file}.xsd").read_text(encoding="utf-8")


def _subset() -> str:
    """The subset of XHTML, written from the tables by which it is checked."""
    namespace = f"{_NAMESPACE}/{'/'.join(_SUBSET)}.xsd"
    names = sorted(xhtml_subset.ATTRIBUTES)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"\n'
        f'    xmlns="{namespace}"\n    targetNamespace="{namespace}">\n'
        + _element("FormattedContent", "", ())
        + "".join(_element(name, name, xhtml_subset.allowed_attributes(name)) for name in names)
        + "</xs:schema>\n"
    )


def _element(name: str, inside: str, attributes: Iterable[str]) -> str:
    has_text = "false" if name in xhtml_subset.WITHOUT_TEXT else "true"
    children = "".join(
        f'<xs:element ref="{child}"/>' for child in sorted(xhtml_subset.CHILDREN[inside])
    )
    choice = f'<xs:choice minOccurs="0" maxOccurs="unbounded">{children}</xs:choice>'
    required = xhtml_subset.REQUIRED.get(name, frozenset())
    given = "".join(
        f'<xs:attribute name="{item}" type="xs:string"'
        f' use="{"required" if item in required else "optional"}"/>'
        for item in sorted(attributes)
    )
    return (
        f'  <xs:element name="{name}"><xs:complexType mixed="{has_text}">'
        f"{choice if children else ''}{given}</xs:complexType></xs:element>\n"
    )
