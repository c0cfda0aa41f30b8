"""`kempelen copy`: a whole database carried to another one, verified."""

import argparse
import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.settings import Settings
from kempelen.store import copying
from kempelen.store.copying import Compared, End, Step
from kempelen.store.db import (
    DatabaseInUse,
    DatabaseNotOpened,
    DatabaseUnavailable,
    SchemaTooNew,
    SchemaTooOld,
)

_DESCRIPTION = """\
Copy everything in a database to another one: from a file to a PostgreSQL server, back, or to one
of the same kind. Stop the servers of both before. At the end both are read and compared, table by
table; until they agree no server starts on the copy. An interrupted copy goes on where it was
when the same command is given again."""
_EXAMPLES = """\
  kempelen copy --from sqlite:///kempelen.db --to postgresql://kempelen@db.example.org/market
  kempelen copy --from postgresql://kempelen@db.example.org/market --to sqlite:///kempelen.db
  kempelen copy --from kempelen.db --to /mnt/backup/kempelen.db"""
_OWNER_ONLY = 0o077
_DIGEST_SHOWN = 16


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "copy",
        summary="move everything to another database, verified",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    for name, text in (
        ("from", "the database to copy, which is not changed"),
        ("to", "the database to copy to: one without rows, or a file that is made"),
    ):
        parser.add_argument(f"--{name}", dest=name, metavar="DATABASE", required=True, help=text)
    options.add_configuration(parser)


def run(args: argparse.Namespace) -> int:
    """Copy and compare; returns 1 when the copy is not equal."""
    source = opening.load(args, {"database": getattr(args, "from")})
    target = opening.load(args, {"database": args.to})
    _check_addresses(source, target)
    os.umask(_OWNER_ONLY)
    key = _key_to_bring(source, target)
    console = Console(highlight=False)
    began = time.monotonic()
    try:
        with _opened(source) as first, _opened(target) as second, _progress() as say:
            compared = copying.copy(first, second, say)
            files = copying.files(first)
            if all(item.is_equal for item in compared):
                # Whoever finds the copy finished finds the key beside it.
                _bring_key(key, target)
                copying.finish(second)
    except (copying.CopyRefused, DatabaseNotOpened, SchemaTooNew, SchemaTooOld) as error:
        raise CommandRefused(str(error)) from None
    except (DatabaseUnavailable, OSError) as error:
        message = f"The copy was interrupted: {error}. {_AGAIN}"
        raise CommandRefused(message) from None
    except KeyboardInterrupt:
        Console(stderr=True).print(f"Interrupted. {_AGAIN}", style="bold")
        raise
    if not show(compared, console):
        return 1
    rows = sum(item.rows[0] for item in compared)
    seconds = time.monotonic() - began
    console.print(
        f"{rows:,} rows of {len(compared)} tables were copied and compared in {seconds:.1f} s "
        f"({rows / max(seconds, 0.001):,.0f} rows/s). Counts and digests agree.",
        soft_wrap=True,
    )
    _tell_of_key(key, source, target, console)
    _tell_of_files(files, source, target, console)
    return 0


_AGAIN = "Give the same command again: it goes on where it was."


def _check_addresses(source: Settings, target: Settings) -> None:
    if not source.is_on_postgresql and not source.database_path.exists():
        message = f"There is no database {source.database_path}. Name the one to copy with --from."
        raise CommandRefused(message)
    if _place(source) == _place(target):
        message = "Both are the same database. Name another one with --to."
        raise CommandRefused(message)


def _place(chosen: Settings) -> str:
    return chosen.database if chosen.is_on_postgresql else str(chosen.database_path.resolve())


@contextlib.contextmanager
def _opened(chosen: Settings) -> Iterator[End]:
    """One of the two databases, while nobody else is using it."""
    try:
        if chosen.is_on_postgresql:
            # Whoever keeps to files need not load the driver of a server.
            from kempelen.store import copying_postgres  # noqa: PLC0415

            with copying_postgres.opened(chosen.database) as server:
                yield server
        else:
            from kempelen.store import copying_sqlite  # noqa: PLC0415

            with copying_sqlite.opened(chosen.database_path) as file:
                yield file
    except DatabaseInUse:
        message = (
            f"A process of Kempelen is using {chosen.database_shown}. Stop it first: what it "
            "writes from now on would be missing in the copy."
        )
        raise CommandRefused(message) from None


@contextlib.contextmanager
def _progress() -> Iterator[copying.Say]:
    """Table by table, on the standard error stream, where somebody is looking."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("opening", total=None)

        def say(step: Step) -> None:
            progress.update(
                task,
                description=f"{step.doing} {step.table}",
                completed=step.done,
                total=step.rows,
            )

        yield say


def show(compared: list[Compared], console: Console) -> bool:
    """One line for each table, with both sides where they differ; returns whether none does."""
    shown = Table(box=box.SIMPLE_HEAD)
    shown.add_column("Table")
    shown.add_column("Rows", justify="right")
    shown.add_column("SHA-256 of all rows")
    shown.add_column("Copy")
    for item in compared:
        for side, name in enumerate(("source", "copy")):
            if side == 0 or not item.is_equal:
                verdict = "equal" if item.is_equal else f"[bold red]differs: {name}[/]"
                digest = item.digests[side][:_DIGEST_SHOWN]
                shown.add_row(item.table, f"{item.rows[side]:,}", digest, verdict)
    console.print(shown)
    different = [item for item in compared if not item.is_equal]
    for item in different:
        told = f"{item.table} differs, first at the row {item.first_difference}."
        console.print(told, style="bold red", markup=False)
    if different:
        console.print(
            "The source was written to after these rows had been copied, or the copy was changed. "
            "No server starts on the copy. Empty it, see that nobody uses the source, and copy "
            "again.",
            soft_wrap=True,
        )
    return not different


def _key_to_bring(source: Settings, target: Settings) -> Path | None:
    """The file of the secret key, when the copy needs it; CommandRefused when it cannot be.

    Access keys in the database are sealed with it. When a setting has it, both have it already.
    """
    if source.secret_key:
        return None
    here, there = source.secret_key_path, target.secret_key_path
    if not here.exists():
        message = (
            f"The secret key of {source.database_shown} is not here: there is no file {here}. "
            "Run this in the folder where its server runs, or set KEMPELEN_SECRET_KEY to its "
            "content: without it, no access key in the copy could be used."
        )
        raise CommandRefused(message)
    if not there.exists():
        return here
    if here.read_bytes() != there.read_bytes():
        message = (
            f"There is another secret key in {there}, with which the access keys in the copy "
            "could not be used. Move that file away."
        )
        raise CommandRefused(message)
    return None


def _bring_key(key: Path | None, target: Settings) -> None:
    if key is not None:
        shutil.copyfile(key, target.secret_key_path)


def _tell_of_key(key: Path | None, source: Settings, target: Settings, console: Console) -> None:
    if key is not None:
        told = f"The secret key was copied from {key} to {target.secret_key_path}."
    elif source.secret_key:
        told = "The secret key is the one of the settings, for the copy too."
    else:
        told = f"The secret key is in {target.secret_key_path}."
    console.print(told, soft_wrap=True)


def _tell_of_files(
    files: tuple[int, int], source: Settings, target: Settings, console: Console
) -> None:
    """Say where the files of workers are, which no database has."""
    count, size = files
    if not count:
        return
    here, there = source.blobs_location, target.blobs_location
    told = f"The {count:,} files of workers ({size:,} bytes) are not in the database but in {here}."
    if here == there:
        told += " They stay there."
    else:
        told += (
            f" A server on the copy looks for them in {there}: copy that folder, or set "
            f'blobs.location = "{here}".'
        )
    console.print(told, soft_wrap=True)
