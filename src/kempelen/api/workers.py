"""Requests and responses of the operations that block and notify workers."""

from kempelen.api import types
from kempelen.api.shape import Integer, Shape


class CreateWorkerBlockRequest(Shape, frozen=True, kw_only=True):
    """The worker to block, and why."""

    worker_id: types.CustomerId
    reason: str


class CreateWorkerBlockResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class DeleteWorkerBlockRequest(Shape, frozen=True, kw_only=True):
    """The worker to block no longer."""

    worker_id: types.CustomerId
    reason: str | None = None


class DeleteWorkerBlockResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class ListWorkerBlocksRequest(Shape, frozen=True, kw_only=True):
    """A page of the requester's blocks."""

    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListWorkerBlocksResponse(Shape, frozen=True, kw_only=True):
    """A page of blocks."""

    next_token: types.PaginationToken | None = None
    num_results: Integer | None = None
    worker_blocks: tuple[types.WorkerBlock, ...] | None = None


class NotifyWorkersRequest(Shape, frozen=True, kw_only=True):
    """A message and the workers to send it to."""

    subject: str
    message_text: str
    worker_ids: tuple[types.CustomerId, ...]


class NotifyWorkersResponse(Shape, frozen=True, kw_only=True):
    """The workers who were not notified."""

    notify_workers_failure_statuses: tuple[types.NotifyWorkersFailureStatus, ...] | None = None
