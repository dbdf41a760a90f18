"""The tables, nothing else. Their history is in `migrations/`."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from monitor.store.engine import TEXT, word

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_IS_OF_CONTACTS = text("kind IN ('contact', 'contact_removed')")

# One row a patient: the end of that patient's chain of facts.
patient = Table(
    "patient",
    metadata,
    Column("id", word(64), primary_key=True),
    Column("position", Integer, nullable=False),  # how many facts the chain has
    Column("digest", word(64), nullable=False),  # of the last fact
)

# What happened, appended and never changed: triggers refuse UPDATE and DELETE.
fact = Table(
    "fact",
    metadata,
    Column("event", Integer, primary_key=True, autoincrement=True),
    Column("patient", word(64), ForeignKey("patient.id"), nullable=False),
    Column("position", Integer, nullable=False),  # in the patient's chain, from 1
    Column("kind", word(32), nullable=False),
    Column("happened_on", word(10), nullable=False),  # a day in the patient's zone
    Column("recorded_at", word(32), nullable=False),  # UTC, microseconds
    Column("recorded_by", TEXT),
    Column("corrects", Integer, ForeignKey("fact.event")),  # the fact this one replaces
    Column("sender_id", TEXT),  # the sender's own identifier
    Column("body", TEXT, nullable=False),  # JSON, as it was received
    Column("digest", word(64), nullable=False),  # over this row and the digest before it
    Column("login", TEXT),  # who was logged in, and the number; in the digest where it is known
    UniqueConstraint("patient", "position"),
    CheckConstraint("position > 0", name="position_positive"),
    Index(None, "corrects"),
    Index(None, "sender_id"),
    Index(
        "ix_fact_contact", "patient", sqlite_where=_IS_OF_CONTACTS, postgresql_where=_IS_OF_CONTACTS
    ),
    sqlite_autoincrement=True,
)

# The text of every protocol version that a course is pinned to.
protocol = Table(
    "protocol",
    metadata,
    Column("digest", word(64), primary_key=True),
    Column("name", word(64), nullable=False),
    Column("version", word(32), nullable=False),
    Column("text", TEXT, nullable=False),
)

# Projections: derived from the facts, stored for speed, rebuildable at any time.

# One row a patient and drug: when anything will next change by time alone.
treatment = Table(
    "treatment",
    metadata,
    Column("patient", word(64), ForeignKey("patient.id"), primary_key=True),
    Column("drug", word(64), primary_key=True),
    Column("protocol", word(64), nullable=False),  # digest of the newest course's protocol
    Column("evaluated_on", word(10), nullable=False),  # the patient's day at that time
    Column("next_look", word(10), nullable=False),  # until the day before, nothing changes
    Column("look_at", word(32), nullable=False),  # UTC; when that day begins for the patient
    Column("digest", word(16)),  # of this row and its checks
    Index("ix_treatment_look_at", "look_at"),
)

# One row: how far treatments and checks have been worked out anew, after a change of program.
evaluation = Table(
    "evaluation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("program", word(64), nullable=False),  # digest of the program that does it
    Column("after", word(64)),  # the last patient whose turn it was; NULL: all are done
)

# The checks that are ahead, open or overdue, for lists over the whole clinic.
pending = Table(
    "pending",
    metadata,
    Column("patient", word(64), ForeignKey("patient.id"), primary_key=True),
    Column("drug", word(64), primary_key=True),
    Column("rule", word(64), primary_key=True),
    Column("occurrence", Integer, primary_key=True),
    Column("state", word(8), nullable=False),  # as of the treatment's `evaluated_on`
    Column("opens", word(10), nullable=False),
    Column("due", word(10), nullable=False),
    Column("overdue_after", word(10), nullable=False),
    Column("anchor", Integer, nullable=False),
    Column("anchor_on", word(10), nullable=False),
    Column("protocol", word(64), nullable=False),  # digest of the protocol the rule is of
    Index("ix_pending_due", "due", "patient", "rule", "occurrence"),
)

# Telling people.

# Who is told about a patient, and how: a list of facts, by which they are found. What is sent
# goes by the facts. Never deleted; a removed one is told nothing more.
contact = Table(
    "contact",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("patient", word(64), ForeignKey("patient.id"), nullable=False),
    Column("role", word(16), nullable=False),
    Column("name", TEXT, nullable=False),
    Column("channel", TEXT, nullable=False),  # a URL, and a secret
    Column("private", Integer, nullable=False),  # 1: clinical detail may be sent
    Column("timezone", TEXT),  # NULL: the patient's
    Column("added_at", word(32), nullable=False),  # UTC
    Column("added_by", TEXT),
    Column("removed_at", word(32)),  # UTC
    Column("removed_by", TEXT),
    Column("event", Integer),  # the fact that added it
    Column("removal", Integer),  # the fact that removed it
    Index(None, "patient"),
    Index(None, "role"),
    sqlite_autoincrement=True,
)

# One row a message: what one recipient is sent at once, under one key on every try.
message = Table(
    "message",
    metadata,
    Column("key", word(64), primary_key=True),
    Column("ref", word(8), nullable=False),  # what a person reads out
    Column("role", word(16), nullable=False),
    Column("recipient", TEXT, nullable=False),  # the name
    Column("address", word(64), nullable=False),  # digest of the channels
    Column("channels", TEXT, nullable=False),  # JSON: [{"url", "private"}], tried in this order
    Column("zone", TEXT, nullable=False),  # the recipient's, for quiet hours
    Column("urgency", word(16), nullable=False),
    Column("rank", Integer, nullable=False),  # the most urgent first
    Column("state", word(16), nullable=False),  # owed, sending, sent, failed, withdrawn
    Column("due_at", word(32), nullable=False),  # UTC
    Column(
        "next_at", word(32), nullable=False
    ),  # UTC; next try, end of the lease; '' where settled
    Column("token", Integer, nullable=False),  # grows with each lease: fences off a stale sender
    Column("tries", Integer, nullable=False),
    Column("text", TEXT),  # of a message that is not about reminders
    Column("seal", word(16)),  # over what never changes: see `seals.py`
    UniqueConstraint("ref"),
    Index("ix_message_state", "state", "next_at"),
    Index("ix_message_address", "address", "state", "due_at"),
    Index("ix_message_due_at", "due_at"),
    Index(
        "ix_message_open", "next_at", postgresql_where=text("state IN ('owed', 'sending')")
    ).ddl_if(dialect="postgresql"),
)

# One row a reminder, owed once under its computed key.
reminder = Table(
    "reminder",
    metadata,
    Column("key", word(64), primary_key=True),
    Column("identity", word(64), nullable=False),  # the same through repeats
    Column("message", word(64), ForeignKey("message.key"), nullable=False),
    Column("patient", word(64), ForeignKey("patient.id"), nullable=False),
    Column("drug", word(64), nullable=False),
    Column("rule", word(64), nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("anchor", Integer, nullable=False),  # identity of the fact it counts from
    Column("stage", word(16), nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("since", word(10), nullable=False),  # the day it should have been told
    Column("planned_on", word(10), nullable=False),  # the patient's day
    Column("owed_at", word(32), nullable=False),  # UTC
    Column("known", Integer, nullable=False),  # the patient's last event when it was owed
    Column("withdrawn", Integer, nullable=False),  # 1: no longer needed
    Column("retracts", word(64)),  # the reminder that was sent on wrong facts
    Column("words", TEXT, nullable=False),  # for private channels
    Column("seal", word(16)),  # over what never changes
    Index(None, "message"),
    Index(None, "patient"),
)

# Every try to send a message; unknown where it failed, or the sender died.
attempt = Table(
    "attempt",
    metadata,
    Column("message", word(64), ForeignKey("message.key"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("at", word(32), nullable=False),  # UTC
    Column("channel", Integer, nullable=False),  # which of the message's channels, from 0
    Column("outcome", word(16), nullable=False),  # sent, unknown
    Column("error", TEXT),
    Column("seal", word(16)),  # over the whole row
    Column("said", Integer),  # how many reminders it told; NULL: not known
    Index("ix_attempt_at", "at", "outcome"),  # outcome first: SQLite would ask it of one message
)

# One row a patient: when the plan of reminders may next change.
look = Table(
    "look",
    metadata,
    Column("patient", word(64), ForeignKey("patient.id"), primary_key=True),
    Column("next_at", word(32), nullable=False),  # UTC; empty: at once, whatever the clock says
    Column("known", Integer, nullable=False),  # the patient's last event at the last wake-up
    Column("fault", TEXT),  # why the last look failed
    Column("unheard", Integer),  # how many urgent subjects go to nobody; NULL: none
    Column("written", TEXT),  # once more, but for a look asked for; and who waits: `wakeup_rows.py`
    Index("ix_look_next_at", "next_at"),
)

# One row: when the last full pass ended, and under which policy.
beat = Table(
    "beat",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("at", word(32), nullable=False),  # UTC
    Column("policy", word(64), nullable=False),  # digest
)

# What was found damaged and set aside or made anew, for those who look after the service.
damage = Table(
    "damage",
    metadata,
    Column("what", word(200), primary_key=True),  # names the row; nothing of what stands in it
    Column("why", TEXT, nullable=False),
    Column("found_at", word(32), nullable=False),  # UTC; the last time
    Column("kept", TEXT),  # the rows that were taken out, as far as they could be read; secrets
)
