"""What SQS and SNS share: boto3 clients whose requests go out through the one egress client.

boto3 is optional. The credentials are the installation's, found where boto3 finds them.
"""

import importlib.util
import io
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from kempelen.background.transports import outgoing
from kempelen.domain.notification import DeliveryFailed
from kempelen.egress import EgressFailed
from kempelen.settings import Settings, SettingsError

SERVICES = ("sqs", "sns")
_ABOUT_DOCUMENT = frozenset(
    {
        "InvalidMessageContents",
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
    }
)
_making = threading.Lock()


@cache
def is_installed() -> bool:
    """Whether boto3 is there."""
    return importlib.util.find_spec("boto3") is not None


class Amazon:
    """One service, at Amazon or wherever `notifications.endpoints` says."""

    def __init__(self, service: str, settings: Settings) -> None:
        """Prepare; SettingsError for an endpoint that cannot be."""
        self._service = service
        self.endpoint = endpoint(settings, service)
        places = (_place(self.endpoint),) if self.endpoint else ()
        self._egress = outgoing.client(settings, *places)
        self._clients: dict[str, Any] = {}

    def call(self, region: str, operation: str, **parameters: object) -> None:
        """Call an operation once; DeliveryFailed when it does not succeed."""
        # boto3 is slow to import, and most installations never come here.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            getattr(self._client(region), operation)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise DeliveryFailed(
                f"{self._service.upper()} answered {code[:100]}",
                is_about_document=code in _ABOUT_DOCUMENT,
            ) from None
        except EgressFailed as failed:
            raise DeliveryFailed(str(failed)) from None
        except (BotoCoreError, ValueError) as error:
            # Such as no credentials, or an answer that cannot be read.
            raise DeliveryFailed(type(error).__name__) from None

    def _client(self, region: str) -> Any:
        with _making:
            found = self._clients.get(region)
            if found is None:
                found = self._clients[region] = self._new_client(region)
        return found

    def _new_client(self, region: str) -> Any:
        import boto3  # noqa: PLC0415 - as above
        from botocore.config import Config  # noqa: PLC0415

        client = boto3.session.Session().client(
            self._service,
            region_name=region,
            endpoint_url=self.endpoint or None,
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register(f"before-send.{self._service}", self._carry)
        return client

    def _carry(self, request: Any, **_: object) -> Any:
        """Take a signed request out through the egress client, in place of botocore's own."""
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - as above

        body = request.body or b""
        headers = {
            name: value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        sent = body.encode() if isinstance(body, str) else bytes(body)
        answer = self._egress.send(request.method, request.url, sent, headers)
        return AWSResponse(request.url, answer.status, answer.headers, _Raw(answer.body))


class _Raw(io.BytesIO):
    """A body in the form in which botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """All of it."""
        yield self.read()


def endpoint(settings: Settings, service: str) -> str:
    """The address that stands in for a service, or nothing; SettingsError."""
    endpoints: Mapping[str, str] = settings.notifications.endpoints
    for name in endpoints:
        if name not in SERVICES:
            message = (
                f"The setting notifications.endpoints names {name!r}. The services are "
                f"{' and '.join(SERVICES)}."
            )
            raise SettingsError(message)
    address = endpoints.get(service, "").rstrip("/")
    if address and not _is_address(address):
        message = (
            f"The setting notifications.endpoints has {address!r} for {service}. Write an "
            "address such as http://127.0.0.1:9324."
        )
        raise SettingsError(message)
    return address


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _place(address: str) -> str:
    """An address as an entry of `egress.allow`."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
