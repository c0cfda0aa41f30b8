"""The pages of qualifications: the lists, one type, requesting, withdrawing, giving back."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from kempelen.api.own_qualifications import (
    CancelQualificationRequestRequest,
    CancelQualificationRequestResponse,
    GiveBackQualificationRequest,
    GiveBackQualificationResponse,
    ListOwnQualificationsRequest,
    ListOwnQualificationsResponse,
    QualificationRequest,
    QualificationType,
    RequestQualificationRequest,
    RequestQualificationResponse,
    SearchQualificationTypesRequest,
    SearchQualificationTypesResponse,
    ShowQualificationTypeRequest,
    ShowQualificationTypeResponse,
)
from kempelen.edges.web import targets
from kempelen.edges.web.flashes import Flash
from kempelen.edges.worker.visits import Visit
from kempelen.operations import own_qualifications, qualifying

PATH = "/qualifications"
PAGE_SIZE = 20
SEARCH_LENGTH_MAX = 200
_YES = frozenset({"true", "on", "1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """What the address of the list of all types asks for."""

    search: str
    is_requestable: bool
    has_test: bool
    is_automatic: bool

    @property
    def is_narrow(self) -> bool:
        """Whether a filter may hide something."""
        return bool(self.search or self.is_requestable or self.has_test or self.is_automatic)

    def address(self, cursor: str | None = None) -> str:
        """The list with these filters, from a place on."""
        named = {
            "search": self.search,
            "requestable": "true" if self.is_requestable else "",
            "has_test": "true" if self.has_test else "",
            "auto_granted": "true" if self.is_automatic else "",
            "cursor": cursor or "",
        }
        query = urlencode({name: value for name, value in named.items() if value})
        return f"{PATH}?{query}" if query else PATH


def show_all(visit: Visit) -> Response:
    """All types that workers can find, by name."""
    filters = Filters(
        search=visit.query("search").strip()[:SEARCH_LENGTH_MAX],
        is_requestable=visit.query("requestable") in _YES,
        has_test=visit.query("has_test") in _YES,
        is_automatic=visit.query("auto_granted") in _YES,
    )
    cursor = visit.query("cursor") or None
    found: SearchQualificationTypesResponse = visit.run(
        own_qualifications.search_qualification_types,
        SearchQualificationTypesRequest(
            search=filters.search or None,
            requestable=filters.is_requestable,
            has_test=filters.has_test,
            auto_granted=filters.is_automatic,
            limit=PAGE_SIZE,
            cursor=cursor,
        ),
    )
    return visit.page(
        "qualifications.html",
        tab="all",
        found=found,
        filters=filters,
        system_types=(),
        first=filters.address() if cursor else None,
        following=filters.address(found.next_cursor) if found.next_cursor else None,
    )


def show_assigned(visit: Visit) -> Response:
    """What the worker holds; on the first page also what the marketplace computes."""
    return _own(visit, own_qualifications.ASSIGNED)


def show_pending(visit: Visit) -> Response:
    """Requests that wait, and tests that are running."""
    return _own(visit, own_qualifications.PENDING)


def _own(visit: Visit, state: str) -> Response:
    cursor = visit.query("cursor") or None
    found: ListOwnQualificationsResponse = visit.run(
        own_qualifications.list_own_qualifications,
        ListOwnQualificationsRequest(states=(state,), limit=PAGE_SIZE, cursor=cursor),
    )
    path = f"{PATH}/{state}"
    following = f"{path}?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else None
    return visit.page(
        "qualifications.html",
        tab=state,
        found=found,
        filters=None,
        system_types=() if cursor or state != own_qualifications.ASSIGNED else _system_types(visit),
        first=path if cursor else None,
        following=following,
    )


def _system_types(visit: Visit) -> tuple[QualificationType, ...]:
    """The types of the marketplace, which come first in the list of all."""
    found: SearchQualificationTypesResponse = visit.run(
        own_qualifications.search_qualification_types, SearchQualificationTypesRequest(limit=10)
    )
    return tuple(item for item in found.items if item.requester is None)


def show_type(visit: Visit) -> Response:
    """One type with the worker's own state."""
    return visit.page("qualification.html", item=find(visit))


def find(visit: Visit) -> QualificationType:
    """The type that the path names."""
    found: ShowQualificationTypeResponse = visit.run(
        own_qualifications.show_qualification_type,
        ShowQualificationTypeRequest(qualification_type_id=visit.param("type_id")),
    )
    return found.qualification_type


def request(visit: Visit) -> Response:
    """Ask for a type without a test; then back to where the button was."""
    done: RequestQualificationResponse = visit.run(
        qualifying.request_qualification,
        RequestQualificationRequest(qualification_type_id=visit.param("type_id")),
    )
    name = find(visit).name
    text = (
        f"You now have the qualification {name}."
        if done.request.state == "granted"
        else f"Requested: {name}. The requester decides; you find it under Pending until then."
    )
    return visit.go(_back(visit), Flash("success", text))


def withdraw(visit: Visit) -> Response:
    """Withdraw a request, or break a test off."""
    fields = dict(visit.form())
    done: CancelQualificationRequestResponse = visit.run(
        qualifying.cancel_qualification_request,
        CancelQualificationRequestRequest(request_id=fields.get("request_id", "")),
    )
    text = "Your request is withdrawn." if _was_sent(done.request) else "The test is broken off."
    return visit.go(_back(visit), Flash("success", text))


def _was_sent(cancelled: QualificationRequest) -> bool:
    return cancelled.submitted_at is not None


def give_back(visit: Visit) -> Response:
    """Give a qualification up."""
    done: GiveBackQualificationResponse = visit.run(
        qualifying.give_back_qualification,
        GiveBackQualificationRequest(qualification_type_id=visit.param("type_id")),
    )
    text = f"You gave back {done.qualification_type.name}."
    return visit.go(_back(visit), Flash("success", text))


def _back(visit: Visit) -> str:
    own = f"{PATH}/{visit.param('type_id')}"
    return targets.safe(dict(visit.form()).get("return_to"), targets.safe(own))
