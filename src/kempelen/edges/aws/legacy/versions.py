"""What the versions of the older API differ in; calls of every version are served all the same."""

import re
from typing import Final

from kempelen.api import types
from kempelen.edges.aws.legacy.groups import Hidden

VERSION: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Proxies that were made from an older schema refuse elements that it does not have.
LATER_MEMBERS: Final[Hidden] = frozenset(
    {(types.HIT, "hit_group_id"), (types.HIT, "hit_layout_id")}
)
_LAST_EARLY: Final = "2008-08-02"
# The last version without an operation.
_LAST_WITHOUT: Final = {
    "DisposeQualificationType": "2007-06-21",
    **dict.fromkeys(
        (
            "ApproveRejectedAssignment",
            "GetAssignment",
            "GetBlockedWorkers",
            "GetRequesterWorkerStatistic",
            "GetReviewResultsForHIT",
        ),
        _LAST_EARLY,
    ),
}


def is_early(version: str) -> bool:
    """Whether HITs of a version tell how many similar ones there are, and not their group."""
    return VERSION.fullmatch(version) is not None and version <= _LAST_EARLY


def has(version: str, operation: str) -> bool:
    """Whether an operation is described in a version."""
    return version > _LAST_WITHOUT.get(operation, "")
