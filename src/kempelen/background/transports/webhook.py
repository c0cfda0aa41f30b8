"""Signed webhooks: the document posted to an address, with an HMAC over it and the time.

The receiver computes HMAC-SHA256 over the timestamp, a dot and the body with its requester's key
and compares; an old timestamp is a replay by somebody on the way.
"""

import hmac
from collections.abc import Callable

from kempelen.background.transports import outgoing
from kempelen.clock import SystemClock
from kempelen.domain.notification import DeliveryFailed, Parcel
from kempelen.egress import EgressFailed
from kempelen.formats import event_document
from kempelen.settings import Settings

_REFUSED_DOCUMENTS = frozenset({400, 406, 409, 413, 415, 422})


class Webhook:
    """Posts to https addresses; to http ones when the operator has listed the host."""

    name = "Webhook"

    def __init__(self, settings: Settings, signing_key: Callable[[str, int], str]) -> None:
        """Prepare; SettingsError for an entry of `egress.allow` that cannot be read."""
        self._is_enabled = settings.notifications.webhooks
        self._signing_key = signing_key
        self._clock = SystemClock()
        self._egress = outgoing.client(settings)

    def accepts(self, transport: str, destination: str) -> bool:
        """Whether webhooks are on and this is an address that can be sent to."""
        if transport != "SNS" or not self._is_enabled or "://" not in destination:
            return False
        try:
            self._egress.check(destination)
        except EgressFailed:
            return False
        return True

    def send(self, parcel: Parcel) -> None:
        """Post the document; anything but a status from 200 to 299 is a failure."""
        body = event_document.write(parcel.document).encode()
        timestamp = str(int(self._clock.now().timestamp()))
        key = self._signing_key(parcel.document.requester_id, parcel.key_number)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Kempelen-Notifications",
            "X-Event-Doc-Id": parcel.document.document_id,
            "X-Timestamp": timestamp,
            "X-Signature-SHA256": signature(key, timestamp, body),
        }
        try:
            status = self._egress.send("POST", parcel.destination, body, headers).status
        except EgressFailed as failed:
            raise DeliveryFailed(str(failed)) from None
        if not 200 <= status <= 299:  # noqa: PLR2004 - the class of success
            raise DeliveryFailed(
                f"HTTP status {status // 100}xx", is_about_document=status in _REFUSED_DOCUMENTS
            )


def signature(key: str, timestamp: str, body: bytes) -> str:
    """The header that proves where a webhook comes from: hexadecimal HMAC-SHA256."""
    return hmac.digest(key.encode(), timestamp.encode() + b"." + body, "sha256").hex()
