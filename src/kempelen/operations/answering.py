"""What a submission says: answers in whichever form they came, checked, and their document."""

import json

from kempelen.api.work import SubmitAssignmentRequest
from kempelen.domain import question, work_errors
from kempelen.domain.answers import Answer, Answers
from kempelen.domain.hit import HIT
from kempelen.domain.question import GivenAnswer, HTMLQuestion, QuestionForm, QuestionKind
from kempelen.formats import answers as answer_formats
from kempelen.formats import crowd_form, regex
from kempelen.formats import question as question_format
from kempelen.operations import finding
from kempelen.store import hits
from kempelen.store.tx import Tx


def given(tx: Tx, hit: HIT, request: SubmitAssignmentRequest) -> Answers:
    """The answers of a request; INVALID_ANSWERS when the question does not admit them."""
    if request.form_fields is not None:
        return from_fields(tx, hit, request.form_fields)
    if request.answer_xml is not None:
        return _from_document(tx, hit, request.answer_xml)
    if request.task_answers is not None:
        return _from_crowd_form(tx, hit, request.task_answers)
    form = _form(tx, hit)
    if form is None:
        return answer_formats.from_json(request.answers or {})
    return answer_formats.from_worker_json(form, request.answers or {})


def from_fields(tx: Tx, hit: HIT, fields: tuple[tuple[str, str], ...]) -> Answers:
    """The answers that a page or a frame posted."""
    form = _form(tx, hit)
    if form is None:
        return answer_formats.from_fields(fields)
    return answer_formats.from_form_post(form, fields)


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


def _from_document(tx: Tx, hit: HIT, text: str) -> Answers:
    """Answers in a document; those to a form must satisfy it like any others."""
    form = _form(tx, hit)
    return _read(tx, text) if form is None else from_form_document(tx, form, text)


def from_form_document(tx: Tx, form: QuestionForm, text: str) -> Answers:
    """Answers to a form in a document; INVALID_ANSWERS when it does not admit them."""
    by_question = {answer.question_id: _as_given(answer) for answer in _read(tx, text).answers}
    return question.checked(form, by_question, regex.matches)


def _read(tx: Tx, text: str) -> Answers:
    read = answer_formats.parse_document(text, max_bytes=tx.settings.answers.max_bytes)
    files = [answer.question_id for answer in read.answers if answer.file is not None]
    if files:
        raise work_errors.InvalidAnswers(dict.fromkeys(files, "Files cannot be sent here."))
    return read


def _as_given(answer: Answer) -> GivenAnswer:
    return GivenAnswer(
        text=answer.free_text,
        selections=answer.selections,
        other=answer.other_text,
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
