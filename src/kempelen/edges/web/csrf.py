"""Refuses forms that another site made a browser send: by the request's origin and by a token."""

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from kempelen.edges.http import Incoming
from kempelen.operations.app import App
from kempelen.operations.signin import OpenSession

TOKEN_FIELD = "csrf_token"  # noqa: S105 - the name of a form field
_OWN_SITES = frozenset({"same-origin", "none"})


class Forged(Exception):
    """The form did not come from a page of this site that this session opened."""


def check_origin(app: App, incoming: Incoming) -> None:
    """Refuse (Forged) what a browser says that another site sent.

    Browsers that do not send Sec-Fetch-Site send Origin or Referer with forms.
    """
    site = incoming.headers.get("sec-fetch-site")
    if site is not None:
        if site not in _OWN_SITES:
            raise Forged
        return
    source = incoming.headers.get("origin") or incoming.headers.get("referer") or ""
    parts = urlsplit(source)
    own = urlsplit(app.settings.app_base_url).netloc
    # The Host header is what the browser itself calls this site, so it cannot be another one.
    if not parts.netloc or parts.netloc not in {own, incoming.headers.get("host")}:
        raise Forged


def check_token(session: OpenSession, fields: Iterable[tuple[str, str]]) -> None:
    """Refuse (Forged) a form whose first token is not the session's."""
    given = next((value for name, value in fields if name == TOKEN_FIELD), "")
    if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise Forged
