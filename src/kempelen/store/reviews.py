"""Runs of review policies with their results and actions: appended when computed, never changed.

A run is a row, because it is read and written whole; one with very many entries is several rows,
its parts, so that a page of it costs the same as a page of any other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.review.policy import ReviewPolicyLevel, ReviewResult
from kempelen.store import tables, texts
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

PART_ENTRIES = 500
BEGINNING = (0, -1)
_R = tables.review_runs.c
_INSERT = insert(tables.review_runs)
_PAGE_COLUMNS = (_R.n, _R.run_id, _R.ran_at)

Position = tuple[int, int]
Entry = list[Any]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class DoneAction:
    """An action as it was carried out, or failed."""

    action_id: str
    action_name: str
    target_type: str
    target_id: str
    status: str
    result: str
    error_code: str | None
    completed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One evaluation of a policy; (HIT, level, trigger) is unique. `error` says why it failed."""

    hit_id: str
    level: ReviewPolicyLevel
    trigger: str
    run_id: str
    results: Sequence[ReviewResult] = ()
    actions: Sequence[DoneAction] = ()
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredResult:
    """A result with its position in its section and the id of its run's action."""

    position: Position
    action_id: str
    result: ReviewResult


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAction:
    """An action with its position in its section."""

    position: Position
    action: DoneAction


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Which entries of a HIT are wanted: a level, after a position, about one subject or all.

    At assignment level everything that the run of an assignment found and did is about it.
    """

    hit_id: str
    level: ReviewPolicyLevel
    after: Position
    size: int
    subject_id: str | None


def _page(entries: sa.Column[str], *, of_trigger: bool) -> Statement:
    conditions = [
        _R.hit_id == sa.bindparam("hit_id"),
        _R.level == sa.bindparam("level"),
        _R.n >= sa.bindparam("after"),
    ]
    if of_trigger:
        conditions.append(_R.trigger == sa.bindparam("trigger"))
    ordered = sa.select(*_PAGE_COLUMNS, entries).where(*conditions).order_by(_R.n)
    return Statement(ordered.limit(sa.bindparam("size")))


_RESULTS = {of_trigger: _page(_R.results, of_trigger=of_trigger) for of_trigger in (False, True)}
_ACTIONS = {of_trigger: _page(_R.actions, of_trigger=of_trigger) for of_trigger in (False, True)}


def add(tx: Tx, run: Run) -> None:
    """Note a run; a second one for the same trigger breaks a uniqueness rule."""
    results = [
        [item.subject_type, item.subject_id, item.key, item.value, item.question_id]
        for item in run.results
    ]
    actions = [
        [
            item.action_id,
            item.action_name,
            item.target_type,
            item.target_id,
            item.status,
            item.result,
            item.error_code,
        ]
        for item in run.actions
    ]
    entries = max(len(results), len(actions), 1)
    for part, start in enumerate(range(0, entries, PART_ENTRIES)):
        tx.put(
            _INSERT,
            {
                "hit_id": run.hit_id,
                "level": run.level.value,
                "trigger": run.trigger,
                "part": part,
                "run_id": run.run_id,
                "results": texts.of(results[start : start + PART_ENTRIES]),
                "actions": texts.of(actions[start : start + PART_ENTRIES]),
                "error": run.error,
                "ran_at": clock.micros(tx.now),
            },
        )


def results(tx: Tx, section: Section) -> list[StoredResult]:
    """Results of a HIT in the order they were stored."""

    def stored(row: Row, index: int, entry: Entry) -> StoredResult:
        subject_type, subject_id, key, value, question_id = entry
        return StoredResult(
            position=(row[0], index),
            action_id=row[1],
            result=ReviewResult(
                subject_type=subject_type,
                subject_id=subject_id,
                key=key,
                value=value,
                question_id=question_id,
            ),
        )

    return _entries(tx, section, _RESULTS, stored, subject=1)


def actions(tx: Tx, section: Section) -> list[StoredAction]:
    """Actions on a HIT and its assignments in the order they were stored."""

    def stored(row: Row, index: int, entry: Entry) -> StoredAction:
        action_id, action_name, target_type, target_id, status, result, error_code = entry
        action = DoneAction(
            action_id=action_id,
            action_name=action_name,
            target_type=target_type,
            target_id=target_id,
            status=status,
            result=result,
            error_code=error_code,
            completed_at=clock.from_micros(row[2]),
        )
        return StoredAction(position=(row[0], index), action=action)

    return _entries(tx, section, _ACTIONS, stored, subject=3)


def _entries(
    tx: Tx,
    section: Section,
    statements: dict[bool, Statement],
    stored: Callable[[Row, int, Entry], T],
    *,
    subject: int,
) -> list[T]:
    """Up to `size` entries of a section; `subject` is where an entry has its subject's id."""
    wanted = section.subject_id
    # At assignment level the trigger of a run is the assignment.
    by_trigger = wanted is not None and section.level is ReviewPolicyLevel.ASSIGNMENT
    found: list[T] = []
    for row in _rows(tx, section, statements[by_trigger]):
        for index, entry in enumerate(texts.read(row[3])):
            if (row[0], index) <= section.after:
                continue
            if wanted is None or by_trigger or entry[subject] == wanted:
                found.append(stored(row, index, entry))
                if len(found) == section.size:
                    return found
    return found


def _rows(tx: Tx, section: Section, statement: Statement) -> Iterator[Row]:
    """The rows of a section from its position on, a bounded number at a time."""
    after = section.after[0]
    while True:
        rows = tx.rows(
            statement,
            {
                "hit_id": section.hit_id,
                "level": section.level.value,
                "trigger": section.subject_id,
                "after": after,
                "size": section.size,
            },
        )
        yield from rows
        if len(rows) < section.size:
            return
        after = rows[-1][0] + 1
