"""Making accounts: requesters with an access key, workers with a token; and prepayments."""

import re
from dataclasses import dataclass

from kempelen.domain import ledger
from kempelen.domain.countries import COUNTRIES
from kempelen.domain.people import BillingMode, Requester, Worker, WorkerClass
from kempelen.store import ledger as postings
from kempelen.store import outbox, requesters, workers
from kempelen.store.outbox import Mail
from kempelen.store.tx import Tx

NAME_LENGTH_MAX = 100
EMAIL_LENGTH_MAX = 254
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*"
)
MAIL_SHOWN = 1000


class AccountRefused(Exception):
    """An account cannot be made as asked; the message says what to change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWorker:
    """What a new worker account is to be."""

    name: str
    email: str | None = None
    worker_class: WorkerClass = WorkerClass.HUMAN
    country: str = "US"
    subdivision: str | None = None
    is_adult: bool = False
    is_master: bool = False
    given_hits_approved: int | None = None
    given_percent_approved: int | None = None


def add_requester(
    tx: Tx, name: str, balance: int | None, access_key_id: str, sealed_secret: str
) -> Requester:
    """Make a requester with one access key; with a balance (money units) it is prepaid."""
    _check_name(name)
    mode = BillingMode(tx.settings.billing.mode) if balance is None else BillingMode.PREPAID
    requester = Requester(requester_id=tx.ids.requester(), name=name, billing_mode=mode)
    requesters.add(tx, requester)
    requesters.add_key(tx, access_key_id, requester.requester_id, sealed_secret)
    for account in (
        ledger.available(requester.requester_id),
        ledger.on_hold(requester.requester_id),
        ledger.FEES,
        ledger.EXTERNAL,
    ):
        postings.open_account(tx, account)
    if balance:
        adjust_balance(tx, requester.requester_id, balance)
    return requester


def adjust_balance(tx: Tx, requester_id: str, amount: int) -> None:
    """Let money enter for a requester, or leave when `amount` is negative."""
    transfer = ledger.prepay(requester_id, f"prepayment:{tx.new_id()}", amount)
    postings.post(tx, (transfer,))


def set_available(tx: Tx, requester_id: str, wanted: int) -> None:
    """Adjust a balance to a given amount, for tests; AccountRefused for an unknown requester."""
    if requesters.get(tx, requester_id) is None:
        raise AccountRefused(f"There is no requester {requester_id}. Make one first.")
    change = wanted - postings.balance(tx, ledger.available(requester_id))
    if change:
        adjust_balance(tx, requester_id, change)


def add_worker(tx: Tx, wanted: NewWorker, password_hash: str | None, token_hash: str) -> Worker:
    """Make a worker with a personal token; names are unique without regard to case."""
    _check_name(wanted.name)
    if wanted.country not in COUNTRIES:
        message = f"{wanted.country} is no country code. Use two capital letters, such as US."
        raise AccountRefused(message)
    _check_email(wanted.email)
    if workers.find_login(tx, wanted.name) is not None:
        raise AccountRefused(f"There is a worker named {wanted.name} already. Choose another name.")
    worker = Worker(
        worker_id=tx.ids.worker(),
        name=wanted.name,
        worker_class=wanted.worker_class,
        country=wanted.country,
        subdivision=wanted.subdivision,
        is_adult=wanted.is_adult,
        is_master=wanted.is_master,
        given_hits_approved=wanted.given_hits_approved,
        given_percent_approved=wanted.given_percent_approved,
    )
    workers.add(tx, worker, password_hash, wanted.email)
    workers.add_token(tx, worker.worker_id, token_hash)
    postings.open_account(tx, ledger.earnings(worker.worker_id))
    return worker


def recent_mail(tx: Tx) -> list[Mail]:
    """The newest messages to workers, newest first."""
    return outbox.last_mail(tx, MAIL_SHOWN)


def _check_email(email: str | None) -> None:
    """Refuse what cannot be an address; whether somebody reads it is seen by writing to it."""
    if email is not None and (len(email) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(email)):
        message = f"{email[:80]!r} is no e-mail address. Write it as name@example.org."
        raise AccountRefused(message)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        message = f"The name {name[:120]!r} must have 1 to {NAME_LENGTH_MAX} printable characters."
        raise AccountRefused(message)
