"""`kempelen scan`: what a requester's programs and templates need to run here, and the edits."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.scan import files, looking, rules
from kempelen.scan.looking import Change, ChangedMeanwhile
from kempelen.scan.rules import Finding

_DESCRIPTION = """\
Read programs, templates, notebooks and settings, and list every address of Mechanical Turk that is
written into them, and everything else that is bound to Amazon, with the edit that makes it run
here. The exit code is 0 when there is nothing, 1 when there is something, 2 when it went wrong."""
_EXAMPLES = """\
  kempelen scan .
  kempelen scan src templates --url https://turk.example.org
  kempelen scan . --fix
  kempelen scan . --json
  kempelen scan . --fix --yes"""
NOTHING, FOUND, WENT_WRONG = 0, 1, 2


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "scan",
        summary="find what binds your programs to Amazon's addresses",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", help="files and folders to look at")
    parser.add_argument(
        "--fix", action="store_true", help="make the mechanical edits, after showing and asking"
    )
    parser.add_argument("--yes", action="store_true", help="with --fix: do not ask")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a line for each finding"
    )
    options.add_address(parser)


def run(args: argparse.Namespace) -> int:
    """Look; with `--fix` also edit. Returns the exit code."""
    if args.json and args.fix:
        message = "--json lists and --fix edits; give one of them."
        raise CommandRefused(message)
    paths = [Path(path) for path in args.paths]
    for path in paths:
        if not path.exists():
            message = f"There is no file or folder {path}."
            raise CommandRefused(message)
    scan = _Scan(paths, opening.address(args))
    if args.fix:
        return scan.fix(is_asking=not args.yes)
    return scan.show_json() if args.json else scan.show()


class _Scan:
    """One run over some paths; remembers what could not be read or written."""

    def __init__(self, paths: list[Path], url: str) -> None:
        self._paths = paths
        self._known = rules.facts(urlsplit(url))
        self._count = 0
        self._count_mechanical = 0
        self._has_failed = False
        self._errors = Console(stderr=True, highlight=False)

    def show_json(self) -> int:
        """A line of JSON for each finding, as soon as it is found."""
        for finding in self._findings():
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
        return self._exit_code()

    def show(self) -> int:
        """A table on a terminal, and lines as compilers write them elsewhere."""
        console = Console(highlight=False)
        if console.is_terminal:
            _show_table(console, self._findings())
        else:
            _show_lines(self._findings())
        if self._count:
            print(f"\n{_counted(self._count, 'place')} to look at.")
        else:
            print("Nothing is bound to Amazon's addresses.")
        if self._count_mechanical:
            print("--fix makes the edits marked *.")
        print(
            "Programs that name no address find the server by:\n"
            f"  export AWS_ENDPOINT_URL_MTURK={self._known['url']}"
        )
        return self._exit_code()

    def fix(self, *, is_asking: bool) -> int:
        """Show all edits as one difference, ask, make them, list what is left."""
        changes = [change for path in self._each_file() if (change := self._change(path))]
        for change in changes:
            print(change.diff, end="")
        if not changes:
            print("There is no mechanical edit to make.")
        elif not is_asking or _is_wanted(changes):
            done = sum(self._apply(change) for change in changes)
            print(f"{_counted(done, 'file')} changed.")
        else:
            print("Nothing was changed.")
        return self.show()

    def _change(self, path: Path) -> Change | None:
        try:
            return looking.change(path, self._known)
        except OSError as error:
            self._tell(path, error)
            return None

    def _apply(self, change: Change) -> bool:
        try:
            looking.apply(change, self._known)
        except ChangedMeanwhile:
            self._tell(change.path, "it has changed meanwhile; run the command again")
        except OSError as error:
            self._tell(change.path, error)
        else:
            return True
        return False

    def _findings(self) -> Iterator[Finding]:
        for path in self._each_file():
            try:
                for finding in looking.look(path, self._known):
                    self._count += 1
                    self._count_mechanical += finding.new is not None
                    yield finding
            except OSError as error:
                self._tell(path, error)

    def _each_file(self) -> Iterator[Path]:
        """The files, with a line of progress on a terminal."""
        columns = (SpinnerColumn(), TextColumn("{task.completed} files  {task.description}"))
        with Progress(
            *columns, console=self._errors, transient=True, disable=not self._errors.is_terminal
        ) as progress:
            task = progress.add_task("", total=None)
            for path in files.below(self._paths):
                progress.update(task, advance=1, description=escape(str(path.parent)))
                yield path

    def _tell(self, path: Path, error: object) -> None:
        self._has_failed = True
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"kempelen: {path}: {reason}", file=sys.stderr)

    def _exit_code(self) -> int:
        if self._has_failed:
            return WENT_WRONG
        return FOUND if self._count else NOTHING


def _is_wanted(changes: list[Change]) -> bool:
    if not sys.stdin.isatty():
        message = "--fix asks before it edits; in a script give --yes, too."
        raise CommandRefused(message)
    edits = _counted(sum(change.count for change in changes), "edit")
    files_ = _counted(len(changes), "file")
    return input(f"\nMake {edits} in {files_}? [y/N] ").strip().lower() in {"y", "yes"}


def _show_table(console: Console, findings: Iterable[Finding]) -> None:
    table = Table(expand=True)
    for heading in ("Where", "What is there", "What to do", ""):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(
            escape(f"{finding.path}:{finding.line}"),
            f"{finding.what}\n[dim]{escape(finding.found)}[/dim]",
            escape(finding.edit),
            "" if finding.new is None else "*",
        )
    if table.row_count:
        console.print(table)


def _show_lines(findings: Iterable[Finding]) -> None:
    for finding in findings:
        place = f"{finding.path}:{finding.line}:{finding.column}"
        mark = "" if finding.new is None else " *"
        print(f"{place}: {finding.what}: {finding.found}: {finding.edit}{mark}", flush=True)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
