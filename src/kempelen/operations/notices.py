"""Telling a worker: a message on the site and an e-mail, both in the causing transaction."""

from kempelen.domain.notice import Notice
from kempelen.domain.people import Requester
from kempelen.store import messages, outbox
from kempelen.store.tx import Tx


def tell(tx: Tx, worker_id: str, requester: Requester, notice: Notice) -> None:
    """Tell a worker something on behalf of a requester; neither learns the other's address.

    The e-mail is written for every worker; whether one has an address is seen when it is sent.
    """
    thread_id = messages.add(tx, worker_id, requester.requester_id, notice)
    # A subject may have line breaks on a page, but not in the head of an e-mail.
    subject = " ".join(notice.subject.split())
    outbox.add_mail(tx, worker_id, subject, _letter(tx, requester, notice, thread_id))


def _letter(tx: Tx, requester: Requester, notice: Notice, thread_id: str) -> str:
    site = tx.settings
    return (
        f"{notice.text}\n\n-- \nFrom {requester.name}, by {site.worker_site_name}\n"
        f"{site.app_base_url}/messages/{thread_id}\n"
    )
