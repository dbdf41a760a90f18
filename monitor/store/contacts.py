"""Who is told about a patient, and how: facts of the record, and a list by which they are found.

The list, the table `contact`, leads to the facts; what is told goes by the facts alone, so that a
row edited by hand changes nothing. Nothing is deleted: a removed contact is told no more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.store.appender import Draft, append
from monitor.store.engine import number_on, read_all
from monitor.store.facts import moment_text, recorded
from monitor.store.soundness import is_moment
from monitor.store.tables import contact, fact
from monitor.store.wakeups import wake_all, wake_now

_EVER = datetime.min.replace(tzinfo=UTC)


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
    on: date | None = None,  # the day where the patient lives; left out: in UTC
) -> Contact:
    """Add a contact: a fact, and its place in the list."""
    shown = {"role": role, "name": name, "channel": channel}
    row = {"patient": patient, **shown, "private": int(is_private), "added_at": moment_text(now)}
    number = int(connection.execute(insert(contact).returning(contact.c.id), row).scalar_one())
    body = {"number": str(number), **shown, "private": "true" if is_private else "false"}
    if timezone:
        body["timezone"] = timezone
    day = on or now.astimezone(UTC).date()
    said = append(connection, patient, Draft(kind=Kind.CONTACT, on=day, body=body, by=by), now)
    _change(connection, number, _rows_of([said])[number])
    _look(connection, patient, role)
    return _contact(said)


def remove(
    connection: Connection, found: Contact, *, by: str | None, on: date, now: datetime
) -> None:
    """Mark a contact as removed."""
    draft = Draft(kind=Kind.CONTACT_REMOVED, on=on, body={"number": str(found.number)}, by=by)
    _change(connection, found.number, _removal(append(connection, found.patient, draft, now)))
    _look(connection, found.patient, found.role)


def of_facts(rows: Iterable[Recorded]) -> list[Contact]:
    """Gather a patient's contacts from the facts, in the order in which they were added."""
    found: dict[str, Contact] = {}
    for row in rows:
        if row.kind == Kind.CONTACT:
            found[row.body["number"]] = _contact(row)
        elif row.kind == Kind.CONTACT_REMOVED:
            found.pop(row.body["number"], None)
    return list(found.values())


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


def mend(connection: Connection, who: str, rows: Sequence[Recorded]) -> list[int]:
    """Bring the list of a patient's contacts in line with the facts; gives what was otherwise."""
    wanted = _rows_of(rows)
    query = select(contact).where((contact.c.patient == who) | contact.c.id.in_(list(wanted)))
    there = {row.id: row for row in read_all(connection, query)}
    wrong = [number for number, _ in _differing(there, wanted)]
    for number in wrong:
        if number not in wanted:
            _change(connection, number, {"removed_at": moment_text(rows[-1].recorded_at)})
        elif number in there:
            _change(connection, number, wanted[number])
        else:
            connection.execute(insert(contact), {"id": number, **wanted[number]})
            last = connection.execute(select(func.max(contact.c.id))).scalar_one()
            number_on(connection, contact.c.id, last)
    return wrong


def faults_of(connection: Connection) -> list[str]:
    """Compare the whole list with the facts; names each row that is otherwise."""
    by_patient: dict[str, list[Recorded]] = {}
    said = select(fact).where(_IS_OF_CONTACTS).order_by(fact.c.patient, fact.c.position)
    unreadable = []
    for row in read_all(connection, said):
        try:
            one = recorded(row)
            _rows_of([one])
            by_patient.setdefault(row.patient, []).append(one)
        except (TypeError, ValueError, KeyError):
            unreadable.append(f"event {row.event}, about a contact, cannot be read")
    wanted: dict[int, Mapping[str, Any]] = {}
    for rows in by_patient.values():
        wanted |= _rows_of(rows)
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


def _rows_of(rows: Iterable[Recorded]) -> dict[int, Mapping[str, Any]]:
    """Write the rows that a patient's facts make, removed ones too."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.kind == Kind.CONTACT:
            one = _contact(row)
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
            found[int(row.body["number"])] |= _removal(row)
    return dict(found)


def _removal(row: Recorded) -> dict[str, Any]:
    at = moment_text(row.recorded_at)
    return {"removed_at": at, "removed_by": row.by, "removal": row.event}


def _change(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(contact).where(contact.c.id == number).values(**values))


_IS_OF_CONTACTS = fact.c.kind.in_((Kind.CONTACT, Kind.CONTACT_REMOVED))


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
        try:
            one = _contact(recorded(row))
        except (TypeError, ValueError, KeyError):
            continue
        found[one.number] = one
    return list(found.values())


def _look(connection: Connection, patient: str, role: str) -> None:
    """Have reminders planned anew: operators are told about everybody."""
    wake_now(connection, patient)
    if role == "operator":
        wake_all(connection)


def _contact(row: Recorded) -> Contact:
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
