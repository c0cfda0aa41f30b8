"""The qualification types that every marketplace has: their ids, and how a value is computed.

The values come from the worker's own record, over all requesters; no rows here.
See docs/reference/qualifications.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kempelen.domain.countries import Locale
from kempelen.domain.people import Worker, WorkerClass

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
MASTERS_SANDBOX = "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"
HITS_APPROVED = "00000000000000000040"
LOCALE = "00000000000000000071"
ADULT = "00000000000000000060"
PERCENT_APPROVED = "000000000000000000L0"
PERCENT_SUBMITTED = "00000000000000000000"
PERCENT_ABANDONED = "00000000000000000070"
PERCENT_RETURNED = "000000000000000000E0"
PERCENT_REJECTED = "000000000000000000S0"
WORKER_CLASS = "0000000000000000KWC0"
PERCENT_FROM = 100
WORKER_CLASS_VALUES = {WorkerClass.HUMAN: 0, WorkerClass.AGENT: 1, WorkerClass.SIMULATED: 2}

Value = int | Locale


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemType:
    """A type that belongs to the marketplace. A retired one works but is not listed."""

    qualification_type_id: str
    name: str
    description: str
    value: Callable[[Worker], Value | None]
    is_retired: bool = False


def masters(worker: Worker) -> int | None:
    """1 for workers whom the people who run the site have chosen; others do not hold the type."""
    return 1 if worker.is_master else None


def hits_approved(worker: Worker) -> int:
    """How many assignments of the worker were approved."""
    return worker.approved + (worker.given_hits_approved or 0)


def locale(worker: Worker) -> Locale:
    """Where the worker lives."""
    return Locale(country=worker.country, subdivision=worker.subdivision)


def adult(worker: Worker) -> int:
    """1 when the worker agreed to see adult content."""
    return int(worker.is_adult)


def percent_approved(worker: Worker) -> int:
    """Approved of decided work in percent, rounded down; 100 until 100 were submitted."""
    if worker.given_percent_approved is not None:
        return worker.given_percent_approved
    decided = worker.approved + worker.rejected
    if worker.submitted < PERCENT_FROM or decided == 0:
        return 100
    return 100 * worker.approved // decided


def _percent_rejected(worker: Worker) -> int:
    """Rejected of decided work in percent, rounded down; 0 until 100 were submitted."""
    decided = worker.approved + worker.rejected
    if worker.submitted < PERCENT_FROM or decided == 0:
        return 0
    return 100 * worker.rejected // decided


def _percent_of_ended(part: Callable[[Worker], int], at_first: int) -> Callable[[Worker], int]:
    """A part of the assignments that ended, in percent, rounded down; until 100 ended a constant.

    Work that is still out cannot be judged.
    """

    def percent(worker: Worker) -> int:
        ended = worker.submitted + worker.returned + worker.abandoned
        return at_first if ended < PERCENT_FROM else 100 * part(worker) // ended

    return percent


def _worker_class(worker: Worker) -> int:
    return WORKER_CLASS_VALUES[worker.worker_class]


_MASTERS_TEXT = "Workers who have proved themselves, chosen by the people who run this site."
_TYPES = (
    SystemType(
        qualification_type_id=MASTERS, name="Masters", description=_MASTERS_TEXT, value=masters
    ),
    SystemType(
        qualification_type_id=MASTERS_SANDBOX,
        name="Masters",
        description=_MASTERS_TEXT,
        value=masters,
    ),
    SystemType(
        qualification_type_id=HITS_APPROVED,
        name="Worker_NumberHITsApproved",
        description="The number of assignments of the worker that were approved.",
        value=hits_approved,
    ),
    SystemType(
        qualification_type_id=LOCALE,
        name="Worker_Locale",
        description="The country of the worker, and in the United States the state.",
        value=locale,
    ),
    SystemType(
        qualification_type_id=ADULT,
        name="Worker_Adult",
        description="1 if the worker agreed to see content for adults, otherwise 0.",
        value=adult,
    ),
    SystemType(
        qualification_type_id=PERCENT_APPROVED,
        name="Worker_PercentAssignmentsApproved",
        description="The percentage of the worker's decided assignments that were approved;"
        " 100 until the worker has submitted 100 assignments.",
        value=percent_approved,
    ),
    SystemType(
        qualification_type_id=WORKER_CLASS,
        name="Kempelen_WorkerClass",
        description="Who operates the account: 0 a person, 1 software, 2 a test.",
        value=_worker_class,
    ),
    SystemType(
        qualification_type_id=PERCENT_SUBMITTED,
        name="Worker_PercentAssignmentsSubmitted",
        description="The percentage of the worker's ended assignments that were submitted.",
        value=_percent_of_ended(lambda worker: worker.submitted, 100),
        is_retired=True,
    ),
    SystemType(
        qualification_type_id=PERCENT_ABANDONED,
        name="Worker_PercentAssignmentsAbandoned",
        description="The percentage of the worker's ended assignments whose time ran out.",
        value=_percent_of_ended(lambda worker: worker.abandoned, 0),
        is_retired=True,
    ),
    SystemType(
        qualification_type_id=PERCENT_RETURNED,
        name="Worker_PercentAssignmentsReturned",
        description="The percentage of the worker's ended assignments that were given back.",
        value=_percent_of_ended(lambda worker: worker.returned, 0),
        is_retired=True,
    ),
    SystemType(
        qualification_type_id=PERCENT_REJECTED,
        name="Worker_PercentAssignmentsRejected",
        description="The percentage of the worker's decided assignments that were rejected.",
        value=_percent_rejected,
        is_retired=True,
    ),
)
SYSTEM_TYPES: Mapping[str, SystemType] = MappingProxyType(
    {item.qualification_type_id: item for item in _TYPES}
)
"""Every system type by its id; Masters has two."""


def value(worker: Worker, qualification_type_id: str) -> Value | None:
    """The value of a system type that a worker holds; None for none, or for another type."""
    found = SYSTEM_TYPES.get(qualification_type_id)
    return None if found is None else found.value(worker)


def canonical_id(qualification_type_id: str) -> str:
    """One id per type: both ids of Masters are the same type."""
    return MASTERS if qualification_type_id == MASTERS_SANDBOX else qualification_type_id


def masters_id(*, is_sandbox: bool) -> str:
    """The id of Masters in this kind of marketplace."""
    return MASTERS_SANDBOX if is_sandbox else MASTERS


def listed(*, is_sandbox: bool) -> tuple[SystemType, ...]:
    """What lists show: the types in use, Masters once."""
    other = masters_id(is_sandbox=not is_sandbox)
    return tuple(
        item for item in _TYPES if not item.is_retired and item.qualification_type_id != other
    )
