"""Counts how often somebody waits for PostgreSQL, as the client library traces its messages."""

import contextlib
import itertools
import tempfile
from collections.abc import Iterator

from kempelen.store.postgres import PostgreSQL


class RoundTrips:
    """`count` is known when the tracing has ended."""

    count = 0


@contextlib.contextmanager
def counted(database: PostgreSQL) -> Iterator[RoundTrips]:
    """Count on the connections that are at rest now; one client at a time needs no others."""
    found = RoundTrips()
    connections = list(database._pool._resting)
    assert connections
    with tempfile.TemporaryFile() as file:
        for connection in connections:
            connection.pgconn.trace(file.fileno())
        yield found
        for connection in connections:
            connection.pgconn.untrace()
        file.seek(0)
        # When, who (frontend or backend), how long, what; texts with line feeds go on for lines.
        messages = (line.split(b"\t") for line in file)
        senders = [parts[1] for parts in messages if len(parts) > 3 and parts[1] in {b"F", b"B"}]
        turns = itertools.pairwise(senders)
        found.count = sum(turn == (b"F", b"B") for turn in turns)
