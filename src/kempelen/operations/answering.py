"""What a submission says: answers in whichever form they came, checked, and their document."""

import json
from collections.abc import Mapping
from dataclasses import replace

from kempelen.api.work import Fields, SubmitAssignmentRequest
from kempelen.domain import question, work_errors
from kempelen.domain.answers import Answer, Answers, UploadedFile
from kempelen.domain.assignment import Assignment
from kempelen.domain.hit import HIT
from kempelen.domain.question import GivenAnswer, HTMLQuestion, QuestionForm, QuestionKind
from kempelen.formats import answers as answer_formats
from kempelen.formats import crowd_form, regex
from kempelen.formats import question as question_format
from kempelen.operations import finding
from kempelen.store import files, hits
from kempelen.store.tx import Tx

NO_FILE = "There is no such file of this HIT any more. Send it again."


def given(tx: Tx, assignment: Assignment, hit: HIT, request: SubmitAssignmentRequest) -> Answers:
    """The answers of a request; INVALID_ANSWERS when the question does not admit them."""
    if request.form_fields is not None:
        return from_fields(tx, assignment, hit, request.form_fields)
    if request.answer_xml is not None:
        return _from_document(tx, assignment, hit, request.answer_xml)
    if request.task_answers is not None:
        return _from_crowd_form(tx, hit, request.task_answers)
    mapping, problems = _with_files(tx, assignment, request.answers or {})
    if problems:
        raise work_errors.InvalidAnswers(problems)
    form = _form(tx, hit)
    if form is None:
        return answer_formats.from_json(mapping)
    return answer_formats.from_worker_json(form, mapping)


def from_fields(tx: Tx, assignment: Assignment, hit: HIT, fields: Fields) -> Answers:
    """The answers that a page or a frame posted."""
    found: list[tuple[str, str | UploadedFile]] = []
    problems: dict[str, str] = {}
    for name, value in fields:
        if isinstance(value, str):
            found.append((name, value))
            continue
        file = None if value.file_id is None else _file(tx, assignment, value.file_id)
        if file is None:
            problems[name] = value.problem or NO_FILE
        else:
            found.append((name, file))
    form = _form(tx, hit)
    if form is not None:
        return answer_formats.from_form_post(form, found, problems)
    if problems:
        raise work_errors.InvalidAnswers(problems)
    return answer_formats.from_fields(found)


def _file(tx: Tx, assignment: Assignment, key: str) -> UploadedFile | None:
    """A file that came for this assignment; anybody else's does not exist."""
    stored = files.get(tx, key)
    if stored is None or stored.assignment_id != assignment.assignment_id:
        return None
    if stored.arrived_at is None:
        return None
    return UploadedFile(key=stored.key, size_bytes=stored.size_bytes)


def _with_files(
    tx: Tx, assignment: Assignment, mapping: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, str]]:
    """Answers in JSON with the files that they name, and the fields whose files do not exist."""
    found: dict[str, object] = {}
    problems = {}
    for name, value in mapping.items():
        items = value if isinstance(value, list) else [value]
        exchanged = [_exchanged(tx, assignment, item) for item in items]
        if any(old is not None and new is None for old, new in zip(items, exchanged, strict=True)):
            problems[name] = NO_FILE
        found[name] = exchanged if isinstance(value, list) else exchanged[0]
    return found, problems


def _exchanged(tx: Tx, assignment: Assignment, value: object) -> object:
    """The file that a value names, None when there is no such file; or the value itself."""
    if not isinstance(value, dict) or value.keys() != {"file_id"}:
        return value
    return _file(tx, assignment, str(value["file_id"]))


def written(tx: Tx, answers: Answers) -> tuple[Answers, str]:
    """Answers with their document, which must not be too large."""
    document = answer_formats.document(answers)
    maximum = tx.settings.answers.max_bytes
    if len(document) > maximum:
        raise work_errors.TooLarge(maximum=maximum)
    return answers, document


def _form(tx: Tx, hit: HIT) -> QuestionForm | None:
    """The form of a HIT's question; nothing else of a question has a say in the answers."""
    document = hits.question(tx, hit)
    if finding.kind_of(document) is not QuestionKind.QUESTION_FORM:
        return None
    parsed = question_format.stored(document)
    return parsed if isinstance(parsed, QuestionForm) else None


def _from_document(tx: Tx, assignment: Assignment, hit: HIT, text: str) -> Answers:
    """Answers in a document; those to a form must satisfy it like any others."""
    read = _read(tx, text, assignment)
    form = _form(tx, hit)
    return read if form is None else _checked(form, read)


def from_form_document(tx: Tx, form: QuestionForm, text: str) -> Answers:
    """Answers to a form without files in a document; INVALID_ANSWERS when it does not fit."""
    return _checked(form, _read(tx, text, None))


def _checked(form: QuestionForm, read: Answers) -> Answers:
    by_question = {answer.question_id: _as_given(answer) for answer in read.answers}
    return question.checked(form, by_question, regex.matches)


def _read(tx: Tx, text: str, assignment: Assignment | None) -> Answers:
    """A document with its files as they are kept here; without an assignment there are none."""
    read = answer_formats.parse_document(text, max_bytes=tx.settings.answers.max_bytes)
    found = []
    problems = {}
    for answer in read.answers:
        file = None
        if answer.file is not None and assignment is not None:
            file = _file(tx, assignment, answer.file.key)
        if answer.file is not None and file is None:
            problems[answer.question_id] = NO_FILE if assignment else "Files cannot be sent here."
        found.append(replace(answer, file=file))
    if problems:
        raise work_errors.InvalidAnswers(problems)
    return Answers(tuple(found))


def _as_given(answer: Answer) -> GivenAnswer:
    return GivenAnswer(
        text=answer.free_text,
        selections=answer.selections,
        other=answer.other_text,
        file=answer.file,
    )


def _from_crowd_form(tx: Tx, hit: HIT, task_answers: dict[str, object]) -> Answers:
    """The content of a crowd-form, as the form itself would have posted it."""
    document = hits.question(tx, hit)
    if finding.kind_of(document) is QuestionKind.QUESTION_FORM:
        raise work_errors.InvalidAnswers(
            {"task_answers": "This HIT has no crowd-form. Give answers by question id instead."}
        )
    if crowd_form.FLATTEN_OBJECTS in document:
        parsed = question_format.stored(document)
        if (
            isinstance(parsed, HTMLQuestion)
            and crowd_form.answer_format(parsed.content) == crowd_form.FLATTEN_OBJECTS
        ):
            return answer_formats.from_fields(crowd_form.flattened(task_answers))
    text = json.dumps([task_answers], ensure_ascii=False, separators=(",", ":"))
    return answer_formats.from_fields(((crowd_form.TASK_ANSWERS_FIELD, text),))
