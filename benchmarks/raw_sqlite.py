"""SQLite itself, doing the rows that a CreateHIT writes: the other floor to compare with.

Run as a program: `raw_sqlite.py SECONDS BATCH FOLDER` prints creations per second as JSON.
"""

import itertools
import json
import os
import sqlite3
import statistics
import sys
import time
from pathlib import Path

from kempelen.store.sqlite import SQLite
from seed import QUESTION

HIT_COLUMNS = {
    "hit_type_id": "3TYPE",
    "group_id": "3GROUP",
    "requester_id": "AREQUESTER",
    "status": "Assignable",
    "created_at": 1,
    "expiration": 2**50,
    "max_assignments": 3,
    "created_max_assignments": 3,
    "fee": 0,
    "annotation": "item-1",
    "pending": 0,
    "submitted": 0,
    "approved": 0,
    "rejected": 0,
    "is_expired": 0,
    "is_reviewing": 0,
    "is_disposed": 0,
    "hold_moves": 1,
    "hit_runs": 0,
    "work_at_last_run": 0,
    "next_due": 2**50,
}
INSERT_HIT = (
    f"INSERT INTO hits (hit_id, {', '.join(HIT_COLUMNS)}) "
    f"VALUES (?, {', '.join('?' * len(HIT_COLUMNS))})"
)
FIND_TYPE = "SELECT hit_type_id FROM hit_types WHERE requester_id = ? AND fingerprint = ?"
INSERT_QUESTION = "INSERT INTO questions (n, question) VALUES (?, ?)"
INSERT_TRANSFER = (
    "INSERT INTO transfers (transfer_id, source, target, amount, kind, hit_id, created_at) "
    "VALUES (?, 'available', 'on_hold', 1500, 'hold', ?, 1)"
)
MOVE = "UPDATE accounts SET balance = balance + ? WHERE account_id = ?"
COUNT = "UPDATE group_counts SET open_hits = open_hits + 1 WHERE group_id = '3GROUP'"
INSERT_EVENT = (
    "INSERT INTO events (type, hit_id, hit_type_id, happened_at) "
    "VALUES ('HITCreated', ?, '3TYPE', 1)"
)


def create(connection: sqlite3.Connection, hit_id: str) -> None:
    """The rows of one HIT, as the server writes them."""
    execute = connection.execute
    execute(FIND_TYPE, ("AREQUESTER", "f")).fetchone()
    execute(INSERT_TRANSFER, (f"hold:{hit_id}:0", hit_id))
    execute(MOVE, (-1500, "available"))
    execute(MOVE, (1500, "on_hold"))
    n = execute(INSERT_HIT, (hit_id, *HIT_COLUMNS.values())).lastrowid
    execute(INSERT_QUESTION, (n, QUESTION))
    execute(COUNT)
    execute(INSERT_EVENT, (hit_id,))


def measure(path: Path, seconds: float, batch: int) -> float:
    """Creations per second with `batch` of them in each durable transaction."""
    SQLite(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=500"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("INSERT INTO accounts VALUES ('available', 0), ('on_hold', 0)")
    connection.execute("INSERT INTO group_counts VALUES ('3GROUP', 0, 1, 1)")
    numbers = itertools.count()
    started = time.perf_counter()
    done = 0
    while time.perf_counter() - started < seconds:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(batch):
            create(connection, f"3HIT{next(numbers):026d}")
        connection.execute("COMMIT")
        done += batch
    rate = done / (time.perf_counter() - started)
    connection.close()
    return rate


def fsync_ms(folder: Path, rounds: int = 100) -> float:
    """The median time of a small durable write, in milliseconds."""
    times = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(rounds):
            file.write(b"x" * 512)
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


if __name__ == "__main__":
    seconds_wanted, batch_wanted, folder_wanted = sys.argv[1:]
    folder_path = Path(folder_wanted)
    print(
        json.dumps(
            {
                "rate": measure(folder_path / "raw.db", float(seconds_wanted), int(batch_wanted)),
                "fsync_ms": fsync_ms(folder_path),
            }
        )
    )
