"""Qualification types of requesters: what one is, how it may be changed, when it is deleted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kempelen.domain import errors

DELETION_MAX = timedelta(hours=48)
AUTO_GRANTED_VALUE_DEFAULT = 1


class QualificationTypeStatus(StrEnum):
    """Whether workers may request it and HITs may begin to require it."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


@dataclass(frozen=True, kw_only=True, slots=True)
class QualificationTest:
    """A test as workers take it; it never changes. A type gets another one instead.

    `n` is the key of its row, None for one that is not stored yet.
    """

    n: int | None = None
    document: str
    answer_key: str | None
    duration_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class QualificationType:
    """A type of a requester; `auto_granted_value` is None for one that is not granted by itself.

    `deleted_at` is set from the deletion on; `deletion_due` until the deletion is complete, which
    is when the name becomes free.
    """

    n: int
    qualification_type_id: str
    requester_id: str
    name: str
    description: str
    keywords: str | None
    status: QualificationTypeStatus
    test: QualificationTest | None
    retry_delay_seconds: int | None
    auto_granted_value: int | None
    created_at: datetime
    deleted_at: datetime | None = None
    deletion_due: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether its owner deleted it; it counts for HITs that were there before."""
        return self.deleted_at is not None

    def is_being_deleted(self, now: datetime) -> bool:
        """Whether the deletion is not complete: the name is still taken."""
        return self.deletion_due is not None and now < self.deletion_due

    @property
    def is_active(self) -> bool:
        """Whether workers may request it, and new HITs may require it."""
        return self.status is QualificationTypeStatus.ACTIVE and not self.is_deleted


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What UpdateQualificationType asks for; None leaves something as it is.

    A new test brings its answer key and its duration with it, or none.
    """

    description: str | None = None
    status: QualificationTypeStatus | None = None
    test: QualificationTest | None = None
    retry_delay_seconds: int | None = None
    auto_granted: bool | None = None
    auto_granted_value: int | None = None


def change(before: QualificationType, wanted: Changes) -> QualificationType:
    """The type after an update. A test and a retry delay can be replaced, never removed.

    Refuses (InvalidParameterCombination) a type that would have both a test and a value that is
    granted automatically.
    """
    test = wanted.test or before.test
    value = _granted_value(before, wanted)
    check_automatic(test, value)
    return replace(
        before,
        description=before.description if wanted.description is None else wanted.description,
        status=wanted.status or before.status,
        test=test,
        retry_delay_seconds=before.retry_delay_seconds
        if wanted.retry_delay_seconds is None
        else wanted.retry_delay_seconds,
        auto_granted_value=value,
    )


def _granted_value(before: QualificationType, wanted: Changes) -> int | None:
    """A value without AutoGranted matters only to a type that is granted automatically."""
    is_automatic = (
        before.auto_granted_value is not None
        if wanted.auto_granted is None
        else wanted.auto_granted
    )
    if not is_automatic:
        return None
    if wanted.auto_granted_value is not None:
        return wanted.auto_granted_value
    if before.auto_granted_value is not None:
        return before.auto_granted_value
    return AUTO_GRANTED_VALUE_DEFAULT


def check_automatic(test: QualificationTest | None, auto_granted_value: int | None) -> None:
    """Refuse a test together with a value that needs none."""
    if test is not None and auto_granted_value is not None:
        raise errors.InvalidParameterCombination(names="Test, AutoGranted")


def check_changeable(before: QualificationType) -> None:
    """Refuse a type that is deleted (InvalidQualificationTypeState)."""
    if before.is_deleted:
        raise errors.InvalidQualificationTypeState(allowed=QualificationTypeStatus.ACTIVE)


def delete(before: QualificationType, now: datetime) -> QualificationType:
    """Mark a type as deleted; the deletion is complete within 48 hours."""
    return replace(
        before,
        status=QualificationTypeStatus.INACTIVE,
        deleted_at=now,
        deletion_due=now + DELETION_MAX,
    )


def complete_deletion(before: QualificationType) -> QualificationType:
    """End a deletion: the name is free."""
    return replace(before, deletion_due=None)
