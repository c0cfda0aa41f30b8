"""Invariants raise and are counted; failpoints kill only the process that they are armed in."""

import os
import signal
import subprocess
import sys

import pytest

from kempelen import invariants
from kempelen.invariants import InvariantBroken, failpoint, invariant

PROGRAM = """
from kempelen.invariants import failpoint
for number in (1, 2, 3):
    failpoint("before-commit")
    failpoint("elsewhere")
    print(number, flush=True)
"""


def run(armed: str | None) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "KEMPELEN_FAILPOINT"}
    if armed is not None:
        environ["KEMPELEN_FAILPOINT"] = armed
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture(autouse=True)
def count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of this test's own, since what was broken stays counted in a process."""
    monkeypatch.setattr(invariants, "BROKEN", type(invariants.BROKEN)())


def test_what_holds_passes_and_is_not_counted() -> None:
    invariant(condition=True, id="H1", pending=0)
    assert not invariants.BROKEN


def test_what_does_not_hold_raises_with_its_facts() -> None:
    with pytest.raises(InvariantBroken) as broken:
        invariant(condition=False, id="H1", pending=-1, hit_id="3ABC")
    assert broken.value.id == "H1"
    assert broken.value.facts == {"pending": -1, "hit_id": "3ABC"}
    assert str(broken.value) == "The invariant H1 is broken: pending=-1, hit_id='3ABC'."


def test_each_break_is_counted() -> None:
    for name in ("H1", "H1", "L2"):
        with pytest.raises(InvariantBroken, match="no facts"):
            invariant(condition=False, id=name)
    assert invariants.BROKEN == {"H1": 2, "L2": 1}


def test_failpoints_do_nothing_unless_armed() -> None:
    failpoint("before-commit")
    ended = run(None)
    assert (ended.returncode, ended.stdout) == (0, "1\n2\n3\n")


def test_an_armed_failpoint_kills_when_it_is_passed() -> None:
    ended = run("before-commit")
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


def test_an_armed_failpoint_waits_for_its_turn() -> None:
    ended = run("before-commit:3")
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "1\n2\n")


def test_another_failpoint_is_not_meant() -> None:
    assert run("never").returncode == 0
