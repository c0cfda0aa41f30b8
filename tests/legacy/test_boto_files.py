"""Files that workers send, fetched through boto 2.49."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from kempelen.testing.market import Kempelen

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator[Kempelen]:
    """A market whose site takes files."""
    with Kempelen(tmp_path, settings={"uploads.enabled": True}) as market:
        yield market


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    """Plain requests."""
    with urllib3.PoolManager(retries=False) as made:
        yield made


def sent(market: Kempelen, pool: urllib3.PoolManager, worker: Any, assignment_id: str) -> None:
    """Submit a picture as the answer to `photo`."""
    posted = pool.request(
        "POST",
        f"{market.url}/mturk/externalSubmit",
        fields=[("assignmentId", assignment_id), ("photo", ("a.png", PNG, "image/png"))],
        headers={"Accept": "application/json"},
    )
    assert posted.status == 201, posted.data
    ticket = posted.json()["ticket"]
    worker.call("POST", f"/assignments/{assignment_id}/submit", {"ticket": ticket})


def test_a_link_for_a_minute(
    kempelen: Kempelen, pool: Any, turk: Any, old: Any, publish: Any
) -> None:
    """Whoever has it gets the file; afterwards nobody."""
    hit_id = publish()
    worker = kempelen.add_worker()
    assignment_id = worker.accept(hit_id)["assignment_id"]
    sent(kempelen, pool, worker, assignment_id)
    (link,) = turk.get_file_upload_url(assignment_id, "photo")
    fetched = pool.request("GET", link.FileUploadURL)
    assert (fetched.status, fetched.data) == (200, PNG)
    kempelen.advance(seconds=59)
    assert pool.request("GET", link.FileUploadURL).status == 200
    kempelen.advance(seconds=2)
    assert pool.request("GET", link.FileUploadURL).status == 404
    wrong = old("GetFileUploadURL", AssignmentId=assignment_id, QuestionIdentifier="nothing")
    assert wrong.code == "AWS.MechanicalTurk.InvalidParameterValue"
    unknown = old("GetFileUploadURL", AssignmentId="3NOPE", QuestionIdentifier="photo")
    assert unknown.code == "AWS.MechanicalTurk.AssignmentDoesNotExist"


def test_files_go_with_a_disabled_hit(
    kempelen: Kempelen, pool: Any, turk: Any, publish: Any
) -> None:
    """Links are dead at once; the bytes go when the last work is in, its own files too."""
    hit_id = publish()
    first, second = kempelen.add_worker(), kempelen.add_worker()
    done, out = (worker.accept(hit_id)["assignment_id"] for worker in (first, second))
    sent(kempelen, pool, first, done)
    (link,) = turk.get_file_upload_url(done, "photo")
    turk.disable_hit(hit_id)
    assert pool.request("GET", link.FileUploadURL).status == 404
    sent(kempelen, pool, second, out)
    kept = kempelen.app.db.read(
        lambda connection: connection.execute(
            "SELECT count(*) FROM files WHERE dropped_at IS NULL"
        ).fetchall()
    )
    assert kept == [(0,)]
