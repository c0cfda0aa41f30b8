"""Answers as documents, and what workers send, in its various forms, as answers.

Not whether the answers are acceptable: domain.question knows that for a QuestionForm, and nobody
for the pages of requesters.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType

from lxml import etree

from kempelen.domain import question, work_errors
from kempelen.domain.answers import Answer, Answers, UploadedFile, of_values
from kempelen.domain.errors import XMLParseError
from kempelen.domain.question import (
    FileUpload,
    FreeText,
    GivenAnswer,
    Question,
    QuestionForm,
    Selection,
)
from kempelen.formats import regex, xml

FIELDS_MAX = 5_000
KEPT_FILE_PREFIX = " file "
NAME_CHARACTERS_MAX = 1_000
RESERVED_NAMES = frozenset({"assignmentId", "hitId", "turkSubmitTo", "workerId"})
NO_PROBLEMS: Mapping[str, str] = MappingProxyType({})
_NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01"
    "/QuestionFormAnswers.xsd"
)
_SCHEMA = "question-form-answers-2005-10-01.xsd"
_START = f'<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="{_NAMESPACE}">'
_END = "</QuestionFormAnswers>"
# The member of a request whose value is a document.
_DOCUMENT_MEMBER = "answer_xml"


def document(given: Answers) -> str:
    """The QuestionFormAnswers document, without white space between elements and in ASCII."""
    parts = [_START]
    for answer in given.answers:
        parts.append("<Answer>")
        parts.append(_element("QuestionIdentifier", answer.question_id))
        if answer.file is not None:
            parts.append(_element("UploadedFileSizeInBytes", str(answer.file.size_bytes)))
            parts.append(_element("UploadedFileKey", answer.file.key))
        elif answer.free_text is not None:
            parts.append(_element("FreeText", answer.free_text))
        else:
            parts += [_element("SelectionIdentifier", value) for value in answer.selections]
            if answer.other_text is not None:
                parts.append(_element("OtherSelectionText", answer.other_text))
        parts.append("</Answer>")
    parts.append(_END)
    return "".join(parts).encode("ascii", "xmlcharrefreplace").decode("ascii")


def parse_document(text: str, *, max_bytes: int) -> Answers:
    """The answers in a QuestionFormAnswers document; texts of one question are joined.

    Refuses with TooLarge, and with InvalidAnswers what the schema does not describe.
    """
    if len(text.encode(errors="replace")) > max_bytes:
        raise work_errors.TooLarge(maximum=max_bytes)
    root = xml.read(text, max_bytes, refuse=_invalid_document)
    try:
        xml.validate(root, _SCHEMA)
    except XMLParseError as invalid:
        raise _invalid_document(invalid.facts["details"]) from None
    found: dict[object, Answer] = {}
    for element in root:
        answer = _answer(element)
        before = found.get(answer.question_id)
        if answer.free_text is None:
            found[element] = answer
        elif before is None:
            found[answer.question_id] = answer
        else:
            found[answer.question_id] = of_values(
                answer.question_id, (*before.values, answer.free_text)
            )
    return Answers(tuple(found.values()))


def from_fields(fields: Sequence[tuple[str, str | UploadedFile]]) -> Answers:
    """The answers in the fields of a page's form: one per name, in order of first appearance.

    Each file is an answer of its own, so that several of one name repeat its identifier.
    Refuses with InvalidAnswers too many fields and too long names.
    """
    if len(fields) > FIELDS_MAX:
        raise work_errors.InvalidAnswers(
            {"fields": f"There are {len(fields)} fields; a form may have {FIELDS_MAX}."}
        )
    values: dict[str, list[str]] = {}
    # A text by its name, so that further values join it; a file by its place.
    order: list[str | Answer] = []
    for raw_name, value in fields:
        name = xml.clean(raw_name)
        if len(name) > NAME_CHARACTERS_MAX:
            raise work_errors.InvalidAnswers(
                {name[:50]: f"The name of a field has more than {NAME_CHARACTERS_MAX} characters."}
            )
        if not name or name in RESERVED_NAMES:
            continue
        if isinstance(value, UploadedFile):
            order.append(Answer(question_id=name, file=value))
        elif name in values:
            values[name].append(xml.clean(value))
        else:
            values[name] = [xml.clean(value)]
            order.append(name)
    return Answers(
        tuple(
            of_values(item, tuple(values[item])) if isinstance(item, str) else item
            for item in order
        )
    )


def from_json(mapping: Mapping[str, object]) -> Answers:
    """The answers in a JSON object that stands for a page's form; refuses as `from_fields`.

    The elements of an array are the values of a repeated name. What is neither text nor array
    becomes its JSON text.
    """
    fields: list[tuple[str, str | UploadedFile]] = [
        (name, value if isinstance(value, str | UploadedFile) else _json(value))
        for name, found in mapping.items()
        for value in (found if isinstance(found, list | tuple) else (found,))
    ]
    return from_fields(fields)


def from_worker_json(form: QuestionForm, mapping: Mapping[str, object]) -> Answers:
    """The answers to a form in a JSON object by question id; a null leaves a question out.

    A text answers a FreeTextAnswer; `{"selections": [...], "other": "..."}` or only the list
    answers a SelectionAnswer. Refuses with InvalidAnswers, also what the form does not accept.
    """
    questions = {question.id: question for question in form.questions}
    given = {}
    problems = {}
    for question_id, value in mapping.items():
        if value is None:
            continue
        asked = questions.get(question_id)
        answer = GivenAnswer() if asked is None else _given(asked, value)
        if answer is None:
            problems[question_id] = _wanted_json(asked)
        else:
            given[question_id] = answer
    if problems:
        raise work_errors.InvalidAnswers(problems)
    return question.checked(form, given, regex.matches)


def from_form_post(
    form: QuestionForm,
    fields: Iterable[tuple[str, str | UploadedFile]],
    file_problems: Mapping[str, str] = NO_PROBLEMS,
) -> Answers:
    """The answers to a form in the fields of our own page.

    A text, and each selection, is in a field with the name of its question's id; another answer is
    in `other_field`. Fields that belong to no question are the page's own. `file_problems` are why
    files were not taken, by question id. Refuses with InvalidAnswers what the form does not accept.
    """
    values: dict[str, list[str]] = {}
    files: dict[str, UploadedFile] = {}
    for name, value in fields:
        if isinstance(value, UploadedFile):
            files[name] = value
        else:
            values.setdefault(name, []).append(xml.clean(value))
    given = {}
    for asked in form.questions:
        sent = values.get(asked.id, [])
        if isinstance(asked.answer, FileUpload):
            problem = file_problems.get(asked.id)
            given[asked.id] = GivenAnswer(file=files.get(asked.id), file_problem=problem)
        elif isinstance(asked.answer, Selection):
            other = values.get(other_field(asked.id), [""])[-1]
            # The first choice of a drop-down list stands for none.
            given[asked.id] = GivenAnswer(selections=tuple(filter(None, sent)), other=other)
        elif sent:
            given[asked.id] = GivenAnswer(text=sent[-1])
    return question.checked(form, given, regex.matches)


def kept_file_field(question_id: str) -> str:
    """The name of the hidden field with the key of a file that came before the form went back."""
    return f"{KEPT_FILE_PREFIX}{question_id}"


def other_field(question_id: str) -> str:
    """The name of the text field for another answer; no question id begins with a blank."""
    return f" other {question_id}"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(xml.clean(text), quote=False)}</{name}>"


def _invalid_document(details: object) -> work_errors.InvalidAnswers:
    return work_errors.InvalidAnswers({_DOCUMENT_MEMBER: str(details)})


def _answer(element: etree._Element) -> Answer:
    question_id, *content = (child.text or "" for child in element)
    kinds = [etree.QName(child).localname for child in element][1:]
    if kinds == ["FreeText"]:
        return of_values(question_id, (xml.clean(content[0]),))
    if kinds and kinds[0] == "UploadedFileSizeInBytes":
        file = UploadedFile(key=content[1], size_bytes=int(content[0]))
        return Answer(question_id=question_id, file=file)
    has_other = bool(kinds) and kinds[-1] == "OtherSelectionText"
    return Answer(
        question_id=question_id,
        selections=tuple(content[:-1] if has_other else content),
        other_text=content[-1] if has_other else None,
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _given(asked: Question, value: object) -> GivenAnswer | None:
    """A JSON value as an answer to this question; None if it has not the form for it."""
    if isinstance(asked.answer, FreeText):
        return GivenAnswer(text=xml.clean(value)) if isinstance(value, str) else None
    if isinstance(asked.answer, FileUpload):
        return GivenAnswer(file=value) if isinstance(value, UploadedFile) else None
    chosen, other = value, None
    if isinstance(value, Mapping):
        if not value.keys() <= {"selections", "other"}:
            return None
        chosen, other = value.get("selections") or [], value.get("other")
    if not isinstance(chosen, list | tuple) or not isinstance(other, str | None):
        return None
    selections = tuple(item for item in chosen if isinstance(item, str))
    if len(selections) < len(chosen):
        return None
    return GivenAnswer(selections=selections, other=None if other is None else xml.clean(other))


def _wanted_json(asked: Question | None) -> str:
    if asked is not None and isinstance(asked.answer, FreeText):
        return "Give a text."
    if asked is not None and isinstance(asked.answer, Selection):
        return 'Give {"selections": [...]}, with "other" for another answer.'
    return 'Upload a file and give {"file_id": ...}.'
