"""Ids have the forms that MTurk's clients expect, and secrets are as long as promised."""

import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from kempelen.ids import Ids, RequestIds

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)

FORMS: list[tuple[str, Callable[[Ids], str]]] = [
    (r"3[0-9A-Z]{29}", lambda ids: ids.entity(NOW)),
    (r"A[0-9A-Z]{13}", lambda ids: ids.worker()),
    (r"A[0-9A-Z]{13}", lambda ids: ids.requester()),
    (r"AKIA[A-Z2-7]{16}", lambda ids: ids.access_key_id()),
    (r"[A-Za-z0-9+/]{40}", lambda ids: ids.secret()),
    (r"([a-hj-km-np-z2-9]{4}-){3}[a-hj-km-np-z2-9]{4}", lambda ids: ids.password()),
    (r"kw_[A-Za-z0-9_-]{32}", lambda ids: ids.token("kw_")),
    (r"[A-Za-z0-9_-]{32}", lambda ids: ids.ticket()),
]

FORKING = """
import os
from datetime import UTC, datetime
from kempelen.ids import Ids
now, ids = datetime(2026, 3, 1, tzinfo=UTC), Ids()
ids.entity(now)
child = os.fork()
if child:
    os.waitpid(child, 0)
print(ids.entity(now), flush=True)
"""


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a repeatable source is what is tested


@pytest.mark.parametrize(("form", "make"), FORMS)
def test_each_kind_has_its_form(form: str, make: Callable[[Ids], str]) -> None:
    ids = Ids()
    for _ in range(200):
        assert re.fullmatch(form, make(ids))


@pytest.mark.parametrize(("form", "make"), FORMS)
def test_none_comes_twice(form: str, make: Callable[[Ids], str]) -> None:
    ids = Ids()
    made = [make(ids) for _ in range(2000)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(("form", "make"), FORMS)
def test_a_seed_repeats_them(form: str, make: Callable[[Ids], str]) -> None:
    one, other = (Ids(seeded(7)) for _ in range(2))
    assert [make(one) for _ in range(50)] == [make(other) for _ in range(50)]


def test_ids_of_later_minutes_sort_later() -> None:
    ids = Ids()
    made = [ids.entity(NOW + timedelta(minutes=minute)) for minute in range(100)]
    assert made == sorted(made)


def test_ids_of_one_minute_share_their_beginning_only() -> None:
    ids = Ids()
    one, other = ids.entity(NOW), ids.entity(NOW + timedelta(seconds=20))
    assert one[:5] == other[:5]
    assert one[5:] != other[5:]


def test_characters_are_equally_likely() -> None:
    """A chi-squared test with 35 degrees of freedom; the seed makes it repeatable."""
    ids = Ids(seeded(1))
    counts = Counter("".join(ids.entity(NOW)[5:] for _ in range(20_000)))
    expected = sum(counts.values()) / 36
    assert len(counts) == 36
    assert sum((seen - expected) ** 2 / expected for seen in counts.values()) < 66.6


def test_threads_do_not_get_the_same() -> None:
    ids = Ids()
    made: list[str] = []

    def draw() -> None:
        made.extend([ids.entity(NOW) for _ in range(1000)])

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


def test_a_forked_process_does_not_repeat_its_parent() -> None:
    """In a process of its own, since this one may have threads, which do not go with fork."""
    ended = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, text=True, check=True, timeout=30
    )
    parent, child = ended.stdout.split()
    assert len(parent) == len(child) == 30
    assert parent != child


def test_below_stays_below() -> None:
    ids = Ids(seeded(3))
    assert {ids.below(3) for _ in range(200)} == {0, 1, 2}


def test_request_ids_look_like_uuids_and_differ() -> None:
    request_ids = RequestIds()
    made = [request_ids.next() for _ in range(1000)]
    form = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(form, request_id) for request_id in made)
    assert len(set(made)) == 1000
    assert RequestIds().next()[:23] != made[0][:23]
