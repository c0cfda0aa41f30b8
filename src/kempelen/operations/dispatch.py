"""Run an operation: check, prepare, one transaction, bounded retries; and log one line for it.

Edges call `run` from a thread that may wait, or `submit` from an event loop, which must not.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog

from kempelen.domain import errors
from kempelen.domain.errors import Refusal
from kempelen.domain.people import Requester
from kempelen.invariants import InvariantBroken
from kempelen.operations import timers
from kempelen.operations.app import App
from kempelen.operations.registry import Operation, Preparation, Scope
from kempelen.store import db
from kempelen.store.db import DatabaseUnavailable, Deliver, Job
from kempelen.store.tx import Overtaken, Tx

__all__ = [
    "DatabaseUnavailable",
    "Job",
    "Overtaken",
    "change",
    "look",
    "look_up",
    "may_read_now",
    "outcome",
    "prepare",
    "read_now",
    "run",
    "submit",
    "succeeded",
    "writing",
]

ATTEMPTS = 3
ROUNDS_MAX = 100
NOTHING: frozenset[str] = frozenset()
_Step = Callable[[Tx], Any]
_log = structlog.get_logger("kempelen.operations")


def run(app: App, operation: Operation, caller: object, request: object) -> Any:
    """Carry out an operation and return its response; blocks until it is durable.

    Refusals come out as they were raised. Anything else that goes wrong is a ServiceFault.
    """
    started = time.perf_counter()
    try:
        prepared = prepare(app, operation, request)
        step = _step(operation, caller, request, prepared)
        if operation.writes:
            response = _write(app, step)
        else:
            response = _read(app, step, is_single=operation.scope is Scope.ROW)
        if operation.outside is not None:
            response = operation.outside(app, response)
    except Exception as error:
        raise outcome(operation, error, started) from error
    succeeded(operation, started)
    return response


def submit(
    app: App, operation: Operation, caller: object, request: object, deliver: Deliver
) -> Job:
    """Start a writing operation; `deliver` gets the job when it is durable or refused.

    Raises at once what can be refused before the transaction. A job that ends with Overtaken is
    to be carried out by `run`, in a thread that may wait.
    """
    job = writing(app, operation, caller, request, deliver)
    app.db.submit(job)
    return job


def writing(
    app: App, operation: Operation, caller: object, request: object, deliver: Deliver
) -> Job:
    """The job of a writing operation, for a caller that submits it; raises as `submit` does."""
    step = _step(operation, caller, request, prepare(app, operation, request))
    return Job(_work(app, step, is_writing=True), deliver)


def read_now(app: App, operation: Operation, caller: object, request: object) -> Any:
    """Carry out a point reading in the calling thread; Overtaken when due work must come first."""
    step = _step(operation, caller, request, prepare(app, operation, request))
    return _read_once(app, _work(app, step), is_single=operation.scope is Scope.ROW)


def may_read_now(app: App, operation: Operation) -> bool:
    """Whether an operation is a reading of a few rows, quick enough for an event loop."""
    if operation.writes or operation.outside is not None:
        return False
    return app.db.reads_at_once and operation.scope is not Scope.SCAN


def look(app: App, reading: Callable[..., Any], *arguments: object) -> Any:
    """Run a plain reading function `(tx, *arguments)`, for edges that sign somebody in."""
    return _read(app, lambda tx: reading(tx, *arguments))


def look_up(app: App, reading: Callable[..., Any], key: object) -> Any:
    """Run a plain reading function `(tx, key)` of a single query, quick enough for a loop."""
    return _read_once(app, _work(app, lambda tx: reading(tx, key)), is_single=True)


def change(app: App, writing: Callable[..., Any], *arguments: object) -> Any:
    """Run a plain writing function `(tx, *arguments)` in a transaction and wait for it."""
    return _write(app, lambda tx: writing(tx, *arguments))


def prepare(app: App, operation: Operation, request: object) -> Any:
    """Decode what needs no rows."""
    if operation.prepare is None:
        return None
    preparation = Preparation(
        settings=app.settings, policies=app.policies, transports=app.transports
    )
    return operation.prepare(preparation, request)


def succeeded(operation: Operation, started: float) -> None:
    """Log that an operation ended well, for those who want to see every operation."""
    if _log.is_enabled_for(logging.DEBUG):
        _log.debug("operation", operation=operation.name, outcome="ok", ms=_milliseconds(started))


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def outcome(operation: Operation, error: BaseException, started: float) -> Exception:
    """Log how an operation failed; returns the error that its caller should see."""
    milliseconds = _milliseconds(started)
    if isinstance(error, Refusal):
        _log.info(
            "operation", operation=operation.name, outcome=type(error).__name__, ms=milliseconds
        )
        return error
    if isinstance(error, db.DatabaseUnavailable | InvariantBroken | db.UniqueViolation):
        _log.error("operation", operation=operation.name, outcome=repr(error), ms=milliseconds)
    else:
        _log.error("operation", operation=operation.name, outcome="fault", exc_info=error)
    return errors.ServiceFault()


def _step(operation: Operation, caller: object, request: object, prepared: object) -> _Step:
    """An operation with all its arguments but the transaction."""
    arguments = (caller, request) if operation.prepare is None else (caller, request, prepared)

    def step(tx: Tx) -> Any:
        if isinstance(caller, Requester):
            tx.records[caller.requester_id] = caller
        return operation.run(tx, *arguments)

    return step


def _work(
    app: App, step: _Step, *, is_writing: bool = False, unsettled: frozenset[str] = NOTHING
) -> db.Work:
    """A step as work for the database; each attempt has its own transaction and its own time."""

    def work(connection: object) -> Any:
        tx = Tx(
            connection,
            engine=app.db.engine,
            cache=app.db.cache,
            now=app.clock.now(),
            ids=app.ids,
            settings=app.settings,
            policies=app.policies,
            page_key=app.secret_key,
            is_writing=is_writing,
            unsettled=unsettled,
            is_sole_writer=app.db.is_sole_writer,
        )
        result = step(tx)
        if is_writing:
            tx.flush()
        return result

    return work


def _write(app: App, step: _Step) -> Any:
    """Write; when more is due about a HIT than one transaction does, do that before."""
    for _ in range(ROUNDS_MAX):
        try:
            return app.db.write(_work(app, step, is_writing=True))
        except Overtaken as overtaken:
            if _settle(app, overtaken.hit_ids):
                break
    raise errors.ServiceFault


def _read(app: App, step: _Step, *, is_single: bool = False) -> Any:
    """Read; when time has overtaken what would be shown, do what is due and read again.

    A HIT whose due work fails is shown as it is: it must not hide the others.
    """
    unsettled: set[str] = set()
    for _ in range(ROUNDS_MAX):
        try:
            work = _work(app, step, unsettled=frozenset(unsettled))
            return _read_once(app, work, is_single=is_single)
        except Overtaken as overtaken:
            unsettled |= _settle(app, overtaken.hit_ids)
    raise errors.ServiceFault


def _read_once(app: App, work: db.Work, *, is_single: bool = False) -> Any:
    """Read, again when the database was in trouble."""
    try:
        return app.db.read(work, is_single=is_single)
    except db.DatabaseUnavailable as error:
        _log.warning("reading again", reason=str(error))
    for _ in range(ATTEMPTS - 2):
        with contextlib.suppress(db.DatabaseUnavailable):
            return app.db.read(work, is_single=is_single)
    return app.db.read(work, is_single=is_single)


def _settle(app: App, hit_ids: Sequence[str]) -> set[str]:
    """Do what is due about some HITs, each in its own transaction; returns those that failed."""
    done = threading.Semaphore(0)
    jobs = {}
    for hit_id in hit_ids:
        work = _work(app, partial(timers.run_hit, hit_id=hit_id), is_writing=True)
        jobs[hit_id] = Job(work, lambda delivered: done.release(len(delivered)))
        app.db.submit(jobs[hit_id])
    for _ in jobs:
        done.acquire()
    failed = {hit_id: job.error for hit_id, job in jobs.items() if job.error is not None}
    for hit_id, error in failed.items():
        _log.error("due work failed", hit_id=hit_id, exc_info=error)
    return set(failed)
