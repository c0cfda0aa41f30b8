"""The parameters of a Query request, by name: numbered lists, structures, and every old spelling.

Clients of fifteen years wrote the same thing in many ways (docs/reference/legacy.md); here all of
them come out alike. Names are looked up as an operation declares them, never guessed from keys.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol, Self

FIELDS_MAX: Final = 20_000
Path = tuple[str, ...]

_ALIASES: Final = {"HitId": "HITId", "HitTypeId": "HITTypeId"}
_NUMBER: Final = re.compile("[0-9]{1,9}")
# MTurkR numbers this one without a dot.
_NUMBERED_GROUP: Final = re.compile("ResponseGroup([0-9]{1,9})")
_FIRST: Final = -1


class Given(Protocol):
    """What a caller gave, whichever protocol it came in."""

    def texts(self, name: str) -> list[str]:
        """Every value of a list in its order."""
        ...

    def text(self, name: str) -> str | None:
        """The value of a scalar; empty ones count as absent."""
        ...

    def parts(self, name: str) -> Sequence["Given"]:
        """Every structure of a list in its order."""
        ...


class Parameters:
    """The parameters at one level of a Query request."""

    def __init__(self, fields: Iterable[tuple[Path, str]]) -> None:
        """Keep those with a value, in their order."""
        self._fields = [(path, value) for path, value in fields if path and value]

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Self:
        """Read keys such as `QualificationRequirement.1.LocaleValue.Country`."""
        return cls((_path(key), value) for key, value in fields)

    def texts(self, name: str) -> list[str]:
        """`P.N` in the order of N from 0 on, gaps allowed; `P`, once or repeated, comes first."""
        found = []
        for path, value in self._fields:
            if path[0] == name and len(path) == 1:
                found.append((_FIRST, value))
            elif path[0] == name and len(path) == 2 and _NUMBER.fullmatch(path[1]):  # noqa: PLR2004
                found.append((int(path[1]), value))
        return [value for _, value in sorted(found, key=lambda item: item[0])]

    def text(self, name: str) -> str | None:
        """`P`, else `P.1`, else `P.0`."""
        for wanted in ((name,), (name, "1"), (name, "0")):
            for path, value in self._fields:
                if path == wanted:
                    return value
        return None

    def parts(self, name: str) -> list["Parameters"]:
        """`P.N.Member` by N; `P.Member` is one structure, and comes first."""
        found: dict[int, list[tuple[Path, str]]] = {}
        for path, value in self._fields:
            if path[0] != name or len(path) == 1:
                continue
            if not _NUMBER.fullmatch(path[1]):
                found.setdefault(_FIRST, []).append((path[1:], value))
            elif path[2:]:
                found.setdefault(int(path[1]), []).append((path[2:], value))
        return [Parameters(found[number]) for number in sorted(found)]

    def requests(self, operation: str) -> list["Parameters"]:
        """The requests of a call: usually one; several as `Operation.N.P`, `Operation.Shared.P`."""
        found: dict[int, list[tuple[Path, str]]] = {}
        shared = []
        for path, value in self._fields:
            if path[0] == operation and path[2:]:
                if path[1] == "Shared":
                    shared.append((path[2:], value))
                elif _NUMBER.fullmatch(path[1]):
                    found.setdefault(int(path[1]), []).append((path[2:], value))
        if not found:
            return [self]
        return [Parameters([*found[number], *shared]) for number in sorted(found)]


def _path(key: str) -> Path:
    key = key.strip()
    numbered = _NUMBERED_GROUP.fullmatch(key)
    if numbered is not None:
        return ("ResponseGroup", numbered[1])
    first, *rest = key.split(".")
    return () if not first else (_ALIASES.get(first, first), *rest)
