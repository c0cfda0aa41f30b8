"""Addresses to go to after an action: only paths of this site, whatever a client asks for."""

from urllib.parse import quote, urlsplit

_LENGTH_MAX = 2_000


def safe(target: str | None, otherwise: str = "/projects") -> str:
    """The target if it is a path of this site, else `otherwise`.

    It begins with one slash, followed by neither a slash nor a backslash, and holds nothing that
    browsers drop or turn into something else.
    """
    if not target or len(target) > _LENGTH_MAX or not target.startswith("/"):
        return otherwise
    if target.startswith("//") or "\\" in target or not target.isprintable() or " " in target:
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return otherwise
    return quote(target, safe="/?&=%:@!$'()*+,;[]~#")


def with_return(target: str) -> str:
    """The sign-in page that leads on to `target`."""
    return f"/signin?return_to={quote(target, safe='')}"


def work(group_id: str, hit_id: str, assignment_id: str) -> str:
    """The work page of an assignment."""
    return f"/projects/{group_id}/tasks/{hit_id}?assignment_id={assignment_id}"
