"""What a row of the table of older operations says; the rows themselves are in `operations`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from kempelen.api.legacy import Page
from kempelen.api.shape import Shape
from kempelen.edges.aws.legacy import groups
from kempelen.edges.aws.legacy.groups import Groups
from kempelen.operations import served
from kempelen.operations.legacy import paging
from kempelen.operations.legacy.paging import Listing, Order
from kempelen.operations.registry import Operation

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class PagesOf:
    """An operation whose list is served by page number: its items, and their order."""

    page: type[Page]
    items: str
    size_max: int = paging.SIZE_MAX
    order: Order | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An older operation: the operation that carries it out, and what is different about it.

    `operation` is a wire name of the present API, or an operation of the older one alone.
    `request` is read from the parameters, `paging` too for a list; `defaults` stand for what is
    absent. The answer's members stand in an element `result`, inside `member` of the response when
    there is one. A HIT in other states than `states` is refused by an operation that changes it.
    `instead` is the row to take when its parameter is given. `check` refuses combinations.
    """

    name: str
    operation: str | Operation
    request: type[Shape]
    result: str
    member: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    paging: type[Shape] | None = None
    pages: PagesOf | None = None
    groups: Groups = groups.NONE
    states: str | None = None
    instead: "tuple[str, Row] | None" = None
    check: Callable[[Any], None] | None = None

    def found(self) -> Operation:
        """The operation that carries it out."""
        if isinstance(self.operation, Operation):
            return self.operation
        modern = served.BY_NAME[self.operation]
        if self.pages is None:
            return modern
        pages = self.pages
        return paging.paged(
            self.name,
            modern,
            pages.page,
            pages.items,
            size_max=pages.size_max,
            order=pages.order,
        )

    def call(self, request: Shape, page: Any) -> object:
        """What the operation is called with."""
        return request if page is None else Listing(request=request, page=page)
