"""The demo from the first HIT to the last table, and then the server until Ctrl-C."""

import contextlib
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kempelen.demo import (
    crowd,
    figures,
    invariants,
    page,
    places,
    questions,
    receiver,
    replay,
    report,
    requester,
    second_look,
    server,
    steps,
)
from kempelen.demo.crowd import Crowd
from kempelen.demo.receiver import Inbox
from kempelen.demo.requester import PublishedHIT, ReviewedHIT
from kempelen.demo.second_look import SecondLook
from kempelen.demo.server import ServerFailed, Site

READERS = 2
NOTIFIED_SECONDS = 20.0
# Beside the program in a checkout; an installed package has no such folder.
RECORDED = Path(__file__).parents[3] / "data" / "bluebird"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: the requester's client, the site, and where notifications arrive."""

    mturk: Any
    site: Site
    inbox: Inbox


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
    with (
        page.served() as page_url,
        receiver.served() as inbox,
        server.running(len(people.workers), inbox.address) as (site, process),
    ):
        steps.say(console, "Server", f"{site.url}, on a fresh database")
        inbox.expect(site.webhook_secret)
        mturk = requester.client(site)
        with contextlib.closing(mturk):
            published = _publish(console, mturk, people, page_url)
            _answer(console, site, people, published)
            ready, hits = _read(console, mturk, published)
            second = _look_again(console, Stage(mturk, site, inbox), people, hits)
            found = figures.of(
                hits,
                second,
                people.truth,
                requester.balance(mturk),
                reviewable=ready,
                held_elsewhere=published.held_for_visitor,
            )
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
    with steps.under_way(console, "Publishing over boto3", len(people.items)) as step:
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
    accounts = dict(zip(people.workers, site.workers, strict=True))
    with steps.under_way(console, "Answering over the worker API", len(people.answers)) as step:
        replay.replay(site, accounts, people.answers, hit_ids, step.advance)
    step.tell("Answered", f"{len(people.answers):,} assignments through the worker API")


def _read(console: Console, mturk: Any, published: Published) -> tuple[int, list[ReviewedHIT]]:
    """How many HITs are reviewable, and what came of each."""
    with steps.under_way(console, "Reading results over boto3", len(published.hits)) as step:
        ready = requester.reviewable(mturk, published.hit_type_id)
        hits = _reviewed(mturk, published.hits, step.advance)
    step.tell("Read back", f"{len(ready)} of {len(hits)} HITs are reviewable, and their results")
    return len(ready), hits


def _reviewed(
    mturk: Any, published: Sequence[PublishedHIT], note: Callable[[], object]
) -> list[ReviewedHIT]:
    def read(hit: PublishedHIT) -> ReviewedHIT:
        found = requester.review(mturk, hit)
        note()
        return found

    with ThreadPoolExecutor(READERS, thread_name_prefix="reading") as pool:
        try:
            return list(pool.map(read, published))
        finally:
            pool.shutdown(cancel_futures=True)


def _look_again(
    console: Console, stage: Stage, people: Crowd, hits: Sequence[ReviewedHIT]
) -> SecondLook:
    """Have the HITs that split the crowd done again by those who know birds."""
    mturk, site = stage.mturk, stage.site
    accounts = dict(zip(people.workers, site.workers, strict=True))
    knowing = second_look.qualify(mturk, hits)
    experts = {
        number: account
        for number, account in accounts.items()
        if account["worker_id"] in knowing.worker_ids
    }
    before = second_look.split(hits) if experts else ()
    items = {hit.item for hit in before}
    answers = [
        answer for answer in people.answers if answer.item in items and answer.worker in experts
    ]
    wanted = Counter(answer.item for answer in answers)
    before = tuple(hit for hit in before if wanted[hit.item])
    hit_type_id = second_look.create_type(mturk, knowing, stage.inbox.address)
    with steps.under_way(console, "Looking again", len(answers)) as step:
        published = list(
            second_look.publish(mturk, hit_type_id, [hit.item for hit in before], wanted)
        )
        refusal = figures.NOT_QUALIFIED
        others = [account for number, account in accounts.items() if number not in experts]
        if published and others:
            refusal = replay.refusal(site, others[0], published[0].hit_id)
        hit_ids = {hit.item: hit.hit_id for hit in published}
        replay.replay(site, experts, answers, hit_ids, step.advance)
        after = _reviewed(mturk, published, lambda: None)
        notified = stage.inbox.wait(second_look.EVENT, len(published), NOTIFIED_SECONDS)
    step.tell(
        "Again",
        f"{len(published)} split HITs to the {len(experts)} workers with the Qualification; "
        f"{notified} notifications",
    )
    return SecondLook(
        knowing=knowing, before=before, after=tuple(after), refusal=refusal, notified=notified
    )


def _check(console: Console, site: Site) -> bool:
    """Look for broken invariants in the database; whether there are any."""
    with steps.under_way(console, "Checking every row", 1) as step:
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
