"""Answers as documents and back, and from every form in which workers send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kempelen.domain import work_errors
from kempelen.domain.answers import Answer, Answers, UploadedFile, of_values
from kempelen.domain.question import (
    AnswerPattern,
    Constraints,
    FileUpload,
    FreeText,
    LengthRange,
    NumericRange,
    Option,
    Question,
    QuestionForm,
    Selection,
    Text,
)
from kempelen.formats import answers, xml

NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01"
    "/QuestionFormAnswers.xsd"
)
START = f'<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="{NAMESPACE}">'
END = "</QuestionFormAnswers>"
BYTES_MAX = 4_194_304
Fields = list[tuple[str, str]]

FROM_FIELDS: dict[str, tuple[Fields, str]] = {
    "the documented example": (
        [
            ("size", "L"),
            ("tops", "ham"),
            ("note", ""),
            ("tops", "olives"),
            ("assignmentId", "3AAA"),
        ],
        (
            "<Answer><QuestionIdentifier>size</QuestionIdentifier><FreeText>L</FreeText></Answer>"
            "<Answer><QuestionIdentifier>tops</QuestionIdentifier>"
            "<FreeText>ham|olives</FreeText></Answer>"
            "<Answer><QuestionIdentifier>note</QuestionIdentifier><FreeText></FreeText></Answer>"
        ),
    ),
    "nothing": ([], ""),
    "only reserved names": (
        [("assignmentId", "1"), ("hitId", "2"), ("turkSubmitTo", "3"), ("workerId", "4")],
        "",
    ),
    "names like reserved ones": (
        [("assignmentid", "1"), (" hitId", "2")],
        (
            "<Answer><QuestionIdentifier>assignmentid</QuestionIdentifier>"
            "<FreeText>1</FreeText></Answer>"
            "<Answer><QuestionIdentifier> hitId</QuestionIdentifier><FreeText>2</FreeText></Answer>"
        ),
    ),
    "an empty name": ([("", "1")], ""),
    "brackets and a pipe": (
        [("tops[]", "a|b"), ("tops[]", ""), ("tops[]", "c")],
        (
            "<Answer><QuestionIdentifier>tops[]</QuestionIdentifier>"
            "<FreeText>a|b||c</FreeText></Answer>"
        ),
    ),
    "line ends": (
        [("a\r\nb", "1\r\n2\r3\n4\n\r5\t")],
        (
            "<Answer><QuestionIdentifier>a\nb</QuestionIdentifier>"
            "<FreeText>1\n2\n3\n4\n\n5\t</FreeText></Answer>"
        ),
    ),
    "names that line ends made different": (
        [("a\r", "1"), ("a\n", "2")],
        "<Answer><QuestionIdentifier>a\n</QuestionIdentifier><FreeText>1|2</FreeText></Answer>",
    ),
    "characters beyond ASCII": (
        [("é", "\U0001f600 \u20ac\x7f\x85")],
        (
            "<Answer><QuestionIdentifier>&#233;</QuestionIdentifier>"
            "<FreeText>&#128512; &#8364;\x7f&#133;</FreeText></Answer>"
        ),
    ),
    "characters that XML has not": (
        [("a", "\x00\x08\x0b\x1f\ud83d\ufffe\uffff")],
        (
            "<Answer><QuestionIdentifier>a</QuestionIdentifier>"
            f"<FreeText>{'&#65533;' * 7}</FreeText></Answer>"
        ),
    ),
    "markup": (
        [("<&>", "]]><![CDATA[&amp;\"'")],
        (
            "<Answer><QuestionIdentifier>&lt;&amp;&gt;</QuestionIdentifier>"
            "<FreeText>]]&gt;&lt;![CDATA[&amp;amp;\"'</FreeText></Answer>"
        ),
    ),
    "a button": (
        [("submitButton", "Submit")],
        (
            "<Answer><QuestionIdentifier>submitButton</QuestionIdentifier>"
            "<FreeText>Submit</FreeText></Answer>"
        ),
    ),
    "a field of the query and the body": (
        [("a", "query"), ("b", "1"), ("a", "body")],
        (
            "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText>query|body</FreeText></Answer>"
            "<Answer><QuestionIdentifier>b</QuestionIdentifier><FreeText>1</FreeText></Answer>"
        ),
    ),
}


@pytest.mark.parametrize(("fields", "expected"), FROM_FIELDS.values(), ids=FROM_FIELDS.keys())
def test_fields_become_these_bytes(fields: Fields, expected: str) -> None:
    found = answers.document(answers.from_fields(fields))
    assert found == START + expected + END
    assert found.isascii()
    xml.validate(xml.read(found, BYTES_MAX), "question-form-answers-2005-10-01.xsd")


def test_values_are_kept_unjoined() -> None:
    found = answers.from_fields([("a", "x|y"), ("a", "z")])
    assert found == Answers((Answer(question_id="a", free_text="x|y|z", values=("x|y", "z")),))


def test_a_form_may_have_5000_fields() -> None:
    fields = [(f"f{number % 2500}", "") for number in range(5_000)]
    assert len(answers.from_fields(fields).answers) == 2_500
    with pytest.raises(work_errors.InvalidAnswers, match="5001 fields"):
        answers.from_fields([*fields, ("hitId", "")])


def test_a_name_may_have_1000_characters() -> None:
    assert answers.from_fields([("é" * 1_000, "")]).answers[0].question_id == "é" * 1_000
    with pytest.raises(work_errors.InvalidAnswers, match="more than 1000 characters") as refusal:
        answers.from_fields([("é" * 1_001, "")])
    assert list(refusal.value.problems) == ["é" * 50]


def test_all_kinds_of_answers_in_a_document() -> None:
    found = Answers(
        (
            Answer(question_id="s", selections=("a", "b&"), other_text=""),
            Answer(question_id="none"),
            Answer(question_id="f", file=UploadedFile(key="k1", size_bytes=12)),
            of_values("t", ("",)),
        )
    )
    document = answers.document(found)
    assert document == (
        f"{START}<Answer><QuestionIdentifier>s</QuestionIdentifier>"
        "<SelectionIdentifier>a</SelectionIdentifier>"
        "<SelectionIdentifier>b&amp;</SelectionIdentifier>"
        "<OtherSelectionText></OtherSelectionText></Answer>"
        "<Answer><QuestionIdentifier>none</QuestionIdentifier></Answer>"
        "<Answer><QuestionIdentifier>f</QuestionIdentifier>"
        "<UploadedFileSizeInBytes>12</UploadedFileSizeInBytes>"
        "<UploadedFileKey>k1</UploadedFileKey></Answer>"
        f"<Answer><QuestionIdentifier>t</QuestionIdentifier><FreeText></FreeText></Answer>{END}"
    )
    assert answers.parse_document(document, max_bytes=BYTES_MAX) == found


def as_answers(found: list[Answer]) -> Answers:
    return Answers(tuple(found))


IDS = st.text(min_size=1, max_size=8)
ANSWERS = st.one_of(
    st.builds(of_values, IDS, st.tuples(st.text())),
    st.builds(
        lambda question_id, selections, other: Answer(
            question_id=question_id, selections=tuple(selections), other_text=other
        ),
        IDS,
        st.lists(st.text(), max_size=3),
        st.none() | st.text(),
    ),
    st.builds(
        lambda question_id, key, size: Answer(
            question_id=question_id, file=UploadedFile(key=key, size_bytes=size)
        ),
        IDS,
        st.text(),
        st.integers(0, 10**17),
    ),
)


def cleaned(answer: Answer) -> Answer:
    return Answer(
        question_id=xml.clean(answer.question_id),
        free_text=None if answer.free_text is None else xml.clean(answer.free_text),
        selections=tuple(map(xml.clean, answer.selections)),
        other_text=None if answer.other_text is None else xml.clean(answer.other_text),
        values=tuple(map(xml.clean, answer.values)),
        file=answer.file
        and UploadedFile(key=xml.clean(answer.file.key), size_bytes=answer.file.size_bytes),
    )


@given(
    st.lists(ANSWERS, max_size=6, unique_by=lambda answer: xml.clean(answer.question_id)).map(
        as_answers
    )
)
def test_a_document_is_read_as_it_was_meant(found: Answers) -> None:
    document = answers.document(found)
    expected = Answers(tuple(map(cleaned, found.answers)))
    assert answers.parse_document(document, max_bytes=BYTES_MAX) == expected
    assert answers.document(expected) == document


@given(st.lists(st.tuples(st.text(max_size=4), st.text()), max_size=8))
def test_fields_survive_the_document(fields: Fields) -> None:
    found = answers.from_fields(fields)
    read = answers.parse_document(answers.document(found), max_bytes=BYTES_MAX)
    assert [(a.question_id, a.free_text) for a in read.answers] == [
        (a.question_id, a.free_text) for a in found.answers
    ]


def test_a_document_in_any_layout_is_read() -> None:
    pretty = (
        f'\n<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<a:QuestionFormAnswers'
        f' xmlns:a="{NAMESPACE}">\n<a:Answer>\n<a:QuestionIdentifier>q</a:QuestionIdentifier>\n'
        "<a:FreeText><![CDATA[<é>]]>&#13;&amp;<!-- x -->z</a:FreeText>\n</a:Answer>\n"
        "</a:QuestionFormAnswers>\n"
    )
    assert answers.parse_document(pretty, max_bytes=BYTES_MAX) == Answers(
        (of_values("q", ("<é>\n&z",)),)
    )


def test_texts_of_one_question_are_joined() -> None:
    one = "<Answer><QuestionIdentifier>{}</QuestionIdentifier><FreeText>{}</FreeText></Answer>"
    document = START + one.format("a", 1) + one.format("b", 2) + one.format("a", 3) + END
    assert answers.parse_document(document, max_bytes=BYTES_MAX) == Answers(
        (of_values("a", ("1", "3")), of_values("b", ("2",)))
    )


@pytest.mark.parametrize(
    "content",
    [
        "<Answer/>",
        "<Answer><QuestionIdentifier/></Answer>",
        "<Answer><FreeText>a</FreeText></Answer>",
        "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText/><FreeText/></Answer>",
        (
            "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText/>"
            "<SelectionIdentifier>b</SelectionIdentifier></Answer>"
        ),
        (
            "<Answer><QuestionIdentifier>a</QuestionIdentifier><OtherSelectionText/>"
            "<SelectionIdentifier>b</SelectionIdentifier></Answer>"
        ),
        (
            "<Answer><QuestionIdentifier>a</QuestionIdentifier>"
            "<UploadedFileSizeInBytes>1</UploadedFileSizeInBytes></Answer>"
        ),
        (
            "<Answer><QuestionIdentifier>a</QuestionIdentifier>"
            "<UploadedFileSizeInBytes>-1</UploadedFileSizeInBytes><UploadedFileKey/></Answer>"
        ),
        "<Answer><QuestionIdentifier>a</QuestionIdentifier><Other/></Answer>",
        "text",
        "<Answer>",
    ],
)
def test_other_documents_are_invalid(content: str) -> None:
    with pytest.raises(work_errors.InvalidAnswers) as refusal:
        answers.parse_document(START + content + END, max_bytes=BYTES_MAX)
    assert "line 1" in refusal.value.problems["answer_xml"]


def test_a_document_of_another_kind_is_invalid() -> None:
    for document in ("<QuestionFormAnswers/>", START.replace("2005-10-01/Q", "2005-10-02/Q") + END):
        with pytest.raises(work_errors.InvalidAnswers):
            answers.parse_document(document, max_bytes=BYTES_MAX)


def test_a_document_may_not_be_too_large() -> None:
    document = answers.document(answers.from_fields([("a", "é")]))
    assert answers.parse_document(document, max_bytes=len(document))
    with pytest.raises(work_errors.TooLarge):
        answers.parse_document(document, max_bytes=len(document) - 1)


def test_json_becomes_fields() -> None:
    found = answers.from_json(
        {
            "text": "a\r\nb",
            "number": 5,
            "fraction": 0.5,
            "true": True,
            "null": None,
            "list": ["x", 1, False, {"a": [1, "é"]}, None],
            "tuple": ("y",),
            "empty": [],
            "object": {"b": {"c": "d e"}},
            "nested": [[1, 2]],
            "workerId": "A",
            "": "nameless",
        }
    )
    assert [(answer.question_id, answer.values) for answer in found.answers] == [
        ("text", ("a\nb",)),
        ("number", ("5",)),
        ("fraction", ("0.5",)),
        ("true", ("true",)),
        ("null", ("null",)),
        ("list", ("x", "1", "false", '{"a":[1,"é"]}', "null")),
        ("tuple", ("y",)),
        ("object", ('{"b":{"c":"d e"}}',)),
        ("nested", ("[1,2]",)),
    ]
    with pytest.raises(work_errors.InvalidAnswers, match="5001 fields"):
        answers.from_json({"a": ["x"] * 5_001})


def asked(
    question_id: str, answer: FreeText | Selection | FileUpload, *, required: bool = False
) -> Question:
    return Question(
        id=question_id,
        display_name=None,
        required=required,
        content=(Text(text="?"),),
        answer=answer,
    )


def options(*ids: str) -> tuple[Option, ...]:
    return tuple(Option(id=option, content=Text(text=option)) for option in ids)


FORM = QuestionForm(
    items=(
        asked("age", FreeText(constraints=Constraints(numeric=NumericRange(minimum=1)))),
        asked("note", FreeText(default_text="as shown")),
        asked(
            "zip",
            FreeText(constraints=Constraints(patterns=(AnswerPattern(regex=r"^\d*$"),))),
        ),
        asked("pick", Selection(options=options("a", "b")), required=True),
        asked(
            "many",
            Selection(
                options=options("x", "y", "z"),
                maximum=3,
                other=FreeText(constraints=Constraints(length=LengthRange(maximum=5))),
            ),
        ),
    )
)
FILLED = Answers(
    (
        of_values("age", ("44",)),
        of_values("note", ("a\nb",)),
        of_values("zip", ("",)),
        Answer(question_id="pick", selections=("b",)),
        Answer(question_id="many", selections=("x", "z"), other_text="w\nw"),
    )
)


def problems_of_json(mapping: dict[str, object]) -> dict[str, str]:
    with pytest.raises(work_errors.InvalidAnswers) as refusal:
        answers.from_worker_json(FORM, mapping)
    return refusal.value.problems


def test_a_form_answered_in_json() -> None:
    assert (
        answers.from_worker_json(
            FORM,
            {
                "many": {"selections": ["z", "x"], "other": "w\r\nw"},
                "pick": ["b"],
                "zip": "",
                "note": "a\rb",
                "age": "44",
            },
        )
        == FILLED
    )


def test_what_json_leaves_out_is_as_it_was_shown() -> None:
    found = answers.from_worker_json(FORM, {"pick": {"selections": ["a"]}, "note": None})
    assert found == Answers(
        (
            of_values("age", ("",)),
            of_values("note", ("as shown",)),
            of_values("zip", ("",)),
            Answer(question_id="pick", selections=("a",)),
            Answer(question_id="many"),
        )
    )
    only_other = {"pick": ["a"], "many": {"other": "w"}}
    assert answers.from_worker_json(FORM, only_other).answers[-1].other_text == "w"


@pytest.mark.parametrize(
    ("question_id", "value"),
    [
        ("age", 44),
        ("age", ["44"]),
        ("age", {"selections": ["44"]}),
        ("age", {"file_id": "f"}),
        ("pick", "b"),
        ("pick", True),
        ("pick", {"selections": "b"}),
        ("pick", {"selections": [1]}),
        ("pick", {"selections": ["b"], "other": 1}),
        ("pick", {"selected": ["b"]}),
        ("pick", [["b"]]),
    ],
)
def test_json_of_the_wrong_form(question_id: str, value: object) -> None:
    problems = problems_of_json({"pick": ["b"], question_id: value})
    assert list(problems) == [question_id]
    assert problems[question_id].startswith("Give ")


def test_every_problem_is_named() -> None:
    problems = problems_of_json(
        {
            "age": "0",
            "zip": "a",
            "pick": [],
            "many": {"selections": ["q"], "other": "too long"},
            "unknown": "a",
        }
    )
    assert problems == {
        "unknown": "There is no question with this id.",
        "age": "Enter a number that is at least 1.",
        "zip": "Invalid input supplied.",
        "pick": "Choose at least 1.",
        "many": "q is not one of the choices.",
    }


def test_files_in_json() -> None:
    """Only as a file that came before, and only to a question that asks for one."""
    form = QuestionForm(
        items=(
            asked("photo", FileUpload(minimum_bytes=1, maximum_bytes=2)),
            asked("note", FreeText()),
        )
    )
    file = UploadedFile(key="K", size_bytes=2)
    found = answers.from_worker_json(form, {"photo": file, "note": "x"}).answers
    assert found[0] == Answer(question_id="photo", file=file)
    for wrong in ("a.png", {"file_id": "f"}, [file], 1):
        with pytest.raises(work_errors.InvalidAnswers, match=r'give \{"file_id"'):
            answers.from_worker_json(form, {"photo": wrong})
    with pytest.raises(work_errors.InvalidAnswers, match=r"Give a text\."):
        answers.from_worker_json(form, {"note": file})


def test_files_among_fields() -> None:
    """Each is an answer in its place; texts of one name are joined at the place of the first."""
    one, two = UploadedFile(key="K", size_bytes=2), UploadedFile(key="L", size_bytes=3)
    found = answers.from_fields([("a", "1"), ("f", one), ("hitId", one), ("f", two), ("a", "2")])
    assert found.answers == (
        of_values("a", ("1", "2")),
        Answer(question_id="f", file=one),
        Answer(question_id="f", file=two),
    )


def test_a_form_answered_on_our_page() -> None:
    found = answers.from_form_post(
        FORM,
        [
            ("csrf_token", "x"),
            ("age", "44"),
            ("note", "a\r\nb"),
            ("zip", ""),
            ("pick", ""),
            ("pick", "b"),
            ("many", "z"),
            ("many", "x"),
            (answers.other_field("many"), "w\r\nw"),
        ],
    )
    assert found == FILLED


def test_a_page_reports_problems_like_any_other() -> None:
    with pytest.raises(work_errors.InvalidAnswers) as refusal:
        answers.from_form_post(FORM, [("age", "x"), ("pick", "a"), ("pick", "b")])
    assert refusal.value.problems == {
        "age": "Enter a number.",
        "pick": "Choose at most 1; 2 chosen now.",
    }


def test_an_empty_other_field_is_no_answer() -> None:
    found = answers.from_form_post(FORM, [("pick", "a"), (answers.other_field("many"), "")])
    assert found.answers[-1] == Answer(question_id="many")


def test_the_field_for_another_answer_is_no_question_id() -> None:
    """Whatever ids a form has: they are trimmed, and this name begins with a blank."""
    name = answers.other_field("many")
    assert name != name.strip()
    form = QuestionForm(
        items=(*FORM.items, asked(name.strip(), FreeText()), asked("many.other", FreeText()))
    )
    found = answers.from_form_post(form, [("pick", "a"), (name, "w"), (name.strip(), "t")])
    assert [answer.other_text or answer.free_text for answer in found.answers[-3:]] == [
        "w",
        "t",
        "",
    ]


def test_the_document_satisfies_its_published_structure() -> None:
    root = etree.fromstring(answers.document(FILLED).encode())
    assert [[etree.QName(child).localname for child in answer] for answer in root] == [
        ["QuestionIdentifier", "FreeText"],
        ["QuestionIdentifier", "FreeText"],
        ["QuestionIdentifier", "FreeText"],
        ["QuestionIdentifier", "SelectionIdentifier"],
        ["QuestionIdentifier", "SelectionIdentifier", "SelectionIdentifier", "OtherSelectionText"],
    ]
