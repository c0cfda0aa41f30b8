"""`kempelen requester add`, `kempelen worker add`: beside a running server, and before any."""

import contextlib
import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import raw

from kempelen import bootstrap, settings
from kempelen.operations import dispatch
from kempelen.operations.app import App
from kempelen.store import workers


def added(folder: Any, *arguments: str) -> dict[str, str]:
    ended = folder.main(*arguments, "--json")
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    (line,) = ended.stdout.splitlines()
    members: dict[str, str] = json.loads(line)
    return members


def balance(url: str, members: dict[str, str]) -> str:
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=members["AccessKeyId"],
        aws_secret_access_key=members["SecretAccessKey"],
    )
    shown: str = client.get_account_balance()["AvailableBalance"]
    client.close()
    return shown


def me(url: str, token: str) -> Any:
    request = urllib.request.Request(
        f"{url}/api/worker/v1/me", headers={"authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


def refusal(folder: Any, *arguments: str) -> str:
    ended: subprocess.CompletedProcess[str] = folder.main(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    return line


@contextlib.contextmanager
def opened(folder: Any) -> Iterator[App]:
    """The installation of the folder."""
    app = bootstrap.open_app(
        settings.load(None, {}, {"database": str(folder.path / "kempelen.db")})
    )
    yield app
    bootstrap.close_app(app)


def test_a_password_is_kept_at_its_full_cost(folder: Any) -> None:
    """RFC 9106, second recommendation; quick hashes are for sites that a test has to itself."""
    added(folder, "worker", "add", "alice")
    with opened(folder) as app:
        ((stored,),) = raw.rows(app, "SELECT password_hash FROM workers")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_requester_that_is_added_beside_a_server_is_accepted_at_once(
    serve: Any, folder: Any
) -> None:
    serving = serve()
    ended = folder.run("requester", "add", "First lab", "--balance", "12.50", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert balance(serving.url, json.loads(ended.stdout)) == "12.50"
    second = added(folder, "requester", "add", "Second lab", "--balance", "3")
    assert balance(serving.url, second) == "3.00"
    assert serving.stop()[0] == 0


def test_a_requester_may_be_added_before_any_server_ran(serve: Any, folder: Any) -> None:
    members = added(folder, "requester", "add", "My lab", "--balance", "12.50")
    assert set(members) == {"RequesterId", "AccessKeyId", "SecretAccessKey"}
    assert balance(serve().url, members) == "12.50"


def test_a_worker_that_is_added_beside_a_server_is_accepted_at_once(
    serve: Any, folder: Any
) -> None:
    serving = serve()
    members = added(folder, "worker", "add", "bob", "--country", "DE", "--class", "agent")
    assert set(members) == {"WorkerId", "Password", "Token"}
    profile = me(serving.url, members["Token"])
    assert (profile["worker_id"], profile["name"], profile["country"], profile["worker_class"]) == (
        members["WorkerId"],
        "bob",
        "DE",
        "agent",
    )


def test_a_worker_is_human_and_american_unless_said(serve: Any, folder: Any) -> None:
    members = added(folder, "worker", "add", "alice")
    profile = me(serve().url, members["Token"])
    assert (profile["country"], profile["worker_class"]) == ("US", "human")


def test_a_worker_may_have_an_address_for_email(folder: Any) -> None:
    alice = added(folder, "worker", "add", "alice", "--email", "alice+mturk@mail.example.org")
    bob = added(folder, "worker", "add", "bob")
    with opened(folder) as app:
        for members, email in ((alice, "alice+mturk@mail.example.org"), (bob, None)):
            assert dispatch.look(app, workers.email, members["WorkerId"]) == email


def test_a_person_reads_what_to_do_with_a_key(folder: Any) -> None:
    ended = folder.main("requester", "add", "My lab", KEMPELEN_APP_BASE_URL="https://w.example")
    assert ended.returncode == 0
    key = re.search(r"^AccessKeyId      (AKIA\w+)$", ended.stdout, re.MULTILINE)
    assert key is not None
    assert re.search(r"^RequesterId      A\w{13}$", ended.stdout, re.MULTILINE)
    assert re.search(r"^SecretAccessKey  \S{40}$", ended.stdout, re.MULTILINE)
    assert f"export AWS_ACCESS_KEY_ID={key[1]}" in ended.stdout
    assert "--endpoint-url https://w.example" in ended.stdout
    assert "not shown again" in ended.stdout


def test_a_person_reads_what_to_do_with_a_password(folder: Any) -> None:
    ended = folder.main("worker", "add", "alice")
    assert re.search(r"^WorkerId  A\w{13}$", ended.stdout, re.MULTILINE)
    assert re.search(r"^Password  (\w{4}-){3}\w{4}$", ended.stdout, re.MULTILINE)
    assert re.search(r"^Token     kw_\S{32}$", ended.stdout, re.MULTILINE)
    assert "http://127.0.0.1:8800/signin" in ended.stdout
    assert "A human's token may read only" in ended.stdout
    agent = folder.main("worker", "add", "model", "--class", "agent")
    assert "may read only" not in agent.stdout


def test_no_secret_is_kept_readably(folder: Any) -> None:
    requester = added(folder, "requester", "add", "My lab")
    worker = added(folder, "worker", "add", "alice")
    data = b"".join(path.read_bytes() for path in folder.path.iterdir())
    assert requester["AccessKeyId"].encode() in data
    for secret in (requester["SecretAccessKey"], worker["Password"], worker["Token"]):
        assert secret.encode() not in data


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("requester", "add", ""), "1 to 100 printable characters"),
        (("requester", "add", "Lab", "--balance", "-5"), "such as 1000.00"),
        (("requester", "add", "Lab", "--balance", "1.005"), "at most two decimals"),
        (("requester", "add", "Lab", "--balance", "1e3"), "such as 1000.00"),
        (("worker", "add", "alice", "--country", "Norway"), "two capital letters"),
        (("worker", "add", "alice", "--email", "alice"), "'alice' is no e-mail address"),
        (("worker", "add", "alice", "--email", "a@b\nBcc: c@d"), "is no e-mail address"),
        (("worker", "add", "alice", "--email", f"{'a' * 250}@b.de"), "is no e-mail address"),
        # As a header these would be two addresses, or another one.
        (("worker", "add", "alice", "--email", "a,b@c.de"), "is no e-mail address"),
        (("worker", "add", "alice", "--email", "a<b@c.de"), "is no e-mail address"),
        (("worker", "add", "alice", "--db", "mysql://h/d"), "Write sqlite:///FILE"),
        (("worker", "add", "alice", "--config", "no.toml"), "no.toml cannot be read"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    folder: Any, arguments: tuple[str, ...], told: str
) -> None:
    assert told in refusal(folder, *arguments)


def test_a_name_that_is_taken_is_told(folder: Any) -> None:
    added(folder, "worker", "add", "alice")
    assert "There is a worker named ALICE already" in refusal(folder, "worker", "add", "ALICE")
