"""Requests and responses of the operations that move money or show it."""

from kempelen.api import types
from kempelen.api.shape import Integer, Shape


class GetAccountBalanceRequest(Shape, frozen=True, kw_only=True):
    """Nothing: the balance is the caller's."""


class GetAccountBalanceResponse(Shape, frozen=True, kw_only=True):
    """What the requester can spend, and what is on hold."""

    available_balance: types.CurrencyAmount | None = None
    on_hold_balance: types.CurrencyAmount | None = None


class SendBonusRequest(Shape, frozen=True, kw_only=True):
    """A bonus for one assignment."""

    worker_id: types.CustomerId
    bonus_amount: types.CurrencyAmount
    assignment_id: types.EntityId
    reason: str
    unique_request_token: types.IdempotencyToken | None = None


class SendBonusResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class ListBonusPaymentsRequest(Shape, frozen=True, kw_only=True):
    """A page of the bonuses for a HIT or an assignment; one of the two is needed."""

    hit_id: types.EntityId | None = None
    assignment_id: types.EntityId | None = None
    next_token: types.PaginationToken | None = None
    max_results: types.ResultSize | None = None


class ListBonusPaymentsResponse(Shape, frozen=True, kw_only=True):
    """A page of bonuses."""

    num_results: Integer | None = None
    next_token: types.PaginationToken | None = None
    bonus_payments: tuple[types.BonusPayment, ...] | None = None
