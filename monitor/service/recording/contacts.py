"""Add, change and remove those who are told about a patient, or about everybody."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from monitor.domain.outcome import Role
from monitor.errors import NotFound, Refused
from monitor.service.asking.cases import unknown_patient
from monitor.service.asking.documents import Document, document
from monitor.service.input import text_fields
from monitor.service.recording import record
from monitor.store import contacts, facts
from monitor.store.clinic import CLINIC
from monitor.store.contacts import Contact


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """A contact that was added, and the one whose second channel it is."""

    contact: Contact
    after: int | None


def add_contact(
    connection: Connection,
    *,
    patient: str,  # or the clinic
    role: str,
    name: str,
    channel: str,
    is_private: bool,
    timezone: str | None,
    by: str | None,
    now: datetime,
    sender_id: str | None = None,
) -> Added:
    """Add a contact; raises Refused where it is there already or says nonsense.

    That the channel's URL is well formed is for the caller to check.
    """
    if patient != CLINIC and not facts.is_known(connection, patient):
        raise unknown_patient(connection, patient)
    today = _day_of(connection, patient, now)
    one = checked(
        Contact(
            number=0,
            patient=patient,
            role=role,
            name=name,
            channel=channel,
            is_private=is_private,
            timezone=timezone,
        )
    )
    listed = list(contacts.list_contacts(connection, patient))
    _refuse_twice(one, listed)
    found = contacts.add(
        connection,
        patient=patient,
        role=one.role,
        name=one.name,
        channel=one.channel,
        is_private=is_private,
        timezone=one.timezone,
        by=by,
        on=today,
        now=now,
        sender_id=sender_id,
    )
    first = next((c.number for c in listed if (c.role, c.name) == (one.role, one.name)), None)
    return Added(contact=found, after=first)


def change_contact(
    connection: Connection,
    number: int,
    *,
    by: str | None,
    now: datetime,
    sender_id: str | None = None,
    **new: str | bool | None,
) -> Contact:
    """Change a contact under its number: `new` holds what is given, and None what is not.

    An empty zone is the patient's again. Raises NotFound, and Refused where nothing changes.
    """
    found = find_contact(connection, number)
    given: dict[str, Any] = {name: value for name, value in new.items() if value is not None}
    if given.get("timezone") == "":
        given["timezone"] = None
    becomes = checked(replace(found, **given))
    if becomes == found:
        raise Refused(f"contact {number} already is as given; nothing changed")
    listed = contacts.list_contacts(connection, found.patient)
    _refuse_twice(becomes, [one for one in listed if one.number != number])
    today = _day_of(connection, found.patient, now)
    contacts.change(connection, found, becomes, by=by, on=today, now=now, sender_id=sender_id)
    return becomes


def remove_contact(
    connection: Connection,
    number: int,
    *,
    by: str | None,
    now: datetime,
    sender_id: str | None = None,
) -> Contact:
    """Remove a contact, by its number; raises NotFound."""
    found = find_contact(connection, number)
    today = _day_of(connection, found.patient, now)
    contacts.remove(connection, found, by=by, on=today, now=now, sender_id=sender_id)
    return found


def left_untold(connection: Connection, removed: Contact) -> bool:
    """Say whether nobody stands where a removed contact stood: of a patient, nobody at all."""
    roles = {one.role for one in contacts.of_clinic(connection).contacts}
    if removed.is_clinics:
        return removed.role not in roles
    own = contacts.list_contacts(connection, removed.patient)
    return not own and roles <= {Role.OPERATOR}


def find_contact(connection: Connection, number: int) -> Contact:
    """Find a contact by its number; raises NotFound."""
    found = contacts.find(connection, number)
    if found is None:
        raise NotFound(f"no contact {number}; see: monitor contact list")
    return found


def _day_of(connection: Connection, whose: str, now: datetime) -> date:
    """Give the patient's day; raises DamagedRecord. The clinic's is counted in UTC."""
    if whose == CLINIC:
        facts.read(connection, CLINIC)
        return now.astimezone(UTC).date()
    return record.open_admission(connection, whose, now=now).today


def checked(one: Contact) -> Contact:
    """Read role, name and zone of a contact; raises Refused."""
    try:
        role = text_fields.one_of(*(role.value for role in Role))(one.role)
        name = text_fields.clean(one.name)
        zone = None if one.timezone is None else text_fields.zone(one.timezone)
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    if one.is_clinics and role == Role.PATIENT:
        raise Refused("role patient is a patient's own contact: name the PATIENT, not --clinic")
    return replace(one, role=role, name=name, timezone=zone)


def _refuse_twice(one: Contact, listed: list[Contact]) -> None:
    for other in listed:
        if (one.role, one.name, one.channel) == (other.role, other.name, other.channel):
            raise Refused(
                f"already there as contact {other.number}; to change it: "
                f"monitor contact change {other.number}"
            )


@document.register
def _added(added: Added) -> Document:
    return {**document(added.contact), "after": added.after}
