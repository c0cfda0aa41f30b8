"""Real servers as processes of their own, driven by clients that nobody here wrote."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from kempelen.cli import command

START_SECONDS_MAX = 30
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG="


class Process:
    """`kempelen serve` on a database, started, killed and started again as a test likes."""

    def __init__(self, folder: Path, database: str, *options: str) -> None:
        self.database = database
        self._log = folder / "kempelen.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            sys.executable,
            "-m",
            "kempelen.cli",
            "serve",
            "--db",
            database,
            "--port",
            str(self.port),
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, may_end: bool = False, **environment: str) -> None:
        """Start, and wait for the first answer, or for the end of one that `may_end` before it."""
        log = self._log.open("ab")
        self._process = subprocess.Popen(
            self._command, stdout=log, stderr=log, env={**os.environ, **environment}
        )
        log.close()
        until = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except OSError:
                has_ended = self._process.poll() is not None
                if has_ended and may_end:
                    return
                assert not has_ended, self._log.read_text()
                assert time.monotonic() < until, "the server did not answer in time"
                time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """End it politely; returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def check(self) -> None:
        """Look for broken invariants in the database, whether it is served or not."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = command.main(["check", "--json", "--db", self.database])
        found = json.loads(output.getvalue())
        assert code == 0, [item for item in found if item["breaches"]]

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
        """POST JSON to a path of ours; returns the decoded answer."""
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                pytest.fail(f"{path}: {error.code} {error.read()!r}")

    def get(self, path: str, token: str) -> Any:
        """GET JSON from the worker API."""
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def client(self, keys: Mapping[str, str]) -> Any:
        """A boto3 client of a requester."""
        return boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def do(self, worker: Mapping[str, str], hit_id: str, answers: Mapping[str, object]) -> Any:
        """A worker accepts a HIT and submits answers; returns the submitted assignment."""
        headers = {"Authorization": f"Bearer {worker['token']}"}
        accepted = self.post(f"/api/worker/v1/hits/{hit_id}/accept", {}, headers)
        assignment_id = accepted["assignments"][0]["assignment_id"]
        path = f"/api/worker/v1/assignments/{assignment_id}/submit"
        return self.post(path, {"answers": answers}, headers)["assignment"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def new_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Process]:
    """Prepares a testing server on a database."""
    monkeypatch.setenv("KEMPELEN_SECRET_KEY", SECRET_KEY)
    return lambda database: Process(tmp_path, database, "--testing")


@pytest.fixture
def fresh_process(
    new_process: Callable[[str], Process], fresh_database: Callable[[], str]
) -> Process:
    """A testing server on a fresh database that nobody has started yet."""
    return new_process(fresh_database())


@pytest.fixture
def process(fresh_process: Process) -> Iterator[Process]:
    """A testing server on a fresh database, running."""
    fresh_process.start()
    yield fresh_process
    fresh_process.check()
    fresh_process.stop()


@pytest.fixture
def aws(process: Process, tmp_path: Path) -> Callable[..., Callable[..., dict[str, Any]]]:
    """The AWS CLI for a requester's keys: a function of its arguments to the decoded output."""

    def for_keys(keys: Mapping[str, str]) -> Callable[..., dict[str, Any]]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL_MTURK": process.url,
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }
        program = Path(sys.executable).with_name("aws")

        def run(*arguments: str) -> dict[str, Any]:
            done = subprocess.run(
                [sys.executable, str(program), "mturk", *arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            decoded: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
            return decoded

        return run

    return for_keys
