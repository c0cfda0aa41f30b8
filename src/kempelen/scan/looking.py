"""Looking through files, and the mechanical edits of what was found."""

import difflib
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kempelen.scan import files, rules
from kempelen.scan.files import Text
from kempelen.scan.rules import Finding

# Some editors begin a file with it; none counts it as a column.
_MARK: Final = "\ufeff"


class ChangedMeanwhile(Exception):
    """The file is no longer what the shown change was made from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """The mechanical edits of one file; `digest` tells whether it is still that file."""

    path: Path
    digest: bytes
    count: int
    diff: str


def look(path: Path, known: dict[str, str]) -> list[Finding]:
    """What there is in a file, in its order; nothing in one that is no text. OSError."""
    read = files.read(path)
    if read is None or not rules.may_be_in(read.text):
        return []
    return list(_findings(path, read.text, known))


def change(path: Path, known: dict[str, str]) -> Change | None:
    """The change that the mechanical edits of a file are; None when there are none. OSError."""
    read = files.read(path)
    if read is None or not rules.may_be_in(read.text):
        return None
    new, count = _edited(path, read.text, known)
    if not count:
        return None
    return Change(path=path, digest=_digest(read), count=count, diff=_diff(path, read.text, new))


def apply(shown: Change, known: dict[str, str]) -> None:
    """Carry out a change that was shown, all of it or nothing. OSError, ChangedMeanwhile."""
    read = files.read(shown.path)
    if read is None or _digest(read) != shown.digest:
        raise ChangedMeanwhile
    new, _ = _edited(shown.path, read.text, known)
    target = shown.path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(read.encoded(new))
        shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _findings(path: Path, text: str, known: dict[str, str]) -> Iterator[Finding]:
    suffix = files.suffix(path)
    for number, line in enumerate(_lines(text), 1):
        hits = sorted(rules.in_line(line, suffix, known), key=lambda hit: hit[0])
        for start, rule, found, edit in hits:
            new = None if rule.replacement is None else rule.replacement.format_map(known)
            yield Finding(
                path=str(path),
                line=number,
                column=start + 1 - line.startswith(_MARK),
                kind=rule.kind,
                what=rule.what,
                found=found.strip(),
                edit=edit,
                new=new,
            )


def _edited(path: Path, text: str, known: dict[str, str]) -> tuple[str, int]:
    """The text with all mechanical edits, and how many there are."""
    suffix = files.suffix(path)
    lines, count = [], 0
    for line in _lines(text):
        edited = line
        # From the end of the line, so that the places before stay where they are.
        for start, rule, found, _ in sorted(
            rules.in_line(line, suffix, known), key=lambda hit: -hit[0]
        ):
            if rule.replacement is not None:
                new = rule.replacement.format_map(known)
                edited = edited[:start] + new + edited[start + len(found) :]
                count += 1
        lines.append(edited)
    return "".join(lines), count


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, which may be those of any system."""
    return iter(io.StringIO(text, newline=""))


def _diff(path: Path, old: str, new: str) -> str:
    found = difflib.unified_diff(
        [_shown(line) for line in _lines(old)],
        [_shown(line) for line in _lines(new)],
        f"a/{path}",
        f"b/{path}",
    )
    return "".join(found)


def _shown(line: str) -> str:
    return line.rstrip("\r\n") + "\n"


def _digest(read: Text) -> bytes:
    return hashlib.sha256(read.encoded(read.text)).digest()
