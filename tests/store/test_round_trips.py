"""How often the main operations wait for an answer of PostgreSQL, each of them on its own."""

from typing import Any

import pytest
import round_trips

from kempelen.operations import dispatch, registry, served, work
from kempelen.store import db

pytestmark = pytest.mark.engines("postgresql")

# With what every operation has: the commit, which is one, and what was written, which is one.
WRITES = {"CreateHIT": 4, "accept_hit": 9, "accept_from_group": 10, "submit_assignment": 6}
READS = {"GetHIT": 1, "ListHITs": 4, "ListAssignmentsForHIT": 4}


def carried_out(app: Any, operation: Any, caller: object, **members: Any) -> Any:
    """Carry out an operation as an event loop does."""
    request = operation.request(**members)
    if not operation.writes:
        return dispatch.run(app, operation, caller, request)
    waiter = db.Waiter()
    job = dispatch.submit(app, operation, caller, request, waiter.deliver)
    assert waiter.done.wait(60)
    assert job.error is None
    return job.result


def test_an_operation_makes_few_round_trips(make: Any) -> None:
    app, requester = make.app, make.new_requester(balance=1_000_000)
    create, worker = served.BY_NAME["CreateHIT"], make.new_worker()
    for _ in range(2):  # statements are prepared, and HIT types known, from the second time on
        seen = {}

        def count(name: str, operation: Any, caller: object, **members: Any) -> Any:
            with round_trips.counted(app.db) as counted:
                response = carried_out(app, operation, caller, **members)
            seen[name] = counted.count
            return response

        hit = count("CreateHIT", create, requester, **make.hit_members(max_assignments=9)).hit
        other = carried_out(app, create, requester, **make.hit_members(max_assignments=9)).hit
        count("GetHIT", served.BY_NAME["GetHIT"], requester, hit_id=hit.hit_id)
        accept = registry.of(work.accept_hit)
        accepted = count("accept_hit", accept, worker, hit_id=hit.hit_id).assignments[0]
        from_group = registry.of(work.accept_from_group)
        count("accept_from_group", from_group, worker, group_id=other.hit_group_id)
        submit = registry.of(work.submit_assignment)
        given = {"assignment_id": accepted.assignment_id, "answers": {"tag": "cat"}}
        count("submit_assignment", submit, worker, **given)
        listing = served.BY_NAME["ListAssignmentsForHIT"]
        count("ListAssignmentsForHIT", listing, requester, hit_id=hit.hit_id)
        count("ListHITs", served.BY_NAME["ListHITs"], requester)
    assert seen == WRITES | READS
