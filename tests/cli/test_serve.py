"""`kempelen serve` as people run it: starts, answers, stops, and says why it does not start."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

RSS_BYTES_MAX = 80 * 1024 * 1024


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=120) as response:
        return json.loads(response.read())


def post(url: str, body: object) -> Any:
    with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=120) as response:
        return json.loads(response.read())


def refusal(folder: Any, *arguments: str, **environ: str) -> str:
    """The one line with which a server refuses to start; never in this process, lest it does."""
    ended = folder.run("serve", *arguments, **environ)
    assert ended.returncode == 2, ended
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("kempelen: ")
    told: str = line.removeprefix("kempelen: ")
    return told


def test_it_answers_and_its_banner_says_how_to_go_on(serve: Any, folder: Any) -> None:
    serving = serve()
    assert get(f"{serving.url}/healthz") == {"status": "ok"}
    code, out, err = serving.stop()
    assert (code, err) == (0, "")
    assert f"Database: {folder.path / 'kempelen.db'}" in out
    assert 'kempelen requester add "My lab"\n' in out
    assert "kempelen worker add alice\n" in out
    assert f'endpoint_url="{serving.url}"' in out
    assert f"--endpoint-url {serving.url}" in out
    assert "TESTING" not in out


def test_the_banner_names_the_database_that_was_chosen(serve: Any, folder: Any) -> None:
    database = f"sqlite:///{folder.path}/my pilot.db"
    _, out, _ = serve("--db", database).stop()
    assert f"kempelen worker add alice --db '{database}'" in out
    assert (folder.path / "my pilot.db").exists()


def test_its_files_are_its_owners_alone(serve: Any, folder: Any) -> None:
    serve().stop()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()}
    assert {"kempelen.db", "kempelen.db.key"} <= set(modes)
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_quietly(serve: Any, folder: Any, number: signal.Signals) -> None:
    serving = serve()
    get(f"{serving.url}/healthz")
    code, _, err = serving.stop(number)
    assert (code, err) == (0, "")
    # The log was moved into the file and removed: it was closed in good order.
    assert not (folder.path / "kempelen.db-wal").exists()


def test_an_idle_connection_does_not_hold_it_up(serve: Any) -> None:
    """Otherwise it would say that it gave up waiting."""
    serving = serve()
    connection = HTTPConnection(urlsplit(serving.url).netloc, timeout=120)
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    code, _, err = serving.stop()
    assert (code, err) == (0, "")
    connection.close()


def test_a_request_under_way_is_answered_before_it_stops(serve: Any) -> None:
    """Half of a request has arrived when the signal comes; the rest follows, and is answered."""
    serving = serve("--testing")
    address = urlsplit(serving.url)
    body = b'{"name": "Lab"}'
    head = (
        f"POST /x/testing/requesters HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    get(f"{serving.url}/healthz")
    with socket.create_connection((address.hostname or "", address.port or 0), 120) as client:
        client.sendall(head + body[:5])
        # An answer to a later request proves that the server has read the beginning of this one.
        get(f"{serving.url}/healthz")
        stopping: list[tuple[int, str, str]] = []
        thread = threading.Thread(target=lambda: stopping.append(serving.stop()))
        thread.start()
        _wait_until_closed(address.hostname or "", address.port or 0)
        client.sendall(body[5:])
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    thread.join()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"secret_access_key" in answer
    assert stopping[0][0] == 0


def _wait_until_closed(host: str, port: int) -> None:
    """Until the server accepts no more connections."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            return
    raise AssertionError("the server still accepts connections")


def test_it_uses_little_memory_when_idle(serve: Any) -> None:
    serving = serve()
    get(f"{serving.url}/healthz")
    status = Path(f"/proc/{serving.process.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    assert int(found[1]) * 1024 <= RSS_BYTES_MAX


def test_answers_do_not_tell_what_serves_them(serve: Any) -> None:
    with urllib.request.urlopen(f"{serve().url}/healthz", timeout=120) as response:
        assert "server" not in response.headers


def test_with_testing_the_clock_runs_and_moves(serve: Any) -> None:
    serving = serve("--testing")
    first = post(f"{serving.url}/x/testing/clock", {"advance_seconds": 3600})["now"]
    second = post(f"{serving.url}/x/testing/clock", {"advance_seconds": 0})["now"]
    assert second > first
    _, out, _ = serving.stop()
    assert "TESTING: any program on this machine may move the clock" in out


def test_with_testing_workers_of_every_class_do_all_hits(serve: Any) -> None:
    serving = serve("--testing")
    assert _may_accept(serving, "simulated")


def test_with_testing_a_given_worker_class_stays(serve: Any) -> None:
    serving = serve("--testing", KEMPELEN_WORKER_CLASSES_DEFAULT="human")
    assert not _may_accept(serving, "simulated")


def _may_accept(serving: Any, worker_class: str) -> bool:
    url = f"{serving.url}/x/testing"
    key = post(f"{url}/requesters", {"name": "Lab", "balance": "10.00"})
    worker = post(f"{url}/workers", {"class": worker_class})
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=serving.url,
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
    )
    hit = client.create_hit(
        Title="Look",
        Description="Look",
        Reward="0.10",
        MaxAssignments=1,
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=3600,
        Question='<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/'
        'AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd"><ExternalURL>'
        "https://example.org/</ExternalURL><FrameHeight>400</FrameHeight></ExternalQuestion>",
    )["HIT"]
    client.close()
    request = urllib.request.Request(
        f"{serving.url}/api/worker/v1/hits/{hit['HITId']}/accept",
        b"{}",
        {"authorization": f"Bearer {worker['token']}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False


def test_settings_come_from_the_file_in_the_folder(serve: Any, folder: Any) -> None:
    (folder.path / "kempelen.toml").write_text('database = "from-file.db"\n', encoding="utf-8")
    serve().stop()
    assert (folder.path / "from-file.db").exists()


def test_settings_come_from_the_file_that_is_named(serve: Any, folder: Any) -> None:
    """By an option, or else by the variable; and not from the one in the folder then."""
    (folder.path / "kempelen.toml").write_text("nonsense = 1\n", encoding="utf-8")
    for name in ("one", "two"):
        text = f'database = "{name}.db"\n'
        (folder.path / f"{name}.toml").write_text(text, encoding="utf-8")
    serve(KEMPELEN_CONFIG="one.toml").stop()
    serve("--config", "two.toml", KEMPELEN_CONFIG="one.toml").stop()
    assert (folder.path / "one.db").exists()
    assert (folder.path / "two.db").exists()
    assert not (folder.path / "kempelen.db").exists()


def test_other_machines_are_not_let_in_over_plain_http(folder: Any) -> None:
    told = refusal(folder, "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - it must refuse
    assert "proxy with TLS" in told
    assert "insecure_ok" in told
    assert not (folder.path / "kempelen.db").exists()


def test_other_machines_are_let_in_when_that_is_said_to_be_safe(serve: Any) -> None:
    serving = serve("--host", "0.0.0.0", KEMPELEN_INSECURE_OK="true")  # noqa: S104 - as above
    port = urlsplit(serving.url).port
    assert get(f"http://127.0.0.1:{port}/healthz") == {"status": "ok"}
    assert "Other machines reach this server over plain HTTP" in serving.stop()[1]


def test_testing_is_never_opened_to_other_machines(folder: Any) -> None:
    told = refusal(
        folder,
        "--testing",
        "--host",
        "0.0.0.0",  # noqa: S104 - it must refuse
        KEMPELEN_INSECURE_OK="true",
    )
    assert "no loopback address. Use --host 127.0.0.1." in told


def test_a_port_in_use_is_named(serve: Any, folder: Any) -> None:
    port = urlsplit(serve().url).port
    told = refusal(folder, "--port", str(port), "--db", "other.db")
    assert told.startswith(f"Port {port} of 127.0.0.1 is in use")
    assert "--port" in told
    assert not (folder.path / "other.db").exists()


def test_an_address_that_is_not_here_is_named(folder: Any) -> None:
    told = refusal(folder, "--host", "192.0.2.7", KEMPELEN_INSECURE_OK="true")
    assert "cannot listen on port 8800 of 192.0.2.7" in told


def test_a_second_server_on_the_same_file_is_refused(serve: Any, folder: Any) -> None:
    serving = serve()
    told = refusal(folder, "--port", "0")
    assert "Another process is using kempelen.db. Stop it first" in told
    assert get(f"{serving.url}/healthz") == {"status": "ok"}
    serving.stop()
    serve().stop()


def test_a_database_of_a_newer_version_is_refused(serve: Any, folder: Any) -> None:
    serve().stop()
    with sqlite3.connect(folder.path / "kempelen.db") as connection:
        connection.execute("UPDATE schema_version SET version = 999")
    connection.close()
    assert "This database has schema 999" in refusal(folder, "--port", "0")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"KEMPELEN_DATABSE": "x.db"}, "Did you mean KEMPELEN_DATABASE?"),
        ({"KEMPELEN_DATABASE": "mysql://host/db"}, "Write sqlite:///FILE"),
        ({"KEMPELEN_LISTEN": "here"}, "Write ADDRESS:PORT"),
        ({"KEMPELEN_SECRET_KEY": "short"}, "secret_key must be 32 random bytes"),
        ({"KEMPELEN_CONFIG": "missing.toml"}, "missing.toml cannot be read"),
    ],
)
def test_a_wrong_setting_is_told(folder: Any, environ: dict[str, str], told: str) -> None:
    assert told in refusal(folder, "--port", "0", **environ)


@pytest.mark.parametrize("data", [b"", b"too short\n", b"\xff\xfe\n"])
def test_a_broken_secret_key_is_told(folder: Any, data: bytes) -> None:
    (folder.path / "kempelen.db.key").write_bytes(data)
    assert "kempelen.db.key holds no secret key. Restore it" in refusal(folder, "--port", "0")


def test_a_file_that_is_no_database_is_told(folder: Any) -> None:
    (folder.path / "kempelen.db").write_text("no database " * 1000, encoding="ascii")
    told = refusal(folder, "--port", "0")
    assert told.startswith("The database kempelen.db cannot be opened: file is not a database")


def test_a_database_where_nothing_can_be_made_is_told(folder: Any) -> None:
    (folder.path / "file").touch()
    told = refusal(folder, "--port", "0", "--db", "file/below.db")
    assert told.startswith("The database file/below.db cannot be opened: ")


def test_a_broken_plugin_is_told(folder: Any) -> None:
    """A package beside the program brings a policy that cannot be imported."""
    metadata = folder.path / "acme_review-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-review\nVersion: 1.0\n", encoding="ascii"
    )
    (metadata / "entry_points.txt").write_text(
        "[kempelen.review_policies]\nacme = acme_review:Acme\n", encoding="ascii"
    )
    path = os.pathsep.join(filter(None, (str(folder.path), os.environ.get("PYTHONPATH", ""))))
    told = refusal(folder, "--port", "0", PYTHONPATH=path)
    assert "The review policy acme (acme_review:Acme) cannot be loaded" in told
    assert "uninstall the package" in told
