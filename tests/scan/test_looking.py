"""Looking through single files, and edits that are all or nothing."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kempelen.scan import files, looking, rules

KNOWN = rules.facts(urlsplit("http://127.0.0.1:8800"))
AMAZON = "https://mturk-requester.us-east-1.amazonaws.com"
HERE = "http://127.0.0.1:8800"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_count_and_stay_as_they_end(tmp_path: Path, end: str) -> None:
    """Whatever the system; other separators of Unicode separate no lines."""
    path = tmp_path / "x.py"
    before = end.join(["a = 1", f"b = '\u2028\x0c{AMAZON}'", "", "c = 3"])
    path.write_bytes(before.encode())
    (finding,) = looking.look(path, KNOWN)
    assert (finding.line, finding.column) == (2, 8)
    change = looking.change(path, KNOWN)
    assert change is not None
    looking.apply(change, KNOWN)
    assert path.read_bytes().decode() == before.replace(AMAZON, HERE)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")],
)
def test_encodings_stay(tmp_path: Path, encoding: str, mark: str) -> None:
    path = tmp_path / "x.py"
    before = f"{mark}# ñ 日本\nx = '{AMAZON}'\n"
    path.write_bytes(before.encode(encoding))
    change = looking.change(path, KNOWN)
    assert change is not None
    looking.apply(change, KNOWN)
    assert path.read_bytes() == before.replace(AMAZON, HERE).encode(encoding)


def test_bytes_of_no_known_encoding_stay(tmp_path: Path) -> None:
    path = tmp_path / "x.R"
    other = bytes(range(1, 256))
    path.write_bytes(other + AMAZON.encode() + other)
    change = looking.change(path, KNOWN)
    assert change is not None
    looking.apply(change, KNOWN)
    assert path.read_bytes() == other + HERE.encode() + other


def test_a_file_that_changed_since_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(AMAZON)
    change = looking.change(path, KNOWN)
    assert change is not None
    path.write_text(AMAZON + " ")
    with pytest.raises(looking.ChangedMeanwhile):
        looking.apply(change, KNOWN)
    assert path.read_text() == AMAZON + " "
    assert list(tmp_path.iterdir()) == [path]


def test_a_named_link_is_edited_where_it_leads(tmp_path: Path) -> None:
    """It stays a link."""
    (tmp_path / "real.py").write_text(AMAZON)
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    change = looking.change(link, KNOWN)
    assert change is not None
    looking.apply(change, KNOWN)
    assert link.is_symlink()
    assert (tmp_path / "real.py").read_text() == HERE


def test_links_below_a_folder_are_not_followed(tmp_path: Path) -> None:
    """Or a circle of them would have no end, and files outside would be edited."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "x.py").write_text(AMAZON)
    (inside / "folder").symlink_to(outside)
    (inside / "x.py").symlink_to(outside / "x.py")
    (inside / "circle").symlink_to(inside)
    assert list(files.below([inside])) == []


def test_a_last_line_without_an_end_and_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("")
    assert looking.look(path, KNOWN) == []
    path.write_text(f"\n{AMAZON}")
    assert looking.look(path, KNOWN)[0].line == 2


def test_a_long_line_takes_no_long_time(tmp_path: Path) -> None:
    """No pattern backtracks over a line of megabytes, as notebooks with pictures have."""
    path = tmp_path / "x.ipynb"
    path.write_text("https://mturk" * 10_000 + "/" * 50_000 + "mturk.com" * 5_000 + AMAZON)
    assert looking.look(path, KNOWN)[-1].found == AMAZON
