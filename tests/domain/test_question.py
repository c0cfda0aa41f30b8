"""Which answers to a QuestionForm are acceptable, and what is said about the others."""

import re
from typing import Any

import pytest

from kempelen.domain import question as rules
from kempelen.domain import work_errors
from kempelen.domain.answers import Answer, UploadedFile, of_values
from kempelen.domain.question import (
    AnswerPattern,
    Constraints,
    FileUpload,
    FreeText,
    GivenAnswer,
    LengthRange,
    NumericRange,
    Option,
    Question,
    QuestionForm,
    Selection,
    Text,
    Title,
)


def form(answer: FreeText | Selection | FileUpload, *, required: bool = False) -> QuestionForm:
    asked = Question(id="q", display_name=None, required=required, content=(), answer=answer)
    return QuestionForm(items=(rules.Overview(content=(Title(text="Hello"),)), asked))


def matches(regex: str, flags: str, text: str) -> bool:
    return re.search(regex, text, re.IGNORECASE if flags else 0) is not None


def accepted(asked: QuestionForm, given: GivenAnswer | None) -> tuple[Answer, ...]:
    answers = {} if given is None else {"q": given}
    return rules.checked(asked, answers, matches).answers


def problem(asked: QuestionForm, given: GivenAnswer | None) -> str:
    with pytest.raises(work_errors.InvalidAnswers) as found:
        accepted(asked, given)
    assert list(found.value.problems) == ["q"]
    assert found.value.work_code == "INVALID_ANSWERS"
    return found.value.problems["q"]


def text(value: str) -> GivenAnswer:
    return GivenAnswer(text=value)


def free(**constraints: Any) -> FreeText:
    return FreeText(constraints=Constraints(**constraints))


def test_a_text() -> None:
    assert accepted(form(FreeText()), text(" any ")) == (of_values("q", (" any ",)),)
    assert accepted(form(FreeText()), None) == (of_values("q", ("",)),)
    assert problem(form(FreeText(), required=True), None) == "This question needs an answer."


def test_the_default_is_the_answer_when_it_is_left() -> None:
    asked = form(FreeText(default_text="as it was"), required=True)
    assert accepted(asked, None) == accepted(asked, GivenAnswer())
    assert accepted(asked, None) == (of_values("q", ("as it was",)),)
    assert problem(asked, text("")) == "This question needs an answer."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("", None),
        (" 7 ", None),
        ("+7.5", None),
        (".5", "Enter a number that is at least 5."),
        ("-7", "Enter a number that is at least 5."),
        ("10.01", "Enter a number that is at most 10."),
        ("10.00", None),
        ("5", None),
        ("seven", "Enter a number."),
        ("7e0", "Enter a number."),
        ("1,5", "Enter a number."),
        ("\u0667", "Enter a number."),
        ("NaN", "Enter a number."),
    ],
)
def test_numbers(value: str, told: str | None) -> None:
    asked = form(free(numeric=NumericRange(minimum=5, maximum=10)))
    if told is None:
        assert accepted(asked, text(value)) == (of_values("q", (value,)),)
    else:
        assert problem(asked, text(value)) == told


def test_lengths_count_every_character() -> None:
    asked = form(free(length=LengthRange(minimum=2, maximum=3)))
    assert accepted(asked, text("  "))
    assert accepted(asked, text("äöü"))
    assert problem(asked, text("1234")) == "Enter at most 3 characters; there are 4 now."
    assert problem(asked, text("1")) == "Enter at least 2 characters; there are 1 now."
    assert problem(asked, None) == "This question needs an answer."
    assert accepted(form(free(length=LengthRange(minimum=0))), None)
    too_long = "x" * (rules.FREE_TEXT_CHARACTERS_MAX + 1)
    assert "at most 65535 characters" in problem(form(FreeText()), text(too_long))


def test_every_pattern_must_be_found_in_the_empty_text_too() -> None:
    digits = AnswerPattern(regex=r"^\d+$", error_text="Digits only.")
    letter = AnswerPattern(regex="X", flags="i")
    both = form(free(patterns=(digits, letter)))
    assert problem(both, text("x")) == "Digits only."
    assert problem(both, text("1")) == "Invalid input supplied."
    assert problem(both, None) == "Digits only."
    assert accepted(form(free(patterns=(letter,))), text("axb"))


def choices(minimum: int = 1, maximum: int = 1, other: FreeText | None = None) -> Selection:
    options = tuple(Option(id=name, content=Text(text=name)) for name in "abc")
    return Selection(options=options, minimum=minimum, maximum=maximum, other=other)


def chosen(*names: str, other: str | None = None) -> GivenAnswer:
    return GivenAnswer(selections=names, other=other)


def test_selections_come_in_the_order_of_the_options() -> None:
    found = accepted(form(choices(maximum=3)), chosen("c", "a", "a"))
    assert found == (Answer(question_id="q", selections=("a", "c")),)


@pytest.mark.parametrize(
    ("minimum", "maximum", "names", "told"),
    [
        (1, 1, (), None),
        (2, 3, (), None),
        (2, 3, ("a",), "Choose at least 2; 1 chosen now."),
        (2, 3, ("a", "b"), None),
        (1, 1, ("a", "b"), "Choose at most 1; 2 chosen now."),
        (1, 1, ("x",), "x is not one of the choices."),
    ],
)
def test_how_many_may_be_chosen(
    minimum: int, maximum: int, names: tuple[str, ...], told: str | None
) -> None:
    asked = form(choices(minimum, maximum))
    if told is None:
        assert accepted(asked, chosen(*names))[0].selections == names
    else:
        assert problem(asked, chosen(*names)) == told


def test_a_required_selection() -> None:
    assert problem(form(choices(), required=True), None) == "Choose at least 1."
    assert problem(form(choices(0), required=True), chosen()) == "Choose at least 1."
    assert problem(form(choices(2, 3), required=True), chosen()) == "Choose at least 2."


def test_another_answer_counts_as_one_of_the_selections() -> None:
    digits = FreeText(constraints=Constraints(numeric=NumericRange()))
    asked = form(choices(2, 2, digits), required=True)
    found = accepted(asked, chosen("b", other="7"))
    assert found == (Answer(question_id="q", selections=("b",), other_text="7"),)
    assert problem(asked, chosen("b", other="")) == "Choose at least 2; 1 chosen now."
    assert problem(asked, chosen("a", "b", other="7")) == "Choose at most 2; 3 chosen now."
    assert problem(asked, chosen("b", other="many")) == "Enter a number."
    assert problem(form(choices()), chosen(other="7")) == (
        "This question has no field for another answer."
    )
    assert problem(form(choices()), text("a")) == "Choose among the selections of this question."


def test_files() -> None:
    upload = FileUpload(minimum_bytes=2, maximum_bytes=4)
    assert accepted(form(upload), None) == ()
    assert problem(form(upload, required=True), None) == "This question needs a file."
    for size in (2, 4):
        file = UploadedFile(key="k", size_bytes=size)
        found = accepted(form(upload), GivenAnswer(file=file))
        assert found == (Answer(question_id="q", file=file),)
    for size in (1, 5):
        file = UploadedFile(key="k", size_bytes=size)
        told = problem(form(upload), GivenAnswer(file=file))
        assert told == f"Choose a file of 2 to 4 bytes; this one has {size}."


def test_all_problems_are_told_at_once_and_answers_keep_the_order_of_the_form() -> None:
    def question(name: str, *, required: bool) -> Question:
        return Question(
            id=name, display_name=None, required=required, content=(), answer=FreeText()
        )

    asked = QuestionForm(items=(question("b", required=True), question("a", required=True)))
    assert [item.id for item in asked.questions] == ["b", "a"]
    with pytest.raises(work_errors.InvalidAnswers) as found:
        rules.checked(asked, {"a": text(""), "z": text("?")}, matches)
    assert found.value.problems == {
        "a": "This question needs an answer.",
        "b": "This question needs an answer.",
        "z": "There is no question with this id.",
    }
    assert "z: There is no question with this id." in found.value.message
    answers = rules.checked(asked, {"a": text("1"), "b": text("2")}, matches)
    assert [item.question_id for item in answers.answers] == ["b", "a"]
