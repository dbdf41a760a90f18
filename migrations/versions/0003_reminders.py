"""Telling people: contacts, the outbox and its attempts, when to look again, the beat."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("private", sa.Integer, nullable=False),
        sa.Column("timezone", sa.Text),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("added_by", sa.Text),
        sa.Column("removed_at", sa.String(32)),
        sa.Column("removed_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_contact_patient_patient"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_patient", "contact", ["patient"])
    op.create_index("ix_contact_role", "contact", ["role"])
    op.create_table(
        "message",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("ref", sa.String(8), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("next_at", sa.String(32), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("text", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_message"),
        sa.UniqueConstraint("ref", name="uq_message_ref"),
    )
    op.create_index("ix_message_state", "message", ["state", "next_at"])
    op.create_index("ix_message_address", "message", ["address", "state"])
    op.create_table(
        "reminder",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("drug", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("anchor", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("planned_on", sa.String(10), nullable=False),
        sa.Column("owed_at", sa.String(32), nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
        sa.Column("retracts", sa.String(64)),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_reminder"),
        sa.ForeignKeyConstraint(["message"], ["message.key"], name="fk_reminder_message_message"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_reminder_patient_patient"),
    )
    op.create_index("ix_reminder_message", "reminder", ["message"])
    op.create_index("ix_reminder_patient", "reminder", ["patient"])
    op.create_table(
        "attempt",
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("channel", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("message", "token", name="pk_attempt"),
        sa.ForeignKeyConstraint(["message"], ["message.key"], name="fk_attempt_message_message"),
    )
    op.create_table(
        "look",
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("next_at", sa.String(32), nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("fault", sa.Text),
        sa.PrimaryKeyConstraint("patient", name="pk_look"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_look_patient_patient"),
    )
    op.create_index("ix_look_next_at", "look", ["next_at"])
    op.execute("INSERT INTO look (patient, next_at, known) SELECT id, '', 0 FROM patient")
    op.create_table(
        "beat",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_beat"),
    )
