"""Bytes outside of the database, under keys: a folder on this machine, or a bucket of S3.

Called by edges and loops, before or after a transaction, never inside. What is kept under a key
is not changed any more: it is put once, read, and removed.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

S3_SCHEME: Final = "s3://"
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
CHUNK_BYTES: Final = 256 * 1024
_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,127}")
_UPLOADS: Final = "uploads"
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})


class BlobError(Exception):
    """The place where bytes are kept does not work; the message says what to do."""


class BlobMissing(Exception):
    """Nothing is kept under this key."""


class Store(Protocol):
    """A place for bytes."""

    def put(self, key: str, source: BinaryIO) -> None:
        """Keep everything from the position of `source`; durable when it returns, or BlobError."""

    def chunks(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Part of what is kept, piece by piece; BlobMissing and BlobError come before the first."""

    def remove(self, key: str) -> None:
        """Forget a key, whether or not there is something; BlobError."""

    def problem(self) -> str | None:
        """Why nothing can be kept here, and what to do; looks without changing anything."""


@lru_cache(maxsize=8)
def uploads(location: str) -> Store:
    """Where the files of workers are kept, below a folder or an s3:// address; BlobError."""
    if location.startswith(S3_SCHEME):
        bucket, _, prefix = location.removeprefix(S3_SCHEME).partition("/")
        prefix = "/".join(filter(None, [*prefix.split("/"), _UPLOADS]))
        return _Bucket(bucket, prefix)
    return _Folder(Path(location) / _UPLOADS)


class _Folder:
    """Files of the owner alone, in folders by the first characters of their keys."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, source: BinaryIO) -> None:
        """Write beside the final place, make it durable, and rename it there."""
        target = self._path(key)
        arriving = target.with_name(f".{key}.{os.getpid()}")
        try:
            _make_folders(target.parent)
            with open(arriving, "wb", opener=_private) as file:
                while chunk := source.read(CHUNK_BYTES):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            arriving.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                arriving.unlink(missing_ok=True)
            message = f"A file cannot be kept in {self._root}: {error.strerror}."
            raise BlobError(message) from error

    def chunks(self, key: str, start: int, length: int) -> Iterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise BlobMissing(key) from None
        except OSError as error:
            message = f"A file cannot be read in {self._root}: {error.strerror}."
            raise BlobError(message) from error
        return _pieces(file, start, length)

    def remove(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            message = f"A file cannot be removed from {self._root}: {error.strerror}."
            raise BlobError(message) from error

    def problem(self) -> str | None:
        root = self._root.absolute()
        existing = next(folder for folder in (root, *root.parents) if folder.exists())
        if not existing.is_dir():
            return f"{existing} is no folder. Move it away, or set blobs.location."
        if not os.access(existing, os.W_OK | os.X_OK):
            return f"{existing} is not writable. Run: chmod u+rwx {existing}"
        return None

    def _path(self, key: str) -> Path:
        return self._root / _place(key)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, FILE_MODE)


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, for their owner alone, and durable."""
    missing = [item for item in (folder, *folder.parents) if not item.exists()]
    for item in reversed(missing):
        item.mkdir(mode=FOLDER_MODE, exist_ok=True)
        _sync_folder(item.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (chunk := file.read(min(length, CHUNK_BYTES))):
            length -= len(chunk)
            yield chunk


class _Bucket:
    """Objects of a bucket, through boto3, which finds region, credentials and endpoint itself.

    That is: AWS_ENDPOINT_URL_S3 for a service that is compatible with S3, AWS_REGION,
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the usual files and roles.
    """

    def __init__(self, bucket: str, prefix: str) -> None:
        try:
            # Imported late: only installations that keep their files in S3 have it.
            import boto3  # noqa: PLC0415
            from botocore.config import Config  # noqa: PLC0415
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        except ModuleNotFoundError as error:
            message = (
                "blobs.location is in S3, but boto3 is not installed. Run: pip install"
                ' "kempelen[aws]"'
            )
            raise BlobError(message) from error
        self._bucket = bucket
        self._prefix = prefix
        self._failures = (BotoCoreError, ClientError)
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": 3, "mode": "standard"},
        )
        try:
            self._client: Any = boto3.session.Session().client("s3", config=config)
        except (BotoCoreError, ValueError) as error:
            raise self._error(error) from error

    def put(self, key: str, source: BinaryIO) -> None:
        name = self._name(key)
        try:
            # It takes the file in parts where it is large.
            self._client.upload_fileobj(_Unclosed(source), self._bucket, name)
        except Exception as error:
            raise self._error(error) from error

    def chunks(self, key: str, start: int, length: int) -> Iterator[bytes]:
        name, wanted = self._name(key), f"bytes={start}-{start + length - 1}"
        if length <= 0:
            return iter(())
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=name, Range=wanted)
        except self._failures as error:
            if _code(error) in _MISSING:
                raise BlobMissing(key) from None
            raise self._error(error) from error
        return self._pieces(answer["Body"])

    def remove(self, key: str) -> None:
        name = self._name(key)
        try:
            self._client.delete_object(Bucket=self._bucket, Key=name)
        except self._failures as error:
            raise self._error(error) from error

    def problem(self) -> str | None:
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except self._failures as error:
            return str(self._error(error))
        return None

    def _pieces(self, body: Any) -> Iterator[bytes]:
        with contextlib.closing(body):
            yield from body.iter_chunks(CHUNK_BYTES)

    def _name(self, key: str) -> str:
        return f"{self._prefix}/{_place(key)}"

    def _error(self, error: Exception) -> BlobError:
        return BlobError(
            f"The bucket {self._bucket} cannot be used: {error} Check blobs.location, the"
            " credentials and the permissions s3:PutObject, s3:GetObject, s3:DeleteObject."
        )


class _Unclosed:
    """A file as boto3 reads it, which would close it; its owner still needs it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        """Stay open."""


def _code(error: Exception) -> str:
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _place(key: str) -> str:
    """Where a key is, below the root: the same in a folder and in a bucket.

    Keys are made by ids; anything else must never become a path.
    """
    if not _KEY.fullmatch(key):
        message = f"{key[:100]!r} is no key of a file"
        raise ValueError(message)
    return f"{key[:2]}/{key}"
