"""Values for a tree of frozen records, from a TOML file and the environment, checked.

Knows nothing of any particular setting; `settings` has the tree.
"""

import dataclasses
import difflib
import re
import stat
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

PREFIX = "KEMPELEN_"
# Variables of ours that are no settings: tests and tools read them.
RESERVED = frozenset(
    {"KEMPELEN_FAILPOINT", "KEMPELEN_CHROMIUM", "KEMPELEN_CONFIG", "KEMPELEN_PROCESS"}
)
_TESTING_PREFIX = "KEMPELEN_TEST_"
_TRUE = {"true", "on", "yes", "1"}
_FALSE = {"false", "off", "no", "0"}
_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


T = TypeVar("T")


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


@cache
def known(tree: Any) -> Mapping[str, Known]:
    """Every setting of a tree of dataclasses by its dotted name."""
    return MappingProxyType({item.name: item for item in _walk(tree, "")})


def gather(tree: type, path: Path | None, environ: Mapping[str, str]) -> dict[str, object]:
    """The values that a file and the environment set, by dotted name; SettingsError."""
    settings = known(tree)
    values = {} if path is None else _from_file(settings, path)
    values.update(_from_environment(settings, environ))
    return values


def build(tree: type[T], values: Mapping[str, object]) -> T:
    """The tree with these values and defaults for the rest; SettingsError for a wrong value."""
    settings: Mapping[str, Known] = known(tree)  # type: ignore[arg-type]  # classes are hashable
    checked = {}
    for name, value in values.items():
        if name not in settings:
            raise SettingsError(_unknown(name, settings))
        checked[name] = _converted(settings[name], value)
    return _build(tree, checked, "")


@cache
def _hints(tree: Any) -> Mapping[str, Any]:
    return MappingProxyType(get_type_hints(tree))


def _walk(tree: type, prefix: str) -> Iterator[Known]:
    hints = _hints(tree)
    for item in dataclasses.fields(tree):
        name = prefix + item.name
        if dataclasses.is_dataclass(hints[item.name]):
            yield from _walk(hints[item.name], f"{name}.")
            continue
        default = item.default
        if item.default_factory is not dataclasses.MISSING:
            default = item.default_factory()
        yield Known(
            name=name,
            type=hints[item.name],
            default=default,
            is_secret=bool(item.metadata.get("is_secret")),
        )


def _build(tree: type[T], values: Mapping[str, object], prefix: str) -> T:
    hints = _hints(tree)  # type: ignore[arg-type]  # as above
    given: dict[str, Any] = {}
    for item in dataclasses.fields(tree):  # type: ignore[arg-type]  # every tree is a dataclass
        name = prefix + item.name
        if dataclasses.is_dataclass(hints[item.name]):
            given[item.name] = _build(hints[item.name], values, f"{name}.")
        elif name in values:
            given[item.name] = values[name]
    return tree(**given)


def _from_file(settings: Mapping[str, Known], path: Path) -> dict[str, object]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"The settings file {path} cannot be read: {error}. Correct or remove it."
        raise SettingsError(message) from error
    values = dict(_flat(data, settings, ""))
    for name in values:
        if name not in settings:
            raise SettingsError(f"{path}: {_unknown(name, settings)}")
    mode = path.stat().st_mode
    secrets = [name for name in values if settings[name].is_secret]
    if secrets and mode & _READABLE_BY_OTHERS:
        message = (
            f"{path} holds {secrets[0]}, which is a secret, and others can read the file. "
            f"Run: chmod 600 {path}"
        )
        raise SettingsError(message)
    return values


def _flat(
    data: Mapping[str, object], settings: Mapping[str, Known], prefix: str
) -> Iterator[tuple[str, object]]:
    """Dotted names of a TOML table; a table that is itself a setting's value stays whole."""
    for key, value in data.items():
        name = prefix + key
        if isinstance(value, dict) and name not in settings:
            yield from _flat(value, settings, f"{name}.")
        else:
            yield name, value


def _from_environment(
    settings: Mapping[str, Known], environ: Mapping[str, str]
) -> dict[str, object]:
    by_variable = {setting.variable: setting for setting in settings.values()}
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or _is_reserved(variable):
            continue
        setting = by_variable.get(variable)
        if setting is None:
            near = difflib.get_close_matches(variable, by_variable, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            message = f"There is no setting for the environment variable {variable}.{hint}"
            raise SettingsError(message)
        values[setting.name] = text
    return values


def _is_reserved(variable: str) -> bool:
    return variable in RESERVED or variable.startswith(_TESTING_PREFIX)


def _unknown(name: str, settings: Mapping[str, Known]) -> str:
    near = difflib.get_close_matches(name, settings, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"There is no setting {name}.{hint}"


def _converted(setting: Known, value: object) -> object:
    """The value in the setting's type, from TOML's types or from text."""
    kind = setting.type
    try:
        return _of_type(kind, value)
    except (ValueError, TypeError, InvalidOperation):
        shown = "(hidden)" if setting.is_secret else repr(value)[:200]
        message = f"The setting {setting.name} is {shown}. It must be {_described(kind)}."
        raise SettingsError(message) from None


def _of_type(kind: Any, value: object) -> object:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError
        return value
    if get_origin(kind) is types.UnionType:
        (inner,) = (part for part in get_args(kind) if part is not types.NoneType)
        return None if value in {"", "none"} else _of_type(inner, value)
    if get_origin(kind) is Mapping or kind is Mapping:
        return _table(get_args(kind)[1], value)
    if get_origin(kind) is tuple:
        return _sequence(get_args(kind)[0], value)
    if kind is bool:
        return _truth(value)
    if isinstance(value, bool):
        raise TypeError
    if kind is int:
        return _count(value)
    if kind is Decimal:
        number = Decimal(str(value))
        if not number.is_finite() or number < 0:
            raise ValueError
        return number
    if not isinstance(value, str):
        raise TypeError
    return value


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _count(value: object) -> int:
    number = int(value) if isinstance(value, str) else value
    if not isinstance(number, int) or number < 0:
        raise ValueError
    return number


def _table(inner: Any, value: object) -> Mapping[str, object]:
    if isinstance(value, str):
        pairs = (part.partition("=") for part in value.split(",") if part.strip())
        value = {name.strip(): text.strip() for name, _, text in pairs}
    if not isinstance(value, dict):
        raise TypeError
    return types.MappingProxyType(
        {str(name): _of_type(inner, item) for name, item in value.items()}
    )


def _sequence(inner: Any, value: object) -> tuple[object, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise TypeError
    return tuple(_of_type(inner, item) for item in value)


def _described(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    if get_origin(kind) is types.UnionType:
        (inner,) = (part for part in get_args(kind) if part is not types.NoneType)
        return f"{_described(inner)}, or none"
    if get_origin(kind) is tuple:
        return "a list of texts (TEXT,TEXT in the environment)"
    if get_origin(kind) is Mapping and get_args(kind)[1] is str:
        return "a table of names and texts (NAME=TEXT,NAME=TEXT in the environment)"
    if get_origin(kind) is Mapping:
        return "a table of names and numbers (NAME=NUMBER,NAME=NUMBER in the environment)"
    return {
        bool: "true or false",
        int: "a whole number, 0 or more",
        Decimal: "a number, 0 or more",
    }.get(kind, "a text")


def without_password(database: str) -> str:
    """An address without its password, in whichever of its parts it is."""
    database = re.sub(r"(://[^/?#@:]*):[^/?#]*@", r"\1@", database)
    return re.sub(r"([?&]password=)[^&]*", r"\1…", database)
