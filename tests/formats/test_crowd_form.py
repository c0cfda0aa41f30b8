"""Which format a template answers in, and the flattened form of its answers."""

import pytest

from kempelen.formats import crowd_form, question_kind


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<form><input name=a></form>", "fields"),
        ("<crowd-form><crowd-input name=a></crowd-input></crowd-form>", "task-answers"),
        ("<CROWD-FORM answer-format='task-answers'></crowd-form>", "task-answers"),
        ('<p><crowd-form answer-format="flatten-objects"></crowd-form>', "flatten-objects"),
        ("<!-- <crowd-form answer-format='flatten-objects'> --><form></form>", "fields"),
        ("<script>'<crowd-form>'</script>", "fields"),
        ("<crowd-entity-annotation name=a></crowd-entity-annotation>", "task-answers"),
        (
            "<crowd-form answer-format=flatten-objects><crowd-entity-annotation name=a>",
            "flatten-objects",
        ),
        ("<p>cut off <", "fields"),
        ("<p <crowd-form", "fields"),
    ],
)
def test_answer_format(content: str, expected: str) -> None:
    assert crowd_form.answer_format(content) == expected


def test_flattened_answers() -> None:
    """Names in the order given, nested keys alphabetical, lists whole, nothing for nothing."""
    given = {
        "text": "  as is ",
        "category": {"label": "Cat", "another": None},
        "q.0": {"on": False, "off": True},
        "boxes": [{"left": 1, "name": "\u00fc"}, []],
        "whole": 5.0,
        "part": 0.1,
        "nothing": {},
        "deep": {"b": {"d": 1, "c": 2}},
    }
    assert crowd_form.flattened(given) == (
        ("text", "  as is "),
        ("category.another", ""),
        ("category.label", "Cat"),
        ("q.0.off", "true"),
        ("q.0.on", "false"),
        ("boxes", '[{"left":1,"name":"\u00fc"},[]]'),
        ("whole", "5"),
        ("part", "0.1"),
        ("deep.b.c", "2"),
        ("deep.b.d", "1"),
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('<QuestionForm xmlns="a">', "QuestionForm"),
        ("<HTMLQuestion\n xmlns='a'>", "HTMLQuestion"),
        ("<q:ExternalQuestion/>", "ExternalQuestion"),
        ('\ufeff<?xml version="1.0"?>\n<!-- <HTMLQuestion> -->\n<QuestionForm>', "QuestionForm"),
        ("<QuestionFormAnswers>", None),
        ("<Other><QuestionForm></QuestionForm></Other>", None),
        ("<!-- <QuestionForm> ", None),
        ("", None),
        ("<?x?><!---->" * 20_000, None),
        ("<!--" * 20_000, None),
    ],
)
def test_kind_of_a_question(document: str, expected: str | None) -> None:
    assert question_kind.of(document) == expected
