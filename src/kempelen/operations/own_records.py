"""A worker's records with qualification types: what is held, what was asked for, who blocked.

Read in a few queries for any number of types.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kempelen.domain.people import WorkerCaller
from kempelen.domain.qualification import Qualification
from kempelen.domain.qualification_step import Record
from kempelen.domain.qualification_type import QualificationType
from kempelen.store import blocks, qualification_requests, qualifications
from kempelen.store.tx import Tx


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What a worker holds or held of a type, and the record that decides about requests."""

    held: Qualification | None
    record: Record


def of(tx: Tx, caller: WorkerCaller, wanted: QualificationType) -> Own:
    """The record with one type."""
    worker_id = caller.worker.worker_id
    type_id = wanted.qualification_type_id
    return Own(
        held=qualifications.get(tx, type_id, worker_id),
        record=Record(
            last=qualification_requests.last(tx, worker_id, type_id),
            has_attempted=qualification_requests.has_attempted(tx, worker_id, type_id),
            is_blocked=blocks.is_blocked(tx, worker_id, by=wanted.requester_id),
        ),
    )


def of_many(tx: Tx, worker_id: str, types: Iterable[QualificationType]) -> dict[str, Own]:
    """The records with some types, by their ids."""
    requester_ids = {item.qualification_type_id: item.requester_id for item in types}
    if not requester_ids:
        return {}
    held = qualifications.get_many(tx, worker_id, requester_ids)
    last = qualification_requests.last_of(tx, worker_id, requester_ids)
    attempted = qualification_requests.attempted_of(tx, worker_id, last)
    blockers = blocks.blockers(tx, worker_id)
    return {
        type_id: Own(
            held=held.get(type_id),
            record=Record(
                last=last.get(type_id),
                has_attempted=type_id in attempted,
                is_blocked=requester_id in blockers,
            ),
        )
        for type_id, requester_id in requester_ids.items()
    }
