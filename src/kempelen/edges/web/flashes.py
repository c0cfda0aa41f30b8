"""Messages that outlive one redirect: a signed cookie that the next page shows and removes."""

from typing import Literal

import msgspec
from starlette.responses import Response

from kempelen import credentials
from kempelen.edges.http import Incoming
from kempelen.edges.web import sessions
from kempelen.operations.app import App

COOKIE = "kempelen_flash"
_SECONDS = 300
_TEXT_MAX = 600


class Flash(msgspec.Struct, frozen=True):
    """One message; errors stay louder than successes."""

    kind: Literal["success", "error"]
    text: str


def leave(app: App, response: Response, flash: Flash) -> None:
    """Let the next page show a message."""
    data = msgspec.json.encode(Flash(flash.kind, flash.text[:_TEXT_MAX]))
    response.set_cookie(
        COOKIE,
        credentials.sign(data, _key(app)),
        max_age=_SECONDS,
        path="/",
        secure=sessions.is_secure(app),
        httponly=True,
        samesite="lax",
    )


def waiting(app: App, incoming: Incoming) -> Flash | None:
    """The message that the page before left, unless somebody changed it."""
    token = incoming.cookie(COOKIE)
    if not token:
        return None
    try:
        return msgspec.json.decode(credentials.verify(token, _key(app)), type=Flash)
    except (credentials.NotAuthentic, msgspec.MsgspecError):
        return None


def forget(app: App, response: Response) -> None:
    """Remove the message that was shown."""
    response.delete_cookie(
        COOKIE, path="/", secure=sessions.is_secure(app), httponly=True, samesite="lax"
    )


def _key(app: App) -> bytes:
    return credentials.signing_key(app.secret_key, "flash")
