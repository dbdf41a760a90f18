"""The moment of a treatment's next look, and how far stored checks have been worked out anew."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("program", sa.String(64), nullable=False),
        sa.Column("after", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
    )
    # Everybody's treatments are worked out anew: what they were is not kept.
    op.execute(
        "INSERT INTO evaluation (id, program, after) "
        "SELECT 1, '', '' WHERE EXISTS (SELECT 1 FROM patient)"
    )
    op.drop_table("treatment")
    op.create_table(
        "treatment",
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("drug", sa.String(64), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("evaluated_on", sa.String(10), nullable=False),
        sa.Column("next_look", sa.String(10), nullable=False),
        sa.Column("look_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("patient", "drug", name="pk_treatment"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_treatment_patient_patient"),
    )
    op.create_index("ix_treatment_look_at", "treatment", ["look_at"])
