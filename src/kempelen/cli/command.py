"""`kempelen`: finds the module of a command and runs it. Only that module is imported."""

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from kempelen import __version__
from kempelen.cli.options import CommandRefused

REFUSED: Final = 2
INTERRUPTED: Final = 130
# What libraries load if they find it, and a server never uses: `rich` for colours in logs (a tenth
# of the time to the first answer, and 4 MB for good), `greenlet` for asynchronous databases and
# `watchfiles` for restarts while one programs (1 MB each).
_HIDDEN: Final = ("rich", "greenlet", "watchfiles")
_DESCRIPTION: Final = """\
Your own Mechanical Turk: a server that speaks the Requester API to boto3 and the AWS tools,
with a site for workers, review policies and a ledger, on one SQLite file.

start here:
  kempelen serve                      run a market at http://127.0.0.1:8800
  kempelen requester add "My lab"     make a requester; prints an access key for boto3
  kempelen worker add alice           make a worker; prints a password for the site"""
_EPILOG: Final = """\
examples:
  kempelen demo                       watch a market at work, without any preparation
  kempelen serve --port 9000 --db sqlite:///pilot.db
  kempelen serve --testing            for test suites: a clock to move, accounts over HTTP
  kempelen requester add "My lab" --balance 250.00 --json

Each command explains itself: kempelen COMMAND --help"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A module below `kempelen.cli` and the commands that it brings, with their summaries.

    One that does not draw tables is spared the loading of `rich`.
    """

    module: str
    commands: Mapping[str, str]
    uses_rich: bool = False


FAMILIES: Final = (
    Family(module="server", commands={"serve": "run the server"}),
    Family(
        module="accounts",
        commands={
            "requester": "make requesters and their access keys",
            "worker": "make workers and their tokens",
        },
    ),
    Family(
        module="deliveries",
        commands={"deliveries": "look at deliveries, repeat them, show webhook secrets"},
    ),
    Family(module="layouts", commands={"layout": "store pages with placeholders as HIT layouts"}),
    Family(module="demo", commands={"demo": "watch a market at work"}, uses_rich=True),
    Family(
        module="sdk_model",
        commands={"sdk-model": "keep boto3 and the AWS CLI able to speak to the server"},
    ),
    Family(
        module="scan",
        commands={"scan": "find what binds your programs to Amazon's addresses"},
        uses_rich=True,
    ),
    Family(
        module="check",
        commands={"check": "look for broken invariants in a database"},
        uses_rich=True,
    ),
    Family(
        module="copying",
        commands={"copy": "move everything to another database, verified"},
        uses_rich=True,
    ),
    Family(
        module="migrating",
        commands={"migrate": "bring a database to the schema of this version"},
    ),
    Family(module="doctor", commands={"doctor": "look for weak spots of an installation"}),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line (without one, that of this process); returns the exit code."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except CommandRefused as refused:
        print(f"kempelen: {refused}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: list[str]) -> int:
    parser = build_parser(arguments)
    if not arguments:
        parser.print_help()
        return 0
    args = parser.parse_args(arguments)
    args.arguments = arguments
    (family,) = (family for family in FAMILIES if args.command in family.commands)
    exit_code: int = _module(family).run(args)
    return exit_code


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, complete for the command that the arguments name; the others by name only."""
    parser = argparse.ArgumentParser(
        prog="kempelen",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="version", version=f"kempelen {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    named = next((word for word in arguments if not word.startswith("-")), None)
    for family in FAMILIES:
        if named in family.commands:
            _module(family).add_parser(subparsers)
        else:
            for name, summary in family.commands.items():
                subparsers.add_parser(name, help=summary)
    return parser


def _module(family: Family) -> ModuleType:
    """The module of a family, imported."""
    hidden = [
        name
        for name in _HIDDEN
        if name not in sys.modules and not (family.uses_rich and name == "rich")
    ]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # this is how imports are refused
    try:
        return importlib.import_module(f"kempelen.cli.{family.module}")
    finally:
        for name in hidden:
            del sys.modules[name]
