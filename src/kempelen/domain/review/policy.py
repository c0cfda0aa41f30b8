"""What a review policy is: a pure function from answers to results and intended actions.

A policy neither stores nor decides anything itself; `operations.reviewing` runs it, keeps its
results and carries out its actions (docs/reference/review-policies.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar


class ReviewPolicyLevel(StrEnum):
    """Whether a policy looks at one assignment or at a whole HIT, with its wire values."""

    ASSIGNMENT = "Assignment"
    HIT = "HIT"


class ActionName(StrEnum):
    """What a policy may want done, as ListReviewPolicyResultsForHIT spells it."""

    REVIEW = "review"
    APPROVE = "approve"
    REJECT = "reject"
    EXTEND = "extend"


@dataclass(frozen=True, kw_only=True, slots=True)
class MapEntry:
    """One entry of a parameter that is a map: a key with its values."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One parameter of a policy as the request gave it: values, or map entries."""

    key: str
    values: tuple[str, ...] | None = None
    map_entries: tuple[MapEntry, ...] | None = None


Parameters = tuple[Parameter, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One submitted assignment as policies see it.

    `values` has the value set of each question that was answered; `joined` the joined text of
    questions whose field was sent several times. `known_answer_score` is that of the HIT's
    assignment-level policy, where it gave one; `status` is Submitted, Approved or Rejected.
    """

    assignment_id: str
    worker_id: str
    status: str
    submitted_at: datetime
    values: Mapping[str, frozenset[str]]
    joined: Mapping[str, str]
    known_answer_score: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a policy looks at: one work at assignment level, all of the HIT's at HIT level.

    `works` are in the order of their submission.
    """

    hit_id: str
    max_assignments: int
    works: tuple[Work, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewResult:
    """One value that a policy found out about an assignment or a HIT; values are texts."""

    subject_type: str
    subject_id: str
    key: str
    value: str
    question_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IntendedAction:
    """One thing that a policy wants done.

    `feedback` goes with approve and reject, `result` with review (what it tells people).
    An extend adds one assignment unless the HIT has `maximum_assignments`, and moves the
    expiration by `minimum_time_seconds`.
    """

    kind: ActionName
    target_type: str
    target_id: str
    feedback: str = ""
    result: str | None = None
    maximum_assignments: int | None = None
    minimum_time_seconds: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What a policy found and wants done, in order."""

    results: tuple[ReviewResult, ...] = ()
    actions: tuple[IntendedAction, ...] = ()
    known_answer_score: int | None = None


P = TypeVar("P")


class ReviewPolicy(Protocol[P]):
    """A review policy; installed ones are found through `kempelen.review_policies`."""

    name: str
    """What PolicyName says on the wire, such as "AcmeAgreement/2026-01-01"."""

    level: ReviewPolicyLevel
    """The level at which it may be used."""

    def parse(self, parameters: Parameters, *, ignore_unknown: bool) -> P:
        """Read the parameters of a request; refuses with the errors of the catalogue."""

    def review(self, params: P, subject: Subject) -> Review:
        """Judge; pure, and the same for the same subject."""
