"""A HIT before it is accepted: its task, its terms, and the ways on."""

from http import HTTPStatus

from starlette.responses import Response

from kempelen.api.work import PreviewHitRequest, PreviewHitResponse
from kempelen.edges.web import headers
from kempelen.edges.worker import tasks
from kempelen.edges.worker.failures import Trouble
from kempelen.edges.worker.visits import Visit
from kempelen.operations import finding


def show(visit: Visit) -> Response:
    """Some HIT of a group, or the one that the path names."""
    group_id = visit.param("group")
    found = _found(visit, visit.incoming.params.get("hit_id"), visit.query("skip") or None)
    if found.group.group_id != group_id and "hit_id" not in visit.incoming.params:
        return visit.go(f"/projects/{found.group.group_id}/tasks")
    return _page(visit, found, None, HTTPStatus.OK)


def refused(visit: Visit, trouble: Trouble) -> Response:
    """What else there is in the group, after a HIT could not be accepted."""
    return _page(visit, _found(visit, None, None), trouble, trouble.status)


def _found(visit: Visit, hit_id: str | None, skip_hit_id: str | None) -> PreviewHitResponse:
    found: PreviewHitResponse = visit.run(
        finding.preview_hit,
        PreviewHitRequest(group_id=visit.param("group"), hit_id=hit_id, skip_hit_id=skip_hit_id),
    )
    return found


def _page(
    visit: Visit, found: PreviewHitResponse, trouble: Trouble | None, status: int
) -> Response:
    task = None
    if found.task is not None:
        task = tasks.shown(
            visit.app,
            found.task,
            worker_id=visit.caller.worker.worker_id,
            ends_at=visit.app.clock.now(),
        )
    return visit.page(
        "preview.html",
        status=status,
        openings=headers.NOTHING if task is None else task.openings,
        group=found.group,
        task=task,
        trouble=trouble,
    )
