"""The tables of the files that workers send; their bytes are elsewhere."""

import sqlalchemy as sa

from kempelen.store import columns

files = sa.Table(
    "files",
    columns.metadata,
    columns.key(),
    columns.text("file_key"),
    columns.text("assignment_id"),
    columns.text("hit_id"),
    columns.text("worker_id"),
    columns.text("question_id"),
    columns.text("name"),
    columns.text("media_type"),
    columns.number("size_bytes"),
    columns.text("sha256"),
    columns.number("created_at"),
    columns.number("arrived_at", nullable=True),
    columns.number("kept_at", nullable=True),
    columns.number("dropped_at", nullable=True),
    columns.text("ticket", nullable=True),
    sa.UniqueConstraint("file_key", name="files_key"),
    sa.Index("files_assignment", "assignment_id", "n"),
    sa.Index("files_hit", "hit_id"),
    sa.Index("files_of_worker", "worker_id", "created_at", "size_bytes"),
    columns.partial_index(
        "files_dropped",
        "dropped_at",
        where="dropped_at is not null",
    ),
    columns.partial_index(
        "files_loose",
        "created_at",
        where="kept_at is null and dropped_at is null",
    ),
)

file_totals = sa.Table(
    "file_totals",
    columns.metadata,
    columns.text("place", is_key=True),
    columns.number("size_bytes"),
    sa.CheckConstraint("size_bytes >= 0", name="file_totals_size"),
)
