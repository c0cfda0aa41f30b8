"""A whole market for one test: a running server, requesters with boto3 clients, and its clock."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from kempelen import credentials
from kempelen.clock import ManualClock
from kempelen.domain import money
from kempelen.domain.people import WorkerClass
from kempelen.ids import Ids
from kempelen.operations import accounts, dispatch, sweeping
from kempelen.testing.server import Server

DEFAULT_BALANCE = "10000.00"


@dataclass(frozen=True, kw_only=True, slots=True)
class RequesterAccount:
    """A requester with an access key."""

    requester_id: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerAccount:
    """A worker with a personal token, and a password for the pages."""

    worker_id: str
    name: str
    password: str
    token: str


class Kempelen:
    """A running server whose clock stands still until `advance` moves it; a context manager.

    `url` is the address of the server, `requester` the account behind `client`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, object] | None = None,
        start: datetime | None = None,
        ids: Ids | None = None,
    ) -> None:
        """Prepare a server on a fresh database in `folder`, at the time `start` or now."""
        self.clock = ManualClock(start or datetime.now(UTC).replace(microsecond=0))
        overrides = {"worker_classes.default": "any", **(settings or {})}
        self._server = Server(
            folder / "kempelen.db",
            overrides=overrides,
            clock=self.clock,
            ids=ids,
            is_testing=True,
        )
        self.app = self._server.app
        self.url = self._server.url
        self._numbers = itertools.count(1)
        self._clients: dict[str, Any] = {}
        self.requester = self.add_requester("Test requester")

    def __enter__(self) -> Self:
        """Start answering requests."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and close its database."""
        for client in self._clients.values():
            client.close()
        self._server.stop()

    @property
    def client(self) -> Any:
        """A boto3 client of the requester."""
        return self.client_of(self.requester)

    def client_of(self, requester: RequesterAccount) -> Any:
        """A boto3 client of another requester; the same one each time."""
        found = self._clients.get(requester.access_key_id)
        if found is None:
            found = self._clients[requester.access_key_id] = self._new_client(requester)
        return found

    def add_requester(self, name: str, balance: str | None = DEFAULT_BALANCE) -> RequesterAccount:
        """Make a requester, prepaid with `balance` dollars; None for unlimited billing."""
        access_key_id = self.app.ids.access_key_id()
        secret = self.app.ids.secret()
        sealed = credentials.Sealer(self.app.secret_key).seal(secret, access_key_id)
        amount = None if balance is None else money.parse(balance)
        made = dispatch.change(
            self.app, accounts.add_requester, name, amount, access_key_id, sealed
        )
        return RequesterAccount(
            requester_id=made.requester_id, access_key_id=access_key_id, secret_access_key=secret
        )

    def add_worker(self, name: str | None = None, **wanted: Any) -> WorkerAccount:
        """Make a worker; `wanted` are the other members of `accounts.NewWorker`."""
        name = name or f"worker-{next(self._numbers)}"
        wanted.setdefault("worker_class", WorkerClass.SIMULATED)
        password = self.app.ids.password()
        token = self.app.ids.token("kw_")
        made = dispatch.change(
            self.app,
            accounts.add_worker,
            accounts.NewWorker(name=name, **wanted),
            credentials.hash_password(password),
            credentials.digest(token),
        )
        return WorkerAccount(
            worker_id=made.worker_id, name=name, password=password, token=token
        )

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move the clock forward and do everything that is due by then."""
        now = self.clock.advance(days=days, hours=hours, minutes=minutes, seconds=seconds)
        sweeping.run_due(self.app)
        return now

    def _new_client(self, requester: RequesterAccount) -> Any:
        # Imported late: only tests need it, and it is slow to import.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=requester.access_key_id,
            aws_secret_access_key=requester.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )
