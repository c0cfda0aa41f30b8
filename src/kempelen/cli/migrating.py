"""`kempelen migrate`: brings a database to the schema of this program."""

import argparse
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.settings import Settings
from kempelen.store import migrating
from kempelen.store.db import CopyUnfinished, DatabaseInUse, DatabaseNotOpened, SchemaTooNew

_DESCRIPTION = """\
Bring a database to the schema of this version, step by step, each in a transaction of its own.
Make a backup before. On SQLite stop the server first; on PostgreSQL servers of the version before
may go on, and are replaced afterwards."""
_EXAMPLES = """\
  kempelen migrate
  kempelen migrate --db postgresql://kempelen@db.example.org/market"""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "migrate",
        summary="bring a database to the schema of this version",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    options.add_installation(parser)


def run(args: argparse.Namespace) -> int:
    """Migrate, and say what was done."""
    chosen = opening.load(args)
    database = _database(chosen)
    try:
        with migrating.opened(database) as connection:
            version = migrating.upgrade(connection, print)
    except (CopyUnfinished, DatabaseInUse, DatabaseNotOpened, SchemaTooNew) as error:
        raise CommandRefused(str(error)) from None
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        message = (
            f"The database {chosen.database_shown} could not be changed, and the step that failed "
            f"was undone: {' '.join(str(error).split())[:500]}"
        )
        raise CommandRefused(message) from None
    print(f"{chosen.database_shown} has schema {version}, which is what this version needs.")
    return 0


def _database(chosen: Settings) -> str:
    """The address, or the path of a file that is there."""
    if chosen.is_on_postgresql:
        return chosen.database
    path: Path = chosen.database_path
    if not path.exists():
        message = (
            f"There is no database {path}. `kempelen serve` makes one, with the newest schema."
        )
        raise CommandRefused(message)
    return str(path)
