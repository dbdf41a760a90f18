"""What is stored for speed: pending checks by day, and the next day to look at a treatment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table(
        "treatment",
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("drug", sa.String(64), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("evaluated_on", sa.String(10), nullable=False),
        sa.Column("next_look", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("patient", "drug", name="pk_treatment"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_treatment_patient_patient"),
    )
    op.create_index("ix_treatment_next_look", "treatment", ["next_look"])
    op.create_table(
        "pending",
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("drug", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("opens", sa.String(10), nullable=False),
        sa.Column("due", sa.String(10), nullable=False),
        sa.Column("overdue_after", sa.String(10), nullable=False),
        sa.Column("anchor", sa.Integer, nullable=False),
        sa.Column("anchor_on", sa.String(10), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("patient", "drug", "rule", "occurrence", name="pk_pending"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_pending_patient_patient"),
    )
    op.create_index("ix_pending_due", "pending", ["due", "patient", "rule", "occurrence"])
