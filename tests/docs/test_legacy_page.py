"""The checklist of the older API names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "legacy.md"
TESTS = ROOT / "tests" / "legacy"


def test_the_checklist_names_tests_that_exist() -> None:
    """Every line with a tick has one at least; numbers are without a gap."""
    text = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^- \[([ x])\] L-(\d\d) (.*)$", text, re.MULTILINE)
    assert [int(number) for _, number, _ in lines] == list(range(1, 60))
    for tick, number, rest in lines:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", rest)
        assert named or tick == " ", f"L-{number}"
        for file, function in named:
            source = (TESTS / file).read_text(encoding="utf-8")
            assert f"def {function}(" in source, f"L-{number}: {file}::{function}"


def test_every_test_file_is_in_the_checklist() -> None:
    """Nothing is tested that the page does not know of."""
    text = PAGE.read_text(encoding="utf-8")
    assert [path.name for path in TESTS.glob("test_*.py") if path.name not in text] == []
