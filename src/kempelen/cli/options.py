"""What all commands share: options that name the installation, and how a command refuses.

A command's module has `add_parser(subparsers)`, which describes its arguments, and
`run(args) -> int`, which carries it out and returns the exit code. Nothing here imports much, so
that help and wrong arguments are answered at once.
"""

import argparse
from typing import TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


class CommandRefused(Exception):
    """A command cannot do what it was asked; the message is one line that says what to do."""


def new_parser(
    subparsers: Subparsers, name: str, *, summary: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """A command's parser, with its summary in the list of commands and examples in its help."""
    return subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog="examples:\n" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_installation(parser: argparse.ArgumentParser) -> None:
    """The options that say which installation is meant."""
    parser.add_argument(
        "--db",
        metavar="sqlite:///FILE",
        help="the database, as sqlite:///FILE or just FILE (default: kempelen.db here)",
    )
    add_configuration(parser)


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """The option of commands that need the settings of an installation, not its database."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the settings file (default: KEMPELEN_CONFIG, or kempelen.toml if it is here)",
    )


def add_address(parser: argparse.ArgumentParser) -> None:
    """The options of commands that tell clients where the server is."""
    parser.add_argument(
        "--url",
        metavar="URL",
        help="the address of the server (default: app_base_url of the settings)",
    )
    add_configuration(parser)
