"""Indexes by which lists and findings go to what is not settled, however much is."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade():
    op.drop_index("ix_message_address", "message")
    op.create_index("ix_message_address", "message", ["address", "state", "due_at"])
    op.create_index("ix_attempt_at", "attempt", ["at", "outcome"])
