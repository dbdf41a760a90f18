"""Write twice what a tool could change unseen: wake-ups, stored checks, how many were told at once.

What was settled waits for nothing; so a message whose state alone was changed is found by an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WORD = sa.String(16).with_variant(sa.String(16, collation="C"), "postgresql")


def upgrade():
    op.add_column("look", sa.Column("written", TEXT))
    op.add_column(
        "treatment", sa.Column("digest", WORD)
    )  # made with everybody's checks, after this
    op.add_column("attempt", sa.Column("said", sa.Integer()))
    op.create_index("ix_message_due_at", "message", ["due_at"])
    op.execute(
        f"UPDATE look SET next_at = '', written = '{' ' * 32} ' || CAST(known AS TEXT) || ' ' || "
        "COALESCE(CAST(unheard AS TEXT), '-') || ' ' || COALESCE('+' || fault, '-')"
    )
    op.execute("UPDATE message SET next_at = '' WHERE state IN ('failed', 'sent', 'withdrawn')")
    # A try that was begun and not needed was counted, and not written down.
    op.execute(
        "UPDATE message SET tries = (SELECT count(*) FROM attempt WHERE message = message.key) "
        "WHERE state <> 'sending'"
    )
