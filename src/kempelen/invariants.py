"""What only a bug can break, checked always; and the points at which crash tests kill us."""

import os
import signal
from collections import Counter

BROKEN: Counter[str] = Counter()
"""How often each invariant was broken in this process, for the health page and metrics."""


class InvariantBroken(Exception):
    """A statement about the market that only a bug can break does not hold."""

    def __init__(self, id: str, facts: dict[str, object]) -> None:  # noqa: A002
        """Keep the id of the invariant and what was seen."""
        self.id = id
        self.facts = facts
        seen = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        super().__init__(f"The invariant {id} is broken: {seen or 'no facts'}.")


def invariant(condition: bool, id: str, **facts: object) -> None:  # noqa: A002, FBT001
    """Raise InvariantBroken unless the condition holds; `id` as in docs/reference/invariants.md."""
    if not condition:
        BROKEN[id] += 1
        raise InvariantBroken(id, facts)


def failpoint(name: str) -> None:
    """Kill this process, as a power cut would, when KEMPELEN_FAILPOINT names this point.

    `name:3` dies when the point is passed for the third time. Without the variable: nothing.
    """
    if name == _ARMED:
        _PASSED[name] += 1
        if _PASSED[name] >= _NTH:
            os.kill(os.getpid(), signal.SIGKILL)


_ARMED, _, _nth = os.environ.get("KEMPELEN_FAILPOINT", "").partition(":")
_NTH = int(_nth or 1)
_PASSED: Counter[str] = Counter()
