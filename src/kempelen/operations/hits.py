"""The operations that create, read and change HITs, named as boto3 names them."""

from dataclasses import replace
from datetime import UTC, datetime

from kempelen.api.hits import (
    CreateAdditionalAssignmentsForHITRequest,
    CreateAdditionalAssignmentsForHITResponse,
    CreateHITRequest,
    CreateHITResponse,
    CreateHITTypeRequest,
    CreateHITTypeResponse,
    CreateHITWithHITTypeRequest,
    CreateHITWithHITTypeResponse,
    DeleteHITRequest,
    DeleteHITResponse,
    GetHITRequest,
    GetHITResponse,
    UpdateExpirationForHITRequest,
    UpdateExpirationForHITResponse,
    UpdateHITReviewStatusRequest,
    UpdateHITReviewStatusResponse,
    UpdateHITTypeOfHITRequest,
    UpdateHITTypeOfHITResponse,
)
from kempelen.domain import errors
from kempelen.domain import hit as transitions
from kempelen.domain.events import EventType
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.hit_type import HITType, HITTypeProperties, group_id_of
from kempelen.domain.people import Requester
from kempelen.operations import (
    extensions,
    hit_requests,
    layouts,
    lifecycle,
    parameters,
    payments,
    present,
    required_types,
    timers,
)
from kempelen.operations.hit_requests import NewHIT
from kempelen.operations.registry import Scope, operation
from kempelen.store import hit_types, hits, search, tokens
from kempelen.store.tx import Tx

CREATION_FAMILY = "hit"
EXTENSION_FAMILY = "extension"
EXPIRATION_FAMILY = "expiration"


@operation(writes=True, prepare=hit_requests.hit_type)
def create_hit_type(
    tx: Tx, requester: Requester, request: CreateHITTypeRequest, properties: HITTypeProperties
) -> CreateHITTypeResponse:
    """Find or register the HIT type with these properties.

    Refusals, in order: parameter values in the order of the request, ActionsGuarded combined
    with RequiredToPreview, qualification types that cannot be required.
    """
    del request
    hit_type = _find_or_register(tx, requester, properties)
    return CreateHITTypeResponse(hit_type_id=hit_type.hit_type_id)


@operation(writes=True, prepare=hit_requests.hit)
def create_hit(
    tx: Tx, requester: Requester, request: CreateHITRequest, wanted: NewHIT
) -> CreateHITResponse:
    """Create a HIT and find or register its HIT type.

    Refusals, in order: parameter values in the order of the request (question and review
    policies among them, and values of a layout given twice), combinations, HitAlreadyExists,
    HITLayoutDoesNotExist, HITLayoutParameters, a layout that becomes too long or is cut off,
    qualification types that cannot be required, InsufficientFunds.
    """
    _check_token(tx, requester, request.unique_request_token)
    wanted = _with_question(tx, requester, wanted)
    if wanted.properties is None:
        raise errors.ServiceFault
    hit_type = _find_or_register(tx, requester, wanted.properties)
    hit = _create(tx, requester, request, wanted, hit_type)
    return CreateHITResponse(hit=present.hit(hit, hit_type, wanted.question, tx.now))


@operation(writes=True, prepare=hit_requests.hit_with_type)
def create_hit_with_hit_type(
    tx: Tx, requester: Requester, request: CreateHITWithHITTypeRequest, wanted: NewHIT
) -> CreateHITWithHITTypeResponse:
    """Create a HIT of a registered HIT type.

    Refusals, in order: parameter values, combinations, HitAlreadyExists, HITTypeDoesNotExist
    (also when a qualification type of it is deleted), HITLayoutDoesNotExist,
    HITLayoutParameters, a layout that becomes too long or is cut off,
    InvalidQualificationTypeState, InsufficientFunds.
    """
    _check_token(tx, requester, request.unique_request_token)
    hit_type = _own_type(tx, requester, request.hit_type_id)
    wanted = _with_question(tx, requester, wanted)
    required_types.check_used(tx, hit_type)
    hit = _create(tx, requester, request, wanted, hit_type)
    return CreateHITWithHITTypeResponse(hit=present.hit(hit, hit_type, wanted.question, tx.now))


@operation(writes=False, scope=Scope.ROW)
def get_hit(tx: Tx, requester: Requester, request: GetHITRequest) -> GetHITResponse:
    """Show a HIT in any status, disposed ones too.

    Refusals: HITDoesNotExist (also when it belongs to somebody else).
    """
    found = hits.get_with_question(tx, request.hit_id)
    if found is None or found[0].requester_id != requester.requester_id:
        raise errors.HITDoesNotExist(hit_id=request.hit_id)
    hit, question = found
    return GetHITResponse(hit=present.hit(hit, type_of(tx, hit), question, tx.now))


@operation(writes=True)
def create_additional_assignments_for_hit(
    tx: Tx, requester: Requester, request: CreateAdditionalAssignmentsForHITRequest
) -> CreateAdditionalAssignmentsForHITResponse:
    """Add assignments to a HIT.

    Refusals, in order: the number's range, HITDoesNotExist, HITTooOldForExtension,
    InvalidMaximumAssignmentsIncrease, DuplicateCall, InsufficientFunds.
    """
    count = request.number_of_additional_assignments
    parameters.in_range(count, "NumberOfAdditionalAssignments", parameters.MAX_ASSIGNMENTS)
    hit = own(tx, requester, request.hit_id)
    rule = tx.settings.enforce_nine_assignment_rule
    transitions.check_extension(hit, count, nine_assignment_rule=rule)
    check_duplicate(tx, requester, EXTENSION_FAMILY, request.unique_request_token)
    hit = extensions.extend(tx, hit, count)
    lifecycle.conclude(tx, hit)
    remember(tx, requester, EXTENSION_FAMILY, request.unique_request_token, hit.hit_id)
    return CreateAdditionalAssignmentsForHITResponse()


@operation(writes=True)
def update_expiration_for_hit(
    tx: Tx, requester: Requester, request: UpdateExpirationForHITRequest
) -> UpdateExpirationForHITResponse:
    """Expire a HIT now, or move its expiration into the future.

    Refusals, in order: HITDoesNotExist, the increment's range (also for a time before the
    present expiration, unless `update_expiration.allow_shorten`), DuplicateCall with
    `update_expiration.strict_token`, InsufficientFunds.
    """
    hit = own(tx, requester, request.hit_id)
    expire_at = datetime.fromtimestamp(request.expire_at, UTC)
    if expire_at <= tx.now:
        if not hit.is_expired:
            ended = hit._replace(expiration=tx.now)
            timers.expire(tx, ended, tx.now)
        return UpdateExpirationForHITResponse()
    token = f"{hit.hit_id}{expire_at:%a %b %d %H:%M:%S UTC %Y}"
    if _is_repeated(tx, requester, token, hit, expire_at):
        return UpdateExpirationForHITResponse()
    if not tx.settings.update_expiration.allow_shorten:
        transitions.check_increment(hit, expire_at, tx.now)
    moved = transitions.move_expiration(hit, expire_at, tx.now)
    lifecycle.conclude(tx, payments.rebalance(tx, hit, moved))
    search.reach(tx, hit.group_id, expire_at)
    tokens.use(tx, requester.requester_id, EXPIRATION_FAMILY, token, hit.hit_id)
    return UpdateExpirationForHITResponse()


def _is_repeated(tx: Tx, requester: Requester, token: str, hit: HIT, expire_at: datetime) -> bool:
    """Whether this very change was made within 24 hours; then it is done already."""
    if tokens.find(tx, requester.requester_id, EXPIRATION_FAMILY, token) is None:
        return False
    if tx.settings.update_expiration.strict_token:
        raise errors.DuplicateCall(token=token)
    return hit.expiration == expire_at


@operation(writes=True)
def update_hit_review_status(
    tx: Tx, requester: Requester, request: UpdateHITReviewStatusRequest
) -> UpdateHITReviewStatusResponse:
    """Mark a Reviewable HIT as Reviewing, or a Reviewing one as Reviewable with Revert.

    Refusals, in order: HITDoesNotExist, InvalidHITState.
    """
    hit = own(tx, requester, request.hit_id)
    changed = transitions.set_reviewing(hit, tx.now, revert=bool(request.revert))
    lifecycle.record(tx, changed, changed.status(tx.now))
    return UpdateHITReviewStatusResponse()


@operation(writes=True)
def update_hit_type_of_hit(
    tx: Tx, requester: Requester, request: UpdateHITTypeOfHITRequest
) -> UpdateHITTypeOfHITResponse:
    """Give a HIT the properties of another HIT type, as long as nobody's work counts.

    Refusals, in order: HITDoesNotExist, HITTypeDoesNotExist (also when a qualification type of
    it is deleted), InvalidQualificationTypeState, InvalidHITState, InsufficientFunds for the
    difference.
    """
    hit = own(tx, requester, request.hit_id)
    hit_type = _own_type(tx, requester, request.hit_type_id)
    required_types.check_used(tx, hit_type)
    transitions.check_hit_type_change(hit, tx.now)
    held = hit.slots_on_hold * payments.cost_of(tx, hit)
    changed = hit._replace(
        hit_type_id=hit_type.hit_type_id,
        group_id=hit_type.group_id,
        fee=payments.reward_fee(tx, hit_type.properties, hit.created_max_assignments),
    )
    wanted = changed.slots_on_hold * payments.cost_of(tx, changed)
    changed = payments.move_hold(tx, changed, wanted - held)
    required_types.forget(tx, hit)
    required_types.note(tx, changed, hit_type)
    lifecycle.regroup(tx, hit, changed)
    return UpdateHITTypeOfHITResponse()


@operation(writes=True)
def delete_hit(tx: Tx, requester: Requester, request: DeleteHITRequest) -> DeleteHITResponse:
    """Dispose of a HIT that is Reviewable or Reviewing and whose work is decided.

    Refusals, in order: HITDoesNotExist (also when deleted before), InvalidHITState.
    """
    hit = own(tx, requester, request.hit_id)
    transitions.check_disposal(hit, tx.now)
    timers.dispose(tx, hit)
    return DeleteHITResponse()


def own(tx: Tx, requester: Requester, hit_id: str) -> HIT:
    """The caller's HIT with everything due done; HITDoesNotExist for foreign and disposed ones."""
    hit = hits.get(tx, hit_id)
    if hit is None or hit.requester_id != requester.requester_id:
        raise errors.HITDoesNotExist(hit_id=hit_id)
    if tx.is_writing:
        hit = timers.settle(tx, hit)
    if hit.is_gone:
        raise errors.HITIsDisposed(hit_id=hit_id)
    return hit


def type_of(tx: Tx, hit: HIT) -> HITType:
    """The HIT type of a HIT."""
    found = hit_types.get(tx, hit.hit_type_id)
    if found is None:
        raise errors.ServiceFault
    return found


def check_duplicate(tx: Tx, requester: Requester, family: str, token: str | None) -> None:
    """Refuse a token that was used within 24 hours."""
    if token and tokens.find(tx, requester.requester_id, family, token) is not None:
        raise errors.DuplicateCall(token=token)


def remember(tx: Tx, requester: Requester, family: str, token: str | None, result: str) -> None:
    """Note what a token led to, when there is one."""
    if token:
        tokens.use(tx, requester.requester_id, family, token, result)


def _own_type(tx: Tx, requester: Requester, hit_type_id: str) -> HITType:
    found = hit_types.get(tx, hit_type_id)
    if found is None or found.requester_id != requester.requester_id:
        raise errors.HITTypeDoesNotExist(hit_type_id=hit_type_id)
    return found


def _check_token(tx: Tx, requester: Requester, token: str | None) -> None:
    if token:
        hit_id = tokens.find(tx, requester.requester_id, CREATION_FAMILY, token)
        if hit_id is not None:
            raise errors.HitAlreadyExists(hit_id=hit_id)


def _with_question(tx: Tx, requester: Requester, wanted: NewHIT) -> NewHIT:
    """What is wanted with the question that its layout makes, if it names one."""
    if wanted.layout_id is None:
        return wanted
    question = layouts.question(tx, requester, wanted.layout_id, wanted.layout_values)
    return replace(wanted, question=question)


def _find_or_register(tx: Tx, requester: Requester, properties: HITTypeProperties) -> HITType:
    properties = required_types.check_new(tx, requester, properties)
    fingerprint = properties.fingerprint()
    found = hit_types.find_equal(tx, requester.requester_id, fingerprint)
    if found is not None:
        return found
    hit_type_id = tx.new_id()
    hit_type = HITType(
        hit_type_id=hit_type_id,
        group_id=group_id_of(hit_type_id),
        requester_id=requester.requester_id,
        properties=properties,
        created_at=tx.now,
    )
    hit_types.add(tx, hit_type, fingerprint)
    return hit_type


def _create(
    tx: Tx,
    requester: Requester,
    request: CreateHITRequest | CreateHITWithHITTypeRequest,
    wanted: NewHIT,
    hit_type: HITType,
) -> HIT:
    """Hold the money, store the HIT, open its group, tell of it."""
    expiration = tx.now + wanted.lifetime
    hit = HIT(
        n=0,
        hit_id=tx.new_id(),
        hit_type_id=hit_type.hit_type_id,
        group_id=hit_type.group_id,
        requester_id=requester.requester_id,
        created_at=tx.now,
        expiration=expiration,
        max_assignments=wanted.max_assignments,
        created_max_assignments=wanted.max_assignments,
        fee=payments.reward_fee(tx, hit_type.properties, wanted.max_assignments),
        annotation=request.requester_annotation,
        layout_id=wanted.layout_id,
        assignment_policy=wanted.assignment_policy,
        hit_policy=wanted.hit_policy,
        recorded_status=HITStatus.ASSIGNABLE,
        next_due=expiration,
    )
    hit = hits.add(tx, payments.rebalance(tx, None, hit), wanted.question)
    required_types.note(tx, hit, hit_type)
    lifecycle.count_new(tx, hit)
    tx.emit(lifecycle.event(EventType.HIT_CREATED, hit))
    remember(tx, requester, CREATION_FAMILY, request.unique_request_token, hit.hit_id)
    return hit
