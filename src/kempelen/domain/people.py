"""Who calls: requesters and workers, as rules need to see them; no passwords, no keys."""

from dataclasses import dataclass, field
from enum import StrEnum


class BillingMode(StrEnum):
    """Whether a requester's balance limits what they may publish."""

    UNLIMITED = "unlimited"
    PREPAID = "prepaid"


class WorkerClass(StrEnum):
    """Who operates a worker account: a person, software acting for itself, or a test."""

    HUMAN = "human"
    AGENT = "agent"
    SIMULATED = "simulated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Requester:
    """An account that publishes HITs; every access key of the account acts as it.

    `access_key_id` is the key that signed the call, if one did: who asks to be sent something
    signed has it signed with that key.
    """

    requester_id: str
    name: str
    billing_mode: BillingMode
    is_suspended: bool = False
    access_key_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """An account that does HITs; its id is the same for every requester.

    The counts are over all requesters. `given_*` are values set for tests: the first is added to
    the count of approved assignments, the second replaces the computed percentage.
    """

    worker_id: str
    name: str
    worker_class: WorkerClass
    country: str
    subdivision: str | None = None
    is_adult: bool = False
    is_master: bool = False
    is_suspended: bool = False
    accepted: int = 0
    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    returned: int = 0
    abandoned: int = 0
    given_hits_approved: int | None = None
    given_percent_approved: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerCaller:
    """A signed-in worker and what the way of signing in permits."""

    worker: Worker
    may_work: bool
