"""Response groups: which members of HITs and assignments an answer has.

Groups that nobody knows are ignored; Minimal is always there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from kempelen.api import types
from kempelen.api.legacy import GetStatisticResponse
from kempelen.api.shape import Shape, members
from kempelen.edges.aws.legacy import elements

Hidden = frozenset[tuple[type[Shape], str]]

_COUNTERS: Final = frozenset(
    {
        "number_of_assignments_pending",
        "number_of_assignments_available",
        "number_of_assignments_completed",
    }
)
_MINIMAL: Final = frozenset({"hit_id", "hit_type_id"})
_QUESTION: Final = frozenset({"question"})
_DETAIL: Final = (
    frozenset(member.attribute for member in members(types.HIT)) - _COUNTERS - _MINIMAL - _QUESTION
)
# Group -> what it adds, by structure.
_ADDED: Final[dict[str, Hidden]] = {
    "HITDetail": frozenset((types.HIT, name) for name in _DETAIL),
    "HITQuestion": frozenset((types.HIT, name) for name in _QUESTION),
    "HITAssignmentSummary": frozenset((types.HIT, name) for name in _COUNTERS),
    "AssignmentFeedback": frozenset({(types.Assignment, "requester_feedback")}),
    "Parameters": frozenset(
        (GetStatisticResponse, name) for name in ("statistic", "time_period", "worker_id")
    ),
}
HIT_GROUPS: Final = ("HITDetail", "HITQuestion", "HITAssignmentSummary")
REVIEWABLE: Final[Hidden] = frozenset({(types.HIT, "hit_type_id")})


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """The groups of an operation beside Minimal and Request, and those of a call that names none.

    `never` is what no group of this operation shows.
    """

    allowed: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    never: Hidden = frozenset()

    def hidden(self, named: Collection[str]) -> Hidden:
        """The members that an answer leaves out."""
        shown = self.default if not named else [name for name in self.allowed if name in named]
        everything: Hidden = frozenset().union(*_ADDED.values())
        added: Hidden = frozenset().union(*(_ADDED[name] for name in shown))
        return (everything - added) | self.never


NONE: Final = Groups()


def elements_of(group: str) -> list[str]:
    """The names of the elements that a group adds."""
    wanted = _ADDED.get(group, frozenset())
    shapes = dict.fromkeys(shape for shape, _ in sorted(wanted, key=lambda item: item[0].__name__))
    return [
        item.name
        for shape in shapes
        for item in elements.of(shape)
        if (shape, item.attribute) in wanted
    ]
