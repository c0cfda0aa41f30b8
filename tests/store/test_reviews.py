"""Runs of review policies: many entries in one run, pages across rows, subjects."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from kempelen.domain.review.policy import ReviewPolicyLevel, ReviewResult
from kempelen.store import db, reviews
from kempelen.store.db import Connection, Database
from kempelen.store.tx import Tx

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MANY = 1203
TxOn = Callable[..., Tx]


def run(trigger: str, level: ReviewPolicyLevel, entries: int) -> reviews.Run:
    """A run with as many results as actions."""
    return reviews.Run(
        hit_id="H",
        level=level,
        trigger=trigger,
        run_id=f"run-{trigger}",
        results=tuple(
            ReviewResult(
                subject_type="Assignment",
                subject_id=f"{trigger}-{number % 2}",
                key="Key",
                value=str(number),
                question_id=None if number % 3 else "q ü",
            )
            for number in range(entries)
        ),
        actions=[
            reviews.DoneAction(
                action_id=f"{trigger}/{number}",
                action_name="approve",
                target_type="Assignment",
                target_id=f"{trigger}-{number % 2}",
                status="Succeeded",
                result="Approved",
                error_code=None,
                completed_at=NOW,
            )
            for number in range(entries)
        ],
    )


@pytest.fixture
def filled(database: Database, tx_on: TxOn) -> Database:
    """A HIT with two short runs of assignments and two of its own, the last one long."""

    def work(connection: Connection) -> None:
        tx = tx_on(connection)
        reviews.add(tx, run("A", ReviewPolicyLevel.ASSIGNMENT, 3))
        reviews.add(tx, run("1", ReviewPolicyLevel.HIT, 2))
        reviews.add(tx, run("B", ReviewPolicyLevel.ASSIGNMENT, 0))
        reviews.add(tx, run("2", ReviewPolicyLevel.HIT, MANY))
        reviews.add(tx, run("C", ReviewPolicyLevel.ASSIGNMENT, 2))
        tx.flush()

    database.write(work)
    return database


def results_of(tx_on: TxOn, section: reviews.Section, connection: Connection) -> Any:
    """The results of a section."""
    return reviews.results(tx_on(connection), section)


def walk(
    database: Database, tx_on: TxOn, level: ReviewPolicyLevel, size: int, subject: str | None = None
) -> Iterator[Any]:
    """All results of a level, read in pages of a size."""
    after = reviews.BEGINNING
    while True:
        section = reviews.Section(
            hit_id="H", level=level, after=after, size=size, subject_id=subject
        )
        page = database.read(partial(results_of, tx_on, section))
        yield from page
        if len(page) < size:
            return
        after = page[-1].position


@pytest.mark.parametrize("size", [1, 7, 500, 501, 5000])
def test_pages_of_any_size_add_up(filled: Database, tx_on: TxOn, size: int) -> None:
    """Entries come once, in order, whatever the page size, across the parts of a long run."""
    found = list(walk(filled, tx_on, ReviewPolicyLevel.HIT, size))
    assert [item.action_id for item in found] == ["run-1"] * 2 + ["run-2"] * MANY
    assert [item.result.value for item in found] == ["0", "1", *map(str, range(MANY))]
    assert found[3].result.question_id is None
    assert found[2].result.question_id == "q ü"
    short = list(walk(filled, tx_on, ReviewPolicyLevel.ASSIGNMENT, size))
    assert [item.action_id for item in short] == ["run-A"] * 3 + ["run-C"] * 2


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_entries_about_one_subject(filled: Database, tx_on: TxOn, size: int) -> None:
    """At HIT level by the subject of each entry, at assignment level by the run's assignment."""
    about = list(walk(filled, tx_on, ReviewPolicyLevel.HIT, size, "2-1"))
    assert [item.result.value for item in about] == [str(number) for number in range(1, MANY, 2)]
    of_run = list(walk(filled, tx_on, ReviewPolicyLevel.ASSIGNMENT, size, "A"))
    assert [item.result.value for item in of_run] == ["0", "1", "2"]
    assert list(walk(filled, tx_on, ReviewPolicyLevel.ASSIGNMENT, size, "unknown")) == []


def test_actions_keep_everything(filled: Database, tx_on: TxOn) -> None:
    """An action comes back as it was stored, with the time of its run."""
    section = reviews.Section(
        hit_id="H",
        level=ReviewPolicyLevel.ASSIGNMENT,
        after=reviews.BEGINNING,
        size=10,
        subject_id="C",
    )
    found = filled.read(lambda connection: reviews.actions(tx_on(connection), section))
    assert [item.action for item in found] == list(run("C", ReviewPolicyLevel.HIT, 2).actions)


def test_a_trigger_runs_once(filled: Database, tx_on: TxOn) -> None:
    """A second run for the same trigger cannot be stored."""

    def again(connection: Connection) -> None:
        tx = tx_on(connection)
        reviews.add(tx, run("A", ReviewPolicyLevel.ASSIGNMENT, 1))
        tx.flush()

    with pytest.raises(db.UniqueViolation, match=r"review_runs\.trigger"):
        filled.write(again)
