"""Take the lines of a file that say who is told: judged with the file, and added at its end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.about_others import overlap
from monitor.service.recording.contacts import (
    add_contact,
    change_contact,
    checked,
    remove_contact,
)
from monitor.service.recording.lines.in_files import ContactLine, ContactRemovedLine, OfContacts
from monitor.service.recording.refused_lines import Faults
from monitor.store import contacts, facts
from monitor.store.contacts import Contact

Wanted = list[OfContacts]


def judge(
    rows: Sequence[Recorded], lines: Sequence[tuple[int, OfContacts]], faults: Faults
) -> Wanted:
    """Give the lines of one patient, or of the clinic, that say something new."""
    of_contacts = [row for row in rows if row.kind in (Kind.CONTACT, Kind.CONTACT_REMOVED)]
    there = {one.number: one for one in contacts.of_facts(rows)}
    by_id: dict[str | None, Contact | None] = {}
    for row in of_contacts:
        if row.sender_id:
            by_id[row.sender_id] = there.get(int(row.body["number"]))
    known = [*there.values()]
    same = overlap(of_contacts, [line for _, line in lines], _says)
    wanted: Wanted = []
    for number, line in lines[same:]:
        if line.id is not None and line.id in by_id:
            continue
        try:
            _judge(line, known, by_id)
        except Refused as fault:
            faults.add(number, str(fault))
            continue
        wanted.append(line)
    return wanted


def _judge(line: OfContacts, known: list[Contact], by_id: dict[str | None, Contact | None]) -> None:
    """Change what is known of contacts as a line says; raises Refused."""
    old = None
    if line.of is not None:
        old = by_id.get(line.of)
        if old is None:
            shown = text_fields.printable(line.of)
            raise BadOption("of", f"no contact that is told has a line with the id '{shown}'")
        known.remove(old)
        by_id.update({name: None for name, one in by_id.items() if one is old})
    if not isinstance(line, ContactLine):
        return
    new = checked(_contact(line))
    for one in known:
        if (one.role, one.name, one.channel) == (new.role, new.name, new.channel):
            raise Refused(f"channel: {new.name} ({new.role}) is told over this channel already")
    known.append(new)
    by_id |= {line.of: new, line.id: new}


def apply(connection: Connection, wanted: Wanted, *, now: datetime) -> None:
    """Add, change and remove contacts, once what else the file says is stored."""
    for line in wanted:
        if isinstance(line, ContactLine) and line.of is None:
            one = _contact(line)
            add_contact(
                connection,
                patient=line.who,
                role=one.role,
                name=one.name,
                channel=one.channel,
                is_private=one.is_private,
                timezone=one.timezone,
                by=line.by,
                now=now,
                sender_id=line.id,
            )
            continue
        number = _number(facts.read(connection, line.who), line.of)
        if isinstance(line, ContactLine):
            one = _contact(line)
            change_contact(
                connection,
                number,
                by=line.by,
                now=now,
                sender_id=line.id,
                role=one.role,
                name=one.name,
                channel=one.channel,
                is_private=one.is_private,
                timezone=one.timezone or "",
            )
        else:
            remove_contact(connection, number, by=line.by, now=now, sender_id=line.id)


def _number(rows: Sequence[Recorded], name: str | None) -> int:
    found = (row for row in reversed(rows) if row.kind == Kind.CONTACT and row.sender_id == name)
    return int(next(found).body["number"])


def _contact(line: ContactLine) -> Contact:
    return Contact(
        number=0,
        patient=line.who,
        role=line.role,
        name=line.name,
        channel=line.channel,
        is_private=line.private == "true",
        timezone=line.timezone,
    )


def _says(row: Recorded, line: object) -> bool:
    """Say whether a stored fact is what a line says."""
    if isinstance(line, ContactRemovedLine):
        return row.kind == Kind.CONTACT_REMOVED
    if not isinstance(line, ContactLine) or row.kind != Kind.CONTACT:
        return False
    said = {"role": line.role, "name": line.name, "channel": line.channel, "private": line.private}
    said |= {"timezone": line.timezone} if line.timezone else {}
    return said == {key: value for key, value in row.body.items() if key != "number"}
