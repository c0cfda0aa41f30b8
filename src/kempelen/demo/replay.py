"""The crowd of the demo at work: each worker accepts HITs and submits answers, over HTTP only.

Several connections at a time, each kept open, as a crowd's programs would do it.
"""

import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from kempelen.demo import questions
from kempelen.demo.crowd import Answer

CONNECTIONS = 6
TIMEOUT_SECONDS = 30
BASE = "/api/worker/v1"


class WorkRefused(Exception):
    """The server did not take what a worker of the crowd did; the message says what it said."""


class _Connection:
    """One connection to the worker API."""

    def __init__(self, url: str) -> None:
        """Connect at the first request."""
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)

    def post(self, path: str, token: str, body: object) -> Any:
        """Post JSON as the worker with this token; WorkRefused unless it succeeds."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            self._http.request("POST", BASE + path, json.dumps(body), headers)
            response = self._http.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise WorkRefused(f"POST {path} got no answer: {error}") from error
        if response.status >= HTTPStatus.BAD_REQUEST:
            text = content.decode("utf-8", "replace")
            raise WorkRefused(f"POST {path} was answered {response.status}: {text}")
        return json.loads(content)

    def close(self) -> None:
        """Hang up."""
        self._http.close()


def replay(
    url: str,
    answers: Sequence[Answer],
    tokens: Mapping[int, str],
    hit_ids: Mapping[int, str],
    note: Callable[[], object],
) -> None:
    """Give all answers, each as its own worker; calls `note` after each one. WorkRefused.

    `tokens` are by worker and `hit_ids` by item.
    """
    todo = _Shared(iter(answers))

    def work() -> None:
        with contextlib.closing(_Connection(url)) as connection:
            for answer in todo:
                _give(connection, tokens[answer.worker], hit_ids[answer.item], answer.label)
                note()

    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="crowd") as pool:
        try:
            done, _ = wait(
                [pool.submit(work) for _ in range(CONNECTIONS)], return_when=FIRST_EXCEPTION
            )
        finally:
            todo.end()
    for future in done:
        future.result()


class _Shared:
    """An iterator that several threads draw from, until it is exhausted or ended."""

    def __init__(self, source: Iterator[Answer]) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._has_ended = False

    def __iter__(self) -> Iterator[Answer]:
        return self

    def __next__(self) -> Answer:
        with self._lock:
            if self._has_ended:
                raise StopIteration
            return next(self._source)

    def end(self) -> None:
        """Give nothing more to anybody."""
        self._has_ended = True


def _give(connection: _Connection, token: str, hit_id: str, label: str) -> None:
    accepted = connection.post(f"/hits/{hit_id}/accept", token, {})
    (assignment,) = accepted["assignments"]
    answers = {questions.LABEL: {"selections": [label]}}
    connection.post(
        f"/assignments/{assignment['assignment_id']}/submit", token, {"answers": answers}
    )
