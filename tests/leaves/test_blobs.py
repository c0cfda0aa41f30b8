"""Bytes outside of the database: in a folder, and in a bucket of a server that speaks S3."""

import io
import stat
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from kempelen import blobs
from kempelen.blobs import BlobError, BlobMissing, Store

KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CONTENT = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A new bucket, which boto3 finds by the usual variables."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("s3")
    name = f"files-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    yield client, name
    client.close()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each place in turn."""
    if request.param == "folder":
        return blobs.uploads(str(tmp_path / "kept"))
    _, name = request.getfixturevalue("bucket")
    return blobs.uploads(f"s3://{name}/some/prefix/")


def read(store: Store, start: int = 0, length: int = len(CONTENT)) -> bytes:
    return b"".join(store.chunks(KEY, start, length))


def test_put_read_and_remove(store: Store) -> None:
    source = io.BytesIO(CONTENT)
    store.put(KEY, source)
    assert not source.closed
    assert read(store) == CONTENT
    assert read(store, 255, 3) == b"\xff\x00\x01"
    assert read(store, len(CONTENT) - 2, 2) == b"\xfe\xff"
    assert read(store, 0, 0) == b""
    store.remove(KEY)
    store.remove(KEY)
    with pytest.raises(BlobMissing):
        read(store)
    assert store.problem() is None


def test_a_large_file(store: Store) -> None:
    """More than the size from which boto3 sends parts."""
    content = CONTENT * 10
    store.put(KEY, io.BytesIO(content))
    assert b"".join(store.chunks(KEY, 0, len(content))) == content


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "", "..", "a\x00bcd", "AB"])
def test_a_key_is_never_a_path(store: Store, key: str) -> None:
    for use in (
        lambda: store.put(key, io.BytesIO(b"x")),
        lambda: store.chunks(key, 0, 1),
        lambda: store.remove(key),
    ):
        with pytest.raises(ValueError, match="is no key of a file"):
            use()


def test_a_folder_is_its_owners_alone(tmp_path: Path) -> None:
    root = tmp_path / "kept"
    store = blobs.uploads(str(root))
    assert not root.exists()
    store.put(KEY, io.BytesIO(b"x"))
    file = root / "uploads" / "AB" / KEY
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (root, file.parent, file)]
    assert modes == [0o700, 0o700, 0o600]
    assert [path.name for path in file.parent.iterdir()] == [KEY]


class Broken(io.BytesIO):
    """A file whose end cannot be read."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise OSError(5, "Input/output error")
        return data


def test_nothing_stays_of_what_was_not_kept(tmp_path: Path) -> None:
    store = blobs.uploads(str(tmp_path / "kept"))
    with pytest.raises(BlobError, match="Input/output error"):
        store.put(KEY, Broken(b"half of it"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    store = blobs.uploads(str(tmp_path / "kept"))
    assert "is no folder" in str(store.problem())
    with pytest.raises(BlobError):
        store.put(KEY, io.BytesIO(b"x"))


def test_a_bucket_keeps_names_below_its_prefix(bucket: Any) -> None:
    client, name = bucket
    blobs.uploads(f"s3://{name}/some/prefix/").put(KEY, io.BytesIO(b"x"))
    found = client.list_objects_v2(Bucket=name)["Contents"]
    assert [item["Key"] for item in found] == [f"some/prefix/uploads/AB/{KEY}"]


def test_a_bucket_that_is_not_there(bucket: Any) -> None:
    store = blobs.uploads("s3://nobodys-bucket-of-this-name")
    assert "nobodys-bucket-of-this-name cannot be used" in str(store.problem())
    with pytest.raises(BlobError, match=r"Check blobs\.location"):
        store.put(KEY, io.BytesIO(b"x"))
    with pytest.raises(BlobError, match=r"Check blobs\.location"):
        store.chunks(KEY, 0, 1)


def test_without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BlobError, match=r"pip install \"kempelen\[aws\]\""):
        blobs.uploads(f"s3://{uuid.uuid4().hex}")
