"""XML of the older API, as text: elements without white space between them, nothing empty.

Several clients cut strings out of an answer instead of parsing it, so its bytes are the contract.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from kempelen.api import types
from kempelen.api.legacy import Page
from kempelen.api.shape import Moment, Part, Shape, Truth
from kempelen.edges.aws.legacy import elements
from kempelen.edges.aws.legacy.elements import Element
from kempelen.edges.aws.legacy.values import CURRENCY

DECLARATION: Final = '<?xml version="1.0"?>\n'
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# These were written as digits; other truth values as words.
_DIGITS: Final = frozenset({"required_to_preview", "auto_granted"})
_LATER_COMPARATORS: Final = frozenset({"DoesNotExist", "In", "NotIn"})
BEFORE_SIMILAR: Final = "assignment_duration_in_seconds"
_PAGE_ORDER: Final = ("page_number", "num_results", "total_num_results")


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How an answer is written: for which protocol, truth values how, and which members.

    `is_early` is for versions whose requirements have one value and few comparators; `open_hits`
    says for them how many HITs are available, by group.
    """

    is_soap: bool = False
    is_early: bool = False
    with_digits: bool = True
    hidden: frozenset[tuple[type[Shape], str]] = frozenset()
    open_hits: Mapping[str, int] = field(default_factory=dict)


PLAIN: Final = Style()


def text(value: str) -> str:
    """Text that can stand in an element."""
    return _NOT_XML.sub("", value).translate(_ESCAPES)


def attribute(value: str) -> str:
    """Text that can stand in an attribute."""
    return text(value).replace('"', "&quot;")


def element(name: str, *content: str) -> str:
    """An element around markup, or nothing around nothing."""
    inner = "".join(content)
    return f"<{name}>{inner}</{name}>" if inner else ""


def leaf(name: str, value: str) -> str:
    """An element around text, or nothing around nothing."""
    return element(name, text(value))


def members(structure: Shape, style: Style) -> str:
    """The members of a structure, one after the other."""
    shape = type(structure)
    return "".join(
        member(structure, item, style)
        for item in ordered(shape, is_soap=style.is_soap)
        if (shape, item.attribute) not in style.hidden
    )


def ordered(shape: type[Shape], *, is_soap: bool) -> Iterable[Element]:
    """The members in the order of a protocol: they differ in where a page has its number."""
    found = elements.of(shape)
    if not is_soap or not issubclass(shape, Page):
        return found
    rank = {name: position for position, name in enumerate(_PAGE_ORDER)}
    return sorted(found, key=lambda item: rank.get(item.attribute, len(rank)))


def price(amount: str) -> str:
    """The three members of a price: 0.05, USD, $0.05."""
    value = Decimal(amount)
    sign = "-" if value < 0 else ""
    return (
        leaf("Amount", f"{value:.2f}")
        + leaf("CurrencyCode", CURRENCY)
        + leaf("FormattedPrice", f"{sign}${abs(value):,.2f}")
    )


def moment(seconds: float) -> str:
    """A time in whole seconds, UTC: old clients parse exactly this."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def errors(pairs: Iterable[tuple[str, str, Mapping[str, str]]]) -> str:
    """The errors of a failed call: code, message, and what they are about."""
    return element(
        "Errors",
        *(
            element(
                "Error",
                leaf("Code", code),
                leaf("Message", message),
                *(
                    element("Data", leaf("Key", key), leaf("Value", value))
                    for key, value in data.items()
                ),
            )
            for code, message, data in pairs
        ),
    )


def member(structure: Shape, item: Element, style: Style) -> str:
    """One member of a structure, as often as it is there."""
    shape, value = type(structure), getattr(structure, item.attribute)
    if value is None:
        return ""
    if item.is_list:
        return "".join(_one(shape, item, each, style) for each in value)
    written = _one(shape, item, value, style)
    if style.open_hits and isinstance(structure, types.HIT) and item.attribute == BEFORE_SIMILAR:
        return written + _similar(structure, style.open_hits)
    return written


def _similar(hit: types.HIT, open_hits: Mapping[str, int]) -> str:
    """How many other HITs of the group are available."""
    is_open = hit.hit_status == "Assignable"
    number = open_hits.get(hit.hit_group_id or "", 0) - int(is_open)
    return leaf("NumberOfSimilarHITs", str(max(number, 0)))


def _one(shape: type[Shape], item: Element, value: Any, style: Style) -> str:
    if item.is_price:
        return element(item.name, price(value))
    match item.kind:
        case Part():
            if style.is_early and getattr(value, "comparator", None) in _LATER_COMPARATORS:
                return ""
            return element(item.name, members(value, style))
        case Truth():
            return leaf(item.name, _truth(item, value, style))
        case Moment():
            return leaf(item.name, moment(value))
    written = str(value)
    if shape is types.ReviewActionDetail and item.attribute == "status" and not style.is_soap:
        return leaf(item.name, written.upper())
    if shape is types.ReviewResultDetail and item.attribute == "subject_type" and not style.is_soap:
        # The schema has the first name, the reference and its sample have the second.
        return leaf("SubjectType", written) + leaf("ObjectType", written)
    return leaf(item.name, written)


def _truth(item: Element, value: bool, style: Style) -> str:  # noqa: FBT001 (it is what is written)
    if item.attribute in _DIGITS and style.with_digits and not style.is_soap:
        return str(int(value))
    return "true" if value else "false"
