"""Who is told about a patient, and how: facts of the record, and a list by which they are found.

The list, the table `contact`, leads to the facts; what is told goes by the facts alone, so that a
row edited by hand changes nothing. Nothing is deleted: a removed contact is told no more.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.store import locks
from monitor.store.appender import Draft, append
from monitor.store.chain import FIRST_DIGEST, chain_faults, head, read_raw
from monitor.store.clinic import CLINIC
from monitor.store.contact_rows import Contact as Contact
from monitor.store.contact_rows import change_row, contact_of, removal, rows_of
from monitor.store.engine import read_all
from monitor.store.facts import moment_text, recorded
from monitor.store.soundness import is_moment
from monitor.store.tables import contact, fact
from monitor.store.tables import patient as patients
from monitor.store.wakeups import wake_all, wake_now

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfClinic:
    """Whom the clinic names for everybody."""

    contacts: list[Contact]
    is_sound: bool  # the facts are what was recorded


def add(
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
    on: date | None = None,  # the day where the patient lives; left out: in UTC
    sender_id: str | None = None,
) -> Contact:
    """Add a contact: a fact, and its place in the list."""
    shown = {"role": role, "name": name, "channel": channel}
    if patient == CLINIC and head(connection, CLINIC) is None:  # the list refers to its chain
        end = {"id": CLINIC, "position": 0, "digest": FIRST_DIGEST}
        locks.add_new(connection, patients, [end])
    row = {"patient": patient, **shown, "private": int(is_private), "added_at": moment_text(now)}
    number = int(connection.execute(insert(contact).returning(contact.c.id), row).scalar_one())
    one = Contact(
        number=number, patient=patient, **shown, is_private=is_private, timezone=timezone or None
    )
    day = on or now.astimezone(UTC).date()
    return _say(connection, one, by=by, on=day, now=now, sender_id=sender_id)


def change(
    connection: Connection,
    found: Contact,
    becomes: Contact,
    *,
    by: str | None,
    on: date,
    now: datetime,
    sender_id: str | None = None,
) -> None:
    """Say anew what a contact is, under its number."""
    _say(connection, becomes, by=by, on=on, now=now, sender_id=sender_id)
    _look(connection, found)


def remove(
    connection: Connection,
    found: Contact,
    *,
    by: str | None,
    on: date,
    now: datetime,
    sender_id: str | None = None,
) -> None:
    """Mark a contact as removed."""
    body = {"number": str(found.number)}
    draft = Draft(kind=Kind.CONTACT_REMOVED, on=on, body=body, by=by, sender_id=sender_id)
    change_row(connection, found.number, removal(append(connection, found.patient, draft, now)))
    _look(connection, found)


def _say(
    connection: Connection,
    one: Contact,
    *,
    by: str | None,
    on: date,
    now: datetime,
    sender_id: str | None,
) -> Contact:
    body = {
        "number": str(one.number),
        "role": one.role,
        "name": one.name,
        "channel": one.channel,
        "private": "true" if one.is_private else "false",
    }
    if one.timezone:
        body["timezone"] = one.timezone
    draft = Draft(kind=Kind.CONTACT, on=on, body=body, by=by, sender_id=sender_id)
    said = append(connection, one.patient, draft, now)
    change_row(connection, one.number, rows_of([said])[one.number])
    _look(connection, one)
    return contact_of(said)


def of_facts(rows: Iterable[Recorded]) -> list[Contact]:
    """Gather contacts from the facts of one chain, in the order in which they were added.

    What was said last under a number counts.
    """
    found: dict[str, Contact] = {}
    for row in rows:
        if row.kind == Kind.CONTACT:
            found[row.body["number"]] = contact_of(row)
        elif row.kind == Kind.CONTACT_REMOVED:
            found.pop(row.body["number"], None)
    return list(found.values())


def of_clinic(connection: Connection) -> OfClinic:
    """Gather whom the clinic names for everybody.

    Damage there keeps nobody from being looked at: what can be read is given, for nothing private,
    and said to be unsound.
    """
    rows = read_raw(connection, CLINIC)
    if not rows:
        return OfClinic(contacts=[], is_sound=True)
    said, is_sound = [], not chain_faults(rows, head(connection, CLINIC))
    for row in rows:
        with suppress(TypeError, ValueError, KeyError):
            one = recorded(row)
            of_facts([one])
            said.append(one)
    found = [replace(one, is_private=one.is_private and is_sound) for one in of_facts(said)]
    return OfClinic(contacts=found, is_sound=is_sound)


def list_contacts(connection: Connection, patient: str | None = None) -> list[Contact]:
    """List those who are told, of one patient or of all, in the order in which they were added."""
    query = _listed()
    if patient is not None:
        query = query.where(fact.c.patient == patient)
    return _read(connection, query)


def find(connection: Connection, number: int) -> Contact | None:
    """Find a contact that is not removed."""
    if not 0 < number < 2**31:  # no database counts so far
        return None
    found = _read(connection, _listed(contact.c.id == number))
    return found[0] if found else None


def oldest(connection: Connection) -> datetime | None:
    """Say since when there has been anybody to tell: where that is damaged, since ever."""
    for row in read_all(connection, _listed().limit(1)):
        since = row.recorded_at
        return datetime.fromisoformat(since) if is_moment(since) else _EVER
    return None


def operators(connection: Connection) -> list[Contact]:
    """List the operators' contacts, of whichever patient, each channel once."""
    found = _read(connection, _listed(contact.c.role == "operator"))
    told = {(one.name, one.channel): one for one in found if one.role == "operator"}
    return list(told.values())


def _listed(*where: ColumnElement[bool]) -> Select[tuple[Any, ...]]:
    """Ask for the facts that the list leads to, of those who are not removed."""
    return (
        select(fact)
        .join(contact, contact.c.event == fact.c.event)
        .where(contact.c.removed_at.is_(None), fact.c.kind == Kind.CONTACT, *where)
        .order_by(contact.c.id)
    )


def _read(connection: Connection, query: Select[tuple[Any, ...]]) -> list[Contact]:
    """Read contacts; one that cannot be read is named by `db verify`, and keeps nobody back."""
    found = {}
    for row in read_all(connection, query):
        with suppress(TypeError, ValueError, KeyError):
            one = contact_of(recorded(row))
            found[one.number] = one
    return list(found.values())


def _look(connection: Connection, one: Contact) -> None:
    """Have reminders planned anew: operators, and whom the clinic names, hear of everybody."""
    if not one.is_clinics:
        wake_now(connection, one.patient)
    if one.is_clinics or one.role == "operator":
        wake_all(connection)
