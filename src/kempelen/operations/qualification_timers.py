"""Time-driven work about qualifications: a test whose time is over, a deletion to be completed.

Whoever looks at a request settles it first, so correctness never waits for the loop.
"""

from datetime import datetime

from kempelen.domain import qualification_request as transitions
from kempelen.domain.qualification_request import QualificationRequest
from kempelen.operations import required_types
from kempelen.store import qualification_requests, qualification_types
from kempelen.store.tx import Tx

BATCH = 500


def settle(tx: Tx, request: QualificationRequest) -> QualificationRequest:
    """End a test whose time is over; a request with nothing due is left as it is."""
    if not request.is_overdue(tx.now):
        return request
    expired = transitions.expire(request)
    if qualification_requests.move(tx, request, expired):
        return expired
    return qualification_requests.get(tx, request.request_id) or expired


def run_request(tx: Tx, request_id: str) -> None:
    """Carry out what is due about one request."""
    request = qualification_requests.get(tx, request_id)
    if request is not None:
        settle(tx, request)


def due_requests(tx: Tx, more: int = 0) -> list[str]:
    """Requests whose test is over, the longest overdue first, at most 500 and `more`."""
    return qualification_requests.due(tx, BATCH + more)


def run_deletion(tx: Tx, qualification_type_id: str) -> None:
    """Complete the deletion of one type, if it is due."""
    found = qualification_types.get(tx, qualification_type_id)
    if found is not None and found.deletion_due is not None and found.deletion_due <= tx.now:
        required_types.complete_deletion(tx, found)


def due_deletions(tx: Tx, more: int = 0) -> list[str]:
    """Types whose deletion has to be completed, at most 500 and `more`."""
    return qualification_types.due(tx, BATCH + more)


def next_due_at(tx: Tx) -> datetime | None:
    """When something about qualifications is due next."""
    found = [qualification_requests.next_due(tx), qualification_types.next_due(tx)]
    return min((at for at in found if at is not None), default=None)
