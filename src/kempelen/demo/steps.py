"""How the demo tells what it is doing: a bar while a part goes on, a line when it is done."""

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kempelen.clock import monotonic


class Step:
    """A part of the demo that is under way."""

    def __init__(self, console: Console, progress: Progress, total: int, doing: str) -> None:
        """Begin with a bar at nothing."""
        self._console = console
        self._progress = progress
        self._task = progress.add_task(doing, total=total)
        self._started = monotonic()

    def advance(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)

    def tell(self, name: str, text: str) -> None:
        """Say in one line what was done and how long it took."""
        say(self._console, name, f"{text} [dim]({monotonic() - self._started:.1f} s)[/dim]")


@contextlib.contextmanager
def under_way(console: Console, doing: str, total: int) -> Iterator[Step]:
    """Show a bar on a terminal while something goes on."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    is_shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not is_shown) as progress:
        yield Step(console, progress, total, doing)


def say(console: Console, name: str, text: str) -> None:
    """One line: what it is about, and the news."""
    console.print(f"[green]{name:<10}[/green]{text}", soft_wrap=True)
