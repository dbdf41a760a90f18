"""The tables, nothing else. Their history is in `migrations/`."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row a patient: the end of that patient's chain of facts.
patient = Table(
    "patient",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),  # how many facts the chain has
    Column("digest", String(64), nullable=False),  # of the last fact
)

# What happened, appended and never changed: triggers refuse UPDATE and DELETE.
fact = Table(
    "fact",
    metadata,
    Column("event", Integer, primary_key=True, autoincrement=True),
    Column("patient", String(64), ForeignKey("patient.id"), nullable=False),
    Column("position", Integer, nullable=False),  # in the patient's chain, from 1
    Column("kind", String(32), nullable=False),
    Column("happened_on", String(10), nullable=False),  # a day in the patient's zone
    Column("recorded_at", String(32), nullable=False),  # UTC, microseconds
    Column("recorded_by", Text),
    Column("corrects", Integer, ForeignKey("fact.event")),  # the fact this one replaces
    Column("sender_id", Text),  # the sender's own identifier
    Column("body", Text, nullable=False),  # JSON, as it was received
    Column("digest", String(64), nullable=False),  # over this row and the digest before it
    UniqueConstraint("patient", "position"),
    CheckConstraint("position > 0", name="position_positive"),
    Index(None, "corrects"),
    Index(None, "sender_id"),
    sqlite_autoincrement=True,
)

# The text of every protocol version that a course is pinned to.
protocol = Table(
    "protocol",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("version", String(32), nullable=False),
    Column("text", Text, nullable=False),
)

# Projections: derived from the facts, stored for speed, rebuildable at any time.

# One row a patient and drug: when anything will next change by time alone.
treatment = Table(
    "treatment",
    metadata,
    Column("patient", String(64), ForeignKey("patient.id"), primary_key=True),
    Column("drug", String(64), primary_key=True),
    Column("protocol", String(64), nullable=False),  # digest of the newest course's protocol
    Column("evaluated_on", String(10), nullable=False),  # the patient's day at that time
    Column("next_look", String(10), nullable=False),  # until the day before, nothing changes
    Index("ix_treatment_next_look", "next_look"),
)

# The checks that are ahead, open or overdue, for lists over the whole clinic.
pending = Table(
    "pending",
    metadata,
    Column("patient", String(64), ForeignKey("patient.id"), primary_key=True),
    Column("drug", String(64), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("occurrence", Integer, primary_key=True),
    Column("state", String(8), nullable=False),  # as of the treatment's `evaluated_on`
    Column("opens", String(10), nullable=False),
    Column("due", String(10), nullable=False),
    Column("overdue_after", String(10), nullable=False),
    Column("anchor", Integer, nullable=False),
    Column("anchor_on", String(10), nullable=False),
    Column("protocol", String(64), nullable=False),  # digest of the protocol the rule is of
    Index("ix_pending_due", "due", "patient", "rule", "occurrence"),
)
