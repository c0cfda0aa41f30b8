"""One request of a page: who is signed in, what may be asked, how the answer is dressed."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from kempelen.api.work import GetMeRequest, GetMeResponse
from kempelen.domain.people import WorkerCaller
from kempelen.edges import http
from kempelen.edges.http import Handler, Incoming
from kempelen.edges.web import csrf, flashes, headers, pages, sessions, targets
from kempelen.edges.web.flashes import Flash
from kempelen.edges.web.headers import Openings
from kempelen.edges.worker.multipart import Form, Posted
from kempelen.operations import dispatch, profile, registry
from kempelen.operations.app import App
from kempelen.operations.signin import OpenSession
from kempelen.settings import is_loopback


class NotSignedIn(Exception):
    """The page is for signed-in workers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A request together with the session that its cookie opens."""

    app: App
    incoming: Incoming
    session: OpenSession | None

    @property
    def caller(self) -> WorkerCaller:
        """The signed-in worker."""
        if self.session is None:
            raise NotSignedIn
        return WorkerCaller(worker=self.session.worker, may_work=True)

    @property
    def address(self) -> str:
        """The path and query that were asked for."""
        query = self.incoming.query.decode("ascii", "replace")
        return f"{self.incoming.path}?{query}" if query else self.incoming.path

    def param(self, name: str) -> str:
        """A part of the path."""
        return self.incoming.params[name]

    def query(self, name: str) -> str:
        """The last value of a field of the query string, or nothing."""
        return self.incoming.query_value(name) or ""

    def form(self) -> tuple[tuple[str, str], ...]:
        """The fields that were sent, in order, without files."""
        return tuple((name, value) for name, value in self.posted() if isinstance(value, str))

    def posted(self) -> Posted:
        """The fields that were sent, in order, and the files among them."""
        if isinstance(self.incoming.sink, Form):
            return self.incoming.sink.finished()
        return http.fields_of(self.incoming.body)

    def run(self, operation: Callable[..., Any], request: object) -> Any:
        """Carry out an operation for the worker."""
        return dispatch.run(self.app, registry.of(operation), self.caller, request)

    def page(
        self,
        template: str,
        *,
        status: int = HTTPStatus.OK,
        openings: Openings = headers.NOTHING,
        **context: object,
    ) -> Response:
        """A page; it shows and forgets the message that the page before left."""
        me: GetMeResponse | None = None
        if self.session is not None:
            me = self.run(profile.get_me, GetMeRequest())
        flash = flashes.waiting(self.app, self.incoming)
        text = pages.text(
            template,
            settings=self.app.settings,
            path=self.incoming.path,
            me=me,
            csrf_token=self.session.csrf_token if self.session else "",
            flash=flash,
            now=self.app.clock.now(),
            **context,
        )
        response = HTMLResponse(text, status, headers.of_page(self.app, openings))
        if flash is not None:
            flashes.forget(self.app, response)
        return response

    def go(self, target: str, flash: Flash | None = None) -> Response:
        """Lead to another page of the site after an action."""
        response = RedirectResponse(target, HTTPStatus.SEE_OTHER, headers.of_page(self.app))
        if flash is not None:
            flashes.leave(self.app, response, flash)
        return response


Page = Callable[[Visit], Response]


def open_to_all(page: Page) -> Handler:
    """A page that shows with and without a session; a form must come from this site."""

    def handler(app: App, incoming: Incoming) -> Response:
        elsewhere = _canonical(app, incoming)
        if elsewhere is not None:
            return RedirectResponse(elsewhere, HTTPStatus.TEMPORARY_REDIRECT)
        session = sessions.current(app, incoming)
        if incoming.method == "POST":
            csrf.check_origin(app, incoming)
        return page(Visit(app=app, incoming=incoming, session=session))

    return handler


def signed_in(page: Page) -> Handler:
    """A page for signed-in workers; others are led to the sign-in page and back.

    A form must carry the token of the session.
    """

    def checked(visit: Visit) -> Response:
        if visit.session is None:
            is_reading = visit.incoming.method != "POST"
            return visit.go(targets.with_return(visit.address if is_reading else "/projects"))
        if visit.incoming.method == "POST":
            csrf.check_token(visit.session, visit.form())
        return page(visit)

    return open_to_all(checked)


def _canonical(app: App, incoming: Incoming) -> str | None:
    """This page under the site's own name, when it was asked for under another local one.

    The frames of tasks and the messages between windows need one origin: a browser that was
    pointed at localhost goes on to 127.0.0.1, or the other way round.
    """
    own = urlsplit(app.settings.app_base_url)
    asked = urlsplit(f"//{incoming.headers.get('host', '')}")
    try:
        is_same_port = asked.port == own.port
    except ValueError:
        return None
    if incoming.method != "GET" or not is_same_port or asked.hostname in {None, own.hostname}:
        return None
    if not (is_loopback(asked.hostname or "") and is_loopback(own.hostname or "")):
        return None
    query = incoming.query.decode("ascii", "replace")
    return urlunsplit((own.scheme, own.netloc, targets.safe(incoming.path, "/"), query, ""))
