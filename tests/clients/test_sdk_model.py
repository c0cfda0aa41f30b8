"""`kempelen sdk-model` keeps boto3 and the AWS CLI alive without the model that they bring."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AWS = Path(sys.executable).with_name("aws")
PROGRAM = """
import boto3
client = boto3.client("mturk", region_name="us-east-1", endpoint_url="http://127.0.0.1:9")
print(client.meta.service_model.documentation)
"""


def ended(without_model: Path, *arguments: str, **environ: str) -> Any:
    kept = {name: os.environ[name] for name in ("PATH",)}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**kept, "PYTHONPATH": str(without_model), "HOME": "/nowhere", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_model_there_is_no_client(without_model: Path) -> None:
    """So what hides the model hides it."""
    tried = ended(without_model, "-c", PROGRAM)
    assert tried.returncode == 1
    assert "UnknownServiceError: Unknown service: 'mturk'" in tried.stderr


def test_without_any_model_there_is_no_command(without_model: Path) -> None:
    tried = ended(without_model, str(AWS), "mturk", "get-account-balance")
    assert tried.returncode == 2
    assert "argument command: Invalid choice" in tried.stderr


def test_with_ours_there_is(without_model: Path, our_model: Path) -> None:
    tried = ended(without_model, "-c", PROGRAM, AWS_DATA_PATH=str(our_model))
    assert (tried.returncode, tried.stderr) == (0, "")
    assert "Kempelen" in tried.stdout


def test_what_is_printed_is_all_that_a_shell_needs(
    without_model: Path, market: Any, tmp_path: Path
) -> None:
    """Both lines, evaluated by a shell, and the AWS CLI as a process finds model and server."""
    folder = tmp_path / "a model"
    requester = market.requester
    script = f"""
    set -e
    eval "$({sys.executable} -m kempelen.cli sdk-model --out '{folder}' --url {market.url}/)"
    export PYTHONPATH='{without_model}'
    {sys.executable} {AWS} mturk get-account-balance
    """
    done = subprocess.run(
        ["sh", "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ACCESS_KEY_ID": requester.access_key_id,
            "AWS_SECRET_ACCESS_KEY": requester.secret_access_key,
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["AvailableBalance"] == "10000.00"


@pytest.mark.parametrize("region", ["us-east-1", "sandbox"])
def test_without_an_endpoint_clients_go_where_they_always_went(
    without_model: Path, our_model: Path, region: str
) -> None:
    """As with the model that botocore brings."""
    program = f"""
import boto3
client = boto3.client("mturk", region_name="{region}", aws_access_key_id="a",
                      aws_secret_access_key="b")
asked = []
def answer(request, **_):
    asked.append(request.url)
    from botocore.awsrequest import AWSResponse
    class Raw:
        def stream(self, **_): yield b"{{}}"
    return AWSResponse(request.url, 200, {{}}, Raw())
client.meta.events.register("before-send.mturk.*", answer)
client.get_account_balance()
print(asked[0])
"""
    ours = ended(without_model, "-c", program, AWS_DATA_PATH=str(our_model))
    theirs = ended(Path("/nowhere"), "-c", program)
    assert (ours.returncode, theirs.returncode) == (0, 0), ours.stderr + theirs.stderr
    assert ours.stdout == theirs.stdout
    assert ours.stdout.startswith("https://mturk-requester")
