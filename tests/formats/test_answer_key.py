"""AnswerKey documents as records, and what is refused in them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from kempelen.domain.question import FreeText, Option, Question, QuestionForm, Selection, Text
from kempelen.formats import answer_key

NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/AnswerKey.xsd"
)
BYTES_MAX = 65_535


def asked(question_id: str, selections: str, other: FreeText | None = None) -> Question:
    options = tuple(Option(id=letter, content=Text(text=letter)) for letter in selections)
    return Question(
        id=question_id,
        display_name=None,
        required=True,
        content=(Text(text="?"),),
        answer=Selection(options=options, maximum=len(options), other=other),
    )


TEST = QuestionForm(items=(asked("q", "abcd"), asked("r", "ab")))
OPTION = (
    "<AnswerOption><SelectionIdentifier>a</SelectionIdentifier>"
    "<AnswerScore>5</AnswerScore></AnswerOption>"
)
QUESTION = f"<Question><QuestionIdentifier>q</QuestionIdentifier>{OPTION}</Question>"


def document(content: str, namespace: str = NAMESPACE) -> str:
    return f'<AnswerKey xmlns="{namespace}">{content}</AnswerKey>'


def parsed(content: str, test: QuestionForm = TEST) -> AnswerKey:
    return answer_key.parse(document(content), test, max_bytes=BYTES_MAX)


def mapped(content: str) -> QualificationValueMapping | None:
    mapping = f"<QualificationValueMapping>{content}</QualificationValueMapping>"
    return parsed(QUESTION + mapping).mapping


def refusal_of(content: str, test: QuestionForm = TEST) -> str:
    with pytest.raises(errors.XMLParseError) as refusal:
        parsed(content, test)
    return str(refusal.value.facts["details"])


def test_questions_with_several_options_and_a_default() -> None:
    key = parsed(
        "<Question><QuestionIdentifier> q </QuestionIdentifier>"
        "<AnswerOption><SelectionIdentifier>b</SelectionIdentifier>"
        "<SelectionIdentifier>\n a\n</SelectionIdentifier><AnswerScore> +5 </AnswerScore>"
        f"</AnswerOption>{OPTION}<DefaultScore>-1</DefaultScore></Question>"
        f"<Question><QuestionIdentifier>r</QuestionIdentifier>{OPTION}</Question>"
    )
    assert key == AnswerKey(
        questions=(
            KeyQuestion(
                question_id="q",
                options=(
                    AnswerOption(selections=frozenset("ab"), score=5),
                    AnswerOption(selections=frozenset("a"), score=5),
                ),
                default_score=-1,
            ),
            KeyQuestion(
                question_id="r", options=(AnswerOption(selections=frozenset("a"), score=5),)
            ),
        )
    )


def test_the_document_may_be_declared_and_indented() -> None:
    indented = f'\n  <?xml version="1.0" encoding="UTF-16"?>\n{document(QUESTION)}\n'
    assert answer_key.parse(indented, TEST, max_bytes=BYTES_MAX) == parsed(QUESTION)


@pytest.mark.parametrize(
    ("written", "mapping"),
    [
        (
            "<PercentageMapping><MaximumSummedScore>15</MaximumSummedScore></PercentageMapping>",
            PercentageMapping(maximum_summed_score=15),
        ),
        (
            "<ScaleMapping><SummedScoreMultiplier>3</SummedScoreMultiplier></ScaleMapping>",
            ScaleMapping(summed_score_multiplier=Decimal(3)),
        ),
        (
            "<ScaleMapping><SummedScoreMultiplier> -.25 </SummedScoreMultiplier></ScaleMapping>",
            ScaleMapping(summed_score_multiplier=Decimal("-0.25")),
        ),
        (
            (
                "<RangeMapping><SummedScoreRange><InclusiveLowerBound>5</InclusiveLowerBound>"
                "<InclusiveUpperBound>7</InclusiveUpperBound><QualificationValue>5</QualificationValue>"
                "</SummedScoreRange><SummedScoreRange><InclusiveLowerBound>8</InclusiveLowerBound>"
                "<InclusiveUpperBound>8</InclusiveUpperBound>"
                "<QualificationValue>-10</QualificationValue></SummedScoreRange>"
                "<OutOfRangeQualificationValue>0</OutOfRangeQualificationValue></RangeMapping>"
            ),
            RangeMapping(
                ranges=(
                    SummedScoreRange(
                        inclusive_lower_bound=5, inclusive_upper_bound=7, qualification_value=5
                    ),
                    SummedScoreRange(
                        inclusive_lower_bound=8, inclusive_upper_bound=8, qualification_value=-10
                    ),
                ),
                out_of_range_qualification_value=0,
            ),
        ),
    ],
)
def test_mappings(written: str, mapping: QualificationValueMapping) -> None:
    assert mapped(written) == mapping


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15)))
def test_a_multiplier_is_read_exactly(multiplier: Decimal) -> None:
    if abs(multiplier) < 10**15:
        text = f"{multiplier:f}"
        found = mapped(
            f"<ScaleMapping><SummedScoreMultiplier>{text}</SummedScoreMultiplier></ScaleMapping>"
        )
        assert found == ScaleMapping(summed_score_multiplier=multiplier)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "Question"),
        (QUESTION.replace(OPTION, ""), "AnswerOption"),
        (QUESTION.replace(">5<", ">5.5<"), "5.5"),
        (QUESTION.replace(">5<", ">2147483648<"), "2147483648"),
        (QUESTION.replace(">a<", "> <"), "SelectionIdentifier"),
        (QUESTION.replace("AnswerScore", "Score"), "Score"),
        (QUESTION.replace(">q<", ">s<"), "'s'"),
        (QUESTION.replace(">a<", ">e<"), "'e'"),
        (QUESTION.replace(">a<", ">A<"), "'A'"),
        (QUESTION + QUESTION, "'q' is used twice"),
        (QUESTION + "<QualificationValueMapping/>", "PercentageMapping"),
    ],
)
def test_refusals_name_what_is_wrong(content: str, named: str) -> None:
    assert named in refusal_of(content)


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ("<PercentageMapping><MaximumSummedScore>0</MaximumSummedScore></PercentageMapping>", "0"),
        ("<ScaleMapping><SummedScoreMultiplier>x</SummedScoreMultiplier></ScaleMapping>", "'x'"),
        ("<ScaleMapping><SummedScoreMultiplier>1e2</SummedScoreMultiplier></ScaleMapping>", "1e2"),
        (
            (
                "<RangeMapping><SummedScoreRange><InclusiveLowerBound>8</InclusiveLowerBound>"
                "<InclusiveUpperBound>7</InclusiveUpperBound><QualificationValue>5</QualificationValue>"
                "</SummedScoreRange>"
                "<OutOfRangeQualificationValue>0</OutOfRangeQualificationValue></RangeMapping>"
            ),
            "InclusiveLowerBound 8 is greater than InclusiveUpperBound 7",
        ),
    ],
)
def test_refused_mappings(mapping: str, named: str) -> None:
    content = f"{QUESTION}<QualificationValueMapping>{mapping}</QualificationValueMapping>"
    assert named in refusal_of(content)


def test_a_test_that_no_key_can_grade() -> None:
    text = Question(
        id="why", display_name=None, required=False, content=(Text(text="?"),), answer=FreeText()
    )
    assert "'why' of the Test is no SelectionAnswer" in refusal_of(
        QUESTION, QuestionForm(items=(*TEST.items, text))
    )
    open_ended = QuestionForm(items=(*TEST.items, asked("s", "a", other=FreeText())))
    assert "'s' of the Test has an OtherSelection" in refusal_of(QUESTION, open_ended)


def test_other_documents() -> None:
    for namespace in ("", NAMESPACE.replace("http:", "https:")):
        with pytest.raises(errors.XMLParseError, match="AnswerKey"):
            answer_key.parse(document(QUESTION, namespace), TEST, max_bytes=BYTES_MAX)
    with pytest.raises(errors.XMLParseError, match="DOCTYPE"):
        answer_key.parse(f"<!DOCTYPE a>{document(QUESTION)}", TEST, max_bytes=BYTES_MAX)


def test_size() -> None:
    whole = document(QUESTION)
    assert answer_key.parse(whole, TEST, max_bytes=len(whole)) == parsed(QUESTION)
    with pytest.raises(errors.TooLong, match="AnswerKey has a maximum length of"):
        answer_key.parse(whole, TEST, max_bytes=len(whole) - 1)
    with pytest.raises(errors.TooShort, match="AnswerKey has a minimum length of 1"):
        answer_key.parse("", TEST, max_bytes=BYTES_MAX)
    assert answer_key.stored(whole + " " * BYTES_MAX, TEST) == parsed(QUESTION)
