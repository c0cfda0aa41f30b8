"""Transfers and balances. A transfer is written once; a balance is the sum of its transfers."""

from collections.abc import Sequence

import sqlalchemy as sa

from kempelen import clock
from kempelen.domain.ledger import Transfer
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx
from kempelen.store.writes import IfNoRow

_A = tables.accounts.c
_INSERT = insert(tables.transfers)
_BALANCE = Statement(sa.select(_A.balance).where(_A.account_id == sa.bindparam("account_id")))
_OPEN = insert(tables.accounts, ignore="account_id")
_MOVE = Statement(
    sa.update(tables.accounts)
    .where(
        _A.account_id == sa.bindparam("key"),
        _A.balance + sa.bindparam("amount") >= sa.bindparam("floor"),
    )
    .values(balance=_A.balance + sa.bindparam("amount"))
)
_NO_FLOOR = {"floor": -(2**62)}
_FLOOR = {"floor": 0}


def open_account(tx: Tx, account_id: str) -> None:
    """Open an account with balance 0; opening it again changes nothing."""
    tx.run(_OPEN, {"account_id": account_id, "balance": 0})


def post(tx: Tx, transfers: Sequence[Transfer]) -> None:
    """Write transfers and move their balances along; both accounts must be open."""
    for transfer in transfers:
        tx.put(
            _INSERT,
            {
                "transfer_id": transfer.transfer_id,
                "source": transfer.source,
                "target": transfer.target,
                "amount": transfer.amount,
                "kind": transfer.kind,
                "hit_id": transfer.hit_id,
                "assignment_id": transfer.assignment_id,
                "created_at": clock.micros(tx.now),
            },
        )
        tx.add(_MOVE, transfer.source, {"amount": -transfer.amount}, _NO_FLOOR)
        tx.add(_MOVE, transfer.target, {"amount": transfer.amount}, _NO_FLOOR)


def balance(tx: Tx, account_id: str) -> int:
    """The balance of an account in money units; 0 for one that is not open."""
    row = tx.row(_BALANCE, {"account_id": account_id})
    return 0 if row is None else int(row[0])


def _balance_in_company(tx: Tx, account_id: str) -> int:
    """The balance, read once for all that share a transaction, unless this one has changed it.

    What the others take from it is found out when all of it is written down.
    """
    if tx.is_adding(tables.accounts.name):
        return balance(tx, account_id)
    known: int | None = tx.shared.get(account_id)
    if known is None:
        known = tx.shared[account_id] = balance(tx, account_id)
    return known


def covers(tx: Tx, account_id: str, amount: int) -> bool:
    """Whether an account holds an amount, which the transaction is about to move away.

    Somebody may take it first: then the account would fall below 0, and the transaction is
    carried out again.
    """
    is_covered = _balance_in_company(tx, account_id) >= amount
    if is_covered:
        tx.add(_MOVE, account_id, {"amount": 0}, _FLOOR, if_no_row=IfNoRow.OUTPACED)
    return is_covered
