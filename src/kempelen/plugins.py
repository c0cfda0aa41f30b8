"""Loads what is installed through entry points: the review policies.

The two policies of Mechanical Turk come through the same door as anybody else's.
"""

from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from kempelen.domain.review.policy import ReviewPolicy

REVIEW_POLICIES = "kempelen.review_policies"


class PluginError(Exception):
    """An installed plugin cannot be used; the message says which and what to do."""


def review_policies() -> MappingProxyType[str, ReviewPolicy[Any]]:
    """Every installed review policy by its name; PluginError when two have the same."""
    found: dict[str, ReviewPolicy[Any]] = {}
    for entry in sorted(entry_points(group=REVIEW_POLICIES), key=lambda entry: entry.name):
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
