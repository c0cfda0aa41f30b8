"""boto 2.49, unmodified, and raw calls of the older API, against a running server."""

import base64
import hashlib
import hmac
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
import urllib3

from kempelen.testing.market import Kempelen

NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14"
EXTERNAL = (
    f'<ExternalQuestion xmlns="{NAMESPACE}/ExternalQuestion.xsd">'
    "<ExternalURL>https://example.org/task</ExternalURL><FrameHeight>400</FrameHeight>"
    "</ExternalQuestion>"
)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the older API: its bytes, and its elements by path below the root."""

    status: int
    headers: Any
    raw: bytes

    @property
    def body(self) -> str:
        """The body as text."""
        return self.raw.decode()

    @property
    def root(self) -> ET.Element:
        """The root element."""
        return ET.fromstring(self.raw)  # noqa: S314 - our own server wrote it

    def text(self, path: str) -> str | None:
        """The text of the first element at a path."""
        return self.root.findtext(path)

    def texts(self, path: str) -> list[str | None]:
        """The texts of all elements at a path."""
        return [found.text for found in self.root.findall(path)]

    @property
    def is_valid(self) -> bool:
        """Whether it says that the request succeeded."""
        return self.texts(".//Request/IsValid") == ["True"] and "<Errors>" not in self.body

    @property
    def code(self) -> str | None:
        """The code of its first error."""
        return self.text(".//Error/Code")

    @property
    def message(self) -> str:
        """The message of its first error, without the time at its end."""
        return (self.text(".//Error/Message") or "").rpartition(" (")[0]


class OldCaller:
    """Makes calls of the older API by hand, signed as its reference says."""

    def __init__(self, market: Kempelen, pool: urllib3.PoolManager) -> None:
        self.market = market
        self.pool = pool
        self.key_id = market.requester.access_key_id
        self.secret = market.requester.secret_access_key

    def signature(self, text: str) -> str:
        """The signature of a text."""
        code = hmac.new(self.secret.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(code).decode()

    def signed(self, operation: str, at: datetime | None = None, **more: str) -> dict[str, str]:
        """The common parameters with a signature over operation and time."""
        timestamp = f"{at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "Service": "AWSMechanicalTurkRequester",
            "AWSAccessKeyId": self.key_id,
            "Operation": operation,
            "Timestamp": timestamp,
            "Version": "2014-08-15",
            "Signature": self.signature(f"AWSMechanicalTurkRequester{operation}{timestamp}"),
            **more,
        }

    def __call__(self, operation: str, /, **parameters: str) -> Answer:
        """Call an operation; underscores in names stand for dots."""
        named = {name.replace("_", "."): value for name, value in parameters.items()}
        return self.post(urlencode({**self.signed(operation), **named}))

    def give(self, operation: str, parameters: dict[str, str]) -> Answer:
        """Call an operation with parameters of any name."""
        return self.post(urlencode({**self.signed(operation), **parameters}))

    def post(
        self, body: str | bytes, path: str = "/", headers: dict[str, str] | None = None
    ) -> Answer:
        """Post a body."""
        sent = {"Content-Type": FORM} if headers is None else headers
        return self.request("POST", path, body=body, headers=sent)

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send anything, without following where an answer leads."""
        url = self.market.url + path
        answer = self.pool.request(method, url, retries=False, redirect=False, **options)
        return Answer(status=answer.status, headers=answer.headers, raw=answer.data)


@pytest.fixture
def old(kempelen: Kempelen) -> Iterator[OldCaller]:
    """Raw calls to a fresh market."""
    with urllib3.PoolManager() as pool:
        yield OldCaller(kempelen, pool)


@pytest.fixture
def old_with(tmp_path: Path) -> Iterator[Callable[..., OldCaller]]:
    """Raw calls to a market with other settings: `old_with(legacy__require_tls=True)`."""
    opened: list[Kempelen] = []
    with urllib3.PoolManager() as pool:

        def open_with(start: datetime | None = None, **overrides: object) -> OldCaller:
            values = {name.replace("__", "."): value for name, value in overrides.items()}
            folder = tmp_path / f"market-{len(opened)}"
            folder.mkdir()
            opened.append(Kempelen(folder, settings=values, start=start))
            return OldCaller(opened[-1].__enter__(), pool)

        yield open_with
        for market in opened:
            market.__exit__()


@pytest.fixture(scope="session")
def boto2() -> Any:
    """Boto 2.49 from its wheel: connection, questions, qualifications and prices.

    Its copies of six stay on the path of imports and warn about every module that is not found,
    so they are taken off it again.
    """
    before = list(sys.meta_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from boto.mturk import (  # noqa: PLC0415
            connection,
            layoutparam,
            notification,
            price,
            qualification,
            question,
        )
    sys.meta_path[:] = before
    return SimpleNamespace(
        connection=connection,
        layoutparam=layoutparam,
        notification=notification,
        price=price,
        qualification=qualification,
        question=question,
        Error=connection.MTurkRequestError,
    )


@pytest.fixture
def connect(kempelen: Kempelen, boto2: Any) -> Iterator[Callable[..., Any]]:
    """A function that gives a connection of boto 2 to the market."""
    address = urlsplit(kempelen.url)
    made = []

    def connection(**more: Any) -> Any:
        account = kempelen.requester
        made.append(
            boto2.connection.MTurkConnection(
                more.pop("key", account.access_key_id),
                more.pop("secret", account.secret_access_key),
                host=more.pop("host", address.hostname),
                port=more.pop("port", address.port),
                is_secure=False,
                **more,
            )
        )
        return made[-1]

    yield connection
    # boto 2 leaves its sockets to the collection of garbage.
    for each in made:
        for pool in each._pool.host_to_pool.values():
            for http_connection, _ in pool.queue:
                http_connection.close()


@pytest.fixture
def turk(connect: Callable[..., Any]) -> Any:
    """A connection of boto 2 as the market's requester."""
    return connect()


@pytest.fixture
def publish(turk: Any, boto2: Any) -> Callable[..., str]:
    """A function that creates a HIT over boto 2 and gives its id."""

    def create(**more: Any) -> str:
        wanted = {
            "question": boto2.question.ExternalQuestion("https://example.org/task", 400),
            "title": "Tag a picture",
            "description": "Choose the tags that fit",
            "keywords": ["image", "tag"],
            "reward": 0.05,
            "max_assignments": 2,
            "lifetime": timedelta(hours=1),
            "duration": timedelta(minutes=10),
            **more,
        }
        hit_id: str = turk.create_hit(**wanted)[0].HITId
        return hit_id

    return create
