"""The list by which contacts are found, compared with the facts that make it, and mended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.store.clinic import CLINIC
from monitor.store.engine import number_on, read_all
from monitor.store.facts import moment_text, recorded
from monitor.store.tables import contact, fact

IS_OF_CONTACTS = fact.c.kind.in_((Kind.CONTACT, Kind.CONTACT_REMOVED))


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """One way to reach one person or role, about one patient or about everybody."""

    number: int
    patient: str  # or the clinic
    role: str
    name: str
    channel: str  # a URL, and a secret
    is_private: bool  # clinical detail may be sent
    timezone: str | None  # None: the patient's

    @property
    def is_clinics(self) -> bool:
        """Say whether it is the clinic's: told about everybody who has none of that role."""
        return self.patient == CLINIC


def contact_of(row: Recorded) -> Contact:
    """Read what a fact says of a contact."""
    body = row.body
    return Contact(
        number=int(body["number"]),
        patient=row.patient,
        role=body["role"],
        name=body["name"],
        channel=body["channel"],
        is_private=body["private"] == "true",
        timezone=body.get("timezone"),
    )


def mend(connection: Connection, who: str, rows: Sequence[Recorded]) -> list[int]:
    """Bring the list of a patient's contacts in line with the facts; gives what was otherwise."""
    wanted = rows_of(rows)
    query = select(contact).where((contact.c.patient == who) | contact.c.id.in_(list(wanted)))
    there = {row.id: row for row in read_all(connection, query)}
    wrong = [number for number, _ in _differing(there, wanted)]
    for number in wrong:
        if number not in wanted:
            change_row(connection, number, {"removed_at": moment_text(rows[-1].recorded_at)})
        elif number in there:
            change_row(connection, number, wanted[number])
        else:
            connection.execute(insert(contact), {"id": number, **wanted[number]})
            last = connection.execute(select(func.max(contact.c.id))).scalar_one()
            number_on(connection, contact.c.id, last)
    return wrong


def faults_of(connection: Connection) -> list[str]:
    """Compare the whole list with the facts; names each row that is otherwise."""
    by_patient: dict[str, list[Recorded]] = {}
    said = select(fact).where(IS_OF_CONTACTS).order_by(fact.c.patient, fact.c.position)
    unreadable = []
    for row in read_all(connection, said):
        try:
            one = recorded(row)
            rows_of([one])
            by_patient.setdefault(row.patient, []).append(one)
        except (TypeError, ValueError, KeyError):
            unreadable.append(f"event {row.event}, about a contact, cannot be read")
    wanted: dict[int, Mapping[str, Any]] = {}
    for rows in by_patient.values():
        wanted |= rows_of(rows)
    there = {row.id: row for row in read_all(connection, select(contact))}
    wrong = _differing(there, wanted)
    return unreadable + [f"contact {number} {what}" for number, what in wrong]


def _differing(
    there: Mapping[int, Any], wanted: Mapping[int, Mapping[str, Any]]
) -> Iterator[tuple[int, str]]:
    """Name the rows that the facts do not make, or make otherwise: nobody is told by these."""
    for number in sorted({*wanted, *there}):
        row, right = there.get(number), wanted.get(number)
        if row is None:
            yield number, "is not in the list"
        elif right is None:
            if row.removed_at is None:
                yield number, "was never recorded; it is told nothing"
        elif any(getattr(row, name) != value for name, value in right.items()):
            yield number, "is not what was recorded"


def rows_of(rows: Iterable[Recorded]) -> dict[int, Mapping[str, Any]]:
    """Write the rows that a patient's facts make, removed ones too."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.kind == Kind.CONTACT:
            one = contact_of(row)
            found[one.number] = {
                "patient": one.patient,
                "role": one.role,
                "name": one.name,
                "channel": one.channel,
                "private": int(one.is_private),
                "timezone": one.timezone,
                "added_at": moment_text(row.recorded_at),
                "added_by": row.by,
                "removed_at": None,
                "removed_by": None,
                "event": row.event,
                "removal": None,
            }
        elif row.kind == Kind.CONTACT_REMOVED and int(row.body["number"]) in found:
            found[int(row.body["number"])] |= removal(row)
    return dict(found)


def removal(row: Recorded) -> dict[str, Any]:
    """Write what a removal changes in a row."""
    at = moment_text(row.recorded_at)
    return {"removed_at": at, "removed_by": row.by, "removal": row.event}


def change_row(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Change a row of the list."""
    connection.execute(update(contact).where(contact.c.id == number).values(**values))
