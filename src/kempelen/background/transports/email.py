"""E-mail to requesters: one plain message per document, through the site's mail server."""

import re
from collections.abc import Callable

from kempelen.domain.notification import Parcel
from kempelen.formats import event_document
from kempelen.settings import Settings

ADDRESS_LENGTH_MAX = 254
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


class Email:
    """Sends to mail addresses, when there is a mail server."""

    name = "Email"

    def __init__(self, settings: Settings, signing_key: Callable[[str, int], str]) -> None:
        """Prepare."""
        del signing_key
        self._settings = settings

    def accepts(self, transport: str, destination: str) -> bool:
        """Whether there is a mail server, and this is a mail address."""
        if transport != "Email" or not self._settings.smtp.host:
            return False
        return (
            len(destination) <= ADDRESS_LENGTH_MAX and _ADDRESS.fullmatch(destination) is not None
        )

    def send(self, parcel: Parcel) -> None:
        """Hand the message to the mail server."""
        # The library's mail modules take more than a megabyte, and many sites send none.
        from kempelen.background.transports import mail_server  # noqa: PLC0415

        document = parcel.document
        site = self._settings.worker_site_name
        hit_id = document.occurrences[0].hit_id
        mail_server.send(
            self._settings,
            mail_server.Letter(
                to=parcel.destination,
                subject=f"[{site}] {event_document.event_types(document)} for HIT {hit_id}",
                body=event_document.write_lines(document),
                message_id=document.document_id,
            ),
        )
