"""Who can be told about a patient: contacts gathered into people with their channels."""

import logging
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.outcome import Role
from monitor.domain.reminders.audience import Recipient, digest
from monitor.domain.reminders.message import Via
from monitor.service.asking.told import Opens as Opens
from monitor.service.asking.told import filled_by_clinic
from monitor.store import contacts
from monitor.store.contacts import Contact

_log = logging.getLogger(__name__)


def recipients_of(
    connection: Connection,
    who: str,
    zone: ZoneInfo,
    rows: Iterable[Recorded],
    opens: Opens = lambda url: True,
) -> list[Recipient]:
    """Gather a patient's contacts: one role and name is one recipient, whatever the channels.

    Whom the clinic names fills the roles that these lack. Operators belong to the whole site: they
    are told where nobody else can be.
    """
    own, clinic = contacts.of_facts(rows), contacts.of_clinic(connection)
    filling = filled_by_clinic(own, clinic.contacts, opens)
    elsewhere = [
        one
        for one in contacts.operators(connection)
        if one.patient != who and not one.is_clinics and not _is_among(one, own)
    ]
    by_person: dict[tuple[str, str], list[Contact]] = {}
    for contact in [*own, *filling, *elsewhere]:
        by_person.setdefault((contact.role, contact.name), []).append(contact)

    def known_to_reach(contact: Contact) -> bool | None:
        # What damage left there is tried, and whoever is next hears at once.
        return None if contact.is_clinics and not clinic.is_sound else opens(contact.channel)

    return [_recipient(found, who, zone, known_to_reach) for found in by_person.values()]


def _recipient(
    found: list[Contact], who: str, zone: ZoneInfo, reaches: Callable[[Contact], bool | None]
) -> Recipient:
    first = found[0]
    reached = [reaches(contact) for contact in found]
    is_closed = not any(reached)
    if not is_closed:  # else a try in vain over the one would be followed by "sent" over the other
        found = [one for one, way in zip(found, reached, strict=True) if way is not None]
    elif None not in reached:
        numbers = ", ".join(str(contact.number) for contact in found)
        _log.warning("contact %s is told nothing; why, says: monitor doctor", numbers)
    channels = tuple(Via(url=c.channel, is_private=c.is_private) for c in found)
    own = ZoneInfo(first.timezone) if first.timezone else zone
    role = Role(first.role)
    return Recipient(
        role=role,
        name=first.name,
        zone=own,
        is_private=first.is_private,
        address=_address(role, first.name, channels, who, own),
        channels=channels,
        is_closed=is_closed,
    )


def _address(role: Role, name: str, channels: Iterable[Via], who: str, zone: ZoneInfo) -> str:
    """Tell apart whose reminders may share a message: staff have many patients, patients one."""
    about = who if role is Role.PATIENT else ""
    sent_by = [f"{via.url} {via.is_private}" for via in channels]
    return digest(role, name, about, zone.key, *sent_by)


def _is_among(one: Contact, others: Iterable[Contact]) -> bool:
    return any((one.role, one.name) == (other.role, other.name) for other in others)
