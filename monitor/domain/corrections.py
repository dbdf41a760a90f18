"""Which recorded facts are in force: corrections replace, retractions remove, nothing is lost."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.domain.dates import FIRST_ZONE
from monitor.domain.facts import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """One row of the record, as it was appended."""

    event: int
    patient: str
    kind: str  # of the fact; or `retraction`
    on: date
    recorded_at: datetime  # UTC
    by: str | None
    corrects: int | None  # the fact that this one replaces, or takes back
    body: dict[str, str]
    sender_id: str | None = None
    position: int = 0
    digest: str = ""
    login: str | None = None  # who was logged in where it was recorded
    clock: datetime | None = None  # what the clock said, where `recorded_at` is later than that

    @property
    def said_by_clock(self) -> datetime:
        """Give what the clock said when it was recorded."""
        return self.clock or self.recorded_at


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """A recorded fact that counts, with the beginning of its chain of corrections."""

    row: Recorded
    origin: int
    first_recorded_at: datetime
    day_recorded_at: datetime  # since when it is of this day: a correction may have moved it
    earlier: tuple[Recorded, ...] = ()  # what it said before its corrections, oldest first
    seen_at: datetime | None = None  # when it was first recorded, where that was another moment


def lone(row: Recorded) -> InForce:
    """Take a row as a fact by itself, whatever has become of it."""
    at = row.recorded_at
    return InForce(row=row, origin=row.event, first_recorded_at=at, day_recorded_at=at)


def origins(rows: Iterable[Recorded]) -> dict[int, int]:
    """Give of each event the first one of its chain of corrections."""
    found: dict[int, int] = {}
    for row in rows:
        found[row.event] = row.event if row.corrects is None else found.get(row.corrects, row.event)
    return found


def named_infusions(rows: Iterable[Recorded]) -> dict[str, int]:
    """Give the identity of every infusion by each name it has: event numbers, senders' ids."""
    infusions = [row for row in rows if row.kind == Kind.INFUSION]
    of = origins(infusions)
    by_id = {row.sender_id: of[row.event] for row in infusions if row.sender_id}
    return {str(event): origin for event, origin in of.items()} | by_id


def in_force(rows: Iterable[Recorded]) -> Sequence[InForce]:
    """Follow corrections and retractions; rows come in the order of recording."""
    counting: dict[int, InForce] = {}
    for row in rows:
        replaced = counting.pop(row.corrects, None) if row.corrects is not None else None
        if row.corrects is not None and replaced is None:
            continue  # it corrects what is no longer in force
        if row.kind == Kind.RETRACTION:
            continue
        counting[row.event] = InForce(
            row=row,
            origin=replaced.origin if replaced else row.event,
            first_recorded_at=replaced.first_recorded_at if replaced else row.recorded_at,
            day_recorded_at=replaced.day_recorded_at
            if replaced and replaced.row.on == row.on
            else row.recorded_at,
            earlier=(*replaced.earlier, replaced.row) if replaced else (),
        )
    return list(counting.values())


def seen(rows: Sequence[Recorded], now: datetime) -> dict[int, datetime]:
    """Give when facts were on record at the latest, where their moments do not say it.

    A moment may lie behind a clock that was ahead. What was on record when a clock said so, later
    or now, had been recorded by then. A clock that says a day before a fact's own is wrong itself,
    and says nothing of that. Empty where every moment is what an ordinary clock said.
    """
    if not rows or (rows[-1].recorded_at <= now and all(row.clock is None for row in rows)):
        return {}
    found: dict[int, datetime] = {}
    said: list[tuple[date, datetime]] = []  # by later clocks, with the newest day begun anywhere
    if rows[0].said_by_clock <= now:  # else it is a day that is tried out, before all of them
        insort(said, _with_day(now))
    for row in reversed(rows):
        insort(said, _with_day(row.said_by_clock))
        first = bisect_left(said, row.on, key=lambda one: one[0])
        found[row.event] = said[first][1] if first < len(said) else row.said_by_clock
    return found


def _with_day(moment: datetime) -> tuple[date, datetime]:
    return (moment + FIRST_ZONE).date(), moment


def is_closed(rows: Iterable[Recorded]) -> bool:
    """Say whether a patient is closed on record: whatever the day, nothing leaves any more."""
    turns = [fact.row for fact in in_force(rows) if fact.row.kind in (Kind.CLOSE, Kind.REOPEN)]
    return bool(turns) and max(turns, key=lambda row: row.event).kind == Kind.CLOSE
