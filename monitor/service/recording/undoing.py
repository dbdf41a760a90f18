"""Take back the last fact that somebody recorded, while the slip is fresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import BadOption, NotFound, Refused
from monitor.service.asking.history import fact_words
from monitor.service.asking.identity import Person, persons
from monitor.service.asking.search import near_misses
from monitor.service.input import text_fields
from monitor.service.recording import corrections
from monitor.service.recording.record import Entry
from monitor.service.recording.remarks import changed_words
from monitor.store import facts

FRESH = timedelta(hours=1)
_LISTED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Last:
    """The last fact that somebody recorded, and what came with it."""

    row: Recorded
    person: Person
    beside: Sequence[int]  # recorded with it; they stay

    @property
    def shown(self) -> str:
        """Say which fact it is, and whose."""
        return f"event {self.row.event}, {fact_words(self.row)}, of {self.person.shown}"

    @property
    def staying(self) -> str | None:
        """Say what came with it and stays."""
        if not self.beside:
            return None
        events = ", ".join(map(str, self.beside[-_LISTED:]))
        more = "the last are " if len(self.beside) > _LISTED else ""
        one = len(self.beside) == 1
        return (
            f"{len(self.beside)} other fact{'' if one else 's'} came with it and "
            f"stay{'s' if one else ''} ({more}event{'' if one else 's'} {events}); "
            "to take one back: monitor retract EVENT --reason R"
        )


def find_last(connection: Connection, by: str, *, now: datetime) -> Last:
    """Find what is to be undone; raises where it is too old, or nothing that can be undone."""
    try:
        who = text_fields.clean(by)
    except ValueError as fault:
        raise BadOption("--by", fault) from fault
    found = facts.last_by(connection, who)
    if found is None:
        near = near_misses(who, facts.recorders(connection))
        meant = f"did you mean --by '{near[0]}'? To" if near else "to"
        raise NotFound(
            f"'{who}' has recorded nothing; {meant} take back what another recorded: "
            "monitor history PATIENT, then monitor retract EVENT --reason R"
        )
    event, patient = found
    rows = facts.read(connection, patient)
    row = next(one for one in rows if one.event == event)
    last = Last(
        row=row,
        person=persons(connection, [patient])[patient],
        beside=facts.recorded_with(connection, row),
    )
    _refuse_if_old(last, now)
    later = next((one for one in rows if one.corrects == event), None)
    if later is not None and later.kind != Kind.RETRACTION:
        raise Refused(
            f"the last of {who} is {last.shown}; event {later.event}, {fact_words(later)}, has "
            f"taken its place; to take that back: monitor retract {later.event} --reason R"
        )
    old = next((one for one in rows if one.event == row.corrects), None)
    if old is not None and row.kind != Kind.RETRACTION:
        raise Refused(
            f"the last of {who} is {last.shown}: a correction of event {old.event}. To put the old "
            f"value back ({changed_words(row, old)}): monitor correct {event} --reason R …; to "
            f"take the whole fact back: monitor retract {event} --reason R"
        )
    if old is not None:
        raise Refused(
            f"the last of {who} is event {event}, which took back event {old.event}, "
            f"{fact_words(old)}, of {last.person.shown}; a retraction cannot be retracted: "
            "record the fact again"
        )
    return last


def undo(connection: Connection, last: Last, *, by: str, now: datetime) -> Entry:
    """Take it back; refused as any retraction is, and where another fact came meanwhile."""
    newest = find_last(connection, by, now=now)
    if newest.row.event != last.row.event:
        raise Refused(f"meanwhile {newest.row.by} recorded {newest.shown}; nothing was taken back")
    return corrections.retract(
        connection, last.row.event, reason="undone", by=str(last.row.by), now=now
    )


def _refuse_if_old(last: Last, now: datetime) -> None:
    at = last.row.said_by_clock
    if now - at > FRESH:
        raise Refused(
            f"the last of {last.row.by} is {last.shown}, recorded at {at:%Y-%m-%d %H:%M} UTC, more "
            f"than an hour ago; if it is meant: monitor retract {last.row.event} --reason R"
        )
