"""REST of the older API: one GET of an address, with events and a signature as parameters."""

from kempelen.background.transports.notify import Notify
from kempelen.domain.notification import Parcel
from kempelen.formats import notify_message


class REST(Notify):
    """Gets http and https addresses as far as requests may go out to them."""

    name = "REST"

    def send(self, parcel: Parcel) -> None:
        """Get the address; anything but a status from 200 to 299 is a failure."""
        now, sign = self.clock.now(), self.signer(parcel)
        url = notify_message.address(parcel.destination, parcel.document, now, sign)
        self.exchange("GET", url, "", {})
