"""Doing what is due, each thing in its own transaction; and forgetting what is kept for a while.

Any number of loops may run it: each transition is conditional on the state it starts from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from kempelen.operations import dispatch, qualification_timers, timers
from kempelen.operations.app import App
from kempelen.store import assignments, files, forgetting, tokens
from kempelen.store.tx import Tx

STAGED_KEPT = timedelta(hours=24)
LOG_KEPT = timedelta(days=30)
"""How long events, their deliveries and mail can be looked at."""
ROUNDS_MAX = 10_000
_log = structlog.get_logger("kempelen.sweeping")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """A kind of things that something is due about: how to find some, what to do with one."""

    find: Callable[[Tx, int], list[str]]
    run: Callable[[Tx, str], None]
    run_if_free: Callable[[Tx, str], bool] | None = None
    """As `run`; False when somebody else has locked the thing, which is tried again at the end."""


_KINDS = (
    _Kind(find=timers.due_hits, run=timers.run_hit, run_if_free=timers.run_hit_if_free),
    _Kind(find=qualification_timers.due_requests, run=qualification_timers.run_request),
    _Kind(find=qualification_timers.due_deletions, run=qualification_timers.run_deletion),
)


def run_due(app: App) -> int:
    """Do everything that is due now; returns how many things were looked at.

    What fails is left for the next run, and the others are done all the same. What another process
    is doing at the moment comes last, so that many processes share the work.
    """
    return sum(_run_kind(app, kind) for kind in _KINDS)


def _run_kind(app: App, kind: _Kind) -> int:
    looked_at = 0
    busy: set[str] = set()
    failed: set[str] = set()
    for _ in range(ROUNDS_MAX):
        left = busy | failed
        found = dispatch.look(app, kind.find, len(left))
        ids = [each for each in found if each not in left]
        if not ids:
            break
        for each in ids:
            outcome = _tried(app, kind.run_if_free or kind.run, each)
            if outcome is _FAILED:
                failed.add(each)
            elif outcome is False:
                busy.add(each)
        looked_at += len(ids)
    for each in busy:
        _tried(app, kind.run, each)
    return looked_at


_FAILED = object()


def _tried(app: App, run: Callable[[Tx, str], bool | None], each: str) -> object:
    try:
        return dispatch.change(app, run, each)
    except Exception:  # noqa: BLE001 - one broken thing must not stop the others
        _log.exception("due work failed", id=each)
        return _FAILED


def seconds_until_due(app: App) -> float | None:
    """How long until something is due next; None when nothing ever is."""
    at: datetime | None = dispatch.look(app, _next_due_at)
    return None if at is None else max(0.0, (at - app.clock.now()).total_seconds())


def _next_due_at(tx: Tx) -> datetime | None:
    found = [timers.next_due_at(tx), qualification_timers.next_due_at(tx)]
    return min((at for at in found if at is not None), default=None)


def forget_old(app: App) -> None:
    """Remove tokens and staged answers of more than a day ago, unused files, old log entries."""
    dispatch.change(app, _forget)
    app.db.forget_old()
    for forget in (forgetting.events, forgetting.deliveries, forgetting.mail):
        for _ in range(ROUNDS_MAX):
            if not dispatch.change(app, forget, app.clock.now() - LOG_KEPT):
                break


def dropped_files(app: App) -> list[str]:
    """Keys of files whose bytes are to be removed, some at a time."""
    found: list[str] = dispatch.look(app, files.dropped)
    return found


def forget_files(app: App, keys: list[str]) -> None:
    """Forget files whose bytes have been removed."""
    dispatch.change(app, files.remove, keys)


def _forget(tx: Tx) -> None:
    tokens.prune(tx)
    assignments.prune_staged(tx, tx.now - STAGED_KEPT)
    files.drop_unused(tx, STAGED_KEPT)
