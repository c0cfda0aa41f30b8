"""The queue: the HITs that a worker holds, with the time that is left for each."""

from datetime import datetime, timedelta

from starlette.responses import Response

from kempelen.api.work import (
    ListMyAssignmentsRequest,
    ListMyAssignmentsResponse,
    ListQueueRequest,
    ListQueueResponse,
)
from kempelen.edges.worker.visits import Visit
from kempelen.operations import own_work

ENDED_SHOWN = timedelta(hours=1)
ENDED_SHOWN_MAX = 10


def show(visit: Visit) -> Response:
    """HITs by deadline; those whose time ran out within the last hour stay below."""
    queue: ListQueueResponse = visit.run(own_work.list_queue, ListQueueRequest())
    ended: ListMyAssignmentsResponse = visit.run(
        own_work.list_my_assignments,
        ListMyAssignmentsRequest(statuses=("abandoned",), limit=ENDED_SHOWN_MAX),
    )
    since = visit.app.clock.now() - ENDED_SHOWN
    return visit.page(
        "queue.html",
        queue=queue,
        ended=[item for item in ended.items if datetime.fromisoformat(item.deadline) > since],
    )
