"""Who is told about a patient, and how. Nothing is deleted: a removed contact is told no more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from monitor.store.events import moment_text
from monitor.store.looks import look_at_all, look_at_once
from monitor.store.tables import contact


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """One way to reach one person or role about one patient."""

    number: int
    patient: str
    role: str
    name: str
    channel: str  # a URL, and a secret
    is_private: bool  # clinical detail may be sent
    timezone: str | None  # None: the patient's


def add(
    connection: Connection,
    *,
    patient: str,
    role: str,
    name: str,
    channel: str,
    is_private: bool,
    timezone: str | None,
    by: str | None,
    now: datetime,
) -> int:
    """Add a contact; returns its number."""
    added = connection.execute(
        insert(contact).returning(contact.c.id),
        {
            "patient": patient,
            "role": role,
            "name": name,
            "channel": channel,
            "private": int(is_private),
            "timezone": timezone,
            "added_at": moment_text(now),
            "added_by": by,
        },
    )
    _look(connection, patient, role)
    return int(added.scalar_one())


def remove(connection: Connection, number: int, *, by: str | None, now: datetime) -> None:
    """Mark a contact as removed."""
    changed = connection.execute(
        update(contact)
        .where(contact.c.id == number)
        .values(removed_at=moment_text(now), removed_by=by)
        .returning(contact.c.patient, contact.c.role)
    )
    row = changed.one()
    _look(connection, row.patient, row.role)


def list_contacts(connection: Connection, patient: str | None = None) -> list[Contact]:
    """List those who are told, of one patient or of all, in the order in which they were added."""
    query = select(contact).where(contact.c.removed_at.is_(None)).order_by(contact.c.id)
    if patient is not None:
        query = query.where(contact.c.patient == patient)
    return [_contact(row) for row in connection.execute(query)]


def find(connection: Connection, number: int) -> Contact | None:
    """Find a contact that is not removed."""
    query = select(contact).where(contact.c.id == number, contact.c.removed_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _contact(row)


def oldest(connection: Connection) -> datetime | None:
    """Say since when there has been anybody to tell."""
    query = (
        select(contact.c.added_at)
        .where(contact.c.removed_at.is_(None))
        .order_by(contact.c.id)
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else datetime.fromisoformat(found)


def operators(connection: Connection) -> list[Contact]:
    """List the operators' contacts, of whichever patient, each channel once."""
    query = (
        select(contact)
        .where(contact.c.removed_at.is_(None), contact.c.role == "operator")
        .order_by(contact.c.id)
    )
    found = {(row.name, row.channel): _contact(row) for row in connection.execute(query)}
    return list(found.values())


def _look(connection: Connection, patient: str, role: str) -> None:
    """Have reminders planned anew: operators are told about everybody."""
    look_at_once(connection, patient)
    if role == "operator":
        look_at_all(connection)


def _contact(row: Row[tuple[object, ...]]) -> Contact:
    return Contact(
        number=row.id,
        patient=row.patient,
        role=row.role,
        name=row.name,
        channel=row.channel,
        is_private=bool(row.private),
        timezone=row.timezone,
    )
