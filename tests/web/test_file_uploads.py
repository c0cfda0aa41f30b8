"""Files over HTTP: in by forms and the worker API, out through links, and gone at the end."""

import hashlib
import io
import json
import os
import socket
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from kempelen.background import files as removal
from kempelen.testing.market import Kempelen
from kempelen.testing.worker import Worker, WorkRefused

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
QUESTION = (
    f'<HTMLQuestion xmlns="{BASE}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html>'
    "<form></form>]]></HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"
)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
MARKED = b"\xff\xd8\xff\xe0" + b"a picture of Maria's street" * 400
File = tuple[str, bytes] | tuple[str, bytes, str]
LIMITS = {
    "uploads.enabled": True,
    "uploads.max_file_bytes": 100_000,
    "uploads.max_assignment_bytes": 150_000,
}


@dataclass(frozen=True)
class Desk:
    """A worker with an accepted HIT, and the ways to send files."""

    market: Kempelen
    pool: urllib3.PoolManager
    worker: Worker
    hit_id: str
    assignment_id: str

    def post(self, *fields: tuple[str, Any], **headers: str) -> urllib3.BaseHTTPResponse:
        """Post a form with parts, as a page with `fetch` does."""
        return self.pool.request(
            "POST",
            f"{self.market.url}/mturk/externalSubmit",
            fields=[("assignmentId", self.assignment_id), *fields],
            headers={"Accept": "application/json", **headers},
        )

    def refused(self, *fields: tuple[str, Any]) -> tuple[int, str, str]:
        """Status, code and words of a refused post."""
        response = self.post(*fields)
        problem = response.json()
        return response.status, problem["code"], problem["detail"]

    def finish(self, response: urllib3.BaseHTTPResponse) -> None:
        """Confirm what was posted, as the worker's page does."""
        assert response.status == 201, response.data
        ticket = response.json()["ticket"]
        self.worker.call("POST", f"/assignments/{self.assignment_id}/submit", {"ticket": ticket})

    def answer(self) -> str:
        """The answer document that the requester sees."""
        (found,) = self.market.client.list_assignments_for_hit(HITId=self.hit_id)["Assignments"]
        return str(found["Answer"])

    def link(self, question_id: str = "photo") -> str:
        """What GetFileUploadURL gives over boto3."""
        answer = self.market.client.get_file_upload_url(
            AssignmentId=self.assignment_id, QuestionIdentifier=question_id
        )
        return str(answer["FileUploadURL"])

    def get(self, url: str, method: str = "GET", **headers: str) -> urllib3.BaseHTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.request(method, url, headers=named)

    def on_disk(self) -> list[Path]:
        """Every file below the place where files are kept, once the loop has been round."""
        removal.remove_dropped(self.market.app)
        root = Path(self.market.app.settings.blobs_location)
        return [path for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False) as made:
        yield made


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are while they arrive; the test looks whether one stays."""
    folder = tmp_path / "arriving"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def kempelen(tmp_path: Path, temporary: Path) -> Iterator[Kempelen]:
    """A market whose site takes files."""
    with Kempelen(tmp_path, settings=LIMITS) as market:
        yield market
    assert list(temporary.iterdir()) == []


def sit_down(market: Kempelen, pool: urllib3.PoolManager, **members: Any) -> Desk:
    hit = market.client.create_hit(
        **{
            "Title": "Take a picture",
            "Description": "Of a street sign.",
            "Reward": "0.10",
            "LifetimeInSeconds": 86_400,
            "AssignmentDurationInSeconds": 600,
            "Question": QUESTION,
            **members,
        }
    )["HIT"]
    worker = market.add_worker()
    accepted = worker.accept(hit["HITId"])["assignment_id"]
    return Desk(market, pool, worker, hit["HITId"], accepted)


@pytest.fixture
def desk(kempelen: Kempelen, pool: urllib3.PoolManager) -> Desk:
    return sit_down(kempelen, pool)


def test_from_a_frame_to_the_requester(desk: Desk) -> None:
    """Posted in parts, confirmed, listed with size and key, and fetched by a link of boto3."""
    files: list[tuple[str, Any]] = [
        ("note", "Grüße"),
        ("photo", ("street.jpg", MARKED, "image/jpeg")),
        ("seen", "sign"),
        ("photo", ("second.png", PNG, "application/octet-stream")),
        ("empty", ("", b"", "application/octet-stream")),
        ("seen", "wall"),
    ]
    desk.finish(desk.post(*files))
    keys = [part.partition("<")[0] for part in desk.answer().split("<UploadedFileKey>")[1:]]
    assert desk.answer().partition("<Answer>")[2] == (
        "<QuestionIdentifier>note</QuestionIdentifier><FreeText>Gr&#252;&#223;e</FreeText></Answer>"
        "<Answer><QuestionIdentifier>photo</QuestionIdentifier><UploadedFileSizeInBytes>"
        f"{len(MARKED)}</UploadedFileSizeInBytes><UploadedFileKey>{keys[0]}</UploadedFileKey>"
        "</Answer><Answer><QuestionIdentifier>seen</QuestionIdentifier><FreeText>sign|wall"
        "</FreeText></Answer><Answer><QuestionIdentifier>photo</QuestionIdentifier>"
        f"<UploadedFileSizeInBytes>{len(PNG)}</UploadedFileSizeInBytes><UploadedFileKey>{keys[1]}"
        "</UploadedFileKey></Answer></QuestionFormAnswers>"
    )
    response = desk.get(desk.link())
    assert (response.status, response.data) == (200, MARKED)
    assert desk.get(desk.link(keys[1])).data == PNG
    headers = {name.lower(): value for name, value in response.headers.items()}
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-length"] == str(len(MARKED))
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-disposition"] == (
        "attachment; filename=\"street.jpg\"; filename*=UTF-8''street.jpg"
    )
    assert "set-cookie" not in headers


def test_what_is_kept_is_the_owners_alone(desk: Desk) -> None:
    desk.finish(desk.post(("photo", ("a.jpg", MARKED))))
    (file,) = desk.on_disk()
    root = Path(desk.market.app.settings.blobs_location)
    assert root == Path(desk.market.app.settings.database).parent / "kempelen-files"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (root, file.parent)] == [0o700] * 2
    assert "jpg" not in file.name
    assert file.read_bytes() == MARKED


@pytest.mark.parametrize(
    ("name", "shown", "encoded"),
    [
        ("../../../etc/passwd", "passwd.jpg", "passwd.jpg"),
        ("C:\\temp\\cat.jpg", "cat.jpg", "cat.jpg"),
        ("Straße.jpg", "Stra_e.jpg", "Stra%C3%9Fe.jpg"),
        ("page.html", "page.html.jpg", "page.html.jpg"),
        ("a;b.jpg", "a_b.jpg", "a_b.jpg"),
        ("x" * 300 + ".jpg", "x" * 251 + ".jpg", "x" * 251 + ".jpg"),
    ],
)
def test_names_are_no_paths_and_no_tricks(desk: Desk, name: str, shown: str, encoded: str) -> None:
    desk.finish(desk.post(("photo", (name, MARKED))))
    assert desk.get(desk.link()).headers["content-disposition"] == (
        f"attachment; filename=\"{shown}\"; filename*=UTF-8''{encoded}"
    )
    assert len(desk.on_disk()) == 1


def archive_that_explodes() -> bytes:
    """A ZIP file of a few hundred bytes with ten megabytes in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("zeros", bytes(10_000_000))
    return file.getvalue()


ACTIVE = "holds a page, a script or a program, which is never accepted"
OTHER = "is not of a kind that is accepted here"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cat.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", ACTIVE),
        ("cat.png", PNG + b"<!DOCTYPE html><script>x()</script>", ACTIVE),
        ("cat.gif", b"GIF89a<script>alert(1)</script>", ACTIVE),
        ("cat.txt", b"  <html><body>", ACTIVE),
        ("cat.txt", "<?xml version='1.0'?>".encode("utf-16"), ACTIVE),
        ("cat.jpg", b"MZ" + bytes(500), ACTIVE),
        ("run", b"#!/bin/sh\n", ACTIVE),
        ("cat.png", bytes(300), OTHER),
        ("cat.zip", archive_that_explodes(), OTHER),
        ("latin.txt", "café".encode("latin-1"), OTHER),
        ("late.txt", b"words " * 2000 + b"\0", OTHER),
        ("big.jpg", MARKED * 10, "big.jpg is larger than 100 kB. Choose a smaller file."),
    ],
)
def test_what_is_not_taken(desk: Desk, name: str, content: bytes, words: str) -> None:
    """The type is in the content; nothing is kept, also of the good file beside it."""
    found = desk.refused(("note", "x"), ("good", ("a.png", PNG)), ("photo", (name, content)))
    assert found[:2] == (422, "KMP-SUBMIT-422-ANSWERS")
    assert f"photo: {name}" in found[2]
    assert words in found[2]
    assert desk.on_disk() == []
    desk.finish(desk.post(("note", "x"), ("photo", ("a.png", PNG))))


def test_an_archive_is_taken_as_it_is(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    """Where a site allows the type; it is not unpacked."""
    settings = {**LIMITS, "uploads.types": ("application/zip",)}
    content = archive_that_explodes()
    with Kempelen(tmp_path, settings=settings) as market:
        desk = sit_down(market, pool)
        desk.finish(desk.post(("photo", ("a.zip", content))))
        assert [file.stat().st_size for file in desk.on_disk()] == [len(content)]
        assert desk.get(desk.link()).data == content
        other = sit_down(market, pool)
        assert other.refused(("photo", ("a.png", PNG)))[2].count("application/zip") == 1


def test_all_files_of_a_submission_together(desk: Desk) -> None:
    big = MARKED * 8
    detail = desk.refused(("photo", ("one.jpg", big)), ("photo", ("two.jpg", big)))[2]
    assert "With two.jpg the files are larger than 150 kB" in detail
    assert desk.on_disk() == []


def test_limits_are_told_at_the_file(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    settings = {**LIMITS, "uploads.max_worker_day_bytes": 500, "uploads.max_total_bytes": 600}
    with Kempelen(tmp_path, settings=settings) as market:
        desk = sit_down(market, pool)
        detail = desk.refused(("photo", ("a.jpg", MARKED[:501])))[2]
        assert "photo: This would be more than 500 bytes of files in a day" in detail
        desk.finish(desk.post(("photo", ("a.jpg", MARKED[:400]))))
        other = sit_down(market, pool)
        detail = other.refused(("photo", ("a.jpg", MARKED[:201])))[2]
        assert "There is no room for further files" in detail


def test_where_no_files_are_taken(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    """However large they are; a file control without a file says nothing."""
    with Kempelen(tmp_path) as market:
        desk = sit_down(market, pool)
        for content in (b"x", PNG, bytes(6_000_000)):
            found = desk.refused(("note", "x"), ("photo", ("a.png", content)))
            assert found[:2] == (415, "KMP-SUBMIT-415-FILES")
        with pytest.raises(WorkRefused) as refused:
            desk.worker.upload(desk.assignment_id, PNG)
        assert (refused.value.status, refused.value.code) == (415, "FILES_NOT_ACCEPTED")
        desk.finish(desk.post(("note", "x"), ("photo", ("", b""))))
        assert "UploadedFile" not in desk.answer()
        assert not Path(market.app.settings.blobs_location).exists()


def body_of(desk: Desk, *, end: bytes = b"\r\n--b--\r\n", part: bytes = b"") -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="assignmentId"\r\n\r\n'
        + desk.assignment_id.encode()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n'
        + part
        + b"\r\n"
        + PNG
        + end
    )


@pytest.mark.parametrize(
    ("end", "part", "status"),
    [
        (b"", b"", 400),
        (b"\r\n--b", b"", 400),
        (b"\r\n--other--\r\n", b"", 400),
        (b"\r\n--b--\r\n", b"X: " + b"y" * 20_000 + b"\r\n", 400),
        (b"\r\n--b--\r\n", b"Content-Type: text/html\r\n", 200),
    ],
)
def test_bodies_that_are_cut_off_or_spoiled(
    desk: Desk, end: bytes, part: bytes, status: int
) -> None:
    response = desk.pool.request(
        "POST",
        f"{desk.market.url}/mturk/externalSubmit",
        body=body_of(desk, end=end, part=part),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert response.status == status, response.data
    assert len(desk.on_disk()) == (status == 200)


def test_a_client_that_goes_away(desk: Desk, temporary: Path) -> None:
    """In the middle of a file: nothing stays of it, and the worker can send it again."""
    parts = urlsplit(desk.market.url)
    body = body_of(desk)
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=10) as sent:
        sent.sendall(
            b"POST /mturk/externalSubmit HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data;"
            b" boundary=b\r\nContent-Length: 900000\r\n\r\n" + body[:-40] + bytes(300_000)
        )
    desk.finish(desk.post(("photo", ("a.png", PNG))))
    assert len(desk.on_disk()) == 1


def test_nobody_posts_files_to_what_is_not_their_turn(desk: Desk) -> None:
    """Unknown, in preview; and what is submitted stays as it is."""
    for assignment_id, status in (("3NOBODYS", 404), ("ASSIGNMENT_ID_NOT_AVAILABLE", 409)):
        response = desk.pool.request(
            "POST",
            f"{desk.market.url}/mturk/externalSubmit",
            fields=[("assignmentId", assignment_id), ("photo", ("a.png", PNG))],
        )
        assert response.status == status
    assert desk.on_disk() == []
    desk.finish(desk.post(("photo", ("a.png", PNG))))
    before = desk.answer()
    again = desk.post(("photo", ("b.jpg", MARKED)))
    assert again.json() == {"state": "submitted", "assignment_id": desk.assignment_id}
    assert desk.answer() == before
    assert len(desk.on_disk()) == 1


def test_too_late_for_the_answers(desk: Desk) -> None:
    desk.market.clock.advance(minutes=11)
    assert desk.refused(("photo", ("a.png", PNG)))[:2] == (409, "KMP-SUBMIT-409-TIME-RAN-OUT")
    assert desk.on_disk() == []


def test_answers_that_are_refused_take_their_files_along(
    tmp_path: Path, pool: urllib3.PoolManager
) -> None:
    with Kempelen(tmp_path, settings={**LIMITS, "answers.max_bytes": 2000}) as market:
        desk = sit_down(market, pool)
        found = desk.refused(("photo", ("a.png", PNG)), ("note", "x" * 2000))
        assert found[:2] == (413, "KMP-SUBMIT-413-TOO-LARGE")
        assert desk.on_disk() == []


def test_parts_of_a_file(desk: Desk) -> None:
    """Ranges as RFC 9110 has them: one is answered, others get all of it."""
    content = bytes(range(97, 123)) * 50
    desk.finish(desk.post(("photo", ("a.txt", content))))
    size = len(content)
    link = desk.link()
    for asked, status, expected, said in (
        ("bytes=0-0", 206, content[:1], f"bytes 0-0/{size}"),
        ("bytes=10-19", 206, content[10:20], f"bytes 10-19/{size}"),
        (f"bytes={size - 5}-", 206, content[-5:], f"bytes {size - 5}-{size - 1}/{size}"),
        ("bytes=-7", 206, content[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
        ("bytes=5-999999", 206, content[5:], f"bytes 5-{size - 1}/{size}"),
        ("bytes=0-", 200, content, None),
        ("bytes=-999999", 200, content, None),
        ("bytes=0-1,5-6", 200, content, None),
        ("bytes=7-3", 200, content, None),
        ("bytes=-", 200, content, None),
        ("lines=1-2", 200, content, None),
        (f"bytes={size}-", 416, b"", f"bytes */{size}"),
        ("bytes=-0", 416, b"", f"bytes */{size}"),
    ):
        response = desk.get(link, Range=asked)
        assert (asked, response.status, response.data) == (asked, status, expected)
        assert response.headers.get("content-range") == said
        assert "attachment" in response.headers["content-disposition"]
    tag = desk.get(link).headers["etag"]
    assert tag == f'"{hashlib.sha256(content).hexdigest()}"'
    assert desk.get(link, Range="bytes=0-3", If_Range=tag).status == 206
    assert desk.get(link, Range="bytes=0-3", If_Range='"other"').status == 200
    head = desk.get(link, "HEAD")
    assert (head.status, head.data, head.headers["content-length"]) == (200, b"", str(size))


def test_a_link_ends(desk: Desk) -> None:
    """After a minute, with its HIT, and when it is changed; a worker's token opens nothing."""
    desk.finish(desk.post(("photo", ("a.png", PNG))))
    link = desk.link()
    desk.market.clock.advance(seconds=61)
    expired = desk.get(link)
    assert expired.status == 404
    assert b"no longer good" in expired.data
    assert expired.headers["x-content-type-options"] == "nosniff"
    link = desk.link()
    assert desk.get(link).status == 200
    assert desk.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status == 404
    assert desk.get(f"{desk.market.url}/frame/files/x").status == 404
    client = desk.market.client
    client.approve_assignment(AssignmentId=desk.assignment_id)
    assert len(desk.on_disk()) == 1
    client.delete_hit(HITId=desk.hit_id)
    assert desk.get(link).status == 404
    assert desk.on_disk() == []
    with pytest.raises(ClientError) as refused:
        desk.link()
    assert refused.value.response["TurkErrorCode"].endswith("AssignmentDoesNotExist")


def test_nobody_elses_files(desk: Desk, kempelen: Kempelen, pool: urllib3.PoolManager) -> None:
    """Another requester gets no link, another worker cannot name the file in answers."""
    file_id = desk.worker.upload(desk.assignment_id, PNG, "a.png")
    other = sit_down(kempelen, pool)
    with pytest.raises(WorkRefused, match="There is no such file"):
        other.worker.submit(other.assignment_id, {"photo": {"file_id": file_id}})
    with pytest.raises(WorkRefused) as refused:
        other.worker.upload(desk.assignment_id, PNG)
    assert refused.value.code == "ASSIGNMENT_NOT_FOUND"
    desk.worker.submit(desk.assignment_id, {"photo": {"file_id": file_id}})
    assert desk.get(desk.link()).data == PNG
    stranger = kempelen.client_of(kempelen.add_requester("Stranger"))
    with pytest.raises(ClientError) as unknown:
        stranger.get_file_upload_url(AssignmentId=desk.assignment_id, QuestionIdentifier="photo")
    assert unknown.value.response["TurkErrorCode"].endswith("AssignmentDoesNotExist")
    with pytest.raises(ClientError) as wrong:
        kempelen.client.get_file_upload_url(
            AssignmentId=desk.assignment_id, QuestionIdentifier="nothing"
        )
    assert wrong.value.response["Error"]["Code"] == "ParameterValidationError"
    assert wrong.value.response["Error"]["Message"].startswith(
        'The value "nothing" is not valid for the parameter QuestionIdentifier.'
    )


def test_the_worker_api_takes_one_file_at_a_time(desk: Desk) -> None:
    sent = desk.pool.request(
        "POST",
        f"{desk.market.url}/api/worker/v1/assignments/{desk.assignment_id}/files",
        fields={"anything": ("a.png", PNG, "text/html")},
        headers={"Authorization": f"Bearer {desk.worker.token}"},
    )
    assert sent.status == 201
    body = sent.json()
    assert body == {
        "file_id": body["file_id"],
        "size": len(PNG),
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "media_type": "image/png",
    }


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 400, "INVALID_PARAMETER"),
        ({"a": "text"}, 400, "INVALID_PARAMETER"),
        ({"a": ("empty", b"")}, 400, "INVALID_PARAMETER"),
        ({"a": ("one", PNG), "b": ("two", PNG)}, 400, "INVALID_PARAMETER"),
        ({"a": ("page.png", b"<html>")}, 422, "FILE_REFUSED"),
        ({"a": ("large.jpg", MARKED * 12)}, 422, "FILE_REFUSED"),
        ({"a": ("one", PNG), "b": "x" * 70_000}, 413, "TOO_LARGE"),
    ],
)
def test_what_the_worker_api_refuses(
    desk: Desk, fields: dict[str, Any], status: int, code: str
) -> None:
    address = f"{desk.market.url}/api/worker/v1/assignments/{desk.assignment_id}/files"
    headers = {"Authorization": f"Bearer {desk.worker.token}"}
    response = desk.pool.request("POST", address, fields=fields, headers=headers)
    assert (response.status, response.json()["code"]) == (status, code), response.data
    assert desk.on_disk() == []


def test_the_worker_api_asks_who_it_is_before_the_file_comes(desk: Desk) -> None:
    address = f"{desk.market.url}/api/worker/v1/assignments/{desk.assignment_id}/files"
    for headers in ({}, {"Authorization": "Bearer nobody"}):
        response = desk.pool.request("POST", address, fields={"a": ("a", PNG)}, headers=headers)
        assert (response.status, response.json()["code"]) == (401, "UNAUTHENTICATED")
    for body, content_type in (
        (json.dumps({}), "application/json"),
        (PNG, "image/png"),
    ):
        response = desk.pool.request(
            "POST",
            address,
            body=body,
            headers={
                "Content-Type": content_type,
                "Authorization": f"Bearer {desk.worker.token}",
            },
        )
        assert (response.status, response.json()["code"]) == (400, "INVALID_PARAMETER")
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=b"):
        response = desk.pool.request(
            "POST",
            address,
            body=b"--b\r\nhalf",
            headers={
                "Content-Type": content_type,
                "Authorization": f"Bearer {desk.worker.token}",
            },
        )
        assert (response.status, response.json()["code"]) == (400, "MALFORMED_BODY")


def test_limits_in_the_worker_api(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    settings = {
        "uploads.enabled": True,
        "uploads.max_assignment_bytes": 500,
        "uploads.max_worker_day_bytes": 700,
        "uploads.max_total_bytes": 800,
    }
    with Kempelen(tmp_path, settings=settings) as market:
        desk = sit_down(market, pool)
        desk.worker.upload(desk.assignment_id, MARKED[:400])

        def refused(worker: Worker, assignment_id: str, size: int) -> tuple[int, str]:
            with pytest.raises(WorkRefused) as found:
                worker.upload(assignment_id, MARKED[:size])
            return found.value.status, found.value.code

        assert refused(desk.worker, desk.assignment_id, 101) == (413, "UPLOAD_LIMIT")
        other = sit_down(market, pool, MaxAssignments=2)
        own = desk.worker.accept(other.hit_id)["assignment_id"]
        assert refused(desk.worker, own, 301) == (429, "UPLOAD_LIMIT")
        assert refused(other.worker, other.assignment_id, 401) == (507, "STORAGE_FULL")
        desk.worker.submit(desk.assignment_id, {"a": "1"})
        assert refused(desk.worker, desk.assignment_id, 30) == (409, "NOT_ASSIGNED")


@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 201), ("exit 1", 422), ('grep -q Maria "$1" && exit 1; exit 0', 422)],
)
def test_a_scanner_decides(
    tmp_path: Path, pool: urllib3.PoolManager, script: str, status: int
) -> None:
    """It is given the whole file, and what it refuses is not kept."""
    scanner = tmp_path / "scan it"
    scanner.write_text(f"#!/bin/sh\n{script}\n")
    scanner.chmod(0o755)
    settings = {**LIMITS, "uploads.scanner": f"'{scanner}'"}
    with Kempelen(tmp_path, settings=settings) as market:
        desk = sit_down(market, pool)
        response = desk.post(("photo", ("a.jpg", MARKED)))
        assert response.status == status
        if status == 422:
            assert "a.jpg did not pass the check of this site" in response.json()["detail"]
        assert len(desk.on_disk()) == (status == 201)


def test_what_nobody_may_send_is_not_looked_at(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    """A scanner takes its time, which is not given to everybody who makes up an assignment id."""
    seen = tmp_path / "seen"
    scanner = tmp_path / "scan"
    scanner.write_text(f"#!/bin/sh\necho x >>{seen}\n")
    scanner.chmod(0o755)
    with Kempelen(tmp_path, settings={**LIMITS, "uploads.scanner": str(scanner)}) as market:
        desk = sit_down(market, pool)
        nobodys = replace(desk, assignment_id="3NOBODYS")
        assert nobodys.refused(("photo", ("a.png", PNG)))[1] == "KMP-SUBMIT-404-ASSIGNMENT"
        with pytest.raises(WorkRefused) as refused:
            desk.worker.upload("3NOBODYS", PNG)
        assert (refused.value.status, refused.value.code) == (404, "ASSIGNMENT_NOT_FOUND")
        desk.worker.submit(desk.assignment_id, {"a": "1"})
        assert desk.post(("photo", ("a.png", PNG))).json()["state"] == "submitted"
        assert not seen.exists()


def test_a_scanner_that_does_not_work_takes_nothing(
    tmp_path: Path, pool: urllib3.PoolManager
) -> None:
    settings = {**LIMITS, "uploads.scanner": str(tmp_path / "missing")}
    with Kempelen(tmp_path, settings=settings) as market:
        desk = sit_down(market, pool)
        assert "did not pass" in desk.refused(("photo", ("a.jpg", MARKED)))[2]
        assert desk.on_disk() == []


def test_a_folder_that_fails(desk: Desk) -> None:
    """Nothing is lost but the file: the worker is asked to choose it again."""
    root = Path(desk.market.app.settings.blobs_location)
    root.write_text("in the way")
    detail = desk.refused(("photo", ("a.png", PNG)))[2]
    assert "photo: a.png could not be kept just now" in detail
    with pytest.raises(WorkRefused) as refused:
        desk.worker.upload(desk.assignment_id, PNG)
    assert (refused.value.status, refused.value.code) == (503, "UNAVAILABLE")
    assert removal.remove_dropped(desk.market.app) in {0, 1, 2}
    root.unlink()
    desk.finish(desk.post(("photo", ("a.png", PNG))))
    link = desk.link()
    (file,) = desk.on_disk()
    file.rename(file.with_name("away"))
    assert desk.get(link).status == 404
    os.truncate(file.with_name("away"), 10)
    file.with_name("away").rename(file)
    with pytest.raises(urllib3.exceptions.HTTPError):
        desk.get(link)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> Iterator[Any]:
    """A bucket on a server that speaks S3, which boto3 finds by the usual variables."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("s3")
    client.create_bucket(Bucket=f"files-{port}")
    yield client, f"files-{port}"
    client.close()
    server.stop()


def test_files_in_s3(tmp_path: Path, pool: urllib3.PoolManager, bucket: Any) -> None:
    """The same from end to end, with the headers of this server, in parts too, and the end."""
    client, name = bucket

    def kept() -> list[str]:
        return [item["Key"] for item in client.list_objects_v2(Bucket=name).get("Contents", [])]

    settings = {**LIMITS, "blobs.location": f"s3://{name}/market"}
    with Kempelen(tmp_path, settings=settings) as market:
        desk = sit_down(market, pool)
        desk.refused(("photo", ("a.jpg", b"<html>")), ("other", ("b.jpg", MARKED)))
        removal.remove_dropped(market.app)
        assert kept() == []
        desk.finish(desk.post(("photo", ("a.jpg", MARKED))))
        assert [key.startswith("market/uploads/") for key in kept()] == [True]
        response = desk.get(desk.link())
        assert (response.status, response.data) == (200, MARKED)
        assert response.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in response.headers["content-security-policy"]
        part = desk.get(desk.link(), Range="bytes=4-12")
        assert (part.status, part.data) == (206, b"a picture")
        market.client.approve_assignment(AssignmentId=desk.assignment_id)
        market.client.delete_hit(HITId=desk.hit_id)
        removal.remove_dropped(market.app)
        assert kept() == []
