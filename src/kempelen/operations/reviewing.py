"""Run review policies, store their results, carry out their actions.

All of it happens in the transaction of the trigger, each action under a savepoint of its own, so
that nobody ever sees a half-reviewed HIT. A policy that raises, or returns what is no review, is
recorded and loses nothing: its review is checked whole before any of it is written.
"""

import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from kempelen.domain import answers, errors
from kempelen.domain import hit as transitions
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.errors import Refusal
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.review import soundness
from kempelen.domain.review.policy import (
    ActionName,
    IntendedAction,
    MapEntry,
    Parameter,
    Parameters,
    Review,
    ReviewPolicy,
    ReviewPolicyLevel,
    Subject,
    Work,
)
from kempelen.operations import decisions, extensions
from kempelen.store import assignments, reviews
from kempelen.store.tx import Tx

SUCCEEDED = "Succeeded"
FAILED = "Failed"
_log = structlog.get_logger("kempelen.reviewing")
_FAILURE_TEXTS: tuple[tuple[type[Refusal], str], ...] = (
    (errors.InvalidAssignmentState, "Assignment was in an invalid state for this operation."),
    (errors.InvalidHITState, "HIT was in an invalid state for this operation."),
)
_ERROR_LENGTH_MAX = 1000
_PARSED_MAX = 1024
_parsed: dict[str, "tuple[ReviewPolicy[Any], Any]"] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """One evaluation under way; `cause_id` is what the policy looked at."""

    level: ReviewPolicyLevel
    cause_id: str
    trigger: str
    run_id: str


def to_text(name: str, parameters: Parameters) -> str:
    """A policy with its parameters as it is stored with a HIT."""
    return json.dumps(
        {
            "name": name,
            "parameters": [
                {
                    "key": item.key,
                    "values": item.values,
                    "map_entries": None
                    if item.map_entries is None
                    else [[entry.key, entry.values] for entry in item.map_entries],
                }
                for item in parameters
            ],
        }
    )


def policy_name(text: str) -> str:
    """The name of a stored policy."""
    return str(json.loads(text)["name"])


def resolve(
    policies: Mapping[str, ReviewPolicy[Any]], level: ReviewPolicyLevel, name: str
) -> ReviewPolicy[Any]:
    """The policy with this name, if it is made for this level; InvalidParameterValue otherwise."""
    policy = policies.get(name)
    if policy is None or policy.level is not level:
        raise errors.InvalidParameterValue(value=name, name="PolicyName")
    return policy


def review_assignment(
    tx: Tx, hit: HIT, assignment: Assignment, given: answers.Answers
) -> tuple[HIT, Assignment]:
    """Run the assignment-level policy of a HIT on work that was just submitted."""
    if hit.assignment_policy is None:
        return hit, assignment
    work = _work(assignment, given)
    subject = Subject(hit_id=hit.hit_id, max_assignments=hit.max_assignments, works=(work,))
    run = _Run(
        level=ReviewPolicyLevel.ASSIGNMENT,
        cause_id=assignment.assignment_id,
        trigger=assignment.assignment_id,
        run_id=tx.new_id(),
    )
    review = _evaluate(tx, hit, run, hit.assignment_policy, subject)
    if review is None:
        return hit, assignment
    if review.known_answer_score is not None:
        assignment = assignment._replace(known_answer_score=review.known_answer_score)
        assignments.save(tx, assignment)
    hit = _carry_out_all(tx, hit, run, review)
    return hit, assignments.get(tx, assignment.assignment_id) or assignment


def review_hit(tx: Tx, hit: HIT) -> HIT:
    """Run the HIT-level policy of a HIT that is about to become Reviewable.

    Skipped when nothing was submitted since the last run.
    """
    policy_text = hit.hit_policy
    if policy_text is None or hit.work in (0, hit.work_at_last_run):
        return hit
    works = tuple(
        _work(item.assignment, answers.from_plain(item.values))
        for item in assignments.all_of_hit(tx, hit.hit_id)
    )
    hit = hit._replace(hit_runs=hit.hit_runs + 1, work_at_last_run=hit.work)
    subject = Subject(hit_id=hit.hit_id, max_assignments=hit.max_assignments, works=works)
    run = _Run(
        level=ReviewPolicyLevel.HIT,
        cause_id=hit.hit_id,
        trigger=str(hit.hit_runs),
        run_id=tx.new_id(),
    )
    review = _evaluate(tx, hit, run, policy_text, subject)
    return hit if review is None else _carry_out_all(tx, hit, run, review)


def _work(assignment: Assignment, given: answers.Answers) -> Work:
    return Work(
        assignment_id=assignment.assignment_id,
        worker_id=assignment.worker_id,
        status=assignment.status.value,
        submitted_at=assignment.submitted_at or assignment.accepted_at,
        values=answers.value_sets(given),
        joined=answers.joined(given),
        known_answer_score=assignment.known_answer_score,
    )


def _evaluate(tx: Tx, hit: HIT, run: _Run, policy_text: str, subject: Subject) -> Review | None:
    """Run the policy; None when it failed, which is stored."""
    try:
        policy, parameters = _parse(tx.policies, run.level, policy_text)
        review = soundness.checked(policy.review(parameters, subject), run.level, subject)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and must lose nothing
        told = _told(error)
        _log.error("review policy failed", hit_id=hit.hit_id, level=run.level.value, error=told)
        _note_failed_run(tx, hit, run, told)
        return None
    return review


def _parse(
    policies: Mapping[str, ReviewPolicy[Any]], level: ReviewPolicyLevel, text: str
) -> tuple[ReviewPolicy[Any], Any]:
    """The policy of a stored text and its parameters, parsed once for a policy.

    InvalidParameterValue when a policy is no longer installed; a policy may raise anything.
    """
    found = _parsed.get(text)
    if found is not None and policies.get(found[0].name) is found[0]:
        return found
    stored = json.loads(text)
    policy = resolve(policies, level, stored["name"])
    parameters = tuple(
        Parameter(
            key=item["key"],
            values=None if item["values"] is None else tuple(item["values"]),
            map_entries=None
            if item["map_entries"] is None
            else tuple(
                MapEntry(key=key, values=tuple(values)) for key, values in item["map_entries"]
            ),
        )
        for item in stored["parameters"]
    )
    if len(_parsed) >= _PARSED_MAX:
        _parsed.clear()
    found = _parsed[text] = (policy, policy.parse(parameters, ignore_unknown=True))
    return found


def _told(error: Exception) -> str:
    """What went wrong, for the requester's console; can be stored whatever the error says."""
    text = "".join(traceback.format_exception_only(error)).strip()
    return text.encode(errors="backslashreplace").decode()[:_ERROR_LENGTH_MAX]


def _note_failed_run(tx: Tx, hit: HIT, run: _Run, told: str) -> None:
    action = reviews.DoneAction(
        action_id=run.run_id,
        action_name=ActionName.REVIEW.value,
        target_type=run.level.value,
        target_id=run.cause_id,
        status=FAILED,
        result="The review policy could not be evaluated.",
        error_code=errors.ServiceFault.code,
        completed_at=tx.now,
    )
    _store(tx, hit, run, Review(), [action], told)


def _store(
    tx: Tx,
    hit: HIT,
    run: _Run,
    review: Review,
    done: list[reviews.DoneAction],
    error: str | None = None,
) -> None:
    reviews.add(
        tx,
        reviews.Run(
            hit_id=hit.hit_id,
            level=run.level,
            trigger=run.trigger,
            run_id=run.run_id,
            results=review.results,
            actions=done,
            error=error,
        ),
    )


def _carry_out_all(tx: Tx, hit: HIT, run: _Run, review: Review) -> HIT:
    """Carry out the actions of a review, then store the run with how each of them ended."""
    done = []
    for action in review.actions:
        hit, how = _carry_out(tx, hit, run, action)
        done.append(how)
    _store(tx, hit, run, review, done)
    return hit


def _carry_out(
    tx: Tx, hit: HIT, run: _Run, action: IntendedAction
) -> tuple[HIT, reviews.DoneAction]:
    """Carry out one action under a savepoint of its own; says how it ended."""
    is_review = action.kind is ActionName.REVIEW
    status, error_code, result = SUCCEEDED, None, action.result or "Reviewed"
    if not is_review:
        try:
            with tx.savepoint():
                hit, result = _act(tx, hit, action)
        except Refusal as refusal:
            status, error_code, result = FAILED, refusal.code, _failure_text(refusal)
    how = reviews.DoneAction(
        action_id=run.run_id if is_review else tx.new_id(),
        action_name=action.kind.value,
        target_type=action.target_type,
        target_id=action.target_id,
        status=status,
        result=result,
        error_code=error_code,
        completed_at=tx.now,
    )
    return hit, how


def _failure_text(refusal: Refusal) -> str:
    for kind, text in _FAILURE_TEXTS:
        if isinstance(refusal, kind):
            return text
    if isinstance(refusal, errors.InsufficientFunds):
        return errors.InsufficientFunds(hint="").message
    return refusal.message


def _act(tx: Tx, hit: HIT, action: IntendedAction) -> tuple[HIT, str]:
    if action.kind is ActionName.EXTEND:
        return _extend(tx, hit, action)
    assignment = assignments.get(tx, action.target_id)
    if assignment is None:
        raise errors.AssignmentDoesNotExist(assignment_id=action.target_id)
    if action.kind is ActionName.APPROVE:
        if assignment.status is AssignmentStatus.APPROVED:
            return hit, "Already approved"
        hit, _ = decisions.approve(tx, hit, assignment, feedback=action.feedback or None)
        return hit, "Approved"
    if assignment.status is AssignmentStatus.REJECTED:
        return hit, "Already rejected"
    hit, _ = decisions.reject(tx, hit, assignment, feedback=action.feedback)
    return hit, "Rejected"


def _extend(tx: Tx, hit: HIT, action: IntendedAction) -> tuple[HIT, str]:
    """Add one assignment, and time when the policy says so."""
    if hit.is_gone:
        raise errors.InvalidHITState(state=HITStatus.DISPOSED, allowed="Assignable")
    maximum = action.maximum_assignments
    if maximum is not None and hit.max_assignments >= maximum:
        return hit, f"HIT already has the maximum of {maximum} assignments"
    if action.minimum_time_seconds > 0:
        expiration = max(hit.expiration, tx.now) + timedelta(seconds=action.minimum_time_seconds)
        hit = extensions.extend(tx, hit, 1, transitions.move_expiration(hit, expiration, tx.now))
    else:
        hit = extensions.extend(tx, hit, 1)
    return hit, f"Extended to {hit.max_assignments} assignments"
