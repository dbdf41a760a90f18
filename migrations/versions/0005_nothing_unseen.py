"""Contacts as facts, who was logged in, seals over messages, and a list of damaged rows."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SEALED = {
    "message": (
        "key", "ref", "role", "recipient", "address", "channels", "zone", "urgency", "due_at",
        "text",
    ),
    "reminder": (
        "key", "identity", "message", "patient", "drug", "rule", "occurrence", "anchor", "stage",
        "repeat", "since", "planned_on", "owed_at", "known", "retracts", "words",
    ),
    "attempt": ("message", "token", "at", "channel", "outcome", "error"),
}  # fmt: skip
KEYS = {"message": ("key",), "reminder": ("key",), "attempt": ("message", "token")}
FACT = (
    "event", "patient", "position", "kind", "happened_on", "recorded_at", "recorded_by",
    "corrects", "sender_id", "body",
)  # fmt: skip


def word(length):
    """Make a short text, which PostgreSQL too is to order by its bytes."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade():
    connection = op.get_bind()
    op.add_column("fact", sa.Column("login", TEXT))
    op.add_column("contact", sa.Column("event", sa.Integer))
    op.add_column("contact", sa.Column("removal", sa.Integer))
    for table in SEALED:
        op.add_column(table, sa.Column("seal", word(16)))
    op.create_table(
        "damage",
        sa.Column("what", word(200), nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("found_at", word(32), nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_damage"),
    )
    op.create_index(
        "ix_fact_contact",
        "fact",
        ["patient"],
        sqlite_where=sa.text("kind IN ('contact', 'contact_removed')"),
        postgresql_where=sa.text("kind IN ('contact', 'contact_removed')"),
    )
    # Everybody is looked at within a day from now on.
    op.execute("UPDATE look SET next_at = ''")
    write_contacts_as_facts(connection)
    for table, columns in SEALED.items():
        write_seals(connection, table, columns)
    if connection.dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER fact_refuses_replace BEFORE INSERT ON fact WHEN EXISTS (SELECT 1 FROM "
            "fact WHERE event = NEW.event OR (patient = NEW.patient AND position = NEW.position)) "
            "BEGIN SELECT RAISE(ABORT, 'fact is append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER protocol_refuses_replace BEFORE INSERT ON protocol WHEN EXISTS (SELECT "
            "1 FROM protocol WHERE digest = NEW.digest) "
            "BEGIN SELECT RAISE(ABORT, 'protocol is append-only'); END"
        )


def write_contacts_as_facts(connection):
    """Append one fact for each contact, and one for each that was removed."""
    rows = connection.execute(sa.text("SELECT * FROM contact ORDER BY id")).mappings().all()
    turns = []
    for row in rows:
        body = {
            "number": str(row["id"]),
            "role": row["role"],
            "name": row["name"],
            "channel": row["channel"],
            "private": "true" if row["private"] else "false",
        }
        if row["timezone"]:
            body["timezone"] = row["timezone"]
        turns.append((row["added_at"], row["id"], "contact", row, body, row["added_by"]))
        if row["removed_at"]:
            body = {"number": str(row["id"])}
            turns.append(
                (row["removed_at"], row["id"], "contact_removed", row, body, row["removed_by"])
            )
    for at, number, kind, row, body, by in sorted(turns, key=lambda turn: turn[:3]):
        event = append(connection, row["patient"], kind, at, by, body)
        column = "event" if kind == "contact" else "removal"
        connection.execute(
            sa.text(f"UPDATE contact SET {column} = :event WHERE id = :number"),
            {"event": event, "number": number},
        )
    if turns and connection.dialect.name == "postgresql":
        connection.execute(
            sa.text(
                "SELECT setval(pg_get_serial_sequence('fact', 'event'), (SELECT max(event) "
                "FROM fact))"
            )
        )


def append(connection, who, kind, at, by, body):
    """Append a fact to a patient's chain; returns its number."""
    event = connection.execute(sa.text("SELECT max(event) FROM fact")).scalar() + 1
    position, digest, latest = connection.execute(
        sa.text(
            "SELECT patient.position, patient.digest, fact.recorded_at FROM patient JOIN fact "
            "ON fact.patient = patient.id AND fact.position = patient.position "
            "WHERE patient.id = :who"
        ),
        {"who": who},
    ).one()
    values = dict.fromkeys(FACT) | {
        "event": event,
        "patient": who,
        "position": position + 1,
        "kind": kind,
        "happened_on": at[:10],
        "recorded_at": max(at, latest),
        "recorded_by": by,
        "body": json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")),
    }
    text = json.dumps([digest, *values.values()], ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    names = ", ".join([*FACT, "digest"])
    marks = ", ".join(f":{name}" for name in [*FACT, "digest"])
    connection.execute(
        sa.text(f"INSERT INTO fact ({names}) VALUES ({marks})"), {**values, "digest": digest}
    )
    connection.execute(
        sa.text("UPDATE patient SET position = :position, digest = :digest WHERE id = :who"),
        {"position": position + 1, "digest": digest, "who": who},
    )
    return event


def write_seals(connection, table, columns):
    """Seal every row: a digest over what never changes once it is written."""
    keys = KEYS[table]
    where = " AND ".join(f"{key} = :{key}" for key in keys)
    rows = connection.execute(sa.text(f"SELECT {', '.join(columns)} FROM {table}")).mappings()
    sealed = [
        {key: row[key] for key in keys} | {"seal": seal(table, [row[name] for name in columns])}
        for row in rows
    ]
    if sealed:
        connection.execute(sa.text(f"UPDATE {table} SET seal = :seal WHERE {where}"), sealed)


def seal(table, values):
    """Take the digest of a row."""
    text = json.dumps([table, *values], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
