"""Which lists of questions and which answer keys are understood by review policies."""

import pytest

from kempelen.domain import errors
from kempelen.domain.review.policy import MapEntry, Parameter
from kempelen.domain.review.score_my_known_answers import ScoreMyKnownAnswers
from kempelen.domain.review.simple_plurality import SimplePlurality

THRESHOLD = Parameter(key="QuestionAgreementThreshold", values=("50",))


def given(key: str, *values: str) -> Parameter:
    """A parameter with values."""
    return Parameter(key=key, values=values)


def key_of(*question_ids: str, key: str = "AnswerKey") -> Parameter:
    """A map with the value "x" for each question."""
    entries = tuple(MapEntry(key=question_id, values=("x",)) for question_id in question_ids)
    return Parameter(key=key, map_entries=entries)


def read_ids(parameter: Parameter) -> tuple[str, ...]:
    """The questions that SimplePlurality would evaluate."""
    return SimplePlurality().parse((parameter, THRESHOLD), ignore_unknown=False).question_ids


def test_answer_key_is_trimmed_and_printed_as_written() -> None:
    """Values are a set of trimmed texts; the question id is shown as the requester wrote it."""
    entry = MapEntry(key=" shapes ", values=(" circle", "square\u3000", " ", "circle"))
    read = ScoreMyKnownAnswers().parse(
        (Parameter(key="AnswerKey", values=(), map_entries=(entry,)),), ignore_unknown=False
    )
    (answer,) = read.answer_key
    assert answer.shown_id == " shapes "
    assert answer.question_id == "shapes"
    assert answer.values == {"circle", "square"}


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (("size", "mood"), ("size", "mood")),
        (("size,mood",), ("size", "mood")),
        ((" size , mood ,, ", "colour"), ("size", "mood", "colour")),
        (("b,a", "a", "c", "b"), ("b", "a", "c")),
        (("Size,size",), ("Size", "size")),
    ],
)
def test_question_ids(values: tuple[str, ...], ids: tuple[str, ...]) -> None:
    """Several values, commas, or both; the order stays and the first of each counts."""
    assert read_ids(given("QuestionIds", *values)) == ids


@pytest.mark.parametrize(("values", "shown"), [((), ""), (("",), ""), ((" ", ","), " , ,")])
def test_question_ids_without_an_id(values: tuple[str, ...], shown: str) -> None:
    """A list of nothing is refused."""
    with pytest.raises(errors.InvalidPolicyParameter) as raised:
        read_ids(given("QuestionIds", *values))
    assert (
        raised.value.message == f'The value "{shown}" is not valid for the parameter QuestionIds.'
    )


def test_question_ids_as_a_map() -> None:
    """A map is no list."""
    with pytest.raises(errors.InvalidPolicyParameter) as raised:
        read_ids(key_of("q", key="QuestionIds"))
    assert raised.value.message == 'The value "" is not valid for the parameter QuestionIds.'


def test_number_of_question_ids() -> None:
    """200 questions can be evaluated, not more."""
    most = given("QuestionIds", ",".join(f"q{number}" for number in range(200)))
    assert len(read_ids(most)) == 200
    with pytest.raises(errors.ParameterOutOfRange) as raised:
        read_ids(given("QuestionIds", *(f"q{number}" for number in range(201))))
    assert raised.value.message == (
        "The value 201 is invalid for QuestionIds. Valid values range from 1 to 200."
    )


@pytest.mark.parametrize(
    ("parameter", "shown"),
    [
        (given("AnswerKey", "red"), "red"),
        (Parameter(key="AnswerKey"), ""),
        (Parameter(key="AnswerKey", map_entries=()), ""),
        (Parameter(key="AnswerKey", values=("x",), map_entries=key_of("q").map_entries), "x"),
        (key_of(""), ""),
        (key_of("  "), "  "),
        (key_of("a", "b", "a"), "a"),
        (key_of("a", " a "), " a "),
        (key_of("é" * 128), "é" * 128),
    ],
)
def test_answer_keys_that_are_refused(parameter: Parameter, shown: str) -> None:
    """Values instead of a map, nothing, and entry keys that are blank, too long or repeated."""
    with pytest.raises(errors.InvalidPolicyParameter) as raised:
        ScoreMyKnownAnswers().parse((parameter,), ignore_unknown=False)
    assert raised.value.message == f'The value "{shown}" is not valid for the parameter AnswerKey.'


def test_longest_entry_key() -> None:
    """255 bytes of UTF-8, and one entry with no value."""
    longest = "é" * 127 + "e"
    entry = MapEntry(key=longest, values=())
    read = ScoreMyKnownAnswers().parse(
        (Parameter(key="answerkey", map_entries=(entry,)),), ignore_unknown=False
    )
    assert [(item.question_id, item.values) for item in read.answer_key] == [(longest, frozenset())]
