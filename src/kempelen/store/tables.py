"""Every table, index and named constraint: the single truth of the schema.

Times are integer microseconds since the epoch, UTC; money is integer units; structures are JSON
text. `n` is an integer key in creation order, by which listings page.
"""

import sqlalchemy as sa

from kempelen.store import columns
from kempelen.store.file_tables import file_totals, files
from kempelen.store.notification_tables import (
    deliveries,
    notification_settings,
    notification_targets,
)
from kempelen.store.qualification_tables import (
    hit_requirements,
    qualification_changes,
    qualification_requests,
    qualification_tests,
    qualification_types,
    qualifications,
)

__all__ = [
    "deliveries",
    "file_totals",
    "files",
    "hit_requirements",
    "notification_settings",
    "notification_targets",
    "qualification_changes",
    "qualification_requests",
    "qualification_tests",
    "qualification_types",
    "qualifications",
]

metadata = columns.metadata
_key, _text, _number = columns.key, columns.text, columns.number

schema_version = sa.Table(
    "schema_version",
    metadata,
    _number("version"),
    _number("applied_at"),
)

requesters = sa.Table(
    "requesters",
    metadata,
    _key(),
    _text("requester_id"),
    _text("name"),
    _text("billing_mode"),
    _number("blocks", default=0),
    _number("is_suspended", default=0),
    _number("webhook_key", default=1),
    _number("created_at"),
    sa.UniqueConstraint("requester_id", name="requesters_id"),
)

access_keys = sa.Table(
    "access_keys",
    metadata,
    _key(),
    _text("access_key_id"),
    _text("requester_id"),
    _text("sealed_secret"),
    _number("created_at"),
    _number("revoked_at", nullable=True),
    sa.UniqueConstraint("access_key_id", name="access_keys_id"),
)

workers = sa.Table(
    "workers",
    metadata,
    _key(),
    _text("worker_id"),
    _text("name"),
    _text("name_key"),
    _text("email", nullable=True),
    _text("password_hash", nullable=True),
    _text("worker_class"),
    _text("country"),
    _text("subdivision", nullable=True),
    _number("is_adult", default=0),
    _number("is_master", default=0),
    _number("is_suspended", default=0),
    _number("accepted", default=0),
    _number("submitted", default=0),
    _number("approved", default=0),
    _number("rejected", default=0),
    _number("returned", default=0),
    _number("abandoned", default=0),
    _number("given_hits_approved", nullable=True),
    _number("given_percent_approved", nullable=True),
    _number("auto_accept", default=0),
    _number("created_at"),
    sa.UniqueConstraint("worker_id", name="workers_id"),
    sa.UniqueConstraint("name_key", name="workers_name"),
)

worker_tokens = sa.Table(
    "worker_tokens",
    metadata,
    _key(),
    _text("token_hash"),
    _text("worker_id"),
    _number("created_at"),
    _number("revoked_at", nullable=True),
    sa.UniqueConstraint("token_hash", name="worker_tokens_hash"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    _key(),
    _text("session_hash"),
    _text("worker_id"),
    _text("csrf_token"),
    _number("created_at"),
    _number("seen_at"),
    sa.UniqueConstraint("session_hash", name="sessions_hash"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    _key(),
    _text("subject"),
    _number("failed_at"),
    sa.Index("sign_in_failures_subject", "subject", "failed_at"),
)

hit_types = sa.Table(
    "hit_types",
    metadata,
    _key(),
    _text("hit_type_id"),
    _text("group_id"),
    _text("requester_id"),
    _text("fingerprint"),
    _text("title"),
    _text("description"),
    _text("keywords"),
    _number("reward"),
    _number("assignment_duration_seconds"),
    _number("auto_approval_delay_seconds"),
    _text("requirements"),
    _number("created_at"),
    sa.UniqueConstraint("hit_type_id", name="hit_types_id"),
    sa.UniqueConstraint("group_id", name="hit_types_group"),
    sa.UniqueConstraint("requester_id", "fingerprint", name="hit_types_properties"),
)

hits = sa.Table(
    "hits",
    metadata,
    _key(),
    _text("hit_id"),
    _text("hit_type_id"),
    _text("group_id"),
    _text("requester_id"),
    _text("status"),
    _number("created_at"),
    _number("expiration"),
    _number("max_assignments"),
    _number("created_max_assignments"),
    _number("fee"),
    _text("annotation", nullable=True),
    _text("layout_id", nullable=True),
    _text("assignment_policy", nullable=True),
    _text("hit_policy", nullable=True),
    _number("pending"),
    _number("submitted"),
    _number("approved"),
    _number("rejected"),
    _number("is_expired"),
    _number("is_reviewing"),
    _number("is_disposed"),
    _number("reviewable_since", nullable=True),
    _number("hold_moves"),
    _number("hit_runs"),
    _number("work_at_last_run"),
    _number("next_due"),
    _number("approve_on_submit", default=0),
    sa.UniqueConstraint("hit_id", name="hits_id"),
    sa.CheckConstraint(
        "pending >= 0 and pending + submitted + approved + rejected <= max_assignments",
        name="hits_slots",
    ),
    sa.Index("hits_due", "next_due", sqlite_where=sa.text("is_disposed = 0")),
    sa.Index("hits_due_of", "requester_id", "next_due", sqlite_where=sa.text("is_disposed = 0")),
    sa.Index("hits_listing", "requester_id", "n", sqlite_where=sa.text("is_disposed = 0")),
    sa.Index(
        "hits_reviewable",
        "requester_id",
        "status",
        sa.text("expiration DESC"),
        "hit_id",
        sqlite_where=sa.text("status in ('Reviewable', 'Reviewing')"),
    ),
    sa.Index(
        "hits_reviewable_of_type",
        "hit_type_id",
        "status",
        sa.text("expiration DESC"),
        "hit_id",
        sqlite_where=sa.text("status in ('Reviewable', 'Reviewing')"),
        postgresql_where=sa.text("status in ('Reviewable', 'Reviewing')"),
    ),
    sa.Index("hits_open", "group_id", "n", sqlite_where=sa.text("status = 'Assignable'")),
)

questions = sa.Table("questions", metadata, _key(), _text("question"))

group_counts = sa.Table(
    "group_counts",
    metadata,
    sa.Column("group_id", sa.Text, primary_key=True),
    _number("open_hits"),
    _number("last_created_at"),
    _number("latest_expiration"),
    sa.Index("group_counts_open", "last_created_at", sqlite_where=sa.text("open_hits > 0")),
)

assignments = sa.Table(
    "assignments",
    metadata,
    _key(),
    _text("assignment_id"),
    _text("hit_id"),
    _text("group_id"),
    _text("worker_id"),
    _text("requester_id"),
    _text("status"),
    _number("accepted_at"),
    _number("deadline"),
    _number("submitted_at", nullable=True),
    _number("auto_approval_at", nullable=True),
    _number("approved_at", nullable=True),
    _number("rejected_at", nullable=True),
    _number("ended_at", nullable=True),
    _text("feedback", nullable=True),
    _text("answer_sha256", nullable=True),
    _number("known_answer_score", nullable=True),
    _number("due_at", nullable=True),
    sa.UniqueConstraint("assignment_id", name="assignments_id"),
    sa.Index(
        "assignments_live",
        "worker_id",
        "hit_id",
        unique=True,
        sqlite_where=sa.text("status not in ('Returned', 'Abandoned')"),
    ),
    sa.Index("assignments_due", "hit_id", "due_at", sqlite_where=sa.text("due_at is not null")),
    sa.Index(
        "assignments_submitted",
        "hit_id",
        "submitted_at",
        "assignment_id",
        sqlite_where=sa.text("submitted_at is not null"),
    ),
    sa.Index(
        "assignments_by_status",
        "hit_id",
        "status",
        "submitted_at",
        "assignment_id",
        sqlite_where=sa.text("submitted_at is not null"),
        postgresql_where=sa.text("submitted_at is not null"),
    ),
    sa.Index(
        "assignments_queue", "worker_id", "deadline", sqlite_where=sa.text("status = 'Accepted'")
    ),
    sa.Index(
        "assignments_returned", "worker_id", "ended_at", sqlite_where=sa.text("status = 'Returned'")
    ),
    sa.Index("assignments_group", "worker_id", "group_id"),
    sa.Index(
        "assignments_decided",
        "worker_id",
        "requester_id",
        sqlite_where=sa.text("status in ('Approved', 'Rejected')"),
        postgresql_where=sa.text("status in ('Approved', 'Rejected')"),
    ),
    sa.Index("assignments_of_worker", "worker_id", "n"),
)

answers = sa.Table(
    "answers",
    metadata,
    _key(),
    _text("document"),
    _text("answer_values"),
)

staged = sa.Table(
    "staged",
    metadata,
    _key(),
    _text("ticket"),
    _text("assignment_id"),
    _text("document"),
    _text("answer_values"),
    _text("origin", nullable=True),
    _number("received_at"),
    sa.UniqueConstraint("ticket", name="staged_ticket"),
    sa.Index("staged_assignment", "assignment_id", "n"),
)

review_runs = sa.Table(
    "review_runs",
    metadata,
    _key(),
    _text("hit_id"),
    _text("level"),
    _text("trigger"),
    _number("part"),
    _text("run_id"),
    _text("results"),
    _text("actions"),
    _text("error", nullable=True),
    _number("ran_at"),
    sa.UniqueConstraint("hit_id", "level", "trigger", "part", name="review_runs_trigger"),
    sa.Index("review_runs_hit", "hit_id", "level", "n"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    _number("balance"),
    sa.CheckConstraint("abs(balance) < 4000000000000000000", name="accounts_balance"),
)

transfers = sa.Table(
    "transfers",
    metadata,
    _key(),
    _text("transfer_id"),
    _text("source"),
    _text("target"),
    _number("amount"),
    _text("kind"),
    _text("hit_id", nullable=True),
    _text("assignment_id", nullable=True),
    _number("created_at"),
    sa.UniqueConstraint("transfer_id", name="transfers_id"),
    sa.CheckConstraint("amount > 0 and source <> target", name="transfers_amount"),
    sa.Index("transfers_hit", "hit_id"),
)

bonuses = sa.Table(
    "bonuses",
    metadata,
    _key(),
    _text("bonus_id"),
    _text("requester_id"),
    _text("worker_id"),
    _text("hit_id"),
    _text("assignment_id"),
    _number("amount"),
    _text("reason"),
    _number("granted_at"),
    sa.UniqueConstraint("bonus_id", name="bonuses_id"),
    sa.Index("bonuses_hit", "hit_id", "n"),
    sa.Index("bonuses_assignment", "assignment_id", "n"),
)

request_tokens = sa.Table(
    "request_tokens",
    metadata,
    _key(),
    _text("owner_id"),
    _text("family"),
    _text("token"),
    _text("result"),
    _number("used_at"),
    sa.UniqueConstraint("owner_id", "family", "token", name="request_tokens_token"),
    sa.Index("request_tokens_used", "used_at"),
)

events = sa.Table(
    "events",
    metadata,
    _key(),
    _text("type"),
    _text("hit_id"),
    _text("hit_type_id"),
    _text("assignment_id", nullable=True),
    _number("happened_at"),
    sa.Index("events_hit", "hit_id", "n"),
)

worker_blocks = sa.Table(
    "worker_blocks",
    metadata,
    _key(),
    _text("requester_id"),
    _text("worker_id"),
    _text("reason"),
    _number("created_at"),
    sa.UniqueConstraint("worker_id", "requester_id", name="worker_blocks_pair"),
    sa.Index("worker_blocks_listing", "requester_id", "n"),
)

message_threads = sa.Table(
    "message_threads",
    metadata,
    _key(),
    _text("thread_id"),
    _text("worker_id"),
    _text("requester_id"),
    _text("topic"),
    _text("topic_id"),
    _text("subject"),
    _number("unread"),
    _number("created_at"),
    _number("updated_at"),
    sa.UniqueConstraint("thread_id", name="message_threads_id"),
    sa.UniqueConstraint(
        "worker_id", "requester_id", "topic", "topic_id", name="message_threads_topic"
    ),
    sa.Index("message_threads_listing", "worker_id", "updated_at", "n"),
    sa.Index(
        "message_threads_unread",
        "worker_id",
        "unread",
        sqlite_where=sa.text("unread > 0"),
        postgresql_where=sa.text("unread > 0"),
    ),
)

messages = sa.Table(
    "messages",
    metadata,
    _key(),
    _number("thread"),
    _text("cause"),
    _text("subject"),
    _text("body"),
    _number("created_at"),
    sa.Index("messages_thread", "thread", "n"),
)

layouts = sa.Table(
    "layouts",
    metadata,
    _key(),
    _text("layout_id"),
    _text("requester_id"),
    _text("name"),
    _text("html"),
    _text("placeholders"),
    _number("frame_height"),
    _number("created_at"),
    sa.UniqueConstraint("layout_id", name="layouts_id"),
    sa.Index("layouts_listing", "requester_id", "n"),
)

mail = sa.Table(
    "mail",
    metadata,
    _key(),
    _text("recipient_id"),
    _text("subject"),
    _text("body"),
    _number("created_at"),
)
