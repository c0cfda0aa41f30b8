"""The answers to a qualification test, and the value that its key gives them."""

from kempelen.api.own_qualifications import SubmitTestRequest
from kempelen.domain import answer_key, errors
from kempelen.domain.answers import Answers
from kempelen.domain.qualification_type import QualificationTest
from kempelen.domain.question import QuestionForm
from kempelen.formats import answer_key as key_format
from kempelen.formats import answers as answer_formats
from kempelen.formats import question as question_format
from kempelen.operations import answering
from kempelen.store.tx import Tx


def given(tx: Tx, test: QualificationTest, request: SubmitTestRequest) -> tuple[Answers, str]:
    """The answers of a request with their document.

    Refusals: INVALID_ANSWERS when the test does not admit them, TOO_LARGE.
    """
    form = form_of(test)
    if request.form_fields is not None:
        answers = answer_formats.from_form_post(form, request.form_fields)
    elif request.answer_xml is not None:
        answers = answering.from_form_document(tx, form, request.answer_xml)
    else:
        answers = answer_formats.from_worker_json(form, request.answers or {})
    return answering.written(tx, answers)


def value(test: QualificationTest, answers: Answers) -> int | None:
    """What the answers are worth; None without a key, which leaves it to the requester."""
    if test.answer_key is None:
        return None
    key = key_format.stored(test.answer_key, form_of(test))
    return answer_key.value(key, answers)


def form_of(test: QualificationTest) -> QuestionForm:
    """The questions of a test."""
    form = question_format.stored(test.document)
    if not isinstance(form, QuestionForm):
        raise errors.ServiceFault
    return form
