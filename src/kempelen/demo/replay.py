"""The crowd of the demo at work: each worker accepts HITs and submits answers, over HTTP only.

Several of them at a time, each on a connection of its own that stays open.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from kempelen.demo import questions
from kempelen.demo.crowd import Answer
from kempelen.demo.server import Site
from kempelen.testing.worker import Worker, WorkRefused

AT_ONCE = 12


def replay(
    site: Site,
    accounts: Mapping[int, Mapping[str, str]],
    answers: Sequence[Answer],
    hit_ids: Mapping[int, str],
    note: Callable[[], object],
) -> None:
    """Give all answers, each as its own worker; calls `note` after each one.

    `accounts` are by worker, `hit_ids` by item. WorkRefused or OSError when the server does not
    take an answer.
    """
    todo = _Shared(iter(answers))
    with contextlib.ExitStack() as stack:
        workers = {
            number: stack.enter_context(contextlib.closing(_worker(site, account)))
            for number, account in accounts.items()
        }

        def work() -> None:
            for answer in todo:
                _give(workers[answer.worker], hit_ids[answer.item], answer.label)
                note()

        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE, thread_name_prefix="crowd"))
        try:
            started = [pool.submit(work) for _ in range(AT_ONCE)]
            done, _ = wait(started, return_when=FIRST_EXCEPTION)
        finally:
            todo.end()
    for future in done:
        future.result()


def refusal(site: Site, account: Mapping[str, str], hit_id: str) -> str:
    """The code with which a worker is refused a HIT; empty when it is accepted."""
    with contextlib.closing(_worker(site, account)) as worker:
        try:
            worker.call("POST", f"/hits/{hit_id}/accept", {})
        except WorkRefused as refused:
            return refused.code
    return ""


def _worker(site: Site, account: Mapping[str, str]) -> Worker:
    return Worker(site.url, password="", **account)


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


def _give(worker: Worker, hit_id: str, label: str) -> None:
    """Accept a HIT and submit the answer; the task itself need not be fetched, it is known."""
    (assignment,) = worker.call("POST", f"/hits/{hit_id}/accept", {})["assignments"]
    answers = {questions.LABEL: {"selections": [label]}}
    worker.call("POST", f"/assignments/{assignment['assignment_id']}/submit", {"answers": answers})
