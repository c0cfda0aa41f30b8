"""Write docs/reference/coverage.md: each operation, the protocols that serve it, and its tests."""

import re
import sys
from pathlib import Path

from kempelen.api import catalogue
from kempelen.operations import served

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "reference" / "coverage.md"
TESTS = ROOT / "tests"
HEADER = """# Coverage of the Requester API

The 39 operations of API version 2017-01-17: which protocols serve each, and which test files call
it. Written by `make docs`; a test keeps it true. An operation that is not served yet answers
`RequestError` with the code `AWS.NotYetServed`.

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
    words = rf"\b({method}|{name}Request)\(|\.{method}\b|\"{method.replace('_', '-')}\""
    calls = re.compile(words)
    return [
        path.relative_to(TESTS).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        if calls.search(path.read_text(encoding="utf-8"))
    ]


def page() -> str:
    """The whole page."""
    rows = []
    for name in sorted(catalogue.OPERATIONS):
        is_served = served.named(name) is not None
        files = testing_files(name) if is_served else []
        shown = ", ".join(f"`{file}`" for file in files) or "—"
        rows.append(f"| {name} | {'yes' if is_served else 'not yet'} | {shown} |\n")
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
