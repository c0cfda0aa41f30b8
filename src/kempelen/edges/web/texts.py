"""Amounts, times, durations and requirements in the words that workers read."""

from datetime import datetime

from kempelen.api.own_qualifications import (
    OwnQualification,
    QualificationChange,
    QualificationType,
)
from kempelen.api.work import HitGroup, Money, Requirement
from kempelen.domain import system_types, work_errors
from kempelen.domain.qualification import Cause
from kempelen.domain.requirement import Comparator

_SIGNS = {"USD": "$"}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_NAMES = {
    system_types.MASTERS: "Masters",
    system_types.MASTERS_SANDBOX: "Masters",
    system_types.HITS_APPROVED: "Number of HITs approved",
    system_types.LOCALE: "Location",
    system_types.ADULT: "Adult content",
    system_types.PERCENT_APPROVED: "HIT approval rate (%)",
    system_types.WORKER_CLASS: "Kind of worker",
}
_CHANGES = {
    Cause.ASSOCIATED: "The requester gave it to you with the value {value}.",
    Cause.ACCEPTED: "The requester granted your request with the value {value}.",
    Cause.AUTO_GRANTED: "You requested it and got it at once with the value {value}.",
    Cause.GRADED: "You took its test and scored {value}.",
    Cause.DISASSOCIATED: "The requester took it back; the value was {value}.",
    Cause.GIVEN_BACK: "You gave it back; the value was {value}.",
}
_COMPARISONS = {
    Comparator.LESS_THAN: "is less than",
    Comparator.LESS_THAN_OR_EQUAL_TO: "is not greater than",
    Comparator.GREATER_THAN: "is greater than",
    Comparator.GREATER_THAN_OR_EQUAL_TO: "is not less than",
    Comparator.EQUAL_TO: "is",
    Comparator.NOT_EQUAL_TO: "is not",
    Comparator.EXISTS: "has been granted",
    Comparator.DOES_NOT_EXIST: "has not been granted",
    Comparator.IN: "is one of",
    Comparator.NOT_IN: "is none of",
}
_TYPES = _NAMES | {system_types.PERCENT_APPROVED: "HIT approval rate"}
_REFUSALS = {
    work_errors.NotRequestable.work_code: "This site computes it; it cannot be requested.",
    work_errors.TypeInactive.work_code: "It cannot be requested at present.",
    work_errors.RetakeNotAllowed.work_code: (
        "It can be requested only once, and you have done so."
    ),
    work_errors.RetryTooSoon.work_code: "You tried not long ago.",
    work_errors.RequestNotPermitted.work_code: (
        "You cannot request qualifications of this requester."
    ),
}
_REASONS = {
    work_errors.AccountSuspended.work_code: (
        "Your account is suspended. Ask the people who run this site."
    ),
    work_errors.TokenMayNotWork.work_code: "You are signed in for reading only.",
    work_errors.NoAssignments.work_code: (
        "Nothing of this group is open to you now: you did its HITs, or others hold them."
    ),
}


def money(amount: Money) -> str:
    """An amount with its sign: $0.05."""
    sign = _SIGNS.get(amount.currency)
    return f"{sign}{amount.amount}" if sign else f"{amount.amount} {amount.currency}"


def duration(seconds: float) -> str:
    """A length of time in its two largest units: 1 hour 30 minutes."""
    rest = max(0, int(seconds))
    parts: list[str] = []
    for name, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(counted(count, name))
        elif parts:
            break
    return " ".join(parts[:2]) or "0 seconds"


def ago(moment: str, now: datetime) -> str:
    """How long something is past, in its largest unit: 3 hours ago."""
    seconds = int((now - instant(moment)).total_seconds())
    for name, size in _UNITS[:-1]:
        if seconds >= size:
            return f"{counted(seconds // size, name)} ago"
    return "just now"


def counted(count: int, name: str) -> str:
    """A number with its noun: 1 minute, 2 minutes."""
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def instant(moment: str) -> datetime:
    """The instant of an RFC 3339 text."""
    return datetime.fromisoformat(moment)


def moment(text: str) -> str:
    """An instant as people write it: 12 Jun 2026, 14:00 UTC."""
    at = instant(text)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def clock_time(text: str) -> str:
    """The time of day of an instant: 14:02 UTC."""
    return f"{instant(text):%H:%M} UTC"


def requirement(wanted: Requirement) -> str:
    """A condition in words: HIT approval rate (%) is greater than 95."""
    name = _NAMES.get(wanted.qualification_type_id, wanted.name)
    comparison = _COMPARISONS[Comparator(wanted.comparator)]
    values = [str(value) for value in wanted.values or ()]
    values += ["-".join(filter(None, locale.values())) for locale in wanted.locales or ()]
    return " ".join(filter(None, (name, comparison, ", ".join(values))))


def type_name(shown: QualificationType) -> str:
    """What a qualification type is called; those of the marketplace have names for people."""
    return _TYPES.get(shown.qualification_type_id, shown.name)


def cannot_request(own: OwnQualification) -> str:
    """Why a qualification cannot be requested now, in a sentence; nothing while a request waits."""
    return _REFUSALS.get(own.code or "", "")


def changed(change: QualificationChange) -> str:
    """How a qualification came or went, in a sentence."""
    return _CHANGES[Cause(change.cause)].format(value=change.value)


def ways_in(group: HitGroup) -> list[Requirement]:
    """What to request or to be tested for, when that is all that keeps one from a group."""
    unmet = [item for item in group.requirements if not item.met]
    if group.caller.reasons != [work_errors.NotQualified.work_code]:
        return []
    return unmet if all(item.action in {"request", "test"} for item in unmet) else []


def reasons(group: HitGroup) -> list[str]:
    """What keeps the worker from accepting a HIT of a group, a sentence for each."""
    found = []
    for code in group.caller.reasons:
        if code == work_errors.NotQualified.work_code:
            unmet = "; ".join(requirement(item) for item in group.requirements if not item.met)
            found.append(f"You do not meet: {unmet}.")
        elif code in _REASONS:
            found.append(_REASONS[code])
    return found


def hourly(amount: Money, seconds: float) -> str | None:
    """What an amount comes to in an hour; None for a time too short to say."""
    if seconds < 1:
        return None
    per_hour = float(amount.amount) * 3600 / seconds
    sign = _SIGNS.get(amount.currency, "")
    return f"{sign}{per_hour:,.2f}"
