"""Calls of other clients of the time, byte by byte but for what is signed; see `recorded/`.

The two for Node were recorded from the clients themselves, at work on a server; the others are
written as their clients write them.
"""

import base64
import hashlib
import hmac
import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import pytest

RECORDED = Path(__file__).parent / "recorded"
SERVICE = "AWSMechanicalTurkRequester"


class Step(NamedTuple):
    """A request, with what is to be found in its answer: a name for it, or its text."""

    operation: str
    wanted: str
    element: str
    request: str


class Recording(NamedTuple):
    """What one client sends, and how it writes the time."""

    clock: str
    steps: list[Step]


def recording(path: Path) -> Recording:
    """The steps of a file."""
    head, *parts = re.split(r"^### ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    steps = []
    for part in parts:
        first, _, request = part.partition("\n")
        operation, _, found = first.partition(": ")
        wanted, _, element = found.partition(" = ")
        steps.append(Step(operation, wanted, element, request.removesuffix("\n")))
    return Recording(clock=head.splitlines()[1].removeprefix("# "), steps=steps)


class Player:
    """Sends the steps of a recording to a market."""

    def __init__(self, market: Any, clock: str) -> None:
        self.market, self.clock = market, clock
        account = market.requester
        self.secret = account.secret_access_key
        self.address = urlsplit(market.url)
        self.known = {"key": account.access_key_id, "host": self.address.netloc}

    def play(self, step: Step) -> None:
        """Send a request, and look at the answer."""
        if step.operation == "work":
            worker = self.market.add_worker()
            worker.do(self.known["hit"], {"tag": "x"})
            self.known["worker"] = worker.worker_id
            return
        answer = self.sent(self.request(step))
        root = ET.fromstring(answer.partition(b"\r\n\r\n")[2])  # noqa: S314 - our own server
        texts = [(item.tag.rpartition("}")[2], item.text) for item in root.iter()]
        valid = [text for name, text in texts if name == "IsValid"]
        assert valid, (step, answer)
        assert set(valid) == {"True"}, (step, answer)
        if step.element:
            found = next(str(text) for name, text in texts if name == step.element)
            if step.wanted in {"type", "hit", "assignment"}:
                assert self.known.setdefault(step.wanted, found) == found
            else:
                assert found == step.wanted, (step, answer)

    def request(self, step: Step) -> bytes:
        """The bytes of a request, signed now."""
        timestamp = f"{datetime.now(UTC):{self.clock}}"
        signed = f"{SERVICE}{step.operation}{timestamp}".encode()
        code = hmac.new(self.secret.encode(), signed, hashlib.sha1).digest()
        signature = base64.b64encode(code).decode()
        values = {
            **self.known,
            "timestamp": quote(timestamp, safe=""),
            "raw-timestamp": timestamp,
            "signature": quote(signature, safe=""),
            "raw-signature": signature,
        }
        text = re.sub(r"\{([a-z-]+)\}", lambda found: values.get(found[1], found[0]), step.request)
        head, _, body = text.partition("\n\n")
        content = body.encode()
        head = head.replace("{length}", str(len(content))).replace("\n", "\r\n")
        return f"{head}\r\n\r\n".encode() + content

    def sent(self, request: bytes) -> bytes:
        """The answer to a request on a connection of its own."""
        place = (self.address.hostname, self.address.port)
        with socket.create_connection(place, timeout=10) as connection:
            connection.sendall(request)
            answer = b""
            while not _is_whole(answer):
                part = connection.recv(65536)
                assert part, (request, answer)
                answer += part
        return answer


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


@pytest.mark.engines("sqlite")
def test_calls_of_other_clients(kempelen: Any) -> None:
    """Every client gets through what it does, on the data of all."""
    files = sorted(RECORDED.glob("*.http"))
    assert len(files) == 8
    for path in files:
        found = recording(path)
        kempelen.requester = kempelen.add_requester(path.stem)
        player = Player(kempelen, found.clock)
        for step in found.steps:
            player.play(step)
