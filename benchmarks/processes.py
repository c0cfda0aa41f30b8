"""Servers as processes of their own, pinned to one processor, and what they use."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

SERVER_CPU = "0"
CLIENT_CPU = str((os.cpu_count() or 1) - 1)
WAIT_SECONDS = 30
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pinned(cpu: str, command: list[str]) -> list[str]:
    """The command, kept on one processor where the machine can do that."""
    return ["taskset", "-c", cpu, *command] if Path("/usr/bin/taskset").exists() else command


class Process:
    """A server under measurement; a context manager."""

    def __init__(self, command: list[str], port: int, path: str = "/") -> None:
        """Start it; `path` answers when it is ready."""
        self.port = port
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            pinned(SERVER_CPU, command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._url = f"http://127.0.0.1:{port}{path}"
        self.start_seconds = self._wait()

    def _wait(self) -> float:
        while time.perf_counter() - self._started < WAIT_SECONDS:
            if self._process.poll() is not None:
                message = f"The server ended with {self._process.returncode}: {self._url}"
                raise RuntimeError(message)
            try:
                with urllib.request.urlopen(self._url, timeout=5) as answer:  # noqa: S310
                    answer.read()
            except urllib.error.HTTPError:
                pass
            except OSError:
                time.sleep(0.005)
                continue
            return time.perf_counter() - self._started
        message = f"The server did not answer within {WAIT_SECONDS} s: {self._url}"
        raise RuntimeError(message)

    @property
    def cpu_seconds(self) -> float:
        """Processor time that it has used so far, all threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory_mib(self) -> float:
        """Resident memory, in MiB."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return float("nan")

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def bare() -> Iterator[Process]:
    """The bare application under uvicorn, as Kempelen runs."""
    port = free_port()
    here = str(Path(__file__).parent)
    options = ["--no-access-log", "--log-level", "warning", "--app-dir", here]
    command = [sys.executable, "-m", "uvicorn", "bare:application", "--port", str(port), *options]
    with Process(command, port) as process:
        yield process


@contextlib.contextmanager
def kempelen(database: Path) -> Iterator[Process]:
    """`kempelen serve --testing` on a prepared database, without limits that a load would meet."""
    port = free_port()
    os.environ["KEMPELEN_MAX_ASSIGNED_PER_WORKER"] = "1000000"
    command = [
        sys.executable,
        "-m",
        "kempelen.cli",
        "serve",
        "--testing",
        "--db",
        f"sqlite:///{database}",
        "--port",
        str(port),
    ]
    with Process(command, port, "/healthz") as process:
        yield process
