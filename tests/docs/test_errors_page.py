"""The page of errors tells the truth."""

import inspect
import subprocess
import sys
from pathlib import Path

from kempelen.domain import errors

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
# Names that only gather others.
GROUPS = {"Refusal", "RequestError", "ParameterValidationError"}


def test_page_is_up_to_date() -> None:
    """`make docs` would not change the page."""
    command = [sys.executable, "tools/write_errors.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    assert done.returncode == 0, "Run: make docs"


def test_every_refusal_has_its_row() -> None:
    """No refusal of the catalogue is left out."""
    text = PAGE.read_text(encoding="utf-8")
    classes = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.Refusal)
    }
    assert [name for name in sorted(classes - GROUPS) if f"| {name} |" not in text] == []
