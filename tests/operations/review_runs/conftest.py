"""A market in one open transaction: HITs with review policies, and work that is handed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kempelen import plugins
from kempelen.domain import answers, money
from kempelen.domain import assignment as transitions
from kempelen.domain.assignment import Assignment, AssignmentStatus
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.hit_type import HITType, HITTypeProperties, group_id_of
from kempelen.domain.review.policy import Parameters, Review, ReviewPolicyLevel, Subject
from kempelen.ids import Ids
from kempelen.operations import accounts, lifecycle, payments, reviewing
from kempelen.operations.accounts import NewWorker
from kempelen.settings import Settings
from kempelen.store import assignments, hit_types, hits, reviews, tables
from kempelen.store.pool import connect
from kempelen.store.postgres import PostgreSQL
from kempelen.store.sqlite import SQLite
from kempelen.store.statement import SQLITE, Statement
from kempelen.store.tx import Tx

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = "Acme/2026-01-01"
ERRORS = Statement(sa.select(tables.review_runs.c.error).order_by(tables.review_runs.c.n))
Judge = Callable[[Subject], Any]
Entry = tuple[str, str, str, str | None]


class Plugin:
    """A policy that does what a test wants."""

    name = NAME

    def __init__(self, level: ReviewPolicyLevel, judge: Judge) -> None:
        self.level = level
        self.judge = judge

    def parse(self, parameters: Parameters, *, ignore_unknown: bool) -> Parameters:
        """Take any parameters, except one that breaks it."""
        del ignore_unknown
        if any(parameter.key == "Broken" for parameter in parameters):
            raise KeyError("Broken")
        return parameters

    def review(self, params: Parameters, subject: Subject) -> Review:
        """Judge as the test wants."""
        del params
        found: Review = self.judge(subject)
        return found


@dataclass(slots=True)
class Market:
    """A transaction with a requester and a HIT type in it."""

    tx: Tx
    requester_id: str
    hit_type: HITType

    def install(self, level: ReviewPolicyLevel, judge: Judge) -> None:
        """Make the plugin known, with what it does."""
        self.tx.policies = {**self.tx.policies, NAME: Plugin(level, judge)}

    def publish(self, max_assignments: int = 1, **policies: str) -> HIT:
        """A new HIT that is open for an hour, with its money held."""
        hit = HIT(
            n=0,
            hit_id=self.tx.new_id(),
            hit_type_id=self.hit_type.hit_type_id,
            group_id=self.hit_type.group_id,
            requester_id=self.requester_id,
            created_at=self.tx.now,
            expiration=self.tx.now + HOUR,
            max_assignments=max_assignments,
            created_max_assignments=max_assignments,
            fee=100,
            recorded_status=HITStatus.ASSIGNABLE,
            next_due=self.tx.now + HOUR,
            assignment_policy=policies.get("assignment"),
            hit_policy=policies.get("hit"),
        )
        hit = hits.add(self.tx, payments.rebalance(self.tx, None, hit), "<question/>")
        lifecycle.count_new(self.tx, hit)
        return hit

    def submit(self, hit: HIT, **values: str) -> tuple[HIT, Assignment]:
        """Somebody new accepts the HIT and hands in answers; policies run as they would."""
        tx = self.tx
        token = tx.new_id()
        worker = accounts.add_worker(tx, NewWorker(name=token), None, token)
        accepted = assignments.add(
            tx,
            Assignment(
                n=0,
                assignment_id=tx.new_id(),
                hit_id=hit.hit_id,
                worker_id=worker.worker_id,
                requester_id=self.requester_id,
                status=AssignmentStatus.ACCEPTED,
                accepted_at=tx.now,
                deadline=tx.now + HOUR,
            ),
            hit.group_id,
        )
        given = answers.Answers(
            tuple(answers.of_values(key, (value,)) for key, value in values.items())
        )
        submitted = transitions.submit(accepted, tx.now, 30 * 24 * HOUR, "")
        assignments.save(tx, submitted)
        assignments.save_answer(tx, submitted, "<answers/>", answers.to_plain(given))
        hit = hit._replace(submitted=hit.submitted + 1)
        hit, assignment = reviewing.review_assignment(tx, hit, submitted, given)
        hit = lifecycle.conclude(tx, hit)
        tx.now += timedelta(minutes=1)
        return hit, assignments.get(tx, assignment.assignment_id) or assignment

    def actions(self, hit: HIT, level: ReviewPolicyLevel) -> list[Entry]:
        """Name, status, text and error code of the actions of a level, in order."""
        found = reviews.actions(self.tx, self._section(hit, level))
        return [
            (
                item.action.action_name,
                item.action.status,
                item.action.result,
                item.action.error_code,
            )
            for item in found
        ]

    def results(self, hit: HIT, level: ReviewPolicyLevel) -> list[tuple[str, str]]:
        """Key and value of the results of a level, in order."""
        found = reviews.results(self.tx, self._section(hit, level))
        return [(item.result.key, item.result.value) for item in found]

    def errors(self) -> list[str | None]:
        """What was recorded about each run."""
        self.tx._write_down()
        return [row[0] for row in self.tx.rows(ERRORS, {})]

    def told(self) -> list[str]:
        """The events of the transaction."""
        return [event.type.value for event in self.tx.events]

    def _section(self, hit: HIT, level: ReviewPolicyLevel) -> reviews.Section:
        return reviews.Section(
            hit_id=hit.hit_id, level=level, after=reviews.BEGINNING, size=100, subject_id=None
        )


@pytest.fixture
def open_market(engine: str, fresh_database: Callable[[], str]) -> Iterator[Callable[..., Market]]:
    """Open markets: `balance` in dollars makes the requester prepaid."""
    where = fresh_database()
    database = SQLite(Path(where)) if engine == SQLITE else PostgreSQL(where)
    if isinstance(database, SQLite):
        connection = database.write(lambda connection: connection)
    else:
        connection = connect(where, prepares=True)
    connection.execute("BEGIN")

    def begin(balance: int | None = None) -> Market:
        tx = Tx(
            connection,
            engine=engine,
            cache={},
            now=NOW,
            ids=Ids(),
            settings=Settings(),
            policies=plugins.review_policies(),
            page_key=b"k" * 32,
            is_writing=True,
            unsettled=frozenset(),
        )
        units = None if balance is None else balance * money.UNITS_PER_DOLLAR
        requester = accounts.add_requester(tx, "Requester", units, tx.new_id(), "")
        hit_type_id = tx.new_id()
        properties = HITTypeProperties(
            title="Title",
            description="Description",
            keywords="",
            reward=900,
            assignment_duration_seconds=3600,
            auto_approval_delay_seconds=2_592_000,
            requirements=(),
        )
        hit_type = HITType(
            hit_type_id=hit_type_id,
            group_id=group_id_of(hit_type_id),
            requester_id=requester.requester_id,
            properties=properties,
            created_at=tx.now,
        )
        hit_types.add(tx, hit_type, properties.fingerprint())
        return Market(tx=tx, requester_id=requester.requester_id, hit_type=hit_type)

    yield begin
    connection.execute("ROLLBACK")
    if not isinstance(database, SQLite):
        connection.close()
    database.close()


@pytest.fixture
def market(open_market: Callable[..., Market]) -> Market:
    """A market whose requester has no limit."""
    return open_market()
