"""Requests for qualifications: their states, the time limit of tests, and when one may ask again.

```
            request                answers in time, no key
  (none) ───────────► Testing ───────────────────────────► Submitted ──► Granted, Rejected
     │  no test          ├─ answers in time, key: Granted      ▲  └─────► Cancelled
     └───────────────────┼─ time over: Expired ────────────────┘ (without a test at once)
                         └─ worker cancels: Cancelled
```
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kempelen.domain import errors, work_errors
from kempelen.domain.qualification_type import QualificationTest, QualificationType
from kempelen.domain.work_errors import WorkRefusal


class RequestState(StrEnum):
    """States of a request; requesters see only Submitted ones."""

    TESTING = "Testing"
    SUBMITTED = "Submitted"
    GRANTED = "Granted"
    REJECTED = "Rejected"
    EXPIRED = "Expired"
    CANCELLED = "Cancelled"


OPEN_STATES = (RequestState.TESTING, RequestState.SUBMITTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class QualificationRequest:
    """A worker's request. `test` is the one of the time of the request, whatever came after.

    `due_at` is when a running test ends by itself; `answer` is the document that came in time.
    `value` is what was granted, `reason` what the worker was told at a rejection.
    """

    n: int
    request_id: str
    qualification_type_id: str
    requester_id: str
    worker_id: str
    state: RequestState
    requested_at: datetime
    test: QualificationTest | None = None
    due_at: datetime | None = None
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    answer: str | None = None
    value: int | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for the worker or for the requester."""
        return self.state in OPEN_STATES

    @property
    def is_visible(self) -> bool:
        """Whether its requester ever had to decide it; running and broken off tests are hidden."""
        return self.submitted_at is not None

    @property
    def deadline(self) -> datetime | None:
        """When the time for the test ends or ended; None without a test."""
        if self.test is None:
            return None
        return self.requested_at + timedelta(seconds=self.test.duration_seconds)

    @property
    def is_attempt(self) -> bool:
        """Whether it uses up the one attempt that a type without a retry delay allows.

        A test that the worker broke off does not.
        """
        return self.state is not RequestState.CANCELLED or self.submitted_at is not None

    @property
    def counted_from(self) -> datetime:
        """Where the retry delay begins: the end of a test, otherwise the request itself."""
        if self.test is None:
            return self.requested_at
        if self.submitted_at is not None:
            return self.submitted_at
        if self.state is RequestState.EXPIRED:
            return self.ended_at or self.requested_at
        return self.requested_at

    def is_overdue(self, now: datetime) -> bool:
        """Whether the time for the test is over, noticed or not."""
        return self.state is RequestState.TESTING and self.due_at is not None and self.due_at <= now


def refusal_of_new(
    wanted: QualificationType,
    last: QualificationRequest | None,
    now: datetime,
    *,
    has_attempted: bool,
) -> WorkRefusal | None:
    """How a request is refused that the type does not admit now; None when it is admitted.

    `last` is the worker's last request of the type, with everything due done. Refusals, in order:
    TYPE_INACTIVE, ALREADY_PENDING, ALREADY_HELD (the type does not allow a retake), RETRY_TOO_SOON.
    """
    if not wanted.is_active:
        return work_errors.TypeInactive()
    if last is not None and last.is_open:
        return work_errors.AlreadyPending()
    if wanted.retry_delay_seconds is None:
        return work_errors.RetakeNotAllowed() if has_attempted else None
    allowed_at = retry_at(wanted, last)
    if allowed_at is not None and now < allowed_at:
        return work_errors.RetryTooSoon(at=allowed_at)
    return None


def retry_at(wanted: QualificationType, last: QualificationRequest | None) -> datetime | None:
    """When a type may be requested again after `last`; None for at once, or for never."""
    if wanted.retry_delay_seconds is None or last is None:
        return None
    return last.counted_from + timedelta(seconds=wanted.retry_delay_seconds)


def open_request(
    request_id: str, wanted: QualificationType, worker_id: str, now: datetime
) -> QualificationRequest:
    """A new request: with a test its time begins to run, without one it is submitted."""
    test = wanted.test
    due_at = None if test is None else now + timedelta(seconds=test.duration_seconds)
    return QualificationRequest(
        n=0,
        request_id=request_id,
        qualification_type_id=wanted.qualification_type_id,
        requester_id=wanted.requester_id,
        worker_id=worker_id,
        state=RequestState.SUBMITTED if test is None else RequestState.TESTING,
        requested_at=now,
        test=test,
        due_at=due_at,
        submitted_at=now if test is None else None,
    )


def check_running(request: QualificationRequest, now: datetime) -> None:
    """Refuse answers to a test that is over (TEST_TIME_OVER) or was handed in (TEST_ENDED)."""
    deadline = request.deadline
    is_late = request.is_overdue(now) or request.state is RequestState.EXPIRED
    if is_late and deadline is not None:
        raise work_errors.AttemptTimeOver(at=deadline)
    if request.state is not RequestState.TESTING:
        raise work_errors.AttemptEnded(state=request.state.lower())


def submit(request: QualificationRequest, answer: str, now: datetime) -> QualificationRequest:
    """Hand in the answers to a test; the caller has checked that it is running."""
    return replace(
        request, state=RequestState.SUBMITTED, due_at=None, submitted_at=now, answer=answer
    )


def grant(request: QualificationRequest, value: int, now: datetime) -> QualificationRequest:
    """Grant what was submitted: decided by the requester, by the key, or automatically."""
    check_decision(request)
    return replace(request, state=RequestState.GRANTED, ended_at=now, value=value)


def reject(
    request: QualificationRequest, reason: str | None, now: datetime
) -> QualificationRequest:
    """Refuse what was submitted."""
    check_decision(request)
    return replace(request, state=RequestState.REJECTED, ended_at=now, reason=reason)


def check_decision(request: QualificationRequest) -> None:
    """Refuse to decide what is not submitted or was decided (InvalidQualificationRequestState)."""
    if request.state is not RequestState.SUBMITTED:
        raise errors.InvalidQualificationRequestState(allowed=RequestState.SUBMITTED)


def expire(request: QualificationRequest) -> QualificationRequest:
    """End a test whose time is over; the instant is the deadline, however late it was noticed."""
    return replace(request, state=RequestState.EXPIRED, due_at=None, ended_at=request.due_at)


def cancel(request: QualificationRequest, now: datetime) -> QualificationRequest:
    """Break off a test or withdraw a request; the caller has checked that it is open."""
    return replace(request, state=RequestState.CANCELLED, due_at=None, ended_at=now)
