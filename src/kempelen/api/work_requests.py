"""What the worker API reads: query strings and JSON bodies, with their limits.

Unknown members of a body are ignored; unknown fields of a query are refused, because a misspelt
filter would quietly show too much.
"""

from typing import Annotated, Any, Literal

import msgspec

from kempelen.api.work import WorkShape

ANSWER_VALUE_REFERENCE = "#/components/schemas/AnswerValue"

AssignmentStatusName = Literal[
    "assigned", "submitted", "approved", "rejected", "returned", "abandoned"
]
GroupOrder = Literal[
    "updated_desc", "updated_asc", "reward_desc", "reward_asc", "num_hits_desc", "num_hits_asc"
]
Limit = Annotated[int, msgspec.Meta(ge=1, le=100, description="How many items a page holds.")]
Cursor = Annotated[str, msgspec.Meta(description="next_cursor of the page before.")]
Decimal = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{1,7}(\.[0-9]{1,4})?$", description="An amount, 0.05 say.")
]
AnswerValue = Annotated[Any, msgspec.Meta(extra_json_schema={"$ref": ANSWER_VALUE_REFERENCE})]


class Query(WorkShape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query string without fields."""


class GroupsQuery(Query, frozen=True, kw_only=True):
    """The query of `GET /hit-groups`."""

    search: (
        Annotated[
            str,
            msgspec.Meta(
                max_length=200,
                description="Words and quoted phrases, or the id of a group, HIT or requester.",
            ),
        ]
        | None
    ) = None
    qualified: Annotated[
        bool, msgspec.Meta(description="Only groups whose requirements the caller meets.")
    ] = False
    min_reward: Decimal | None = None
    keyword: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    requester_id: str | None = None
    sort: GroupOrder = "updated_desc"
    limit: Limit = 20
    cursor: Cursor | None = None


class PageQuery(Query, frozen=True, kw_only=True):
    """The query of a list without filters."""

    limit: Limit = 20
    cursor: Cursor | None = None


class AssignmentsQuery(Query, frozen=True, kw_only=True):
    """The query of `GET /assignments`."""

    status: (
        Annotated[str, msgspec.Meta(description="States to list, separated by commas.")] | None
    ) = None
    limit: Limit = 20
    cursor: Cursor | None = None


class QualificationTypesQuery(Query, frozen=True, kw_only=True):
    """The query of `GET /qualification-types`."""

    search: (
        Annotated[
            str,
            msgspec.Meta(max_length=200, description="Words, or the id of a qualification type."),
        ]
        | None
    ) = None
    requestable: Annotated[bool, msgspec.Meta(description="Only types that can be requested.")] = (
        False
    )
    has_test: Annotated[bool, msgspec.Meta(description="Only types with a test.")] = False
    auto_granted: Annotated[
        bool, msgspec.Meta(description="Only types that are granted at once.")
    ] = False
    limit: Limit = 20
    cursor: Cursor | None = None


class QualificationsQuery(Query, frozen=True, kw_only=True):
    """The query of `GET /qualifications`."""

    state: (
        Annotated[str, msgspec.Meta(description="assigned, pending, or both with a comma.")] | None
    ) = None
    limit: Limit = 20
    cursor: Cursor | None = None


class SubmitQuery(Query, frozen=True, kw_only=True):
    """The query of `POST /assignments/{assignment_id}/submit`."""

    accept_next: Annotated[
        bool, msgspec.Meta(description="Accept another HIT of the group, if there is one.")
    ] = False


class AcceptBody(WorkShape, frozen=True, kw_only=True):
    """How many HITs of a group to accept."""

    count: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1


class SubmitBody(WorkShape, frozen=True, kw_only=True):
    """Answers in one of four forms: by question id or field name, crowd-form, document, ticket."""

    answers: dict[str, AnswerValue] | None = None
    task_answers: (
        Annotated[dict[str, Any], msgspec.Meta(description="The content of a crowd-form.")] | None
    ) = None
    answer_xml: (
        Annotated[str, msgspec.Meta(description="A QuestionFormAnswers document.")] | None
    ) = None
    ticket: Annotated[str, msgspec.Meta(description="Answers that a frame has posted.")] | None = (
        None
    )
    active_seconds: Annotated[int, msgspec.Meta(ge=0)] | None = None


class SubmitTestBody(WorkShape, frozen=True, kw_only=True):
    """Answers to a test in one of two forms: by question id, or as a document."""

    answers: dict[str, AnswerValue] | None = None
    answer_xml: (
        Annotated[str, msgspec.Meta(description="A QuestionFormAnswers document.")] | None
    ) = None


class ReturnBody(WorkShape, frozen=True, kw_only=True):
    """Why a HIT is given back."""

    reason_code: Literal["unclear", "broken", "pay", "not_interested", "other"] | None = None
    comment: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class PreferencesBody(WorkShape, frozen=True, kw_only=True):
    """Preferences to change."""

    auto_accept_next: bool | None = None
