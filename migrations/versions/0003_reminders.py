"""Telling people: contacts, the outbox and its attempts, when to look again, the beat."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def word(length):
    """Make a short text, which PostgreSQL too is to order by its bytes."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade():
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("patient", word(64), nullable=False),
        sa.Column("role", word(16), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("private", sa.Integer, nullable=False),
        sa.Column("timezone", TEXT),
        sa.Column("added_at", word(32), nullable=False),
        sa.Column("added_by", TEXT),
        sa.Column("removed_at", word(32)),
        sa.Column("removed_by", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_contact_patient_patient"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_patient", "contact", ["patient"])
    op.create_index("ix_contact_role", "contact", ["role"])
    op.create_table(
        "message",
        sa.Column("key", word(64), nullable=False),
        sa.Column("ref", word(8), nullable=False),
        sa.Column("role", word(16), nullable=False),
        sa.Column("recipient", TEXT, nullable=False),
        sa.Column("address", word(64), nullable=False),
        sa.Column("channels", TEXT, nullable=False),
        sa.Column("zone", TEXT, nullable=False),
        sa.Column("urgency", word(16), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("state", word(16), nullable=False),
        sa.Column("due_at", word(32), nullable=False),
        sa.Column("next_at", word(32), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("text", TEXT),
        sa.PrimaryKeyConstraint("key", name="pk_message"),
        sa.UniqueConstraint("ref", name="uq_message_ref"),
    )
    op.create_index("ix_message_state", "message", ["state", "next_at"])
    if op.get_bind().dialect.name == "postgresql":
        # Millions of messages are sent, and few are open: the service looks for these only.
        op.create_index(
            "ix_message_open",
            "message",
            ["next_at"],
            postgresql_where=sa.text("state IN ('owed', 'sending')"),
        )
    op.create_index("ix_message_address", "message", ["address", "state"])
    op.create_table(
        "reminder",
        sa.Column("key", word(64), nullable=False),
        sa.Column("identity", word(64), nullable=False),
        sa.Column("message", word(64), nullable=False),
        sa.Column("patient", word(64), nullable=False),
        sa.Column("drug", word(64), nullable=False),
        sa.Column("rule", word(64), nullable=False),
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("anchor", sa.Integer, nullable=False),
        sa.Column("stage", word(16), nullable=False),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("since", word(10), nullable=False),
        sa.Column("planned_on", word(10), nullable=False),
        sa.Column("owed_at", word(32), nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
        sa.Column("retracts", word(64)),
        sa.Column("words", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_reminder"),
        sa.ForeignKeyConstraint(["message"], ["message.key"], name="fk_reminder_message_message"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_reminder_patient_patient"),
    )
    op.create_index("ix_reminder_message", "reminder", ["message"])
    op.create_index("ix_reminder_patient", "reminder", ["patient"])
    op.create_table(
        "attempt",
        sa.Column("message", word(64), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("at", word(32), nullable=False),
        sa.Column("channel", sa.Integer, nullable=False),
        sa.Column("outcome", word(16), nullable=False),
        sa.Column("error", TEXT),
        sa.PrimaryKeyConstraint("message", "token", name="pk_attempt"),
        sa.ForeignKeyConstraint(["message"], ["message.key"], name="fk_attempt_message_message"),
    )
    op.create_table(
        "look",
        sa.Column("patient", word(64), nullable=False),
        sa.Column("next_at", word(32), nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("fault", TEXT),
        sa.PrimaryKeyConstraint("patient", name="pk_look"),
        sa.ForeignKeyConstraint(["patient"], ["patient.id"], name="fk_look_patient_patient"),
    )
    op.create_index("ix_look_next_at", "look", ["next_at"])
    op.execute("INSERT INTO look (patient, next_at, known) SELECT id, '', 0 FROM patient")
    op.create_table(
        "beat",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", word(32), nullable=False),
        sa.Column("policy", word(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_beat"),
    )
