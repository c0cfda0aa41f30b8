"""`kempelen scan` on a project as people have them."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kempelen.testing.market import Kempelen

URL = "http://127.0.0.1:8800"
SCRIPT = '''\
"""Publish a HIT, say where it is."""
import sys

import boto3

ENDPOINTS = {
    "sandbox": "https://mturk-requester-sandbox.us-east-1.amazonaws.com",
    "live": "https://mturk-requester.us-east-1.amazonaws.com",
}
PREVIEW = "https://workersandbox.mturk.com/mturk/preview?groupId="
QUESTION = """<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">
<HTMLContent><![CDATA[<!DOCTYPE html><html><body>
<form action="https://www.mturk.com/mturk/externalSubmit" method="post">
<input type="hidden" name="assignmentId"><input name="tag"></form>
</body></html>]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"""

mturk = boto3.client("mturk", region_name="us-east-1", endpoint_url=ENDPOINTS[sys.argv[1]])
hit = mturk.create_hit(
    Title="Tag a picture",
    Description="One word",
    Reward="0.05",
    AssignmentDurationInSeconds=600,
    LifetimeInSeconds=3600,
    Question=QUESTION,
)["HIT"]
print(PREVIEW + hit["HITTypeId"])
'''
PAGE = """\
<!DOCTYPE html>\r
<html><head>\r
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>\r
</head><body><p>Caf\xe9</p></body></html>\r
"""
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": [
                "import boto3\n",
                'client = boto3.client("mturk", endpoint_url=',
                '"https://mturk-requester-sandbox.us-east-1.amazonaws.com")\n',
            ],
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
ELSEWHERE = "x = 'https://mturk-requester.us-east-1.amazonaws.com'\n"


@pytest.fixture
def project(folder: Any) -> Path:
    """A folder as a laboratory has it, with much that is nobody's business."""
    root: Path = folder.path
    files = {
        "publish.py": SCRIPT.encode(),
        "templates/page.html": PAGE.encode("latin-1"),
        "analysis.ipynb": json.dumps(NOTEBOOK, indent=1).encode(),
        "old/create.py": b"from boto.mturk.connection import MTurkConnection\n",
        "settings.json": b'\xef\xbb\xbf{"u": "https:\\/\\/www.mturk.com\\/mturk\\/externalSubmit"}',
        "notes.txt": "See https://workersandbox.mturk.com\n".encode("utf-16"),
        "picture.png": b"\x89PNG\0" + ELSEWHERE.encode(),
        "results.csv": ELSEWHERE.encode(),
        "huge.json": ELSEWHERE.encode() + b" " * 5_000_000,
        ".git/config": ELSEWHERE.encode(),
        "node_modules/x/index.js": ELSEWHERE.encode(),
        "env/pyvenv.cfg": b"home = /usr/bin\n",
        "env/lib/x.py": ELSEWHERE.encode(),
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (root / "publish.py").chmod(0o754)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_every_finding_has_its_place_and_its_edit(folder: Any, project: Path) -> None:
    ended = folder.main("scan", ".")
    assert (ended.returncode, ended.stderr) == (1, "")
    lines = ended.stdout.partition("\n\n")[0].splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "analysis.ipynb:11:8",
        "notes.txt:1:5",
        "publish.py:7:17",
        "publish.py:8:14",
        "publish.py:10:12",
        "publish.py:13:15",
        "settings.json:1:8",
        "old/create.py:1:1",
        "templates/page.html:3:14",
    ]
    assert lines[2] == (
        "publish.py:7:17: address of the Requester API: "
        f"https://mturk-requester-sandbox.us-east-1.amazonaws.com: Write {URL} *"
    )
    assert lines[7].endswith("is_secure=False to MTurkConnection")
    assert "9 places to look at.\n--fix makes the edits marked *." in ended.stdout
    assert f"export AWS_ENDPOINT_URL_MTURK={URL}\n" in ended.stdout


def test_the_address_is_that_of_the_settings_or_another(folder: Any, project: Path) -> None:
    told = folder.main("scan", ".", KEMPELEN_APP_BASE_URL="https://turk.example.org")
    assert "Write https://turk.example.org *" in told.stdout
    told = folder.main("scan", ".", "--url", "https://turk.example.org/lab/")
    assert "Write https://turk.example.org/lab *" in told.stdout


def test_json_for_programs(folder: Any, project: Path) -> None:
    ended = folder.main("scan", "publish.py", "old", "--json")
    assert (ended.returncode, ended.stderr) == (1, "")
    first, *_, last = map(json.loads, ended.stdout.splitlines())
    assert first == {
        "path": "publish.py",
        "line": 7,
        "column": 17,
        "kind": "endpoint",
        "what": "address of the Requester API",
        "found": "https://mturk-requester-sandbox.us-east-1.amazonaws.com",
        "edit": f"Write {URL}",
        "new": URL,
    }
    assert (last["path"], last["kind"], last["new"]) == ("old/create.py", "boto2", None)


def test_nothing_to_find(folder: Any) -> None:
    (folder.path / "run.py").write_text("import boto3\nboto3.client('mturk')\n")
    ended = folder.main("scan", ".")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Nothing is bound to Amazon's addresses.\n")
    assert folder.main("scan", ".", "--json").stdout == ""


def test_what_is_left_out_is_looked_at_when_it_is_named(folder: Any, project: Path) -> None:
    """For frameworks, whose addresses are inside the installed package."""
    for name in ("env/lib", "node_modules/x", "results.csv"):
        assert folder.main("scan", name).returncode == 1


def test_a_file_that_is_named_twice_is_listed_once(folder: Any, project: Path) -> None:
    ended = folder.main("scan", "old", ".", "old/create.py", "--json")
    assert ended.stdout.count("old/create.py") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere",), "kempelen: There is no file or folder nowhere.\n"),
        ((".", "--json", "--fix"), "kempelen: --json lists and --fix edits; give one of them.\n"),
        ((".", "--url", "localhost:8800"), "write it like http://127.0.0.1:8800"),
        ((".", "--url", "http:///x"), "is no address"),
    ],
)
def test_what_cannot_be_done_is_told(
    folder: Any, project: Path, arguments: tuple[str, ...], told: str
) -> None:
    ended = folder.main("scan", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr


def test_fix_without_anybody_to_ask_changes_nothing(folder: Any, project: Path) -> None:
    """The difference is shown all the same."""
    before = contents(project)
    ended = subprocess.run(
        folder.command(("scan", ".", "--fix")),
        cwd=project,
        env=folder.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == "kempelen: --fix asks before it edits; in a script give --yes, too.\n"
    assert f'+    "sandbox": "{URL}",\n' in ended.stdout
    assert contents(project) == before


def test_fix_makes_the_mechanical_edits_and_no_other(folder: Any, project: Path) -> None:
    """Encodings, marks, line ends and modes stay; what was left out is as it was."""
    before = contents(project)
    ended = folder.main("scan", ".", "--fix", "--yes")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "5 files changed.\nold/create.py:1:1: boto 2" in ended.stdout
    after = contents(project)
    changed = [name for name in after if after[name] != before[name]]
    assert changed == [
        "analysis.ipynb",
        "notes.txt",
        "publish.py",
        "settings.json",
        "templates/page.html",
    ]
    amazon = "https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"
    here = f"{URL}/mturk-public/externalHIT_v1.js"
    assert after["templates/page.html"] == PAGE.replace(amazon, here).encode("latin-1")
    assert after["notes.txt"] == f"See {URL}\n".encode("utf-16")
    assert after["settings.json"] == f'\ufeff{{"u": "{URL}/mturk/externalSubmit"}}'.encode()
    source = json.loads(after["analysis.ipynb"])["cells"][0]["source"]
    assert source[2] == f'"{URL}")\n'
    assert stat.S_IMODE((project / "publish.py").stat().st_mode) == 0o754
    assert after.keys() == before.keys()


def test_fixing_again_changes_nothing(folder: Any, project: Path) -> None:
    folder.main("scan", ".", "--fix", "--yes")
    once = contents(project)
    again = folder.main("scan", ".", "--fix", "--yes")
    assert again.stdout.startswith("There is no mechanical edit to make.\n")
    assert contents(project) == once


@pytest.mark.parametrize(("answer", "is_changed"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_fix_asks_on_a_terminal(
    folder: Any, project: Path, answer: str, *, is_changed: bool
) -> None:
    """In a real one; there the findings are a table, too."""
    before = contents(project)
    here, there = os.openpty()
    with subprocess.Popen(
        folder.command(("scan", "publish.py", "old", "--fix")),
        cwd=project,
        env={**folder.environ, "COLUMNS": "200", "TERM": "xterm"},
        stdin=there,
        stdout=there,
        stderr=there,
    ) as process:
        os.close(there)
        os.write(here, answer.encode())
        output = b""
        while chunk := read(here):
            output += chunk
    os.close(here)
    told = output.decode()
    assert "Make 4 edits in 1 file? [y/N]" in told
    assert ("Nothing was changed." not in told) == is_changed
    assert (contents(project) != before) == is_changed
    assert process.returncode == 1
    assert "│ old/create.py:1" in told


def read(terminal: int) -> bytes:
    """What a terminal has to show; nothing when nobody writes to it any more."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_what_cannot_be_read_is_told_and_the_rest_is_done(folder: Any, project: Path) -> None:
    """The memory of a process is a file that nobody can read from its beginning."""
    os.mkfifo(project / "pipe.py")
    ended = folder.main("scan", "/proc/self/mem", "pipe.py", "old")
    assert ended.returncode == 2
    assert ended.stderr == "kempelen: /proc/self/mem: Input/output error\n"
    assert ended.stdout.startswith("old/create.py:1:1: boto 2")


def test_the_fixed_script_runs(
    folder: Any, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Scanned, fixed, started as it is: the HIT is in the market that the edits named."""
    with Kempelen(tmp_path_factory.mktemp("market")) as kempelen:
        fixed = folder.main("scan", "publish.py", "--fix", "--yes", "--url", kempelen.url)
        assert fixed.returncode == 0
        ran = subprocess.run(
            [sys.executable, "publish.py", "sandbox"],
            cwd=project,
            env={
                **folder.environ,
                "AWS_ACCESS_KEY_ID": kempelen.requester.access_key_id,
                "AWS_SECRET_ACCESS_KEY": kempelen.requester.secret_access_key,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        (hit,) = kempelen.client.list_hits()["HITs"]
        assert ran.stdout == f"{kempelen.url}/mturk/preview?groupId={hit['HITTypeId']}\n"
        worker = kempelen.add_worker()
        worker.do(hit["HITId"], {"tag": "dog"})
        found = kempelen.client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
        assert "<FreeText>dog</FreeText>" in found[0]["Answer"]
