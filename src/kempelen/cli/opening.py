"""Opening an installation for a command: its settings and its App, or one line that says why not.

Files that are made here can be read by their owner only.
"""

import argparse
import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kempelen import bootstrap, configuration, settings
from kempelen.cli.options import CommandRefused
from kempelen.clock import Clock
from kempelen.credentials import NotAuthentic
from kempelen.operations.app import App
from kempelen.plugins import PluginError
from kempelen.settings import CONFIGURATION_FILE, Settings, SettingsError
from kempelen.store.db import (
    DatabaseInUse,
    DatabaseNotOpened,
    DatabaseUnavailable,
    SchemaTooNew,
    SchemaTooOld,
)

_OWNER_ONLY = 0o077


def configuration_file(args: argparse.Namespace) -> Path | None:
    """The settings file that a command line means; None when there is none."""
    named: str = args.config or os.environ.get("KEMPELEN_CONFIG", "")
    if named:
        return Path(named)
    return CONFIGURATION_FILE if CONFIGURATION_FILE.exists() else None


def load(args: argparse.Namespace, overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings for a command line; CommandRefused for one that cannot be."""
    database = getattr(args, "db", None)
    chosen: dict[str, object] = {} if database is None else {"database": database}
    try:
        return settings.load(configuration_file(args), os.environ, {**chosen, **(overrides or {})})
    except SettingsError as error:
        raise CommandRefused(str(error)) from None


def address(args: argparse.Namespace) -> str:
    """The address that clients are to use, without a slash at its end; CommandRefused."""
    if args.url is None:
        return load(args).app_base_url.rstrip("/")
    parts = urlsplit(args.url)
    is_plain = args.url.isascii() and not parts.query and not parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
        message = f"'{args.url}' is no address; write it like http://127.0.0.1:8800"
        raise CommandRefused(message)
    return str(args.url).rstrip("/")


def is_set(args: argparse.Namespace, name: str) -> bool:
    """Whether the file or the environment sets a setting."""
    try:
        return name in configuration.gather(Settings, configuration_file(args), os.environ)
    except SettingsError as error:
        raise CommandRefused(str(error)) from None


def open_app(
    chosen: Settings,
    *,
    clock: Clock | None = None,
    is_testing: bool = False,
    is_guest: bool = False,
) -> App:
    """The App of an installation; CommandRefused when it cannot be opened."""
    os.umask(_OWNER_ONLY)
    try:
        return bootstrap.open_app(chosen, clock=clock, is_testing=is_testing, is_guest=is_guest)
    except (
        DatabaseInUse,
        DatabaseNotOpened,
        SchemaTooNew,
        SchemaTooOld,
        SettingsError,
        PluginError,
    ) as error:
        raise CommandRefused(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        message = (
            f"The database {chosen.database_shown} cannot be opened: {error}. "
            "Choose another with --db."
        )
        raise CommandRefused(message) from None
    except (NotAuthentic, ValueError):
        message = (
            f"The file {chosen.secret_key_path} holds no secret key. Restore it from the backup "
            "that was made together with the database."
        )
        raise CommandRefused(message) from None


@contextlib.contextmanager
def guest(chosen: Settings) -> Iterator[App]:
    """The App for a few short writes, also while a server is running; CommandRefused."""
    app = open_app(chosen, is_guest=True)
    try:
        yield app
    except DatabaseUnavailable as error:
        message = f"The database {chosen.database_shown} did not take it: {error}. Try again."
        raise CommandRefused(message) from None
    finally:
        bootstrap.close_app(app)
