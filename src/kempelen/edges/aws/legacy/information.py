"""Help: what an operation takes and gives, or what a response group adds, told from the tables."""

from typing import Final

from kempelen.edges.aws.legacy import groups, markup, operations, reading, values
from kempelen.edges.aws.legacy.faults import InvalidEnumeratedParameter, MissingParameters
from kempelen.edges.aws.legacy.names import Given

NAME: Final = "Help"
RESULT: Final = "Information"
_TYPES: Final = ("Operation", "ResponseGroup")
_EVERYWHERE: Final = ("Minimal", "Request")
_CREATED: Final = "2005-10-01"


def of(given: Given, base_url: str) -> str:
    """What is known about each of the names that are asked for."""
    text = given.text("HelpType") or _TYPES[0]
    kind = values.choice(_TYPES, text, "HelpType")
    names = reading.words(given, "About")
    if not names:
        raise MissingParameters("About")
    tell = _operation if kind == _TYPES[0] else _group
    return "".join(tell(name, base_url) for name in names)


def _operation(name: str, base_url: str) -> str:
    row = operations.named(name)
    if row is None:
        raise InvalidEnumeratedParameter(name, "About", tuple(operations.BY_NAME))
    return markup.element(
        "OperationInformation",
        markup.leaf("Name", row.name),
        markup.leaf("Description", f"See the reference of the older API at {base_url}/"),
        _list("RequiredParameters", "Parameter", row.required()),
        _list("AvailableParameters", "Parameter", list(row.parameters())),
        _list("DefaultResponseGroups", "ResponseGroup", ["Minimal", *row.groups.default]),
        _list("AvailableResponseGroups", "ResponseGroup", [*_EVERYWHERE, *row.groups.allowed]),
    )


def _group(name: str, base_url: str) -> str:
    del base_url
    rows = operations.BY_NAME.values()
    valid = [row.name for row in rows if name in _EVERYWHERE or name in row.groups.allowed]
    if not valid:
        known = dict.fromkeys(group for row in rows for group in row.groups.allowed)
        raise InvalidEnumeratedParameter(name, "About", (*_EVERYWHERE, *known))
    return markup.element(
        "ResponseGroupInformation",
        markup.leaf("Name", name),
        markup.leaf("CreationDate", _CREATED),
        _list("ValidOperations", "Operation", valid),
        _list("Elements", "Element", groups.elements_of(name)),
    )


def _list(name: str, item: str, words: list[str]) -> str:
    return markup.element(name, *(markup.leaf(item, word) for word in words))
