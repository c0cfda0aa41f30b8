"""`kempelen doctor`: what it finds, what it advises, and that it changes nothing."""

import os
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


def examined(
    folder: Any, *arguments: str, **environ: str
) -> tuple[int, list[tuple[str, str, str]]]:
    """The exit code and the rows of the table."""
    ended = folder.main("doctor", *arguments, **environ)
    assert ended.stderr == "", ended
    table = ended.stdout.partition("\n\n")[0].splitlines()
    rows = [re.fullmatch(r"(\w+) +(.+?)  +(.+)", line) for line in table]
    assert all(rows), table
    return ended.returncode, [(row[1], row[2], row[3]) for row in rows[1:] if row is not None]


def found(rows: list[tuple[str, str, str]], check: str) -> tuple[str, str]:
    """The worst verdict of a check, with what was found."""
    named = [(verdict, text) for verdict, name, text in rows if name == check]
    assert named, rows
    return max(named, key=lambda row: ("ok", "note", "problem").index(row[0]))


def names(path: Path) -> set[str]:
    return {item.name for item in path.iterdir()}


def test_before_the_first_start_all_is_well(folder: Any) -> None:
    code, rows = examined(folder)
    assert code == 0
    assert {verdict for verdict, *_ in rows} == {"ok"}
    assert found(rows, "settings") == ("ok", "no settings file")
    assert "is made when a server first starts" in found(rows, "database")[1]
    assert names(folder.path) == set()


def test_a_healthy_installation_has_no_problem(serve: Any, folder: Any) -> None:
    serve().stop()
    before = {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir()}
    code, rows = examined(folder)
    assert (code, {verdict for verdict, *_ in rows}) == (0, {"ok"})
    assert found(rows, "server")[1] == "no server is using kempelen.db"
    assert found(rows, "database")[1] == "kempelen.db has schema 1"
    assert {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir()} == before


def test_a_running_server_is_seen_and_goes_on(serve: Any, folder: Any) -> None:
    serving = serve()
    code, rows = examined(folder)
    assert code == 0
    assert found(rows, "server")[1] == "a server is using kempelen.db"
    assert found(rows, "database") == ("ok", "kempelen.db has schema 1")
    assert serving.stop()[0] == 0


def test_versions_and_policies_are_told(folder: Any) -> None:
    _, rows = examined(folder)
    assert found(rows, "SQLite")[1] == sqlite3.sqlite_version
    assert "SimplePlurality/2011-09-01" in found(rows, "plugins")[1]


@pytest.mark.parametrize("name", ["kempelen.db", "kempelen.db.key"])
def test_a_file_that_others_can_use_is_a_problem(serve: Any, folder: Any, name: str) -> None:
    serve().stop()
    (folder.path / name).chmod(0o644)
    code, rows = examined(folder)
    assert code == 1
    verdict, text = found(rows, "file mode")
    assert verdict == "problem"
    assert f"{name} (mode 0644). Run: chmod 600 {name}" in text


def test_a_missing_key_is_a_problem(serve: Any, folder: Any) -> None:
    serve().stop()
    (folder.path / "kempelen.db.key").unlink()
    code, rows = examined(folder)
    assert (code, found(rows, "secret key")[0]) == (1, "problem")
    assert not (folder.path / "kempelen.db.key").exists()


def test_a_broken_key_is_a_problem(serve: Any, folder: Any) -> None:
    serve().stop()
    (folder.path / "kempelen.db.key").write_bytes(b"\xff")
    code, rows = examined(folder)
    assert (code, found(rows, "secret key")[0]) == (1, "problem")


def test_a_clock_behind_the_database_is_a_problem(serve: Any, folder: Any) -> None:
    serve().stop()
    ahead = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
    os.utime(folder.path / "kempelen.db", (ahead, ahead))
    code, rows = examined(folder)
    assert (code, found(rows, "clock")[0]) == (1, "problem")
    assert "Set the machine's clock" in found(rows, "clock")[1]


def test_a_newer_schema_is_a_problem(serve: Any, folder: Any) -> None:
    serve().stop()
    with sqlite3.connect(folder.path / "kempelen.db") as connection:
        connection.execute("UPDATE schema_version SET version = 999")
    connection.close()
    code, rows = examined(folder)
    assert (code, found(rows, "database")[0]) == (1, "problem")
    assert "has schema 999, this program knows 1" in found(rows, "database")[1]


@pytest.mark.parametrize("data", [b"", b"no database " * 1000])
def test_a_file_that_is_no_database_is_a_problem(folder: Any, data: bytes) -> None:
    (folder.path / "kempelen.db").write_bytes(data)
    code, rows = examined(folder)
    assert (code, found(rows, "database")[0]) == (1, "problem")
    assert "is no Kempelen database" in found(rows, "database")[1]


WEAK = [
    ({"KEMPELEN_INSECURE_OK": "true"}, "insecure_ok"),
    ({"KEMPELEN_EXTERNAL_SUBMIT_MODE": "direct"}, "external_submit.mode"),
    ({"KEMPELEN_EXTERNAL_SUBMIT_ALLOW_GET": "true"}, "external_submit.allow_get"),
    ({"KEMPELEN_FRAME_PREVIEW_WORKER_ID": "true"}, "frame.preview_worker_id"),
]


@pytest.mark.parametrize(("environ", "name"), WEAK)
def test_a_weak_setting_is_noted_while_only_this_machine_is_served(
    folder: Any, environ: dict[str, str], name: str
) -> None:
    code, rows = examined(folder, **environ)
    assert (code, found(rows, name)[0]) == (0, "note")


@pytest.mark.parametrize(
    ("environ", "name"),
    [*WEAK, ({"KEMPELEN_EXTERNAL_QUESTION_ALLOW_HTTP": "true"}, "external_question.allow_http")],
)
def test_a_weak_setting_is_a_problem_when_others_are_served(
    folder: Any, environ: dict[str, str], name: str
) -> None:
    code, rows = examined(folder, KEMPELEN_APP_BASE_URL="https://work.example.org", **environ)
    assert (code, found(rows, name)[0]) == (1, "problem")


@pytest.mark.parametrize(
    ("environ", "code", "told"),
    [
        ({}, 0, "only this machine reaches http://127.0.0.1:8800"),
        ({"KEMPELEN_APP_BASE_URL": "https://w.example"}, 0, "others reach https://w.example"),
        ({"KEMPELEN_APP_BASE_URL": "http://w.example"}, 1, "Put a proxy with TLS"),
        ({"KEMPELEN_LISTEN": "192.0.2.7:80"}, 1, "Put a proxy with TLS"),
    ],
)
def test_who_reaches_the_server_is_told(
    folder: Any, environ: dict[str, str], code: int, told: str
) -> None:
    ended, rows = examined(folder, **environ)
    assert ended == code
    assert told in found(rows, "deployment")[1]


def test_a_wrong_setting_is_a_problem_beside_what_can_be_told(folder: Any) -> None:
    code, rows = examined(folder, KEMPELEN_LISTEN="here")
    assert (code, found(rows, "settings")[0]) == (1, "problem")
    assert "Write ADDRESS:PORT" in found(rows, "settings")[1]
    assert found(rows, "Python")[0] == "ok"


def test_the_settings_file_is_named(folder: Any) -> None:
    (folder.path / "kempelen.toml").write_text('database = "pilot.db"\n', encoding="utf-8")
    _, rows = examined(folder)
    assert "kempelen.toml" in found(rows, "settings")[1]
    assert found(rows, "database")[1].startswith("pilot.db ")


def test_how_many_problems_there_are_is_told_last(folder: Any) -> None:
    ended = folder.run("doctor")
    assert ended.returncode == 0
    assert ended.stdout.endswith("\n\nNo problem found.\n")
    ended = folder.run("doctor", KEMPELEN_LISTEN="here")
    assert ended.returncode == 1
    assert ended.stdout.endswith("\n\n1 problem found.\n")


def test_where_files_are_kept(folder: Any) -> None:
    """Only where the site takes files; the folder is made when the first one comes."""
    code, rows = examined(folder, KEMPELEN_UPLOADS_ENABLED="true")
    assert code == 0
    assert found(rows, "uploads") == ("ok", f"files are kept in {folder.path}/kempelen-files")
    assert names(folder.path) == set()
    _, rows = examined(folder)
    assert "uploads" not in {name for _, name, _ in rows}


def test_a_place_where_no_file_can_be_kept(folder: Any) -> None:
    (folder.path / "kempelen-files").write_text("a file")
    code, rows = examined(folder, KEMPELEN_UPLOADS_ENABLED="true")
    assert code == 1
    verdict, text = found(rows, "uploads")
    assert verdict == "problem"
    assert "kempelen-files is no folder" in text


def test_a_scanner_that_is_not_installed(folder: Any) -> None:
    settings = {"KEMPELEN_UPLOADS_ENABLED": "true", "KEMPELEN_UPLOADS_SCANNER": "no-such-scan -x"}
    code, rows = examined(folder, **settings)
    assert code == 1
    assert "there is no program no-such-scan" in found(rows, "uploads.scanner")[1]


@pytest.mark.parametrize(
    ("more", "verdict"),
    [({}, "problem"), ({"KEMPELEN_LEGACY_REQUIRE_TLS": "true"}, "note")],
)
def test_the_weak_signature_of_the_older_api(
    folder: Any, more: dict[str, str], verdict: str
) -> None:
    """Only where others reach the server, and only while it is accepted."""
    public = {"KEMPELEN_APP_BASE_URL": "https://work.example.org"}
    enabled = {**public, "KEMPELEN_LEGACY_ENABLED": "true", **more}
    check = "legacy.signature_versions"
    _, rows = examined(folder, **enabled)
    assert found(rows, check)[0] == verdict
    assert "protects no parameters" in found(rows, check)[1]
    for without in (public, {**enabled, "KEMPELEN_LEGACY_SIGNATURE_VERSIONS": "1,2"}, more):
        _, rows = examined(folder, **without)
        assert check not in {name for _, name, _ in rows}
