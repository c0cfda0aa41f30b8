"""Random lives of a market: whatever is done in whichever order, its invariants hold.

The rules call operations, refused or not; the invariants read the rows and know nothing of the
code that wrote them (docs/reference/invariants.md).
"""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kempelen import bootstrap
from kempelen.api import types
from kempelen.clock import micros
from kempelen.domain.errors import Refusal, ServiceFault
from kempelen.operations import checks, dispatch

BALANCE = 150_000
numbers = st.integers(0, 1000)
seconds = st.sampled_from([1, 30, 59, 61, 300, 700, 3600, 86_400, 2_592_000])


def _policy(name: str, **parameters: Any) -> types.ReviewPolicy:
    key = types.PolicyParameter(
        key="AnswerKey", map_entries=(types.ParameterMapEntry(key="k", values=("1",)),)
    )
    scalars = tuple(
        types.PolicyParameter(key=key, values=(str(value),)) for key, value in parameters.items()
    )
    is_known = name.startswith("Score")
    return types.ReviewPolicy(policy_name=name, parameters=(key, *scalars) if is_known else scalars)


ASSIGNMENT_POLICIES = [
    None,
    None,
    _policy(
        "ScoreMyKnownAnswers/2011-09-01",
        ApproveIfKnownAnswerScoreIsAtLeast=100,
        ExtendIfKnownAnswerScoreIsLessThan=100,
        ExtendMaximumAssignments=3,
        ExtendMinimumTimeInSeconds=60,
    ),
    _policy("ScoreMyKnownAnswers/2011-09-01", RejectIfKnownAnswerScoreIsLessThan=100),
]
HIT_POLICIES = [
    None,
    None,
    _policy(
        "SimplePlurality/2011-09-01",
        QuestionIds="k",
        QuestionAgreementThreshold=60,
        ApproveIfWorkerAgreementScoreIsAtLeast=100,
        RejectIfWorkerAgreementScoreIsLessThan=50,
        ExtendIfHITAgreementScoreIsLessThan=100,
        ExtendMaximumAssignments=4,
        ExtendMinimumTimeInSeconds=600,
    ),
]


EVENTS = {
    "AssignmentAccepted": "*",
    "AssignmentReturned": "Returned",
    "AssignmentAbandoned": "Abandoned",
    "AssignmentApproved": "Approved",
}
OTHER_STATUS = """
    SELECT hit_id, status, CASE
        WHEN is_disposed THEN 'Disposed'
        WHEN expiration > ?1 AND max_assignments > pending + submitted + approved + rejected
            THEN 'Assignable'
        WHEN pending > 0 THEN 'Unassignable'
        WHEN is_reviewing THEN 'Reviewing'
        ELSE 'Reviewable' END AS wanted
    FROM hits WHERE status <> wanted"""
TO_BE_HELD = """
    SELECT coalesce(sum((reward + fee) * (pending + submitted + CASE
        WHEN is_expired OR is_disposed THEN 0
        ELSE max_assignments - pending - submitted - approved - rejected END)), 0)
    FROM hits JOIN hit_types USING (hit_type_id)"""
VIOLATIONS = {
    "balances are the sums of their transfers": """
        SELECT account_id, balance FROM accounts WHERE balance <>
            (SELECT coalesce(sum(amount), 0) FROM transfers WHERE target = account_id)
            - (SELECT coalesce(sum(amount), 0) FROM transfers WHERE source = account_id)""",
    "nobody spends what is not there": """
        SELECT account_id, balance FROM accounts
        WHERE balance < 0 AND account_id <> 'external'""",
    "approved work is paid exactly once, other work never": """
        SELECT assignment_id FROM assignments AS a WHERE (a.status = 'Approved') <>
            (SELECT count(*) FROM transfers AS t
             WHERE t.kind = 'fee' AND t.assignment_id = a.assignment_id)""",
    "counters are counts": """
        SELECT hit_id FROM hits AS h WHERE (pending, submitted, approved, rejected) <>
            (SELECT count(*) FILTER (WHERE a.status = 'Accepted'),
                    count(*) FILTER (WHERE a.status = 'Submitted'),
                    count(*) FILTER (WHERE a.status = 'Approved'),
                    count(*) FILTER (WHERE a.status = 'Rejected')
             FROM assignments AS a WHERE a.hit_id = h.hit_id)""",
    "there is never more work than was wanted": """
        SELECT hit_id FROM hits
        WHERE pending + submitted + approved + rejected > max_assignments""",
    "nobody does a HIT twice": """
        SELECT worker_id, hit_id FROM assignments
        WHERE status NOT IN ('Returned', 'Abandoned')
        GROUP BY worker_id, hit_id HAVING count(*) > 1""",
    "times are those of the state": """
        SELECT assignment_id FROM assignments
        WHERE (status = 'Approved') <> (approved_at IS NOT NULL)
            OR (status = 'Rejected') > (rejected_at IS NOT NULL)
            OR (status IN ('Rejected', 'Approved')) < (rejected_at IS NOT NULL)
            OR (status IN ('Submitted', 'Approved', 'Rejected')) <> (submitted_at IS NOT NULL)
            OR (status IN ('Accepted', 'Submitted')) <> (due_at IS NOT NULL)""",
    "nothing is due before its HIT says so": """
        SELECT hit_id FROM hits AS h WHERE is_disposed = 0 AND next_due > min(
            CASE WHEN is_expired THEN next_due ELSE expiration END,
            (SELECT coalesce(min(due_at), h.next_due) FROM assignments AS a
             WHERE a.hit_id = h.hit_id))""",
    "open HITs of a group are counted": """
        SELECT group_id FROM group_counts AS g WHERE open_hits <>
            (SELECT count(*) FROM hits AS h
             WHERE h.group_id = g.group_id AND status = 'Assignable')""",
    "a group is found as long as one of its HITs is open": """
        SELECT hit_id FROM hits JOIN group_counts USING (group_id)
        WHERE status = 'Assignable' AND latest_expiration < expiration""",
    "every submission is reviewed exactly once": """
        SELECT assignment_id FROM assignments JOIN hits USING (hit_id)
        WHERE assignment_policy IS NOT NULL AND (submitted_at IS NOT NULL) <>
            (SELECT count(*) FROM review_runs AS r
             WHERE r.level = 'Assignment' AND r.trigger = assignment_id AND r.part = 0)""",
    "every run of a HIT is stored": """
        SELECT hit_id FROM hits AS h WHERE hit_runs <>
            (SELECT count(*) FROM review_runs AS r
             WHERE r.level = 'HIT' AND r.hit_id = h.hit_id AND r.part = 0)""",
    "no policy fails": "SELECT * FROM review_runs WHERE error IS NOT NULL",
}


class Market(RuleBasedStateMachine):
    """A prepaid requester, four workers, and what they do to each other."""

    def __init__(self, make_afresh: Callable[..., Any]) -> None:
        super().__init__()
        self.make = make_afresh(fees__enabled=True)
        self.make.requester = self.make.new_requester(balance=BALANCE)
        self.workers = [self.make.new_worker() for _ in range(4)]
        self.hit_ids: list[str] = []
        self.held: list[tuple[Any, str]] = []
        self.known: list[str] = []

    def teardown(self) -> None:
        found = dispatch.look(self.make.app, checks.check, lambda _: None)
        bootstrap.close_app(self.make.app)
        assert [item.named for item in found if item.breaches] == []

    def attempt(self, function: Callable[..., Any], *given: Any, **members: Any) -> Any:
        """Do something that may be refused, but must not fail."""
        try:
            return function(*given, **members)
        except ServiceFault:
            raise
        except Refusal:
            return None

    def ask(self, name: str, **members: Any) -> Any:
        return self.attempt(self.make.ask, name, **members)

    @initialize()
    def begin(self) -> None:
        self.create(2, 3600, 2_592_000, 0, 0, "0.50")

    @rule(
        wanted=st.integers(1, 3),
        lifetime=st.sampled_from([30, 600, 3600, 31_536_000]),
        delay=st.sampled_from([0, 300, 2_592_000]),
        assignment_policy=st.integers(0, len(ASSIGNMENT_POLICIES) - 1),
        hit_policy=st.integers(0, len(HIT_POLICIES) - 1),
        reward=st.sampled_from(["0.00", "0.05", "0.50"]),
    )
    def create(
        self,
        wanted: int,
        lifetime: int,
        delay: int,
        assignment_policy: int,
        hit_policy: int,
        reward: str,
    ) -> None:
        made = self.attempt(
            self.make.create_hit,
            max_assignments=wanted,
            lifetime_in_seconds=lifetime,
            auto_approval_delay_in_seconds=delay,
            assignment_review_policy=ASSIGNMENT_POLICIES[assignment_policy],
            hit_review_policy=HIT_POLICIES[hit_policy],
            reward=reward,
        )
        if made is not None:
            self.hit_ids.append(made.hit_id)

    def some_hit(self, number: int) -> str:
        return self.hit_ids[number % len(self.hit_ids)]

    @rule(number=numbers, who=numbers)
    def accept(self, number: int, who: int) -> None:
        worker = self.workers[who % len(self.workers)]
        assignment_id = self.attempt(self.make.accept, worker, self.some_hit(number))
        if assignment_id is not None:
            self.held.append((worker, assignment_id))
            self.known.append(assignment_id)

    @precondition(lambda self: self.held)
    @rule(number=numbers)
    def give_back(self, number: int) -> None:
        self.attempt(self.make.give_back, *self.held.pop(number % len(self.held)))

    @precondition(lambda self: self.held)
    @rule(number=numbers, answer=st.sampled_from(["1", "2"]))
    def submit(self, number: int, answer: str) -> None:
        self.attempt(self.make.submit, *self.held.pop(number % len(self.held)), k=answer)

    @precondition(lambda self: self.known)
    @rule(number=numbers, override=st.booleans())
    def approve(self, number: int, *, override: bool) -> None:
        assignment_id = self.known[number % len(self.known)]
        self.ask("ApproveAssignment", assignment_id=assignment_id, override_rejection=override)

    @precondition(lambda self: self.known)
    @rule(number=numbers)
    def reject(self, number: int) -> None:
        assignment_id = self.known[number % len(self.known)]
        self.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback="no")

    @rule(number=numbers, more=st.integers(1, 2))
    def extend(self, number: int, more: int) -> None:
        self.ask(
            "CreateAdditionalAssignmentsForHIT",
            hit_id=self.some_hit(number),
            number_of_additional_assignments=more,
        )

    @rule(number=numbers, later=st.sampled_from([-1, 60, 3600, 90_000]))
    def move_expiration(self, number: int, later: int) -> None:
        expire_at = self.make.clock.now().timestamp() + later
        self.ask("UpdateExpirationForHIT", hit_id=self.some_hit(number), expire_at=expire_at)

    @rule(number=numbers, revert=st.booleans())
    def review(self, number: int, *, revert: bool) -> None:
        self.ask("UpdateHITReviewStatus", hit_id=self.some_hit(number), revert=revert)

    @rule(number=numbers, other=numbers)
    def change_type(self, number: int, other: int) -> None:
        hit_type_id = self.make.hit(self.some_hit(other)).hit_type_id
        self.ask("UpdateHITTypeOfHIT", hit_id=self.some_hit(number), hit_type_id=hit_type_id)

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        self.ask("DeleteHIT", hit_id=self.some_hit(number))

    @precondition(lambda self: self.known)
    @rule(number=numbers, who=numbers)
    def send_bonus(self, number: int, who: int) -> None:
        self.ask(
            "SendBonus",
            worker_id=self.workers[who % len(self.workers)].worker.worker_id,
            bonus_amount="0.03",
            assignment_id=self.known[number % len(self.known)],
            reason="r",
        )

    @rule(step=seconds)
    def pass_time(self, step: int) -> None:
        self.make.clock.advance(seconds=step)

    @rule(step=seconds)
    def sweep(self, step: int) -> None:
        self.make.sweep(seconds=step)
        now = micros(self.make.clock.now())
        query = "SELECT hit_id FROM hits WHERE is_disposed = 0 AND next_due <= ?"
        assert self.make.rows(query, now) == []
        assert self.make.rows(OTHER_STATUS, now) == []

    @rule(number=numbers)
    def look(self, number: int) -> None:
        """What GetHIT shows equals what the rows and the clock say."""
        hit_id = self.some_hit(number)
        shown = self.make.hit(hit_id)
        query = (
            "SELECT pending, approved + rejected, max_assignments - pending - submitted"
            " - approved - rejected, status FROM hits WHERE hit_id = ?"
        )
        ((pending, completed, open_slots, status),) = self.make.rows(query, hit_id)
        assert shown.hit_status == status
        assert shown.number_of_assignments_pending == pending
        assert shown.number_of_assignments_completed == completed
        available = open_slots if status == "Assignable" else 0
        assert shown.number_of_assignments_available == available

    @invariant()
    def there_are_no_violations(self) -> None:
        for statement, violations in VIOLATIONS.items():
            assert self.make.rows(violations) == [], statement

    @invariant()
    def money_is_conserved_and_held_for_what_may_have_to_be_paid(self) -> None:
        assert self.make.rows("SELECT sum(balance) FROM accounts") == [(0,)]
        ((wanted,),) = self.make.rows(TO_BE_HELD)
        assert self.make.balance(f"on_hold:{self.make.requester.requester_id}") == wanted

    @invariant()
    def events_tell_what_happened(self) -> None:
        for event, status in EVENTS.items():
            ((told,),) = self.make.rows("SELECT count(*) FROM events WHERE type = ?", event)
            ((happened,),) = self.make.rows(
                "SELECT count(*) FROM assignments WHERE status GLOB ?", status
            )
            assert told == happened, event


def test_a_market_keeps_its_invariants(make_afresh: Callable[..., Any]) -> None:
    run_state_machine_as_test(
        lambda: Market(make_afresh),  # type: ignore[arg-type]  # any factory will do
        settings=settings(max_examples=20, stateful_step_count=40, derandomize=True),
    )
