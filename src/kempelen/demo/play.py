"""The demo from the first HIT to the last table, and then the server until Ctrl-C."""

import contextlib
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kempelen.clock import monotonic
from kempelen.demo import (
    crowd,
    figures,
    invariants,
    page,
    places,
    questions,
    replay,
    report,
    requester,
    server,
)
from kempelen.demo.crowd import Crowd
from kempelen.demo.requester import PublishedHIT
from kempelen.demo.server import ServerFailed, Site

READERS = 2
# Beside the program in a checkout; an installed package has no such folder.
RECORDED = Path(__file__).parents[3] / "data" / "bluebird"


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What the requester has out."""

    hit_type_id: str
    hits: tuple[PublishedHIT, ...]
    held_for_visitor: int


def run(console: Console, *, is_brief: bool, item_count: int | None = None) -> int:
    """Play the demo; returns the exit code. ServerFailed, WorkRefused, OSError.

    `is_brief` ends it after the tables; `item_count` plays with fewer items.
    """
    people = crowd.load(RECORDED)
    if item_count is not None:
        people = people.about(item_count)
    _introduce(console, people)
    with page.served() as page_url, server.running(len(people.workers)) as (site, process):
        _line(console, "Server", f"{site.url}, on a fresh database")
        mturk = requester.client(site)
        with contextlib.closing(mturk):
            published = _publish(console, mturk, people, page_url)
            _answer(console, site, people, published)
            found = _read(console, mturk, people, published)
        broken = _check(console, site)
        report.show(console, found)
        if found.doubts or broken:
            return 1
        if not is_brief:
            worth_a_look = found.costliest[0].hit if found.costliest else published.hits[0]
            places.show(console, site, worth_a_look.hit_id)
            _stay(process)
    return 0


def _introduce(console: Console, people: Crowd) -> None:
    console.print("[bold]Is this bird an indigo bunting?[/bold]")
    console.print(
        f"{len(people.items)} photographs, {len(people.workers)} workers, "
        f"{len(people.answers):,} answers."
    )
    if people.is_recorded:
        console.print("The crowd is real: recorded by Welinder et al. (NIPS 2010).")
    else:
        console.print("The crowd is simulated; the recorded one is in Kempelen's repository.")
    console.print()


def _publish(console: Console, mturk: Any, people: Crowd, page_url: str) -> Published:
    hit_type_id = requester.create_type(mturk)
    with _step(console, "Publishing over boto3", len(people.items)) as step:
        hits = []
        for hit in requester.publish(mturk, hit_type_id, people):
            hits.append(hit)
            step.advance()
        held = requester.publish_open(mturk, questions.open_hits(page_url))
    controls = sum(crowd.is_control(hit.item) for hit in hits)
    step.tell(
        "Published",
        f"{len(hits)} HITs with boto3, {controls} of them control HITs with a known answer",
    )
    return Published(hit_type_id=hit_type_id, hits=tuple(hits), held_for_visitor=held)


def _answer(console: Console, site: Site, people: Crowd, published: Published) -> None:
    hit_ids = {hit.item: hit.hit_id for hit in published.hits}
    with _step(console, "Answering over the worker API", len(people.answers)) as step:
        replay.replay(site, people.answers, hit_ids, step.advance)
    step.tell("Answered", f"{len(people.answers):,} assignments through the worker API")


def _read(console: Console, mturk: Any, people: Crowd, published: Published) -> figures.Figures:
    with _step(console, "Reading results over boto3", len(published.hits)) as step:
        ready = requester.reviewable(mturk, published.hit_type_id)

        def read(hit: PublishedHIT) -> requester.ReviewedHIT:
            found = requester.review(mturk, hit)
            step.advance()
            return found

        with ThreadPoolExecutor(READERS, thread_name_prefix="reading") as pool:
            try:
                hits = list(pool.map(read, published.hits))
            finally:
                pool.shutdown(cancel_futures=True)
        balance = requester.balance(mturk)
    step.tell("Read back", f"{len(ready)} of {len(hits)} HITs are reviewable, and their results")
    return figures.of(
        hits,
        people.truth,
        balance,
        reviewable=len(ready),
        held_elsewhere=published.held_for_visitor,
    )


def _check(console: Console, site: Site) -> bool:
    """Look for broken invariants in the database; whether there are any."""
    with _step(console, "Checking every row", 1) as step:
        verdict = invariants.check(site.database)
        step.advance()
    if not verdict.broken:
        step.tell("Checked", f"{verdict.invariants} invariants hold over {verdict.rows:,} rows")
    for what in verdict.broken:
        console.print(f"[bold red]broken[/]    {what}", highlight=False)
    return bool(verdict.broken)


def _stay(process: "subprocess.Popen[str]") -> None:
    """Wait for Ctrl-C; ServerFailed when the server ends before that."""
    exit_code = process.wait()
    message = f"The demo's server ended by itself (exit code {exit_code}). Start the demo again."
    raise ServerFailed(message)


class _Step:
    """A part of the demo that is under way."""

    def __init__(self, console: Console, progress: Progress, total: int, doing: str) -> None:
        self._console = console
        self._progress = progress
        self._task = progress.add_task(doing, total=total)
        self._started = monotonic()

    def advance(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)

    def tell(self, name: str, text: str) -> None:
        """Say in one line what was done and how long it took."""
        _line(self._console, name, f"{text} [dim]({monotonic() - self._started:.1f} s)[/dim]")


@contextlib.contextmanager
def _step(console: Console, doing: str, total: int) -> Iterator[_Step]:
    """Show a bar on a terminal while something goes on."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    is_shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not is_shown) as progress:
        yield _Step(console, progress, total, doing)


def _line(console: Console, name: str, text: str) -> None:
    console.print(f"[green]{name:<10}[/green]{text}", soft_wrap=True)
