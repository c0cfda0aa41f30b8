"""Loads what is installed through entry points: review policies and notification transports.

Those of Mechanical Turk come through the same doors as anybody else's.
"""

from collections.abc import Callable
from functools import cache
from importlib import metadata
from importlib.metadata import EntryPoints
from types import MappingProxyType
from typing import Any

from kempelen.domain.notification import Transport
from kempelen.domain.review.policy import ReviewPolicy
from kempelen.settings import Settings, SettingsError

REVIEW_POLICIES = "kempelen.review_policies"
NOTIFICATION_TRANSPORTS = "kempelen.notification_transports"


class PluginError(Exception):
    """An installed plugin cannot be used; the message says which and what to do."""


@cache
def entry_points(group: str) -> EntryPoints:
    """What is installed; read once, since each reading opens a file of every package."""
    return metadata.entry_points(group=group)


def review_policies() -> MappingProxyType[str, ReviewPolicy[Any]]:
    """Every installed review policy by its name; PluginError when two have the same."""
    found: dict[str, ReviewPolicy[Any]] = {}
    for entry in sorted(entry_points(REVIEW_POLICIES), key=lambda entry: entry.name):
        try:
            policy: ReviewPolicy[Any] = entry.load()()
        except Exception as error:
            message = (
                f"The review policy {entry.name} ({entry.value}) cannot be loaded: {error}. "
                "Repair or uninstall the package that brings it."
            )
            raise PluginError(message) from error
        if policy.name in found:
            message = (
                f"Two installed packages bring the review policy {policy.name}; one of them is "
                f"{entry.value}. Uninstall one of them."
            )
            raise PluginError(message)
        found[policy.name] = policy
    return MappingProxyType(found)


def notification_transports(
    settings: Settings, signing_key: Callable[[str, int], str]
) -> tuple[Transport, ...]:
    """Every installed transport in the order of their entry points' names.

    Each is made with the settings and with what gives the signing key of a requester by its id
    and number. PluginError when two have the same name, SettingsError as they come.
    """
    found: dict[str, Transport] = {}
    for entry in sorted(entry_points(NOTIFICATION_TRANSPORTS), key=lambda entry: entry.name):
        try:
            transport: Transport = entry.load()(settings, signing_key)
        except SettingsError:
            raise
        except Exception as error:
            message = (
                f"The notification transport {entry.name} ({entry.value}) cannot be loaded: "
                f"{error}. Repair or uninstall the package that brings it."
            )
            raise PluginError(message) from error
        if transport.name in found:
            message = (
                f"Two installed packages bring the notification transport {transport.name}; one "
                f"of them is {entry.value}. Uninstall one of them."
            )
            raise PluginError(message)
        found[transport.name] = transport
    return tuple(found.values())
