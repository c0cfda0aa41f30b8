"""Where to look when the demo is done: addresses, a login, and lines to paste."""

from rich.console import Console

from kempelen.demo.requester import REGION
from kempelen.demo.server import Site


def show(console: Console, site: Site, hit_id: str) -> None:
    """Say where the site is and how to get in; `hit_id` is a HIT worth looking at."""
    _heading(console, "Be a worker")
    _line(console, f"  {site.url}/signin")
    _line(console, f"  name      {site.visitor}")
    _line(console, f"  password  {site.visitor_password}")
    _line(console, "  Three HITs are open for you, one of each question type.")
    _heading(console, "Be the requester, in Python")
    for text in _boto3_lines(site):
        _line(console, text)
    _heading(console, "Be the requester, in a shell")
    for text in _shell_lines(site, hit_id):
        _line(console, text)
    console.print()
    console.print("[bold]Stop with Ctrl+C.[/bold] The server and its database go away then.")


def _boto3_lines(site: Site) -> tuple[str, ...]:
    # Nothing is indented: the lines are made to be pasted into an interpreter.
    return (
        "import boto3",
        f'mturk = boto3.client("mturk", region_name="{REGION}",',
        f'    endpoint_url="{site.url}",',
        f'    aws_access_key_id="{site.access_key_id}",',
        f'    aws_secret_access_key="{site.secret_access_key}")',
        'print(mturk.get_account_balance()["AvailableBalance"])',
    )


def _shell_lines(site: Site, hit_id: str) -> tuple[str, ...]:
    return (
        f"export AWS_ENDPOINT_URL_MTURK={site.url} AWS_DEFAULT_REGION={REGION}",
        f"export AWS_ACCESS_KEY_ID={site.access_key_id}",
        f"export AWS_SECRET_ACCESS_KEY={site.secret_access_key}",
        "aws mturk list-reviewable-hits --max-results 3",
        f"aws mturk list-review-policy-results-for-hit \\\n  --hit-id {hit_id}",
    )


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(text, style="bold")


def _line(console: Console, text: str) -> None:
    """A line exactly as it is: not wrapped, not coloured, so that it can be pasted."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
