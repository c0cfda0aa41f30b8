"""The headers that confine a page: what it may load, embed and send, and who may keep it."""

from dataclasses import dataclass

from kempelen.edges.web import frames, sessions
from kempelen.operations.app import App

# Features that a page may hand to the frame of a task; everything else is denied throughout.
_DEVICES = ("camera", "display-capture", "geolocation", "microphone")
_DENIED = ("payment", "usb", "serial", "hid", "midi")


@dataclass(frozen=True, kw_only=True, slots=True)
class Openings:
    """What one page needs beyond the strict policy: a frame, or pictures of a question."""

    frame_src: str | None = None
    frame_allow: str = ""
    media: bool = False


NOTHING = Openings()


def of_page(app: App, openings: Openings = NOTHING) -> dict[str, str]:
    """The headers of a page of the site."""
    has_frame = openings.frame_src is not None
    denied = [name for name in _DEVICES if name not in openings.frame_allow]
    headers = {
        "content-security-policy": _policy(app, openings),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin" if has_frame else "same-origin",
        # A task in a frame may open windows of its own and talk to them.
        "cross-origin-opener-policy": "same-origin-allow-popups" if has_frame else "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{name}=()" for name in (*denied, *_DENIED)),
        "cache-control": "no-store",
    }
    if sessions.is_secure(app):
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def _policy(app: App, openings: Openings) -> str:
    media = "'self' data:"
    if openings.media:
        media += " https:" if sessions.is_secure(app) else " http: https:"
    directives = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        f"img-src {media}",
        f"media-src {media}",
        f"frame-src {_frame_sources(app, openings.frame_src)}",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    ]
    if openings.media and sessions.is_secure(app):
        directives.append("upgrade-insecure-requests")
    return "; ".join(directives)


def _frame_sources(app: App, src: str | None) -> str:
    """Where the frame may go: a requester's own site may lead through other sites."""
    if src is None:
        return "'none'"
    own = frames.origin(app.settings.app_base_url)
    if src.startswith("/") or frames.origin(src) == own:
        return f"'self' {own}"
    return f"'self' {own} http: https:"
