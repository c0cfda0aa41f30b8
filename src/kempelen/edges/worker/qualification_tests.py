"""The pages of a qualification test: before it, the questions with the timer, and after it."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from kempelen.api.own_qualifications import (
    GetTestRequest,
    OwnAttempt,
    StartTestRequest,
    SubmitTestRequest,
    SubmitTestResponse,
)
from kempelen.domain.question import GivenAnswer, QuestionForm
from kempelen.domain.work_errors import (
    AttemptEnded,
    AttemptTimeOver,
    InvalidAnswers,
    RequestNotFound,
    WorkRefusal,
)
from kempelen.edges.web import csrf, question_form, targets
from kempelen.edges.web.flashes import Flash
from kempelen.edges.web.headers import Openings
from kempelen.edges.worker import qualifications, submitting
from kempelen.edges.worker.submitting import Fields
from kempelen.edges.worker.visits import Visit
from kempelen.formats import question as question_format
from kempelen.operations import own_qualifications, qualifying


def show(visit: Visit) -> Response:
    """The running test, or what there is to know before one begins."""
    running = _running(visit)
    if running is not None:
        return _page(visit, running)
    return visit.page("qualification_start.html", item=qualifications.find(visit))


def start(visit: Visit) -> Response:
    """Begin; the time runs from here, and a running test goes on."""
    visit.run(qualifying.start_test, StartTestRequest(qualification_type_id=visit.param("type_id")))
    return visit.go(_address(visit))


def submit(visit: Visit) -> Response:
    """Hand in the answers and show what became of them.

    What a form says is never lost: without a session, or too late, it is shown to be copied; one
    that was opened before the worker signed in again is shown to be sent once more.
    """
    own, given = submitting.split(visit.form())
    given = given or ()
    if visit.session is None:
        return _signed_out(visit, given)
    if submitting.is_from_earlier_session(visit, own):
        return _again(visit, given)
    csrf.check_token(visit.session, own)
    try:
        done: SubmitTestResponse = visit.run(
            qualifying.submit_test,
            SubmitTestRequest(request_id=visit.param("request_id"), form_fields=given),
        )
    except InvalidAnswers as refusal:
        return _refused(visit, given, refusal)
    except (AttemptTimeOver, AttemptEnded) as refusal:
        return _ended(visit, given, refusal)
    result = done.request
    if result.value is not None:
        text = f"Test submitted. Your score is {result.value}."
    else:
        text = "Test submitted. The requester reads it and decides."
    return visit.go(f"{qualifications.PATH}/{visit.param('type_id')}", Flash("success", text))


def _running(visit: Visit) -> OwnAttempt | None:
    try:
        found: OwnAttempt = visit.run(
            own_qualifications.get_test,
            GetTestRequest(qualification_type_id=visit.param("type_id")),
        )
    except RequestNotFound:
        return None
    return found


def _attempt(visit: Visit) -> OwnAttempt:
    found: OwnAttempt = visit.run(
        own_qualifications.get_test, GetTestRequest(request_id=visit.param("request_id"))
    )
    return found


def _page(
    visit: Visit,
    attempt: OwnAttempt,
    *,
    given: Mapping[str, GivenAnswer] | None = None,
    problems: Mapping[str, str] = question_form.NO_PROBLEMS,
    notice: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    """The questions; a form that comes back keeps what was given and names the problems."""
    form = _form(attempt)
    view = question_form.view(form, given, problems)
    return visit.page(
        "qualification_test.html",
        status=status,
        openings=Openings(media=view.has_media),
        attempt=attempt,
        form=view,
        notice=notice,
    )


def _form(attempt: OwnAttempt) -> QuestionForm:
    parsed = None if attempt.question is None else question_format.stored(attempt.question)
    if not isinstance(parsed, QuestionForm):
        raise RequestNotFound
    return parsed


def _refused(visit: Visit, given: Fields, refusal: InvalidAnswers) -> Response:
    attempt = _attempt(visit)
    return _page(
        visit,
        attempt,
        given=question_form.given_of(_form(attempt), given),
        problems=refusal.problems,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _again(visit: Visit, given: Fields) -> Response:
    """The same form with the token of this session, if the test is the worker's and still runs."""
    try:
        attempt = _attempt(visit)
    except RequestNotFound:
        raise csrf.Forged from None
    if attempt.question is None:
        raise csrf.Forged
    return _page(
        visit,
        attempt,
        given=question_form.given_of(_form(attempt), given),
        notice="You have signed in again since this form was opened. Nothing was submitted yet:"
        " look through your answers and submit them once more.",
        status=HTTPStatus.CONFLICT,
    )


def _ended(visit: Visit, given: Fields, refusal: WorkRefusal) -> Response:
    return visit.page(
        "qualification_ended.html",
        status=refusal.work_status,
        item=qualifications.find(visit),
        attempt=_attempt(visit),
        text=refusal.message,
        is_late=isinstance(refusal, AttemptTimeOver),
        answers=_as_text(given),
    )


def _signed_out(visit: Visit, given: Fields) -> Response:
    return visit.page(
        "qualification_signed_out.html",
        status=HTTPStatus.UNAUTHORIZED,
        answers=_as_text(given),
        target=targets.with_return(_address(visit)),
    )


def _as_text(given: Fields) -> str:
    return "\n".join(f"{name.strip()}: {value}" for name, value in given if value)


def _address(visit: Visit) -> str:
    return targets.safe(f"{qualifications.PATH}/{visit.param('type_id')}/test")
