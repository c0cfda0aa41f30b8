"""Checking the demo's market: `kempelen check` on its database, beside the running server."""

import json
import subprocess
import sys
from dataclasses import dataclass

from kempelen.demo.server import ServerFailed


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How many invariants were checked over how many rows, and what breaks them."""

    invariants: int
    rows: int
    broken: tuple[str, ...]


def check(database: str) -> Verdict:
    """Look at every row; ServerFailed when the check itself does not work."""
    command = [sys.executable, "-m", "kempelen.cli", "check", "--db", database, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this Python, our command
    try:
        found = json.loads(ended.stdout)
    except ValueError:
        message = f"The database could not be checked: {ended.stderr.strip()}"
        raise ServerFailed(message) from None
    return Verdict(
        invariants=len(found),
        rows=sum(item["rows"] for item in found),
        broken=tuple(f"{item['id']}: {what}" for item in found for what in item["named"]),
    )
