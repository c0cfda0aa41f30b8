"""What accepting and submitting costs when many more HITs are open."""

import http.client
import json
import statistics
import threading
import time
from pathlib import Path

import processes
import seed

CLIENTS = 8


class _Client:
    """One worker on one kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }

    def post(self, path: str, body: object) -> dict[str, object]:
        """Send; returns the decoded answer."""
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            message = f"{path}: {answer.status} {text[:300]!r}"
            raise RuntimeError(message)
        decoded: dict[str, object] = json.loads(text)
        return decoded

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _work(port: int, token: str, group_id: str, until: float, done: list[int]) -> None:
    client = _Client(port, token)
    count = 0
    while time.perf_counter() < until:
        accepted = client.post(f"/api/worker/v1/hit-groups/{group_id}/accept", {"count": 1})
        assignment = accepted["assignments"][0]["assignment_id"]  # type: ignore[index]  # JSON
        client.post(f"/api/worker/v1/assignments/{assignment}/submit", seed.ANSWERS)
        count += 1
    client.close()
    done.append(count)


def _cost(server: processes.Process, market: seed.Market, seconds: float) -> float:
    """Processor microseconds of the server for one accept and one submit."""
    done: list[int] = []
    before = server.cpu_seconds
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_work, args=(server.port, token, market.group_id, until, done))
        for token in market.tokens[:CLIENTS]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (server.cpu_seconds - before) * 1e6 / max(sum(done), 1)


def pair_cost(
    folder: Path, few: int, many: int, rounds: int, seconds: float
) -> tuple[float, float]:
    """Median processor microseconds of accept + submit with `few` and with `many` open HITs."""
    small = seed.prepare(folder / "few.db", hits_count=few, accepted=0)
    large = seed.prepare(folder / "many.db", hits_count=many, accepted=0)
    costs: tuple[list[float], list[float]] = ([], [])
    with (
        processes.kempelen(small.database) as first,
        processes.kempelen(large.database) as second,
    ):
        for _ in range(rounds):
            # A share of a second: the small market must not run out of HITs.
            costs[0].append(_cost(first, small, min(seconds, few / 2_000)))
            costs[1].append(_cost(second, large, min(seconds, few / 2_000)))
    return statistics.median(costs[0]), statistics.median(costs[1])
