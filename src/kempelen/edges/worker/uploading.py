"""From a form that came with files to files that are kept: judged, given room, put away.

What is wrong with one file is told at its field; the other answers and files are not lost for it.
"""

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from kempelen import blobs
from kempelen.api.work import (
    ArriveFilesRequest,
    DropFilesRequest,
    Fields,
    NewFile,
    ReserveFilesRequest,
    ReserveFilesResponse,
    SentFile,
)
from kempelen.domain import file_types, work_errors
from kempelen.domain.people import WorkerCaller
from kempelen.edges.worker import multipart
from kempelen.edges.worker.multipart import Posted, ReceivedFile
from kempelen.operations import dispatch, files, registry
from kempelen.operations.app import App

SCANNER_SECONDS_MAX: Final = 120
_LIMITS: Final = (
    work_errors.AssignmentUploadLimit,
    work_errors.DailyUploadLimit,
    work_errors.StorageFull,
)
_NOT_KEPT: Final = "could not be kept just now. Choose it again in a moment."
_log = structlog.get_logger("kempelen.uploads")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The fields of a form with references in the place of files, and the keys of those kept."""

    fields: Fields
    keys: tuple[str, ...] = ()


def sent(app: App, caller: WorkerCaller | None, assignment_id: str, posted: Posted) -> Sent:
    """Keep the files of a form that are fit to be kept.

    Refuses as `reserve_files`, but for limits, which are told at each file.
    """
    received = multipart.files_of(posted)
    if received and not is_awaited(app, caller, assignment_id):
        texts = [(name, value) for name, value in posted if isinstance(value, str)]
        return Sent(fields=tuple(texts))
    problems = {id(file): problem_of(app, file) for _, file in received}
    fit = [(name, file) for name, file in received if problems[id(file)] is None]
    keys: dict[int, str] = {}
    try:
        kept = keep(app, caller, assignment_id, fit)
        keys = {id(file): key for (_, file), key in zip(fit, kept, strict=False)}
    except _LIMITS as refusal:
        problems |= {id(file): refusal.message for _, file in fit}
    except blobs.BlobError:
        problems |= {id(file): f"{file.name} {_NOT_KEPT}" for _, file in fit}
    fields: list[tuple[str, str | SentFile]] = []
    for name, value in posted:
        if isinstance(value, str):
            fields.append((name, value))
        elif problems[id(value)] is not None or id(value) in keys:
            reference = SentFile(file_id=keys.get(id(value)), problem=problems[id(value)])
            fields.append((name, reference))
    return Sent(fields=tuple(fields), keys=tuple(keys.values()))


def is_awaited(app: App, caller: WorkerCaller | None, assignment_id: str) -> bool:
    """Whether files may come for an assignment; False for work that was submitted before.

    Asked before anything is done with a file, which may take long. Refuses as `reserve_files`.
    """
    reserved = _reserved(app, caller, ReserveFilesRequest(assignment_id=assignment_id, files=()))
    return not reserved.is_submitted


def _reserved(
    app: App, caller: WorkerCaller | None, request: ReserveFilesRequest
) -> ReserveFilesResponse:
    reserved: ReserveFilesResponse = dispatch.run(
        app, registry.of(files.reserve_files), caller, request
    )
    return reserved


def problem_of(app: App, file: ReceivedFile) -> str | None:
    """Why a file is not accepted, as a sentence that says what to do."""
    if file.problem is not None:
        return file.problem
    uploads = app.settings.uploads
    media_type = file.media_type()
    if media_type == file_types.ACTIVE:
        return (
            f"{file.name} holds a page, a script or a program, which is never accepted. Choose"
            " another file."
        )
    if not file_types.is_allowed(media_type, uploads.types):
        return f"{file.name} is not of a kind that is accepted here: {', '.join(uploads.types)}."
    if uploads.scanner and not _is_clean(uploads.scanner, file):
        return f"{file.name} did not pass the check of this site. Choose another file."
    return None


def keep(
    app: App,
    caller: WorkerCaller | None,
    assignment_id: str,
    fit: Sequence[tuple[str, ReceivedFile]],
) -> tuple[str, ...]:
    """Keep files under fresh keys, all or none; no keys when the work was submitted before.

    Refuses as `reserve_files`; BlobError when they could not be kept.
    """
    if not fit:
        return ()
    request = ReserveFilesRequest(
        assignment_id=assignment_id,
        files=tuple(
            NewFile(
                question_id=name,
                name=file.name,
                media_type=file.media_type(),
                size_bytes=file.size_bytes,
                sha256=file.sha256,
            )
            for name, file in fit
        ),
    )
    reserved = _reserved(app, caller, request)
    try:
        store = blobs.uploads(app.settings.blobs_location)
        for key, (_, file) in zip(reserved.keys, fit, strict=False):
            file.content.seek(0)
            store.put(key, file.content)
    except blobs.BlobError as error:
        _log.error("files are not kept", reason=str(error))
        drop(app, reserved.keys)
        raise
    if reserved.keys:
        arrived = ArriveFilesRequest(keys=reserved.keys)
        dispatch.run(app, registry.of(files.arrive_files), None, arrived)
    return reserved.keys


def drop(app: App, keys: Sequence[str]) -> None:
    """Let go of files that became no part of an answer; the loop removes them."""
    if keys:
        request = DropFilesRequest(keys=tuple(keys))
        dispatch.run(app, registry.of(files.drop_files), None, request)


def _is_clean(scanner: str, file: ReceivedFile) -> bool:
    """What the site's scanner says; a scanner that does not work accepts nothing."""
    command = [*shlex.split(scanner), file.content.name]
    try:
        done = subprocess.run(  # noqa: S603 - the command is the setting of the site
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SCANNER_SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.error("the scanner does not work", reason=str(error))
        return False
    if done.returncode != 0:
        _log.warning("the scanner refused a file", exit_code=done.returncode)
    return done.returncode == 0
