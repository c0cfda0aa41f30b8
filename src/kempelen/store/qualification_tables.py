"""The tables of qualifications, which `tables` has among its own."""

import sqlalchemy as sa

from kempelen.store import columns

metadata = columns.metadata
_key, _text, _number = columns.key, columns.text, columns.number


qualification_types = sa.Table(
    "qualification_types",
    metadata,
    _key(),
    _text("qualification_type_id"),
    _text("requester_id"),
    _text("name"),
    _text("description"),
    _text("keywords", nullable=True),
    _text("status"),
    _number("test_n", nullable=True),
    _number("retry_delay_seconds", nullable=True),
    _number("auto_granted_value", nullable=True),
    _number("created_at"),
    _number("deleted_at", nullable=True),
    _number("deletion_due", nullable=True),
    _text("search_text"),
    sa.UniqueConstraint("qualification_type_id", name="qualification_types_id"),
    columns.partial_index(
        "qualification_types_name",
        "requester_id",
        "name",
        unique=True,
        where="deleted_at is null or deletion_due is not null",
    ),
    columns.partial_index(
        "qualification_types_own",
        "requester_id",
        "name",
        "qualification_type_id",
        where="deleted_at is null",
    ),
    columns.partial_index(
        "qualification_types_listing",
        "name",
        "qualification_type_id",
        where="deleted_at is null",
    ),
    columns.partial_index(
        "qualification_types_due",
        "deletion_due",
        where="deletion_due is not null",
    ),
)

qualification_tests = sa.Table(
    "qualification_tests",
    metadata,
    _key(),
    _text("qualification_type_id"),
    _text("document"),
    _text("answer_key", nullable=True),
    _number("duration_seconds"),
    _number("created_at"),
)

qualifications = sa.Table(
    "qualifications",
    metadata,
    _key(),
    _text("qualification_type_id"),
    _text("worker_id"),
    _number("value"),
    _text("status"),
    _number("granted_at"),
    _text("reason", nullable=True),
    sa.UniqueConstraint("qualification_type_id", "worker_id", name="qualifications_pair"),
    sa.Index("qualifications_listing", "qualification_type_id", "status", "granted_at", "n"),
    columns.partial_index(
        "qualifications_of_worker",
        "worker_id",
        "granted_at",
        "n",
        "qualification_type_id",
        "value",
        "status",  # or SQLite does not see that the index has everything
        where="status = 'Granted'",
    ),
)

qualification_changes = sa.Table(
    "qualification_changes",
    metadata,
    _key(),
    _text("qualification_type_id"),
    _text("worker_id"),
    _text("status"),
    _number("value"),
    _text("cause"),
    _text("reason", nullable=True),
    _number("changed_at"),
    sa.Index("qualification_changes_pair", "worker_id", "qualification_type_id", "n"),
)

qualification_requests = sa.Table(
    "qualification_requests",
    metadata,
    _key(),
    _text("request_id"),
    _text("qualification_type_id"),
    _text("requester_id"),
    _text("worker_id"),
    _text("state"),
    _number("requested_at"),
    _number("test_n", nullable=True),
    _number("due_at", nullable=True),
    _number("submitted_at", nullable=True),
    _number("ended_at", nullable=True),
    _text("answer", nullable=True),
    _number("value", nullable=True),
    _text("reason", nullable=True),
    sa.UniqueConstraint("request_id", name="qualification_requests_id"),
    columns.partial_index(
        "qualification_requests_open",
        "worker_id",
        "qualification_type_id",
        unique=True,
        where="state in ('Testing', 'Submitted')",
    ),
    sa.Index("qualification_requests_pair", "worker_id", "qualification_type_id", "n"),
    columns.partial_index(
        "qualification_requests_of_requester",
        "requester_id",
        "submitted_at",
        "n",
        where="state = 'Submitted'",
    ),
    columns.partial_index(
        "qualification_requests_of_type",
        "qualification_type_id",
        "submitted_at",
        "n",
        where="state = 'Submitted'",
    ),
    columns.partial_index(
        "qualification_requests_due",
        "due_at",
        where="due_at is not null",
    ),
    columns.partial_index(
        "qualification_requests_running",
        "qualification_type_id",
        "n",
        where="state in ('Testing', 'Submitted')",
    ),
)

hit_requirements = sa.Table(
    "hit_requirements",
    metadata,
    _text("qualification_type_id"),
    _text("requester_id"),
    _number("hit_n"),
    sa.PrimaryKeyConstraint(
        "qualification_type_id", "requester_id", "hit_n", name="hit_requirements_key"
    ),
    sqlite_with_rowid=False,
)
