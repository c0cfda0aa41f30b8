"""The tables' modules: transactions, ledger, request tokens, HIT types, statements."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from kempelen.domain.countries import Locale
from kempelen.domain.events import Event, EventType
from kempelen.domain.hit_type import HITType, HITTypeProperties
from kempelen.domain.ledger import Transfer
from kempelen.domain.requirement import (
    ActionsGuarded,
    Comparator,
    QualificationRequirement,
)
from kempelen.domain.system_types import LOCALE, PERCENT_APPROVED
from kempelen.invariants import InvariantBroken
from kempelen.store import (
    assignments,
    blocks,
    db,
    deliveries,
    due,
    hit_types,
    hits,
    layouts,
    ledger,
    messages,
    qualification_requests,
    qualification_types,
    qualifications,
    search,
    tables,
    tokens,
)
from kempelen.store.db import Connection, Database
from kempelen.store.statement import Statement
from kempelen.store.tx import Tx

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
TxOn = Callable[..., Tx]


def transfer(transfer_id: str, amount: int = 5) -> Transfer:
    return Transfer(transfer_id=transfer_id, source="a", target="b", amount=amount, kind="hold")


def posted(tx: Tx, transfer_id: str) -> None:
    """Post a transfer and write it down."""
    ledger.post(tx, (transfer(transfer_id),))
    tx.flush()


def test_a_savepoint_takes_back_rows_and_events(database: Database, tx_on: TxOn) -> None:
    def event(hit_id: str) -> Event:
        return Event(type=EventType.HIT_CREATED, hit_id=hit_id, hit_type_id="T")

    def refused(tx: Tx) -> None:
        with tx.savepoint():
            ledger.open_account(tx, "c")
            tx.emit(event("taken back"))
            raise LookupError

    def work(connection: Connection) -> None:
        tx = tx_on(connection)
        ledger.open_account(tx, "a")
        tx.emit(event("first"))
        with tx.savepoint():
            ledger.open_account(tx, "b")
            with pytest.raises(LookupError):
                refused(tx)
            tx.emit(event("second"))
        tx.flush()
        tx.flush()

    database.write(work)
    rows = database.read(
        lambda connection: (
            connection.execute("SELECT account_id FROM accounts ORDER BY 1").fetchall(),
            connection.execute("SELECT hit_id FROM events ORDER BY n").fetchall(),
        )
    )
    assert rows == ([("a",), ("b",)], [("first",), ("second",)])


def test_a_transfer_moves_both_balances_once(database: Database, tx_on: TxOn) -> None:
    def work(connection: Connection) -> tuple[int, int, int]:
        tx = tx_on(connection)
        ledger.open_account(tx, "a")
        ledger.open_account(tx, "b")
        ledger.post(tx, (transfer("t1"), transfer("t2", 2)))
        ledger.open_account(tx, "a")
        tx.flush()
        return ledger.balance(tx, "a"), ledger.balance(tx, "b"), ledger.balance(tx, "unknown")

    assert database.write(work) == (-7, 7, 0)
    with pytest.raises(db.UniqueViolation) as found:
        database.write(lambda connection: posted(tx_on(connection), "t1"))
    assert found.value.columns == "transfers.transfer_id"
    assert database.read(lambda connection: ledger.balance(tx_on(connection), "b")) == 7


def test_a_transfer_needs_both_accounts(database: Database, tx_on: TxOn) -> None:
    def work(connection: Connection) -> None:
        tx = tx_on(connection)
        ledger.open_account(tx, "a")
        posted(tx, "t")

    with pytest.raises(InvariantBroken, match="M2"):
        database.write(work)


def test_a_token_is_remembered_for_a_day_by_owner_and_family(
    database: Database, tx_on: TxOn
) -> None:
    def found(moment: datetime, owner: str = "R", family: str = "hit") -> str | None:
        return database.read(  # type: ignore[no-any-return]  # what a reading returns is Any
            lambda connection: tokens.find(tx_on(connection, moment), owner, family, "t")
        )

    database.write(lambda connection: tokens.use(tx_on(connection), "R", "hit", "t", "H1"))
    just_before = NOW + DAY - timedelta(microseconds=1)
    assert found(NOW) == found(just_before) == "H1"
    assert found(NOW + DAY) is None
    assert found(NOW, owner="other") is found(NOW, family="bonus") is None
    later = NOW + DAY
    database.write(lambda connection: tokens.use(tx_on(connection, later), "R", "hit", "t", "H2"))
    assert found(later) == "H2"


def test_old_tokens_are_pruned(database: Database, tx_on: TxOn) -> None:
    database.write(lambda connection: tokens.use(tx_on(connection), "R", "hit", "old", "H1"))
    later = NOW + timedelta(hours=1)
    database.write(lambda connection: tokens.use(tx_on(connection, later), "R", "hit", "new", "H"))
    assert database.write(lambda connection: tokens.prune(tx_on(connection, NOW + DAY))) == 1
    assert database.write(lambda connection: tokens.prune(tx_on(connection, NOW + DAY))) == 0


def hit_type(hit_type_id: str, *requirements: QualificationRequirement) -> HITType:
    return HITType(
        hit_type_id=hit_type_id,
        group_id=f"G{hit_type_id}",
        requester_id="R",
        properties=HITTypeProperties(
            title="Tag a picture",
            description="Choose the tags",
            keywords="",
            reward=500,
            assignment_duration_seconds=600,
            auto_approval_delay_seconds=0,
            requirements=requirements,
        ),
        created_at=NOW,
    )


def test_a_hit_type_is_read_as_it_was_stored(database: Database, tx_on: TxOn) -> None:
    stored = hit_type(
        "T1",
        QualificationRequirement(
            qualification_type_id=LOCALE,
            comparator=Comparator.IN,
            locale_values=(Locale(country="US", subdivision="NY"), Locale(country="DE")),
            actions_guarded=ActionsGuarded.DISCOVER_PREVIEW_AND_ACCEPT,
        ),
        QualificationRequirement(
            qualification_type_id=PERCENT_APPROVED,
            comparator=Comparator.GREATER_THAN,
            integer_values=(90,),
        ),
    )
    database.write(lambda connection: hit_types.add(tx_on(connection), stored, "print"))

    def read(connection: Connection) -> list[HITType | None]:
        tx = tx_on(connection)
        return [
            hit_types.get(tx, "T1"),
            hit_types.get(tx, "T1"),
            hit_types.get_by_group(tx, "GT1"),
            hit_types.get_by_group(tx, "T1"),
            hit_types.find_equal(tx, "R", "print"),
            hit_types.find_equal(tx, "other", "print"),
            hit_types.get(tx, "T2"),
        ]

    assert database.read(read) == [stored] * 5 + [None] * 2


def test_equal_properties_of_one_requester_are_stored_once(database: Database, tx_on: TxOn) -> None:
    database.write(lambda connection: hit_types.add(tx_on(connection), hit_type("T1"), "print"))
    with pytest.raises(db.UniqueViolation, match="fingerprint"):
        database.write(lambda connection: hit_types.add(tx_on(connection), hit_type("T2"), "print"))


def test_constants_are_written_into_a_statement_and_parameters_are_not() -> None:
    mail = tables.mail.c
    statement = Statement(
        sa.select(mail.n).where(
            mail.subject == "it's 5%",
            mail.created_at > 12,
            mail.body == sa.bindparam("body"),
        )
    )
    text = statement.text("sqlite")
    assert "'it''s 5%'" in text
    assert "created_at > 12" in text
    assert ":body" in text
    assert text.count(":") == 1
    text = statement.text("postgresql")
    assert "'it''s 5%%'" in text
    assert "created_at > 12" in text
    assert text.count("%(body)s") == 1
    assert text.replace("%%", "").count("%") == 1


OF_A_TYPE = [hits._REVIEWABLE[part, True] for part in hits._Part]
LISTINGS = [
    (hits._LIST, "hits_listing"),
    (hits._DUE_OF, "hits_due_of"),
    *((hits._REVIEWABLE[part, False], "hits_reviewable") for part in hits._Part),
    *((statement, "hits_reviewable_of_type") for statement in OF_A_TYPE),
    (due._DUE, "hits_due"),
    (due._NEXT, "hits_due"),
    (assignments._PAGE, "assignments_submitted"),
    (assignments._PAGE_OF_STATUS, "assignments_by_status"),
    (assignments._DUE, "assignments_due"),
    (assignments._NEXT_DUE, "assignments_due"),
    (assignments._LIVE, "assignments_live"),
    (assignments._QUEUE, "assignments_queue"),
    (assignments._DECIDED, "assignments_decided"),
    (blocks._IS_BLOCKED, "sqlite_autoindex_worker_blocks_1"),
    (blocks._BLOCKERS, "sqlite_autoindex_worker_blocks_1"),
    (blocks._PAGE, "worker_blocks_listing"),
    (messages._FIND, "sqlite_autoindex_message_threads_2"),
    (messages._PAGE, "message_threads_listing"),
    (messages._OF_THREAD, "messages_thread"),
    (messages._UNREAD, "message_threads_unread"),
    (messages._READ_ALL, "message_threads_unread"),
    (layouts._OF, "layouts_listing"),
    (search._GROUPS, "group_counts_open"),
    (qualifications._PAGE, "qualifications_listing"),
    (qualifications._GRANTED, "qualifications_of_worker"),
    (qualifications._OF_WORKER, "qualifications_of_worker"),
    (qualification_requests._SUBMITTED_OF_REQUESTER, "qualification_requests_of_requester"),
    (qualification_requests._SUBMITTED_OF_TYPE, "qualification_requests_of_type"),
    (qualification_requests._LAST, "qualification_requests_pair"),
    (qualification_requests._DUE, "qualification_requests_due"),
    (qualification_requests._NEXT_DUE, "qualification_requests_due"),
    (qualification_types._LISTINGS[True], "qualification_types_own"),
    (qualification_types._LISTINGS[False], "qualification_types_listing"),
    (qualification_types._NAMED, "qualification_types_name"),
    (qualification_types._DUE, "qualification_types_due"),
    (qualification_types._NEXT_DUE, "qualification_types_due"),
    (search._CANDIDATE, "hits_open"),
    (search._BOUNDS, "hits_open"),
    (deliveries._DUE, "deliveries_due"),
    (deliveries._OLD, "deliveries_lane"),
]


@pytest.mark.parametrize(("statement", "index"), LISTINGS)
def test_a_listing_uses_its_index_and_sorts_nothing(
    database: Database, statement: Statement, index: str
) -> None:
    plan = PLANS[database.engine](database, statement)
    if index.startswith("sqlite_"):  # the index of a rule, which is named by each engine
        assert re.search(rf"INDEX {index}\b|Index", plan), plan
    else:
        equal = EQUAL_ON_POSTGRESQL.get(index, index)
        assert re.search(rf"(INDEX {index}|using ({index}|{equal}))\b", plan), plan
    assert "Seq Scan" not in plan
    assert "TEMP B-TREE" not in plan
    # Rows of one instant may still be put in order among themselves.
    assert re.search(r"(?<!Incremental )Sort  ", plan) is None, plan


def plan_of_sqlite(database: Database, statement: Statement) -> str:
    text = f"EXPLAIN QUERY PLAN {statement.text('sqlite')}"
    parameters = dict.fromkeys(re.findall(r":(\w+)", text))
    rows = database.read(lambda connection: connection.execute(text, parameters).fetchall())
    return "\n".join(row[3] for row in rows)


def plan_of_postgresql(database: Database, statement: Statement) -> str:
    """The plan for tables so large that no other way is worth a thought."""
    asked = statement.text("postgresql")
    for position, name in enumerate(re.findall(r"%\((\w+)\)s", asked), 1):
        # The only one whose type cannot be seen from where it stands.
        kind = "::bigint" if name == "expiration" else ""
        asked = asked.replace(f"%({name})s", f"${position}{kind}")
    asked = "EXPLAIN (GENERIC_PLAN) " + asked.replace("%%", "%")
    plan: list[str] = []

    def work(connection: Any) -> None:
        # Room that tests before this one have left in an index makes it dearer.
        connection.execute(f"TRUNCATE {', '.join(statement.tables)}")
        if statement in OF_A_TYPE:
            connection.execute(HITS_OF_MANY_TYPES)
            connection.execute("ANALYZE hits")
        for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
            connection.execute(f"SET LOCAL enable_{way} = off")
        plan.extend(row[0] for row in connection.execute(asked, prepare=False).fetchall())
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)
    return "\n".join(plan)


# Among no rows at all, an index whose beginning serves costs what the one costs that fits.
HITS_OF_MANY_TYPES = """
INSERT INTO hits (hit_id, hit_type_id, group_id, requester_id, status, created_at, expiration,
    max_assignments, created_max_assignments, fee, pending, submitted, approved, rejected,
    is_expired, is_reviewing, is_disposed, hold_moves, hit_runs, work_at_last_run, next_due)
SELECT 'H' || i, 'T' || i % 400, 'G' || i % 400, 'R' || i % 40,
    (array['Assignable', 'Reviewable', 'Reviewing'])[1 + i % 3], i, i % 500,
    1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i
FROM generate_series(1, 4000) AS i
"""
# So do these two among no rows.
EQUAL_ON_POSTGRESQL = {"assignments_by_status": "assignments_submitted"}
PLANS = {"sqlite": plan_of_sqlite, "postgresql": plan_of_postgresql}


@pytest.mark.engines("sqlite")
def test_open_hit_types_are_read_by_the_index_of_open_groups(database: Database) -> None:
    """PostgreSQL chooses by how many there are."""
    assert "INDEX group_counts_open" in plan_of_sqlite(database, hit_types._OPEN)


@pytest.mark.engines("sqlite")
def test_hits_that_require_a_type_are_read_from_the_place_where_a_page_begins(
    database: Database,
) -> None:
    text = f"EXPLAIN QUERY PLAN {hits._LIST_REQUIRING.text('sqlite')}"
    named = ("qualification_type_id", "requester_id", "after", "size")
    rows = database.read(
        lambda connection: connection.execute(text, dict.fromkeys(named)).fetchall()
    )
    first, *others = [row[3] for row in rows]
    assert first == (
        "SEARCH hit_requirements USING PRIMARY KEY"
        " (qualification_type_id=? AND requester_id=? AND hit_n>?)"
    )
    assert all("INTEGER PRIMARY KEY (rowid=?)" in told for told in others)


@pytest.mark.engines("sqlite")
def test_what_a_worker_holds_is_read_from_the_index_alone(database: Database) -> None:
    text = f"EXPLAIN QUERY PLAN {qualifications._GRANTED.text('sqlite')}"
    ((*_, told),) = database.read(
        lambda connection: connection.execute(text, {"worker_id": "A"}).fetchall()
    )
    assert "COVERING INDEX qualifications_of_worker" in told
