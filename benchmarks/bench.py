"""Speed as ratios: Kempelen beside a bare ASGI server and beside raw SQLite, in one run.

`make bench` runs it; `--rounds N --seconds S` make it longer, `--json FILE` keeps the figures.
Needs wrk on the PATH. Server and client are kept on different processors.
"""

import argparse
import json
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import load
import processes
import raw_sqlite
import seed
from growth import pair_cost
from load import Result

NEEDS_WRK = (
    "The benchmark replays requests with wrk. Install it (Debian, Ubuntu: apt-get install wrk)."
)
FEW_HITS, MANY_HITS = 1_000, 100_000
CREATES = 6_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One measure, what it must reach at least (or at most), and what it reached."""

    name: str
    value: float
    bound: float
    is_minimum: bool
    unit: str = "×"

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.value >= self.bound if self.is_minimum else self.value <= self.bound


class Measurement:
    """All rounds of one run."""

    def __init__(
        self, options: argparse.Namespace, folder: Path, say: Callable[[str], None]
    ) -> None:
        """Prepare nothing yet."""
        self.rounds: int = options.rounds
        self.is_quick: bool = options.quick
        self.seconds: float = options.seconds
        self.folder = folder
        self.say = say
        self.gates: list[Gate] = []
        self.rows: list[tuple[str, int, Result, float]] = []

    def run(self) -> None:
        """Measure everything, in order."""
        self.say("preparing a database with open HITs and accepted assignments")
        submits = int(self.rounds * self.seconds * 3_500) + 4_000
        market = seed.prepare(
            self.folder / "market.db", hits_count=max(FEW_HITS, submits // 2 + 1), accepted=submits
        )
        with processes.bare() as bare, processes.kempelen(market.database) as server:
            idle = self._idle(server)
            self._reads(market, bare, server)
            self._creates(market, server)
            self._submits(market, server)
        self.gates.append(idle)
        if self.is_quick:
            return
        self.say(f"comparing {FEW_HITS:,} with {MANY_HITS:,} open HITs")
        few, many = pair_cost(self.folder, FEW_HITS, MANY_HITS, self.rounds, self.seconds)
        self.gates.append(
            Gate(
                name=f"accept + submit, {MANY_HITS:,} open HITs against {FEW_HITS:,} (CPU)",
                value=many / few,
                bound=1.2,
                is_minimum=False,
            )
        )

    def _idle(self, server: processes.Process) -> Gate:
        self.gates.append(
            Gate(
                name="first answer after start",
                value=server.start_seconds,
                bound=2.0,
                is_minimum=False,
                unit="s",
            )
        )
        return Gate(
            name="idle memory", value=server.memory_mib, bound=80, is_minimum=False, unit="MiB"
        )

    def _rounds(
        self, name: str, server: processes.Process, file: Path, connections: int, *, once: bool
    ) -> Result:
        before = server.cpu_seconds
        result = load.replay(
            server.port, file, connections=connections, seconds=self.seconds, once=once
        )
        cpu = (server.cpu_seconds - before) * 1e6 / max(result.requests, 1)
        if result.bad:
            message = f"{name}: {result.bad} of {result.requests} requests failed"
            raise RuntimeError(message)
        self.rows.append((name, connections, result, cpu))
        return result

    def _reads(
        self, market: seed.Market, bare: processes.Process, server: processes.Process
    ) -> None:
        ratios: dict[int, list[float]] = {1: [], 16: [], 64: []}
        for number in range(self.rounds):
            self.say(f"GetHIT beside a bare server, round {number + 1} of {self.rounds}")
            ids = market.hit_ids
            bodies: list[dict[str, object]] = [
                {"HITId": ids[(item * 7919) % len(ids)]} for item in range(4_000)
            ]
            requests = load.calls(market.key, server.port, "GetHIT", bodies)
            file = load.write(self.folder / "get.bin", requests)
            for connections, found in ratios.items():
                floor = self._rounds("bare ASGI", bare, file, connections, once=False)
                seen = self._rounds("GetHIT", server, file, connections, once=False)
                found.append(seen.rate / floor.rate)
        self.gates.append(
            Gate(
                name="GetHIT against bare ASGI, 16 connections",
                value=statistics.median(ratios[16]),
                bound=0.30,
                is_minimum=True,
            )
        )

    def _creates(self, market: seed.Market, server: processes.Process) -> None:
        ratios, tails = [], []
        for number in range(self.rounds):
            self.say(f"CreateHIT beside raw SQLite, round {number + 1} of {self.rounds}")
            bodies = list(map(seed.wire_body, range(CREATES)))
            file = load.write(
                self.folder / "create.bin",
                load.calls(market.key, server.port, "CreateHIT", bodies),
            )
            raw = self._raw(number)
            seen = self._rounds("CreateHIT", server, file, 64, once=False)
            ratios.append(seen.rate / raw)
            few = self._rounds("CreateHIT", server, file, 16, once=False)
            tails.append(few.p99 / few.p50)
            self._rounds("CreateHIT", server, file, 1, once=False)
        self.gates += [
            Gate(
                name="CreateHIT durable against raw SQLite in batches of 64, 64 connections",
                value=statistics.median(ratios),
                bound=0.25,
                is_minimum=True,
            ),
            Gate(
                name="CreateHIT p99 against its p50, 16 connections",
                value=statistics.median(tails),
                bound=5,
                is_minimum=False,
            ),
        ]

    def _raw(self, number: int) -> float:
        folder = self.folder / f"raw-{number}"
        folder.mkdir()
        script = str(Path(raw_sqlite.__file__))
        command = [sys.executable, script, f"{self.seconds:g}", "64", str(folder)]
        done = subprocess.run(
            processes.pinned(processes.SERVER_CPU, command),
            capture_output=True,
            check=True,
            text=True,
        )
        found = json.loads(done.stdout)
        self.rows.append(
            (
                f"raw SQLite, batches of 64 (fsync {found['fsync_ms']:.2f} ms)",
                1,
                Result(rate=found["rate"], p50=0, p99=0, requests=0, bad=0),
                1e6 / found["rate"],
            )
        )
        return float(found["rate"])

    def _submits(self, market: seed.Market, server: processes.Process) -> None:
        share = len(market.assignments) // self.rounds
        ratios = []
        for number in range(self.rounds):
            self.say(f"submit with a policy, round {number + 1} of {self.rounds}")
            chosen = market.assignments[number * share : (number + 1) * share]
            requests = [
                load.posted(
                    server.port,
                    f"/api/worker/v1/assignments/{assignment_id}/submit",
                    token,
                    dict(seed.ANSWERS),
                )
                for assignment_id, token in chosen
            ]
            file = load.write(self.folder / "submit.bin", requests)
            seen = self._rounds("submit with a policy", server, file, 64, once=True)
            bodies: list[dict[str, object]] = [
                {"HITId": hit_id} for hit_id in market.hit_ids[:4_000]
            ]
            reading = load.write(
                self.folder / "get.bin", load.calls(market.key, server.port, "GetHIT", bodies)
            )
            read = self._rounds("GetHIT", server, reading, 64, once=False)
            ratios.append(seen.rate / read.rate)
        self.gates.append(
            Gate(
                name="submit with a policy against GetHIT, 64 connections",
                value=statistics.median(ratios),
                bound=0.30,
                is_minimum=True,
            )
        )


def show(measurement: Measurement, console: Console) -> None:
    """Two tables: what was seen, and how it compares."""
    seen = Table(title="Seen", title_justify="left")
    seen.add_column("What")
    for heading in ("connections", "per second", "p50 ms", "p99 ms", "CPU µs each"):
        seen.add_column(heading, justify="right")
    groups: dict[tuple[str, int], list[tuple[Result, float]]] = {}
    for name, connections, result, cpu in measurement.rows:
        groups.setdefault((name.partition(" (")[0], connections), []).append((result, cpu))
    for (name, connections), results in groups.items():
        rates = [result.rate for result, _ in results]
        seen.add_row(
            name,
            str(connections),
            f"{statistics.median(rates):,.0f}",
            f"{statistics.median(result.p50 for result, _ in results):.2f}",
            f"{statistics.median(result.p99 for result, _ in results):.2f}",
            f"{statistics.median(cpu for _, cpu in results):.0f}",
        )
    console.print(seen)
    gates = Table(title="Gates", title_justify="left")
    for heading in ("Measure", "Reached", "Bound", ""):
        gates.add_column(heading, justify="right" if heading in {"Reached", "Bound"} else "left")
    for gate in measurement.gates:
        sign = "≥" if gate.is_minimum else "≤"
        gates.add_row(
            gate.name,
            f"{gate.value:.2f} {gate.unit}",
            f"{sign} {gate.bound:g}",
            "holds" if gate.holds else "[bold red]missed",
        )
    console.print(gates)


def machine() -> str:
    """The machine in one line."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return (
        f"{model}, {len(processes.SERVER_CPU + processes.CLIENT_CPU)} processors used, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def main() -> int:
    """Measure and show; the exit code says whether every gate holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true", help="leave the 100,000 HITs out")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print(NEEDS_WRK, file=sys.stderr)
        return 2
    console = Console()
    console.print(machine())
    with (
        tempfile.TemporaryDirectory(prefix="kempelen-bench-") as folder,
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        ) as progress,
    ):
        task = progress.add_task("starting")
        measurement = Measurement(
            options, Path(folder), lambda text: progress.update(task, description=text)
        )
        measurement.run()
    show(measurement, console)
    if options.json:
        found = {gate.name: gate.value for gate in measurement.gates}
        options.json.write_text(json.dumps({"machine": machine(), "gates": found}, indent=2))
    return 0 if all(gate.holds for gate in measurement.gates) else 1


if __name__ == "__main__":
    sys.exit(main())
