"""XHTML attributes that say how things look, as classes of our style sheet.

A class leaves the choice of the exact shade and size to the theme, and needs no inline style.
"""

import re
from typing import Final

_ALIGNMENTS = frozenset({"bottom", "center", "char", "justify", "left", "middle", "right", "top"})
_VERTICAL = frozenset({"baseline", "bottom", "middle", "top"})
_LIST_STYLES = frozenset({"circle", "disc", "square"})
_COLOURS: Final = {
    "aqua": 0x00FFFF,
    "black": 0x000000,
    "blue": 0x0000FF,
    "fuchsia": 0xFF00FF,
    "gray": 0x808080,
    "green": 0x008000,
    "lime": 0x00FF00,
    "maroon": 0x800000,
    "navy": 0x000080,
    "olive": 0x808000,
    "purple": 0x800080,
    "red": 0xFF0000,
    "silver": 0xC0C0C0,
    "teal": 0x008080,
    "white": 0xFFFFFF,
    "yellow": 0xFFFF00,
}
_HEX = re.compile("#?([0-9a-fA-F]{6})")
_FONT_SIZE = re.compile(r"([+-]?)([0-9]{1,2})")
_FONT_SIZE_NORMAL = 3
_FONT_SIZE_MAX = 7
# They say how every element looks that may have them.
_EVERYWHERE = re.compile(
    "align|bgcolor|cellpadding|cellspacing|color|compact|face|frame|hspace|noshade|nowrap|rules"
    "|valign|vspace"
)
# They say how these elements look.
_OF_ELEMENTS = frozenset(
    {
        ("font", "size"),
        ("hr", "size"),
        ("hr", "width"),
        ("img", "border"),
        ("pre", "width"),
        ("table", "border"),
        ("td", "height"),
        ("th", "height"),
        ("ul", "type"),
    }
)


def is_presentation(name: str, attribute: str) -> bool:
    """Whether an attribute of an element only says how it looks."""
    return (name, attribute) in _OF_ELEMENTS or _EVERYWHERE.fullmatch(attribute) is not None


def classes(name: str, attribute: str, value: str) -> list[str]:
    """The classes that stand for an attribute; none for what the theme decides alone."""
    value = value.strip().lower()
    if attribute == "align" and value in _ALIGNMENTS:
        return [f"qf-align-{value}"]
    if attribute == "valign" and value in _VERTICAL:
        return [f"qf-valign-{value}"]
    if attribute in ("color", "bgcolor"):
        colour = _nearest_colour(value)
        property_ = "color" if attribute == "color" else "background"
        return [] if colour is None else [f"qf-{property_}-{colour}"]
    if attribute in ("compact", "nowrap"):
        return [f"qf-{attribute}"]
    if (name, attribute) == ("font", "size"):
        return _font_size(value)
    if (name, attribute) == ("table", "border") and value != "0":
        return ["qf-border"]
    if (name, attribute) == ("ul", "type") and value in _LIST_STYLES:
        return [f"qf-list-{value}"]
    return []


def _font_size(value: str) -> list[str]:
    found = _FONT_SIZE.fullmatch(value)
    if found is None:
        return []
    size = int(found[2])
    if found[1]:
        size = _FONT_SIZE_NORMAL + (size if found[1] == "+" else -size)
    return [f"qf-size-{min(max(size, 1), _FONT_SIZE_MAX)}"]


def _nearest_colour(value: str) -> str | None:
    if value in _COLOURS:
        return value
    found = _HEX.fullmatch(value)
    if found is None:
        return None
    wanted = int(found[1], 16)
    return min(_COLOURS, key=lambda name: _distance(_COLOURS[name], wanted))


def _distance(one: int, other: int) -> int:
    return sum(((one >> shift & 255) - (other >> shift & 255)) ** 2 for shift in (0, 8, 16))
