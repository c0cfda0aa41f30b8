"""Lists: what is in them, in which order, and how they are walked."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from kempelen.domain import errors
from kempelen.domain.people import Requester

START = 1_767_614_400.0


def ids(pages: list[tuple[Any, ...]]) -> list[str]:
    return [hit.hit_id for page in pages for hit in page]


def test_hits_come_in_order_of_creation_with_all_members(make: Any, other_requester: Any) -> None:
    made = []
    for number in range(5):
        made.append(make.create_hit(title=f"Number {number}", lifetime_in_seconds=600 - number))
        make.create_hit(by=other_requester)
        make.clock.advance(seconds=number % 2)
    answer = make.ask("ListHITs")
    assert answer.hits == tuple(made)
    assert answer.num_results == 5


def test_every_status_but_disposed_is_listed(make: Any) -> None:
    assignable = make.create_hit().hit_id
    unassignable = make.create_hit().hit_id
    make.accept(make.new_worker(), unassignable)
    reviewable, reviewing, disposed = (make.create_hit().hit_id for _ in range(3))
    for hit_id in (reviewable, reviewing, disposed):
        make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
    make.ask("UpdateHITReviewStatus", hit_id=reviewing)
    make.ask("DeleteHIT", hit_id=disposed)
    listed = {hit.hit_id: hit.hit_status for hit in make.ask("ListHITs").hits}
    assert listed == {
        assignable: "Assignable",
        unassignable: "Unassignable",
        reviewable: "Reviewable",
        reviewing: "Reviewing",
    }


def test_a_page_has_ten_hits_unless_asked_otherwise(make: Any) -> None:
    made = [make.create_hit().hit_id for _ in range(12)]
    pages = make.walk("ListHITs", "hits")
    assert [len(page) for page in pages] == [10, 2, 0]
    assert ids(pages) == made
    pages = make.walk("ListHITs", "hits", max_results=1)
    assert [len(page) for page in pages] == [1] * 12 + [0]
    assert ids(pages) == made
    pages = make.walk("ListHITs", "hits", max_results=6)
    assert [len(page) for page in pages] == [6, 6, 0]


def test_an_empty_list_has_no_token(make: Any) -> None:
    answer = make.ask("ListHITs")
    assert (answer.hits, answer.num_results, answer.next_token) == ((), 0, None)


def test_without_the_trailing_page_the_last_token_is_left_out(make_with: Any) -> None:
    make = make_with(pagination__trailing_empty_page=False)
    made = [make.create_hit().hit_id for _ in range(4)]
    pages = make.walk("ListHITs", "hits", max_results=2)
    assert [len(page) for page in pages] == [2, 2]
    assert ids(pages) == made


def test_a_walk_is_not_disturbed_by_what_happens_meanwhile(make: Any) -> None:
    made = [make.create_hit().hit_id for _ in range(6)]
    first = make.ask("ListHITs", max_results=2)
    later = make.create_hit().hit_id
    for hit_id in (made[0], made[3]):
        make.ask("UpdateExpirationForHIT", hit_id=hit_id, expire_at=0.0)
        make.ask("DeleteHIT", hit_id=hit_id)
    second = make.ask("ListHITs", max_results=2, next_token=first.next_token)
    third = make.ask("ListHITs", max_results=2, next_token=second.next_token)
    assert ids([first.hits, second.hits, third.hits]) == [
        *made[:3],
        made[4],
        made[5],
        later,
    ]


def test_reviewable_hits_come_with_the_latest_expiration_first(make: Any) -> None:
    lifetimes = [300, 600, 300, 450, 300]
    made = [make.create_hit(lifetime_in_seconds=seconds) for seconds in lifetimes]
    make.create_hit(lifetime_in_seconds=3000)
    make.clock.advance(seconds=900)
    wanted = [hit.hit_id for hit in sorted(made, key=lambda hit: (-hit.expiration, hit.hit_id))]
    answer = make.ask("ListReviewableHITs")
    assert ids([answer.hits]) == wanted
    assert answer.hits[0] == make.hit(wanted[0])
    for size in (1, 2, 3, 100):
        pages = make.walk("ListReviewableHITs", "hits", max_results=size)
        assert ids(pages) == wanted
        assert pages[-1] == ()


def test_reviewable_hits_by_status_and_type(make: Any, other_requester: Any) -> None:
    hits = [make.create_hit(title=title) for title in ("A", "A", "B")]
    make.create_hit(by=other_requester)
    assert make.ask("ListReviewableHITs").num_results == 0
    make.clock.advance(hours=1)
    make.ask("UpdateHITReviewStatus", hit_id=hits[0].hit_id)

    def listed(**members: Any) -> set[str]:
        pages = make.walk("ListReviewableHITs", "hits", max_results=1, **members)
        return set(ids(pages))

    first, second, third = (hit.hit_id for hit in hits)
    assert listed() == listed(status="Reviewable") == {second, third}
    assert listed(status="Reviewing") == {first}
    assert listed(hit_type_id=hits[0].hit_type_id) == {second}
    assert listed(hit_type_id=hits[0].hit_type_id, status="Reviewing") == {first}
    assert listed(hit_type_id="3UNKNOWN") == set()


def test_submitted_work_comes_in_order_of_submission(make: Any) -> None:
    hit_id = make.create_hit(max_assignments=9).hit_id
    workers = [make.new_worker() for _ in range(7)]
    held = [make.accept(worker, hit_id) for worker in workers]
    done = []
    for position in (3, 0, 5, 1, 4):
        done.append((make.clock.now(), make.submit(workers[position], held[position])))
        make.clock.advance(seconds=position % 2)
    make.give_back(workers[2], held[2])
    wanted = [assignment_id for _, assignment_id in sorted(done)]
    make.ask("ApproveAssignment", assignment_id=wanted[0])
    make.ask("RejectAssignment", assignment_id=wanted[2], requester_feedback="")

    def listed(size: int = 10, **members: Any) -> list[str]:
        pages = make.walk(
            "ListAssignmentsForHIT", "assignments", hit_id=hit_id, max_results=size, **members
        )
        return [item.assignment_id for page in pages for item in page]

    assert listed() == listed(1) == listed(2) == wanted
    every = ("Submitted", "Approved", "Rejected")
    assert listed(assignment_statuses=()) == listed(assignment_statuses=every) == wanted
    approved, rejected = wanted[0], wanted[2]
    assert listed(assignment_statuses=("Approved",)) == [approved]
    assert listed(assignment_statuses=("Rejected",)) == [rejected]
    assert listed(1, assignment_statuses=("Rejected", "Approved")) == [approved, rejected]
    undecided = [found for found in wanted if found not in {approved, rejected}]
    assert listed(assignment_statuses=("Submitted",)) == undecided


def test_work_of_a_hit_in_progress_can_be_listed(make: Any) -> None:
    hit_id = make.create_hit(max_assignments=2).hit_id
    assignment_id = make.done(hit_id)
    assert make.hit(hit_id).hit_status == "Assignable"
    (shown,) = make.ask("ListAssignmentsForHIT", hit_id=hit_id).assignments
    assert shown.assignment_id == assignment_id


WALKS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("ListHITs", {}, {}),
    ("ListReviewableHITs", {"status": "Reviewable"}, {"status": "Reviewing"}),
    (
        "ListAssignmentsForHIT",
        {"assignment_statuses": ("Submitted",)},
        {"assignment_statuses": ("Approved",)},
    ),
    ("ListBonusPayments", {}, {}),
]


@pytest.fixture
def first_page(make: Any) -> Any:
    """Make two of everything; give what a list is asked for and the token of its first page."""
    hit_ids = [make.create_hit(max_assignments=2).hit_id for _ in range(2)]
    for hit_id, _ in itertools.product(hit_ids, range(2)):
        worker = make.new_worker()
        make.ask(
            "SendBonus",
            worker_id=worker.worker.worker_id,
            bonus_amount="1.00",
            assignment_id=make.done(hit_id, worker),
            reason="Thank you",
        )

    def ask(name: str, members: dict[str, Any]) -> tuple[dict[str, Any], str]:
        asked = {**members, "max_results": 1}
        if name not in {"ListHITs", "ListReviewableHITs"}:
            asked["hit_id"] = hit_ids[0]
        token: str = make.ask(name, **asked).next_token
        return asked, token

    return ask


@pytest.mark.parametrize(("name", "members", "others"), WALKS)
def test_a_token_is_of_no_use_elsewhere(
    make: Any, first_page: Any, name: str, members: dict[str, Any], others: dict[str, Any]
) -> None:
    asked, token = first_page(name, members)
    assert token.startswith("p1:")
    assert len(token) <= 255
    stranger: Requester = make.new_requester()
    changed = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    uses: list[tuple[Requester | None, dict[str, Any], str]] = [
        (stranger, asked, token),
        (None, asked, changed),
        (None, asked, token[:-4]),
        (None, asked, token.removeprefix("p1:")),
        (None, asked, "p1:"),
        (None, asked, "p1:ünlesbar"),
        (None, asked, "1"),
        (None, asked, "x" * 255),
    ]
    if others:
        uses.append((None, {**asked, **others}, token))
    if "hit_id" in asked:
        second = make.ask("ListHITs").hits[1].hit_id
        uses.append((None, {**asked, "hit_id": second}, token))
    for by, use, given in uses:
        refusal = make.refusal(name, by=by, **{**use, "next_token": given})
        assert refusal.type == "ParameterValidationError"
        assert refusal.message == (
            f'The value "{given[:200]}" is not valid for the parameter NextToken.'
        )
    assert make.ask(name, **{**asked, "next_token": token}).num_results == 1
    assert make.ask(name, **{**asked, "next_token": token, "max_results": 5}).num_results == 1


def test_a_token_of_another_list_is_refused(make: Any, first_page: Any) -> None:
    _, token = first_page("ListHITs", {})
    refusal = make.refusal("ListReviewableHITs", next_token=token)
    assert isinstance(refusal, errors.InvalidParameterValue)


def test_a_token_is_good_for_a_day(make: Any, first_page: Any) -> None:
    asked, token = first_page("ListHITs", {})
    make.clock.advance(hours=24)
    assert make.ask("ListHITs", **asked, next_token=token).num_results == 1
    make.clock.advance(seconds=1)
    refusal = make.refusal("ListHITs", **asked, next_token=token)
    assert refusal.parameter == "NextToken"


def test_the_token_is_checked_before_the_hit(make: Any) -> None:
    for name in ("ListAssignmentsForHIT", "ListBonusPayments", "ListReviewPolicyResultsForHIT"):
        refusal = make.refusal(name, hit_id="3UNKNOWN", next_token="nonsense")
        assert refusal.parameter == "NextToken"


def test_lists_are_right_when_a_thousand_hits_are_overdue(make: Any) -> None:
    hit = make.create_hit(lifetime_in_seconds=60)
    copies = (
        "WITH RECURSIVE series(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM series"
        " WHERE value < 1204) INSERT INTO hits SELECT NULL, hit_id || value, hit_type_id,"
        " group_id, requester_id, status, created_at, expiration, max_assignments,"
        " created_max_assignments, fee, annotation, layout_id, assignment_policy, hit_policy,"
        " pending, submitted, approved, rejected, is_expired, is_reviewing, is_disposed,"
        " reviewable_since, hold_moves, hit_runs, work_at_last_run, next_due, approve_on_submit"
        " FROM hits, series WHERE hit_id = ?"
    )
    statements: list[tuple[str, tuple[Any, ...]]] = [
        (copies, (hit.hit_id,)),
        ("INSERT INTO questions SELECT n, 'x' FROM hits WHERE n > 1", ()),
        (
            "UPDATE accounts SET balance = balance * 1205 WHERE account_id LIKE '%:' || ?",
            (make.requester.requester_id,),
        ),
    ]
    make.app.db.write(
        lambda connection: [connection.execute(*statement) for statement in statements]
    )
    make.clock.advance(seconds=60)
    assert make.ask("GetAccountBalance").on_hold_balance is None
    (page,) = itertools.islice(make.walk("ListReviewableHITs", "hits", max_results=100), 1)
    assert {hit.hit_status for hit in page} == {"Reviewable"}
    assert make.rows("SELECT count(*) FROM events WHERE type = 'HITReviewable'") == [(1205,)]


def test_a_hit_whose_due_work_fails_hides_no_other(make: Any) -> None:
    broken, sound = (make.create_hit(lifetime_in_seconds=60).hit_id for _ in range(2))
    on_hold = f"on_hold:{make.requester.requester_id}"
    spoil = "INSERT INTO transfers VALUES (NULL, ?, 'a', 'b', 1, 'hold', NULL, NULL, 0)"
    make.app.db.write(lambda connection: connection.execute(spoil, (f"hold:{broken}:1",)))
    make.clock.advance(seconds=60)
    listed = {hit.hit_id: hit.hit_status for hit in make.ask("ListHITs").hits}
    assert listed == {broken: "Reviewable", sound: "Reviewable"}
    assert make.hit(broken).hit_status == "Reviewable"
    assert make.events(broken) == ["HITCreated"]
    assert make.events(sound) == ["HITCreated", "HITExpired", "HITReviewable"]
    refusal = make.refusal("UpdateHITReviewStatus", hit_id=broken)
    assert isinstance(refusal, errors.ServiceFault)
    make.sweep(seconds=1)
    assert make.balance(on_hold) == 500


def test_times_are_whole_seconds(make: Any, worker: Any) -> None:
    make.clock.advance(microseconds=999_999)
    hit = make.create_hit()
    assert (hit.creation_time, hit.expiration) == (START, START + 3600)
    make.clock.advance(seconds=1)
    shown = make.assignment(make.done(hit.hit_id, worker))
    assert shown.submit_time == START + 1
    assert make.clock.now().timestamp() > START + timedelta(seconds=1).total_seconds()
