"""Files that workers send: room for them before their bytes come, and links to fetch them.

A row is written first, then the bytes are kept outside of the database, then the row says so.
Whatever goes wrong in between, a row tells what has to be removed; `sweeping` sees to that.
"""

from kempelen.api.assignments import GetFileUploadURLRequest, GetFileUploadURLResponse
from kempelen.api.work import (
    ArriveFilesRequest,
    ArriveFilesResponse,
    DropFilesRequest,
    DropFilesResponse,
    ListLooseFilesRequest,
    ListLooseFilesResponse,
    LooseFile,
    OpenFileRequest,
    OpenFileResponse,
    ReserveFilesRequest,
    ReserveFilesResponse,
)
from kempelen.domain import assignment as transitions
from kempelen.domain import errors, work_errors
from kempelen.domain import files as rules
from kempelen.domain.answers import Answers, from_plain
from kempelen.domain.files import StoredFile
from kempelen.domain.people import Requester, WorkerCaller
from kempelen.operations import assignments as assignment_operations
from kempelen.operations import file_links, work
from kempelen.operations.registry import operation
from kempelen.store import assignments, files, hits
from kempelen.store.tx import Tx


@operation(writes=True)
def reserve_files(
    tx: Tx, caller: WorkerCaller | None, request: ReserveFilesRequest
) -> ReserveFilesResponse:
    """Make room for files of an assignment; the bytes follow under the keys of the response.

    Without a caller the assignment id is the permission, as for `stage_submission`. Work that was
    submitted before gets no room, which is no error: the first answers stay.
    Refusals, in order: FILES_NOT_ACCEPTED, PREVIEW, ASSIGNMENT_NOT_FOUND, TOKEN_READ_ONLY,
    DEADLINE_PASSED, NOT_ASSIGNED, UPLOAD_LIMIT of the assignment, UPLOAD_LIMIT of the day,
    STORAGE_FULL.
    """
    if not tx.settings.uploads.enabled:
        raise work_errors.UploadsOff
    if request.assignment_id == work.PREVIEW_ASSIGNMENT_ID:
        raise work_errors.PreviewOnly
    assignment, hit = work.up_to_date(tx, request.assignment_id)
    if caller is not None and assignment.worker_id != caller.worker.worker_id:
        raise work_errors.AssignmentNotFound
    if caller is not None and not caller.may_work:
        raise work_errors.TokenMayNotWork
    if assignment.is_submitted:
        return ReserveFilesResponse(keys=(), is_submitted=True)
    transitions.check_submission(assignment, tx.now, work.grace(tx))
    if request.files:
        _check_room(tx, assignment.assignment_id, assignment.worker_id, request)
    keys = []
    for new in request.files:
        key = tx.ids.file_key()
        keys.append(key)
        files.add(
            tx,
            StoredFile(
                key=key,
                assignment_id=assignment.assignment_id,
                hit_id=hit.hit_id,
                worker_id=assignment.worker_id,
                question_id=new.question_id,
                name=new.name,
                media_type=new.media_type,
                size_bytes=new.size_bytes,
                sha256=new.sha256,
                created_at=tx.now,
            ),
        )
    return ReserveFilesResponse(keys=tuple(keys))


def _check_room(tx: Tx, assignment_id: str, worker_id: str, request: ReserveFilesRequest) -> None:
    """Count what waits for this assignment, what the worker sent today, and what is kept."""
    limits = tx.settings.uploads
    more = sum(new.size_bytes for new in request.files)
    if files.loose(tx, assignment_id) + more > limits.max_assignment_bytes:
        words = rules.in_words(limits.max_assignment_bytes)
        raise work_errors.AssignmentUploadLimit(limit=words)
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    if files.sent_since(tx, worker_id, midnight) + more > limits.max_worker_day_bytes:
        words = rules.in_words(limits.max_worker_day_bytes)
        raise work_errors.DailyUploadLimit(limit=words)
    if files.total(tx) + more > limits.max_total_bytes:
        raise work_errors.StorageFull


@operation(writes=True)
def arrive_files(tx: Tx, caller: None, request: ArriveFilesRequest) -> ArriveFilesResponse:
    """Note that the bytes of files are kept; answers may name them from now on."""
    del caller
    files.arrive(tx, request.keys)
    return ArriveFilesResponse()


@operation(writes=True)
def drop_files(tx: Tx, caller: None, request: DropFilesRequest) -> DropFilesResponse:
    """Let go of files that no answer has; their bytes are removed by the loop."""
    del caller
    files.drop(tx, request.keys)
    return DropFilesResponse()


@operation(writes=False)
def list_loose_files(
    tx: Tx, caller: WorkerCaller, request: ListLooseFilesRequest
) -> ListLooseFilesResponse:
    """Describe own files of an assignment that wait for answers; others are left out."""
    found = []
    for key in request.keys:
        file = files.get(tx, key)
        if file is None or file.arrived_at is None or file.kept_at is not None:
            continue
        is_own = file.worker_id == caller.worker.worker_id
        if is_own and file.ticket is None and file.assignment_id == request.assignment_id:
            found.append(
                LooseFile(
                    key=file.key,
                    question_id=file.question_id,
                    name=file.name,
                    size_bytes=file.size_bytes,
                )
            )
    return ListLooseFilesResponse(files=tuple(found))


@operation(writes=False)
def get_file_upload_url(
    tx: Tx, requester: Requester, request: GetFileUploadURLRequest
) -> GetFileUploadURLResponse:
    """Give a link to the file that answers a question, good for 60 seconds.

    Where a question has several files it leads to the first one; the UploadedFileKey of any of
    them may be given in the place of the question.
    Refusals, in order: AssignmentDoesNotExist (also for work that is not submitted, or of somebody
    else's HIT, or of a disposed one), InvalidParameterValue for QuestionIdentifier.
    """
    assignment_operations.own_submitted(tx, requester, request.assignment_id)
    submitted = assignments.get_submitted(tx, request.assignment_id)
    wanted = request.question_identifier
    key = None if submitted is None else _key_in(from_plain(submitted.values), wanted)
    if key is None or files.get(tx, key) is None:
        raise errors.InvalidParameterValue(value=wanted[:200], name="QuestionIdentifier")
    address = f"{tx.settings.app_base_url}/frame/files/{file_links.token(tx, key)}"
    return GetFileUploadURLResponse(file_upload_url=address)


def _key_in(given: Answers, wanted: str) -> str | None:
    """The key of the first file of a question, or of the file with this very key."""
    found = [(answer.question_id, answer.file.key) for answer in given.answers if answer.file]
    first = dict(reversed(found))
    return first.get(wanted) or next((key for _, key in found if key == wanted), None)


@operation(writes=False)
def open_file(tx: Tx, caller: None, request: OpenFileRequest) -> OpenFileResponse:
    """Tell what a link leads to; the link is the permission.

    Refusals, in order: NOT_FOUND for a link that is not ours or no longer good, for a file that
    was removed, and for one of a HIT that was disposed.
    """
    del caller
    key = file_links.key_of(tx, request.token)
    file = None if key is None else files.get(tx, key)
    hit = None if file is None else hits.get(tx, file.hit_id)
    if file is None or hit is None or hit.is_gone:
        raise work_errors.NotFound
    return OpenFileResponse(
        key=file.key,
        name=rules.download_name(file.name, file.media_type),
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )
