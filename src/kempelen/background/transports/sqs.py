"""Amazon SQS, or a server that speaks its protocol: one message per document."""

import re
from collections.abc import Callable

from kempelen.background.transports import amazon
from kempelen.background.transports.amazon import Amazon
from kempelen.domain.notification import Parcel
from kempelen.formats import event_document
from kempelen.settings import Settings

_NAME = r"(?P<account>\d{12})/(?P<name>[A-Za-z0-9_-]{1,75}(\.fifo)?|[A-Za-z0-9_-]{76,80})"
_QUEUE = re.compile(
    r"https://(sqs\.(?P<region>[a-z]{2}(-[a-z]+)+-\d)|(?P<old>[a-z]{2}(-[a-z]+)+-\d)\.queue|queue)"
    rf"\.amazonaws\.com(\.cn)?/{_NAME}"
)
_ELSEWHERE = re.compile(rf"/{_NAME}")
_DEFAULT_REGION = "us-east-1"


class SQS:
    """Sends to queues by their URL."""

    name = "SQS"

    def __init__(self, settings: Settings, signing_key: Callable[[str, int], str]) -> None:
        """Prepare."""
        del signing_key
        self._amazon = Amazon("sqs", settings)

    def accepts(self, transport: str, destination: str) -> bool:
        """Whether this is the URL of a queue."""
        return transport == "SQS" and amazon.is_installed() and self._region(destination) != ""

    def send(self, parcel: Parcel) -> None:
        """Put the document into the queue."""
        message = {
            "QueueUrl": parcel.destination,
            "MessageBody": event_document.write(parcel.document),
        }
        if parcel.destination.endswith(".fifo"):
            message["MessageGroupId"] = parcel.document.occurrences[0].hit_id
            message["MessageDeduplicationId"] = parcel.document.document_id
        self._amazon.call(self._region(parcel.destination), "send_message", **message)

    def _region(self, destination: str) -> str:
        """The region of a queue; nothing when the URL has not the form of one."""
        found = _QUEUE.fullmatch(destination)
        if found is not None:
            return found["region"] or found["old"] or _DEFAULT_REGION
        elsewhere = self._amazon.endpoint
        if elsewhere and destination.startswith(elsewhere):
            rest = destination[len(elsewhere) :]
            return _DEFAULT_REGION if _ELSEWHERE.fullmatch(rest) else ""
        return ""
