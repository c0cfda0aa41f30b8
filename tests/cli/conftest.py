"""The command line in a folder of its own, mostly as a process of its own."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from kempelen.cli import command

SECONDS_MAX = 300
URL = re.compile(r"is running at (http://\S+)")


class Folder:
    """A folder in which commands run, without settings from outside."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self.environ = {
            name: value for name, value in os.environ.items() if not name.startswith("KEMPELEN_")
        }

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(arguments),
            cwd=self.path,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )

    def main(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end inside this process, which takes a tenth of the time."""
        output, errors = io.StringIO(), io.StringIO()
        mask = os.umask(0o022)
        with self._monkeypatch.context() as patch:
            patch.chdir(self.path)
            for name in set(os.environ) - set(self.environ):
                patch.delenv(name)
            for name, value in environ.items():
                patch.setenv(name, value)
            try:
                with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                    code: int = command.main(arguments)
            except SystemExit as ended:
                code = int(ended.code or 0)
            finally:
                os.umask(mask)
        return subprocess.CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())

    def command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-W", "error", "-m", "kempelen.cli", *arguments]


class Serving:
    """A `kempelen serve` that has printed its banner."""

    def __init__(
        self, folder: Folder, arguments: tuple[str, ...], environ: Mapping[str, str]
    ) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - until stop
        self.process = subprocess.Popen(
            folder.command(("serve", "--port", "0", *arguments)),
            cwd=folder.path,
            env={**folder.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self.process.stdout is not None
        self._output = self.process.stdout
        self._first_line = self._output.readline()
        found = URL.search(self._first_line)
        if found is None:
            raise AssertionError(self._end())
        self.url = found[1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; returns the exit code and what was printed to both streams."""
        self.process.send_signal(number)
        return self._end()

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self.process.poll() is None:
            self.process.kill()
            self._end()

    def _end(self) -> tuple[int, str, str]:
        with self._output, self._errors:
            output = self._first_line + self._output.read()
            code = self.process.wait(timeout=SECONDS_MAX)
            self._errors.seek(0)
            return code, output, self._errors.read()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    return Folder(tmp_path, monkeypatch)


@pytest.fixture
def serve(folder: Folder) -> Iterator[Callable[..., Serving]]:
    """Starts servers on free ports; those that still run at the end of a test are killed."""
    started: list[Serving] = []

    def start(*arguments: str, **environ: str) -> Serving:
        serving = Serving(folder, arguments, environ)
        started.append(serving)
        return serving

    yield start
    for serving in started:
        serving.kill()
