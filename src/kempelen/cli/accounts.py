"""`kempelen requester add` and `kempelen worker add`: accounts, also while a server is running."""

import argparse
import json
from collections.abc import Mapping

from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.domain.people import WorkerClass
from kempelen.edges import accounts
from kempelen.edges.accounts import AccountRefused, NewWorker

_REQUESTER = """\
Make a requester with an access key. A running server accepts the key at once. The secret is
shown this once and never again."""
_REQUESTER_EXAMPLES = """\
  kempelen requester add "My lab"
  kempelen requester add "My lab" --balance 250.00
  kempelen requester add "My lab" --json > key.json"""
_WORKER = """\
Make a worker with a password for the site and a token for the worker API. Both are shown this
once and never again."""
_WORKER_EXAMPLES = """\
  kempelen worker add alice
  kempelen worker add bob --country DE --email bob@example.org
  kempelen worker add model-1 --class agent --json"""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the commands."""
    _add_requester_parser(subparsers)
    _add_worker_parser(subparsers)


def run(args: argparse.Namespace) -> int:
    """Carry out the one that was given."""
    if args.command == "requester":
        return _add_requester(args)
    return _add_worker(args)


def _add_requester_parser(subparsers: Subparsers) -> None:
    parser = options.new_parser(
        subparsers,
        "requester",
        summary="make requesters and their access keys",
        description="Requester accounts.",
        examples=_REQUESTER_EXAMPLES,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = options.new_parser(
        actions,
        "add",
        summary="make a requester with an access key",
        description=_REQUESTER,
        examples=_REQUESTER_EXAMPLES,
    )
    add.add_argument("name", metavar="NAME", help="the name that workers see")
    add.add_argument(
        "--balance",
        metavar="DOLLARS",
        help="prepay this much; the requester cannot spend more (default: as billing.mode says)",
    )
    _add_common(add)


def _add_worker_parser(subparsers: Subparsers) -> None:
    parser = options.new_parser(
        subparsers,
        "worker",
        summary="make workers and their tokens",
        description="Worker accounts.",
        examples=_WORKER_EXAMPLES,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = options.new_parser(
        actions,
        "add",
        summary="make a worker with a password and a token",
        description=_WORKER,
        examples=_WORKER_EXAMPLES,
    )
    add.add_argument("name", metavar="NAME", help="the name to sign in with")
    add.add_argument(
        "--country", metavar="CODE", default="US", help="two capital letters (default: US)"
    )
    add.add_argument(
        "--email", metavar="ADDRESS", help="where e-mail to the worker goes (default: nowhere)"
    )
    add.add_argument(
        "--class",
        dest="worker_class",
        choices=[kind.value for kind in WorkerClass],
        default=WorkerClass.HUMAN.value,
        help="who operates the account: human, agent (software) or simulated (default: human)",
    )
    _add_common(add)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    options.add_installation(parser)


def _add_requester(args: argparse.Namespace) -> int:
    chosen = opening.load(args)
    with opening.guest(chosen) as app:
        try:
            made = accounts.add_requester(app, args.name, args.balance)
        except AccountRefused as refused:
            raise CommandRefused(str(refused)) from None
    members = {
        "RequesterId": made.requester_id,
        "AccessKeyId": made.access_key_id,
        "SecretAccessKey": made.secret_access_key,
    }
    advice = (
        "The secret is not shown again. With the AWS tools:\n"
        f"  export AWS_ACCESS_KEY_ID={made.access_key_id}\n"
        f"  export AWS_SECRET_ACCESS_KEY={made.secret_access_key}\n"
        f"  aws mturk get-account-balance --region us-east-1 --endpoint-url {chosen.app_base_url}"
    )
    _show(members, advice, is_json=args.json)
    return 0


def _add_worker(args: argparse.Namespace) -> int:
    chosen = opening.load(args)
    wanted = NewWorker(
        name=args.name,
        email=args.email,
        country=args.country,
        worker_class=WorkerClass(args.worker_class),
    )
    with opening.guest(chosen) as app:
        password = app.ids.password()
        try:
            made = accounts.add_worker(app, wanted, password)
        except AccountRefused as refused:
            raise CommandRefused(str(refused)) from None
    members = {"WorkerId": made.worker_id, "Password": password, "Token": made.token}
    advice = (
        "Password and token are not shown again. The worker signs in at\n"
        f"  {chosen.app_base_url}/signin\n"
        "and programs send the token to the worker API as Authorization: Bearer TOKEN."
    )
    if wanted.worker_class is WorkerClass.HUMAN and not chosen.api.human_work_tokens:
        advice += (
            "\nA human's token may read only. For software that works, add --class agent; or set "
            "api.human_work_tokens."
        )
    _show(members, advice, is_json=args.json)
    return 0


def _show(members: Mapping[str, str], advice: str, *, is_json: bool) -> None:
    if is_json:
        print(json.dumps(members))
        return
    width = max(map(len, members))
    for name, value in members.items():
        print(f"{name:{width}}  {value}")
    print()
    print(advice)
