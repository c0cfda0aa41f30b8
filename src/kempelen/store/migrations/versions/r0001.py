"""The tables of the first release, as texts for each engine."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, index and trigger."""
    connection = op.get_bind()
    texts = Path(__file__).with_name(f"r0001.{connection.dialect.name}.sql")
    for text in texts.read_text(encoding="utf-8").split("\n;;\n"):
        if text:
            connection.exec_driver_sql(text)
