"""Runs, results and actions of review policies: appended when computed, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.review.policy import ReviewPolicyLevel, ReviewResult
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_INSERT_RUN = insert(tables.review_runs)
_INSERT_RESULT = insert(tables.review_results)
_INSERT_ACTION = insert(tables.review_actions)
_R = tables.review_results.c
_A = tables.review_actions.c


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One evaluation of a policy; (HIT, level, trigger) is unique. `error` says why it failed."""

    hit_id: str
    level: ReviewPolicyLevel
    trigger: str
    run_id: str
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DoneAction:
    """An action as carried out. `cause_id` is the assignment or HIT whose review wanted it."""

    action_id: str
    action_name: str
    target_type: str
    target_id: str
    cause_id: str
    status: str
    result: str
    error_code: str | None
    completed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredResult:
    """A result with its position in the section and the id of its run's action."""

    n: int
    action_id: str
    result: ReviewResult


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAction:
    """An action with its position in the section."""

    n: int
    action: DoneAction


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Which entries of a HIT are wanted: a level, after a position, about one subject or all."""

    hit_id: str
    level: ReviewPolicyLevel
    after: int
    size: int
    subject_id: str | None


_RESULTS = Statement(
    sa.select(_R.n, _R.action_id, _R.subject_type, _R.subject_id, _R.question_id, _R.key, _R.value)
    .where(
        _R.hit_id == sa.bindparam("hit_id"),
        _R.level == sa.bindparam("level"),
        _R.n > sa.bindparam("after"),
        sa.or_(
            sa.bindparam("subject_id") == sa.literal_column("''"),
            _R.subject_id == sa.bindparam("subject_id"),
        ),
    )
    .order_by(_R.n)
    .limit(sa.bindparam("size"))
)
_ACTIONS = Statement(
    sa.select(
        _A.n,
        _A.action_id,
        _A.action_name,
        _A.target_type,
        _A.target_id,
        _A.cause_id,
        _A.status,
        _A.result,
        _A.error_code,
        _A.completed_at,
    )
    .where(
        _A.hit_id == sa.bindparam("hit_id"),
        _A.level == sa.bindparam("level"),
        _A.n > sa.bindparam("after"),
        sa.or_(
            sa.bindparam("subject_id") == sa.literal_column("''"),
            _A.target_id == sa.bindparam("subject_id"),
            _A.cause_id == sa.bindparam("subject_id"),
        ),
    )
    .order_by(_A.n)
    .limit(sa.bindparam("size"))
)


def add_run(tx: Tx, run: Run) -> None:
    """Note a run; a second one for the same trigger breaks a uniqueness rule."""
    tx.put(
        _INSERT_RUN,
        {
            "hit_id": run.hit_id,
            "level": run.level.value,
            "trigger": run.trigger,
            "run_id": run.run_id,
            "error": run.error,
            "ran_at": clock.micros(tx.now),
        },
    )


def add_results(
    tx: Tx, hit_id: str, level: ReviewPolicyLevel, action_id: str, results: Sequence[ReviewResult]
) -> None:
    """Append the results of a run, in order."""
    for result in results:
        tx.put(
            _INSERT_RESULT,
            {
                "hit_id": hit_id,
                "level": level.value,
                "action_id": action_id,
                "subject_type": result.subject_type,
                "subject_id": result.subject_id,
                "question_id": result.question_id,
                "key": result.key,
                "value": result.value,
            },
        )


def add_action(tx: Tx, hit_id: str, level: ReviewPolicyLevel, action: DoneAction) -> None:
    """Append an action that was carried out, or that failed."""
    tx.put(
        _INSERT_ACTION,
        {
            "hit_id": hit_id,
            "level": level.value,
            "action_id": action.action_id,
            "action_name": action.action_name,
            "target_type": action.target_type,
            "target_id": action.target_id,
            "cause_id": action.cause_id,
            "status": action.status,
            "result": action.result,
            "error_code": action.error_code,
            "completed_at": clock.micros(action.completed_at),
        },
    )


def _parameters(section: Section) -> dict[str, str | int]:
    return {
        "hit_id": section.hit_id,
        "level": section.level.value,
        "after": section.after,
        "size": section.size,
        "subject_id": section.subject_id or "",
    }


def results(tx: Tx, section: Section) -> list[StoredResult]:
    """Results of a HIT in the order they were stored."""
    return [
        StoredResult(
            n=row[0],
            action_id=row[1],
            result=ReviewResult(
                subject_type=row[2],
                subject_id=row[3],
                question_id=row[4],
                key=row[5],
                value=row[6],
            ),
        )
        for row in tx.rows(_RESULTS, _parameters(section))
    ]


def actions(tx: Tx, section: Section) -> list[StoredAction]:
    """Actions on a HIT and its assignments in the order they were stored."""
    return [
        StoredAction(
            n=row[0],
            action=DoneAction(
                action_id=row[1],
                action_name=row[2],
                target_type=row[3],
                target_id=row[4],
                cause_id=row[5],
                status=row[6],
                result=row[7],
                error_code=row[8],
                completed_at=clock.from_micros(row[9]),
            ),
        )
        for row in tx.rows(_ACTIONS, _parameters(section))
    ]
