"""SOAP of the older API: an envelope with events and a signature, posted to an address."""

from kempelen.background.transports.notify import Notify
from kempelen.domain.notification import Parcel
from kempelen.formats import notify_message

_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://soap.amazon.com"'}


class SOAP(Notify):
    """Posts to http and https addresses as far as requests may go out to them."""

    name = "SOAP"

    def send(self, parcel: Parcel) -> None:
        """Post the envelope; anything but a status from 200 to 299 is a failure."""
        now, sign = self.clock.now(), self.signer(parcel)
        body = notify_message.envelope(parcel.document, now, sign)
        self.exchange("POST", parcel.destination, body, _HEADERS)
