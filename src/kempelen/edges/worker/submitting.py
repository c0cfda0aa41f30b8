"""Handing in the work from a page: the fields of a form, or the ticket of what a frame posted."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response

from kempelen.api.work import (
    GetStagedRequest,
    GetStagedResponse,
    ListQueueRequest,
    ListQueueResponse,
    StageSubmissionRequest,
    StageSubmissionResponse,
    SubmitAssignmentRequest,
    SubmitAssignmentResponse,
)
from kempelen.domain.work_errors import DeadlinePassed, InvalidAnswers, NotAssigned, WorkRefusal
from kempelen.edges.web import csrf, question_form, targets, texts
from kempelen.edges.web.flashes import Flash
from kempelen.edges.worker import accepting, tasks, work
from kempelen.edges.worker.visits import Visit
from kempelen.operations import dispatch, own_work, registry
from kempelen.operations import work as operations

Fields = tuple[tuple[str, str], ...]

# The fields before this one are the page's, those after it answer the questions, whose ids may be
# anything.
MARK = ("form", "question")
HOURLY_FROM_SECONDS = 10


def submit(visit: Visit) -> Response:
    """Hand in the work and go on.

    A form whose session has ended is not lost: its answers are kept under a ticket, and count as
    of now when the worker has signed in again and confirms them.
    """
    own, given = split(visit.form())
    if visit.session is None or is_from_earlier_session(visit, own):
        return _keep(visit, own, given)
    csrf.check_token(visit.session, own)
    accept_next = accepting.remember(visit, own)
    request = SubmitAssignmentRequest(
        assignment_id=visit.param("assignment_id"),
        form_fields=given,
        ticket=dict(own).get("ticket", "") if given is None else None,
        accept_next=accept_next,
    )
    try:
        done: SubmitAssignmentResponse = visit.run(operations.submit_assignment, request)
    except (InvalidAnswers, DeadlinePassed, NotAssigned) as refusal:
        if given is None:
            raise
        return _refused(visit, given, refusal)
    return _on(visit, done, wanted_next=accept_next)


def finish(visit: Visit) -> Response:
    """Ask whether kept answers shall be handed in."""
    ticket = visit.query("ticket")
    staged: GetStagedResponse = visit.run(own_work.get_staged, GetStagedRequest(ticket=ticket))
    if staged.assignment.status != "assigned":
        return work.state(visit, staged.assignment)
    return visit.page("finish.html", assignment=staged.assignment, ticket=ticket)


def split(fields: Fields) -> tuple[Fields, Fields | None]:
    """The page's own fields, and those of the questions, if the form has any."""
    if MARK not in fields:
        return fields, None
    at = fields.index(MARK)
    return fields[:at], fields[at + 1 :]


def is_from_earlier_session(visit: Visit, own: Fields) -> bool:
    """Whether a form was opened before the worker signed in again."""
    token = dict(own).get(csrf.TOKEN_FIELD)
    if not token or visit.session is None:
        return False
    return token != visit.session.csrf_token


def _keep(visit: Visit, own: Fields, given: Fields | None) -> Response:
    ticket: str | None = dict(own).get("ticket")
    if given is not None:
        kept: StageSubmissionResponse = dispatch.run(
            visit.app,
            registry.of(operations.stage_submission),
            None,
            StageSubmissionRequest(assignment_id=visit.param("assignment_id"), fields=given),
        )
        ticket = kept.ticket
    if not ticket:
        return visit.go("/tasks")
    return visit.go(f"/tasks/finish?ticket={quote(ticket)}")


def _refused(visit: Visit, given: Fields, refusal: WorkRefusal) -> Response:
    """The form with its problems, or its answers to copy when it is too late for them."""
    held = work.own(visit, visit.param("assignment_id"))
    form = None if held.task is None else tasks.form_of(held.task)
    if isinstance(refusal, InvalidAnswers):
        if form is None:
            raise refusal
        return work.page(
            visit,
            held,
            given=question_form.given_of(form, given),
            problems=refusal.problems,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    answers = "\n".join(f"{name}: {value}" for name, value in given if value)
    return work.state(visit, held, HTTPStatus.CONFLICT, answers)


def _on(visit: Visit, done: SubmitAssignmentResponse, *, wanted_next: bool | None) -> Response:
    """To the next HIT, the queue, or the list."""
    following = done.next
    if following is not None:
        target = targets.work(following.group_id, following.hit_id, following.assignment_id)
        return visit.go(target, Flash("success", f"{_told(done)} Next HIT accepted."))
    text = _told(done)
    if wanted_next:
        text += " There is no other HIT of this group for you now."
    queue: ListQueueResponse = visit.run(own_work.list_queue, ListQueueRequest())
    return visit.go("/tasks" if queue.items else "/projects", Flash("success", text))


def _told(done: SubmitAssignmentResponse) -> str:
    """What was handed in, what it pays, and when it will be decided at the latest."""
    shown = done.assignment
    submitted_at = shown.submitted_at or shown.accepted_at
    taken = datetime.fromisoformat(submitted_at) - datetime.fromisoformat(shown.accepted_at)
    seconds = taken.total_seconds()
    pay = texts.money(shown.reward)
    if seconds >= 1:
        pay += f" for {texts.duration(seconds)}"
    if seconds >= HOURLY_FROM_SECONDS:
        pay += f", {texts.hourly(shown.reward, seconds)} an hour"
    if shown.status == "approved":
        return f"Submitted and approved: {pay}."
    if shown.status == "rejected":
        return f"Submitted, but rejected: {shown.requester_feedback or 'no reason was given'}"
    by = (
        f" Auto-approval by {texts.moment(shown.auto_approval_at)}."
        if shown.auto_approval_at
        else ""
    )
    return f"Submitted for review: {pay}.{by}"
