"""The tables at the end of the demo: what the crowd said, what became of the work, the money."""

from rich import box
from rich.console import Console
from rich.table import Table

from kempelen.demo import crowd
from kempelen.demo.figures import Again, Decided, Disagreement, Figures
from kempelen.demo.requester import AGREEMENT_THRESHOLD, DELAY_DAYS, REWARD
from kempelen.demo.second_look import SCORE_NEEDED, SPLIT_BELOW
from kempelen.demo.server import PREPAID
from kempelen.domain import money

_NOTHING = "-"


def show(console: Console, figures: Figures) -> None:
    """Print the tables, and whether everything adds up."""
    console.print()
    for table in (
        _agreement(figures),
        _again(figures.again),
        _decisions(figures),
        _money(figures),
        _disagreements(figures),
    ):
        if table.row_count:
            console.print(table)
            console.print()
    _show_check(console, figures)


def _agreement(figures: Figures) -> Table:
    table = _table(
        f"What the crowd agreed on ({figures.reviewable} of {figures.hits} HITs are reviewable)"
    )
    table.add_column("Agreement score")
    table.add_column("HITs", justify="right")
    table.add_column("Agreed answer is right", justify="right")
    for band in figures.bands:
        table.add_row(
            f"{band.lowest} to {band.highest}", f"{band.hits:,}", _share(band.right, band.hits)
        )
    split = figures.hits - figures.agreed
    if split:
        table.add_row("no agreed answer", f"{split:,}", _NOTHING)
    table.add_section()
    table.add_row(
        f"agreed answer found (score above {AGREEMENT_THRESHOLD})",
        _share(figures.agreed, figures.hits),
        _share(figures.right, figures.agreed),
        style="bold",
    )
    return table


def _again(again: Again) -> Table:
    table = _table(
        f"A second look at {again.items} photographs that split the crowd "
        f"(agreement below {SPLIT_BELOW})"
    )
    if not again.items:
        return table
    table.caption = (
        f"The Qualification is the share of right answers on control HITs; {SCORE_NEEDED} is "
        f"needed. {again.notified} notifications arrived."
    )
    table.add_column("Asked")
    table.add_column("Workers", justify="right")
    table.add_column("Agreed answer is right", justify="right")
    everybody = _share(again.right_before, again.items)
    table.add_row("everybody", f"{again.workers:,}", everybody)
    table.add_row(
        f"who holds the Qualification, {again.turned} answers turned",
        f"{again.qualified:,}",
        _share(again.right_after, again.items),
        style="bold",
    )
    return table


def _decisions(figures: Figures) -> Table:
    table = _table("What became of the work")
    table.caption = f"Work that waits is approved by itself after {DELAY_DAYS} days."
    table.add_column("Review policy")
    table.add_column("HITs", justify="right")
    table.add_column("Approved", justify="right", style="green")
    table.add_column("Rejected", justify="right", style="red")
    table.add_column("Waiting", justify="right", style="yellow")
    for decided in figures.decided:
        name = decided.policy.partition("/")[0]
        if decided.hits:
            _add_decided(table, f"{name} [dim]({decided.note})[/dim]", decided)
    table.add_section()
    _add_decided(table, "[bold]all assignments[/bold]", figures.total)
    return table


def _add_decided(table: Table, name: str, decided: Decided) -> None:
    counts = (decided.approved, decided.rejected, decided.waiting)
    shown = (f"{count:,}" if count else _NOTHING for count in counts)
    table.add_row(name, f"{decided.hits:,}", *shown)


def _money(figures: Figures) -> Table:
    purse = figures.money
    table = _table("Where the money is")
    table.add_column("Account")
    table.add_column("Amount", justify="right")
    table.add_column("What for")
    rows = (
        ("paid", purse.paid, f"{figures.total.approved:,} approved assignments at ${REWARD}"),
        ("on hold", purse.on_hold, "work that waits for a decision, and HITs still open"),
        ("available", purse.available, "for new HITs; rejected work came back to it"),
    )
    for name, amount, purpose in rows:
        table.add_row(name, _dollars(amount), purpose)
    table.add_section()
    table.add_row("together", _dollars(purse.total), f"${PREPAID} was prepaid", style="bold")
    return table


def _disagreements(figures: Figures) -> Table:
    table = _table("The costliest disagreements: the crowd agreed, but not with the truth")
    table.add_column("Photograph", justify="right")
    table.add_column("Agreed", justify="center")
    table.add_column("Truth", justify="center")
    table.add_column("Answers")
    table.add_column("Score", justify="right")
    table.add_column("Paid for wrong answers", justify="right")
    for found in figures.costliest:
        table.add_row(
            str(found.hit.item),
            found.hit.agreed_answer,
            found.truth,
            _votes(found),
            str(found.hit.agreement_score),
            _dollars(found.paid),
        )
    return table


def _votes(found: Disagreement) -> str:
    return ", ".join(f"{found.votes[label]} {label}" for label in (crowd.YES, crowd.NO))


def _show_check(console: Console, figures: Figures) -> None:
    purse = figures.money
    if not figures.doubts:
        console.print(
            f"[green]It adds up:[/green] ${money.show(purse.paid)} paid + "
            f"${money.show(purse.on_hold)} on hold + ${money.show(purse.available)} available = "
            f"${money.show(purse.total)}"
        )
        return
    for doubt in figures.doubts:
        console.print(f"[red]It does not add up:[/red] {doubt}.", soft_wrap=True)


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        header_style="dim",
        pad_edge=False,
    )


def _share(count: int, whole: int) -> str:
    """How many, of how many, and that as a percentage."""
    return f"{count:,} of {whole:,} ({100 * count / whole:.0f} %)" if whole else _NOTHING


def _dollars(amount: int) -> str:
    return f"${money.show(amount)}"
