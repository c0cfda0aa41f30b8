"""How SQLite answers the listings: by an index in the wanted order, without reading everything."""

from typing import Any

import pytest

LISTINGS: dict[str, dict[str, Any]] = {
    "ListHITs": {},
    "ListReviewableHITs": {},
    "ListReviewableHITs of a type": {"hit_type_id": "type"},
    "ListAssignmentsForHIT": {"hit_id": "hit"},
    "ListAssignmentsForHIT of two statuses": {
        "hit_id": "hit",
        "assignment_statuses": ("Submitted", "Rejected"),
    },
    "ListBonusPayments": {"hit_id": "hit"},
    "ListBonusPayments of an assignment": {"assignment_id": "assignment"},
    "ListReviewPolicyResultsForHIT": {"hit_id": "hit"},
}


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_reads_no_more_than_its_page(make: Any, name: str) -> None:
    hits = [make.create_hit(lifetime_in_seconds=60, max_assignments=9) for _ in range(5)]
    work = [make.done(hits[0].hit_id) for _ in range(4)]
    for assignment_id in work[:2]:
        make.ask("RejectAssignment", assignment_id=assignment_id, requester_feedback="no")
    make.sweep(seconds=90)
    places = {"type": hits[0].hit_type_id, "hit": hits[0].hit_id, "assignment": work[0]}
    members = {
        member: places.get(value, value) if isinstance(value, str) else value
        for member, value in LISTINGS[name].items()
    }
    asked: list[str] = []
    make.app.db.read(lambda connection: connection.set_trace_callback(asked.append))
    operation = name.partition(" ")[0]
    first = make.ask(operation, max_results=2, **members)
    make.ask(operation, max_results=2, next_token=first.next_token, **members)
    make.app.db.read(lambda connection: connection.set_trace_callback(None))
    queries = [query for query in asked if query.startswith("SELECT")]
    assert queries
    for query in queries:
        plan = [row[3] for row in make.rows(f"EXPLAIN QUERY PLAN {query}")]
        reading_all = [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step]
        assert not reading_all, (query, plan)
