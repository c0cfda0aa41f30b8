"""A Kempelen that runs inside this process, in a thread of its own, on a port of its own."""

import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from kempelen import bootstrap, serving, settings
from kempelen.clock import Clock
from kempelen.ids import Ids
from kempelen.operations.app import App

KEEP_ALIVE_SECONDS = 60
GRACE_SECONDS = 5
NO_OVERRIDES: Mapping[str, object] = MappingProxyType({})


class Server:
    """One App behind one port of the loopback interface; a context manager.

    `url` is its address and `app` the handle on its inside.
    """

    def __init__(
        self,
        database: Path,
        *,
        overrides: Mapping[str, object] = NO_OVERRIDES,
        clock: Clock | None = None,
        ids: Ids | None = None,
        is_testing: bool = False,
        port: int = 0,
    ) -> None:
        """Open the database and listen; requests are answered from `start` on."""
        self._socket = socket.create_server(("127.0.0.1", port))
        port = self._socket.getsockname()[1]
        given = {"database": str(database), "listen": f"127.0.0.1:{port}", **overrides}
        try:
            chosen = settings.load(None, {}, given)
            self.app: App = bootstrap.open_app(chosen, clock=clock, ids=ids, is_testing=is_testing)
        except BaseException:
            self._socket.close()
            raise
        self.url = chosen.app_base_url
        config = serving.configuration(self.app, grace_seconds=GRACE_SECONDS)
        self._server = serving.PromptServer(config)
        self._thread = threading.Thread(target=self._run, name="kempelen", daemon=True)

    def start(self) -> Self:
        """Answer requests; returns when the first one would be answered."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(0.005)
        if not self._server.started:
            message = f"The server at {self.url} did not start. Look at the log above."
            raise RuntimeError(message)
        return self

    def stop(self) -> None:
        """Finish what is under way and close everything."""
        self._server.tell()
        self._thread.join()
        self._socket.close()
        bootstrap.close_app(self.app)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
