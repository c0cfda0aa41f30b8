"""What a worker is measured by when requirements are compared: one query for everything held."""

from collections.abc import Iterable

from kempelen.domain import system_types
from kempelen.domain.people import Worker
from kempelen.domain.requirement import QualificationRequirement, Standing
from kempelen.store import qualifications
from kempelen.store.tx import Tx


def of(tx: Tx, worker: Worker) -> Standing:
    """The standing of a worker for any requirements."""
    return Standing(worker=worker, granted=qualifications.granted(tx, worker.worker_id))


def for_requirements(
    tx: Tx, worker: Worker, requirements: Iterable[QualificationRequirement]
) -> Standing:
    """The standing for some requirements; without a query when they are of system types alone."""
    if all(item.qualification_type_id in system_types.SYSTEM_TYPES for item in requirements):
        return Standing(worker=worker, granted={})
    return of(tx, worker)
