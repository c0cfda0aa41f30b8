"""The coverage table tells the truth."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "coverage.md"


def test_page_is_up_to_date() -> None:
    """`make docs` would not change the page."""
    command = [sys.executable, "tools/write_coverage.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    assert done.returncode == 0, "Run: make docs"


def test_every_served_operation_is_tested() -> None:
    """No served operation stands without a test file."""
    present, _, older = PAGE.read_text(encoding="utf-8").partition("## The older API")
    form = r"^\| (\w+) \| (yes|no) \| [^|]+ \| (.*) \|$"
    rows = re.findall(form, present, re.MULTILINE)
    assert len(rows) == 39
    older_form = r"^\| (\w+) \| \w+ \| (yes|no) \| (.*) \|$"
    older_rows = re.findall(older_form, older, re.MULTILINE)
    assert len(older_rows) == 44
    every = rows + older_rows
    assert [name for name, state, tests in every if state != "yes" or tests == "—"] == []
