"""Messages that leave the database: mail to workers. Written in the causing transaction.

They are sent when there is a mail server and the worker has an address; every message can be looked
at for thirty days.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import deliveries, notifications, tables, workers
from kempelen.store.notifications import Destination
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_M = tables.mail.c
_INSERT = insert(tables.mail)
_ALL = Statement(
    sa.select(_M.recipient_id, _M.subject, _M.body, _M.created_at)
    .order_by(_M.n.desc())
    .limit(sa.bindparam("size"))
)

_ADDRESSED = Statement(
    sa.select(tables.workers.c.email, _M.subject, _M.body)
    .join(tables.workers, tables.workers.c.worker_id == _M.recipient_id)
    .where(_M.n == sa.bindparam("n"), tables.workers.c.email.is_not(None))
)
MAIL_SERVER = Destination(requester_id="", transport="Mail", destination="the mail server")
"""Where all of it goes, as far as this installation is concerned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One message to a worker."""

    recipient_id: str
    subject: str
    body: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressedMail:
    """One message with the address of its reader."""

    address: str
    subject: str
    body: str


def add_mail(tx: Tx, recipient_id: str, subject: str, body: str) -> None:
    """Write a message to a worker, and have it sent if that can be."""
    n = tx.insert(
        _INSERT,
        {
            "recipient_id": recipient_id,
            "subject": subject,
            "body": body,
            "created_at": clock.micros(tx.now),
        },
    )
    if tx.settings.smtp.host and workers.email(tx, recipient_id) is not None:
        deliveries.add_letters(tx, (n,), notifications.target(tx, MAIL_SERVER))


def addressed(tx: Tx, n: int) -> AddressedMail | None:
    """A message with the address that its reader has now; None without either."""
    row = tx.row(_ADDRESSED, {"n": n})
    return None if row is None else AddressedMail(address=row[0], subject=row[1], body=row[2])


def last_mail(tx: Tx, size: int) -> list[Mail]:
    """The newest messages, newest first."""
    return [
        Mail(
            recipient_id=row[0],
            subject=row[1],
            body=row[2],
            created_at=clock.from_micros(row[3]),
        )
        for row in tx.rows(_ALL, {"size": size})
    ]
