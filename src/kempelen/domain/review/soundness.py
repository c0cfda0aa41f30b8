"""What a review must be before any of it is stored or carried out; plugins may return anything.

Everything about a review is checked at once, so that an unsound one leaves no traces.
"""

import re

from kempelen.domain.review.parameters import EXTENSION_SECONDS
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    Review,
    ReviewPolicyLevel,
    ReviewResult,
    Subject,
)

SCORE_MAX = 100
_SURROGATE = re.compile("[\ud800-\udfff]")
_, EXTENSION_SECONDS_MAX = EXTENSION_SECONDS


class UnsoundReview(Exception):
    """A policy returned something that is no review of its subject; the message says what."""


def checked(review: object, level: ReviewPolicyLevel, subject: Subject) -> Review:
    """The review, if it is sound: types, texts, targets, numbers; UnsoundReview otherwise."""
    if not isinstance(review, Review):
        raise UnsoundReview(f"a policy returns a Review, not a {type(review).__name__}")
    _check_sequence(review.results, "results")
    _check_sequence(review.actions, "actions")
    score = review.known_answer_score
    if score is not None:
        _check_number(score, "known_answer_score", 0, SCORE_MAX)
    allowed = {("HIT", subject.hit_id)}
    allowed |= {("Assignment", work.assignment_id) for work in subject.works}
    for result in review.results:
        _check_result(result, allowed)
    for action in review.actions:
        _check_action(action, allowed)
    reviews = sum(action.kind is ActionName.REVIEW for action in review.actions)
    if reviews > 1:
        raise UnsoundReview(f"one run reviews once, not {reviews} times")
    if level is ReviewPolicyLevel.HIT and score is not None:
        raise UnsoundReview("known_answer_score belongs to an assignment, not to a HIT")
    return review


def _check_sequence(value: object, name: str) -> None:
    if not isinstance(value, tuple | list):
        raise UnsoundReview(f"{name} are a tuple, not a {type(value).__name__}")


def _check_result(result: object, allowed: set[tuple[str, str]]) -> None:
    if not isinstance(result, ReviewResult):
        raise UnsoundReview(f"a result is a ReviewResult, not a {type(result).__name__}")
    _check_subject(result.subject_type, result.subject_id, allowed)
    _check_text(result.key, "the key of a result")
    _check_text(result.value, "the value of a result")
    if result.question_id is not None:
        _check_text(result.question_id, "the question_id of a result")


def _check_action(action: object, allowed: set[tuple[str, str]]) -> None:
    if not isinstance(action, IntendedAction):
        raise UnsoundReview(f"an action is an IntendedAction, not a {type(action).__name__}")
    if not isinstance(action.kind, ActionName):
        raise UnsoundReview(f"the kind of an action is an ActionName, not {action.kind!r}")
    _check_subject(action.target_type, action.target_id, allowed)
    is_about_hit = action.target_type == "HIT"
    if action.kind is not ActionName.REVIEW and is_about_hit != (action.kind is ActionName.EXTEND):
        raise UnsoundReview(f"{action.kind.value} does not apply to a target {action.target_type}")
    _check_text(action.feedback, "the feedback of an action")
    if action.result is not None:
        _check_text(action.result, "the result of an action")
    if action.maximum_assignments is not None:
        _check_number(action.maximum_assignments, "maximum_assignments", 1, None)
    _check_number(action.minimum_time_seconds, "minimum_time_seconds", 0, EXTENSION_SECONDS_MAX)


def _check_subject(type_: object, id_: object, allowed: set[tuple[str, str]]) -> None:
    _check_text(type_, "the type of a subject or target")
    _check_text(id_, "the id of a subject or target")
    if (type_, id_) not in allowed:
        raise UnsoundReview(f"{type_} {id_} is not what the policy was given to review")


def _check_text(value: object, what: str) -> None:
    if not isinstance(value, str):
        raise UnsoundReview(f"{what} is a text, not a {type(value).__name__}")
    if not value.isascii() and _SURROGATE.search(value) is not None:
        raise UnsoundReview(f"{what} cannot be written as UTF-8: {value!a:.100}")


def _check_number(value: object, name: str, minimum: int, maximum: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnsoundReview(f"{name} is an integer, not a {type(value).__name__}")
    if value < minimum or (maximum is not None and value > maximum):
        raise UnsoundReview(f"{name} is out of range: {value}")
