"""HIT types: registered once, never changed; equal properties are found by their fingerprint."""

import json
from collections.abc import Iterable

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.countries import Locale
from kempelen.domain.hit_type import HITType, HITTypeProperties
from kempelen.domain.requirement import ActionsGuarded, Comparator, QualificationRequirement
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Row, Tx

_T = tables.hit_types.c
_COLUMNS = (
    _T.hit_type_id,
    _T.group_id,
    _T.requester_id,
    _T.title,
    _T.description,
    _T.keywords,
    _T.reward,
    _T.assignment_duration_seconds,
    _T.auto_approval_delay_seconds,
    _T.requirements,
    _T.created_at,
)
_INSERT = insert(tables.hit_types)
_GET = Statement(sa.select(*_COLUMNS).where(_T.hit_type_id == sa.bindparam("hit_type_id")))
_BY_GROUP = Statement(sa.select(*_COLUMNS).where(_T.group_id == sa.bindparam("group_id")))
_FIND = Statement(
    sa.select(*_COLUMNS).where(
        _T.requester_id == sa.bindparam("requester_id"),
        _T.fingerprint == sa.bindparam("fingerprint"),
    )
)
_OPEN = Statement(
    sa.select(*_COLUMNS)
    .join(tables.group_counts, tables.group_counts.c.group_id == _T.group_id)
    .where(tables.group_counts.c.open_hits > sa.literal_column("0"))
)
_CACHE_MAX = 4096
# HIT types never change, so a type that was read once can be kept; ids are never used again.


def _requirements_to_text(requirements: tuple[QualificationRequirement, ...]) -> str:
    return json.dumps(
        [
            {
                "type": item.qualification_type_id,
                "comparator": item.comparator.value,
                "integers": item.integer_values,
                "locales": [[place.country, place.subdivision] for place in item.locale_values],
                "guards": item.actions_guarded.value,
                "name": item.type_name,
            }
            for item in requirements
        ]
    )


def _requirements_from_text(text: str) -> tuple[QualificationRequirement, ...]:
    if text == "[]":
        return ()
    return tuple(
        QualificationRequirement(
            qualification_type_id=item["type"],
            comparator=Comparator(item["comparator"]),
            integer_values=tuple(item["integers"]),
            locale_values=tuple(
                Locale(country=country, subdivision=subdivision)
                for country, subdivision in item["locales"]
            ),
            actions_guarded=ActionsGuarded(item["guards"]),
            type_name=item.get("name"),
        )
        for item in json.loads(text)
    )


def _hit_type(row: Row) -> HITType:
    return HITType(
        hit_type_id=row[0],
        group_id=row[1],
        requester_id=row[2],
        properties=HITTypeProperties(
            title=row[3],
            description=row[4],
            keywords=row[5],
            reward=row[6],
            assignment_duration_seconds=row[7],
            auto_approval_delay_seconds=row[8],
            requirements=_requirements_from_text(row[9]),
        ),
        created_at=clock.from_micros(row[10]),
    )


def get(tx: Tx, hit_type_id: str) -> HITType | None:
    """The HIT type with this id."""
    found: HITType | None = tx.cache.get(hit_type_id)
    if found is not None:
        return found
    row = tx.row(_GET, {"hit_type_id": hit_type_id})
    return None if row is None else _kept(tx, hit_type_id, _hit_type(row))


def _kept(tx: Tx, key: str, hit_type: HITType) -> HITType:
    if len(tx.cache) >= _CACHE_MAX:
        tx.cache.clear()
    tx.cache[key] = hit_type
    return hit_type


def of_open_groups(tx: Tx, hit_type_ids: Iterable[str]) -> dict[str, HITType]:
    """The HIT types of groups with open HITs by their ids: in one query, or in none."""
    found: dict[str, HITType | None] = {each: tx.cache.get(each) for each in hit_type_ids}
    if None in found.values():
        for row in tx.rows(_OPEN, {}):
            if found.get(row[0]) is None:
                found[row[0]] = _kept(tx, row[0], _hit_type(row))
    return {hit_type_id: each for hit_type_id, each in found.items() if each is not None}


def get_by_group(tx: Tx, group_id: str) -> HITType | None:
    """The HIT type of a group; a HIT type id is accepted in place of the group id."""
    found: HITType | None = tx.cache.get(group_id)
    if found is not None:
        return found
    row = tx.row(_BY_GROUP, {"group_id": group_id})
    return get(tx, group_id) if row is None else _kept(tx, group_id, _hit_type(row))


def find_equal(tx: Tx, requester_id: str, fingerprint: str) -> HITType | None:
    """The requester's HIT type with equal properties."""
    key = f"{requester_id}:{fingerprint}"
    found: HITType | None = tx.cache.get(key)
    if found is not None:
        return found
    row = tx.row(_FIND, {"requester_id": requester_id, "fingerprint": fingerprint})
    return None if row is None else _kept(tx, key, _hit_type(row))


def add(tx: Tx, hit_type: HITType, fingerprint: str) -> None:
    """Register a HIT type."""
    properties = hit_type.properties
    tx.insert(
        _INSERT,
        {
            "hit_type_id": hit_type.hit_type_id,
            "group_id": hit_type.group_id,
            "requester_id": hit_type.requester_id,
            "fingerprint": fingerprint,
            "title": properties.title,
            "description": properties.description,
            "keywords": properties.keywords,
            "reward": properties.reward,
            "assignment_duration_seconds": properties.assignment_duration_seconds,
            "auto_approval_delay_seconds": properties.auto_approval_delay_seconds,
            "requirements": _requirements_to_text(properties.requirements),
            "created_at": clock.micros(hit_type.created_at),
        },
    )
