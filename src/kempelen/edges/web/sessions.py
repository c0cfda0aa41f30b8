"""The session cookie: who is signed in, signing in and out of a browser.

The cookie holds a random token; the database only its digest.
"""

from starlette.responses import Response

from kempelen import credentials
from kempelen.edges.http import Incoming
from kempelen.operations import dispatch, signin
from kempelen.operations.app import App
from kempelen.operations.signin import OpenSession

COOKIE = "kempelen_session"
_DAYS_30 = 30 * 86_400


def is_secure(app: App) -> bool:
    """Whether browsers reach the site over TLS."""
    return app.settings.app_base_url.startswith("https:")


def cookie_name(app: App) -> str:
    """The name of the cookie; over TLS one that no other host can set."""
    return f"__Host-{COOKIE}" if is_secure(app) else COOKIE


def current(app: App, incoming: Incoming) -> OpenSession | None:
    """The session of a request, if it has a live one; its use is noted now and then."""
    token = incoming.cookie(cookie_name(app))
    if not token:
        return None
    session_hash = credentials.digest(token)
    session: OpenSession | None = dispatch.look(app, signin.session, session_hash)
    if session is not None and session.wants_touch:
        dispatch.change(app, signin.touch_session, session_hash)
    return session


def begin(app: App, incoming: Incoming, response: Response, worker_id: str) -> None:
    """Sign a worker in: always under a new token, and the one of before is closed."""
    _close(app, incoming)
    token = app.ids.ticket()
    csrf_token = app.ids.ticket()
    dispatch.change(app, signin.open_session, credentials.digest(token), worker_id, csrf_token)
    response.set_cookie(
        cookie_name(app),
        token,
        max_age=_DAYS_30,
        path="/",
        secure=is_secure(app),
        httponly=True,
        samesite="lax",
    )


def end(app: App, incoming: Incoming, response: Response) -> None:
    """Sign out, here and in the browser."""
    _close(app, incoming)
    response.delete_cookie(
        cookie_name(app), path="/", secure=is_secure(app), httponly=True, samesite="lax"
    )
    response.headers["clear-site-data"] = '"cache", "storage"'


def _close(app: App, incoming: Incoming) -> None:
    token = incoming.cookie(cookie_name(app))
    if token:
        dispatch.change(app, signin.close_session, credentials.digest(token))
