"""ListReviewPolicyResultsForHIT: what the review policies of a HIT found and did.

Think of one sequence: assignment results, assignment actions, HIT results, HIT actions, each in
the order it was stored; pages are cut out of it.
"""

from dataclasses import dataclass

from kempelen.api import types
from kempelen.api.reviews import (
    ListReviewPolicyResultsForHITRequest,
    ListReviewPolicyResultsForHITResponse,
)
from kempelen.domain import errors
from kempelen.domain.hit import HIT
from kempelen.domain.people import Requester
from kempelen.domain.review.policy import ReviewPolicyLevel
from kempelen.operations import hits as hit_operations
from kempelen.operations import paging, present, reviewing
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import assignments, reviews
from kempelen.store.reviews import Position, Section
from kempelen.store.tx import Tx

PAGE_SIZE_DEFAULT = 400
_SECTIONS = (
    (ReviewPolicyLevel.ASSIGNMENT, "results"),
    (ReviewPolicyLevel.ASSIGNMENT, "actions"),
    (ReviewPolicyLevel.HIT, "results"),
    (ReviewPolicyLevel.HIT, "actions"),
)


@dataclass(slots=True)
class _Report:
    """The entries of one level on the page that is being filled."""

    results: list[types.ReviewResultDetail]
    actions: list[types.ReviewActionDetail]


@operation(writes=False, scope=Scope.SCAN)
def list_review_policy_results_for_hit(
    tx: Tx, requester: Requester, request: ListReviewPolicyResultsForHITRequest
) -> ListReviewPolicyResultsForHITResponse:
    """List stored results and actions, in any status of the HIT.

    Refusals, in order: InvalidParameterValue for NextToken, HITDoesNotExist,
    AssignmentDoesNotExist for a filter that is no submitted assignment of the HIT.
    """
    walk = _walk(requester, request)
    position = paging.position(tx, walk, request.next_token)
    hit = hit_operations.own(tx, requester, request.hit_id)
    check_assignment(tx, hit, request.assignment_id)
    levels = _levels(request)
    reports = {level: _Report(results=[], actions=[]) for level in ReviewPolicyLevel}
    last = _fill(tx, request, levels, reports, position)
    return ListReviewPolicyResultsForHITResponse(
        hit_id=hit.hit_id,
        assignment_review_policy=_policy(
            hit.assignment_policy, levels, ReviewPolicyLevel.ASSIGNMENT
        ),
        hit_review_policy=_policy(hit.hit_policy, levels, ReviewPolicyLevel.HIT),
        assignment_review_report=_report(
            request, hit.assignment_policy, levels, reports, ReviewPolicyLevel.ASSIGNMENT
        ),
        hit_review_report=_report(request, hit.hit_policy, levels, reports, ReviewPolicyLevel.HIT),
        next_token=None if last is None else paging.token(tx, walk, last),
    )


def _walk(requester: Requester, request: ListReviewPolicyResultsForHITRequest) -> Walk:
    filters = [
        request.hit_id,
        *sorted(_levels(request)),
        str(_wanted(request, "results")),
        str(_wanted(request, "actions")),
        request.assignment_id or "",
    ]
    return Walk(
        operation="ListReviewPolicyResultsForHIT",
        caller_id=requester.requester_id,
        filters=":".join(filters),
    )


def _levels(request: ListReviewPolicyResultsForHITRequest) -> frozenset[ReviewPolicyLevel]:
    names = list(request.policy_levels or ())
    if request.policy_level is not None:
        names.append(request.policy_level)
    return frozenset(map(ReviewPolicyLevel, names or ReviewPolicyLevel))


def _wanted(request: ListReviewPolicyResultsForHITRequest, kind: str) -> bool:
    flag = request.retrieve_results if kind == "results" else request.retrieve_actions
    return True if flag is None else flag


def check_assignment(tx: Tx, hit: HIT, assignment_id: str | None) -> None:
    """Refuse, with AssignmentDoesNotExist, a filter that is no submitted work of the HIT."""
    if assignment_id is None:
        return
    found = assignments.get(tx, assignment_id)
    if found is None or found.hit_id != hit.hit_id or not found.is_submitted:
        raise errors.AssignmentDoesNotExist(assignment_id=assignment_id)


def _fill(
    tx: Tx,
    request: ListReviewPolicyResultsForHITRequest,
    levels: frozenset[ReviewPolicyLevel],
    reports: dict[ReviewPolicyLevel, _Report],
    position: list[int | str] | None,
) -> tuple[int, int, int] | None:
    """Fill one page; returns the position of its last entry when more entries follow."""
    start, *after = map(int, position) if position else (0, *reviews.BEGINNING)
    size = request.max_results or PAGE_SIZE_DEFAULT
    last: tuple[int, int, int] | None = None
    for index in range(start, len(_SECTIONS)):
        level, kind = _SECTIONS[index]
        if level not in levels or not _wanted(request, kind):
            continue
        section = Section(
            hit_id=request.hit_id,
            level=level,
            after=(after[0], after[1]) if index == start else reviews.BEGINNING,
            size=size + 1,
            subject_id=request.assignment_id,
        )
        found = _add(tx, section, kind, reports[level], size)
        if len(found) > size:
            return last if size == 0 else (index, *found[size - 1])
        size -= len(found)
        last = (index, *found[-1]) if found else last
    return None


def _add(tx: Tx, section: Section, kind: str, report: _Report, size: int) -> list[Position]:
    """Add up to `size` entries of a section; returns the positions of those found."""
    if kind == "results":
        results = reviews.results(tx, section)
        report.results += [present.review_result(item) for item in results[:size]]
        return [item.position for item in results]
    actions = reviews.actions(tx, section)
    report.actions += [present.review_action(item.action) for item in actions[:size]]
    return [item.position for item in actions]


def _policy(
    stored: str | None, levels: frozenset[ReviewPolicyLevel], level: ReviewPolicyLevel
) -> types.ReviewPolicy | None:
    if stored is None or level not in levels:
        return None
    return types.ReviewPolicy(policy_name=reviewing.policy_name(stored))


def _report(
    request: ListReviewPolicyResultsForHITRequest,
    stored: str | None,
    levels: frozenset[ReviewPolicyLevel],
    reports: dict[ReviewPolicyLevel, _Report],
    level: ReviewPolicyLevel,
) -> types.ReviewReport | None:
    if stored is None or level not in levels:
        return None
    report = reports[level]
    return types.ReviewReport(
        review_results=tuple(report.results) if _wanted(request, "results") else None,
        review_actions=tuple(report.actions) if _wanted(request, "actions") else None,
    )
