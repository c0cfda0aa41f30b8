"""The operations on qualification types, named as boto3 names them."""

import heapq
import itertools
from collections.abc import Iterator

from kempelen.api import types
from kempelen.api.qualifications import (
    CreateQualificationTypeRequest,
    CreateQualificationTypeResponse,
    DeleteQualificationTypeRequest,
    DeleteQualificationTypeResponse,
    GetQualificationTypeRequest,
    GetQualificationTypeResponse,
    ListQualificationTypesRequest,
    ListQualificationTypesResponse,
    UpdateQualificationTypeRequest,
    UpdateQualificationTypeResponse,
)
from kempelen.domain import errors, system_types
from kempelen.domain import qualification_type as transitions
from kempelen.domain.people import Requester
from kempelen.domain.qualification_type import Changes, QualificationType
from kempelen.operations import (
    paging,
    present,
    qualification_type_requests,
    required_types,
)
from kempelen.operations.paging import Walk
from kempelen.operations.qualification_type_requests import NewType
from kempelen.operations.registry import Scope, operation
from kempelen.store import qualification_requests, qualification_types
from kempelen.store.qualification_types import Wanted
from kempelen.store.tx import Tx

DELETED = "The qualification type was deleted."
_Entry = tuple[str, str, types.QualificationType]


@operation(writes=True, prepare=qualification_type_requests.new_type)
def create_qualification_type(
    tx: Tx, requester: Requester, request: CreateQualificationTypeRequest, wanted: NewType
) -> CreateQualificationTypeResponse:
    """Create a type of the caller's.

    Refusals, in order: parameter values in the order of the request (XMLParseError and
    XHTMLParseError for Test, XMLParseError for AnswerKey), combinations,
    QualificationTypeAlreadyExists (also for a name whose type is being deleted).
    """
    del request
    _check_name_is_free(tx, requester, wanted.name)
    made = qualification_types.add(
        tx,
        QualificationType(
            n=0,
            qualification_type_id=tx.new_id(),
            requester_id=requester.requester_id,
            name=wanted.name,
            description=wanted.description,
            keywords=wanted.keywords,
            status=wanted.status,
            test=wanted.test,
            retry_delay_seconds=wanted.retry_delay_seconds,
            auto_granted_value=wanted.auto_granted_value,
            created_at=tx.now,
        ),
    )
    return CreateQualificationTypeResponse(
        qualification_type=present.qualification_type(made, is_own=True)
    )


def _check_name_is_free(tx: Tx, requester: Requester, name: str) -> None:
    """Refuse a name that another type has; a deletion whose time has come is completed first."""
    holder = qualification_types.find_named(tx, requester.requester_id, name)
    if holder is None:
        return
    if not holder.is_deleted or holder.is_being_deleted(tx.now):
        raise errors.QualificationTypeAlreadyExists
    required_types.complete_deletion(tx, holder)


@operation(writes=True, prepare=qualification_type_requests.changes)
def update_qualification_type(
    tx: Tx, requester: Requester, request: UpdateQualificationTypeRequest, wanted: Changes
) -> UpdateQualificationTypeResponse:
    """Change a type of the caller's. Running tests and granted values stay as they are.

    Refusals, in order: parameter values in the order of the request (as at the creation),
    combinations, PermissionDenied for system types, QualificationTypeDoesNotExist,
    InvalidQualificationTypeState while it is being deleted, a test together with AutoGranted.
    """
    found = _own_or_leaving(tx, requester, request.qualification_type_id)
    transitions.check_changeable(found)
    changed = qualification_types.save(tx, transitions.change(found, wanted))
    return UpdateQualificationTypeResponse(
        qualification_type=present.qualification_type(changed, is_own=True)
    )


@operation(writes=True)
def delete_qualification_type(
    tx: Tx, requester: Requester, request: DeleteQualificationTypeRequest
) -> DeleteQualificationTypeResponse:
    """Delete a type of the caller's: requests are rejected, HIT types with it end.

    What workers hold counts for HITs that are there. The name is free when no HIT requires the
    type any more, at the latest after 48 hours; until then, deleting it again changes nothing.
    Refusals, in order: PermissionDenied for system types, QualificationTypeDoesNotExist.
    """
    qualification_types.lock(tx, request.qualification_type_id)
    found = _own_or_leaving(tx, requester, request.qualification_type_id)
    if not found.is_deleted:
        deleted = qualification_types.save(tx, transitions.delete(found, tx.now))
        qualification_requests.reject_open(tx, found.qualification_type_id, DELETED)
        required_types.complete_deletion(tx, deleted)
    return DeleteQualificationTypeResponse()


@operation(writes=False)
def get_qualification_type(
    tx: Tx, requester: Requester, request: GetQualificationTypeRequest
) -> GetQualificationTypeResponse:
    """Show a type: the caller's own, a system type, or an active one of somebody else.

    Test and AnswerKey are shown to the owner alone. Refusals: QualificationTypeDoesNotExist.
    """
    type_id = request.qualification_type_id
    system = system_types.SYSTEM_TYPES.get(type_id)
    if system is not None:
        shown = present.system_type(system)
        return GetQualificationTypeResponse(qualification_type=shown)
    found = qualification_types.get(tx, type_id)
    if found is None or found.is_deleted:
        raise errors.QualificationTypeDoesNotExist(qualification_type_id=type_id)
    is_own = found.requester_id == requester.requester_id
    if not is_own and not found.is_active:
        raise errors.QualificationTypeDoesNotExist(qualification_type_id=type_id)
    shown = present.qualification_type(found, is_own=is_own)
    return GetQualificationTypeResponse(qualification_type=shown)


@operation(writes=False, scope=Scope.SCAN)
def list_qualification_types(
    tx: Tx, requester: Requester, request: ListQualificationTypesRequest
) -> ListQualificationTypesResponse:
    """List active types of everybody and inactive ones of the caller, by name and id.

    MustBeRequestable drops system types, MustBeOwnedByCaller those of others. Each word of Query
    is to be found in name, description or keywords, without regard to case, also as a part of a
    word; an id finds its type. Refusals: InvalidParameterValue for NextToken.
    """
    only_own = bool(request.must_be_owned_by_caller)
    query = (request.query or "").strip()
    walk = Walk(
        operation="ListQualificationTypes",
        caller_id=requester.requester_id,
        filters=repr((request.must_be_requestable, only_own, query)),
    )
    position = paging.position(tx, walk, request.next_token)
    after = ("", "") if position is None else _place(tx, str(position[0]))
    wanted = Wanted(
        requester_id=requester.requester_id,
        only_own=only_own,
        words=query.casefold().split(),
        qualification_type_id=query,
    )
    found = _stored(tx, wanted, after)
    if not only_own and not request.must_be_requestable:
        found = heapq.merge(found, _system(tx, wanted, after), key=lambda entry: entry[:2])
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    entries = list(itertools.islice(found, size + 1))
    page = entries[:size]
    return ListQualificationTypesResponse(
        next_token=paging.next_token(
            tx, walk, [(type_id,) for _, type_id, _ in page], has_more=len(entries) > size
        ),
        num_results=len(page),
        qualification_types=tuple(shown for *_, shown in page),
    )


def _place(tx: Tx, type_id: str) -> tuple[str, str]:
    """Where a type is in the order; a token has the id alone, because names can be long."""
    system = system_types.SYSTEM_TYPES.get(type_id)
    if system is not None:
        return system.name, type_id
    found = qualification_types.get(tx, type_id)
    return ("", "") if found is None else (found.name, type_id)


def _stored(tx: Tx, wanted: Wanted, after: tuple[str, str]) -> Iterator[_Entry]:
    for item in qualification_types.listed(tx, wanted, after):
        is_own = item.requester_id == wanted.requester_id
        shown = present.qualification_type(item, is_own=is_own)
        yield item.name, item.qualification_type_id, shown


def _system(tx: Tx, wanted: Wanted, after: tuple[str, str]) -> list[_Entry]:
    """The system types that are wanted, by name and id."""
    entries = []
    for item in system_types.listed(is_sandbox=tx.settings.sandbox):
        text = f"{item.name}\n{item.description}".casefold()
        is_named = item.qualification_type_id == wanted.qualification_type_id
        if is_named or all(word in text for word in wanted.words):
            shown = present.system_type(item)
            entries.append((item.name, item.qualification_type_id, shown))
    return sorted((entry for entry in entries if entry[:2] > after), key=lambda entry: entry[:2])


def own(tx: Tx, requester: Requester, qualification_type_id: str) -> QualificationType:
    """The caller's type that is not deleted.

    Refuses PermissionDenied for system types, QualificationTypeDoesNotExist for all others.
    """
    found = _own_or_leaving(tx, requester, qualification_type_id)
    if found.is_deleted:
        raise errors.QualificationTypeDoesNotExist(qualification_type_id=qualification_type_id)
    return found


def _own_or_leaving(tx: Tx, requester: Requester, type_id: str) -> QualificationType:
    """The caller's type, also while it is being deleted."""
    if type_id in system_types.SYSTEM_TYPES:
        raise errors.PermissionDenied
    found = qualification_types.get(tx, type_id)
    if found is None or found.requester_id != requester.requester_id:
        raise errors.QualificationTypeDoesNotExist(qualification_type_id=type_id)
    if found.is_deleted and not found.is_being_deleted(tx.now):
        raise errors.QualificationTypeDoesNotExist(qualification_type_id=type_id)
    return found


def check_requirable(tx: Tx, requester: Requester, qualification_type_id: str) -> None:
    """Refuse (QualificationTypeDoesNotExist) what is neither the caller's nor a system type."""
    if qualification_type_id not in system_types.SYSTEM_TYPES:
        own(tx, requester, qualification_type_id)
