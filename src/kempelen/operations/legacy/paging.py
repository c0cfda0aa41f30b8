"""Pages by number, as the older API has them, of lists that the present API walks by token.

The whole list is read in one transaction, sorted, counted and cut: the older API tells the total
and lets clients ask for any page. Lists that can be long have statements of their own instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kempelen.api.legacy import Page, Paging, following
from kempelen.api.shape import Shape
from kempelen.domain.people import Requester
from kempelen.operations import parameters
from kempelen.operations.registry import OLDER_ONLY, Operation, Scope
from kempelen.store.tx import Tx

SIZE_DEFAULT = 10
SIZE_MAX = 100
NUMBER_MAX = 2**31 - 1
ASCENDING = "Ascending"


class Window(NamedTuple):
    """Which items are wanted: `size` of them, after `start`; and the number of that page."""

    start: int
    size: int
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A request of the present API for a list, and the page of it."""

    request: Shape
    page: Paging


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """How a list may be sorted, and how it is without a word."""

    keys: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    default: str | None = None
    direction: str = ASCENDING


def window(page: Paging, size_max: int = SIZE_MAX, size_default: int = SIZE_DEFAULT) -> Window:
    """The items of a page; ParameterOutOfRange for a size or number that there is not."""
    size = size_default if page.page_size is None else page.page_size
    number = 1 if page.page_number is None else page.page_number
    parameters.in_range(size, "PageSize", (1, size_max))
    parameters.in_range(number, "PageNumber", (1, NUMBER_MAX))
    return Window(start=(number - 1) * size, size=size, number=number)


def paged(
    name: str,
    modern: Operation,
    page: type[Page],
    items: str,
    *,
    size_max: int = SIZE_MAX,
    order: Order | None = None,
) -> Operation:
    """An operation that lists by page number what `modern` lists by token, in member `items`."""

    def run(tx: Tx, requester: Requester, wanted: Listing) -> Page:
        part = window(wanted.page, size_max)
        found = _sorted(_whole(tx, requester, modern, wanted.request, items), wanted.page, order)
        shown = tuple(found[part.start : part.start + part.size])
        return page(
            num_results=len(shown),
            total_num_results=len(found),
            page_number=part.number,
            **{items: shown},
        )

    return Operation(
        name=name,
        run=run,
        request=Listing,
        response=page,
        caller=Requester,
        writes=False,
        scope=Scope.SCAN,
        prepare=None,
        protocols=OLDER_ONLY,
    )


def _whole(
    tx: Tx, requester: Requester, modern: Operation, request: Shape, items: str
) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        answer = modern.run(tx, requester, following(request, token))
        found += getattr(answer, items) or ()
        token = answer.next_token
        if token is None:
            return found


def _sorted(found: list[Any], page: Paging, order: Order | None) -> list[Any]:
    if order is None:
        return found
    wanted = getattr(page, "sort_property", None) or order.default
    direction = getattr(page, "sort_direction", None) or order.direction
    if wanted is None:
        return found
    return sorted(found, key=order.keys[wanted], reverse=direction != ASCENDING)
