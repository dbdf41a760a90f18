"""Who a patient is, as every answer says it: identifier, name where recorded, birth day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.corrections import in_force
from monitor.domain.facts import Event, PatientDescribed
from monitor.service.asking.case import Case
from monitor.store import facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One patient; only for answers to people, never for a message."""

    id: str
    name: str | None = None
    born: str | None = None
    language: str | None = None
    hidden: tuple[Event, ...] = ()  # facts of a clock that was ahead: out of sight until their day

    @property
    def shown(self) -> str:
        """Write who it is, for people: P-1 (Ann Example, born 1985-05-05)."""
        known = [word for word in (self.name, f"born {self.born}" if self.born else None) if word]
        return self.id + (f" ({', '.join(known)})" if known else "")

    def known(self) -> dict[str, str]:
        """Give name and birth day as documents carry them, where they are recorded."""
        return {key: value for key, value in (("name", self.name), ("born", self.born)) if value}


def person_of(case: Case) -> Person:
    """Say who a patient is: what was said last, whatever the day that is asked about."""
    name = born = None
    for fact in case.events:
        if isinstance(fact, PatientDescribed):
            name, born = fact.name or name, fact.born or born
    shown = born.isoformat() if born else None
    return Person(id=case.patient, name=name, born=shown, hidden=case.not_come)


def persons(
    connection: Connection, whos: Iterable[str], *, known_at: datetime | None = None
) -> dict[str, Person]:
    """Say who several patients are, without going through all of their facts."""
    found = {}
    for who, rows in facts.descriptions(connection, whos, known_at=known_at).items():
        known: dict[str, str] = {}
        for fact in in_force(rows):
            known |= fact.row.body
        found[who] = Person(
            id=who,
            name=known.get("name"),
            born=known.get("born"),
            language=known.get("language"),
        )
    return found
