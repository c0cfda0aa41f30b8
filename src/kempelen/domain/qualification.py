"""Qualifications: what workers hold or held, one per worker and type."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kempelen.domain import errors


class QualificationStatus(StrEnum):
    """Only Granted ones count."""

    GRANTED = "Granted"
    REVOKED = "Revoked"


class Cause(StrEnum):
    """How a qualification came or went, for its history."""

    ASSOCIATED = "associated"
    ACCEPTED = "accepted"
    AUTO_GRANTED = "auto_granted"
    GRADED = "graded"
    DISASSOCIATED = "disassociated"
    GIVEN_BACK = "given_back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Qualification:
    """A worker's qualification; a revoked one keeps its value for the record.

    `reason` is what the worker was told when it was revoked.
    """

    n: int
    qualification_type_id: str
    worker_id: str
    value: int
    status: QualificationStatus
    granted_at: datetime
    reason: str | None = None

    @property
    def is_granted(self) -> bool:
        """Whether it counts."""
        return self.status is QualificationStatus.GRANTED


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One entry of the history of a worker with a type; `value` is that of after the change."""

    cause: Cause
    value: int
    reason: str | None
    changed_at: datetime


def grant(held: Qualification, value: int, now: datetime) -> Qualification:
    """Grant it again, or give it another value."""
    return replace(
        held, value=value, status=QualificationStatus.GRANTED, granted_at=now, reason=None
    )


def check_granted(held: Qualification) -> None:
    """Refuse one that was revoked (InvalidQualificationState)."""
    if not held.is_granted:
        raise errors.InvalidQualificationState(allowed=QualificationStatus.GRANTED)


def revoke(held: Qualification, reason: str | None) -> Qualification:
    """Revoke it; refuses (InvalidQualificationState) when that was done before."""
    check_granted(held)
    return replace(held, status=QualificationStatus.REVOKED, reason=reason)
