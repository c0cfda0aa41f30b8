"""Write docs/reference/coverage.md: operations of both APIs, protocols, and their tests."""

import re
import sys
from collections import Counter
from pathlib import Path

from kempelen.api import catalogue
from kempelen.edges.aws.legacy import operations as older
from kempelen.edges.aws.legacy.information import NAME as HELP
from kempelen.operations import served
from kempelen.operations.registry import Operation

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "reference" / "coverage.md"
TESTS = ROOT / "tests"
HEADER = """# Coverage of the Requester API

The 39 operations of API version 2017-01-17: which protocols serve each, and how many test files of
each folder below `tests` call it. Written by `make docs`; a test keeps it true.

{count} of {total} operations are served.

| Operation | AWS JSON 1.1 | In the older API | Tested by |
| --- | --- | --- | --- |
"""
OLDER_HEADER = """
## The older API

The operations of versions up to 2014-08-15, which [have a page of their own](legacy.md): the
operation that carries each out, whether the Query protocol serves it, and by how many test files it
is called under its older name or through boto 2. Those without a successor are of the older API
alone. {count} of {total} are served.

| Operation | Carried out by | Query protocol | Tested by |
| --- | --- | --- | --- |
"""
# Methods of boto 2 that are not called like the operation.
BOTO_METHODS = {
    "DisposeHIT": "dispose_hit",
    "ForceExpireHIT": "expire_hit",
    "SetHITAsReviewing": "set_reviewing",
    "ChangeHITTypeOfHIT": "change_hit_type_of_hit",
    "GetAssignmentsForHIT": "get_assignments",
    "SetHITTypeNotification": "set_rest_notification",
    "GetQualificationsForQualificationType": "get_qualifications_for_qualification_type",
    "Help": "get_help",
}
# What became of operations that the older API alone has.
SUCCESSORS = {
    "ListHITs": "SearchHITs",
    "ListReviewableHITs": "GetReviewableHITs",
    "ListAssignmentsForHIT": "GetAssignmentsForHIT",
    "ListReviewPolicyResultsForHIT": "GetReviewResultsForHIT",
    "CreateAdditionalAssignmentsForHIT": "ExtendHIT",
    "UpdateExpirationForHIT": "ExtendHIT, ForceExpireHIT",
    "UpdateNotificationSettings": "SetHITTypeNotification",
}


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


def older_testing_files(name: str) -> list[str]:
    """The test files that call an operation of the older API."""
    method = BOTO_METHODS.get(name, snake(name))
    calls = re.compile(rf'\.{method}\(|"{name}"')
    return [
        path.relative_to(TESTS).as_posix()
        for path in sorted((TESTS / "legacy").rglob("test_*.py"))
        if calls.search(path.read_text(encoding="utf-8"))
    ]


def older_names(name: str) -> str:
    """Under which names the older API has an operation."""
    rows = [row for row in older.BY_NAME.values() if row.operation == name]
    rows += [
        row
        for row in older.BY_NAME.values()
        if row.instead is not None and row.instead[1].operation == name
    ]
    return ", ".join(sorted(row.name for row in rows)) or SUCCESSORS.get(name, "—")


def older_row(name: str) -> str:
    """An operation of the older API."""
    row = older.BY_NAME.get(name)
    files = older_testing_files(name)
    by = "itself" if row is None or isinstance(row.operation, Operation) else row.operation
    return f"| {name} | {by} | yes | {folders(files)} |\n"


def folders(files: list[str]) -> str:
    """How many test files of each folder."""
    counts = Counter(file.partition("/")[0] for file in files)
    return ", ".join(f"{folder} {count}" for folder, count in sorted(counts.items())) or "—"


def page() -> str:
    """The whole page."""
    rows = []
    for name in sorted(catalogue.OPERATIONS):
        files = testing_files(name)
        state = "yes" if name in served.BY_NAME else "no"
        rows.append(f"| {name} | {state} | {older_names(name)} | {folders(files)} |\n")
    header = HEADER.format(count=len(served.BY_NAME), total=len(catalogue.OPERATIONS))
    older_rows = [older_row(name) for name in sorted([*older.BY_NAME, HELP])]
    count = sum("| yes |" in row for row in older_rows)
    older_header = OLDER_HEADER.format(count=count, total=len(older_rows))
    return header + "".join(rows) + older_header + "".join(older_rows)


def main() -> int:
    """Write the page; with --check only say whether it is true."""
    text = page()
    if "--check" in sys.argv:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
