"""A worker's own figures and decisions, and the page of help."""

from starlette.responses import Response

from kempelen.api.work import ListMyAssignmentsRequest, ListMyAssignmentsResponse
from kempelen.edges.worker.visits import Visit
from kempelen.operations import own_work

PAGE_SIZE = 20
FILTERS = (
    ("", "All"),
    ("submitted", "Waiting for review"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("returned", "Returned"),
    ("abandoned", "Abandoned"),
)


def show(visit: Visit) -> Response:
    """Figures, and the assignments with their feedback, newest first."""
    status = visit.query("status")
    if status not in dict(FILTERS):
        status = ""
    found: ListMyAssignmentsResponse = visit.run(
        own_work.list_my_assignments,
        ListMyAssignmentsRequest(
            statuses=(status,) if status else (),
            limit=PAGE_SIZE,
            cursor=visit.query("cursor") or None,
        ),
    )
    return visit.page(
        "dashboard.html",
        found=found,
        filters=FILTERS,
        chosen=status,
        is_first=not visit.query("cursor"),
    )


def help_page(visit: Visit) -> Response:
    """How working here goes."""
    return visit.page("help.html")
