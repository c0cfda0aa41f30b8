"""`kempelen layout add|list|show`: beside a running server, for people and for programs."""

import json
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest

PAGE = "<!DOCTYPE html><html><body><form>${text}<script>x = `${y}`</script></form></body></html>\n"


@pytest.fixture
def page(folder: Any) -> Path:
    path = Path(folder.path / "tag.html")
    path.write_bytes(b"\xef\xbb\xbf" + PAGE.encode())
    return path


@pytest.fixture
def key(folder: Any) -> dict[str, str]:
    """The key of a requester who is named My lab."""
    members: dict[str, str] = printed(folder, "requester", "add", "My lab", "--json")
    return members


def printed(folder: Any, *arguments: str) -> Any:
    """What a command prints as JSON."""
    ended = folder.main(*arguments)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    (line,) = ended.stdout.splitlines()
    return json.loads(line)


def added(folder: Any, *arguments: str) -> dict[str, Any]:
    usual = ("tag.html", "--requester", "My lab", "--name", "Tag a picture", "--json")
    members: dict[str, Any] = printed(folder, "layout", "add", *usual, *arguments)
    return members


def test_a_layout_that_is_added_beside_a_server_is_used_at_once(
    serve: Any, folder: Any, page: Path, key: dict[str, str]
) -> None:
    """The line of Python that the command prints creates a HIT."""
    serving = serve()
    assert page.exists()
    ended = folder.run("layout", "add", "tag.html", "--requester", "My lab", "--name", 'A "tag"')
    assert (ended.returncode, ended.stderr) == (0, "")
    *facts, advice, line = ended.stdout.splitlines()
    assert advice == "With boto3, a HIT from this layout:"
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=serving.url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    hit = eval(line, {"client": client})["HIT"]  # noqa: S307 - it is for pasting
    client.close()
    assert hit["Title"] == 'A "tag"'
    assert "<form>...<script>x = `${y}`</script></form>" in hit["Question"]
    assert f"HITLayoutId   {hit['HITLayoutId']}" in facts
    assert "Placeholders  text" in facts
    assert "Left as text  ${y}" in facts
    assert f"Requester     My lab ({key['RequesterId']})" in facts
    assert serving.stop()[0] == 0


def test_what_programs_read(folder: Any, page: Path, key: dict[str, str]) -> None:
    assert page.exists()
    first = added(folder)
    assert first == {
        "HITLayoutId": first["HITLayoutId"],
        "RequesterId": key["RequesterId"],
        "Name": "Tag a picture",
        "Placeholders": ["text"],
        "FrameHeight": 0,
    }
    second = added(folder, "--frame-height", "500", "--placeholder", "y", "--placeholder", "text")
    assert (second["Placeholders"], second["FrameHeight"]) == (["text", "y"], 500)
    assert printed(folder, "layout", "list", "--json") == [first, second]
    only = printed(folder, "layout", "list", "--requester", key["RequesterId"], "--json")
    assert only == [first, second]
    layout_id = first["HITLayoutId"]
    assert printed(folder, "layout", "show", layout_id, "--json") == {**first, "Html": PAGE}
    assert folder.main("layout", "show", layout_id, "--html").stdout == PAGE


def test_what_people_read(folder: Any, page: Path, key: dict[str, str]) -> None:
    assert page.exists()
    assert "There is no HIT layout" in folder.main("layout", "list").stdout
    page.write_text("<p>none</p>", encoding="utf-8")
    plain = added(folder)["HITLayoutId"]
    page.write_text("<p>${a} ${b}</p>", encoding="utf-8")
    filled = added(folder)["HITLayoutId"]
    heading, *rows = folder.main("layout", "list").stdout.splitlines()
    assert heading.split() == ["HITLAYOUTID", "REQUESTER", "NAME", "PLACEHOLDERS"]
    assert rows == [
        f"{plain}  My lab     Tag a picture  -",
        f"{filled}  My lab     Tag a picture  a, b",
    ]
    shown = folder.main("layout", "show", plain).stdout
    assert "Placeholders  none" in shown
    assert "HITLayoutParameters" not in shown
    assert "Left as text" not in shown
    assert key["RequesterId"] in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "no.html", "--requester", "My lab", "--name", "x"), "no.html cannot be read"),
        (("add", "latin.html", "--requester", "My lab", "--name", "x"), "is not in UTF-8"),
        (("add", "huge.html", "--requester", "My lab", "--name", "x"), "larger than 1048576"),
        (("add", "tag.html", "--requester", "Nobody", "--name", "x"), "There is no requester"),
        (("add", "tag.html", "--requester", "My lab", "--name", ""), "1 to 128 printable"),
        (
            ("add", "tag.html", "--requester", "My lab", "--name", "x", "--placeholder", "z"),
            "The page has no placeholder ${z}",
        ),
        (("list", "--requester", "Nobody"), "There is no requester"),
        (("show", "3UNKNOWN"), "There is no layout 3UNKNOWN"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    folder: Any, page: Path, key: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    assert key
    (page.parent / "latin.html").write_bytes("größe".encode("latin-1"))
    (page.parent / "huge.html").write_bytes(b"x" * 1_048_577)
    ended: subprocess.CompletedProcess[str] = folder.main("layout", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert told in line
