"""Amazon SNS, or a server that speaks its protocol: one notification per document."""

import re
from collections.abc import Callable

from kempelen.background.transports import amazon
from kempelen.background.transports.amazon import Amazon
from kempelen.domain.notification import Parcel
from kempelen.formats import event_document
from kempelen.settings import Settings

SUBJECT_LENGTH_MAX = 100
_TOPIC = re.compile(
    r"arn:aws(-cn|-us-gov)?:sns:(?P<region>[a-z]{2}(-[a-z]+)+-\d):\d{12}:"
    r"([A-Za-z0-9_-]{1,251}(\.fifo)?|[A-Za-z0-9_-]{252,256})"
)


class SNS:
    """Publishes to topics by their ARN."""

    name = "SNS"

    def __init__(self, settings: Settings, signing_key: Callable[[str, int], str]) -> None:
        """Prepare."""
        del signing_key
        self._amazon = Amazon("sns", settings)

    def accepts(self, transport: str, destination: str) -> bool:
        """Whether this is the ARN of a topic."""
        is_topic = _TOPIC.fullmatch(destination) is not None
        return transport == "SNS" and amazon.is_installed() and is_topic

    def send(self, parcel: Parcel) -> None:
        """Publish the document."""
        found = _TOPIC.fullmatch(parcel.destination)
        message = {
            "TopicArn": parcel.destination,
            "Message": event_document.write(parcel.document),
            "Subject": event_document.event_types(parcel.document)[:SUBJECT_LENGTH_MAX],
        }
        if parcel.destination.endswith(".fifo"):
            message["MessageGroupId"] = parcel.document.occurrences[0].hit_id
            message["MessageDeduplicationId"] = parcel.document.document_id
        self._amazon.call("" if found is None else found["region"], "publish", **message)
