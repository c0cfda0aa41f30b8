"""`kempelen check`: a market that ran holds every invariant; each fault put into it is found."""

from typing import Any

import pytest

from kempelen.api.types import ParameterMapEntry, PolicyParameter, ReviewPolicy
from kempelen.operations import checks, dispatch
from kempelen.operations.checks import Checked

KNOWN = ReviewPolicy(
    policy_name="ScoreMyKnownAnswers/2011-09-01",
    parameters=(
        PolicyParameter(
            key="AnswerKey", map_entries=(ParameterMapEntry(key="tag", values=("dog",)),)
        ),
        PolicyParameter(key="ApproveIfKnownAnswerScoreIsAtLeast", values=("50",)),
    ),
)
PLURALITY = ReviewPolicy(
    policy_name="SimplePlurality/2011-09-01",
    parameters=(
        PolicyParameter(key="QuestionIds", values=("tag",)),
        PolicyParameter(key="QuestionAgreementThreshold", values=("70",)),
        PolicyParameter(key="ExtendIfHITAgreementScoreIsLessThan", values=("90",)),
        PolicyParameter(key="ExtendMaximumAssignments", values=("4",)),
    ),
)


def checked(make: Any) -> dict[str, Checked]:
    """What the check finds, by the ids of the invariants."""
    said: list[str] = []
    found = dispatch.look(make.app, checks.check, said.append)
    assert said
    return {item.id: item for item in found}


def broken(make: Any) -> set[str]:
    return {item.id for item in checked(make).values() if item.breaches}


@pytest.fixture
def market(make_with: Any) -> Any:
    """A prepaid market with work in every state: held, given back, too late, decided, disposed."""
    make = make_with(fees__enabled=True)
    make.requester = make.new_requester(balance=10_000_000)
    said = (("dog", "cat", "dog", "dog"), ("dog", "dog", "dog"), ("cat", "dog"))
    for number, tags in enumerate(said):
        hit_id = make.create_hit(
            title=f"Tag {number}",
            max_assignments=3,
            assignment_review_policy=KNOWN,
            hit_review_policy=PLURALITY,
            lifetime_in_seconds=86_400,
        ).hit_id
        for tag in tags:
            make.done(hit_id, tag=tag)
    plain = make.create_hit(max_assignments=8).hit_id
    worker = make.new_worker()
    make.give_back(worker, make.accept(worker, plain))
    make.accept(make.new_worker(), plain)
    rejected, paid = make.done(plain), make.done(plain)
    make.ask("RejectAssignment", assignment_id=rejected, requester_feedback="no")
    make.ask("ApproveAssignment", assignment_id=rejected, override_rejection=True)
    make.ask("RejectAssignment", assignment_id=paid, requester_feedback="no")
    make.sweep(minutes=30)
    make.accept(make.new_worker(), plain)
    gone = make.create_hit(lifetime_in_seconds=60).hit_id
    make.sweep(minutes=2)
    make.ask("DeleteHIT", hit_id=gone)
    return make


def test_a_market_that_ran_holds_every_invariant(market: Any) -> None:
    found = checked(market)
    assert {item.id: item.named for item in found.values() if item.breaches} == {}
    assert all(item.rows for item in found.values()), found
    (count,) = market.rows("SELECT count(*) FROM hits")[0]
    assert found["H1"].rows == found["A1"].rows == count == 5
    (count,) = market.rows("SELECT count(*) FROM assignments")[0]
    assert found["A4"].rows == count


def test_an_empty_database_holds_every_invariant(make: Any) -> None:
    assert broken(make) == set()


FAULTS = {
    "M2": "UPDATE accounts SET balance = balance + 1 WHERE account_id = 'fees'",
    "M3": "UPDATE accounts SET balance = -1 WHERE account_id LIKE 'available:%'",
    "M4": "UPDATE hits SET max_assignments = max_assignments + 1 WHERE status = 'Assignable'",
    "M5": "UPDATE assignments SET status = 'Approved', approved_at = submitted_at"
    " WHERE status = 'Rejected'",
    "A1": "UPDATE hits SET max_assignments = submitted + approved + rejected, pending = 0"
    " WHERE pending > 0",
    "A3": "UPDATE answers SET document = document || ' '",
    "A4": "UPDATE assignments SET rejected_at = NULL WHERE status = 'Rejected'",
    "H1": "UPDATE hits SET status = 'Unassignable' WHERE status = 'Reviewable'",
    "T1": "UPDATE hits SET next_due = next_due + 1000000000000",
    "R1": "DELETE FROM review_runs WHERE level = 'Assignment'",
    "G1": "UPDATE group_counts SET open_hits = open_hits + 1",
    "W1": "UPDATE workers SET approved = approved + 1",
}


@pytest.mark.parametrize("invariant", FAULTS)
def test_a_fault_is_found_and_named(market: Any, invariant: str) -> None:
    assert broken(market) == set()
    market.change(FAULTS[invariant])
    found = checked(market)[invariant]
    assert found.breaches > 0
    assert found.named


def test_runs_of_a_hit_policy_are_counted(market: Any) -> None:
    market.change("DELETE FROM review_runs WHERE level = 'HIT'")
    assert broken(market) == {"R1"}


def test_an_answer_that_is_missing_is_found(market: Any) -> None:
    market.change("DELETE FROM answers")
    assert broken(market) == {"A3"}


def test_many_breaches_are_counted_and_the_first_are_named(make: Any) -> None:
    for number in range(30):
        make.create_hit(title=f"Tag {number}")
    make.change("UPDATE group_counts SET open_hits = 0")
    found = checked(make)["G1"]
    assert found.breaches == found.rows == 30
    assert len(found.named) == checks.NAMED_MAX


def test_groups_of_which_nothing_is_kept_are_found(make: Any) -> None:
    make.create_hit()
    make.change("DELETE FROM group_counts")
    assert broken(make) == {"G1"}


def test_a_sandbox_moves_no_money(make_with: Any) -> None:
    make = make_with(sandbox=True)
    make.ask("ApproveAssignment", assignment_id=make.done(make.create_hit().hit_id))
    assert broken(make) == set()
