"""A page of the requester's own for the ExternalQuestion."""

import contextlib
from collections.abc import Iterator
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from kempelen.demo import loopback

NOT_ACCEPTED = "ASSIGNMENT_ID_NOT_AVAILABLE"
_EGGS = ((60, 70), (105, 60), (150, 72), (82, 110), (128, 112))

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Count the eggs</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 1rem; }}
input, button {{ font: inherit; padding: .25rem .75rem; }}
</style>
</head>
<body>
<svg width="210" height="160" role="img" aria-label="A nest with some eggs in it">
<ellipse cx="105" cy="90" rx="100" ry="65" fill="#8a6d4b"/>
<ellipse cx="105" cy="88" rx="82" ry="50" fill="#5d4730"/>
{eggs}
</svg>
<form method="post" action="{submit_to}">
<input type="hidden" name="assignmentId" value="{assignment_id}">
<label>How many eggs are in the nest?
<input type="number" name="eggs" min="0" max="99" required{disabled}></label>
<button type="submit"{disabled}>Submit</button>
</form>
</body>
</html>
"""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the page at the loopback interface; gives its address."""
    with loopback.served(_Handler) as address:
        yield f"{address}/eggs"


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page, whatever is asked for."""

    server_version = "BirdWatchers"
    sys_version = ""

    def do_GET(self) -> None:
        """Draw the page for the assignment that the address names."""
        body = _page(self.path).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet: the terminal belongs to the demo."""


def _page(path: str) -> str:
    given = parse_qs(urlsplit(path).query)
    assignment_id = given.get("assignmentId", [NOT_ACCEPTED])[0]
    submit_to = given.get("turkSubmitTo", [""])[0]
    eggs = "\n".join(
        f'<ellipse cx="{x}" cy="{y}" rx="15" ry="19" fill="#cfe6f2"/>' for x, y in _EGGS
    )
    return _PAGE.format(
        eggs=eggs,
        submit_to=escape(f"{submit_to.rstrip('/')}/mturk/externalSubmit"),
        assignment_id=escape(assignment_id),
        disabled=" disabled" if assignment_id == NOT_ACCEPTED else "",
    )
