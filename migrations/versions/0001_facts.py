"""Facts, appended per patient in a chain, and the protocols that courses are pinned to."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "patient",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
    )
    op.create_table(
        "fact",
        sa.Column("event", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("happened_on", sa.String(10), nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sa.Column("recorded_by", sa.Text),
        sa.Column("corrects", sa.Integer),
        sa.Column("sender_id", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_fact"),
        sa.UniqueConstraint("patient", "position", name="uq_fact_patient_position"),
        sa.CheckConstraint("position > 0", name="position_positive"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_fact_patient_patient"),
        sa.ForeignKeyConstraint(["corrects"], ["fact.event"], name="fk_fact_corrects_fact"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fact_corrects", "fact", ["corrects"])
    op.create_index("ix_fact_sender_id", "fact", ["sender_id"])
    op.create_table(
        "protocol",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_protocol"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in ("fact", "protocol"):
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
