"""The AnswerKey document of a qualification test as a record, checked against its test."""

import sys
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import NoReturn

from lxml import etree

from kempelen.domain import errors
from kempelen.domain.answer_key import (
    AnswerKey,
    AnswerOption,
    KeyQuestion,
    PercentageMapping,
    QualificationValueMapping,
    RangeMapping,
    ScaleMapping,
    SummedScoreRange,
)
from kempelen.domain.question import QuestionForm, Selection
from kempelen.formats import xml

_ROOT = (
    "{http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/AnswerKey.xsd}"
    "AnswerKey"
)
_SCHEMA = "answer-key-2005-10-01.xsd"
_XML_SPACE = " \t\r\n"
_ANY_SIZE = sys.maxsize


@lru_cache(maxsize=256)
def parse(document: str, test: QuestionForm, *, max_bytes: int) -> AnswerKey:
    """The key that a document describes for the questions of `test`.

    Refusals, in order: TooShort, TooLong; XMLParseError for what the schema does not describe, for
    a test that no key can grade (free text, other selections), and for questions and selections
    that the test has not.
    """
    if not document:
        raise errors.TooShort(name="AnswerKey", minimum=1)
    if len(document.encode(errors="replace")) > max_bytes:
        raise errors.TooLong(name="AnswerKey", maximum=max_bytes)
    root = xml.read(document, max_bytes)
    if root.tag != _ROOT:
        raise errors.XMLParseError(details=_unknown_kind(root))
    xml.validate(root, _SCHEMA)
    offered = _offered(root, test)
    questions: list[KeyQuestion] = []
    mapping = None
    seen: set[str] = set()
    for element in root:
        if _name(element) == "QualificationValueMapping":
            mapping = _mapping(element[0])
            continue
        question = _question(element, offered)
        if question.question_id in seen:
            _refuse(element, f"The QuestionIdentifier '{question.question_id}' is used twice.")
        seen.add(question.question_id)
        questions.append(question)
    return AnswerKey(questions=tuple(questions), mapping=mapping)


def stored(document: str, test: QuestionForm) -> AnswerKey:
    """The key of a document that was admitted before, whatever the limits are now."""
    return parse(document, test, max_bytes=_ANY_SIZE)


def _offered(root: etree._Element, test: QuestionForm) -> dict[str, frozenset[str]]:
    """The selections of each question of a test; refuses a test that a key cannot grade."""
    offered = {}
    for question in test.questions:
        if not isinstance(question.answer, Selection):
            reason = "is no SelectionAnswer"
        elif question.answer.other is not None:
            reason = "has an OtherSelection"
        else:
            offered[question.id] = frozenset(option.id for option in question.answer.options)
            continue
        _refuse(
            root,
            f"The question '{question.id}' of the Test {reason}, which an AnswerKey cannot grade.",
        )
    return offered


def _question(element: etree._Element, offered: dict[str, frozenset[str]]) -> KeyQuestion:
    identifier, *others = element
    question_id = _text(identifier)
    if question_id not in offered:
        _refuse(identifier, f"The Test has no question with the identifier '{question_id}'.")
    default_score = 0
    if _name(others[-1]) == "DefaultScore":
        default_score = _integer(others.pop())
    return KeyQuestion(
        question_id=question_id,
        options=tuple(_option(option, question_id, offered[question_id]) for option in others),
        default_score=default_score,
    )


def _option(element: etree._Element, question_id: str, offered: Collection[str]) -> AnswerOption:
    *identifiers, score = element
    selections = [_text(identifier) for identifier in identifiers]
    for identifier, selection in zip(identifiers, selections, strict=True):
        if selection not in offered:
            _refuse(
                identifier,
                f"The question '{question_id}' of the Test has no selection with the identifier"
                f" '{selection}'.",
            )
    return AnswerOption(selections=frozenset(selections), score=_integer(score))


def _mapping(element: etree._Element) -> QualificationValueMapping:
    kind = _name(element)
    if kind == "PercentageMapping":
        return PercentageMapping(maximum_summed_score=_integer(element[0]))
    if kind == "ScaleMapping":
        return ScaleMapping(summed_score_multiplier=Decimal(_text(element[0])))
    *ranges, out_of_range = element
    return RangeMapping(
        ranges=tuple(_range(each) for each in ranges),
        out_of_range_qualification_value=_integer(out_of_range),
    )


def _range(element: etree._Element) -> SummedScoreRange:
    low, high, value = (_integer(child) for child in element)
    if low > high:
        _refuse(element, f"InclusiveLowerBound {low} is greater than InclusiveUpperBound {high}.")
    return SummedScoreRange(
        inclusive_lower_bound=low, inclusive_upper_bound=high, qualification_value=value
    )


def _unknown_kind(root: etree._Element) -> str:
    name = etree.QName(root)
    return (
        f"cvc-elt.1: Cannot find the declaration of element '{name.localname}' in the namespace"
        f" '{name.namespace or ''}'. An answer key is an AnswerKey in the namespace of its schema."
    )[: xml.DETAILS_CHARACTERS_MAX]


def _refuse(element: etree._Element, reason: str) -> NoReturn:
    details = f"line {element.sourceline}: {reason}"
    raise errors.XMLParseError(details=details[: xml.DETAILS_CHARACTERS_MAX])


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text(element: etree._Element) -> str:
    return (element.text or "").strip(_XML_SPACE)


def _integer(element: etree._Element) -> int:
    return int(_text(element))
