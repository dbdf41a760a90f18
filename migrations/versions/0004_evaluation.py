"""The moment of a treatment's next look, and how far stored checks have been worked out anew."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def word(length):
    """Make a short text, which PostgreSQL too is to order by its bytes."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade():
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("program", word(64), nullable=False),
        sa.Column("after", word(64)),
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
        sa.Column("patient", word(64), nullable=False),
        sa.Column("drug", word(64), nullable=False),
        sa.Column("protocol", word(64), nullable=False),
        sa.Column("evaluated_on", word(10), nullable=False),
        sa.Column("next_look", word(10), nullable=False),
        sa.Column("look_at", word(32), nullable=False),
        sa.PrimaryKeyConstraint("patient", "drug", name="pk_treatment"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_treatment_patient_patient"),
    )
    op.create_index("ix_treatment_look_at", "treatment", ["look_at"])
