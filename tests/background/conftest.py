"""Peers that nobody here wrote, or that misbehave on purpose: receivers, queues, mail servers."""

import logging
import os
import queue
import socket
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from moto.server import ThreadedMotoServer
from receiver import WAIT_SECONDS, Receiver

from kempelen.background.notifier import Notifier
from kempelen.operations.app import App


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook receiver."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    """Another one."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def run_notifier() -> Iterator[Callable[[App], Notifier]]:
    """Run notifiers until the test ends."""
    running: list[Notifier] = []

    def run(app: App) -> Notifier:
        notifier = Notifier(app)
        notifier.start()
        running.append(notifier)
        return notifier

    yield run
    for notifier in running:
        notifier.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mailbox:
    """A mail server that keeps what it is handed.

    It refuses recipients at `refused.example`, and messages that are about a lottery.
    """

    def __init__(self) -> None:
        self.arrived: queue.Queue[Any] = queue.Queue()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_RCPT(  # noqa: N802 - named by the library
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient or not."""
        if address.endswith("@refused.example"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message or not."""
        if b"lottery" in envelope.content:
            return "554 5.7.1 looks like spam"
        self.arrived.put(envelope)
        return "250 OK"

    def next(self) -> Any:
        """The envelope that arrives next."""
        return self.arrived.get(timeout=WAIT_SECONDS)

    def close(self) -> None:
        """Go away."""
        self._controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server."""
    made = Mailbox()
    yield made
    made.close()


@pytest.fixture(scope="session")
def moto_address() -> Iterator[str]:
    """The address of moto's server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Cloud:
    """SQS and SNS as requesters see them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sqs = boto3.client("sqs", region_name="us-east-1", endpoint_url=address)
        self.sns = boto3.client("sns", region_name="us-east-1", endpoint_url=address)

    def queue(self, name: str) -> str:
        """A new queue's URL."""
        url: str = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url

    def topic(self, name: str, queue_url: str) -> str:
        """The ARN of a new topic, to which a queue listens."""
        topic: str = self.sns.create_topic(Name=name)["TopicArn"]
        wanted = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        arn = wanted["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic

    def next(self, queue_url: str) -> str:
        """The body of the message that arrives next in a queue."""
        for _ in range(WAIT_SECONDS):
            found = self.sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1)
            for message in found.get("Messages", ()):
                receipt = message["ReceiptHandle"]
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=receipt)
                return str(message["Body"])
        pytest.fail("nothing arrived")

    def close(self) -> None:
        """Close the connections."""
        self.sqs.close()
        self.sns.close()


@pytest.fixture
def cloud(moto_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """SQS and SNS on moto's server, with credentials where boto3 looks for them."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    made = Cloud(moto_address)
    yield made
    made.close()
