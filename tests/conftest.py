"""Fixtures of the suite: few and flat. What they make is made by real operations on a real file."""

import contextlib
import itertools
import logging
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import raw
import structlog
from hypothesis import settings as hypothesis_settings
from postgres_server import Databases, serving

from kempelen import bootstrap, settings
from kempelen.api import types
from kempelen.api.work import AcceptHitRequest, ReturnAssignmentRequest, SubmitAssignmentRequest
from kempelen.clock import ManualClock
from kempelen.domain.errors import Refusal
from kempelen.domain.people import Requester, WorkerCaller, WorkerClass
from kempelen.ids import Ids
from kempelen.operations import accounts, dispatch, registry, served, sweeping, work
from kempelen.operations.app import App
from kempelen.store import schema
from kempelen.store.sqlite import SQLite
from kempelen.store.statement import POSTGRESQL, SQLITE
from kempelen.testing.market import Kempelen

# Tests make thousands of databases and wait for none of their commits when the disk is memory.
MEMORY = Path("/dev/shm")  # noqa: S108 - chosen when it has the room, and only then
MEMORY_BYTES_WANTED = 4 << 30

# A machine with other work to do must not fail a property.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")

ENGINES = (SQLITE, POSTGRESQL)
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG="
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><body>'
    "<form><input name='tag'></form></body></html>]]></HTMLContent>"
    "<FrameHeight>400</FrameHeight></HTMLQuestion>"
)


class Make:
    """Makes accounts, HITs and work on one App, always through operations.

    `requester` is whose HITs are made unless a call says `by`.
    """

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self._numbers = itertools.count(1)
        self.requester = self.new_requester()

    def new_requester(self, balance: int | None = None) -> Requester:
        """A requester; prepaid when there is a balance in money units."""
        number = next(self._numbers)
        made: Requester = dispatch.change(
            self.app, accounts.add_requester, f"Requester {number}", balance, f"KEY{number}", "-"
        )
        return made

    def new_worker(self, **wanted: Any) -> WorkerCaller:
        """A signed-in worker; `wanted` are members of `accounts.NewWorker`."""
        number = next(self._numbers)
        wanted.setdefault("worker_class", WorkerClass.SIMULATED)
        new = accounts.NewWorker(name=f"Worker {number}", **wanted)
        made = dispatch.change(self.app, accounts.add_worker, new, None, f"hash {number}")
        return WorkerCaller(worker=made, may_work=True)

    def ask(self, name: str, /, *, by: Requester | None = None, **members: Any) -> Any:
        """Carry out an operation of the Requester API, named as on the wire."""
        operation = served.BY_NAME[name]
        request = operation.request(**members)
        return dispatch.run(self.app, operation, by or self.requester, request)

    def refusal(self, name: str, /, *, by: Requester | None = None, **members: Any) -> Refusal:
        """How an operation is refused."""
        with pytest.raises(Refusal) as found:
            self.ask(name, by=by, **members)
        return found.value

    def walk(self, name: str, items: str, /, **members: Any) -> list[tuple[Any, ...]]:
        """Every page of a list, from its beginning to the page without NextToken."""
        pages = []
        token = None
        while True:
            answer = self.ask(name, next_token=token, **members)
            pages.append(getattr(answer, items))
            assert answer.num_results == len(pages[-1])
            token = answer.next_token
            if token is None:
                return pages

    def hit_members(self, **members: Any) -> dict[str, Any]:
        """What CreateHIT is asked for: an hour of lifetime, 5 cents, ten minutes."""
        return {
            "title": "Tag a picture",
            "description": "Choose the tags that fit",
            "reward": "0.05",
            "assignment_duration_in_seconds": 600,
            "lifetime_in_seconds": 3600,
            "question": QUESTION,
            **members,
        }

    def create_hit(self, *, by: Requester | None = None, **members: Any) -> types.HIT:
        """A new HIT."""
        made: types.HIT = self.ask("CreateHIT", by=by, **self.hit_members(**members)).hit
        return made

    def hit(self, hit_id: str, *, by: Requester | None = None) -> types.HIT:
        """A HIT as GetHIT shows it."""
        shown: types.HIT = self.ask("GetHIT", by=by, hit_id=hit_id).hit
        return shown

    def assignment(self, assignment_id: str, *, by: Requester | None = None) -> types.Assignment:
        """Work as GetAssignment shows it."""
        answer = self.ask("GetAssignment", by=by, assignment_id=assignment_id)
        shown: types.Assignment = answer.assignment
        return shown

    def accept(self, worker: WorkerCaller, hit_id: str) -> str:
        """Accept a HIT; returns the assignment's id."""
        answer = self._do(work.accept_hit, worker, AcceptHitRequest(hit_id=hit_id))
        assignment_id: str = answer.assignments[0].assignment_id
        return assignment_id

    def give_back(self, worker: WorkerCaller, assignment_id: str) -> None:
        """Return an assignment."""
        request = ReturnAssignmentRequest(assignment_id=assignment_id)
        self._do(work.return_assignment, worker, request)

    def submit(self, worker: WorkerCaller, assignment_id: str, **answers: Any) -> str:
        """Submit an assignment with answers by field name; returns its id."""
        request = SubmitAssignmentRequest(
            assignment_id=assignment_id, answers=answers or {"tag": "dog"}, accept_next=False
        )
        self._do(work.submit_assignment, worker, request)
        return assignment_id

    def done(self, hit_id: str, worker: WorkerCaller | None = None, **answers: Any) -> str:
        """Accept and submit, by a new worker unless one is given."""
        worker = worker or self.new_worker()
        return self.submit(worker, self.accept(worker, hit_id), **answers)

    def sweep(self, **step: float) -> None:
        """Move the clock and do what is due by then."""
        self.clock.advance(**step)
        sweeping.run_due(self.app)

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the database, without any operation; see `raw`."""
        return raw.rows(self.app, query, *parameters)

    def change(self, statement: str, *parameters: object) -> int:
        """Change rows, without any operation; see `raw`."""
        return raw.change(self.app, statement, *parameters)

    def events(self, hit_id: str) -> list[str]:
        """The types of what was told about a HIT, in order."""
        query = "SELECT type FROM events WHERE hit_id = ? ORDER BY n"
        return [row[0] for row in self.rows(query, hit_id)]

    def balance(self, account_id: str) -> int:
        """What an account of the ledger holds, in money units."""
        ((balance,),) = self.rows("SELECT balance FROM accounts WHERE account_id = ?", account_id)
        return int(balance)

    def _do(self, function: Callable[..., Any], worker: WorkerCaller, request: object) -> Any:
        return dispatch.run(self.app, registry.of(function), worker, request)


def pytest_configure() -> None:
    """Keep what tests write in memory where there is room for it, unless TMPDIR says where."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_WANTED:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # what it has found before is forgotten


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the suite be run on one engine only."""
    parser.addoption(
        "--fault-rounds", type=int, default=2, help="how often a test of faults kills something"
    )
    parser.addoption(
        "--processes", type=int, default=2, help="how many processes serve where there are many"
    )
    parser.addoption(
        "--clients", type=int, default=4, help="how many clients keep them busy meanwhile"
    )
    parser.addoption(
        "--engine", choices=ENGINES, action="append", help="run on this engine (default: on all)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that asks for an engine, directly or not, on each of them.

    What a browser shows of a page does not depend on the engine, and is dear to look at: only the
    journeys through the whole site say that they want both.
    """
    if "engine" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("engines")
        usual = (SQLITE,) if "chromium" in metafunc.fixturenames else ENGINES
        wanted = [
            engine
            for engine in (usual if marker is None else marker.args)
            if engine in (metafunc.config.getoption("engine") or ENGINES)
        ]
        metafunc.parametrize("engine", wanted, scope="session")


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """Log warnings and errors only."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "kempelen.db"
    SQLite(path).close()
    return path


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon of the fifth of January 2026."""
    return ManualClock(START)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """Databases on a server of this process, or on that which KEMPELEN_TEST_POSTGRES_URL names."""
    named = os.environ.get("KEMPELEN_TEST_POSTGRES_URL")
    with contextlib.nullcontext(named) if named else serving() as url:
        databases = Databases(url, list(schema.creation(POSTGRESQL)))
        yield databases
        databases.close()


@pytest.fixture
def fresh_database(
    engine: str, tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[], str]]:
    """A function that gives the address of a database without rows; another one each time."""
    if engine == POSTGRESQL:
        databases: Databases = request.getfixturevalue("postgres")
        lent: list[str] = []

        def borrowed() -> str:
            lent.append(databases.take())
            return lent[-1]

        yield borrowed
        for url in lent:
            databases.give_back(url)
        return
    numbers = itertools.count()

    def copied() -> str:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copyfile(empty_database, path)
        return str(path)

    yield copied


@pytest.fixture
def open_app(
    tmp_path: Path, fresh_database: Callable[[], str], clock: ManualClock
) -> Iterator[Any]:
    """Open an App with settings by dotted name, each on its own database; closed afterwards."""
    opened: list[App] = []

    def open_with(at: ManualClock = clock, **overrides: object) -> App:
        values = {name.replace("__", "."): value for name, value in overrides.items()}
        given = {
            "database": fresh_database(),
            "secret_key": SECRET_KEY,
            "worker_classes.default": "any",
            **values,
        }
        chosen = settings.load(None, {}, given)
        ids = Ids(random.Random(7))  # noqa: S311 - tests want the same ids every time
        opened.append(bootstrap.open_app(chosen, clock=at, ids=ids, is_testing=True))
        return opened[-1]

    yield open_with
    for app in opened:
        bootstrap.close_app(app)


@pytest.fixture
def new_market(tmp_path: Path, fresh_database: Callable[[], str]) -> Callable[..., Kempelen]:
    """Prepares a `Kempelen` on the engine under test: `new_market(settings={"sandbox": True})`."""

    def prepare(settings: Mapping[str, object] | None = None, **options: Any) -> Kempelen:
        given = {"database": fresh_database(), "secret_key": SECRET_KEY, **(settings or {})}
        return Kempelen(tmp_path, settings=given, **options)

    return prepare


@pytest.fixture
def kempelen(new_market: Callable[..., Kempelen]) -> Iterator[Kempelen]:
    """The market of the plugin, on each engine."""
    with new_market() as running:
        yield running


@pytest.fixture
def app(open_app: Callable[..., App]) -> App:
    """An App with default settings."""
    return open_app()


@pytest.fixture
def make(app: App, clock: ManualClock) -> Make:
    """A maker of accounts, HITs and work."""
    return Make(app, clock)


@pytest.fixture
def make_with(open_app: Callable[..., App], clock: ManualClock) -> Callable[..., Make]:
    """A maker on an App with other settings: `make_with(fees__enabled=True)`."""
    return lambda **overrides: Make(open_app(**overrides), clock)


@pytest.fixture
def make_afresh(open_app: Callable[..., App]) -> Callable[..., Make]:
    """As `make_with`, but each with a clock of its own that stands at the beginning."""

    def afresh(**overrides: object) -> Make:
        clock = ManualClock(START)
        return Make(open_app(clock, **overrides), clock)

    return afresh


@pytest.fixture
def requester(make: Make) -> Requester:
    """Whose HITs `make` makes."""
    return make.requester


@pytest.fixture
def other_requester(make: Make) -> Requester:
    """Somebody else."""
    return make.new_requester()


@pytest.fixture
def worker(make: Make) -> WorkerCaller:
    """A worker."""
    return make.new_worker()


@pytest.fixture
def other_worker(make: Make) -> WorkerCaller:
    """Another worker."""
    return make.new_worker()
