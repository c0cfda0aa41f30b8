"""The operations on the caller's account: balance and bonuses."""

from kempelen.api.account import (
    GetAccountBalanceRequest,
    GetAccountBalanceResponse,
    ListBonusPaymentsRequest,
    ListBonusPaymentsResponse,
    SendBonusRequest,
    SendBonusResponse,
)
from kempelen.domain import errors, money, notice
from kempelen.domain.people import Requester
from kempelen.operations import assignments as assignment_operations
from kempelen.operations import hits as hit_operations
from kempelen.operations import notices, paging, parameters, payments, present
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import bonuses, hits, workers
from kempelen.store.bonuses import Bonus
from kempelen.store.tx import Tx

BONUS_FAMILY = "bonus"


@operation(writes=False)
def get_account_balance(
    tx: Tx, requester: Requester, request: GetAccountBalanceRequest
) -> GetAccountBalanceResponse:
    """Tell what the caller may spend; what is on hold only when there is some.

    Time may have freed money, so due work of the caller is done before.
    """
    del request
    hits.check_due(tx, requester.requester_id)
    available, on_hold = payments.balances(tx, requester)
    return GetAccountBalanceResponse(
        available_balance=_cents(available),
        on_hold_balance=_cents(on_hold) if on_hold else None,
    )


def _cents(amount: int) -> str:
    """An amount with exactly two decimals, cut down."""
    return money.show(amount - amount % money.UNITS_PER_CENT)


@operation(writes=True)
def send_bonus(tx: Tx, requester: Requester, request: SendBonusRequest) -> SendBonusResponse:
    """Pay a worker more for submitted work, whatever was decided about it.

    Refusals, in order: BonusAmount, Reason, WorkerId unknown, AssignmentDoesNotExist, WorkerId
    not that of the assignment, DuplicateCall, InsufficientFunds.
    """
    amount = _bonus_amount(tx, request.bonus_amount)
    parameters.message(request.reason, "Reason", minimum=1)
    if workers.get(tx, request.worker_id) is None:
        raise errors.InvalidParameterValue(value=request.worker_id, name="WorkerId")
    _, assignment = assignment_operations.own_submitted(
        tx, requester, request.assignment_id, allow_disposed=True
    )
    if assignment.worker_id != request.worker_id:
        raise errors.InvalidParameterValue(value=request.worker_id, name="WorkerId")
    token = request.unique_request_token
    hit_operations.check_duplicate(tx, requester, BONUS_FAMILY, token)
    bonus_id = tx.new_id()
    payments.pay_bonus(tx, bonus_id, assignment, amount)
    bonuses.add(
        tx,
        Bonus(
            n=0,
            bonus_id=bonus_id,
            requester_id=requester.requester_id,
            worker_id=assignment.worker_id,
            hit_id=assignment.hit_id,
            assignment_id=assignment.assignment_id,
            amount=amount,
            reason=request.reason,
            granted_at=tx.now,
        ),
    )
    told = notice.bonus(requester.name, amount, assignment.assignment_id, request.reason)
    notices.tell(tx, assignment.worker_id, requester, told)
    hit_operations.remember(tx, requester, BONUS_FAMILY, token, bonus_id)
    return SendBonusResponse()


def _bonus_amount(tx: Tx, text: str) -> int:
    amount = parameters.amount(text, "BonusAmount")
    maximum = tx.settings.bonus.max_amount
    if amount == 0 or (maximum is not None and amount > money.parse(str(maximum))):
        raise errors.InvalidParameterValue(value=text, name="BonusAmount")
    return amount


@operation(writes=False, scope=Scope.SCAN)
def list_bonus_payments(
    tx: Tx, requester: Requester, request: ListBonusPaymentsRequest
) -> ListBonusPaymentsResponse:
    """List the bonuses of a HIT or of an assignment, in the order they were granted.

    Refusals, in order: InvalidParameterValue for NextToken, MissingParameters with neither id,
    HITDoesNotExist, AssignmentDoesNotExist, InvalidParameterCombination when the assignment is
    of another HIT.
    """
    hit_id, assignment_id = request.hit_id, request.assignment_id
    walk = Walk(
        operation="ListBonusPayments",
        caller_id=requester.requester_id,
        filters=f"{hit_id or ''}:{assignment_id or ''}",
    )
    position = paging.position(tx, walk, request.next_token)
    if hit_id is None and assignment_id is None:
        raise errors.MissingParameters(names="HITId or AssignmentId")
    _check_objects(tx, requester, hit_id, assignment_id)
    size = request.max_results or paging.PAGE_SIZE_DEFAULT
    after = int(position[0]) if position else 0
    if assignment_id is not None:
        found = bonuses.page_of_assignment(tx, assignment_id, after, size + 1)
    else:
        found = bonuses.page_of_hit(tx, hit_id or "", after, size + 1)
    page = found[:size]
    positions = [(bonus.n,) for bonus in page]
    return ListBonusPaymentsResponse(
        next_token=paging.next_token(tx, walk, positions, has_more=len(found) > size),
        num_results=len(page),
        bonus_payments=tuple(map(present.bonus, page)),
    )


def _check_objects(
    tx: Tx, requester: Requester, hit_id: str | None, assignment_id: str | None
) -> None:
    """Both must be the caller's, and belong together; disposed HITs keep their bonuses."""
    if hit_id is not None:
        hit = hits.get(tx, hit_id)
        if hit is None or hit.requester_id != requester.requester_id:
            raise errors.HITDoesNotExist(hit_id=hit_id)
    if assignment_id is not None:
        _, assignment = assignment_operations.own_submitted(
            tx, requester, assignment_id, allow_disposed=True
        )
        if hit_id is not None and assignment.hit_id != hit_id:
            raise errors.InvalidParameterCombination(names="HITId, AssignmentId")
