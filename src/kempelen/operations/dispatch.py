"""Run an operation: check, prepare, one transaction, bounded retries; and log one line for it.

Edges call `run` from a thread that may wait, or `submit` from an event loop, which must not.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog

from kempelen.domain import errors
from kempelen.domain.errors import Refusal
from kempelen.invariants import InvariantBroken
from kempelen.operations import timers
from kempelen.operations.app import App
from kempelen.operations.registry import Operation, Preparation, Scope
from kempelen.store import db
from kempelen.store.db import Deliver, Job
from kempelen.store.tx import Overtaken, Tx

__all__ = [
    "Job",
    "Overtaken",
    "change",
    "look",
    "may_read_now",
    "outcome",
    "prepare",
    "read_now",
    "run",
    "submit",
]

ATTEMPTS = 3
_log = structlog.get_logger("kempelen.operations")


def run(app: App, operation: Operation, caller: object, request: object) -> Any:
    """Carry out an operation and return its response; blocks until it is durable.

    Refusals come out as they were raised. Anything else that goes wrong is a ServiceFault.
    """
    started = time.perf_counter()
    try:
        prepared = prepare(app, operation, request)
        if operation.writes:
            response = app.db.write(_write_work(app, operation, caller, request, prepared))
        else:
            response = _read(app, operation, caller, request, prepared)
    except Exception as error:
        raise outcome(operation, error, started) from error
    outcome(operation, None, started)
    return response


def submit(
    app: App, operation: Operation, caller: object, request: object, deliver: Deliver
) -> Job:
    """Start a writing operation; `deliver` gets the job when it is durable or refused.

    Raises at once what can be refused before the transaction.
    """
    prepared = prepare(app, operation, request)
    job = Job(_write_work(app, operation, caller, request, prepared), deliver)
    app.db.submit(job)
    return job


def read_now(app: App, operation: Operation, caller: object, request: object) -> Any:
    """Carry out a point reading in the calling thread; Overtaken when due work must come first."""
    prepared = prepare(app, operation, request)
    return app.db.read(_read_work(app, operation, caller, request, prepared))


def may_read_now(operation: Operation) -> bool:
    """Whether an operation is a reading of a few rows, quick enough for an event loop."""
    return not operation.writes and operation.scope is Scope.POINT


def look(app: App, reading: Callable[..., Any], *arguments: object) -> Any:
    """Run a plain reading function `(tx, *arguments)`, for edges that sign somebody in."""
    return app.db.read(lambda connection: reading(_tx(app, connection), *arguments))


def change(app: App, writing: Callable[..., Any], *arguments: object) -> Any:
    """Run a plain writing function `(tx, *arguments)` in a transaction and wait for it."""

    def work(connection: object) -> Any:
        tx = _tx(app, connection, is_writing=True)
        result = writing(tx, *arguments)
        tx.flush()
        return result

    return app.db.write(work)


def prepare(app: App, operation: Operation, request: object) -> Any:
    """Decode what needs no rows."""
    if operation.prepare is None:
        return None
    preparation = Preparation(settings=app.settings, policies=app.policies)
    return operation.prepare(preparation, request)


def outcome(operation: Operation, error: BaseException | None, started: float) -> Exception:
    """Log how an operation ended; returns the error that its caller should see."""
    milliseconds = round((time.perf_counter() - started) * 1000, 2)
    if error is None:
        _log.debug("operation", operation=operation.name, outcome="ok", ms=milliseconds)
        return errors.ServiceFault()
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


def _tx(app: App, connection: object, *, is_writing: bool = False) -> Tx:
    return Tx(
        connection,
        engine=app.db.engine,
        cache=app.db.cache,
        now=app.clock.now(),
        ids=app.ids,
        settings=app.settings,
        policies=app.policies,
        page_key=app.secret_key,
        is_writing=is_writing,
    )


def _write_work(
    app: App, operation: Operation, caller: object, request: object, prepared: object
) -> db.Work:
    arguments = (caller, request) if operation.prepare is None else (caller, request, prepared)

    def work(connection: object) -> Any:
        tx = _tx(app, connection, is_writing=True)
        response = operation.run(tx, *arguments)
        tx.flush()
        return response

    return work


def _read_work(
    app: App, operation: Operation, caller: object, request: object, prepared: object
) -> db.Work:
    arguments = (caller, request) if operation.prepare is None else (caller, request, prepared)
    return lambda connection: operation.run(_tx(app, connection), *arguments)


def _read(app: App, operation: Operation, caller: object, request: object, prepared: object) -> Any:
    """Read; when time has overtaken what would be shown, do what is due and read again."""
    work = _read_work(app, operation, caller, request, prepared)
    for _ in range(ATTEMPTS - 1):
        try:
            return app.db.read(work)
        except Overtaken as overtaken:
            for hit_id in overtaken.hit_ids:
                change(app, timers.run_hit, hit_id)
    return app.db.read(work)
