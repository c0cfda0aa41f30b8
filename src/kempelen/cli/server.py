"""`kempelen serve`: processes with the server and its loops, until a signal stops them."""

import argparse
import errno
import shlex
import signal
import socket
from functools import partial
from types import FrameType

import uvicorn

from kempelen import __version__, bootstrap, serving
from kempelen.cli import opening, options, processes
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.clock import OffsetClock
from kempelen.operations.app import App
from kempelen.settings import Settings, is_loopback

GRACE_SECONDS = 20
PORT_MAX = 65_535
WORKERS_MAX = 64

_DESCRIPTION = """\
Run the server: the Requester API for boto3 and the AWS tools, and the site for workers, with
everything in one SQLite file, which is made when it is missing, or in a database on a PostgreSQL
server. Stop it with Ctrl+C."""
_EXAMPLES = """\
  kempelen serve
  kempelen serve --port 9000 --db sqlite:///pilot.db
  kempelen serve --db postgresql://kempelen@db.example.org/market
  kempelen serve --db postgresql://kempelen@db.example.org/market --workers 4
  kempelen serve --config /etc/kempelen.toml
  kempelen serve --testing --db sqlite:////tmp/test.db
  KEMPELEN_FEES_ENABLED=true kempelen serve"""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "serve",
        summary="run the server",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "--host", metavar="ADDRESS", help="the address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port",
        metavar="PORT",
        type=_port,
        help="the port to listen on, 0 for a free one (default: 8800)",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_count,
        default=1,
        help="how many processes serve together, on PostgreSQL (default: 1)",
    )
    parser.add_argument(
        "--testing",
        action="store_true",
        help="for test suites: open /x/testing/ to programs on this machine, with a clock to move",
    )
    options.add_installation(parser)


def run(args: argparse.Namespace) -> int:
    """Serve; returns when a signal asked to stop and requests under way are answered."""
    planned = opening.load(args)
    host = args.host or planned.host
    port = planned.port if args.port is None else args.port
    _check_exposure(host, planned, is_testing=args.testing)
    _check_workers(args.workers, planned, is_testing=args.testing)
    place = processes.own_place()
    with _listen(host, port) if place is None else place.listener as listener:
        chosen = opening.load(args, _overrides(args, host, listener.getsockname()[1]))
        bootstrap.configure_logging()
        if args.workers > 1 and place is None:
            return _watch(args, chosen, listener)
        clock = OffsetClock() if args.testing else None
        app = opening.open_app(chosen, clock=clock, is_testing=args.testing)
        try:
            server = _prepared(app, is_replaced=place is not None)
            run = partial(server.run, sockets=[listener])
            if place is None:
                print(_banner(app), flush=True)
                run()
            else:
                place.serve(run, is_started=lambda: server.started)
        finally:
            bootstrap.close_app(app)
    return 0


def _watch(args: argparse.Namespace, chosen: Settings, listener: socket.socket) -> int:
    """Serve with several processes; this one watches them."""
    # Whatever is wrong with the database is said once, and before there are others.
    app = opening.open_app(chosen)
    banner = _banner(app)
    bootstrap.close_app(app)
    several = processes.Processes(args.workers, args.arguments, listener)
    return several.run(lambda: print(banner, flush=True))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= WORKERS_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {WORKERS_MAX}")
    return int(text)


def _check_workers(count: int, planned: Settings, *, is_testing: bool) -> None:
    if count == 1:
        return
    if not planned.is_on_postgresql:
        message = (
            f"One SQLite file has one writing process, so {count} cannot serve it. Leave out "
            "--workers, or use a PostgreSQL server: --db postgresql://USER@HOST:PORT/NAME."
        )
        raise CommandRefused(message)
    if is_testing:
        message = (
            "With --testing there is a clock to move, and each process would have its own. "
            "Leave out --workers."
        )
        raise CommandRefused(message)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= PORT_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; choose 1 to {PORT_MAX}")
    return int(text)


def _check_exposure(host: str, planned: Settings, *, is_testing: bool) -> None:
    if is_loopback(host):
        return
    if is_testing:
        message = (
            f"With --testing anybody who reaches the server could do anything, and {host} is no "
            "loopback address. Use --host 127.0.0.1."
        )
        raise CommandRefused(message)
    if not planned.insecure_ok:
        message = (
            f"Other machines could reach {host} over plain HTTP, and read passwords and answers "
            "on the way. Keep 127.0.0.1 and put a proxy with TLS before it (and set app_base_url "
            "to its https address), or set insecure_ok when the network itself is safe."
        )
        raise CommandRefused(message)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = (
                f"Port {port} of {host} is in use, perhaps by another kempelen. Stop that "
                "program, or choose another port with --port."
            )
        else:
            message = (
                f"The server cannot listen on port {port} of {host}: {error.strerror or error}. "
                "Choose others with --host and --port."
            )
        raise CommandRefused(message) from None


def _overrides(args: argparse.Namespace, host: str, port: int) -> dict[str, object]:
    address = f"[{host}]" if ":" in host else host
    overrides: dict[str, object] = {"listen": f"{address}:{port}"}
    if args.testing and not opening.is_set(args, "worker_classes.default"):
        overrides["worker_classes.default"] = "any"
    return overrides


def _prepared(app: App, *, is_replaced: bool = False) -> uvicorn.Server:
    """The server, which a signal stops from now on, even before it runs."""
    config = serving.configuration(app, grace_seconds=GRACE_SECONDS, is_replaced=is_replaced)
    server = uvicorn.Server(config)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    # While it runs, the server has handlers of its own; when it has stopped it raises the signal
    # once more, and then these must be there too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return server


def _where(chosen: Settings) -> str:
    if chosen.is_on_postgresql:
        return chosen.database_shown
    return str(chosen.database_path.resolve())


def _banner(app: App) -> str:
    chosen = app.settings
    url = chosen.app_base_url
    db = "" if chosen.database == "kempelen.db" else f" --db {shlex.quote(chosen.database_shown)}"
    lines = [
        f"Kempelen {__version__} is running at {url}",
        f"Database: {_where(chosen)}",
        "",
        "Make accounts, in another terminal:",
        f'  kempelen requester add "My lab"{db}',
        f"  kempelen worker add alice{db}",
        "",
        "Publish HITs, with the key that the first of them prints:",
        f'  boto3.client("mturk", region_name="us-east-1", endpoint_url="{url}",',
        '               aws_access_key_id="AKIA…", aws_secret_access_key="…")',
        f"  aws mturk get-account-balance --region us-east-1 --endpoint-url {url}",
        "",
        "Stop with Ctrl+C.",
    ]
    if not is_loopback(chosen.host):
        lines += [
            "",
            f"Other machines reach this server over plain HTTP on {chosen.listen} (insecure_ok).",
            f"If {url} is not the address that they use, set app_base_url to it.",
        ]
    if app.is_testing:
        rule = "*" * 78
        lines += [
            "",
            rule,
            "TESTING: any program on this machine may move the clock, make accounts, set",
            f"balances and forget everything at {url}/x/testing/. Never use it for",
            "real work.",
            rule,
        ]
    return "\n".join(lines)
