"""GetReviewResultsForHIT: what review policies found and did, a page of each level of its own.

A page is cut out of the results of a level followed by its actions, each oldest first.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kempelen.api import types
from kempelen.api.legacy import (
    GetReviewResultsForHITRequest,
    GetReviewResultsForHITResponse,
    ReviewReport,
)
from kempelen.domain.hit import HIT
from kempelen.domain.people import Requester
from kempelen.domain.review.policy import ReviewPolicyLevel
from kempelen.operations import hits as hit_operations
from kempelen.operations import present, reviewing
from kempelen.operations import reviews as review_operations
from kempelen.operations.legacy import paging, sample_keys
from kempelen.operations.legacy.paging import Window
from kempelen.operations.registry import OLDER_ONLY, Scope, operation
from kempelen.store import reviews
from kempelen.store.reviews import Section
from kempelen.store.tx import Tx

SIZE_MAX = 65_535
EVERYTHING = 2**31 - 1


@operation(writes=False, scope=Scope.SCAN, protocols=OLDER_ONLY)
def get_review_results_for_hit(
    tx: Tx, requester: Requester, request: GetReviewResultsForHITRequest
) -> GetReviewResultsForHITResponse:
    """Tell results and actions, of all work or of one assignment.

    Refusals, in order: ParameterOutOfRange for PageSize and PageNumber, HITDoesNotExist,
    AssignmentDoesNotExist for a filter that is no submitted assignment of the HIT.
    """
    window = paging.window(request, SIZE_MAX, review_operations.PAGE_SIZE_DEFAULT)
    hit = hit_operations.own(tx, requester, request.hit_id)
    review_operations.check_assignment(tx, hit, request.assignment_id)
    levels = frozenset(map(ReviewPolicyLevel, request.policy_levels or ReviewPolicyLevel))
    of_work, of_hit = ReviewPolicyLevel.ASSIGNMENT, ReviewPolicyLevel.HIT
    with_work = hit.assignment_policy is not None and of_work in levels
    with_hit = hit.hit_policy is not None and of_hit in levels
    return GetReviewResultsForHITResponse(
        hit_id=hit.hit_id,
        assignment_review_policy=_policy(hit.assignment_policy) if with_work else None,
        hit_review_policy=_policy(hit.hit_policy) if with_hit else None,
        assignment_review_report=_report(tx, hit, of_work, request, window) if with_work else None,
        hit_review_report=_report(tx, hit, of_hit, request, window) if with_hit else None,
    )


def _policy(stored: str | None) -> types.ReviewPolicy:
    return types.ReviewPolicy(policy_name=reviewing.policy_name(stored or ""))


def _report(
    tx: Tx,
    hit: HIT,
    level: ReviewPolicyLevel,
    request: GetReviewResultsForHITRequest,
    window: Window,
) -> ReviewReport:
    section = Section(
        hit_id=hit.hit_id,
        level=level,
        after=reviews.BEGINNING,
        size=EVERYTHING,
        subject_id=request.assignment_id,
    )
    results = []
    if request.retrieve_results is not False:
        results = _results(tx, hit, section)
    actions: Sequence[Any] = ()
    if request.retrieve_actions is not False:
        actions = [present.review_action(item.action) for item in reviews.actions(tx, section)]
    end = window.start + window.size
    shown_results = results[window.start : end]
    before = len(results)
    shown_actions = actions[max(window.start - before, 0) : max(end - before, 0)]
    return ReviewReport(
        page_number=window.number,
        num_results=len(shown_results) + len(shown_actions),
        total_num_results=before + len(actions),
        review_results=tuple(shown_results),
        review_actions=tuple(shown_actions),
    )


def _results(tx: Tx, hit: HIT, section: Section) -> list[types.ReviewResultDetail]:
    if not tx.settings.legacy.review_sample_keys or section.level is not ReviewPolicyLevel.HIT:
        return [present.review_result(item) for item in reviews.results(tx, section)]
    everything = reviews.results(tx, replace(section, subject_id=None))
    found = sample_keys.added(tx, hit, list(map(present.review_result, everything)))
    wanted = section.subject_id
    return [item for item in found if wanted is None or item.subject_id == wanted]
