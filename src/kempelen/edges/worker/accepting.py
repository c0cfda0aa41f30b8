"""Accepting a HIT from a page, and the preference to go on with the next one."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.responses import Response

from kempelen.api.work import (
    AcceptFromGroupRequest,
    AcceptHitRequest,
    AcceptResponse,
    GetHitGroupRequest,
    GetHitGroupResponse,
    GetMyAssignmentRequest,
    GetMyAssignmentResponse,
    UpdatePreferencesRequest,
)
from kempelen.domain import work_errors
from kempelen.edges.http import Incoming
from kempelen.edges.web import targets
from kempelen.edges.web.flashes import Flash
from kempelen.edges.worker import failures, preview
from kempelen.edges.worker.visits import Visit
from kempelen.operations import finding, own_work, profile, work

# Refusals after which the group may still hold something for the worker.
_OTHERS_MAY_BE_OPEN = (
    work_errors.HITUnavailable,
    work_errors.OwnHIT,
    work_errors.NotQualified,
    work_errors.AlreadyDone,
)
_CHOSEN_BY_HAND = frozenset({"none", "same-origin"})


def accept_random(visit: Visit) -> Response:
    """Accept some HIT of the group.

    An address that is opened accepts only when the worker typed it, or followed a link of this
    site; otherwise a page asks first.
    """
    incoming = visit.incoming
    if incoming.method == "POST":
        remember(visit, visit.form())
    elif not _is_chosen(incoming):
        return _confirmation(visit)
    group_id = visit.param("group")
    return _accepted(visit, work.accept_from_group, AcceptFromGroupRequest(group_id=group_id))


def _is_chosen(incoming: Incoming) -> bool:
    """Whether the worker opened the address, rather than a picture, a prefetch or another site."""
    headers = incoming.headers
    return (
        incoming.method == "GET"
        and headers.get("sec-fetch-site") in _CHOSEN_BY_HAND
        and headers.get("sec-fetch-dest") == "document"
        and "sec-purpose" not in headers
    )


def accept_hit(visit: Visit) -> Response:
    """Accept the HIT that was previewed."""
    remember(visit, visit.form())
    return _accepted(visit, work.accept_hit, AcceptHitRequest(hit_id=visit.param("hit_id")))


def remember(visit: Visit, fields: Iterable[tuple[str, str]]) -> bool | None:
    """Keep the choice of a form's auto-accept box, if it has one and it was changed."""
    given = dict(fields)
    before = given.get("auto_accept_was")
    if before is None:
        return None
    wanted = "auto_accept" in given
    if wanted is not (before == "on"):
        visit.run(profile.update_preferences, UpdatePreferencesRequest(auto_accept_next=wanted))
    return wanted


def _confirmation(visit: Visit) -> Response:
    found: GetHitGroupResponse = visit.run(
        finding.get_hit_group, GetHitGroupRequest(group_id=visit.param("group"))
    )
    return visit.page("accept.html", group=found.group)


def _accepted(
    visit: Visit,
    operation: Callable[..., Any],
    request: AcceptFromGroupRequest | AcceptHitRequest,
) -> Response:
    try:
        response: AcceptResponse = visit.run(operation, request)
    except work_errors.AlreadyAccepted as refusal:
        return _on_with(visit, str(refusal.facts["assignment_id"]))
    except work_errors.QueueFull as refusal:
        return visit.go("/tasks", Flash("error", refusal.message))
    except _OTHERS_MAY_BE_OPEN as refusal:
        return preview.refused(visit, failures.trouble_of(refusal, visit.incoming))
    taken = response.assignments[0]
    return visit.go(targets.work(taken.group_id, taken.hit_id, taken.assignment_id))


def _on_with(visit: Visit, assignment_id: str) -> Response:
    """The work page of a HIT that the worker holds already."""
    mine: GetMyAssignmentResponse = visit.run(
        own_work.get_my_assignment, GetMyAssignmentRequest(assignment_id=assignment_id)
    )
    held = mine.assignment
    target = targets.work(held.group_id, held.hit_id, held.assignment_id)
    return visit.go(target, Flash("success", "You had accepted this HIT already. Here it is."))
