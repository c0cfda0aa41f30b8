"""The statistics of requesters and workers: hand-computed figures of a small market."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kempelen.api import legacy
from kempelen.api.shape import members
from kempelen.operations import sweeping

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
NAMES = {
    shape: next(item for item in members(shape) if item.attribute == "statistic")
    for shape in (legacy.GetRequesterStatisticRequest, legacy.GetRequesterWorkerStatisticRequest)
}
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)


@pytest.fixture
def old(old_with: Callable[..., Any]) -> Any:
    """A market with fees that begins at noon of the fifth of January 2026."""
    return old_with(start=START, fees__enabled=True)


def create(old: Any, reward: str, assignments: int, **more: str) -> str:
    """A HIT that lives for ninety days."""
    answer = old.give(
        "CreateHIT",
        {
            "Title": "t",
            "Description": "d",
            "Reward.1.Amount": reward,
            "AssignmentDurationInSeconds": "600",
            "LifetimeInSeconds": "7776000",
            "MaxAssignments": str(assignments),
            "Question": EXTERNAL,
            **more,
        },
    )
    assert answer.is_valid, answer.body
    return str(answer.text("HIT/HITId"))


@pytest.fixture
def market(old: Any) -> Any:
    """Days 0, 1 and 9 of a requester, and one worker whose figures are asked for.

    Day 0: HIT A at 1.00 for 3; Anna submits, is approved. HIT B at 0.50 for 2; Bert submits, is
    rejected, and gets a bonus of 0.25. Day 1: Anna does B and is approved; Bert accepts A and gives
    it back, accepts it again and lets it go. Day 9: Bert submits A. B is disposed of.
    """
    anna, bert = old.market.add_worker("anna"), old.market.add_worker("bert")
    a, b = create(old, "1", 3), create(old, "0.5", 2)
    work = anna.do(a, {"tag": "x"})["assignment_id"]
    assert old("ApproveAssignment", AssignmentId=work).is_valid
    work = bert.do(b, {"tag": "x"})["assignment_id"]
    assert old("RejectAssignment", AssignmentId=work).is_valid
    bonus = {"BonusAmount.1.Amount": "0.25", "Reason": "r", "AssignmentId": work}
    assert old.give("GrantBonus", {**bonus, "WorkerId": bert.worker_id}).is_valid
    old.market.advance(days=1)
    work = anna.do(b, {"tag": "x"})["assignment_id"]
    assert old("ApproveAssignment", AssignmentId=work).is_valid
    bert.return_(bert.accept(a)["assignment_id"])
    bert.accept(a)
    old.market.advance(minutes=20)
    old.market.advance(days=8)
    bert.do(a, {"tag": "x"})
    assert old("DisposeHIT", HITId=b).is_valid
    return old, anna, bert


def points(answer: Any) -> list[float]:
    """The figures of an answer."""
    assert answer.is_valid, answer.body
    found = answer.root.findall("GetStatisticResult/DataPoint")
    return [float(point.findtext("LongValue") or point.findtext("DoubleValue")) for point in found]


# Fees: 20 percent of each amount. Approved: 1.00 on day 0, 0.50 on day 1.
FIGURES = {
    # statistic: LifeToDate, ThirtyDays, SevenDays (days 3 to 9), OneDay (day 9)
    "NumberAssignmentsAvailable": (1, 1, 1, 1),
    "NumberAssignmentsAccepted": (6, 6, 1, 1),
    "NumberAssignmentsPending": (1, 1, 1, 1),
    "NumberAssignmentsApproved": (2, 2, 0, 0),
    "NumberAssignmentsRejected": (1, 1, 0, 0),
    "NumberAssignmentsReturned": (1, 1, 0, 0),
    "NumberAssignmentsAbandoned": (1, 1, 0, 0),
    "PercentAssignmentsApproved": (2 / 3, 2 / 3, 0, 0),
    "PercentAssignmentsRejected": (1 / 3, 1 / 3, 0, 0),
    "TotalRewardPayout": (1.5, 1.5, 0, 0),
    "AverageRewardAmount": (0.75, 0.75, 0, 0),
    "TotalRewardFeePayout": (0.3, 0.3, 0, 0),
    "TotalBonusPayout": (0.25, 0.25, 0, 0),
    "TotalBonusFeePayout": (0.05, 0.05, 0, 0),
    "TotalFeePayout": (0.35, 0.35, 0, 0),
    "TotalRewardAndFeePayout": (1.8, 1.8, 0, 0),
    "NumberHITsCreated": (2, 2, 0, 0),
    "NumberHITsCompleted": (1, 1, 1, 1),
    "NumberHITsReviewable": (0, 0, 0, 0),
    "EstimatedRewardLiability": (2.0, 2.0, 2.0, 2.0),
    "EstimatedFeeLiability": (0.4, 0.4, 0.4, 0.4),
    "EstimatedTotalLiability": (2.4, 2.4, 2.4, 2.4),
}
PERIODS = ("LifeToDate", "ThirtyDays", "SevenDays", "OneDay")


@pytest.mark.parametrize("period", PERIODS)
def test_figures_of_a_requester(market: Any, period: str) -> None:
    """Every statistic for every period, as counted by hand."""
    old, _, _ = market
    for name, figures in FIGURES.items():
        answer = old("GetRequesterStatistic", Statistic=name, TimePeriod=period)
        assert points(answer) == [pytest.approx(figures[PERIODS.index(period)])], name
        member = "LongValue" if name.startswith("Number") else "DoubleValue"
        assert answer.text(f"GetStatisticResult/DataPoint/{member}") is not None
        assert answer.text("GetStatisticResult/Statistic") == name
        assert answer.text("GetStatisticResult/TimePeriod") == period
        assert answer.text("GetStatisticResult/DataPoint/Date") == "2026-01-14T00:00:00Z"


def test_no_statistic_is_left_out() -> None:
    """The table above has all that there are, but the one that has no periods."""
    values = NAMES[legacy.GetRequesterStatisticRequest].kind.constraints[0].values  # type: ignore[attr-defined] # a text
    assert set(values) == {*FIGURES, "NumberHITsAssignable"}


def test_days_one_by_one(market: Any) -> None:
    """The most recent last; a day without anything is 0."""
    old, _, _ = market
    answer = old(
        "GetRequesterStatistic",
        Statistic="NumberAssignmentsApproved",
        TimePeriod="OneDay",
        Count="11",
    )
    assert points(answer) == [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    dates = answer.texts("GetStatisticResult/DataPoint/Date")
    assert (dates[0], dates[-1]) == ("2026-01-04T00:00:00Z", "2026-01-14T00:00:00Z")
    answer = old(
        "GetRequesterStatistic",
        Statistic="NumberAssignmentsPending",
        TimePeriod="OneDay",
        Count="3",
    )
    assert points(answer) == [0, 0, 1]


def test_completed_hits_are_not_forgotten(market: Any) -> None:
    """Events are kept for a while only; the number of all HITs that were completed stays."""
    old, _, _ = market
    old.market.advance(days=200)
    sweeping.forget_old(old.market.app)
    kept = old.market.app.db.read(
        lambda connection: connection.execute(
            "SELECT count(*) FROM events WHERE type = 'HITDisposed'"
        ).fetchall()
    )
    assert kept == [(0,)]
    assert points(old("GetRequesterStatistic", Statistic="NumberHITsCompleted")) == [1]


def test_what_is_refused(market: Any) -> None:
    """Counts, periods and names that there are not."""
    old, _, _ = market

    def code(**parameters: str) -> str | None:
        found: str | None = old("GetRequesterStatistic", **parameters).code
        return found

    wrong_value = "AWS.MechanicalTurk.InvalidParameterValue"
    name = "NumberHITsCreated"
    assert code(Statistic="NumberOfSheep") == "AWS.InvalidEnumeratedParameter"
    assert code(Statistic=name, TimePeriod="Year") == "AWS.InvalidEnumeratedParameter"
    assert code(TimePeriod="OneDay") == "AWS.MissingParameters"
    assert code(Statistic=name, TimePeriod="OneDay", Count="0") == "AWS.ParameterOutOfRange"
    assert code(Statistic=name, TimePeriod="SevenDays", Count="2") == wrong_value
    assert code(Statistic="NumberHITsAssignable", TimePeriod="OneDay") == wrong_value
    assert points(old("GetRequesterStatistic", Statistic="NumberHITsAssignable")) == [1]


def test_response_groups(market: Any) -> None:
    """Parameters can be left out."""
    old, anna, _ = market
    answer = old("GetRequesterStatistic", Statistic="NumberHITsCreated", ResponseGroup="Minimal")
    assert answer.text("GetStatisticResult/Statistic") is None
    answer = old(
        "GetRequesterWorkerStatistic",
        Statistic="NumberAssignmentsApproved",
        WorkerId=anna.worker_id,
    )
    assert answer.text("GetStatisticResult/WorkerId") == anna.worker_id


def test_statistics_that_were_given_up(old_with: Callable[..., Any]) -> None:
    """Answered, unless somebody wants the refusal of the service."""
    old = old_with(legacy__deprecated_statistics="refuse")
    for name in ("Available", "Accepted", "Returned"):
        answer = old("GetRequesterStatistic", Statistic=f"NumberAssignments{name}")
        assert answer.code == "AWS.MechanicalTurk.InvalidParameterValue"
        assert answer.message == (
            f'The value "NumberAssignments{name}" is not valid for the parameter Statistic. '
            "This statistic is no longer supported."
        )
    assert old("GetRequesterStatistic", Statistic="NumberAssignmentsRejected").is_valid


def test_figures_of_a_worker(market: Any) -> None:
    """About this requester only."""
    old, anna, bert = market
    other = old.market.add_requester("Other")
    wanted = {
        "NumberAssignmentsApproved": ([2], [0]),
        "NumberAssignmentsRejected": ([0], [1]),
        "PercentAssignmentsApproved": ([1], [0]),
        "PercentAssignmentsRejected": ([0], [1]),
    }
    for name, figures in wanted.items():
        for worker, figure in zip((anna, bert), figures, strict=True):
            answer = old("GetRequesterWorkerStatistic", Statistic=name, WorkerId=worker.worker_id)
            assert points(answer) == figure, name
    old.key_id, old.secret = other.access_key_id, other.secret_access_key
    answer = old(
        "GetRequesterWorkerStatistic",
        Statistic="NumberAssignmentsApproved",
        WorkerId=anna.worker_id,
    )
    assert points(answer) == [0]
    unknown = old(
        "GetRequesterWorkerStatistic", Statistic="NumberAssignmentsApproved", WorkerId="ANOBODY"
    )
    assert unknown.code == "AWS.MechanicalTurk.InvalidParameterValue"


def test_answers_of_a_worker(old: Any) -> None:
    """Known answers, and plurality by the last run of each HIT.

    Two known answers, of which Anna has one; two questions, on which Bert and Carl agree and Anna
    agrees with them on one. Dora agrees with Anna after an extension, which leaves no agreement on
    the second.
    """
    known, plurality = "AssignmentReviewPolicy.", "HITReviewPolicy."
    hit_id = create(
        old,
        "0.01",
        3,
        **{
            f"{known}PolicyName": "ScoreMyKnownAnswers/2011-09-01",
            f"{known}Parameter.1.Key": "AnswerKey",
            f"{known}Parameter.1.MapEntry.1.Key": "k1",
            f"{known}Parameter.1.MapEntry.1.Value": "yes",
            f"{known}Parameter.1.MapEntry.2.Key": "k2",
            f"{known}Parameter.1.MapEntry.2.Value": "yes",
            f"{plurality}PolicyName": "SimplePlurality/2011-09-01",
            f"{plurality}Parameter.1.Key": "QuestionIds",
            f"{plurality}Parameter.1.Value": "q1,q2",
            f"{plurality}Parameter.2.Key": "QuestionAgreementThreshold",
            f"{plurality}Parameter.2.Value": "50",
        },
    )
    workers = {name: old.market.add_worker(name) for name in ("anna", "bert", "carl", "dora")}
    answers = {
        "anna": {"k1": "yes", "k2": "no", "q1": "cat", "q2": "red"},
        "bert": {"k1": "yes", "k2": "yes", "q1": "cat", "q2": "blue"},
        "carl": {"k1": "no", "k2": "no", "q1": "cat", "q2": "blue"},
        "dora": {"k1": "yes", "k2": "yes", "q1": "cat", "q2": "red"},
    }
    for name in ("anna", "bert", "carl"):
        workers[name].do(hit_id, answers[name])

    def figures(name: str) -> list[float]:
        found = []
        for statistic in ("KnownAnswers", "PluralityAnswers"):
            for what in (
                "NumberXCorrect",
                "NumberXIncorrect",
                "NumberXEvaluated",
                "PercentXCorrect",
            ):
                answer = old(
                    "GetRequesterWorkerStatistic",
                    Statistic=what.replace("X", statistic),
                    WorkerId=workers[name].worker_id,
                    TimePeriod="SevenDays",
                )
                found += points(answer)
        return found

    assert figures("anna") == [1, 1, 2, 0.5, 1, 1, 2, 0.5]
    assert figures("bert") == [2, 0, 2, 1, 2, 0, 2, 1]
    assert figures("dora") == [0, 0, 0, 0, 0, 0, 0, 0]
    assert old("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="1").is_valid
    workers["dora"].do(hit_id, answers["dora"])
    assert figures("anna") == [1, 1, 2, 0.5, 1, 0, 1, 1]
    old.market.advance(days=8)
    assert figures("anna") == [0] * 8


def test_every_worker_statistic_is_answered(market: Any) -> None:
    """None of the enumeration is a name only."""
    old, anna, _ = market
    for name in NAMES[legacy.GetRequesterWorkerStatisticRequest].kind.constraints[0].values:  # type: ignore[attr-defined] # a text
        answer = old("GetRequesterWorkerStatistic", Statistic=name, WorkerId=anna.worker_id)
        assert answer.is_valid, name
