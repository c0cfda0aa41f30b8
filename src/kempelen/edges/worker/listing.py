"""Find HITs: the list of groups with its filters, order and pages."""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from kempelen.api.work import ListHitGroupsRequest, ListHitGroupsResponse
from kempelen.edges.worker.visits import Visit
from kempelen.operations import finding

SORTS = (
    ("updated_desc", "Newest first"),
    ("updated_asc", "Oldest first"),
    ("reward_desc", "Highest reward"),
    ("reward_asc", "Lowest reward"),
    ("num_hits_desc", "Most HITs"),
    ("num_hits_asc", "Fewest HITs"),
)
SIZES = (20, 50, 100)
SEARCH_LENGTH_MAX = 200
_AMOUNT = re.compile(r"\d{1,7}(\.\d{1,4})?", re.ASCII)
_REQUESTER = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """What the address of a list asks for; what it cannot mean is left at its default."""

    path: str = "/projects"
    search: str = ""
    is_qualified: bool = False
    min_reward: str = ""
    requester_id: str = ""
    sort: str = SORTS[0][0]
    size: int = SIZES[0]
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether a filter may hide something."""
        return bool(self.search or self.is_qualified or self.min_reward or self.requester_id)

    def address(self, page: int) -> str:
        """The same list at another page."""
        named = {
            "filters[search_term]": self.search,
            "filters[qualified]": "true" if self.is_qualified else "",
            "filters[min_reward]": self.min_reward,
            "sort": "" if self.sort == SORTS[0][0] else self.sort,
            "page_size": "" if self.size == SIZES[0] else str(self.size),
            "page_number": "" if page == 1 else str(page),
        }
        query = urlencode({name: value for name, value in named.items() if value})
        return f"{self.path}?{query}" if query else self.path

    def wider(self) -> tuple[tuple[str, str], ...]:
        """Addresses that leave out one filter each, with what they show."""
        steps = (
            (self.search, replace(self, search=""), "Show HITs with any words"),
            (self.is_qualified, replace(self, is_qualified=False), "Show HITs of any requirements"),
            (self.min_reward, replace(self, min_reward=""), "Show HITs of any reward"),
        )
        found = [(filters.address(1), text) for is_set, filters, text in steps if is_set]
        if self.requester_id:
            everyone = replace(self, path="/projects", requester_id="")
            found.append((everyone.address(1), "Show HITs of all requesters"))
        return tuple(found)


def show(visit: Visit) -> Response:
    """A page of the list."""
    filters = _filters(visit)
    found: ListHitGroupsResponse = visit.run(
        finding.list_hit_groups,
        ListHitGroupsRequest(
            search=filters.search or None,
            qualified=filters.is_qualified,
            min_reward=filters.min_reward or None,
            requester_id=filters.requester_id or None,
            sort=filters.sort,
            limit=filters.size,
            skip=(filters.page - 1) * filters.size,
        ),
    )
    last = max(1, -(-found.total // filters.size))
    if filters.page > last:
        return visit.go(filters.address(last))
    return visit.page(
        "projects.html", found=found, filters=filters, last=last, sorts=SORTS, sizes=SIZES
    )


def _filters(visit: Visit) -> Filters:
    reward = visit.query("filters[min_reward]").strip().lstrip("$").replace(",", ".")
    sort = visit.query("sort")
    size = visit.query("page_size")
    page = visit.query("page_number")
    requester_id = visit.incoming.params.get("requester_id", "")
    if not _REQUESTER.fullmatch(requester_id):
        requester_id = ""
    is_page = page.isascii() and page.isdigit() and len(page) < len("1000000")
    return Filters(
        path=f"/requesters/{requester_id}/projects" if requester_id else "/projects",
        search=visit.query("filters[search_term]").strip()[:SEARCH_LENGTH_MAX],
        is_qualified=visit.query("filters[qualified]") in {"true", "on", "1"},
        min_reward=reward if _AMOUNT.fullmatch(reward) else "",
        requester_id=requester_id,
        sort=sort if sort in finding.SORTS else SORTS[0][0],
        size=int(size) if size in map(str, SIZES) else SIZES[0],
        page=max(1, int(page)) if is_page else 1,
    )
