"""HIT layouts: a page with places to fill in, and which values a HIT must bring for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kempelen.domain import errors

PARAMETERS = "HITLayoutParameters"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A stored page. Only `placeholders` are filled in; any other `${…}` of the page is text."""

    layout_id: str
    requester_id: str
    name: str
    html: str
    placeholders: tuple[str, ...]
    frame_height: int


def parameters(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Values by the names of their placeholders, in order; refuses one that is given twice."""
    values: dict[str, str] = {}
    for name, value in given:
        if name in values:
            raise _refusal(name, "It is given twice.")
        values[name] = value
    return values


def check(layout: Layout, values: Mapping[str, str]) -> None:
    """Refuse a value without a placeholder, then a placeholder without a value."""
    for name in values:
        if name not in layout.placeholders:
            raise _refusal(name, "The layout has no such placeholder.")
    for name in layout.placeholders:
        if name not in values:
            raise _refusal(name, "The layout needs a value for it.")


def _refusal(name: str, why: str) -> errors.InvalidLayoutParameter:
    return errors.InvalidLayoutParameter(value=name[:100], name=PARAMETERS, why=why)
