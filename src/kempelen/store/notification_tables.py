"""The tables of notifications: what is asked for, where it goes, and each delivery."""

import sqlalchemy as sa

from kempelen.store import columns

metadata = columns.metadata
_key, _text, _number = columns.key, columns.text, columns.number


notification_targets = sa.Table(
    "notification_targets",
    metadata,
    _key(),
    _text("requester_id"),
    _text("transport"),
    _text("destination"),
    _text("access_key_id"),
    _number("failures", default=0),
    _number("failing_since", nullable=True),
    _number("rests_until", default=0),
    _number("proven_at", nullable=True),
    sa.UniqueConstraint(
        "requester_id",
        "transport",
        "destination",
        "access_key_id",
        name="notification_targets_destination",
    ),
)

notification_settings = sa.Table(
    "notification_settings",
    metadata,
    _key(),
    _text("hit_type_id"),
    _number("target"),
    _text("version"),
    _text("event_types"),
    _number("is_active"),
    _number("updated_at"),
    sa.UniqueConstraint("hit_type_id", name="notification_settings_type"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _key(),
    _number("target"),
    _text("lane"),
    _text("document_id"),
    _text("version"),
    _text("event_type"),
    _text("hit_type_id"),
    _text("hit_id"),
    _text("assignment_id", nullable=True),
    _number("mail", nullable=True),
    _number("happened_at"),
    _text("status"),
    _number("due_at"),
    _number("is_leased", default=0),
    _number("attempts", default=0),
    _number("tried_at", nullable=True),
    _number("tried_since", nullable=True),
    _number("milliseconds", nullable=True),
    _number("settled_at", nullable=True),
    _text("error", nullable=True),
    sa.UniqueConstraint("document_id", name="deliveries_document"),
    columns.partial_index("deliveries_due", "target", "due_at", "n", where="status = 'Waiting'"),
    columns.partial_index("deliveries_lane", "target", "lane", "n", where="status = 'Waiting'"),
    sa.Index("deliveries_of", "target", "n"),
    columns.partial_index("deliveries_settled", "settled_at", where="settled_at is not null"),
)
