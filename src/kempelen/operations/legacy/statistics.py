"""GetRequesterStatistic and GetRequesterWorkerStatistic, computed from the rows themselves.

Days begin at midnight UTC. A sum is about the last days up to and including today, or about
everything so far; with OneDay there may be a figure for each of many days.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from kempelen.api.legacy import (
    DataPoint,
    GetRequesterStatisticRequest,
    GetRequesterWorkerStatisticRequest,
    GetStatisticResponse,
)
from kempelen.domain import errors, money
from kempelen.domain.people import Requester
from kempelen.operations import parameters
from kempelen.operations.registry import OLDER_ONLY, Scope, operation
from kempelen.store import hits, statistics, workers
from kempelen.store.statistics import Buckets
from kempelen.store.tx import Tx

ONE_DAY = "OneDay"
LIFE_TO_DATE = "LifeToDate"
DAYS = {ONE_DAY: 1, "SevenDays": 7, "ThirtyDays": 30}
COUNT = (1, 3650)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
DEPRECATED = frozenset(
    {"NumberAssignmentsAvailable", "NumberAssignmentsAccepted", "NumberAssignmentsReturned"}
)
_NUMBERS: Mapping[str, str] = {
    "NumberAssignmentsAccepted": "accepted",
    "NumberAssignmentsApproved": "approved",
    "NumberAssignmentsRejected": "rejected",
    "NumberAssignmentsReturned": "returned",
    "NumberAssignmentsAbandoned": "abandoned",
    "NumberHITsCreated": "created",
    "NumberHITsCompleted": "disposed",
}
_MONEY: Mapping[str, tuple[str, ...]] = {
    "TotalRewardPayout": ("reward",),
    "TotalRewardFeePayout": ("fee",),
    "TotalBonusPayout": ("bonus",),
    "TotalBonusFeePayout": ("bonus_fee",),
    "TotalFeePayout": ("fee", "bonus_fee"),
    "TotalRewardAndFeePayout": ("reward", "fee"),
}
_SHARES: Mapping[str, str] = {
    "PercentAssignmentsApproved": "approved",
    "PercentAssignmentsRejected": "rejected",
}
_LIABILITIES: Mapping[str, Callable[[statistics.Figures], int]] = {
    "EstimatedRewardLiability": lambda now: now.rewards,
    "EstimatedFeeLiability": lambda now: now.fees,
    "EstimatedTotalLiability": lambda now: now.rewards + now.fees,
}

Value = int | Decimal
Series = Callable[[str], list[int]]


class _Period(NamedTuple):
    """What is asked for: buckets, and the day by which each is told."""

    name: str
    buckets: Buckets
    dates: list[datetime]


@operation(writes=False, scope=Scope.SCAN, protocols=OLDER_ONLY)
def get_requester_statistic(
    tx: Tx, requester: Requester, request: GetRequesterStatisticRequest
) -> GetStatisticResponse:
    """Tell a figure of the caller's account.

    Refusals, in order: Count, a statistic that is no longer supported, TimePeriod.
    """
    period = _period(tx, request.time_period, request.count)
    name = request.statistic
    if name in DEPRECATED and tx.settings.legacy.deprecated_statistics == "refuse":
        raise errors.StatisticNotSupported(value=name, name="Statistic")
    if name == "NumberHITsAssignable" and period.name != LIFE_TO_DATE:
        raise errors.InvalidParameterValue(value=period.name, name="TimePeriod")
    hits.check_due(tx, requester.requester_id)
    return _response(period, name, _figures(tx, requester, name, period))


@operation(writes=False, scope=Scope.SCAN, protocols=OLDER_ONLY)
def get_requester_worker_statistic(
    tx: Tx, requester: Requester, request: GetRequesterWorkerStatisticRequest
) -> GetStatisticResponse:
    """Tell a figure of what one worker did for the caller.

    Refusals, in order: Count, InvalidParameterValue for an unknown WorkerId.
    """
    period = _period(tx, request.time_period, request.count)
    if workers.get(tx, request.worker_id) is None:
        raise errors.InvalidParameterValue(value=request.worker_id, name="WorkerId")
    hits.check_due(tx, requester.requester_id)
    figures = _figures_of_worker(tx, requester, request, period)
    return _response(period, request.statistic, figures, request.worker_id)


def _period(tx: Tx, name: str | None, count: int | None) -> _Period:
    name = name or LIFE_TO_DATE
    if count is not None:
        parameters.in_range(count, "Count", COUNT)
        if name != ONE_DAY:
            raise errors.InvalidParameterValue(value=count, name="Count")
    today = tx.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    if name == LIFE_TO_DATE:
        return _Period(name, Buckets(BEGINNING, today + day - BEGINNING, 1), [today])
    days = count or 1
    width = day * DAYS[name]
    start = today + day - width * days
    dates = [today - day * back for back in reversed(range(days))]
    return _Period(name, Buckets(start, width, days), dates)


def _figures(tx: Tx, requester: Requester, name: str, period: _Period) -> list[Value]:
    def series(wanted: str) -> list[int]:
        return statistics.series(tx, wanted, requester.requester_id, period.buckets)

    if name == "NumberHITsCompleted" and period.name == LIFE_TO_DATE:
        return [statistics.disposed(tx, requester.requester_id)]
    if name in _NUMBERS:
        return [*series(_NUMBERS[name])]
    if name in _MONEY:
        sums = zip(*map(series, _MONEY[name]), strict=True)
        return [_dollars(sum(parts)) for parts in sums]
    if name in _SHARES:
        return _decided_shares(series, _SHARES[name])
    if name == "AverageRewardAmount":
        pairs = zip(series("approved_rewards"), series("approved"), strict=True)
        return [_dollars(Decimal(total) / (number or 1)) for total, number in pairs]
    if name == "NumberAssignmentsPending":
        pairs = zip(series("submitted"), series("decided"), strict=True)
        return [submitted - decided for submitted, decided in pairs]
    return _current(tx, requester, name, period, series)


def _current(
    tx: Tx, requester: Requester, name: str, period: _Period, series: Series
) -> list[Value]:
    """Figures of now, which are the same whatever days were asked for."""
    if name == "NumberHITsReviewable" and period.name != LIFE_TO_DATE:
        return [*series("reviewable")]
    now = statistics.now(tx, requester.requester_id)
    value: Value
    if name in _LIABILITIES:
        value = _dollars(_LIABILITIES[name](now))
    elif name == "NumberHITsReviewable":
        value = now.reviewable
    else:
        value = now.assignable if name == "NumberHITsAssignable" else now.open_slots
    return [value] * period.buckets.number


def _figures_of_worker(
    tx: Tx, requester: Requester, request: GetRequesterWorkerStatisticRequest, period: _Period
) -> list[Value]:
    name, worker_id = request.statistic, request.worker_id

    def series(wanted: str) -> list[int]:
        return statistics.series_of_worker(
            tx, wanted, requester.requester_id, worker_id, period.buckets
        )

    if name in _NUMBERS:
        return [*series(_NUMBERS[name])]
    if name in _SHARES:
        return _decided_shares(series, _SHARES[name])
    correct, incorrect = _judged(tx, requester, worker_id, period, known="KnownAnswers" in name)
    if name.endswith("Incorrect"):
        return [*incorrect]
    evaluated = [right + wrong for right, wrong in zip(correct, incorrect, strict=True)]
    if name.endswith("Evaluated"):
        return [*evaluated]
    if name.startswith("Number"):
        return [*correct]
    return [_share(*pair) for pair in zip(correct, evaluated, strict=True)]


def _decided_shares(series: Series, wanted: str) -> list[Value]:
    approved, rejected = series("approved"), series("rejected")
    part = approved if wanted == "approved" else rejected
    decided = [sum(pair) for pair in zip(approved, rejected, strict=True)]
    return [_share(*pair) for pair in zip(part, decided, strict=True)]


def _judged(
    tx: Tx, requester: Requester, worker_id: str, period: _Period, *, known: bool
) -> tuple[list[int], list[int]]:
    """Right and wrong answers in each bucket; of several runs of a HIT the last one counts."""
    level = "Assignment" if known else "HIT"
    found: dict[str, statistics.Verdicts] = {}
    for item in statistics.verdicts(tx, requester.requester_id, worker_id):
        if item.level == level and item.results:
            last = found.get(item.assignment_id)
            is_same_run = last is not None and last.run_id == item.run_id
            earlier = last.results if last is not None and is_same_run else []
            found[item.assignment_id] = item._replace(results=earlier + item.results)
    correct, incorrect = [0] * period.buckets.number, [0] * period.buckets.number
    for item in found.values():
        bucket = (item.ran_at - period.buckets.start) // period.buckets.width
        if 0 <= bucket < period.buckets.number:
            right, wrong = _counted(item.results, known=known)
            correct[bucket] += right
            incorrect[bucket] += wrong
    return correct, incorrect


def _counted(results: list[list[str]], *, known: bool) -> tuple[int, int]:
    pairs = [(key, value) for _, _, key, value, _ in results]
    if known:
        marks = [value for key, value in pairs if key == "KnownAnswerCorrect"]
        return marks.count("1"), marks.count("0")
    figures = dict(pairs)
    return (
        int(figures.get("PluralityAnswersCorrect", 0)),
        int(figures.get("PluralityAnswersIncorrect", 0)),
    )


def _share(part: int, whole: int) -> Decimal:
    return Decimal(str(part / whole)) if whole else Decimal(0)


def _dollars(units: int | Decimal) -> Decimal:
    return Decimal(units) / money.UNITS_PER_DOLLAR


def _response(
    period: _Period, name: str, figures: list[Value], worker_id: str | None = None
) -> GetStatisticResponse:
    points = zip(period.dates, figures, strict=True)
    return GetStatisticResponse(
        data_points=tuple(_point(date, figure) for date, figure in points),
        statistic=name,
        time_period=period.name,
        worker_id=worker_id,
    )


def _point(date: datetime, figure: Value) -> DataPoint:
    seconds = date.timestamp()
    if isinstance(figure, int):
        return DataPoint(date=seconds, long_value=figure)
    shortest = f"{Decimal(str(float(figure))):f}"
    return DataPoint(date=seconds, double_value=shortest)
