"""`kempelen demo`: its figures are those of the recorded answers, and it leaves nothing behind."""

import contextlib
import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "kempelen.cli", "demo")
CONTROL_EVERY = 9
CENTS = 5
SECONDS = 300


class Demo:
    """A demo that is running, as a shell would run it: in a process group of its own."""

    def __init__(self, temporary: Path, *options: str, **environment: str) -> None:
        self.temporary = temporary
        temporary.mkdir()
        self.process = subprocess.Popen(
            [*COMMAND, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "120", **environment},
            start_new_session=True,
        )

    def read_until(self, wanted: str) -> str:
        """All output up to and with the line that has this in it."""
        text = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text += line
            if wanted in line:
                return text
        raise AssertionError(f"no {wanted!r} in:\n{text}\n{self.finish()[1]}")

    def interrupt(self) -> None:
        """Press Ctrl-C: every process of the terminal's group hears it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def finish(self) -> tuple[str, str]:
        """The rest of both outputs.

        They end only when nobody holds them any more: neither the demo nor a process of its.
        """
        return self.process.communicate(timeout=SECONDS)


@contextlib.contextmanager
def started(temporary: Path, *options: str, **environment: str) -> Iterator[Demo]:
    """A demo that does not outlive the test, whatever happens."""
    demo = Demo(temporary, *options, **environment)
    with demo.process:
        try:
            yield demo
        finally:
            demo.process.kill()


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / "bluebird" / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def votes() -> dict[int, Counter[str]]:
    """How often each item was given each label."""
    found: dict[int, Counter[str]] = {}
    for row in rows("labels.csv"):
        found.setdefault(int(row["task"]), Counter())[row["label"]] += 1
    return found


def truth() -> dict[int, str]:
    return {int(row["task"]): row["label"] for row in rows("truth.csv")}


def has_line(text: str, *words: str) -> bool:
    """Whether some line consists of these words, however far apart."""
    pattern = r"\s+".join(re.escape(word) for word in words)
    return re.search(rf"^\s*{pattern}\s*$", text, re.MULTILINE) is not None


def dollars(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02d}"


def address(text: str) -> str:
    found = re.search(r"^Server +(http://[^,]+),", text, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the whole demo prints on the recorded answers."""
    temporary = tmp_path_factory.mktemp("whole") / "tmp"
    with started(temporary, "--exit") as demo:
        output, errors = demo.finish()
    assert (demo.process.returncode, errors) == (0, "")
    assert list(temporary.iterdir()) == []
    return output


def test_agreed_answers_are_the_majorities(tables: str) -> None:
    """Every item has the agreed answer that a count of the file gives; so does each band."""
    right: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    for item, labels in votes().items():
        label, most = labels.most_common(1)[0]
        score = 100 * most // labels.total()
        band = min(score // 10 * 10, 90)
        hits[band] += 1
        right[band] += label == truth()[item]
    for band, count in hits.items():
        share = f"{right[band]} of {count} ({100 * right[band] / count:.0f} %)"
        assert has_line(tables, f"{band} to {100 if band == 90 else band + 9}", str(count), share)
    assert (hits.total(), right.total()) == (108, 82)
    assert has_line(
        tables, "agreed answer found (score above 50)", "108 of 108 (100 %)", "82 of 108 (76 %)"
    )
    assert "108 of 108 HITs are reviewable" in tables


def agreed_label(labels: Counter[str]) -> str | None:
    """What more than half of the answers say."""
    label, most = labels.most_common(1)[0]
    return label if 2 * most > labels.total() else None


def second_votes() -> dict[int, Counter[str]]:
    """The answers of the workers with 9 of 12 control HITs right, to what split the crowd."""
    given: dict[str, list[bool]] = {}
    for row in rows("labels.csv"):
        if int(row["task"]) % CONTROL_EVERY == 0:
            given.setdefault(row["worker"], []).append(row["label"] == truth()[int(row["task"])])
    experts = {worker for worker, right in given.items() if 100 * sum(right) // len(right) >= 75}
    assert len(experts) == 12
    split = {
        item
        for item, labels in votes().items()
        if item % CONTROL_EVERY and 100 * labels.most_common(1)[0][1] // labels.total() < 60
    }
    found: dict[int, Counter[str]] = {item: Counter() for item in split}
    for row in rows("labels.csv"):
        if int(row["task"]) in split and row["worker"] in experts:
            found[int(row["task"])][row["label"]] += 1
    return found


def test_those_who_know_decide_about_what_split_the_crowd(tables: str) -> None:
    """The second look is guarded by a Qualification, and its notifications arrive."""
    second = second_votes()
    before = {item: agreed_label(votes()[item]) for item in second}
    after = {item: agreed_label(labels) for item, labels in second.items()}
    right = [sum(look[item] == truth()[item] for item in second) for look in (before, after)]
    turned = sum(before[item] != after[item] for item in second)
    assert (len(second), right) == (20, [8, 15])
    assert has_line(tables, "everybody", "39", "8 of 20 (40 %)")
    holders = f"who holds the Qualification, {turned} answers turned"
    assert has_line(tables, holders, "12", "15 of 20 (75 %)")
    assert re.search(r"^Again +20 split HITs .* 20 notifications", tables, re.MULTILINE)


def test_decisions_and_money_follow_from_the_answers(tables: str) -> None:
    """Known answers decide control HITs, agreement pays elsewhere, and every cent is somewhere."""
    known: Counter[bool] = Counter()
    agreement: Counter[bool] = Counter()
    for item, labels in votes().items():
        if item % CONTROL_EVERY == 0:
            right = labels[truth()[item]]
            known.update({True: right, False: labels.total() - right})
        else:
            most = labels.most_common(1)[0][1]
            agreement.update({True: most, False: labels.total() - most})
    again: Counter[bool] = Counter()
    for labels in second_votes().values():
        agreed = agreed_label(labels)
        right = 0 if agreed is None else labels[agreed]
        again.update({True: right, False: labels.total() - right})
    approved = known[True] + agreement[True] + again[True]
    waiting = agreement[False] + again[False]
    for words in (
        ("ScoreMyKnownAnswers (control HITs)", "12", f"{known[True]}", f"{known[False]}", "-"),
        ("SimplePlurality (agreement)", "96", f"{agreement[True]:,}", "-", f"{agreement[False]:,}"),
        ("SimplePlurality (second look)", "20", f"{again[True]:,}", "-", f"{again[False]:,}"),
        ("all assignments", "128", f"{approved:,}", f"{known[False]}", f"{waiting:,}"),
    ):
        assert has_line(tables, *words)
    # Three places each in the HITs that stay open for the visitor.
    held = waiting * CENTS + 3 * (20 + 10 + 15)
    paid = approved * CENTS
    available = 50_000 - held - paid
    assert (
        f"It adds up: {dollars(paid)} paid + {dollars(held)} on hold + "
        f"{dollars(available)} available = $500.00"
    ) in tables


def test_the_invariants_hold_over_every_row(tables: str) -> None:
    found = re.search(r"^Checked +(\d+) invariants hold over ([\d,]+) rows", tables, re.MULTILINE)
    assert found is not None, tables
    assert int(found[1]) >= 13
    assert int(found[2].replace(",", "")) > 3 * 4_212


def test_the_costliest_disagreements_are_the_largest_wrong_majorities(tables: str) -> None:
    """Where most money went to answers that differ from the truth."""
    names = {"1": "yes", "0": "no"}
    wrong = [
        (-labels[label], item, label)
        for item, labels in votes().items()
        for label in labels
        if label != truth()[item]
        and labels[label] > labels.total() / 2
        and item % CONTROL_EVERY != 0
    ]
    for negative, item, label in sorted(wrong)[:3]:
        labels = votes()[item]
        assert has_line(
            tables,
            str(item),
            names[label],
            names[truth()[item]],
            f"{labels['1']} yes, {labels['0']} no",
            str(100 * labels[label] // labels.total()),
            dollars(-negative * CENTS),
        )


def test_piped_output_is_plain_text(tables: str) -> None:
    """No colours, no bars, no cursor movements where nobody can see them."""
    assert "\x1b" not in tables
    assert "\r" not in tables


@pytest.mark.parametrize("moment", ["indigo bunting", "Server", "Published", "Stop with"])
def test_an_interrupt_at_any_time_leaves_nothing_behind(tmp_path: Path, moment: str) -> None:
    """While the server starts, while HITs are published or answered, and at the end."""
    options = ("--items", "6") if moment == "Stop with" else ()
    with started(tmp_path / "tmp", *options) as demo:
        demo.read_until(moment)
        demo.interrupt()
        _, errors = demo.finish()
    assert demo.process.returncode == 130
    assert errors == ""
    assert list(demo.temporary.iterdir()) == []


def test_an_interrupt_ends_a_demo_in_the_background_of_a_script(tmp_path: Path) -> None:
    """Shells start such processes with interrupts ignored."""
    with contextlib.ExitStack() as stack:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            demo = stack.enter_context(started(tmp_path / "tmp", "--items", "6"))
        finally:
            signal.signal(signal.SIGINT, before)
        demo.read_until("Stop with")
        demo.interrupt()
        demo.finish()
    assert demo.process.returncode == 130
    assert list(demo.temporary.iterdir()) == []


def test_a_killed_demo_takes_its_server_with_it(tmp_path: Path) -> None:
    """The server ends by itself when nobody is left who could stop it."""
    with started(tmp_path / "tmp") as demo:
        demo.read_until("Published")
        assert list(demo.temporary.iterdir()) != []
        demo.process.kill()
        demo.finish()
    assert list(demo.temporary.iterdir()) == []


def test_outside_a_checkout_the_crowd_is_simulated(tmp_path: Path) -> None:
    """A copy of the program without the data beside it plays all the same."""
    package = tmp_path / "site" / "src" / "kempelen"
    shutil.copytree(ROOT / "src" / "kempelen", package)
    with started(
        tmp_path / "tmp", "--exit", "--items", "12", PYTHONPATH=str(package.parent)
    ) as demo:
        output, errors = demo.finish()
    assert (demo.process.returncode, errors) == (0, "")
    assert "12 photographs, 39 workers, 468 answers." in output
    assert "The crowd is simulated" in output
    assert "It adds up" in output


def test_without_boto3_it_says_how_to_get_it() -> None:
    """The one thing that the demo needs and the server does not."""
    program = (
        "import sys; sys.modules['boto3'] = None; "
        "from kempelen.cli.command import main; sys.exit(main(['demo', '--exit']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "python -m pip install boto3" in done.stderr


def test_the_lines_to_paste_work(tmp_path: Path) -> None:
    """The Python lines, the shell lines, and the addresses of a demo that stays up."""
    with started(tmp_path / "tmp", "--items", "6") as demo:
        text = demo.read_until("Stop with")
        blocks = text.split("\n\n")
        (python,) = (block for block in blocks if block.startswith("Be the requester, in Python"))
        (shell,) = (block for block in blocks if block.startswith("Be the requester, in a shell"))
        printed = pasted([sys.executable, "-"], python)
        assert re.search(r"([0-9.]+) available", text)[1] == printed.strip()  # type: ignore[index]
        tools = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        answers = pasted(["sh", "-e"], shell, tools)
        assert '"HITStatus": "Reviewable"' in answers
        assert '"Key": "AgreedAnswer"' in answers
        with urllib.request.urlopen(f"{address(text)}/signin") as page:
            assert page.status == 200
        demo.interrupt()
        demo.finish()


def pasted(program: list[str], block: str, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints when it is fed the lines below a heading."""
    lines = block.partition("\n")[2]
    done = subprocess.run(
        program,
        input=lines,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        check=False,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
