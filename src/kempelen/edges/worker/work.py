"""The work page of an assignment: the task with its timer, and giving the HIT back."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from starlette.responses import Response

from kempelen.api.work import (
    Assignment,
    GetHitGroupRequest,
    GetHitGroupResponse,
    GetMyAssignmentRequest,
    GetMyAssignmentResponse,
    ListQueueRequest,
    ListQueueResponse,
    LooseFile,
    ReturnAssignmentRequest,
)
from kempelen.domain import work_errors
from kempelen.domain.question import GivenAnswer
from kempelen.edges.web import question_form
from kempelen.edges.web.flashes import Flash
from kempelen.edges.worker import preview, tasks
from kempelen.edges.worker.visits import Visit
from kempelen.operations import finding, own_work, work

RETURN = "delete"


def show(visit: Visit) -> Response:
    """The work page of the worker's own assignment; without one, a preview of the HIT."""
    assignment_id = visit.query("assignment_id")
    if not assignment_id:
        return preview.show(visit)
    held = own(visit, assignment_id)
    if held.hit_id != visit.param("hit_id") or visit.param("group") not in {
        held.group_id,
        held.hit_type_id,
    }:
        raise work_errors.AssignmentNotFound
    if not is_open(visit, held):
        return state(visit, held)
    return page(visit, held)


def page(
    visit: Visit,
    held: Assignment,
    *,
    given: Mapping[str, GivenAnswer] | None = None,
    problems: Mapping[str, str] = question_form.NO_PROBLEMS,
    kept: Mapping[str, LooseFile] = question_form.NO_FILES,
    status: int = HTTPStatus.OK,
) -> Response:
    """The task; a form that comes back keeps what was given and names the problems."""
    if held.task is None:
        return state(visit, held)
    task = tasks.shown(
        visit.app,
        held.task,
        worker_id=visit.caller.worker.worker_id,
        ends_at=datetime.fromisoformat(held.deadline),
        given=given,
        problems=problems,
        kept=kept,
    )
    queue: ListQueueResponse = visit.run(own_work.list_queue, ListQueueRequest())
    ids = [item.assignment_id for item in queue.items]
    return visit.page(
        "work.html",
        status=status,
        openings=task.openings,
        assignment=held,
        task=task,
        group=_group(visit, held),
        position=ids.index(held.assignment_id) + 1 if held.assignment_id in ids else 1,
        queue=queue,
    )


def state(
    visit: Visit, held: Assignment, status: int = HTTPStatus.OK, answers: str = ""
) -> Response:
    """What has become of an assignment that is no longer worked on."""
    is_late = held.status == "assigned"
    return visit.page(
        "state.html",
        status=status,
        assignment=held,
        state="abandoned" if is_late else held.status,
        answers=answers,
    )


def give_back(visit: Visit) -> Response:
    """Return the HIT; the form says `_method=delete`, as old scripts do."""
    fields = dict(visit.form())
    if fields.get("_method", "").lower() != RETURN:
        raise work_errors.NotFound
    held = own(visit, fields.get("assignment_id", ""))
    if held.hit_id != visit.param("hit_id"):
        raise work_errors.AssignmentNotFound
    visit.run(work.return_assignment, ReturnAssignmentRequest(assignment_id=held.assignment_id))
    queue: ListQueueResponse = visit.run(own_work.list_queue, ListQueueRequest())
    return visit.go(
        "/tasks" if queue.items else "/projects",
        Flash("success", f"Returned: {held.title}. Others can accept it now."),
    )


def own(visit: Visit, assignment_id: str) -> Assignment:
    """The worker's own assignment; anybody else's does not exist."""
    response: GetMyAssignmentResponse = visit.run(
        own_work.get_my_assignment, GetMyAssignmentRequest(assignment_id=assignment_id)
    )
    return response.assignment


def is_open(visit: Visit, held: Assignment) -> bool:
    """Whether the worker still has time."""
    is_in_time = visit.app.clock.now() < datetime.fromisoformat(held.deadline)
    return held.status == "assigned" and is_in_time


def _group(visit: Visit, held: Assignment) -> object:
    """The terms of the group; None when the worker could not find it any more."""
    try:
        found: GetHitGroupResponse = visit.run(
            finding.get_hit_group, GetHitGroupRequest(group_id=held.group_id)
        )
    except work_errors.NotFound:
        return None
    return found.group
