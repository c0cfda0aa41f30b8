"""Help teaches, wrong arguments are told, and nothing slow is loaded for either."""

import json
import subprocess
import sys
from typing import Any

import pytest

from kempelen import __version__
from kempelen.cli import command

COMMANDS = [name for family in command.FAMILIES for name in family.commands]
PROGRAM = """
import json, sys
from kempelen.cli import command
try:
    command.main(json.loads(sys.argv[1]))
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules_after(*arguments: str) -> set[str]:
    """What has been imported when a command line was understood."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(ended.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_says_what_it_is_and_how_to_begin(folder: Any, arguments: tuple[str, ...]) -> None:
    ended = folder.run(*arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Your own Mechanical Turk" in ended.stdout
    begin = ended.stdout.partition("start here:")[2].partition("positional")[0]
    for line in ("kempelen serve", 'kempelen requester add "My lab"', "kempelen worker add alice"):
        assert line in begin
    for name in COMMANDS:
        assert f"\n    {name} " in ended.stdout
    assert "examples:" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("doctor",),
        ("demo",),
        ("requester",),
        ("requester", "add"),
        ("worker", "add"),
        ("layout", "add"),
        ("layout", "list"),
        ("layout", "show"),
    ],
)
def test_each_command_has_help_with_examples(folder: Any, arguments: tuple[str, ...]) -> None:
    ended = folder.main(*arguments, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    name = " ".join(("kempelen", *arguments))
    assert f"usage: {name}" in ended.stdout
    assert f"\n  {name}" in ended.stdout.partition("examples:")[2]


def test_the_version_is_told(folder: Any) -> None:
    assert folder.main("--version").stdout == f"kempelen {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serv",), "invalid choice: 'serv'"),
        (("serve", "--prot", "1"), "unrecognized arguments"),
        (("serve", "--port", "http"), "'http' is no port; choose 1 to 65535"),
        (("serve", "--port", "65536"), "'65536' is no port"),
        (("serve", "--port", "-1"), "--port"),
        (("requester",), "ACTION"),
        (("requester", "add"), "NAME"),
        (("worker", "add", "bob", "--class", "robot"), "'robot'"),
    ],
)
def test_wrong_arguments_are_told(folder: Any, arguments: tuple[str, ...], told: str) -> None:
    ended = folder.main(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "usage: kempelen" in ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_loads_nothing_of_the_server() -> None:
    loaded = modules_after("--help")
    assert not loaded & {"uvicorn", "starlette", "sqlalchemy", "structlog", "rich", "boto3"}


@pytest.mark.parametrize("name", ["serve", "requester", "worker", "sdk-model", "doctor"])
def test_no_command_but_the_demo_loads_what_draws_tables_or_calls_aws(name: str) -> None:
    assert not modules_after(name, "--help") & {"rich", "boto3", "botocore", "numpy", "websockets"}


def test_what_was_hidden_from_a_library_can_be_imported_afterwards() -> None:
    """A review policy of somebody may need it."""
    program = PROGRAM + "\nimport rich.console"
    subprocess.run(
        [sys.executable, "-c", program, '["serve", "--help"]'], check=True, capture_output=True
    )


def test_the_demo_is_imported_only_when_it_is_asked_for() -> None:
    assert "kempelen.cli.demo" not in modules_after("--help")
    assert "kempelen.cli.demo" in modules_after("demo", "--help")
