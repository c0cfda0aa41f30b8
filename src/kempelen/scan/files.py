"""The files that are looked at, and their text: neither changes a byte that it does not have to.

Version control, installed packages, environments, data and what is no text are left out, unless
they are named themselves.
"""

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BYTES_MAX: Final = 4_194_304
_SNIFFED_BYTES: Final = 8192
_FOLDERS: Final = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".bzr",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".ipynb_checkpoints",
        ".Rproj.user",
        "__pycache__",
        "bower_components",
        "node_modules",
        "packrat",
        "renv",
        "site-packages",
    }
)
# A folder with one of these is an environment, whatever its name.
_ENVIRONMENTS: Final = ("pyvenv.cfg", "conda-meta")
_DATA: Final = frozenset({".csv", ".tsv", ".jsonl", ".log", ".lock", ".map"})
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A file's text with every line end and mark as it is, and how it is written."""

    text: str
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Another text in the same encoding."""
        return text.encode(self.encoding)


def below(paths: list[Path]) -> Iterator[Path]:
    """The files to look at, each once, folder by folder in alphabetical order."""
    seen: set[Path] = set()
    for path in paths:
        for found in _walk(path) if path.is_dir() else [path]:
            real = found.resolve()
            if real not in seen:
                seen.add(real)
                yield found


def read(path: Path) -> Text | None:
    """The text of a file; None when it is huge or no text. Refuses with OSError."""
    if not path.is_file() or path.stat().st_size > BYTES_MAX:
        return None
    with path.open("rb") as file:
        start = file.read(_SNIFFED_BYTES)
        encoding = next((name for bom, name in _BOMS if start.startswith(bom)), None)
        if encoding is None and b"\0" in start:
            return None
        content = start + file.read()
    # Every byte is a character of Latin-1, so a text that is no UTF-8 survives as it is.
    for name in (encoding or "utf-8", "latin-1"):
        try:
            return Text(text=content.decode(name), encoding=name)
        except UnicodeDecodeError:
            continue
    return None


def suffix(path: Path) -> str:
    """How a file's name ends, in small letters; the whole name of `.Rprofile` and its like."""
    return (path.suffix or path.name).lower()


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(name for name in folders if not _is_left_out(here / name))
        for name in sorted(names):
            path = here / name
            if path.suffix.lower() not in _DATA and path.is_file() and not path.is_symlink():
                yield path


def _is_left_out(folder: Path) -> bool:
    return (
        folder.name in _FOLDERS
        or folder.is_symlink()
        or any((folder / mark).exists() for mark in _ENVIRONMENTS)
    )
