"""Where the frame of a task is, and what it may do: addresses, signed passes, sandbox tokens.

The documents behind the passes are served by the frame edge; the page around the frame is not
made here.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from kempelen import credentials
from kempelen.api import work
from kempelen.domain.question import ExternalQuestion, QuestionForm
from kempelen.formats import frame_url, question
from kempelen.operations.app import App
from kempelen.settings import Settings

# How long a pass outlives the deadline of its assignment; a preview's lasts as long from now on.
LEEWAY: Final = timedelta(hours=1)
OPAQUE_SANDBOX: Final = (
    "allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox"
    " allow-downloads allow-pointer-lock allow-orientation-lock allow-presentation"
)
# A site of its own keeps its storage. It may not be our own site: it could then reach the page.
OTHER_SITE_SANDBOX: Final = (
    f"{OPAQUE_SANDBOX} allow-same-origin allow-storage-access-by-user-activation"
)
ALLOW: Final = "autoplay; fullscreen; picture-in-picture; encrypted-media; clipboard-write"
_PURPOSE: Final = "frame"
_WORKER_DIGITS: Final = 16
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """The attributes of an iframe; `height` in pixels, 0 to fit the window."""

    src: str
    height: int
    sandbox: str
    allow: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """What a signed frame address permits: to see one HIT's document until it expires."""

    hit_id: str
    mode: str
    assignment_id: str | None
    worker: str
    expires_at: datetime


def frame_of(app: App, task: work.Task, *, worker_id: str, expires_at: datetime) -> Frame | None:
    """The frame of a task, or None for a QuestionForm, which the site shows itself.

    `expires_at` is when a signed address stops working: LEEWAY after the deadline, or from now.
    """
    settings = app.settings
    parsed = question.stored(task.question)
    if isinstance(parsed, QuestionForm):
        return None
    if isinstance(parsed, ExternalQuestion):
        address = parsed.url
        is_own_site = origin(address) == origin(settings.app_base_url)
        sandbox = OPAQUE_SANDBOX if is_own_site else OTHER_SITE_SANDBOX
    else:
        granted = Pass(
            hit_id=task.hit_id,
            mode=task.mode,
            assignment_id=task.assignment_id,
            worker=credentials.digest(worker_id)[:_WORKER_DIGITS],
            expires_at=expires_at,
        )
        address = f"{settings.app_base_url}/frame/{token(app, granted)}/"
        sandbox = OPAQUE_SANDBOX
    return Frame(
        src=frame_url.with_parameters(
            address,
            task.assignment_id,
            task.hit_id,
            settings.app_base_url,
            _shown_worker_id(settings, task, worker_id),
        ),
        height=parsed.frame_height,
        sandbox=sandbox,
        allow=ALLOW,
    )


def _shown_worker_id(settings: Settings, task: work.Task, worker_id: str) -> str | None:
    """Pages learn who works, not who looks; experiment servers expect no id in a preview."""
    if task.assignment_id is None and not settings.frame.preview_worker_id:
        return None
    return worker_id


def token(app: App, granted: Pass) -> str:
    """The signed text of a pass."""
    plain = {
        "hit": granted.hit_id,
        "mode": granted.mode,
        "assignment": granted.assignment_id,
        "worker": granted.worker,
        "expires": int(granted.expires_at.timestamp()),
    }
    data = json.dumps(plain, separators=(",", ":")).encode()
    return credentials.sign(data, credentials.signing_key(app.secret_key, _PURPOSE))


def read(app: App, signed: str) -> Pass | None:
    """The pass that a token carries; None when it is not ours, or no longer good."""
    try:
        data = credentials.verify(signed, credentials.signing_key(app.secret_key, _PURPOSE))
    except credentials.NotAuthentic:
        return None
    plain = json.loads(data)
    expires_at = datetime.fromtimestamp(plain["expires"], UTC)
    if expires_at <= app.clock.now():
        return None
    return Pass(
        hit_id=plain["hit"],
        mode=plain["mode"],
        assignment_id=plain["assignment"],
        worker=plain["worker"],
        expires_at=expires_at,
    )


def origin(url: str) -> str:
    """Scheme, host and port of an address as browsers compare them: `https://work.example.org`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    is_default = parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"
