"""Messages that leave the database: mail to workers. Written in the causing transaction."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kempelen import clock
from kempelen.store import tables
from kempelen.store.statement import Statement, insert
from kempelen.store.tx import Tx

_M = tables.mail.c
_INSERT = insert(tables.mail)
_ALL = Statement(
    sa.select(_M.recipient_id, _M.subject, _M.body, _M.created_at)
    .order_by(_M.n.desc())
    .limit(sa.bindparam("size"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One message to a worker."""

    recipient_id: str
    subject: str
    body: str
    created_at: datetime


def add_mail(tx: Tx, recipient_id: str, subject: str, body: str) -> None:
    """Write a message to somebody."""
    tx.insert(
        _INSERT,
        {
            "recipient_id": recipient_id,
            "subject": subject,
            "body": body,
            "created_at": clock.micros(tx.now),
        },
    )


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
