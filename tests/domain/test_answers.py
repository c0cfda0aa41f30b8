"""Answers: the values that policies compare, and the way into storage and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import answers
from kempelen.domain.answers import Answer, Answers, UploadedFile, of_values


def sets(*given_answers: Answer) -> dict[str, set[str]]:
    found = answers.value_sets(Answers(given_answers))
    return {name: set(values) for name, values in found.items()}


def test_values_are_trimmed_and_unjoined() -> None:
    assert sets(of_values(" q ", ("b ", "a", "a", " ", "")), Answer(question_id="r")) == {
        "q": {"a", "b"},
        "r": set(),
    }


def test_a_text_that_came_as_a_document_is_one_value() -> None:
    assert sets(Answer(question_id="q", free_text=" a|b ")) == {"q": {"a|b"}}


def test_selections_other_text_and_files() -> None:
    assert sets(
        Answer(question_id="s", selections=("1", "2"), other_text=" three "),
        Answer(question_id="f", file=UploadedFile(key="k", size_bytes=1)),
    ) == {"s": {"1", "2", "three"}, "f": set()}


def test_answers_of_one_question_come_together() -> None:
    assert sets(of_values("q", ("a",)), of_values("q ", ("b",))) == {"q": {"a", "b"}}


def test_case_and_inner_blanks_count() -> None:
    assert sets(of_values("q", ("A b", "a b", "a  b"))) == {"q": {"A b", "a b", "a  b"}}


def test_joined_texts_of_repeated_fields_only() -> None:
    given_answers = Answers((of_values("one", ("x",)), of_values(" two", ("x", " y "))))
    assert answers.joined(given_answers) == {"two": "x| y"}
    assert given_answers.answers[1].free_text == "x| y "


texts = st.text(max_size=8)
some_answers = st.one_of(
    st.builds(of_values, texts, st.lists(texts, min_size=1, max_size=3).map(tuple)),
    st.builds(
        Answer,
        question_id=texts,
        selections=st.lists(texts, max_size=3).map(tuple),
        other_text=st.none() | texts,
    ),
    st.builds(
        Answer,
        question_id=texts,
        file=st.builds(UploadedFile, key=texts, size_bytes=st.integers(0, 2_000_000_000)),
    ),
)


@given(st.lists(some_answers, max_size=4))
def test_what_was_stored_is_read_the_same(found: list[Answer]) -> None:
    whole = Answers(tuple(found))
    stored = json.dumps(answers.to_plain(whole))
    assert answers.from_plain(json.loads(stored)) == whole


@pytest.mark.parametrize("plain", [{}, "x", [{"id": "q", "values": "x"}]])
def test_what_was_never_stored_is_a_type_error(plain: object) -> None:
    with pytest.raises(TypeError):
        answers.from_plain(plain)
