"""`kempelen doctor`: looks at an installation without changing it, and says what to do."""

import argparse

from kempelen.cli import checks, opening, options
from kempelen.cli.checks import Finding, Verdict
from kempelen.cli.options import CommandRefused, Subparsers

_DESCRIPTION = """\
Look at an installation and change nothing: versions, settings, file modes, disk, clock, schema,
plugins, and whether a server is running. The exit code is 1 when there is a problem."""
_EXAMPLES = """\
  kempelen doctor
  kempelen doctor --db sqlite:///pilot.db
  kempelen doctor --config /etc/kempelen.toml"""
_HEADINGS = ("VERDICT", "CHECK", "FOUND")


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "doctor",
        summary="look for weak spots of an installation",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    options.add_installation(parser)


def run(args: argparse.Namespace) -> int:
    """Print a table of findings; returns 1 when one of them is a problem."""
    findings = _findings(args)
    _show(findings)
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    print()
    if problems:
        print(f"{problems} problem{'s' if problems > 1 else ''} found.")
        return 1
    print("No problem found.")
    return 0


def _findings(args: argparse.Namespace) -> list[Finding]:
    """All findings; without readable settings only those that need none."""
    try:
        chosen = opening.load(args)
    except CommandRefused as refused:
        wrong = Finding(verdict=Verdict.PROBLEM, check="settings", found=str(refused))
        return [*checks.of_machine(), wrong]
    return [
        *checks.of_machine(),
        *checks.of_settings(chosen, opening.configuration_file(args)),
        *checks.of_files(chosen),
        *checks.of_uploads(chosen),
        *checks.of_database(chosen),
    ]


def _show(findings: list[Finding]) -> None:
    rows = [_HEADINGS, *((item.verdict.value, item.check, item.found) for item in findings)]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for verdict, check, found in rows:
        print(f"{verdict:{first}}  {check:{second}}  {found}")
