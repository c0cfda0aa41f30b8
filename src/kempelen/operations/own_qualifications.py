"""What a worker sees of qualifications: the types there are, the own ones, requests, a test.

Readings only; requesting, taking tests and giving back are in `qualifying`.
"""

import itertools
from collections.abc import Iterator, Sequence

from kempelen.api.own_qualifications import (
    GetTestRequest,
    ListOwnQualificationsRequest,
    ListOwnQualificationsResponse,
    OwnAttempt,
    SearchQualificationTypesRequest,
    SearchQualificationTypesResponse,
    ShowQualificationTypeRequest,
    ShowQualificationTypeResponse,
)
from kempelen.api.own_qualifications import QualificationType as ShownType
from kempelen.domain import errors, system_types, work_errors
from kempelen.domain.people import WorkerCaller
from kempelen.domain.qualification_request import QualificationRequest, RequestState
from kempelen.domain.qualification_type import QualificationType
from kempelen.domain.system_types import SYSTEM_TYPES, SystemType
from kempelen.operations import own_records, paging, present_qualifications
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import qualification_requests, qualification_types, qualifications, workers
from kempelen.store.qualification_types import Wanted
from kempelen.store.tx import Tx

PAGE_SIZE_MAX = 100
HISTORY_SHOWN = 20
NEWEST = 2**62
SYSTEM_PHASE = 0
PENDING, ASSIGNED = STATES = ("pending", "assigned")


@operation(writes=False, scope=Scope.SCAN)
def search_qualification_types(
    tx: Tx, caller: WorkerCaller, request: SearchQualificationTypesRequest
) -> SearchQualificationTypesResponse:
    """List active types by name; those of the marketplace come first, unless a filter drops them.

    `search` finds types that have all its words, in any case and also inside of words, in name,
    description or keywords; or the one with this id. Refusals, in order: InvalidParameterValue for
    `limit` and `cursor`.
    """
    _check_limit(request.limit)
    text = (request.search or "").strip()
    filters = (text, request.requestable, request.has_test, request.auto_granted)
    walk = Walk(
        operation="SearchQualificationTypes",
        caller_id=caller.worker.worker_id,
        filters=repr(filters),
    )
    position = paging.position(tx, walk, request.cursor, name="cursor")
    after = (0, "", "")
    if position is not None:
        after = (int(position[0]), str(position[1]), str(position[2]))
    found = list(itertools.islice(_found(tx, request, text, after), request.limit + 1))
    page = found[: request.limit]
    has_more = len(found) > len(page)
    return SearchQualificationTypesResponse(
        items=_shown(tx, caller, page),
        next_cursor=paging.token(tx, walk, _place(page[-1])) if has_more else None,
    )


def _found(
    tx: Tx, request: SearchQualificationTypesRequest, text: str, after: tuple[int, str, str]
) -> Iterator[SystemType | QualificationType]:
    """Types after a place in the list, those of the marketplace before all others."""
    words = text.casefold().split()
    phase, name, type_id = after
    if phase == SYSTEM_PHASE:
        if not (request.requestable or request.has_test or request.auto_granted):
            for item in sorted(system_types.listed(is_sandbox=tx.settings.sandbox), key=_place):
                if _place(item) > after and _has_words(item, words, text):
                    yield item
        name = type_id = ""
    wanted = Wanted(requester_id="", only_own=False, words=words, qualification_type_id=text)
    for found in qualification_types.listed(tx, wanted, (name, type_id)):
        has_test = found.test is not None or not request.has_test
        is_automatic = found.auto_granted_value is not None or not request.auto_granted
        if has_test and is_automatic:
            yield found


def _place(item: SystemType | QualificationType) -> tuple[int, str, str]:
    phase = SYSTEM_PHASE if isinstance(item, SystemType) else SYSTEM_PHASE + 1
    return phase, item.name, item.qualification_type_id


def _has_words(item: SystemType, words: Sequence[str], type_id: str) -> bool:
    text = f"{item.name}\n{item.description}".casefold()
    return item.qualification_type_id == type_id or all(word in text for word in words)


@operation(writes=False)
def show_qualification_type(
    tx: Tx, caller: WorkerCaller, request: ShowQualificationTypeRequest
) -> ShowQualificationTypeResponse:
    """Show a type with the worker's own state and history.

    A deleted one is shown only to those who had to do with it.

    Refusals: NOT_FOUND.
    """
    type_id = request.qualification_type_id
    if type_id in SYSTEM_TYPES:
        (shown,) = _shown(tx, caller, [SYSTEM_TYPES[type_id]])
        return ShowQualificationTypeResponse(qualification_type=shown)
    found = qualification_types.get(tx, type_id)
    if found is None:
        raise work_errors.TypeNotFound
    own = own_records.of(tx, caller, found)
    if found.is_deleted and own.held is None and own.record.last is None:
        raise work_errors.TypeNotFound
    history = qualifications.history(tx, type_id, caller.worker.worker_id, HISTORY_SHOWN)
    return ShowQualificationTypeResponse(
        qualification_type=present_qualifications.qualification_type(tx, found, own, history)
    )


@operation(writes=False, scope=Scope.SCAN)
def list_own_qualifications(
    tx: Tx, caller: WorkerCaller, request: ListOwnQualificationsRequest
) -> ListOwnQualificationsResponse:
    """List the types of open requests, then those that the worker holds, each newest first.

    Refusals, in order: InvalidParameterValue for `state`, `limit` and `cursor`.
    """
    unknown = [name for name in request.states if name not in STATES]
    if unknown:
        raise errors.InvalidParameterValue(value=unknown[0][:100], name="state")
    _check_limit(request.limit)
    states = request.states or STATES
    worker_id = caller.worker.worker_id
    walk = Walk(
        operation="ListOwnQualifications", caller_id=worker_id, filters=",".join(sorted(states))
    )
    position = paging.position(tx, walk, request.cursor, name="cursor")
    phase = PENDING if position is None else str(position[0])
    after = (NEWEST, NEWEST) if position is None else (int(position[1]), int(position[2]))
    places: list[tuple[str, int, int, str]] = []
    size = request.limit + 1
    if PENDING in states and phase == PENDING:
        pending = qualification_requests.open_of_worker(tx, worker_id, after, size)
        places += [(PENDING, *place) for place in pending]
    if phase == PENDING:
        after = (NEWEST, NEWEST)
    if ASSIGNED in states and len(places) < size:
        assigned = qualifications.page_of_worker(tx, worker_id, after, size - len(places))
        places += [(ASSIGNED, *place) for place in assigned]
    page = places[: request.limit]
    types = qualification_types.get_many(tx, [place[3] for place in page])
    has_more = len(places) > len(page)
    return ListOwnQualificationsResponse(
        items=_shown(tx, caller, [types[place[3]] for place in page]),
        next_cursor=paging.token(tx, walk, page[-1][:3]) if has_more else None,
    )


@operation(writes=False)
def get_test(tx: Tx, caller: WorkerCaller, request: GetTestRequest) -> OwnAttempt:
    """Show an own attempt at a test, with its questions while it is running.

    Refusals: NOT_FOUND, also for somebody else's, and for a type whose test is not running.
    """
    if request.request_id is None:
        attempt = running(tx, caller, request.qualification_type_id or "")
        if attempt is None:
            raise work_errors.RequestNotFound
        return shown_attempt(tx, attempt)
    attempt = own_request(tx, caller, request.request_id)
    if attempt.test is None:
        raise work_errors.RequestNotFound
    return shown_attempt(tx, attempt)


def own_request(tx: Tx, caller: WorkerCaller, request_id: str) -> QualificationRequest:
    """The worker's own request; anybody else's does not exist (NOT_FOUND)."""
    found = qualification_requests.get(tx, request_id)
    if found is None or found.worker_id != caller.worker.worker_id:
        raise work_errors.RequestNotFound
    return found


def running(tx: Tx, caller: WorkerCaller, type_id: str) -> QualificationRequest | None:
    """The worker's attempt at a type's test whose time is not over."""
    last = qualification_requests.last(tx, caller.worker.worker_id, type_id)
    if last is None or last.state is not RequestState.TESTING or last.is_overdue(tx.now):
        return None
    return last


def shown_attempt(tx: Tx, attempt: QualificationRequest) -> OwnAttempt:
    """An attempt with its questions, as long as they can be answered."""
    test = attempt.test
    kind = qualification_types.get(tx, attempt.qualification_type_id)
    if test is None or kind is None:
        raise work_errors.RequestNotFound
    is_running = attempt.state is RequestState.TESTING and not attempt.is_overdue(tx.now)
    return OwnAttempt(
        request=present_qualifications.request(attempt, tx.now),
        name=kind.name,
        requester=present_qualifications.requester(tx, kind.requester_id),
        duration_seconds=test.duration_seconds,
        question=test.document if is_running else None,
    )


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= PAGE_SIZE_MAX:
        raise errors.InvalidParameterValue(value=limit, name="limit")


def _shown(
    tx: Tx, caller: WorkerCaller, page: Sequence[SystemType | QualificationType]
) -> list[ShownType]:
    """Types beside the worker's own record, which is read once for all of them."""
    worker_id = caller.worker.worker_id
    worker = workers.get(tx, worker_id) or caller.worker
    own = own_records.of_many(
        tx, worker_id, [item for item in page if isinstance(item, QualificationType)]
    )
    return [
        present_qualifications.system_type(item, worker)
        if isinstance(item, SystemType)
        else present_qualifications.qualification_type(tx, item, own[item.qualification_type_id])
        for item in page
    ]
