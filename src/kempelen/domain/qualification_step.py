"""What a worker can do next about a qualification: request it, take its test, wait, or nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kempelen.domain import qualification_request as requests
from kempelen.domain import work_errors
from kempelen.domain.qualification_request import QualificationRequest, RequestState
from kempelen.domain.qualification_type import QualificationType
from kempelen.domain.requirement import Comparator, QualificationRequirement
from kempelen.domain.work_errors import WorkRefusal


class Step(StrEnum):
    """The kinds of a next step."""

    NONE = "none"
    REQUEST = "request"
    TEST = "test"
    WAIT = "wait"


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """The step; `at` is when a running test is over, or when the next request is allowed.

    `refusal` is how a request would be answered now.
    """

    step: Step
    at: datetime | None = None
    refusal: WorkRefusal | None = None


NOTHING = NextStep(step=Step.NONE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A worker's record with a type: the last request, and whether one was an attempt."""

    last: QualificationRequest | None = None
    has_attempted: bool = False
    is_blocked: bool = False


NO_RECORD = Record()


def next_step(wanted: QualificationType, record: Record, now: datetime) -> NextStep:
    """The step that the type and the record admit at `now`."""
    last = record.last
    if last is not None and not last.is_overdue(now):
        if last.state is RequestState.TESTING:
            return NextStep(step=Step.TEST, at=last.due_at, refusal=work_errors.AlreadyPending())
        if last.state is RequestState.SUBMITTED:
            return NextStep(step=Step.WAIT, refusal=work_errors.AlreadyPending())
    refusal = refusal_of_request(wanted, record, now)
    if isinstance(refusal, work_errors.RetryTooSoon):
        return NextStep(step=Step.WAIT, at=refusal.at, refusal=refusal)
    if refusal is not None:
        return NextStep(step=Step.NONE, refusal=refusal)
    return NextStep(step=Step.REQUEST if wanted.test is None else Step.TEST)


def refusal_of_request(
    wanted: QualificationType, record: Record, now: datetime
) -> WorkRefusal | None:
    """How a new request is refused, None when it is admitted; a test that is over has ended.

    Refusals, in order: NOT_PERMITTED for a blocked worker, those of `qualification_request`.
    """
    if record.is_blocked:
        return work_errors.RequestNotPermitted()
    last = record.last
    if last is not None and last.is_overdue(now):
        last = requests.expire(last)
    return requests.refusal_of_new(wanted, last, now, has_attempted=record.has_attempted)


def step_towards(
    requirement: QualificationRequirement,
    wanted: QualificationType,
    record: Record,
    now: datetime,
) -> NextStep:
    """The step that may lead to meeting a requirement which is not met.

    There is none where having the qualification is what stands in the way, or where the value
    that is granted automatically would not do.
    """
    if requirement.comparator is Comparator.DOES_NOT_EXIST:
        return NOTHING
    granted = wanted.auto_granted_value
    if granted is not None and not requirement.is_met_by(granted):
        return NOTHING
    return next_step(wanted, record, now)
