"""Request tokens: UniqueRequestToken and Idempotency-Key, remembered for 24 hours."""

from datetime import timedelta

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

REMEMBERED = timedelta(hours=24)
_T = tables.request_tokens.c
_INSERT = insert(tables.request_tokens)
_KEY = (
    _T.owner_id == sa.bindparam("owner_id"),
    _T.family == sa.bindparam("family"),
    _T.token == sa.bindparam("token"),
)
_GET = Statement(sa.select(_T.result, _T.used_at).where(*_KEY))
# Only what is forgotten: one that somebody used just now stays, and the insertion finds it.
_DELETE = Statement(
    sa.delete(tables.request_tokens).where(*_KEY, _T.used_at <= sa.bindparam("before"))
)
_PRUNE = Statement(sa.delete(tables.request_tokens).where(_T.used_at <= sa.bindparam("before")))


def find(tx: Tx, owner_id: str, family: str, token: str) -> str | None:
    """What a token led to, if it was used in the last 24 hours."""
    row = tx.row(_GET, {"owner_id": owner_id, "family": family, "token": token})
    if row is None or row[1] <= clock.micros(tx.now - REMEMBERED):
        return None
    return str(row[0])


def use(tx: Tx, owner_id: str, family: str, token: str, result: str) -> None:
    """Remember a token; one that is no longer remembered is replaced."""
    key = {"owner_id": owner_id, "family": family, "token": token}
    tx.run(_DELETE, {**key, "before": clock.micros(tx.now - REMEMBERED)})
    tx.insert(_INSERT, {**key, "result": result, "used_at": clock.micros(tx.now)})


def prune(tx: Tx) -> int:
    """Forget tokens of more than 24 hours ago."""
    return tx.run(_PRUNE, {"before": clock.micros(tx.now - REMEMBERED)})
