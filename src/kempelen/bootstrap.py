"""The composition root: Settings become an App. The only place that picks clocks and database."""

import base64
import binascii
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from kempelen import blobs, credentials, plugins
from kempelen.clock import Clock, SystemClock
from kempelen.ids import Ids
from kempelen.operations.app import App
from kempelen.settings import Settings, SettingsError
from kempelen.store.db import Database
from kempelen.store.sqlite import SQLite

READER_THREADS = 16
OUTWARD_THREADS = 64
SECRET_KEY_BYTES = 32


def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    is_testing: bool = False,
    is_guest: bool = False,
) -> App:
    """Open the database of an installation and gather everything that its parts need.

    `is_guest` opens a database that a running server may hold, for a few short writes.
    Raises DatabaseInUse, DatabaseNotOpened, SchemaTooNew, SettingsError and PluginError, each
    with what to do.
    """
    if not structlog.is_configured():
        configure_logging()
    if settings.uploads.enabled:
        _check_uploads(settings)
    database = _database(settings, is_guest=is_guest)
    try:
        return _gathered(settings, database, clock, ids, is_testing=is_testing)
    except BaseException:
        database.close()
        raise


def _gathered(
    settings: Settings,
    database: Database,
    clock: Clock | None,
    ids: Ids | None,
    *,
    is_testing: bool,
) -> App:
    wall_clock = SystemClock()
    secret_key = _secret_key(settings)
    webhook_key = partial(credentials.webhook_key, secret_key)
    return App(
        db=database,
        clock=clock or wall_clock,
        wall_clock=wall_clock,
        ids=ids or Ids(),
        settings=settings,
        policies=plugins.review_policies(),
        transports=plugins.notification_transports(settings, webhook_key),
        readers=ThreadPoolExecutor(READER_THREADS, thread_name_prefix="reader"),
        outward=ThreadPoolExecutor(OUTWARD_THREADS, thread_name_prefix="outward"),
        secret_key=secret_key,
        sign_by_key=partial(credentials.sign_by_access_key, secret_key),
        is_testing=is_testing,
    )


def close_app(app: App) -> None:
    """Finish what is under way and close the database."""
    app.readers.shutdown()
    app.outward.shutdown()
    app.db.close()


def configure_logging(level: int = logging.WARNING) -> None:
    """Write log lines of at least this level to the standard error stream."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _database(settings: Settings, *, is_guest: bool) -> Database:
    if not settings.is_on_postgresql:
        return SQLite(settings.database_path, is_guest=is_guest)
    # Whoever keeps to a file need not load the driver of a server.
    from kempelen.store.postgres import PostgreSQL  # noqa: PLC0415

    return PostgreSQL(
        settings.database,
        connections=max(2, settings.postgresql.connections),
        prepares=settings.postgresql.prepared_statements,
    )


def _check_uploads(settings: Settings) -> None:
    """Refuse to start where files could not be kept at all."""
    try:
        blobs.uploads(settings.blobs_location)
    except blobs.BlobError as error:
        raise SettingsError(str(error)) from error


def _secret_key(settings: Settings) -> bytes:
    if not settings.secret_key:
        return credentials.load_or_make_secret_key(settings.secret_key_path)
    try:
        key = base64.urlsafe_b64decode(settings.secret_key + "=" * (-len(settings.secret_key) % 4))
    except (ValueError, binascii.Error):
        key = b""
    if len(key) < SECRET_KEY_BYTES:
        message = (
            f"The setting secret_key must be {SECRET_KEY_BYTES} random bytes in URL-safe base64. "
            "Leave it out to have one made beside the database."
        )
        raise SettingsError(message)
    return key
