"""docs/reference/settings.md has a row for every setting, and says what the code says."""

import ast
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args, get_origin

from kempelen import configuration, settings
from kempelen.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| `(KEMPELEN_[A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def test_every_setting_has_its_row_and_no_row_is_of_another() -> None:
    """Name, variable, default and meaning are those of the code."""
    found = {name: (variable, default, meaning) for name, variable, default, meaning in rows()}
    assert found == dict(expected())


def test_no_setting_is_described_twice() -> None:
    names = [name for name, *_ in rows()]
    assert len(names) == len(set(names))


def test_secrets_are_marked() -> None:
    """The page tells which settings must not be readable by others."""
    text = PAGE.read_text(encoding="utf-8")
    secrets = [item.name for item in configuration.known(Settings).values() if item.is_secret]
    assert secrets
    for name in secrets:
        assert f"`{name}`" in text.partition("## Secrets")[2].partition("\n## ")[0]


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(PAGE.read_text(encoding="utf-8"))


def expected() -> Iterator[tuple[str, tuple[str, str, str]]]:
    meanings = dict(documented())
    for name, setting in configuration.known(Settings).items():
        yield name, (setting.variable, shown(setting), meanings[name])


def shown(setting: configuration.Known) -> str:
    """A default as the page spells it, with the other values where they are few."""
    others = [f"`{value}`" for value in get_args(setting.type) if value != setting.default]
    if get_origin(setting.type) is Literal:
        return f"`{setting.default}`; or {', '.join(others)}"
    return shown_value(setting.default)


def shown_value(default: object) -> str:
    if default in (None, "", ()) or (isinstance(default, Mapping) and not default):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{item}`" for item in default)
    assert isinstance(default, str | int | Decimal)
    return f"`{default}`"


def documented() -> Iterator[tuple[str, str]]:
    """Each setting's dotted name with the docstring below its field."""
    module = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    yield from fields(classes, "Settings", "")


def fields(
    classes: Mapping[str, ast.ClassDef], name: str, prefix: str
) -> Iterator[tuple[str, str]]:
    body = classes[name].body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        kind = ast.unparse(node.annotation)
        if kind in classes:
            yield from fields(classes, kind, f"{prefix}{node.target.id}.")
            continue
        assert isinstance(following, ast.Expr), f"{prefix}{node.target.id} has no docstring"
        assert isinstance(following.value, ast.Constant)
        yield prefix + node.target.id, " ".join(str(following.value.value).split())
