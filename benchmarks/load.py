"""Requests made before the run and replayed by wrk, so that the client is never the bottleneck."""

import hashlib
import hmac
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from processes import CLIENT_CPU, pinned

SCRIPT = Path(__file__).parent / "replay.lua"
SERVICE = "mturk-requester"
REGION = "us-east-1"
CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET = "MTurkRequesterServiceV20170117"
USER_AGENT = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python#3.11 cfg/retry-mode#legacy"
SIGNED = "content-type;host;x-amz-date;x-amz-target"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one run of wrk saw; times in milliseconds."""

    rate: float
    p50: float
    p99: float
    requests: int
    bad: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """An access key."""

    id: str
    secret: str


def signed(key: Key, port: int, operation: str, body: bytes, moment: datetime) -> bytes:
    """One signed HTTP request, as boto3 sends it."""
    stamp = f"{moment:%Y%m%dT%H%M%SZ}"
    target = f"{TARGET}.{operation}"
    host = f"127.0.0.1:{port}"
    canonical = (
        f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{stamp}\n"
        f"x-amz-target:{target}\n\n{SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    )
    scope = f"{stamp[:8]}/{REGION}/{SERVICE}/aws4_request"
    signing_key = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    signature = hmac.digest(signing_key, text.encode(), "sha256").hex()
    head = (
        f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: {target}\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\nUser-Agent: {USER_AGENT}\r\nX-Amz-Date: {stamp}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={SIGNED}, "
        f"Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def calls(key: Key, port: int, operation: str, bodies: Iterable[dict[str, object]]) -> list[bytes]:
    """Signed requests for now; they are good for five minutes."""
    now = datetime.now(UTC)
    return [signed(key, port, operation, json.dumps(body).encode(), now) for body in bodies]


def posted(port: int, path: str, token: str, body: dict[str, object]) -> bytes:
    """One request to the worker API."""
    text = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


def write(path: Path, requests: Sequence[bytes]) -> Path:
    """A replay file."""
    with path.open("wb") as file:
        for request in requests:
            file.write(b"%d\n%b" % (len(request), request))
    return path


def replay(
    port: int, file: Path, *, connections: int, seconds: float, once: bool = False
) -> Result:
    """Run wrk on a replay file, on the processor that the server does not use."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "20s",
        "-s",
        str(SCRIPT),
        f"http://127.0.0.1:{port}",
        "--",
        str(file),
        *(["once"] if once else []),
    ]
    done = subprocess.run(pinned(CLIENT_CPU, command), capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        message = f"wrk said nothing useful: {done.stdout}{done.stderr}"
        raise RuntimeError(message)
    seen = json.loads(line.removeprefix("RESULT "))
    return Result(
        rate=seen["requests"] / seen["seconds"],
        p50=seen["p50_ms"],
        p99=seen["p99_ms"],
        requests=seen["requests"],
        bad=seen["failed"] + seen["refused"],
    )
