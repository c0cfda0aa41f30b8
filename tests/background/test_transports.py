"""Transports come through a door that is open to everybody; the how-to is right about webhooks."""

import re
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from kempelen import plugins, settings
from kempelen.api.types import NotificationSpecification
from kempelen.settings import Settings, SettingsError

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "notifications.md"


class Chat:
    """A transport that somebody else wrote."""

    name = "Chat"
    sent: list[str] = []  # noqa: RUF012 - the test looks here

    def __init__(self, settings: Settings, signing_key: Any) -> None:
        pass

    def accepts(self, transport: str, destination: str) -> bool:
        return transport == "SNS" and destination.startswith("chat:")

    def send(self, parcel: Any) -> None:
        self.sent.append(parcel.destination)


class Impostor(Chat):
    """Another one of the same name."""


class Broken:
    """One that cannot be made."""

    def __init__(self, _settings: Settings, _signing_key: Any) -> None:
        raise RuntimeError("out of order")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install transports beside ours, by class, as the metadata of packages would."""

    def with_classes(*classes: type) -> None:
        ours = tuple(metadata.entry_points(group=plugins.NOTIFICATION_TRANSPORTS))
        module = "tests.background.test_transports"
        more = tuple(
            EntryPoint(item.__name__, f"{module}:{item.__name__}", plugins.NOTIFICATION_TRANSPORTS)
            for item in classes
        )
        monkeypatch.setitem(__import__("sys").modules, module, __import__("sys").modules[__name__])
        found = {plugins.NOTIFICATION_TRANSPORTS: (*ours, *more)}
        real = metadata.entry_points
        monkeypatch.setattr(
            plugins, "entry_points", lambda group: found.get(group) or real(group=group)
        )

    return with_classes


def test_ours_are_installed() -> None:
    found = plugins.notification_transports(settings.load(None, {}), lambda *_: "")
    assert [item.name for item in found] == ["Email", "REST", "SNS", "SOAP", "SQS", "Webhook"]


def test_one_of_somebody_else_sends(install: Any, make_with: Any) -> None:
    install(Chat)
    Chat.sent.clear()
    make = make_with()
    notification = NotificationSpecification(
        destination="chat:room",
        transport="SNS",
        version="2014-08-15",
        event_types=("HITCreated",),
    )
    make.ask("SendTestEventNotification", notification=notification, test_event_type="HITCreated")
    assert Chat.sent == ["chat:room"]


def test_two_of_one_name_stop_the_start(install: Any) -> None:
    install(Chat, Impostor)
    with pytest.raises(plugins.PluginError, match="Two installed packages"):
        plugins.notification_transports(settings.load(None, {}), lambda *_: "")


def test_one_that_cannot_be_made_stops_the_start(install: Any) -> None:
    install(Broken)
    with pytest.raises(plugins.PluginError, match="out of order"):
        plugins.notification_transports(settings.load(None, {}), lambda *_: "")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"egress.allow": "http://host"}, "egress.allow has 'http://host'"),
        ({"notifications.endpoints": "sqz=http://127.0.0.1"}, "names 'sqz'"),
        ({"notifications.endpoints": "sqs=127.0.0.1:9324"}, "'127.0.0.1:9324' for sqs"),
        ({"notifications.endpoints": "sns=http://127.0.0.1:x"}, "for sns"),
    ],
)
def test_settings_that_cannot_be_stop_the_start(values: dict[str, object], said: str) -> None:
    chosen = settings.load(None, {}, values)
    with pytest.raises(SettingsError, match=re.escape(said)):
        plugins.notification_transports(chosen, lambda *_: "")


def test_the_receiver_of_the_how_to_accepts_what_is_genuine(make_with: Any, receiver: Any) -> None:
    """And nothing that was changed, signed by another, or sent long ago."""
    make = make_with(notifications__webhooks=True, egress__allow=[receiver.place])
    make.ask(
        "SendTestEventNotification",
        notification=NotificationSpecification(
            destination=receiver.url(),
            transport="SNS",
            version="2014-08-15",
            event_types=("HITCreated",),
        ),
        test_event_type="HITCreated",
    )
    arrived = receiver.next()
    (code,) = re.findall(r"```python\n(import hmac.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the page's own example
    is_genuine = names["is_genuine"]
    webhook = make.app.transports[-1]
    secret = webhook._signing_key(make.requester.requester_id, 1)
    assert is_genuine(secret, arrived.headers, arrived.body)
    assert not is_genuine(secret, arrived.headers, arrived.body + b" ")
    assert not is_genuine(secret + "x", arrived.headers, arrived.body)
    old = {**arrived.headers, "X-Timestamp": str(int(arrived.headers["X-Timestamp"]) - 301)}
    assert not is_genuine(secret, old, arrived.body)
