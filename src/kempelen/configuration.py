"""Values for a tree of frozen records, from a TOML file and the environment, checked.

Knows nothing of any particular setting; `settings` has the tree.
"""

import dataclasses
import difflib
import json
import stat
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

PREFIX = "KEMPELEN_"
# Variables of ours that are no settings: tests and tools read them.
RESERVED = frozenset({"KEMPELEN_FAILPOINT", "KEMPELEN_CHROMIUM", "KEMPELEN_CONFIG"})
_TRUE = {"true", "on", "yes", "1"}
_FALSE = {"false", "off", "no", "0"}
_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SettingsError(Exception):
    """A setting cannot be what a file or the environment says; the message says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One setting: its dotted name, its type, its default and whether it is a secret."""

    name: str
    type: Any
    default: object
    is_secret: bool

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return PREFIX + self.name.upper().replace(".", "_")


def known(tree: type) -> dict[str, Known]:
    """Every setting of a tree of dataclasses by its dotted name."""
    return {item.name: item for item in _walk(tree, "")}


def gather(tree: type, path: Path | None, environ: Mapping[str, str]) -> dict[str, object]:
    """The values that a file and the environment set, by dotted name; SettingsError."""
    settings = known(tree)
    values = {} if path is None else _from_file(settings, path)
    values.update(_from_environment(settings, environ))
    return values


def build[T](tree: type[T], values: Mapping[str, object]) -> T:
    """The tree with these values and defaults for the rest."""
    return _build(tree, values, "")
