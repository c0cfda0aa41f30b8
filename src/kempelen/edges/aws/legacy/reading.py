"""What a caller gave, read into the request shape of an operation.

Missing parameters are told first, all together; then the first value that is wrong.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from kempelen.api import types
from kempelen.api.legacy import NotificationSpecification, SetHITTypeNotificationRequest
from kempelen.api.shape import Part, Shape
from kempelen.domain.events import EventType
from kempelen.domain.notification import VERSIONS
from kempelen.edges.aws.legacy import elements, values
from kempelen.edges.aws.legacy.elements import Element
from kempelen.edges.aws.legacy.faults import MissingParameters
from kempelen.edges.aws.legacy.names import Given

S = TypeVar("S", bound=Shape)

# Lists of words that may come as one text with commas.
_WITH_COMMAS: Final = frozenset({"AssignmentStatus", "Status", "PolicyLevel", "EventType"})
_USUAL_VERSION: Final = "2006-05-05"
_EVERY_EVENT: Final = tuple(event.value for event in EventType if event is not EventType.PING)
_WITH_EVENTS: Final = frozenset({"EventType", "TestEventType"})
# An event of its own until 2007.
_EVENT_SPELLINGS: Final = {"AssignmentAutoApproved": "AssignmentApproved"}
_VALUELESS: Final = frozenset({"Exists", "DoesNotExist"})
_QUESTION_IDS: Final = "QuestionIds"
_PARAMETER_SPELLINGS: Final = {"QuestionIDs": _QUESTION_IDS}
_POLICY_SPELLINGS: Final = {
    "ScoreMyKnownAnswers/2011/09/01": "ScoreMyKnownAnswers/2011-09-01",
    "ScoreMyKnownAnswer/2011-09-01": "ScoreMyKnownAnswers/2011-09-01",
    "ScoreYourKnownAnswers/2011-09-01": "ScoreMyKnownAnswers/2011-09-01",
    "ScoreMyKnownAnswer/2011/09/01": "ScoreMyKnownAnswers/2011-09-01",
    "ScoreYourKnownAnswers/2011/09/01": "ScoreMyKnownAnswers/2011-09-01",
    "SimplePlurality/2011/09/01": "SimplePlurality/2011-09-01",
}


def request(shape: type[S], given: Given, defaults: Mapping[str, Any]) -> S:
    """The request; `defaults` by attribute stand for what is absent."""
    missing = _missing(shape, given, "", defaults)
    if missing:
        raise MissingParameters(*missing)
    read = {**defaults, **_members(shape, given, "")}
    if shape is SetHITTypeNotificationRequest and "active" not in read:
        # Where boto puts it.
        for part in given.parts("Notification"):
            text = part.text("Active")
            read["active"] = None if text is None else values.truth(text, "Active")
    return shape(**read)


def words(given: Given, name: str) -> list[str]:
    """A list of words, split at commas."""
    found = (word.strip() for text in given.texts(name) for word in text.split(","))
    return [word for word in found if word]


def _missing(
    shape: type[Shape], given: Given, prefix: str, defaults: Mapping[str, Any]
) -> list[str]:
    found = []
    for element in elements.of(shape):
        name = prefix + element.name
        is_given = bool(given.texts(element.name) or given.parts(element.name))
        if element.is_required and not is_given and element.attribute not in defaults:
            found.append(name)
        elif element.is_price:
            found += [f"{name}.Amount" for part in given.parts(element.name)[:1]
                      if part.text("Amount") is None]  # fmt: skip
        elif isinstance(element.kind, Part):
            for part in given.parts(element.name):
                found += _missing(element.kind.shape, part, f"{name}.", {})
    return list(dict.fromkeys(found))


def _members(shape: type[Shape], given: Given, prefix: str) -> dict[str, Any]:
    read = {}
    for element in elements.of(shape):
        value = _member(element, given, prefix + element.name)
        if value is not None:
            read[element.attribute] = value
    return read


def _member(element: Element, given: Given, name: str) -> object:
    if element.is_price:
        return _price(given, element.name, name)
    if isinstance(element.kind, Part):
        shape = element.kind.shape
        parts = [_structure(shape, part, f"{name}.") for part in given.parts(element.name)]
        if element.is_list:
            return tuple(parts) or None
        return parts[0] if parts else None
    if element.is_list:
        has_commas = element.name in _WITH_COMMAS
        texts = words(given, element.name) if has_commas else given.texts(element.name)
        return tuple(_value(element, text, name) for text in texts) or None
    text = given.text(element.name)
    return None if text is None else _value(element, text, name)


def _value(element: Element, text: str, name: str) -> object:
    if element.name in _WITH_EVENTS:
        # The mturk client of Node glues `Notification.1.EventType.2=` to all but the first.
        text = text.rpartition("=")[2]
        text = _EVENT_SPELLINGS.get(text, text)
    return values.read(element.kind, text, name)


def _price(given: Given, element: str, name: str) -> str | None:
    for part in given.parts(element):
        text = part.text("Amount")
        if text is not None:
            return values.amount(text, part.text("CurrencyCode"), name)
    return None


def _structure(shape: type[Shape], given: Given, prefix: str) -> Shape:
    read = _members(shape, given, prefix)
    if shape is types.QualificationRequirement and read.get("comparator") in _VALUELESS:
        # Older clients send a value with every comparator.
        read.pop("integer_values", None)
        read.pop("locale_values", None)
    elif shape is types.ReviewPolicy:
        name = read["policy_name"]
        read["policy_name"] = _POLICY_SPELLINGS.get(name, name)
    elif shape is types.PolicyParameter:
        read = _policy_parameter(read)
    elif shape is NotificationSpecification:
        # Without a word about events all of them are meant, as boto 2 has it.
        read.setdefault("event_types", _EVERY_EVENT)
        if read["version"] not in VERSIONS:
            read["version"] = _USUAL_VERSION
    return shape(**read)


def _policy_parameter(read: dict[str, Any]) -> dict[str, Any]:
    """One key may come once for each of its values, question ids as one text."""
    key = read.get("key", "")
    read["key"] = key = _PARAMETER_SPELLINGS.get(key, key)
    if key == _QUESTION_IDS and read.get("values"):
        given = (word.strip() for text in read["values"] for word in text.split(","))
        read["values"] = tuple(filter(None, given))
    if read.get("map_entries"):
        united: dict[str | None, list[str]] = {}
        for entry in read["map_entries"]:
            united.setdefault(entry.key, []).extend(entry.values or ())
        read["map_entries"] = tuple(
            types.ParameterMapEntry(key=key, values=tuple(found)) for key, found in united.items()
        )
    return read
