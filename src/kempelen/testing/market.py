"""A whole market for one test: a running server, requesters with boto3 clients, and its clock."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from kempelen.clock import ManualClock, SystemClock
from kempelen.domain.people import WorkerClass
from kempelen.edges import accounts
from kempelen.edges.accounts import NewWorker, RequesterAccount
from kempelen.ids import Ids
from kempelen.operations import sweeping
from kempelen.operations.app import App
from kempelen.testing.server import Server
from kempelen.testing.worker import Worker, WorkRefused

__all__ = ["Kempelen", "RequesterAccount", "WorkRefused", "Worker"]

DEFAULT_BALANCE = "10000.00"


class Kempelen:
    """A running server whose clock stands still until `advance` moves it; a context manager.

        with Kempelen(tmp_path) as kempelen:
            hit = kempelen.client.create_hit(MaxAssignments=1, …)["HIT"]
            kempelen.add_worker("alice").do(hit["HITId"], {"label": "cat"})
            kempelen.advance(days=2)

    `url` is the address of the server, `requester` the account behind `client`. HITs may be done
    by workers of every class unless `settings` say otherwise; those are settings by dotted name.
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
        self.clock = ManualClock(start or SystemClock().now().replace(microsecond=0))
        self._server = Server(
            folder / "kempelen.db",
            overrides={"worker_classes.default": "any", **(settings or {})},
            clock=self.clock,
            ids=ids,
            is_testing=True,
        )
        self.app: App = self._server.app
        self.url = self._server.url
        self._numbers = itertools.count(1)
        self._clients: dict[str, Any] = {}
        self._workers: list[Worker] = []
        self.requester = self.add_requester("Test requester")

    def __enter__(self) -> Self:
        """Start answering requests."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and close its database and every connection."""
        for client in self._clients.values():
            client.close()
        for worker in self._workers:
            worker.close()
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
        return accounts.add_requester(self.app, name, balance)

    def add_worker(self, name: str | None = None, **wanted: Any) -> Worker:
        """Make a worker; `wanted` are the other members of `edges.accounts.NewWorker`.

        kempelen.add_worker("alice", country="DE", is_master=True)
        """
        name = name or f"worker-{next(self._numbers)}"
        wanted.setdefault("worker_class", WorkerClass.SIMULATED)
        password = self.app.ids.password()
        made = accounts.add_worker(self.app, NewWorker(name=name, **wanted), password)
        worker = Worker(
            self.url, worker_id=made.worker_id, name=name, password=password, token=made.token
        )
        self._workers.append(worker)
        return worker

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move the clock forward, do everything that is due by then, and say what time it is."""
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
