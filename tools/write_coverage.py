"""Write docs/reference/coverage.md: each operation, the protocols that serve it, and its tests."""

import re
import sys
from collections import Counter
from pathlib import Path

from kempelen.api import catalogue
from kempelen.operations import served

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "reference" / "coverage.md"
TESTS = ROOT / "tests"
HEADER = """# Coverage of the Requester API

The 39 operations of API version 2017-01-17: which protocols serve each, and how many test files of
each folder below `tests` call it. Written by `make docs`; a test keeps it true. An operation that
is not served yet answers `RequestError` with the code `AWS.NotYetServed`.

{count} of {total} operations are served.

| Operation | AWS JSON 1.1 | Tested by |
| --- | --- | --- |
"""


def snake(name: str) -> str:
    """The boto3 method of an operation: ListHITs is list_hits."""
    parts = re.sub("HITs", "Hits", name)
    parts = re.sub("HIT", "Hit", parts).replace("URL", "Url")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", parts).lower()


def testing_files(name: str) -> list[str]:
    """The test files that call an operation through its function, its request or a client."""
    method = snake(name)
    command = method.replace("_", "-")
    calls = re.compile(rf'\b({method}|{name}Request)\(|\.{method}\b|"{command}"|"{name}"')
    return [
        path.relative_to(TESTS).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        if calls.search(path.read_text(encoding="utf-8"))
    ]


def folders(files: list[str]) -> str:
    """How many test files of each folder."""
    counts = Counter(file.partition("/")[0] for file in files)
    return ", ".join(f"{folder} {count}" for folder, count in sorted(counts.items())) or "—"


def page() -> str:
    """The whole page."""
    rows = []
    for name in sorted(catalogue.OPERATIONS):
        is_served = served.named(name) is not None
        files = testing_files(name) if is_served else []
        rows.append(f"| {name} | {'yes' if is_served else 'not yet'} | {folders(files)} |\n")
    header = HEADER.format(count=len(served.BY_NAME), total=len(catalogue.OPERATIONS))
    return header + "".join(rows)


def main() -> int:
    """Write the page; with --check only say whether it is true."""
    text = page()
    if "--check" in sys.argv:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
