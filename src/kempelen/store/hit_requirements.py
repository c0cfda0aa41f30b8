"""Which undisposed HITs require which qualification types: a row per HIT and type.

Both ids of Masters count as one type.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from kempelen.domain import system_types
from kempelen.domain.hit import HIT
from kempelen.domain.requirement import QualificationRequirement
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_R = tables.hit_requirements.c
_INSERT = insert(tables.hit_requirements)
_DELETE = Statement(
    sa.delete(tables.hit_requirements).where(
        _R.qualification_type_id == sa.bindparam("qualification_type_id"),
        _R.requester_id == sa.bindparam("requester_id"),
        _R.hit_n == sa.bindparam("hit_n"),
    )
)
_ANY = Statement(
    sa.select(_R.hit_n)
    .where(_R.qualification_type_id == sa.bindparam("qualification_type_id"))
    .limit(sa.literal_column("1"))
)


def add(tx: Tx, hit: HIT, requirements: Iterable[QualificationRequirement]) -> None:
    """Note what a HIT requires."""
    for type_id in _type_ids(requirements):
        tx.put(_INSERT, _row(hit, type_id))


def remove(tx: Tx, hit: HIT, requirements: Iterable[QualificationRequirement]) -> None:
    """Forget what a HIT required."""
    for type_id in _type_ids(requirements):
        tx.run(_DELETE, _row(hit, type_id))


def is_required(tx: Tx, qualification_type_id: str) -> bool:
    """Whether any undisposed HIT requires a type."""
    parameters = {"qualification_type_id": system_types.canonical_id(qualification_type_id)}
    return tx.row(_ANY, parameters) is not None


def _type_ids(requirements: Iterable[QualificationRequirement]) -> list[str]:
    """Each type once, in a fixed order."""
    return sorted({system_types.canonical_id(item.qualification_type_id) for item in requirements})


def _row(hit: HIT, qualification_type_id: str) -> dict[str, object]:
    return {
        "qualification_type_id": qualification_type_id,
        "requester_id": hit.requester_id,
        "hit_n": hit.n,
    }
