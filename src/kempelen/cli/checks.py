"""What `kempelen doctor` looks at: each check reads something and says what it found."""

import fcntl
import importlib.util
import platform
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kempelen import blobs, credentials, plugins
from kempelen.clock import SystemClock
from kempelen.plugins import PluginError
from kempelen.settings import Settings, SettingsError, is_loopback
from kempelen.store import schema
from kempelen.store.db import DatabaseNotOpened, SchemaTooNew, SchemaTooOld

PYTHON_MIN: Final = (3, 11)
SQLITE_MIN: Final = (3, 35)
FREE_BYTES_MIN: Final = 512 * 1024 * 1024
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
SERVER_CLOCK_TOLERANCE: Final = timedelta(seconds=5)
# No machine that runs this program can honestly believe in an earlier day.
_EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
_OTHERS = 0o077
_MEGABYTE = 1_000_000


class Verdict(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one check found; unless it is OK, `found` also says what to do."""

    verdict: Verdict
    check: str
    found: str


def of_machine() -> Iterator[Finding]:
    """Python, SQLite and the installed plugins."""
    python = platform.python_version()
    if sys.version_info[:2] >= PYTHON_MIN:
        yield _ok("Python", python)
    else:
        yield _problem("Python", f"{python} is too old. Install Python 3.11 or newer.")
    if sqlite3.sqlite_version_info[:2] >= SQLITE_MIN:
        yield _ok("SQLite", sqlite3.sqlite_version)
    else:
        yield _problem(
            "SQLite",
            f"{sqlite3.sqlite_version} is too old. Use a Python with SQLite 3.35 or newer.",
        )
    try:
        policies = plugins.review_policies()
    except PluginError as error:
        yield _problem("plugins", str(error))
    else:
        yield _ok("plugins", "review policies " + ", ".join(sorted(policies)))


def of_settings(chosen: Settings, file: Path | None) -> Iterator[Finding]:
    """Where the settings come from, and those whose values are weak."""
    yield _ok("settings", f"read from {file} and the environment" if file else "no settings file")
    is_public = _is_public(chosen)
    if not is_public:
        yield _ok("deployment", f"only this machine reaches {chosen.app_base_url}")
    elif chosen.app_base_url.startswith("https://"):
        yield _ok("deployment", f"others reach {chosen.app_base_url} through TLS")
    else:
        yield _problem(
            "deployment",
            f"others reach {chosen.app_base_url} over plain HTTP. Put a proxy with TLS before the "
            "server and set app_base_url to its https address.",
        )
    yield _transports(chosen)
    if is_public and chosen.legacy.enabled and "0" in chosen.legacy.signature_versions:
        yield Finding(
            verdict=Verdict.NOTE if chosen.legacy.require_tls else Verdict.PROBLEM,
            check="legacy.signature_versions",
            found="0, the documented signature of the older API, protects no parameters: whoever "
            "sees a call can send it with others. Write 1,2, and set legacy.require_tls.",
        )
    weak = Verdict.PROBLEM if is_public else Verdict.NOTE
    for name, advice in _weak_values(chosen):
        yield Finding(verdict=weak, check=name, found=advice)


def of_files(chosen: Settings) -> Iterator[Finding]:
    """Whether others can read the database and its key, and whether the disk is full."""
    path = chosen.database_path
    key = chosen.secret_key_path
    of_database = () if chosen.is_on_postgresql else (path, path.with_name(f"{path.name}-wal"))
    for file in (*of_database, key):
        if file.exists():
            yield _mode(file)
    yield from _secret_key(chosen, key)
    if chosen.is_on_postgresql:
        return
    folder = _existing_folder(path)
    usage = shutil.disk_usage(folder)
    free = f"{usage.free // _MEGABYTE} MB free in {folder.resolve()}"
    if usage.free < FREE_BYTES_MIN:
        yield _problem("disk", f"only {free}. Make room before writing fails.")
    else:
        yield _ok("disk", free)


def of_uploads(chosen: Settings) -> Iterator[Finding]:
    """Whether the files of workers can be kept, when the site takes any."""
    if not chosen.uploads.enabled:
        return
    location = chosen.blobs_location
    try:
        problem = blobs.uploads(location).problem()
    except blobs.BlobError as error:
        problem = str(error)
    if problem is None:
        yield _ok("uploads", f"files are kept in {location}")
    else:
        yield _problem("uploads", problem)
    command = shlex.split(chosen.uploads.scanner)
    if command and shutil.which(command[0]) is None:
        yield _problem(
            "uploads.scanner",
            f"there is no program {command[0]}, so every file is refused. Install or unset it.",
        )


def of_database(chosen: Settings) -> Iterator[Finding]:
    """The clock beside the database's own time, the schema, and who is using the file."""
    now = SystemClock().now()
    if chosen.is_on_postgresql:
        yield from _of_server(chosen, now)
        return
    path = chosen.database_path
    if not path.exists():
        yield _clock(now, now)
        yield _ok("database", f"{path} is made when a server first starts")
        return
    yield _clock(now, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    yield _schema(path)
    if _is_served(path):
        yield _ok("server", f"a server is using {path}")
    else:
        yield _ok("server", f"no server is using {path}")


def _of_server(chosen: Settings, now: datetime) -> Iterator[Finding]:
    """Whether a PostgreSQL server lets us in, what it has, and its clock beside ours."""
    from kempelen.store import postgres_schema  # noqa: PLC0415 - only those on a server need it

    try:
        told = postgres_schema.look(chosen.database)
    except DatabaseNotOpened as error:
        yield _problem("database", str(error))
        return
    apart = abs(told.now - now)
    if apart > SERVER_CLOCK_TOLERANCE:
        yield _problem(
            "clock", f"this machine and the database are {apart} apart. Set their clocks."
        )
    else:
        yield _clock(now, now)
    yield _ok("PostgreSQL", told.server_version)
    if told.schema is None:
        yield _ok("database", f"{chosen.database_shown} gets its tables when a server first starts")
    else:
        yield _known_schema(chosen.database_shown, told.schema)


def _weak_values(chosen: Settings) -> Iterator[tuple[str, str]]:
    """Settings whose values give up a protection, with what that means."""
    if chosen.insecure_ok:
        yield (
            "insecure_ok",
            "true allows plain HTTP on any address. Unset it unless the network itself is safe.",
        )
    if chosen.external_submit.mode == "direct":
        yield (
            "external_submit.mode",
            "direct lets any page that knows an assignment submit it. Use staged.",
        )
    if chosen.external_submit.allow_get:
        yield (
            "external_submit.allow_get",
            "true puts answers into addresses, hence into logs. Unset it.",
        )
    if chosen.frame.preview_worker_id:
        yield (
            "frame.preview_worker_id",
            "true tells requesters' pages who looks at previews. Unset it.",
        )
    if chosen.external_question.allow_http and _is_public(chosen):
        yield (
            "external_question.allow_http",
            "true shows pages to workers that anybody on the way can change. Unset it.",
        )


def _transports(chosen: Settings) -> Finding:
    """What can carry notifications, with these settings."""
    try:
        found = plugins.notification_transports(chosen, lambda *_: "")
    except (PluginError, SettingsError) as error:
        return _problem("notifications", str(error))
    names = ", ".join(item.name for item in found)
    if importlib.util.find_spec("boto3") is None:
        names += '; SNS and SQS need pip install "kempelen[aws]"'
    return _ok("notifications", f"transports {names}")


def _is_public(chosen: Settings) -> bool:
    """Whether other machines reach this installation, directly or through a proxy."""
    site = urlsplit(chosen.app_base_url).hostname or ""
    return not (is_loopback(chosen.host) and is_loopback(site))


def _mode(file: Path) -> Finding:
    mode = file.stat().st_mode & 0o777
    if mode & _OTHERS:
        return _problem(
            "file mode", f"others can use {file} (mode {mode:04o}). Run: chmod 600 {file}"
        )
    return _ok("file mode", f"{file} is its owner's alone ({mode:04o})")


def _secret_key(chosen: Settings, key: Path) -> Iterator[Finding]:
    """Whether the key with which the access keys were sealed is still there."""
    if chosen.secret_key:
        yield _ok("secret key", "given by the settings")
    elif key.exists():
        try:
            credentials.load_or_make_secret_key(key)
        except (OSError, ValueError, credentials.NotAuthentic):
            yield _problem("secret key", f"{key} holds no secret key. Restore it from a backup.")
        else:
            yield _ok("secret key", f"in {key}; keep a copy apart from the database's backup")
    elif chosen.is_on_postgresql:
        yield _ok(
            "secret key",
            f"{key} is made when a server first starts here; give every other "
            "machine the same, as the setting secret_key",
        )
    elif chosen.database_path.exists():
        yield _problem(
            "secret key",
            f"{key} is missing, so no access key of the database can be used. Restore it.",
        )


def _existing_folder(path: Path) -> Path:
    return next(folder for folder in path.absolute().parents if folder.exists())


def _clock(now: datetime, written_at: datetime) -> Finding:
    shown = now.isoformat(timespec="seconds")
    if now < _EARLIEST:
        return _problem("clock", f"this machine believes it is {shown}. Set its clock.")
    if written_at > now + CLOCK_TOLERANCE:
        return _problem(
            "clock",
            f"it is {shown} here, but the database was written at "
            f"{written_at.isoformat(timespec='seconds')}. Set the machine's clock.",
        )
    return _ok("clock", shown)


def _schema(path: Path) -> Finding:
    # Without a log beside it, nobody has the file open; reading it then leaves no log either.
    is_closed = not path.with_name(f"{path.name}-wal").exists()
    how = "immutable=1" if is_closed else "mode=ro"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
        try:
            row = connection.execute("SELECT version FROM schema_version").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        return _problem("database", f"{path} is no Kempelen database ({error}). Check --db.")
    return _known_schema(str(path), row[0] if row else 0)


def _known_schema(database: str, version: int) -> Finding:
    try:
        schema.check(version)
    except (SchemaTooNew, SchemaTooOld) as error:
        return _problem("database", f"{database}: {error}")
    return _ok("database", f"{database} has schema {version}")


def _is_served(path: Path) -> bool:
    """Whether a process holds the lock file of a database."""
    try:
        with Path(f"{path}.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _ok(check: str, found: str) -> Finding:
    return Finding(verdict=Verdict.OK, check=check, found=found)


def _problem(check: str, found: str) -> Finding:
    return Finding(verdict=Verdict.PROBLEM, check=check, found=found)
