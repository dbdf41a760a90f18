"""Facts, appended per patient in a chain, and the protocols that courses are pinned to."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def word(length):
    """Make a short text, which PostgreSQL too is to order by its bytes."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade():
    op.create_table(
        "patient",
        sa.Column("id", word(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("digest", word(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
    )
    op.create_table(
        "fact",
        sa.Column("event", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("patient", word(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", word(32), nullable=False),
        sa.Column("happened_on", word(10), nullable=False),
        sa.Column("recorded_at", word(32), nullable=False),
        sa.Column("recorded_by", TEXT),
        sa.Column("corrects", sa.Integer),
        sa.Column("sender_id", TEXT),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("digest", word(64), nullable=False),
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
        sa.Column("digest", word(64), nullable=False),
        sa.Column("name", word(64), nullable=False),
        sa.Column("version", word(32), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_protocol"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in ("fact", "protocol"):
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuses_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END$$"
        )
        for table in ("fact", "protocol"):
            for action, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                op.execute(
                    f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION refuses_change()"
                )
