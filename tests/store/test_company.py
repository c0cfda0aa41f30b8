"""Operations that share a transaction: what one of them does never harms or spares another."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from postgres_server import Databases
from tests.store.conftest import NOW

from kempelen.domain.hit_type import HITType, HITTypeProperties
from kempelen.domain.ledger import Transfer
from kempelen.store import db, hit_types, ledger, tokens, workers
from kempelen.store.company import Company
from kempelen.store.pool import connect
from kempelen.store.postgres import PostgreSQL
from kempelen.store.tx import Tx

TxOn = Callable[..., Tx]

pytestmark = pytest.mark.engines("postgresql")


@pytest.fixture
def url(postgres: Databases) -> Iterator[str]:
    """The address of an empty database."""
    taken = postgres.take()
    yield taken
    postgres.give_back(taken)


@pytest.fixture
def database(url: str) -> Iterator[PostgreSQL]:
    """It, opened."""
    opened = PostgreSQL(url, connections=4)
    yield opened
    opened.close()


def together(database: PostgreSQL, *works: db.Work) -> list[db.Job]:
    """Carry out works in company; those that have to go alone do so afterwards."""
    delivered: list[db.Job] = []
    jobs = [db.Job(work, delivered.extend) for work in works]
    for job in database._carry_out_together(jobs):
        database._deliver(job)
    assert sorted(map(id, delivered)) == sorted(map(id, jobs))
    return jobs


def outcomes(jobs: list[db.Job]) -> list[object]:
    return [job.result if job.error is None else type(job.error) for job in jobs]


def query(database: PostgreSQL, text: str) -> Any:
    return database.read(lambda connection: connection.execute(text).fetchall())


@pytest.fixture
def noting(tx_on: TxOn) -> Callable[..., db.Work]:
    """Work that uses a token and moves money, and then ends well or badly."""

    def work(token: str, error: Exception | None = None, amount: int = 5) -> db.Work:
        def note(connection: Any) -> str:
            tx = tx_on(connection)
            tokens.use(tx, "R", "hit", token, "H")
            transfer = Transfer(transfer_id=token, source="a", target="b", amount=amount, kind="k")
            ledger.post(tx, [transfer])
            if error is not None:
                raise error
            tx.flush()
            return token

        return note

    return work


@pytest.fixture
def accounts(database: PostgreSQL, tx_on: TxOn) -> Callable[[], dict[str, int]]:
    """The balances of two accounts, which are open."""

    def open_both(connection: Any) -> None:
        for account_id in ("a", "b"):
            ledger.open_account(tx_on(connection), account_id)

    database.write(open_both)
    return lambda: dict(query(database, "SELECT account_id, balance FROM accounts"))


def test_all_share_one_commit_and_change_a_balance_once(
    database: PostgreSQL, noting: Any, accounts: Any
) -> None:
    before = query(database, "SELECT count(*) FROM commits")[0][0]
    assert outcomes(together(database, *map(noting, "xyz"))) == ["x", "y", "z"]
    assert accounts() == {"a": -15, "b": 15}
    assert query(database, "SELECT count(*) FROM commits") == [(before + 1,)]


def test_a_refusal_leaves_nothing_and_the_others_stay(
    database: PostgreSQL, noting: Any, accounts: Any
) -> None:
    jobs = together(database, noting("x"), noting("y", LookupError("no")), noting("z"))
    assert outcomes(jobs) == ["x", LookupError, "z"]
    assert query(database, "SELECT token FROM request_tokens ORDER BY 1") == [("x",), ("z",)]
    assert accounts() == {"a": -10, "b": 10}


def test_a_broken_rule_ends_the_company_and_is_told_to_who_broke_it(
    database: PostgreSQL, noting: Any, accounts: Any
) -> None:
    assert outcomes(together(database, noting("x"))) == ["x"]
    # The same transfer: that is found out when everybody has been heard.
    jobs = together(database, noting("w"), noting("x"), noting("y"))
    assert outcomes(jobs) == ["w", db.UniqueViolation, "y"]
    assert accounts() == {"a": -15, "b": 15}


def test_who_takes_the_last_money_is_found_out(
    database: PostgreSQL, tx_on: TxOn, noting: Any, accounts: Any
) -> None:
    """Each of two could pay, and both cannot."""

    def paying(connection: Any) -> str:
        tx = tx_on(connection)
        if not ledger.covers(tx, "b", 5):
            return "refused"
        transfer = Transfer(transfer_id=tx.new_id(), source="b", target="a", amount=5, kind="k")
        ledger.post(tx, [transfer])
        tx.flush()
        return "paid"

    together(database, noting("x", amount=7))
    assert sorted(map(str, outcomes(together(database, paying, paying)))) == ["paid", "refused"]
    assert accounts() == {"a": -2, "b": 2}


def test_what_was_added_before_is_seen_by_who_looks_at_it(
    database: PostgreSQL, tx_on: TxOn, accounts: Any
) -> None:
    def spending_what_came_in(connection: Any) -> tuple[bool, bool]:
        tx = tx_on(connection)
        first = ledger.covers(tx, "b", 5)
        ledger.post(
            tx, [Transfer(transfer_id=tx.new_id(), source="a", target="b", amount=5, kind="k")]
        )
        second = ledger.covers(tx, "b", 5)
        tx.flush()
        return first, second

    assert outcomes(together(database, spending_what_came_in)) == [(False, True)]
    assert accounts() == {"a": -5, "b": 5}


def test_nobody_in_company_waits_for_a_locked_row(
    database: PostgreSQL, tx_on: TxOn, noting: Any, accounts: Any, url: str
) -> None:
    """Who needs it goes alone, and is the only one that waits."""

    def locking(connection: Any) -> str:
        tx = tx_on(connection)
        workers.lock(tx, "W")
        tx.flush()
        return "locked"

    database.write(
        lambda connection: connection.execute(
            "INSERT INTO workers (worker_id, name, name_key, worker_class, country, created_at)"
            " VALUES ('W', 'W', 'w', 'simulated', 'US', 0)"
        )
    )
    delivered: list[str] = []
    others, everybody = threading.Event(), threading.Event()

    def deliver(jobs: list[db.Job]) -> None:
        delivered.extend(job.result for job in jobs)
        if len(delivered) == 2:
            others.set()
        if len(delivered) == 3:
            everybody.set()

    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM workers FOR UPDATE")
        for work in (noting("x"), locking, noting("y")):
            database.submit(db.Job(work, deliver))
        assert others.wait(60)
        assert sorted(delivered) == ["x", "y"]
        other.rollback()
        assert everybody.wait(60)
    assert delivered[2] == "locked"


def test_keys_are_given_in_the_order_of_creation(database: PostgreSQL, tx_on: TxOn) -> None:
    def registering(name: str) -> db.Work:
        def register(connection: Any) -> None:
            tx = tx_on(connection)
            hit_types.add(tx, _hit_type(name), name)
            tx.flush()

        return register

    together(database, *map(registering, "cab"))
    found = query(database, "SELECT hit_type_id FROM hit_types ORDER BY n")
    assert [row[0] for row in found] == ["c", "a", "b"]


def test_what_others_have_not_committed_is_not_remembered(
    database: PostgreSQL, tx_on: TxOn, url: str
) -> None:
    """A record that one registers and another one reads is gone when the company ends badly."""

    def registering(connection: Any) -> None:
        tx = tx_on(connection)
        hit_types.add(tx, _hit_type("T"), "print")
        tx.flush()

    def reading(connection: Any) -> None:
        assert hit_types.find_equal(tx_on(connection), "R", "print") is not None

    def breaking(connection: Any) -> None:
        connection.execute("SELECT 1 / 0").fetchall()

    jobs = [db.Job(work, lambda _: None) for work in (registering, reading, breaking)]
    with connect(url, prepares=True) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            _run(Company(connection, 3, database.cache), jobs)
        connection.undo_all()
    assert [job.error for job in jobs[:2]] == [None, None]
    assert database.cache == {}
    assert outcomes(together(database, registering, reading)) == [None, None]
    assert list(database.cache) == ["R:print"]


def test_a_refusal_does_not_make_statements_be_prepared_anew(
    database: PostgreSQL, noting: Any, accounts: Any
) -> None:
    prepared = "SELECT count(*) FROM pg_prepared_statements"

    def counting(connection: Any) -> int:
        return int(connection.execute(prepared).fetchone()[0])

    together(database, noting("x"), noting("y", LookupError("no")))
    with pytest.raises(LookupError):
        database.write(noting("z", LookupError("no")))
    before = database.write(counting)
    assert before > 5
    together(database, noting("v", LookupError("no")), noting("w"))
    assert database.write(counting) == before


def _run(company: Company, jobs: list[db.Job]) -> None:
    with company:
        for job in jobs:
            company.run(job)


def _hit_type(hit_type_id: str) -> HITType:
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
            requirements=(),
        ),
        created_at=NOW,
    )
