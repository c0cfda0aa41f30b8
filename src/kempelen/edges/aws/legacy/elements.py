"""The structures of the older API, as the shapes of the present one have them under other names.

The present model inherited members and their order, so a structure is its shape with lists in the
singular, prices as structures, and a few members renamed. This is the single truth for reading
parameters, writing XML, and the WSDL.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from kempelen.api import legacy, qualifications, types
from kempelen.api.shape import Kind, Many, Shape, members

_RENAMED: Final[dict[tuple[type[Shape], str], str]] = {
    (types.Qualification, "worker_id"): "SubjectId",
    (types.QualificationRequest, "worker_id"): "SubjectId",
    (types.ReviewActionDetail, "target_id"): "ObjectId",
    (types.ReviewActionDetail, "target_type"): "ObjectType",
    (qualifications.GetQualificationScoreRequest, "worker_id"): "SubjectId",
    (qualifications.DisassociateQualificationFromWorkerRequest, "worker_id"): "SubjectId",
}
_SINGULARS: Final = {
    "AssignmentStatuses": "AssignmentStatus",
    "MapEntries": "MapEntry",
    "NotifyWorkersFailureStatuses": "NotifyWorkersFailureStatus",
    "Status": "Status",
}
_PRICES: Final = frozenset({"reward", "bonus_amount", "available_balance", "on_hold_balance"})
# What came with the present API.
_LATER: Final = frozenset(
    {"actions_guarded", "override_rejection", "next_token", "max_results", "policy_level"}
)
# Required today, while the older API had a default.
_ONCE_OPTIONAL: Final = frozenset(
    {
        (qualifications.CreateQualificationTypeRequest, "qualification_type_status"),
        (legacy.SendTestEventNotificationRequest, "test_event_type"),
        (legacy.NotificationSpecification, "event_types"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """A member of a structure: its older name, and what it is; `kind` is that of one item."""

    name: str
    attribute: str
    kind: Kind
    is_list: bool
    is_price: bool
    is_required: bool


@cache
def of(shape: type[Shape]) -> tuple[Element, ...]:
    """The members of a structure in the order of the schema."""
    found = []
    for member in members(shape):
        if member.attribute in _LATER:
            continue
        many = member.kind if isinstance(member.kind, Many) else None
        name = _RENAMED.get((shape, member.attribute), member.wire)
        found.append(
            Element(
                name=name if many is None else _SINGULARS.get(name, name.removesuffix("s")),
                attribute=member.attribute,
                kind=member.kind if many is None else many.item,
                is_list=many is not None,
                is_price=member.attribute in _PRICES,
                is_required=member.is_required and (shape, member.attribute) not in _ONCE_OPTIONAL,
            )
        )
    return tuple(found)
