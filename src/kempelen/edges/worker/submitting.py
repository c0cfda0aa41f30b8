"""Handing in the work from a page: the fields of a form, or the ticket of what a frame posted."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from starlette.responses import Response

from kempelen.api.work import Fields as SentFields
from kempelen.api.work import (
    GetStagedRequest,
    GetStagedResponse,
    ListLooseFilesRequest,
    ListLooseFilesResponse,
    ListQueueRequest,
    ListQueueResponse,
    LooseFile,
    SentFile,
    StageSubmissionRequest,
    StageSubmissionResponse,
    SubmitAssignmentRequest,
    SubmitAssignmentResponse,
)
from kempelen.domain.people import WorkerCaller
from kempelen.domain.work_errors import DeadlinePassed, InvalidAnswers, NotAssigned, WorkRefusal
from kempelen.edges.web import csrf, question_form, targets, texts
from kempelen.edges.web.flashes import Flash
from kempelen.edges.worker import accepting, tasks, uploading, work
from kempelen.edges.worker.multipart import Posted
from kempelen.edges.worker.uploading import Sent
from kempelen.edges.worker.visits import Visit
from kempelen.formats import answers
from kempelen.operations import dispatch, files, own_work, registry
from kempelen.operations import work as operations

V = TypeVar("V")
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
    page_fields, given = split(visit.posted())
    own = _texts(page_fields)
    if visit.session is None or is_from_earlier_session(visit, own):
        return _keep(visit, own, given)
    csrf.check_token(visit.session, own)
    accept_next = accepting.remember(visit, own)
    try:
        sent = _with_files(visit, visit.caller, given)
    except (DeadlinePassed, NotAssigned):
        return _too_late(visit, _texts(given or ()))
    request = SubmitAssignmentRequest(
        assignment_id=visit.param("assignment_id"),
        form_fields=None if sent is None else sent.fields,
        ticket=dict(own).get("ticket", "") if sent is None else None,
        accept_next=accept_next,
    )
    try:
        done: SubmitAssignmentResponse = visit.run(operations.submit_assignment, request)
    except (InvalidAnswers, DeadlinePassed, NotAssigned) as refusal:
        if sent is None:
            raise
        return _refused(visit, sent, refusal)
    return _on(visit, done, wanted_next=accept_next)


def finish(visit: Visit) -> Response:
    """Ask whether kept answers shall be handed in."""
    ticket = visit.query("ticket")
    staged: GetStagedResponse = visit.run(own_work.get_staged, GetStagedRequest(ticket=ticket))
    if staged.assignment.status != "assigned":
        return work.state(visit, staged.assignment)
    return visit.page("finish.html", assignment=staged.assignment, ticket=ticket)


def split(
    fields: tuple[tuple[str, V], ...],
) -> tuple[tuple[tuple[str, V], ...], tuple[tuple[str, V], ...] | None]:
    """The page's own fields, and those of the questions, if the form has any."""
    at = next((at for at, item in enumerate(fields) if item == MARK), None)
    return (fields, None) if at is None else (fields[:at], fields[at + 1 :])


def _texts(posted: Posted | SentFields) -> Fields:
    return tuple((name, value) for name, value in posted if isinstance(value, str))


def _with_files(visit: Visit, caller: WorkerCaller | None, given: Posted | None) -> Sent | None:
    """What was given with files kept; those that came before are named by hidden fields."""
    if given is None:
        return None
    sent = uploading.sent(visit.app, caller, visit.param("assignment_id"), given)
    anew = {name for name, value in sent.fields if isinstance(value, SentFile)}
    fields: list[tuple[str, str | SentFile]] = []
    replaced = []
    for name, value in sent.fields:
        question_id = name.removeprefix(answers.KEPT_FILE_PREFIX)
        if question_id == name or not isinstance(value, str):
            fields.append((name, value))
        elif question_id in anew:
            replaced.append(value)
        else:
            fields.append((question_id, SentFile(file_id=value)))
    if caller is not None:
        _drop_own(visit, replaced)
    return Sent(fields=tuple(fields), keys=sent.keys)


def _drop_own(visit: Visit, keys: Sequence[str]) -> None:
    """Let go of files of this assignment that the worker has replaced."""
    uploading.drop(visit.app, [file.key for file in _loose(visit, keys)])


def _loose(visit: Visit, keys: Sequence[str]) -> tuple[LooseFile, ...]:
    if not keys:
        return ()
    request = ListLooseFilesRequest(assignment_id=visit.param("assignment_id"), keys=tuple(keys))
    found: ListLooseFilesResponse = visit.run(files.list_loose_files, request)
    return found.files


def is_from_earlier_session(visit: Visit, own: Fields) -> bool:
    """Whether a form was opened before the worker signed in again."""
    token = dict(own).get(csrf.TOKEN_FIELD)
    if not token or visit.session is None:
        return False
    return token != visit.session.csrf_token


def _keep(visit: Visit, own: Fields, given: Posted | None) -> Response:
    ticket: str | None = dict(own).get("ticket")
    sent = _with_files(visit, None, given)
    if sent is not None:
        request = StageSubmissionRequest(
            assignment_id=visit.param("assignment_id"), fields=sent.fields
        )
        try:
            kept: StageSubmissionResponse = dispatch.run(
                visit.app, registry.of(operations.stage_submission), None, request
            )
        except Exception:
            uploading.drop(visit.app, sent.keys)
            raise
        ticket = kept.ticket
    if not ticket:
        return visit.go("/tasks")
    return visit.go(f"/tasks/finish?ticket={quote(ticket)}")


def _refused(visit: Visit, sent: Sent, refusal: WorkRefusal) -> Response:
    """The form with its problems, or its answers to copy when it is too late for them.

    Files that nothing is wrong with stay, and need not be chosen again.
    """
    given = _texts(sent.fields)
    if not isinstance(refusal, InvalidAnswers):
        uploading.drop(visit.app, sent.keys)
        return _too_late(visit, given)
    held = work.own(visit, visit.param("assignment_id"))
    form = None if held.task is None else tasks.form_of(held.task)
    if form is None:
        uploading.drop(visit.app, sent.keys)
        raise refusal
    named = {
        name: value.file_id
        for name, value in sent.fields
        if isinstance(value, SentFile) and value.file_id is not None
    }
    wanted = [key for name, key in named.items() if name not in refusal.problems]
    uploading.drop(visit.app, [key for key in sent.keys if key not in wanted])
    return work.page(
        visit,
        held,
        given=question_form.given_of(form, given),
        problems=refusal.problems,
        kept={file.question_id: file for file in _loose(visit, wanted)},
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _too_late(visit: Visit, given: Fields) -> Response:
    held = work.own(visit, visit.param("assignment_id"))
    lines = "\n".join(f"{name}: {value}" for name, value in given if value)
    return work.state(visit, held, HTTPStatus.CONFLICT, lines)


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
