"""Assignments: one worker's attempt at one HIT, with every transition as a pure function."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from kempelen.domain import errors, work_errors


class AssignmentStatus(StrEnum):
    """States of an assignment; requesters see only the last three."""

    ACCEPTED = "Accepted"
    RETURNED = "Returned"
    ABANDONED = "Abandoned"
    SUBMITTED = "Submitted"
    APPROVED = "Approved"
    REJECTED = "Rejected"


SUBMITTED_STATES = (
    AssignmentStatus.SUBMITTED,
    AssignmentStatus.APPROVED,
    AssignmentStatus.REJECTED,
)
LIVE_STATES = (AssignmentStatus.ACCEPTED, *SUBMITTED_STATES)


class Assignment(NamedTuple):
    """One attempt. `due_at` is the instant of its next time-driven transition, if it has one."""

    n: int
    assignment_id: str
    hit_id: str
    worker_id: str
    requester_id: str
    status: AssignmentStatus
    accepted_at: datetime
    deadline: datetime
    submitted_at: datetime | None = None
    auto_approval_at: datetime | None = None
    approved_at: datetime | None = None
    rejected_at: datetime | None = None
    ended_at: datetime | None = None
    feedback: str | None = None
    answer_sha256: str | None = None
    known_answer_score: int | None = None
    due_at: datetime | None = None

    @property
    def is_submitted(self) -> bool:
        """Whether requesters can see it."""
        return self.status in SUBMITTED_STATES


def check_submission(assignment: Assignment, received_at: datetime, grace: timedelta) -> None:
    """Refuse work that is no longer out, or that came later than the deadline and its grace."""
    is_out = assignment.status is AssignmentStatus.ACCEPTED
    is_late = is_out and received_at > assignment.deadline + grace
    if is_late or assignment.status is AssignmentStatus.ABANDONED:
        raise work_errors.DeadlinePassed(deadline=_shown(assignment.deadline))
    if not is_out:
        raise work_errors.NotAssigned(state=assignment.status.lower())


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def submit(
    assignment: Assignment, received_at: datetime, auto_approval_delay: timedelta, sha256: str
) -> Assignment:
    """Hand in; the caller has checked that it may."""
    auto_approval_at = received_at + auto_approval_delay
    return assignment._replace(
        status=AssignmentStatus.SUBMITTED,
        submitted_at=received_at,
        auto_approval_at=auto_approval_at,
        answer_sha256=sha256,
        due_at=auto_approval_at,
    )


def check_return(assignment: Assignment, now: datetime) -> None:
    """Refuse to return what is no longer out, or whose time is over."""
    is_out = assignment.status is AssignmentStatus.ACCEPTED
    if assignment.status is AssignmentStatus.ABANDONED or (is_out and now >= assignment.deadline):
        raise work_errors.DeadlinePassed(deadline=_shown(assignment.deadline))
    if not is_out:
        raise work_errors.NotAssigned(state=assignment.status.lower())


def return_(assignment: Assignment, now: datetime) -> Assignment:
    """Give the HIT back undone."""
    return assignment._replace(status=AssignmentStatus.RETURNED, ended_at=now, due_at=None)


def abandon(assignment: Assignment) -> Assignment:
    """The time ran out; the instant is the deadline, however late it was noticed."""
    return assignment._replace(
        status=AssignmentStatus.ABANDONED,
        ended_at=assignment.deadline,
        due_at=None,
    )


def check_approval(
    assignment: Assignment, now: datetime, *, override: bool, reversal_days: int, strict: bool
) -> None:
    """Refuse an approval that the state of the assignment does not admit.

    Submitted work can be approved; rejected work only with `override` and within `reversal_days`
    of its submission. With `strict`, `override` is refused for work that was not rejected.
    """
    status = assignment.status
    if not assignment.is_submitted:
        raise errors.InvalidAssignmentState(allowed="null")
    if status is AssignmentStatus.SUBMITTED and not (override and strict):
        return
    if status is AssignmentStatus.REJECTED and override:
        submitted_at = assignment.submitted_at or assignment.accepted_at
        if now > submitted_at + timedelta(days=reversal_days):
            raise errors.ReversalTooLate(assignment_id=assignment.assignment_id, days=reversal_days)
        return
    wanted = "Rejected" if override and strict else "Submitted"
    raise errors.InvalidAssignmentState(allowed=wanted)


def approve(assignment: Assignment, at: datetime, feedback: str | None) -> Assignment:
    """Approve; a RejectionTime of before is kept, so that both times show."""
    return assignment._replace(
        status=AssignmentStatus.APPROVED,
        approved_at=at,
        feedback=assignment.feedback if feedback is None else feedback,
        due_at=None,
    )


def check_rejection(assignment: Assignment) -> None:
    """Refuse to reject anything but undecided work."""
    if not assignment.is_submitted:
        raise errors.InvalidAssignmentState(allowed="null")
    if assignment.status is not AssignmentStatus.SUBMITTED:
        raise errors.InvalidAssignmentState(allowed="Submitted")


def reject(assignment: Assignment, at: datetime, feedback: str) -> Assignment:
    """Reject with the reason that the worker is shown."""
    return assignment._replace(
        status=AssignmentStatus.REJECTED,
        rejected_at=at,
        feedback=feedback,
        due_at=None,
    )
