"""`kempelen deliveries`: what was delivered, once more, and the secrets of webhooks."""

import argparse
import json
from datetime import datetime
from functools import partial

from kempelen import credentials
from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.operations import dispatch, replaying
from kempelen.operations.app import App
from kempelen.operations.replaying import DeliveryStatus, Entry, Refused

LOG_SHOWN = 50
LOG_SHOWN_MAX = 10_000
_LIST = """\
List notifications and mail to workers, the newest first: what was delivered, what still waits,
and what is dead because its destination did not take it for a day."""
_LIST_EXAMPLES = """\
  kempelen deliveries list
  kempelen deliveries list --requester A1EXAMPLE234567 --status dead
  kempelen deliveries list --limit 1000 --json"""
_REPLAY = """\
Deliver a document once more, with the same EventDocId, so that a receiver that keeps the ids can
tell. With --dead, everything that is dead of a requester. A running server delivers at once."""
_REPLAY_EXAMPLES = """\
  kempelen deliveries replay 2f1c7d0e9a3b4c55
  kempelen deliveries replay --dead --requester A1EXAMPLE234567"""
_WEBHOOK = """\
Print the secret with which the webhooks of a requester are signed. With --renew it is another one
from now on, and the old one is worth nothing."""
_WEBHOOK_EXAMPLES = """\
  kempelen deliveries secret A1EXAMPLE234567
  kempelen deliveries secret A1EXAMPLE234567 --renew"""
_ALL_EXAMPLES = f"{_LIST_EXAMPLES}\n{_REPLAY_EXAMPLES}\n{_WEBHOOK_EXAMPLES}"
_HEADINGS = ("DOCUMENT", "STATUS", "TRIED", "HAPPENED", "EVENT", "HIT", "DESTINATION", "ERROR")


def add_parser(subparsers: Subparsers) -> None:
    """Describe the commands."""
    parser = options.new_parser(
        subparsers,
        "deliveries",
        summary="look at deliveries, repeat them, show webhook secrets",
        description="Deliveries of notifications and of mail to workers.",
        examples=_ALL_EXAMPLES,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_list_parser(actions)
    _add_replay_parser(actions)
    _add_secret_parser(actions)


def run(args: argparse.Namespace) -> int:
    """Carry out the one that was given."""
    with opening.guest(opening.load(args)) as app:
        try:
            if args.action == "list":
                _list(app, args)
            elif args.action == "replay":
                _replay(app, args)
            else:
                _show_secret(app, args)
        except Refused as refused:
            raise CommandRefused(str(refused)) from None
    return 0


def _add_list_parser(actions: Subparsers) -> None:
    parser = options.new_parser(
        actions, "list", summary="list deliveries", description=_LIST, examples=_LIST_EXAMPLES
    )
    parser.add_argument("--requester", metavar="ID", help="only those of this requester")
    parser.add_argument(
        "--status",
        choices=[status.value.lower() for status in DeliveryStatus],
        help="only those that are waiting, delivered or dead",
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_limit,
        default=LOG_SHOWN,
        help=f"how many (default: {LOG_SHOWN})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    options.add_installation(parser)


def _add_replay_parser(actions: Subparsers) -> None:
    parser = options.new_parser(
        actions,
        "replay",
        summary="deliver once more",
        description=_REPLAY,
        examples=_REPLAY_EXAMPLES,
    )
    parser.add_argument("document", metavar="DOCUMENT", nargs="?", help="an EventDocId")
    parser.add_argument("--dead", action="store_true", help="everything that is dead")
    parser.add_argument("--requester", metavar="ID", help="with --dead: whose")
    options.add_installation(parser)


def _add_secret_parser(actions: Subparsers) -> None:
    parser = options.new_parser(
        actions,
        "secret",
        summary="show the secret that signs a requester's webhooks",
        description=_WEBHOOK,
        examples=_WEBHOOK_EXAMPLES,
    )
    parser.add_argument("requester", metavar="REQUESTER", help="the requester's id")
    parser.add_argument("--renew", action="store_true", help="make it another one before")
    options.add_installation(parser)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LOG_SHOWN_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {LOG_SHOWN_MAX}")
    return int(text)


def _list(app: App, args: argparse.Namespace) -> None:
    status = None if args.status is None else args.status.capitalize()
    entries = dispatch.look(app, replaying.log, args.requester, status, args.limit)
    if args.json:
        for entry in entries:
            print(json.dumps(_members(entry)))
    elif not entries:
        print("Nothing was to be delivered in the last 30 days.")
    else:
        _show_table(entries)


def _members(entry: Entry) -> dict[str, object]:
    return {
        "EventDocId": entry.document_id,
        "RequesterId": entry.requester_id or None,
        "Transport": entry.transport,
        "Destination": entry.destination,
        "EventType": entry.event_type if entry.hit_id else None,
        "HITId": entry.hit_id or None,
        "AssignmentId": entry.assignment_id,
        "Status": entry.status,
        "Attempts": entry.attempts,
        "HappenedAt": _time(entry.happened_at),
        "TriedAt": None if entry.tried_at is None else _time(entry.tried_at),
        "Milliseconds": entry.milliseconds,
        "Error": entry.error,
    }


def _show_table(entries: list[Entry]) -> None:
    rows = [_HEADINGS, *map(_row, entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _row(entry: Entry) -> tuple[str, ...]:
    return (
        entry.document_id,
        entry.status.lower(),
        str(entry.attempts),
        _time(entry.happened_at),
        entry.event_type if entry.hit_id else "mail to a worker",
        entry.hit_id or "-",
        entry.destination,
        entry.error or "",
    )


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _replay(app: App, args: argparse.Namespace) -> None:
    if args.dead:
        if args.requester is None or args.document is not None:
            raise CommandRefused("With --dead say whose: --requester ID, and no document.")
        count = 0
        while more := dispatch.change(app, replaying.replay_dead, args.requester):
            count += more
        print(f"{count} will be delivered once more.")
    elif args.document is None:
        raise CommandRefused("Name a document, or use --dead --requester ID.")
    else:
        entry = dispatch.change(app, replaying.replay, args.document)
        print(f"{args.document} will be delivered to {entry.destination} once more.")


def _show_secret(app: App, args: argparse.Namespace) -> None:
    number = partial(replaying.webhook_key, renew=args.renew)
    run_it = dispatch.change if args.renew else dispatch.look
    print(
        credentials.webhook_key(app.secret_key, args.requester, run_it(app, number, args.requester))
    )
