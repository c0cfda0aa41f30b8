"""A worker's own profile and preferences."""

from kempelen.api.work import (
    GetMeRequest,
    GetMeResponse,
    UpdatePreferencesRequest,
    UpdatePreferencesResponse,
)
from kempelen.domain import ledger, system_types
from kempelen.domain.people import WorkerCaller
from kempelen.operations import own_work, present_work
from kempelen.operations.registry import operation
from kempelen.store import assignments, messages, workers
from kempelen.store import ledger as postings
from kempelen.store.tx import Tx


@operation(writes=False)
def get_me(tx: Tx, caller: WorkerCaller, request: GetMeRequest) -> GetMeResponse:
    """Show the caller's profile, limits and figures; no refusals."""
    del request
    own_work.check_due(tx, caller)
    worker = workers.get(tx, caller.worker.worker_id) or caller.worker
    return GetMeResponse(
        worker_id=worker.worker_id,
        name=worker.name,
        worker_class=worker.worker_class.value,
        country=worker.country,
        subdivision=worker.subdivision,
        may_work=caller.may_work and not worker.is_suspended,
        auto_accept_next=workers.accepts_next(tx, worker.worker_id),
        queue_length=assignments.queue_length(tx, worker.worker_id),
        queue_limit=tx.settings.max_assigned_per_worker,
        submitted=worker.submitted,
        approved=worker.approved,
        rejected=worker.rejected,
        returned=worker.returned,
        abandoned=worker.abandoned,
        percent_approved=system_types.percent_approved(worker),
        unread_messages=messages.unread(tx, worker.worker_id),
        earnings=present_work.amount(postings.balance(tx, ledger.earnings(worker.worker_id))),
    )


@operation(writes=True)
def update_preferences(
    tx: Tx, caller: WorkerCaller, request: UpdatePreferencesRequest
) -> UpdatePreferencesResponse:
    """Change preferences; absent ones stay. No refusals."""
    if request.auto_accept_next is not None:
        workers.set_accepts_next(tx, caller.worker.worker_id, value=request.auto_accept_next)
    return UpdatePreferencesResponse(
        auto_accept_next=workers.accepts_next(tx, caller.worker.worker_id)
    )
