"""UniqueRequestToken: one effect in 24 hours, by requester and family."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kempelen.domain import errors

TOKEN = "once"
PROCESSED = f'The idempotency token "{TOKEN}" has already been processed.'


@pytest.fixture
def calls(make: Any, worker: Any) -> dict[str, dict[str, Any]]:
    """What each operation with a token may be asked for, again and again."""
    hit = make.create_hit(max_assignments=10, lifetime_in_seconds=86_400 * 9)
    assignment_id = make.done(hit.hit_id, worker)
    return {
        "CreateHIT": make.hit_members(unique_request_token=TOKEN),
        "CreateHITWithHITType": {
            "hit_type_id": hit.hit_type_id,
            "lifetime_in_seconds": 60,
            "question": hit.question,
            "unique_request_token": TOKEN,
        },
        "CreateAdditionalAssignmentsForHIT": {
            "hit_id": hit.hit_id,
            "number_of_additional_assignments": 1,
            "unique_request_token": TOKEN,
        },
        "SendBonus": {
            "worker_id": worker.worker.worker_id,
            "bonus_amount": "0.10",
            "assignment_id": assignment_id,
            "reason": "r",
            "unique_request_token": TOKEN,
        },
    }


def effects(make: Any) -> tuple[int, int, int]:
    """How many HITs, assignments wanted and bonuses there are."""
    ((hits, wanted),) = make.rows("SELECT count(*), sum(max_assignments) FROM hits")
    ((bonuses,),) = make.rows("SELECT count(*) FROM bonuses")
    return hits, wanted, bonuses


NAMES = ["CreateHIT", "CreateHITWithHITType", "CreateAdditionalAssignmentsForHIT", "SendBonus"]


@pytest.mark.parametrize("name", NAMES)
def test_a_token_has_one_effect_in_a_day(
    make: Any, calls: dict[str, dict[str, Any]], name: str
) -> None:
    answer = make.ask(name, **calls[name])
    before = effects(make)
    make.clock.advance(hours=23, minutes=59, seconds=59)
    refusal = make.refusal(name, **calls[name])
    if name.startswith("CreateHIT"):
        assert isinstance(refusal, errors.HitAlreadyExists)
        assert refusal.message == f'The HIT with ID "{answer.hit.hit_id}" already exists.'
    else:
        assert isinstance(refusal, errors.DuplicateCall)
        assert refusal.message == PROCESSED
    assert effects(make) == before
    make.clock.advance(seconds=1)
    make.ask(name, **calls[name])
    assert effects(make) != before
    assert make.refusal(name, **calls[name]).code == refusal.code


def test_families_have_tokens_of_their_own(make: Any, calls: dict[str, dict[str, Any]]) -> None:
    for name in ("CreateHIT", "CreateAdditionalAssignmentsForHIT", "SendBonus"):
        make.ask(name, **calls[name])
    refusal = make.refusal("CreateHITWithHITType", **calls["CreateHITWithHITType"])
    assert isinstance(refusal, errors.HitAlreadyExists)


def test_requesters_have_tokens_of_their_own(make: Any, other_requester: Any) -> None:
    make.create_hit(unique_request_token=TOKEN)
    assert make.create_hit(by=other_requester, unique_request_token=TOKEN).hit_id


@pytest.mark.parametrize("name", NAMES)
def test_other_parameters_do_not_make_a_token_fresh(
    make: Any, calls: dict[str, dict[str, Any]], name: str
) -> None:
    make.ask(name, **calls[name])
    others: dict[str, dict[str, Any]] = {
        "CreateHIT": {"title": "Other"},
        "CreateHITWithHITType": {"lifetime_in_seconds": 90},
        "CreateAdditionalAssignmentsForHIT": {"number_of_additional_assignments": 2},
        "SendBonus": {"bonus_amount": "0.20"},
    }
    assert make.refusal(name, **{**calls[name], **others[name]}).type == "RequestError"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("CreateHIT", {"title": ""}),
        ("CreateHIT", {"hit_layout_id": "3LAYOUT", "question": None}),
        ("CreateHITWithHITType", {"hit_type_id": "3UNKNOWN"}),
        ("CreateAdditionalAssignmentsForHIT", {"hit_id": "3UNKNOWN"}),
        ("SendBonus", {"assignment_id": "3UNKNOWN"}),
    ],
)
def test_a_refused_call_does_not_use_up_its_token(
    make: Any, calls: dict[str, dict[str, Any]], name: str, wrong: dict[str, Any]
) -> None:
    make.refusal(name, **{**calls[name], **wrong})
    make.ask(name, **calls[name])


@pytest.mark.parametrize("name", NAMES)
def test_of_concurrent_calls_with_one_token_exactly_one_succeeds(
    make: Any, calls: dict[str, dict[str, Any]], name: str
) -> None:
    def call(_: int) -> str:
        try:
            make.ask(name, **calls[name])
        except errors.Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(call, range(16)))
    assert outcomes.count("done") == 1
    assert len(set(outcomes)) == 2
    hits, wanted, bonuses = effects(make)
    assert (hits - 1) + (wanted - 10 - (hits - 1)) + bonuses == 1
