"""Making HIT layouts, finding them, and the question that a HIT takes from one."""

from collections.abc import Mapping
from dataclasses import dataclass

from kempelen.domain import errors
from kempelen.domain import layout as rules
from kempelen.domain.errors import Refusal
from kempelen.domain.layout import Layout
from kempelen.domain.people import Requester
from kempelen.formats import layouts as documents
from kempelen.store import layouts, requesters
from kempelen.store.tx import Tx

NAME_MAX = 128
FRAME_HEIGHT_MAX = 999_999_999


class LayoutRefused(Exception):
    """A layout cannot be made or found as asked; the message says what to change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLayout:
    """What a new layout is to be; `placeholders` None for those that the page seems to have."""

    requester: str
    name: str
    html: str
    placeholders: tuple[str, ...] | None = None
    frame_height: int = 0


def add(tx: Tx, wanted: NewLayout) -> tuple[Layout, Requester]:
    """Store a layout of a requester, who is named by id or name; LayoutRefused."""
    requester = requester_named(tx, wanted.requester)
    if not wanted.name.strip() or len(wanted.name) > NAME_MAX or not wanted.name.isprintable():
        message = f"The name {wanted.name[:130]!r} must have 1 to {NAME_MAX} printable characters."
        raise LayoutRefused(message)
    if not 0 <= wanted.frame_height <= FRAME_HEIGHT_MAX:
        raise LayoutRefused(
            f"The frame height {wanted.frame_height} must be 0 to {FRAME_HEIGHT_MAX} pixels."
        )
    layout = Layout(
        layout_id=tx.new_id(),
        requester_id=requester.requester_id,
        name=wanted.name,
        html=wanted.html,
        placeholders=_placeholders(tx, wanted),
        frame_height=wanted.frame_height,
    )
    layouts.add(tx, layout)
    return layout, requester


def _placeholders(tx: Tx, wanted: NewLayout) -> tuple[str, ...]:
    """The placeholders to be filled in, each once, in the order of the page."""
    try:
        documents.check_page(wanted.html, tx.settings.questions.max_bytes)
    except Refusal as refusal:
        raise LayoutRefused(f"The page can be no layout. {refusal.message}") from None
    found = documents.candidates(wanted.html)
    if wanted.placeholders is None:
        return found.likely
    known = (*found.likely, *found.template_literals)
    for name in wanted.placeholders:
        if name not in known:
            raise LayoutRefused(f"The page has no placeholder ${{{name}}}.")
    return tuple(name for name in known if name in wanted.placeholders)


def requester_named(tx: Tx, given: str) -> Requester:
    """The requester with this id or name; LayoutRefused unless there is exactly one."""
    found = requesters.get(tx, given)
    if found is not None:
        return found
    named = requesters.named(tx, given)
    if len(named) == 1:
        return named[0]
    if not named:
        raise LayoutRefused(f"There is no requester {given}. `kempelen requester add` makes one.")
    ids = ", ".join(each.requester_id for each in named)
    raise LayoutRefused(f"Several requesters are named {given}. Give one of the ids {ids}.")


def listed(tx: Tx, requester: str | None) -> list[tuple[Layout, Requester]]:
    """All layouts with their requesters, or those of one; LayoutRefused for an unknown one."""
    requester_id = None if requester is None else requester_named(tx, requester).requester_id
    return [(layout, _owner(tx, layout)) for layout in layouts.listed(tx, requester_id)]


def shown(tx: Tx, layout_id: str) -> tuple[Layout, Requester]:
    """A layout with its requester; LayoutRefused for an unknown one."""
    layout = layouts.get(tx, layout_id)
    if layout is None:
        raise LayoutRefused(f"There is no layout {layout_id}. `kempelen layout list` shows all.")
    return layout, _owner(tx, layout)


def _owner(tx: Tx, layout: Layout) -> Requester:
    return requester_named(tx, layout.requester_id)


def question(tx: Tx, requester: Requester, layout_id: str, values: Mapping[str, str]) -> str:
    """The question that a layout becomes with these values.

    Refusals, in order: HITLayoutDoesNotExist (also for somebody else's), InvalidParameterValue
    for HITLayoutParameters, TooLong, HTML5ParseError.
    """
    layout = layouts.get(tx, layout_id)
    if layout is None or layout.requester_id != requester.requester_id:
        raise errors.HITLayoutDoesNotExist(hit_layout_id=layout_id)
    rules.check(layout, values)
    return documents.expand(layout, values, tx.settings.questions.max_bytes)
