"""Shapes of the worker's operations: what pages and the worker JSON API ask and get.

Members keep their snake_case names on the wire; times are RFC 3339 texts in UTC; money is
`{"amount": "0.05", "currency": "USD"}`.
"""

from typing import Annotated, Literal

import msgspec

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Status = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={
            "enum": ["assigned", "submitted", "approved", "rejected", "returned", "abandoned"]
        }
    ),
]
Amount = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": r"^[0-9]+(\.[0-9]{1,4})?$"})]


class WorkShape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the shapes of the worker API."""


class Money(WorkShape, frozen=True, kw_only=True):
    """An amount with two decimals, four when it is no multiple of a cent."""

    amount: Amount
    currency: str


class RequesterSummary(WorkShape, frozen=True, kw_only=True):
    """A requester as workers see one."""

    requester_id: str
    name: str


QualificationAction = Annotated[
    str,
    msgspec.Meta(
        description="What the caller can do about it now.",
        extra_json_schema={"enum": ["none", "request", "test", "wait"]},
    ),
]


class Requirement(WorkShape, frozen=True, kw_only=True):
    """A condition of a group with the worker's own value.

    `action` is what may help where it is not met, `action_at` when a retry is allowed or the time
    of a running test is over.
    """

    qualification_type_id: str
    name: str
    comparator: str
    values: list[int] | None
    locales: list[dict[str, str | None]] | None
    actions_guarded: str
    caller_value: int | str | None
    met: bool
    action: QualificationAction
    action_at: Time | None
    in_words: str


class CallerRights(WorkShape, frozen=True, kw_only=True):
    """What the caller may do with a group, and the codes of what stands against it."""

    can_preview: bool
    can_accept: bool
    reasons: list[str]


class HitGroup(WorkShape, frozen=True, kw_only=True):
    """A group of HITs of one HIT type; `available` counts for the caller."""

    group_id: str
    hit_type_id: str
    title: str
    description: str
    keywords: list[str]
    reward: Money
    requester: RequesterSummary
    available: int
    assignment_duration_seconds: int
    auto_approval_delay_seconds: int
    created_at: Time
    updated_at: Time
    expires_at: Time
    requirements: list[Requirement]
    caller: CallerRights


class Staged(WorkShape, frozen=True, kw_only=True):
    """Answers that reached the server and wait for the worker's word."""

    ticket: str
    received_at: Time


class Task(WorkShape, frozen=True, kw_only=True):
    """What has to be done: the question document and where its frame is.

    `question` is the stored document; `frame_height` is 0 for a QuestionForm. Edges turn it into
    the form, the frame address or the worker API's task.
    """

    mode: Literal["preview", "work"]
    kind: Literal["QuestionForm", "HTMLQuestion", "ExternalQuestion"]
    hit_id: str
    assignment_id: str | None
    question: str


class Assignment(WorkShape, frozen=True, kw_only=True):
    """One of the worker's own assignments; `task` only while it is assigned."""

    assignment_id: str
    hit_id: str
    group_id: str
    hit_type_id: str
    status: Status
    title: str
    requester: RequesterSummary
    reward: Money
    bonus_total: Money
    accepted_at: Time
    deadline: Time
    submitted_at: Time | None
    auto_approval_at: Time | None
    reviewed_at: Time | None
    requester_feedback: str | None
    answer_sha256: str | None
    staged: Staged | None
    task: Task | None


class ListHitGroupsRequest(WorkShape, frozen=True, kw_only=True):
    """Filters and order of the list of groups; `skip` leaves out the first ones, for pages."""

    search: str | None = None
    qualified: bool = False
    min_reward: str | None = None
    keyword: str | None = None
    requester_id: str | None = None
    sort: str = "updated_desc"
    limit: int = 20
    cursor: str | None = None
    skip: int = 0


class ListHitGroupsResponse(WorkShape, frozen=True, kw_only=True):
    """A page of groups; `hidden` counts those that the filters left out."""

    items: list[HitGroup]
    next_cursor: str | None
    total: int
    hidden: int


class GetHitGroupRequest(WorkShape, frozen=True, kw_only=True):
    """A group by its id; a HIT type id is accepted too."""

    group_id: str


class GetHitGroupResponse(WorkShape, frozen=True, kw_only=True):
    """The group."""

    group: HitGroup


class PreviewHitRequest(WorkShape, frozen=True, kw_only=True):
    """Some HIT of a group, or the one named."""

    group_id: str
    hit_id: str | None = None
    skip_hit_id: str | None = None


class PreviewHitResponse(WorkShape, frozen=True, kw_only=True):
    """The group and a task in preview; no task when nothing is available or it is guarded."""

    group: HitGroup
    task: Task | None


class AcceptFromGroupRequest(WorkShape, frozen=True, kw_only=True):
    """Accept up to `count` HITs of a group, chosen at random."""

    group_id: str
    count: int = 1
    idempotency_key: str | None = None
    skip_hit_id: str | None = None


class AcceptHitRequest(WorkShape, frozen=True, kw_only=True):
    """Accept one given HIT."""

    hit_id: str
    idempotency_key: str | None = None


class AcceptResponse(WorkShape, frozen=True, kw_only=True):
    """The assignments that were accepted, without tasks."""

    assignments: list[Assignment]


class GetMyAssignmentRequest(WorkShape, frozen=True, kw_only=True):
    """One own assignment."""

    assignment_id: str


class GetMyAssignmentResponse(WorkShape, frozen=True, kw_only=True):
    """The assignment with its task while it is assigned."""

    assignment: Assignment


class ListMyAssignmentsRequest(WorkShape, frozen=True, kw_only=True):
    """Own assignments, newest first."""

    statuses: tuple[str, ...] = ()
    limit: int = 20
    cursor: str | None = None


class ListMyAssignmentsResponse(WorkShape, frozen=True, kw_only=True):
    """A page of own assignments."""

    items: list[Assignment]
    next_cursor: str | None


class ListQueueRequest(WorkShape, frozen=True, kw_only=True):
    """The HITs that the worker holds."""


class ListQueueResponse(WorkShape, frozen=True, kw_only=True):
    """The queue by deadline, its limit, and the sum of the rewards."""

    items: list[Assignment]
    limit: int
    reward_total: Money


class SentFile(WorkShape, frozen=True, kw_only=True):
    """A file in a field: the key it is kept under, or why it was not taken."""

    file_id: str | None = None
    problem: str | None = None


Fields = tuple[tuple[str, str | SentFile], ...]


class StageSubmissionRequest(WorkShape, frozen=True, kw_only=True):
    """What a frame posted: fields in order, where it came from, and how it is to be treated."""

    assignment_id: str
    fields: Fields
    origin: str | None = None


class StageSubmissionResponse(WorkShape, frozen=True, kw_only=True):
    """A ticket to finish with; `state` tells of work that was submitted before or at once."""

    state: Literal["staged", "submitted"]
    assignment_id: str
    ticket: str | None


class GetStagedRequest(WorkShape, frozen=True, kw_only=True):
    """The staged answers of a ticket."""

    ticket: str


class GetStagedResponse(WorkShape, frozen=True, kw_only=True):
    """The assignment that they belong to; it is the caller's own."""

    assignment: Assignment
    origin: str | None


class ReadQuestionRequest(WorkShape, frozen=True, kw_only=True):
    """The question of a HIT, for its frame."""

    hit_id: str


class ReadQuestionResponse(WorkShape, frozen=True, kw_only=True):
    """The question document as it is stored."""

    question: str


class SubmitAssignmentRequest(WorkShape, frozen=True, kw_only=True):
    """Answers as form fields, as the worker API's mapping, as a document, or a staged ticket.

    Exactly one of them is given. `form_fields` come from the server-rendered form.
    """

    assignment_id: str
    form_fields: Fields | None = None
    answers: dict[str, object] | None = None
    task_answers: dict[str, object] | None = None
    answer_xml: str | None = None
    ticket: str | None = None
    accept_next: bool | None = None


class SubmitAssignmentResponse(WorkShape, frozen=True, kw_only=True):
    """The assignment as submitted (also when repeated), and the next one accepted, if wanted."""

    assignment: Assignment
    next: Assignment | None


class ReturnAssignmentRequest(WorkShape, frozen=True, kw_only=True):
    """Give a HIT back."""

    assignment_id: str
    reason_code: str | None = None
    comment: str | None = None


class ReturnAssignmentResponse(WorkShape, frozen=True, kw_only=True):
    """The assignment as returned."""

    assignment: Assignment


class GetMeRequest(WorkShape, frozen=True, kw_only=True):
    """The caller's own profile."""


class GetMeResponse(WorkShape, frozen=True, kw_only=True):
    """Profile, limits and the figures of the worker's own work."""

    worker_id: str
    name: str
    worker_class: str
    country: str
    subdivision: str | None
    may_work: bool
    auto_accept_next: bool
    queue_length: int
    queue_limit: int
    submitted: int
    approved: int
    rejected: int
    returned: int
    abandoned: int
    percent_approved: int
    unread_messages: int
    earnings: Money


class UpdatePreferencesRequest(WorkShape, frozen=True, kw_only=True):
    """Preferences to change; absent ones stay."""

    auto_accept_next: bool | None = None


class UpdatePreferencesResponse(WorkShape, frozen=True, kw_only=True):
    """The preferences as they are now."""

    auto_accept_next: bool


class NewFile(WorkShape, frozen=True, kw_only=True):
    """What is known of a file before it is kept; its type was told from its content."""

    question_id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str


class ReserveFilesRequest(WorkShape, frozen=True, kw_only=True):
    """Files for which there shall be room; none to ask whether some may come at all."""

    assignment_id: str
    files: tuple[NewFile, ...]


class ReserveFilesResponse(WorkShape, frozen=True, kw_only=True):
    """A key for each file, in order; none when the work was submitted before."""

    keys: tuple[str, ...]
    is_submitted: bool = False


class ArriveFilesRequest(WorkShape, frozen=True, kw_only=True):
    """Files whose bytes are kept."""

    keys: tuple[str, ...]


class ArriveFilesResponse(WorkShape, frozen=True, kw_only=True):
    """Nothing."""


class DropFilesRequest(WorkShape, frozen=True, kw_only=True):
    """Files that nobody needs."""

    keys: tuple[str, ...]


class DropFilesResponse(WorkShape, frozen=True, kw_only=True):
    """Nothing."""


class ListLooseFilesRequest(WorkShape, frozen=True, kw_only=True):
    """Own files of an assignment, by their keys."""

    assignment_id: str
    keys: tuple[str, ...]


class LooseFile(WorkShape, frozen=True, kw_only=True):
    """A file that came and waits for the answers that name it."""

    key: str
    question_id: str
    name: str
    size_bytes: int


class ListLooseFilesResponse(WorkShape, frozen=True, kw_only=True):
    """Those that are still there."""

    files: tuple[LooseFile, ...]


class OpenFileRequest(WorkShape, frozen=True, kw_only=True):
    """The token of a link to a file."""

    token: str


class OpenFileResponse(WorkShape, frozen=True, kw_only=True):
    """Where the bytes are and what they are."""

    key: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str


class UploadFileResponse(WorkShape, frozen=True, kw_only=True):
    """A file that was kept, for use in the answers of its assignment."""

    file_id: str
    size: int
    sha256: str
    media_type: str
