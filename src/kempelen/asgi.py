"""An App as an ASGI application: the edges mounted side by side, the loops in its lifespan."""

import contextlib
import ctypes
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kempelen.background.notifier import Notifier
from kempelen.background.scheduler import Scheduler
from kempelen.edges import testing_calls
from kempelen.edges.aws.endpoint import Endpoint
from kempelen.edges.aws.legacy.routes import Legacy, is_call
from kempelen.edges.aws.rates import Rates
from kempelen.edges.frame import routes as frame
from kempelen.edges.web import health
from kempelen.edges.worker import api as worker_api
from kempelen.edges.worker import routes as worker_pages
from kempelen.operations.app import App

# A proxy on this machine may say who really asks, and whether over TLS.
LOCAL_PROXIES = ["127.0.0.1", "::1"]
GC_THRESHOLDS = (50_000, 50, 50)


class Application:
    """Sends signed calls to the AWS endpoint, and everything else to the site."""

    def __init__(self, app: App) -> None:
        """Build the edges of an App."""
        self.app = app
        rates = Rates() if app.settings.limits.aws_api else None
        older = Legacy(app, rates)
        self._older = _behind_proxies(older.root)
        self._endpoint = Endpoint(app, self._older, rates)
        # Only the router: the edges catch and show their own failures.
        site = Router(
            routes=[*_routes(app), *older.routes],
            lifespan=_lifespan(app),
            default=worker_pages.elsewhere(app),
            redirect_slashes=False,
        )
        self._site = _behind_proxies(site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's event stream."""
        if scope["type"] == "http" and scope["method"] == "POST" and _is_api_call(scope):
            await self._endpoint(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/" and is_call(scope["query_string"]):
            await self._older(scope, receive, send)
        else:
            await self._site(scope, receive, send)


def _behind_proxies(application: ASGIApp) -> ASGIApp:
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", application), LOCAL_PROXIES))


def _is_api_call(scope: Scope) -> bool:
    """`POST /`, or a target header below whatever base path the server is reached at."""
    if scope["path"] == "/":
        return True
    return any(name == b"x-amz-target" for name, _ in scope["headers"])


def _routes(app: App) -> list[BaseRoute]:
    """Every route, in the order in which they are looked for: the busiest come first."""
    return [
        *worker_api.routes(app),
        *frame.routes(app),
        *health.routes(app),
        *(testing_calls.routes(app) if app.is_testing else ()),
        *worker_pages.routes(app),
    ]


def _give_back_memory() -> None:
    """Return what starting needed and nobody uses now; a C library without the call keeps it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _lifespan(app: App) -> Callable[[Router], AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_site: Router) -> AsyncIterator[None]:
        scheduler, notifier = Scheduler(app), Notifier(app)
        scheduler.start()
        notifier.start()
        # What lives now lives as long as the process: collections need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        _give_back_memory()
        yield
        scheduler.stop()
        notifier.stop()

    return lifespan
