"""What REST and SOAP of the older API share: who signs, and how an address is reached."""

from collections.abc import Callable, Mapping

from kempelen.background.transports import outgoing
from kempelen.clock import SystemClock
from kempelen.domain.notification import DeliveryFailed, Parcel
from kempelen.egress import EgressFailed
from kempelen.formats.notify_message import Sign
from kempelen.settings import Settings


class Notify:
    """Sends the message Notify to addresses, while the older API is on."""

    name: str

    def __init__(self, settings: Settings, signing_key: Callable[[str, int], str]) -> None:
        """Prepare; SettingsError for an entry of `egress.allow` that cannot be read."""
        del signing_key
        self._is_enabled = settings.legacy.enabled
        self._egress = outgoing.client(settings)
        self.clock = SystemClock()

    def accepts(self, transport: str, destination: str) -> bool:
        """Whether the older API is on and this is an address that can be sent to."""
        if transport != self.name or not self._is_enabled:
            return False
        try:
            self._egress.check(destination)
        except EgressFailed:
            return False
        return True

    def signer(self, parcel: Parcel) -> Sign:
        """What signs a parcel; DeliveryFailed for one that nobody signs."""
        if parcel.sign is None:
            raise DeliveryFailed("no access key signs it")
        return parcel.sign

    def exchange(self, method: str, url: str, body: str, headers: Mapping[str, str]) -> None:
        """Send a request; DeliveryFailed for anything but a status from 200 to 299."""
        sent = {"User-Agent": "Kempelen-Notifications", **headers}
        try:
            status = self._egress.send(method, url, body.encode(), sent).status
        except EgressFailed as failed:
            raise DeliveryFailed(str(failed)) from None
        if not 200 <= status <= 299:  # noqa: PLR2004 - the class of success
            raise DeliveryFailed(f"HTTP status {status // 100}xx")
