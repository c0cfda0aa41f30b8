"""Doing what is due, one HIT a transaction; and forgetting what is kept for a while only.

Any number of loops may run it: each transition is conditional on the state it starts from.
"""

from datetime import datetime, timedelta

import structlog

from kempelen.operations import dispatch, timers
from kempelen.operations.app import App
from kempelen.store import assignments, files, tokens
from kempelen.store.tx import Tx

STAGED_KEPT = timedelta(hours=24)
ROUNDS_MAX = 10_000
_log = structlog.get_logger("kempelen.sweeping")


def run_due(app: App) -> int:
    """Do everything that is due now; returns how many HITs were looked at.

    A HIT whose due work fails is left for the next run, and the others are done all the same.
    """
    done = 0
    failed: set[str] = set()
    for _ in range(ROUNDS_MAX):
        found = dispatch.look(app, timers.due_hits, len(failed))
        hit_ids = [hit_id for hit_id in found if hit_id not in failed]
        if not hit_ids:
            return done
        for hit_id in hit_ids:
            try:
                dispatch.change(app, timers.run_hit, hit_id)
            except Exception:  # noqa: BLE001 - one broken HIT must not stop the others
                _log.exception("due work failed", hit_id=hit_id)
                failed.add(hit_id)
        done += len(hit_ids)
    return done


def seconds_until_due(app: App) -> float | None:
    """How long until something is due next; None when nothing ever is."""
    at: datetime | None = dispatch.look(app, timers.next_due_at)
    return None if at is None else max(0.0, (at - app.clock.now()).total_seconds())


def forget_old(app: App) -> None:
    """Remove request tokens and staged answers of more than a day ago, and files without use."""
    dispatch.change(app, _forget)


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
