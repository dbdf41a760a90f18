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
