"""HIT layouts: stored once, never changed."""

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.layout import Layout
from kempelen.store import tables, texts
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

_L = tables.layouts.c
_CACHE_MAX = 10_000
_COLUMNS = (_L.layout_id, _L.requester_id, _L.name, _L.html, _L.placeholders, _L.frame_height)
_INSERT = insert(tables.layouts)
_GET = Statement(sa.select(*_COLUMNS).where(_L.layout_id == sa.bindparam("layout_id")))
_ALL = Statement(sa.select(*_COLUMNS).order_by(_L.n))
_OF = Statement(
    sa.select(*_COLUMNS).where(_L.requester_id == sa.bindparam("requester_id")).order_by(_L.n)
)


def _layout(row: Row) -> Layout:
    return Layout(
        layout_id=row[0],
        requester_id=row[1],
        name=row[2],
        html=row[3],
        placeholders=tuple(texts.read(row[4])),
        frame_height=row[5],
    )


def add(tx: Tx, layout: Layout) -> None:
    """Store a layout."""
    tx.insert(
        _INSERT,
        {
            "layout_id": layout.layout_id,
            "requester_id": layout.requester_id,
            "name": layout.name,
            "html": layout.html,
            "placeholders": texts.of(layout.placeholders),
            "frame_height": layout.frame_height,
            "created_at": clock.micros(tx.now),
        },
    )


def get(tx: Tx, layout_id: str) -> Layout | None:
    """The layout with this id, whoever it belongs to."""
    key = f"layout:{layout_id}"
    found: Layout | None = tx.cache.get(key)
    if found is not None:
        return found
    row = tx.row(_GET, {"layout_id": layout_id})
    if row is None:
        return None
    if len(tx.cache) >= _CACHE_MAX:
        tx.cache.clear()
    tx.cache[key] = found = _layout(row)
    return found


def listed(tx: Tx, requester_id: str | None) -> list[Layout]:
    """The layouts of a requester, or of all, in the order in which they were made."""
    if requester_id is None:
        return [_layout(row) for row in tx.rows(_ALL, {})]
    return [_layout(row) for row in tx.rows(_OF, {"requester_id": requester_id})]
