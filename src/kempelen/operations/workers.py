"""The operations that block workers and write to them, named as boto3 names them."""

from kempelen.api import types
from kempelen.api.workers import (
    CreateWorkerBlockRequest,
    CreateWorkerBlockResponse,
    DeleteWorkerBlockRequest,
    DeleteWorkerBlockResponse,
    ListWorkerBlocksRequest,
    ListWorkerBlocksResponse,
    NotifyWorkersRequest,
    NotifyWorkersResponse,
)
from kempelen.domain import errors, notice
from kempelen.domain.people import Requester
from kempelen.operations import notices, paging, parameters
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import assignments, blocks, workers
from kempelen.store.tx import Tx

BLOCKS_MAX = 100_000
RECIPIENTS_MAX = 100
SUBJECT_MAX = 200
MESSAGE_MAX = 4096
HARD_FAILURE = "HardFailure"
NO_WORK = "Cannot send a notification to a worker who has not done any work for you"
NO_ACCOUNT = "Cannot send a notification to a worker whose account does not exist or is closed"


@operation(writes=True)
def create_worker_block(
    tx: Tx, requester: Requester, request: CreateWorkerBlockRequest
) -> CreateWorkerBlockResponse:
    """Block a worker, who is told of it but not why; a repeated call replaces the reason.

    Work that the worker has accepted may be finished. Refusals, in order: Reason, WorkerId
    unknown, TooManyBlocks.
    """
    parameters.message(request.reason, "Reason")
    worker_id, by = request.worker_id, requester.requester_id
    if workers.get(tx, worker_id) is None:
        raise errors.InvalidParameterValue(value=worker_id, name="WorkerId")
    if blocks.set_reason(tx, worker_id, by, request.reason):
        return CreateWorkerBlockResponse()
    if not blocks.add(tx, worker_id, by, request.reason, BLOCKS_MAX):
        raise errors.TooManyBlocks(limit=BLOCKS_MAX)
    notices.tell(tx, worker_id, requester, notice.block(requester.name, by))
    return CreateWorkerBlockResponse()


@operation(writes=True)
def delete_worker_block(
    tx: Tx, requester: Requester, request: DeleteWorkerBlockRequest
) -> DeleteWorkerBlockResponse:
    """Let a worker work for the caller again; nothing happens when there is no block.

    Refusals, in order: Reason, WorkerId unknown.
    """
    parameters.message(request.reason or "", "Reason")
    if workers.get(tx, request.worker_id) is None:
        raise errors.UnknownWorkerId(name="WorkerId")
    blocks.delete(tx, request.worker_id, requester.requester_id)
    return DeleteWorkerBlockResponse()


@operation(writes=False, scope=Scope.SCAN)
def list_worker_blocks(
    tx: Tx, requester: Requester, request: ListWorkerBlocksRequest
) -> ListWorkerBlocksResponse:
    """List the caller's blocks in the order of their creation.

    Refusals: InvalidParameterValue for NextToken.
    """
    walk = Walk(operation="ListWorkerBlocks", caller_id=requester.requester_id)
    position = paging.position(tx, walk, request.next_token)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    after = int(position[0]) if position else 0
    found = blocks.page(tx, requester.requester_id, after, size + 1)
    page = found[:size]
    positions = [(block.n,) for block in page]
    return ListWorkerBlocksResponse(
        next_token=paging.next_token(tx, walk, positions, has_more=len(found) > size),
        num_results=len(page),
        worker_blocks=tuple(
            types.WorkerBlock(worker_id=block.worker_id, reason=block.reason) for block in page
        ),
    )


@operation(writes=True)
def notify_workers(
    tx: Tx, requester: Requester, request: NotifyWorkersRequest
) -> NotifyWorkersResponse:
    """Write to workers whose work the caller has approved or rejected before.

    Whoever is named twice gets one message. Workers who cannot be written to are reported in the
    order of the request and do not keep the others from their message. Refusals, in order:
    Subject, MessageText, WorkerIds.
    """
    parameters.message(request.subject, "Subject", SUBJECT_MAX, minimum=1)
    parameters.message(request.message_text, "MessageText", MESSAGE_MAX, minimum=1)
    parameters.items(request.worker_ids, "WorkerIds", RECIPIENTS_MAX, minimum=1)
    told = notice.message(request.subject, request.message_text)
    failures: list[types.NotifyWorkersFailureStatus] = []
    for worker_id in dict.fromkeys(request.worker_ids):
        obstacle = _obstacle(tx, requester, worker_id)
        if obstacle is None:
            notices.tell(tx, worker_id, requester, told)
        else:
            failures.append(
                types.NotifyWorkersFailureStatus(
                    notify_workers_failure_code=HARD_FAILURE,
                    notify_workers_failure_message=obstacle,
                    worker_id=worker_id,
                )
            )
    return NotifyWorkersResponse(notify_workers_failure_statuses=tuple(failures))


def _obstacle(tx: Tx, requester: Requester, worker_id: str) -> str | None:
    """Why a worker cannot be written to, if that is so."""
    worker = workers.get(tx, worker_id)
    if worker is None:
        return NO_ACCOUNT
    if not assignments.has_decided(tx, worker_id, requester.requester_id):
        return NO_WORK
    return NO_ACCOUNT if worker.is_suspended else None
