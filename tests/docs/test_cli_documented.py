"""docs/reference/cli.md describes every command and option in the words of its help."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kempelen.cli import command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
INSTALLATION = {"--db", "--config"}


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of commands that do something, not those that only have commands below."""
    below = [action for action in parser._actions if action.nargs == argparse.PARSER]
    if not below:
        yield parser
    for action in below:
        assert isinstance(action.choices, dict)
        for child in action.choices.values():
            yield from parsers(child)


def of_family(name: str) -> list[argparse.ArgumentParser]:
    full = command.build_parser([name])
    return [parser for parser in parsers(full) if parser.prog.split()[1] == name]


ALL = [
    parser for family in command.FAMILIES for name in family.commands for parser in of_family(name)
]


def section(prog: str) -> str:
    found = re.search(rf"^## {re.escape(prog)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"cli.md has no section {prog}"
    return found[1]


@pytest.mark.parametrize("parser", ALL, ids=lambda parser: parser.prog)
def test_a_command_has_its_section(parser: argparse.ArgumentParser) -> None:
    """Its description and its examples are there, word for word."""
    text = section(parser.prog)
    assert parser.description is not None
    assert parser.description in text
    assert parser.epilog is not None
    examples = parser.epilog.partition("examples:\n")[2]
    assert examples
    for line in examples.splitlines():
        assert line.strip() in text


@pytest.mark.parametrize("parser", ALL, ids=lambda parser: parser.prog)
def test_every_option_has_its_row(parser: argparse.ArgumentParser) -> None:
    """With the words of the help; what all commands share stands at the top of the page."""
    text = section(parser.prog)
    top = PAGE.partition("\n## ")[0]
    for action in parser._actions:
        if "--help" in action.option_strings or action.help == argparse.SUPPRESS:
            continue
        spelled = argument(action)
        assert action.help
        row = f"| `{spelled}` | {action.help} |"
        assert row in (top if INSTALLATION & set(action.option_strings) else text)


@pytest.mark.parametrize("parser", ALL, ids=lambda parser: parser.prog)
def test_no_row_is_of_another_option(parser: argparse.ArgumentParser) -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", section(parser.prog), re.MULTILINE)
    assert set(rows) <= {argument(action) for action in parser._actions}


def test_no_section_is_of_another_command() -> None:
    found = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert sorted(found) == sorted(parser.prog for parser in ALL)


def argument(action: argparse.Action) -> str:
    """How an argument is spelled in usage: `NAME`, `--json`, `--port PORT`."""
    if not action.option_strings:
        return str(action.metavar)
    name = action.option_strings[-1]
    if action.nargs == 0:
        return name
    if action.metavar is None and action.choices is not None:
        return f"{name} {{{','.join(map(str, action.choices))}}}"
    return f"{name} {action.metavar}"
