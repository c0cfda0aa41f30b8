"""The inside of the demo's server: a fresh database, which goes away when the server ends.

It ends when its standard input does, so it cannot outlive the demo, however that ends.
"""

import contextlib
import json
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from kempelen import bootstrap, credentials
from kempelen.domain.people import WorkerClass
from kempelen.edges import accounts
from kempelen.operations import dispatch, replaying
from kempelen.operations.app import App
from kempelen.testing.server import Server

PORT = 8800
VISITOR = "visitor"


def settings_for(webhook: str) -> dict[str, object]:
    """Anybody may work, and one address of this machine may be notified."""
    return {
        "worker_classes.default": "any",
        "notifications.webhooks": True,
        "egress.allow": [urlsplit(webhook).netloc],
    }


def serve(worker_count: int, prepaid: str, webhook: str) -> None:
    """Be the server: introduce it in one line, then run until the standard input ends."""
    bootstrap.configure_logging()
    signal.signal(signal.SIGTERM, _leave)
    with (
        tempfile.TemporaryDirectory(prefix="kempelen-demo-") as folder,
        _listening(Path(folder) / "kempelen.db", settings_for(webhook)) as server,
        contextlib.suppress(BrokenPipeError),
    ):
        site = _with_accounts(server, worker_count, prepaid)
        sys.stdout.write(f"{json.dumps(site)}\n")
        sys.stdout.flush()
        sys.stdin.read()


def _leave(signal_number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + signal_number)


def _listening(database: Path, overrides: dict[str, object]) -> Server:
    """A server at the usual port, or at a free one when somebody else is there."""
    try:
        return Server(database, overrides=overrides, port=PORT)
    except OSError:
        return Server(database, overrides=overrides)


def _with_accounts(server: Server, worker_count: int, prepaid: str) -> dict[str, object]:
    """Make the accounts: a prepaid requester, the simulated crowd, and a person who looks in."""
    app = server.app
    requester = accounts.add_requester(app, "Bird watchers", prepaid)
    password = app.ids.password()
    human = accounts.NewWorker(name=VISITOR, worker_class=WorkerClass.HUMAN)
    accounts.add_worker(app, human, password)
    return {
        "url": server.url,
        "database": str(app.settings.database_path.absolute()),
        "access_key_id": requester.access_key_id,
        "secret_access_key": requester.secret_access_key,
        "webhook_secret": _webhook_secret(app, requester.requester_id),
        "workers": [_simulated_worker(app, f"crowd-{n + 1}") for n in range(worker_count)],
        "visitor": VISITOR,
        "visitor_password": password,
    }


def _webhook_secret(app: App, requester_id: str) -> str:
    number = dispatch.look(app, partial(replaying.webhook_key, renew=False), requester_id)
    return credentials.webhook_key(app.secret_key, requester_id, number)


def _simulated_worker(app: App, name: str) -> dict[str, str]:
    wanted = accounts.NewWorker(name=name, worker_class=WorkerClass.SIMULATED)
    made = accounts.add_worker(app, wanted, None)
    return {"worker_id": made.worker_id, "name": name, "token": made.token}


if __name__ == "__main__":
    serve(int(sys.argv[1]), *sys.argv[2:])
