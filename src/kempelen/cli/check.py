"""`kempelen check`: whether the invariants hold in a database, row by row."""

import argparse
import json
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.operations import checks, dispatch
from kempelen.operations.checks import Checked

_DESCRIPTION = """\
Look at every row of a database and say whether the invariants hold: money sums to zero, counters
are counts, each policy ran once, answers are the ones that were acknowledged, and so on. It
changes nothing, and may run beside a server. The exit code is 1 when one is broken; its rows are
named."""
_EXAMPLES = """\
  kempelen check
  kempelen check --db sqlite:///pilot.db
  kempelen check --json"""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "check",
        summary="look for broken invariants in a database",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    options.add_installation(parser)


def run(args: argparse.Namespace) -> int:
    """Print a table of the invariants; returns 1 when one is broken."""
    chosen = opening.load(args)
    path = chosen.database_path
    if not chosen.is_on_postgresql and not path.exists():
        message = f"There is no database {path}. Name one with --db."
        raise CommandRefused(message)
    columns = (SpinnerColumn(), TextColumn("looking at {task.description}"), TimeElapsedColumn())
    with (
        opening.guest(chosen) as app,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("the database", total=None)

        def say(text: str) -> None:
            progress.update(task, description=text)

        found = dispatch.look(app, checks.check, say)
    if args.json:
        print(json.dumps([asdict(item) for item in found], indent=2))
        return int(any(item.breaches for item in found))
    return show(found, Console())


def show(found: list[Checked], console: Console) -> int:
    """The table, and below it what is broken; returns the exit code."""
    console.print(table(found))
    broken = [item for item in found if item.breaches]
    for item in broken:
        console.print()
        console.print(f"{item.id} is broken: {item.statement}", style="bold red")
        for what in item.named:
            console.print(f"  {what}", highlight=False, markup=False)
        if item.breaches > len(item.named):
            console.print(f"  and {item.breaches - len(item.named):,} more")
    if broken:
        console.print(
            "\nStop the server, keep a copy of the database, and report this with the lines above."
        )
        return 1
    console.print(f"All {len(found)} invariants hold.")
    return 0


def table(found: list[Checked]) -> Table:
    """One line for each invariant."""
    shown = Table(box=box.SIMPLE_HEAD)
    shown.add_column("Id")
    shown.add_column("Invariant")
    shown.add_column("Rows", justify="right")
    shown.add_column("Broken", justify="right")
    for item in found:
        broken = f"[bold red]{item.breaches:,}[/]" if item.breaches else "none"
        shown.add_row(item.id, item.statement, f"{item.rows:,}", broken)
    return shown
