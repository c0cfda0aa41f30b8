"""Addresses of the original marketplace, led to the pages that answer them here."""

import re
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from kempelen.edges.web import headers
from kempelen.edges.worker.visits import Visit

_ID = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)


def preview(visit: Visit) -> Response:
    """`/mturk/preview?groupId=…`, with the id of a group or of a HIT type."""
    return _to(visit, _group(visit, ""))


def accept(visit: Visit) -> Response:
    """`/mturk/previewandaccept?groupId=…` and `/mturk/accept?groupId=…`."""
    return _to(visit, _group(visit, "/accept_random"))


def find(visit: Visit) -> Response:
    """`/mturk/findhits` and `/mturk/searchbar`, by words or by requester."""
    words = visit.query("searchWords")
    requester_id = visit.query("requesterId")
    if not words and _ID.fullmatch(requester_id):
        return _to(visit, f"/requesters/{requester_id}/projects")
    query = urlencode({"filters[search_term]": words[:200]})
    return _to(visit, f"/projects?{query}" if words else "/projects")


def queue(visit: Visit) -> Response:
    """`/mturk/myhits`."""
    return _to(visit, "/tasks")


def qualifications(visit: Visit) -> Response:
    """`/mturk/findquals`."""
    return _to(visit, "/qualifications")


def qualification(visit: Visit) -> Response:
    """`/mturk/requestqualification?qualificationId=…`."""
    type_id = visit.query("qualificationId")
    return _to(visit, f"/qualifications/{type_id}" if _ID.fullmatch(type_id) else "/qualifications")


def dashboard(visit: Visit) -> Response:
    """`/mturk/dashboard` and `/mturk/status`."""
    return _to(visit, "/dashboard")


def _group(visit: Visit, action: str) -> str:
    group_id = visit.query("groupId")
    return f"/projects/{group_id}/tasks{action}" if _ID.fullmatch(group_id) else "/projects"


def _to(visit: Visit, target: str) -> Response:
    return RedirectResponse(target, HTTPStatus.FOUND, headers.of_page(visit.app))
