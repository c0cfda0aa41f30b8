"""Shelves of HITs to list: the first ones made by operations, then copied.

Copies are rows like the ones that operations made, under other ids, so that a million HITs are
there within a minute.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kempelen import bootstrap, settings
from kempelen.api import types
from kempelen.api.own_qualifications import RequestQualificationRequest
from kempelen.api.work import AcceptHitRequest, SubmitAssignmentRequest
from kempelen.clock import ManualClock
from kempelen.domain import money
from kempelen.domain.people import Requester, Worker, WorkerCaller, WorkerClass
from kempelen.operations import (
    accounts,
    dispatch,
    qualifying,
    registry,
    served,
    sweeping,
    work,
)
from kempelen.operations.app import App
from seed import KNOWN

BASE = 100
ROWS_MAX = 20_000
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
SHORT_SECONDS, LONG_SECONDS = 60, 864_000
HTML = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11"
QUESTION = (
    f'<HTMLQuestion xmlns="{HTML}/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html>'
    "<body><input name='colour'></body></html>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A database full of HITs, and what the listings are asked about."""

    app: App
    requester: Requester
    hit_type_id: str
    worked_hit_id: str
    qualification_type_id: str


@contextlib.contextmanager
def shelf(path: Path, size: int, say: Callable[[str], None]) -> Iterator[Shelf]:
    """A database with this many HITs, the first ones made by operations."""
    clock = ManualClock(START)
    chosen = settings.load(
        None,
        {},
        {
            "database": str(path),
            "worker_classes.default": "any",
            "pagination.trailing_empty_page": False,
        },
    )
    app = bootstrap.open_app(chosen, clock=clock)
    try:
        made = _made_by_operations(app)
        clock.advance(seconds=2 * SHORT_SECONDS)
        sweeping.run_due(app)
        say(f"copying to {size:,} HITs")
        app.db.write(lambda connection: _copy(connection, made, size))
        yield made
    finally:
        bootstrap.close_app(app)


def _made_by_operations(app: App) -> Shelf:
    """Some open HITs, some of two types that will expire together, and one with work."""
    amount = 1_000_000 * money.UNITS_PER_DOLLAR
    requester = dispatch.change(app, accounts.add_requester, "Shelf", amount, "KEY", "-")

    def ask(name: str, /, **members: Any) -> Any:
        operation = served.BY_NAME[name]
        return dispatch.run(app, operation, requester, operation.request(**members))

    type_id = _qualified(app, ask)
    requirement = types.QualificationRequirement(
        qualification_type_id=type_id, comparator="DoesNotExist", actions_guarded="Accept"
    )
    made = [
        ask("CreateHIT", **_members(number, qualification_requirements=(requirement,))).hit
        for number in range(BASE - 1)
    ]
    worked = ask(
        "CreateHIT",
        **_members(1, max_assignments=1_000_000_000, assignment_review_policy=KNOWN),
    ).hit
    for decision in ("ApproveAssignment", "RejectAssignment"):
        worker, assignment_id = _done(app, worked.hit_id)
        if decision == "RejectAssignment":
            ask(decision, assignment_id=assignment_id, requester_feedback="no")
        ask(
            "SendBonus",
            worker_id=worker.worker_id,
            bonus_amount="0.01",
            assignment_id=assignment_id,
            reason="well done",
        )
    return Shelf(
        app=app,
        requester=requester,
        hit_type_id=made[0].hit_type_id,
        worked_hit_id=worked.hit_id,
        qualification_type_id=type_id,
    )


def _qualified(app: App, ask: Callable[..., Any]) -> str:
    """A Qualification type that one worker holds and one asks for; two workers are blocked."""
    created = ask(
        "CreateQualificationType",
        name="Sees colours",
        description="Tells red from green",
        qualification_type_status="Active",
    )
    type_id: str = created.qualification_type.qualification_type_id
    holder, asking = _worker(app), _worker(app)
    ask(
        "AssociateQualificationWithWorker",
        qualification_type_id=type_id,
        worker_id=holder.worker_id,
    )
    request = RequestQualificationRequest(qualification_type_id=type_id)
    caller = WorkerCaller(worker=asking, may_work=True)
    dispatch.run(app, registry.of(qualifying.request_qualification), caller, request)
    for _ in range(2):
        ask("CreateWorkerBlock", worker_id=_worker(app).worker_id, reason="no")
    return type_id


def _members(number: int, **members: Any) -> dict[str, Any]:
    """CreateHIT: every second HIT expires soon, all of them at the same moment."""
    return {
        "title": f"What colour is it? {number // 2 % 2}",
        "description": "Say what you see",
        "reward": "0.00",
        "assignment_duration_in_seconds": 600,
        "lifetime_in_seconds": LONG_SECONDS if number % 2 else SHORT_SECONDS,
        "question": QUESTION,
        **members,
    }


def _done(app: App, hit_id: str) -> tuple[Worker, str]:
    """Accept and submit, by a new worker."""
    worker = _worker(app)
    caller = WorkerCaller(worker=worker, may_work=True)
    accepting = AcceptHitRequest(hit_id=hit_id)
    accepted = dispatch.run(app, registry.of(work.accept_hit), caller, accepting)
    assignment_id: str = accepted.assignments[0].assignment_id
    request = SubmitAssignmentRequest(
        assignment_id=assignment_id, answers={"colour": "blue"}, accept_next=False
    )
    dispatch.run(app, registry.of(work.submit_assignment), caller, request)
    return worker, assignment_id


def _worker(app: App) -> Worker:
    name = app.ids.token("worker-")
    new = accounts.NewWorker(name=name, worker_class=WorkerClass.SIMULATED)
    worker: Worker = dispatch.change(app, accounts.add_worker, new, None, name)
    return worker


def _copy(connection: sqlite3.Connection, made: Shelf, size: int) -> None:
    """Copy the rows until there are as many HITs, and rows of the HIT with work, at most 20,000."""
    others, its = f"hit_id <> '{made.worked_hit_id}'", f"hit_id = '{made.worked_hit_id}'"
    times = size // BASE - 1
    (last,) = connection.execute("SELECT max(n) FROM hits").fetchone()
    shifted = {"n": f"n + i * {last}"}
    suffix = "|| printf('%06X', i)"
    _times(connection, "questions", times, f"n IN (SELECT n FROM hits WHERE {others})", shifted)
    _times(connection, "hits", times, others, {"hit_id": f"hit_id {suffix}", **shifted})
    _times(connection, "hit_requirements", times, "true", {"hit_n": f"hit_n + i * {last}"})
    times = min(size, ROWS_MAX) // 2 - 1
    (last,) = connection.execute("SELECT max(n) FROM assignments").fetchone()
    shifted = {"n": f"n + i * {last}"}
    _times(
        connection,
        "assignments",
        times,
        its,
        {"assignment_id": f"assignment_id {suffix}", "worker_id": f"worker_id {suffix}", **shifted},
    )
    _times(connection, "answers", times, "true", shifted)
    _times(connection, "bonuses", times, its, {"bonus_id": f"bonus_id {suffix}"})
    _times(
        connection,
        "review_runs",
        times,
        its,
        {"trigger": f'"trigger" {suffix}', "run_id": f"run_id {suffix}"},
    )
    _copy_qualifications(connection, min(size, ROWS_MAX) - 1, suffix)


def _copy_qualifications(connection: sqlite3.Connection, times: int, suffix: str) -> None:
    """Copy types, holders, requests and blocks; workers are known by their ids alone."""
    worker = {"worker_id": f"worker_id {suffix}"}
    granted = {"granted_at": "granted_at + i", **worker}
    _times(connection, "qualifications", times, "true", granted)
    request = {
        "request_id": f"request_id {suffix}",
        "submitted_at": "submitted_at + i",
        **worker,
    }
    _times(connection, "qualification_requests", times, "true", request)
    _times(connection, "worker_blocks", times // 2, "true", worker)
    names = ("qualification_type_id", "name")
    changes = {name: f"{name} {suffix}" for name in names}
    _times(connection, "qualification_types", times, "true", changes)


def _times(
    connection: sqlite3.Connection, table: str, times: int, where: str, changes: dict[str, str]
) -> None:
    """Copy some rows of a table so many times; `i` counts the copies in what changes."""
    names = [f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info({table})")]
    values = {f'"{name}"': text for name, text in changes.items()}
    chosen = [name for name in names if name != '"n"' or name in values]
    copied = ", ".join(values.get(name, name) for name in chosen)
    order = f"{table}.n" if '"n"' in names else names[0]
    connection.execute(
        "WITH RECURSIVE copies(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM copies WHERE i < ?)"
        f" INSERT INTO {table} ({', '.join(chosen)})"
        f" SELECT {copied} FROM copies, {table} WHERE {where} AND i <= ? ORDER BY i, {order}",
        (times, times),
    )
