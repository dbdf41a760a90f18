"""Add, list and remove those who are told about a patient."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.outcome import Role
from monitor.errors import NotFound, Refused
from monitor.service.asking.cases import unknown_patient
from monitor.service.asking.documents import Document, document
from monitor.service.input import text_fields
from monitor.service.recording import record
from monitor.store import contacts, facts
from monitor.store.contacts import Contact


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """A contact that was added, and the one whose second channel it is."""

    contact: Contact
    after: int | None


def add_contact(
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
) -> Added:
    """Add a contact; raises Refused where it is there already or says nonsense.

    That the channel's URL is well formed is for the caller to check.
    """
    if not facts.is_known(connection, patient):
        raise unknown_patient(connection, patient)
    today = record.open_admission(connection, patient, now=now).today
    try:
        known_role = text_fields.one_of(*(one.value for one in Role))(role)
        known_name = text_fields.clean(name)
        zone = None if timezone is None else text_fields.zone(timezone)
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    listed = list(contacts.list_contacts(connection, patient))
    same = [
        one
        for one in listed
        if (one.role, one.name, one.channel) == (known_role, known_name, channel)
    ]
    if same:
        raise Refused(
            f"already there as contact {same[0].number}; to change it: "
            f"monitor contact remove {same[0].number}, then add it again"
        )
    found = contacts.add(
        connection,
        patient=patient,
        role=known_role,
        name=known_name,
        channel=channel,
        is_private=is_private,
        timezone=zone,
        by=by,
        on=today,
        now=now,
    )
    first = next((c.number for c in listed if (c.role, c.name) == (known_role, known_name)), None)
    return Added(contact=found, after=first)


def remove_contact(
    connection: Connection, number: int, *, by: str | None, now: datetime
) -> Contact:
    """Remove a contact, by its number; raises NotFound."""
    # No database counts so far.
    found = contacts.find(connection, number) if abs(number) < 2**31 else None
    if found is None:
        raise NotFound(f"no contact {number}; see: monitor contact list")
    today = record.open_admission(connection, found.patient, now=now).today
    contacts.remove(connection, found, by=by, on=today, now=now)
    return found


@document.register
def _added(added: Added) -> Document:
    return {**document(added.contact), "after": added.after}
