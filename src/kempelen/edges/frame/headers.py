"""The response headers of requesters' documents and of the scripts that they load.

A document of a requester never runs with our origin: the sandbox of its frame is repeated here,
so that opening its address directly confines it too (docs/reference/task-frames.md).
"""

from collections.abc import Mapping
from typing import Final

from kempelen.edges.web import frames
from kempelen.settings import Settings

# Form state comes back after "Back" from a refused submission only if the page may be kept.
_KEPT_PRIVATELY: Final = "private, no-cache"
_NEVER_KEPT: Final = "no-store"
_SCRIPT_SECONDS: Final = 3600

EVERYWHERE: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin",
}


def of_document(settings: Settings) -> dict[str, str]:
    """Anything may be loaded, nothing may be posted but answers, and nobody else may frame it.

    Origins are written out, because 'self' names nothing in a sandboxed document.
    """
    policy = (
        "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none';"
        f" form-action {settings.app_base_url}/mturk/;"
        f" frame-ancestors {frames.origin(settings.app_base_url)};"
        f" sandbox {frames.OPAQUE_SANDBOX}"
    )
    return {**EVERYWHERE, "Content-Security-Policy": policy, "Cache-Control": _KEPT_PRIVATELY}


def of_refusal(settings: Settings) -> dict[str, str]:
    """A page of our own inside the frame."""
    app_origin = frames.origin(settings.app_base_url)
    policy = (
        f"default-src 'none'; style-src {app_origin}; base-uri 'none'; form-action 'none';"
        f" frame-ancestors {app_origin}"
    )
    return {**EVERYWHERE, "Content-Security-Policy": policy, "Cache-Control": _NEVER_KEPT}


def of_asset() -> dict[str, str]:
    """Scripts and styles for documents of any origin, the opaque one too."""
    return {
        **EVERYWHERE,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": f"public, max-age={_SCRIPT_SECONDS}",
    }
