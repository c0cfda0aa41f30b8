"""Signed and unsigned bytes to a running server, and what it answers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kempelen.testing.market import Kempelen

PREFIX = "MTurkRequesterServiceV20170117."
CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer with its JSON body decoded."""

    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.raw)

    @property
    def type(self) -> str:
        """The name of the fault."""
        found: str = self.json["__type"]
        return found


class Wire:
    """Makes requests, signs them as botocore does, and spoils them as a test likes."""

    def __init__(self, market: Kempelen, pool: urllib3.PoolManager) -> None:
        self.market = market
        self.pool = pool
        account = market.requester
        self.credentials = Credentials(account.access_key_id, account.secret_access_key)

    def signed(
        self,
        operation: str,
        body: bytes | dict[str, Any],
        *,
        path: str = "/",
        service: str = "mturk-requester",
        credentials: Credentials | None = None,
        **headers: str,
    ) -> AWSRequest:
        """A request with a valid signature, unless the arguments make it invalid."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = AWSRequest(
            method="POST",
            url=self.market.url + path,
            data=data,
            headers={
                "X-Amz-Target": PREFIX + operation,
                "Content-Type": CONTENT_TYPE,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        SigV4Auth(credentials or self.credentials, service, "us-east-1").add_auth(request)
        return request

    def send(self, request: AWSRequest, body: bytes | None = None, **headers: str) -> Answer:
        """Send it, perhaps with another body or other headers than were signed."""
        prepared = request.prepare()
        changed = dict(prepared.headers.items())
        changed |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(prepared.url, prepared.body if body is None else body, changed)

    def call(self, operation: str, body: bytes | dict[str, Any], **options: Any) -> Answer:
        """Sign and send."""
        return self.send(self.signed(operation, body, **options))

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send bytes as they are."""
        answer = self.pool.request("POST", url, body=body, headers=headers, retries=False)
        return Answer(status=answer.status, headers=answer.headers, raw=answer.data)


@pytest.fixture
def wire(kempelen: Kempelen) -> Iterator[Wire]:
    """The wire to a fresh market."""
    with urllib3.PoolManager() as pool:
        yield Wire(kempelen, pool)


@pytest.fixture
def publish(kempelen: Kempelen) -> Callable[..., dict[str, Any]]:
    """A function that creates a HIT over boto3; its arguments replace the usual ones."""
    namespace = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14"
    usual = {
        "Title": "A title",
        "Description": "A description",
        "Keywords": "some, words",
        "Reward": "0.05",
        "MaxAssignments": 2,
        "LifetimeInSeconds": 3600,
        "AssignmentDurationInSeconds": 600,
        "Question": (
            f'<ExternalQuestion xmlns="{namespace}/ExternalQuestion.xsd"><ExternalURL>'
            "https://example.org/</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
        ),
    }

    def create(**members: Any) -> dict[str, Any]:
        hit: dict[str, Any] = kempelen.client.create_hit(**{**usual, **members})["HIT"]
        return hit

    return create
