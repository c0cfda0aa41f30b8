"""How uvicorn serves an App: one configuration for the command line and for tests.

Its protocol writes the head and the body of a response separately; here they leave together, since
each write may wake the client, which costs more than making the answer.
"""

import asyncio
import contextlib
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kempelen.asgi import Application
from kempelen.operations.app import App

KEEP_ALIVE_SECONDS = 60
LINGER_SECONDS = 2.0
TICK_SECONDS = 0.1
# The parser of addresses counts in 16 bits.
URL_BYTES_MAX = 65_535


def configuration(app: App, *, grace_seconds: int, is_replaced: bool = False) -> uvicorn.Config:
    """What a `uvicorn.Server` needs to serve an App; it waits this long for requests at its end.

    One that `is_replaced` takes leave of its connections, since others go on answering.
    """
    return uvicorn.Config(
        Application(app),
        http=LeavingProtocol if is_replaced else Protocol,
        lifespan="on",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Only the pages ask where a request came from; see `asgi`.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=grace_seconds,
    )


class PromptServer(uvicorn.Server):
    """uvicorn's server, which ends as soon as it is told to and nobody is being answered.

    The original looks ten times a second whether it should, and waits once more as long.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        """Prepare to serve."""
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def tell(self) -> None:
        """Have it end; from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself in between
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Go on until told."""
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take leave at once when that can be; as the original does when somebody is left."""
        for connection in list(self.server_state.connections):
            connection.shutdown()
        # A connection that was closed says so in the next turn.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol on a transport that holds a head until its body comes; long addresses."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is called
        """Begin with a connection."""
        super().connection_made(_Corked(transport, self.loop))  # type: ignore[arg-type]  # acts as one

    def on_headers_complete(self) -> None:
        """Begin a request; old clients put whole questions into the address."""
        if len(self.url) <= URL_BYTES_MAX:
            super().on_headers_complete()
            return
        self.url, _, query = self.url.partition(b"?")
        super().on_headers_complete()
        # The application has not begun yet: it runs as a task of its own.
        self.scope["query_string"] = query


class LeavingProtocol(Protocol):
    """Says in its last response that the connection ends, so that no request is lost with it.

    A connection on which nobody asks anything for some seconds is closed without a word.
    """

    _is_leaving = False

    def on_headers_complete(self) -> None:
        """Begin with a request, the last one when the server is about to stop."""
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Hear that the server is about to stop."""
        self._is_leaving = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LINGER_SECONDS, self._leave)
        else:
            self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


class _Corked:
    """A transport whose `write` keeps the head of a response for the write that follows."""

    __slots__ = ("_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Write, or keep for a moment."""
        if self._head is not None:
            data = self._head + data
            self._head = None
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 1"):
            self._head = data
            # A response without a body has no second write.
            self._loop.call_soon(self._flush)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Write what is kept and close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's."""
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._head is not None:
            data, self._head = self._head, None
            if not self._transport.is_closing():
                self._transport.write(data)
