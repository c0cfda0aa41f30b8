"""HITs that require types: what may be required, who finds, previews and accepts them."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors, system_types, work_errors
from kempelen.domain.people import WorkerCaller
from kempelen.operations import dispatch
from kempelen.store import workers

LEVELS = ("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept")
COMPARED = {
    "LessThan": (5,),
    "LessThanOrEqualTo": (5,),
    "GreaterThan": (5,),
    "GreaterThanOrEqualTo": (5,),
    "EqualTo": (5,),
    "NotEqualTo": (5,),
    "In": (4, 6),
    "NotIn": (4, 6),
    "Exists": (),
    "DoesNotExist": (),
}
MEETING: dict[str, set[int | None]] = {
    "LessThan": {4},
    "LessThanOrEqualTo": {4, 5},
    "GreaterThan": {6},
    "GreaterThanOrEqualTo": {5, 6},
    "EqualTo": {5},
    "NotEqualTo": {4, 6},
    "In": {4, 6},
    "NotIn": {5},
    "Exists": {4, 5, 6},
    "DoesNotExist": {None},
}


def may(qualify: Any, worker: WorkerCaller, hit: types.HIT) -> str:
    """What a worker may do with a HIT; every way agrees about it."""
    groups = {group.group_id: group for group in qualify.listed(worker)}
    try:
        group = qualify.group(worker, hit)
    except work_errors.NotFound:
        assert hit.hit_group_id not in groups
        with pytest.raises(work_errors.NotFound):
            qualify.preview(worker, hit)
        with pytest.raises(work_errors.NotFound):
            qualify.accept(worker, hit)
        with pytest.raises(work_errors.NotFound):
            qualify.make.accept(worker, hit.hit_id)
        return "nothing"
    assert groups[hit.hit_group_id] == group
    can_preview = qualify.preview(worker, hit) is not None
    assert group.caller.can_preview is can_preview
    qualified = {item.group_id for item in qualify.listed(worker, qualified=True)}
    if group.caller.can_accept:
        assert hit.hit_group_id in qualified
        return "accept"
    assert hit.hit_group_id not in qualified
    assert group.caller.reasons == ["NOT_QUALIFIED"]
    for accept in (qualify.accept, lambda who, what: qualify.make.accept(who, what.hit_id)):
        with pytest.raises(work_errors.NotQualified) as refused:
            accept(worker, hit)
        assert refused.value.code == "AWS.MechanicalTurk.DoesNotMeetRequirements"
        assert len(refused.value.unmet) == sum(not item.met for item in group.requirements)
    return "preview" if can_preview else "discover"


@pytest.mark.parametrize("comparator", COMPARED)
def test_every_comparator_with_what_workers_hold(make: Any, qualify: Any, comparator: str) -> None:
    type_id = qualify.type_id()
    wanted = qualify.requiring(
        type_id, comparator=comparator, integer_values=COMPARED[comparator] or None
    )
    hit = qualify.hit(wanted, max_assignments=9)
    revoked = make.new_worker()
    holders: list[tuple[int | None, WorkerCaller]] = [(None, make.new_worker()), (None, revoked)]
    qualify.grant(type_id, revoked, 5)
    qualify.revoke(type_id, revoked)
    for value in (4, 5, 6):
        worker = make.new_worker()
        qualify.grant(type_id, worker, value)
        holders.append((value, worker))
    for held, worker in holders:
        expected = "accept" if held in MEETING[comparator] else "preview"
        assert may(qualify, worker, hit) == expected
        if expected == "accept":
            assert make.accept(worker, hit.hit_id)


@pytest.mark.parametrize(
    ("level", "left"),
    [
        (None, "preview"),
        ("Accept", "preview"),
        ("PreviewAndAccept", "discover"),
        ("DiscoverPreviewAndAccept", "nothing"),
    ],
)
def test_what_each_guard_leaves(qualify: Any, worker: Any, level: str | None, left: str) -> None:
    type_id = qualify.type_id()
    hit = qualify.hit(qualify.requiring(type_id, actions_guarded=level))
    assert may(qualify, worker, hit) == left
    qualify.grant(type_id, worker)
    assert may(qualify, worker, hit) == "accept"
    assert qualify.accept(worker, hit).assignments
    qualify.revoke(type_id, worker)


def test_the_strictest_guard_that_is_not_met_decides(make: Any, qualify: Any) -> None:
    ids = [qualify.type_id() for _ in LEVELS]
    guarded = [
        qualify.requiring(type_id, actions_guarded=level)
        for type_id, level in zip(ids, LEVELS, strict=True)
    ]
    hit = qualify.hit(*guarded, max_assignments=9)
    wanted = {
        (): "nothing",
        (2,): "discover",
        (1, 2): "preview",
        (0, 2): "discover",
        (0, 1): "nothing",
        (0, 1, 2): "accept",
    }
    for held, left in wanted.items():
        worker = make.new_worker()
        for number in held:
            qualify.grant(ids[number], worker)
        assert may(qualify, worker, hit) == left


def test_work_that_was_accepted_stays(make: Any, qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id()
    guarded = qualify.requiring(type_id, actions_guarded="DiscoverPreviewAndAccept")
    hit = qualify.hit(guarded, max_assignments=2)
    qualify.grant(type_id, worker)
    assignment_id = make.accept(worker, hit.hit_id)
    qualify.revoke(type_id, worker)
    make.submit(worker, assignment_id)
    assert make.assignment(assignment_id).assignment_status == "Submitted"


def test_the_record_counts_as_it_is_in_the_transaction(make: Any, qualify: Any) -> None:
    worker = make.new_worker()
    wanted = qualify.requiring(
        system_types.HITS_APPROVED, comparator="LessThan", integer_values=(1,)
    )
    hit = qualify.hit(wanted)
    assert may(qualify, worker, hit) == "accept"
    make.ask("ApproveAssignment", assignment_id=make.done(make.create_hit().hit_id, worker))
    for accept in (qualify.accept, lambda who, what: make.accept(who, what.hit_id)):
        with pytest.raises(work_errors.NotQualified):
            accept(worker, hit)


def test_a_requirement_is_shown_by_name_with_the_own_value(qualify: Any, worker: Any) -> None:
    type_id = qualify.type_id(name="Knows dogs")
    above = qualify.requiring(type_id, comparator="GreaterThan", integer_values=(5,))
    below = qualify.requiring(type_id, comparator="LessThan", integer_values=(9,))
    hit = qualify.hit(above, below)
    shown = qualify.group(worker, hit).requirements
    assert [(item.name, item.caller_value, item.met) for item in shown] == [
        ("Knows dogs", None, False)
    ] * 2
    qualify.grant(type_id, worker, 4)
    shown = qualify.group(worker, hit).requirements
    assert [(item.caller_value, item.met, item.in_words) for item in shown] == [
        (4, False, "Knows dogs GreaterThan 5"),
        (4, True, "Knows dogs LessThan 9"),
    ]
    with pytest.raises(work_errors.NotQualified, match="Knows dogs GreaterThan 5"):
        qualify.accept(worker, hit)


def test_what_may_be_required(make: Any, qualify: Any, other_requester: Any) -> None:
    own, gone = qualify.type_id(), qualify.type_id()
    inactive = qualify.type_id(qualification_type_status="Inactive")
    foreign = qualify.type_id(by=other_requester)
    make.ask("DeleteQualificationType", qualification_type_id=gone)
    for type_id in (own, *system_types.SYSTEM_TYPES):
        assert qualify.hit(qualify.requiring(type_id), title=type_id).hit_id
    for type_id in (inactive, foreign, gone, "3UNKNOWN", "", "x" * 300):
        wanted = (qualify.requiring(type_id),)
        for name, members in (
            ("CreateHIT", make.hit_members(qualification_requirements=wanted)),
            ("CreateHITType", _type_members(make, wanted)),
        ):
            refusal = make.refusal(name, **members)
            assert refusal.message == (
                f'The value "{type_id[:100]}" is not valid for the parameter'
                " QualificationRequirement."
            )


def _type_members(make: Any, wanted: Any) -> dict[str, Any]:
    members = make.hit_members(qualification_requirements=wanted)
    return {name: value for name, value in members.items() if name not in {
        "lifetime_in_seconds", "question"
    }}  # fmt: skip


def test_active_types_of_others_by_setting(make_with: Any, qualify_on: Any) -> None:
    make = make_with(qualifications__allow_foreign_types=True)
    qualify, other = qualify_on(make), make.new_requester()
    foreign = qualify.type_id(by=other, name="Theirs")
    hidden = qualify.type_id(by=other, qualification_type_status="Inactive")
    worker = make.new_worker()
    hit = qualify.hit(qualify.requiring(foreign))
    assert qualify.group(worker, hit).requirements[0].name == "Theirs"
    make.ask(
        "AssociateQualificationWithWorker",
        by=other,
        qualification_type_id=foreign,
        worker_id=worker.worker.worker_id,
    )
    assert may(qualify, worker, hit) == "accept"
    members = make.hit_members(qualification_requirements=(qualify.requiring(hidden),))
    assert make.refusal("CreateHIT", **members).parameter == "QualificationRequirement"


@pytest.mark.parametrize("is_sandbox", [False, True])
def test_masters_by_one_id_if_the_site_is_strict(
    make_with: Any,
    qualify_on: Any,
    is_sandbox: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    make = make_with(qualifications__masters_id_strict=True, sandbox=is_sandbox)
    qualify = qualify_on(make)
    known = system_types.masters_id(is_sandbox=is_sandbox)
    other = system_types.masters_id(is_sandbox=not is_sandbox)
    hit = qualify.hit(qualify.requiring(known))
    assert may(qualify, make.new_worker(), hit) == "preview"
    assert may(qualify, make.new_worker(is_master=True), hit) == "accept"
    members = make.hit_members(qualification_requirements=(qualify.requiring(other),))
    assert make.refusal("CreateHIT", **members).parameter == "QualificationRequirement"


def test_the_percentage_counts_from_the_hundredth_submission(make: Any, qualify: Any) -> None:
    worker = make.new_worker()
    wanted = qualify.requiring(
        system_types.PERCENT_APPROVED, comparator="GreaterThan", integer_values=(98,)
    )
    guarded = qualify.hit(wanted)
    for number in range(100):
        hit_id = make.create_hit(title=f"Number {number}").hit_id
        assignment_id = make.done(hit_id, worker)
        decision = "RejectAssignment" if number < 2 else "ApproveAssignment"
        make.ask(decision, assignment_id=assignment_id, requester_feedback="x")
        (shown,) = qualify.group(_fresh(make, worker), guarded).requirements
        assert (shown.caller_value, shown.met) == ((98, False) if number == 99 else (100, True))
        if number == 0:
            rejected = assignment_id
    assert may(qualify, _fresh(make, worker), guarded) == "preview"
    make.ask(
        "ApproveAssignment",
        assignment_id=rejected,
        requester_feedback="Sorry",
        override_rejection=True,
    )
    assert may(qualify, _fresh(make, worker), guarded) == "accept"


def _fresh(make: Any, worker: WorkerCaller) -> WorkerCaller:
    """A worker who signs in again: the record is as it is now."""
    found = dispatch.look(make.app, workers.get, worker.worker.worker_id)
    return WorkerCaller(worker=found, may_work=True)


def test_a_hit_type_with_an_inactive_or_deleted_type(make: Any, qualify: Any) -> None:
    type_id = qualify.type_id()
    first = qualify.hit(qualify.requiring(type_id))
    plain = make.create_hit(title="Plain")
    asked = {
        "hit_type_id": first.hit_type_id,
        "lifetime_in_seconds": 60,
        "question": first.question,
    }
    moved = {"hit_id": plain.hit_id, "hit_type_id": first.hit_type_id}

    def set_status(status: str) -> None:
        make.ask(
            "UpdateQualificationType",
            qualification_type_id=type_id,
            qualification_type_status=status,
        )

    set_status("Inactive")
    for name, members in (("CreateHITWithHITType", asked), ("UpdateHITTypeOfHIT", moved)):
        refusal = make.refusal(name, **members)
        assert isinstance(refusal, errors.InvalidQualificationTypeState)
        assert refusal.message == "This operation can be called with a status of: Active"
    set_status("Active")
    assert make.ask("CreateHITWithHITType", **asked).hit.hit_id
    make.ask("DeleteQualificationType", qualification_type_id=type_id)
    for name, members in (("CreateHITWithHITType", asked), ("UpdateHITTypeOfHIT", moved)):
        refusal = make.refusal(name, **members)
        assert refusal.message == f"Hit type {first.hit_type_id} does not exist."
