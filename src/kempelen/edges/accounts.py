"""New accounts with their secrets: what every way of making one does before the transaction.

Keys, passwords and tokens are drawn, sealed and hashed here, since that is slow or needs the
installation's secret key; `operations.accounts` stores what came of it. It stands beside the
edges because the command line, the testing calls and the test market all use it, and only edges
may hold `credentials`. Secrets are returned once, here, and can never be read again.
"""

import re
from dataclasses import dataclass

from kempelen import credentials
from kempelen.domain import money
from kempelen.operations import accounts, dispatch
from kempelen.operations.accounts import AccountRefused, NewWorker
from kempelen.operations.app import App

__all__ = ["AccountRefused", "NewWorker", "RequesterAccount", "WorkerAccount"]

TOKEN_PREFIX = "kw_"  # noqa: S105 - what tokens start with, no secret
_BALANCE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequesterAccount:
    """A requester with an access key."""

    requester_id: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerAccount:
    """A worker with a personal token for the worker API."""

    worker_id: str
    token: str


def add_requester(app: App, name: str, balance: str | None) -> RequesterAccount:
    """Make a requester, prepaid with `balance` dollars; None for the site's billing mode.

    AccountRefused for a name or an amount that cannot be.
    """
    amount = None if balance is None else _amount(balance)
    access_key_id = app.ids.access_key_id()
    secret = app.ids.secret()
    sealed = credentials.Sealer(app.secret_key).seal(secret, access_key_id)
    made = dispatch.change(app, accounts.add_requester, name, amount, access_key_id, sealed)
    return RequesterAccount(
        requester_id=made.requester_id, access_key_id=access_key_id, secret_access_key=secret
    )


def add_worker(app: App, wanted: NewWorker, password: str | None) -> WorkerAccount:
    """Make a worker; without a password it works through the worker API only.

    AccountRefused for a name that is taken or cannot be, and for an unknown country.
    """
    token = app.ids.token(TOKEN_PREFIX)
    password_hash = (
        None if password is None else credentials.hash_password(password, is_quick=app.is_testing)
    )
    made = dispatch.change(
        app, accounts.add_worker, wanted, password_hash, credentials.digest(token)
    )
    return WorkerAccount(worker_id=made.worker_id, token=token)


def set_available(app: App, requester_id: str, available: str) -> None:
    """Bring a requester's available balance to an amount; AccountRefused."""
    dispatch.change(app, accounts.set_available, requester_id, _amount(available))


def _amount(text: str) -> int:
    if not _BALANCE.fullmatch(text):
        message = (
            f"The balance {text[:40]!r} is no amount of money. Write dollars with at most two "
            "decimals, such as 1000.00."
        )
        raise AccountRefused(message)
    return money.parse(text)
