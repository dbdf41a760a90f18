"""What is stored for speed: pending checks by day, and the next day to look at a treatment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def word(length):
    """Make a short text, which PostgreSQL too is to order by its bytes."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade():
    op.create_table(
        "treatment",
        sa.Column("patient", word(64), nullable=False),
        sa.Column("drug", word(64), nullable=False),
        sa.Column("protocol", word(64), nullable=False),
        sa.Column("evaluated_on", word(10), nullable=False),
        sa.Column("next_look", word(10), nullable=False),
        sa.PrimaryKeyConstraint("patient", "drug", name="pk_treatment"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_treatment_patient_patient"),
    )
    op.create_index("ix_treatment_next_look", "treatment", ["next_look"])
    op.create_table(
        "pending",
        sa.Column("patient", word(64), nullable=False),
        sa.Column("drug", word(64), nullable=False),
        sa.Column("rule", word(64), nullable=False),
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("state", word(8), nullable=False),
        sa.Column("opens", word(10), nullable=False),
        sa.Column("due", word(10), nullable=False),
        sa.Column("overdue_after", word(10), nullable=False),
        sa.Column("anchor", sa.Integer, nullable=False),
        sa.Column("anchor_on", word(10), nullable=False),
        sa.Column("protocol", word(64), nullable=False),
        sa.PrimaryKeyConstraint("patient", "drug", "rule", "occurrence", name="pk_pending"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_pending_patient_patient"),
    )
    op.create_index("ix_pending_due", "pending", ["due", "patient", "rule", "occurrence"])
