"""`kempelen demo`: a market on recorded answers of a real crowd, then a server to look at."""

import argparse
import importlib.util
import signal

from kempelen.cli import options
from kempelen.cli.options import CommandRefused, Subparsers

_DESCRIPTION = """\
Watch a market at work: a requester publishes HITs with review policies through boto3, a crowd
answers them through the worker API, and tables show what the policies decided and what it cost.
Then the server stays up, with a login to try. Everything is in a temporary database, which goes
away at the end. In a checkout the answers are those of real people; elsewhere they are made up."""
_EXAMPLES = """\
  kempelen demo                       until Ctrl+C
  kempelen demo --exit                end after the tables"""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "demo",
        summary="watch a market at work",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("--exit", action="store_true", help="end after the tables")
    # For tests, which need not see every bird.
    parser.add_argument("--items", type=int, metavar="N", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Play the demo; returns 1 when its figures do not add up."""
    if importlib.util.find_spec("boto3") is None:
        message = (
            "The demo's requester works through boto3, which is not installed. Install it with: "
            "python -m pip install boto3"
        )
        raise CommandRefused(message)
    # Imported late: it needs boto3, and Ctrl-C while it loads must be as quiet as later.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    from kempelen.demo import play  # noqa: PLC0415
    from kempelen.demo.server import ServerFailed  # noqa: PLC0415
    from kempelen.testing.worker import WorkRefused  # noqa: PLC0415

    # What a script starts in the background ignores interrupts, unless it asks for them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return play.run(Console(highlight=False), is_brief=args.exit, item_count=args.items)
    except (ServerFailed, WorkRefused, BotoCoreError, ClientError, OSError) as error:
        raise CommandRefused(str(error)) from None
