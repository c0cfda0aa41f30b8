"""What a page of a listing costs: the first and the thousandth, among few HITs and among many.

`make bench-growth` runs it; `--few N --many N` choose the sizes. It calls the operations in this
process and counts processor time of one thread, so other programs on the machine hardly matter.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import listings
import shelves
from kempelen.operations import dispatch
from listings import Listing
from shelves import Shelf

FEW, MANY = 1_000, 1_000_000
PAGE_SIZE = 10
STRIDE = 100
DEEP_PAGE = 1_000
CALLS = 40
BOUND = 1.5


def walk(shelf: Shelf, listing: Listing) -> str | None:
    """The token of the thousandth page, or of the last full one when there are fewer."""
    token = None
    for _ in range(DEEP_PAGE * PAGE_SIZE // STRIDE):
        answer = ask(shelf, listing, token, STRIDE)
        if answer.next_token is None:
            break
        token = answer.next_token
    return token


def ask(shelf: Shelf, listing: Listing, token: str | None, size: int) -> Any:
    """One page."""
    request = listing.request(shelf, next_token=token, max_results=size)
    return dispatch.run(shelf.app, listing.operation, shelf.requester, request)


def cost(shelf: Shelf, listing: Listing, token: str | None) -> float:
    """Processor microseconds of one page; the least of many, which others disturbed least."""
    seen = []
    for _ in range(CALLS):
        before = time.thread_time()
        ask(shelf, listing, token, PAGE_SIZE)
        seen.append((time.thread_time() - before) * 1e6)
    return min(seen)


def measure(few: Shelf, many: Shelf, say: Callable[[str], None]) -> list[tuple[str, list[float]]]:
    """Four costs of each listing: first and deep page, among few and among many."""
    found = []
    for listing in listings.LISTINGS:
        say(f"walking through {listing.name}")
        places = [(shelf, token) for shelf in (few, many) for token in (None, walk(shelf, listing))]
        found.append((listing.name, [cost(shelf, listing, token) for shelf, token in places]))
    return found


def growth(costs: list[float]) -> float:
    """The dearest page among many against the first among few."""
    return max(costs[2:]) / costs[0]


def show(found: list[tuple[str, list[float]]], few: int, many: int, console: Console) -> None:
    """The table."""
    table = Table(title="Processor microseconds for a page of ten", title_justify="left")
    table.add_column("Operation")
    for size in (few, many):
        table.add_column(f"{size:,} HITs\nfirst page", justify="right")
        table.add_column("deep page", justify="right")
    table.add_column("dearest\nto first", justify="right")
    table.add_column(f"at most {BOUND}")
    for name, costs in found:
        verdict = "holds" if growth(costs) <= BOUND else "[bold red]missed[/]"
        figures = [f"{value:,.0f}" for value in costs]
        table.add_row(name, *figures, f"{growth(costs):.2f}", verdict)
    console.print(table)


def main() -> int:
    """Make both databases, walk, measure, show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    console = Console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="kempelen-growth-") as folder,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        task = progress.add_task("starting", total=None)

        def say(text: str) -> None:
            progress.update(task, description=text)

        with (
            shelves.shelf(Path(folder) / "few.db", options.few, say) as few,
            shelves.shelf(Path(folder) / "many.db", options.many, say) as many,
        ):
            found = measure(few, many, say)
    show(found, options.few, options.many, console)
    if options.json:
        options.json.write_text(json.dumps(dict(found), indent=2))
    return int(any(growth(costs) > BOUND for _, costs in found))


if __name__ == "__main__":
    sys.exit(main())
