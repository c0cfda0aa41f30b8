"""What a row of the table of older operations says; the rows themselves are in `operations`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from kempelen.api.legacy import Page
from kempelen.api.shape import Shape
from kempelen.edges.aws.legacy import elements, groups
from kempelen.edges.aws.legacy.elements import Element
from kempelen.edges.aws.legacy.groups import Groups
from kempelen.edges.aws.legacy.names import Given
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

    def chosen(self, given: Given) -> "Row":
        """This row, or the one to take for what is given."""
        if self.instead is not None and given.text(self.instead[0]) is not None:
            return self.instead[1]
        return self

    def shapes(self) -> list[type[Shape]]:
        """What the parameters are read into."""
        paging_shape = [] if self.paging is None else [self.paging]
        return [
            self.request,
            *paging_shape,
            *([] if self.instead is None else [self.instead[1].request]),
        ]

    def parameters(self) -> dict[str, Element]:
        """Every parameter by its name, in the order of the schema."""
        return {item.name: item for shape in self.shapes() for item in elements.of(shape)}

    def required(self) -> list[str]:
        """The parameters that are always needed."""
        shapes = [shape for shape in self.shapes() if shape is not self.paging]
        needed = [
            {item.name for item in elements.of(shape) if item.is_required} for shape in shapes
        ]
        return [
            name
            for name, item in self.parameters().items()
            if item.attribute not in self.defaults and all(name in names for names in needed)
        ]

    def call(self, request: Shape, page: Any = None) -> object:
        """What the operation is called with."""
        return request if page is None else Listing(request=request, page=page)
