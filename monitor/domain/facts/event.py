"""What all facts have: a day, a number, when they were recorded, and their place in the order."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to a patient, on a day, and was recorded; in a few words by `str`."""

    # Facts of one day count in the order of their ranks: what is known of the patient and the
    # course, then results, then symptoms, then the infusion, because a result of the day of an
    # infusion was taken before it (docs/decisions/0006, "order within a day").
    rank: ClassVar[int]
    lies_ahead: ClassVar[bool] = False  # it is of a day to come, and counts before that day

    event: int  # number in the record; 0 when it has not been stored yet
    on: date  # the day it happened, in the patient's zone
    recorded_on: date  # the day it was recorded, in the patient's zone
    origin: int = 0  # the first event of a chain of corrections; 0: this one
    by: str | None = None  # who says so
    said_at: datetime | None = None  # when this version was recorded; None: not stored yet
    first_said_at: datetime | None = None  # since when it was known: see `explains`
    begun_at: datetime | None = None  # when the first version of its chain was recorded
    clock_at: datetime | None = None  # what the clock said where this was recorded

    def came_after(self, other: "Event") -> bool:
        """Say whether it was recorded later; lines of one file, in any order, came together."""
        return _is_later(self.said_at, self.event, other.said_at, other.event)

    def began_after(self, other: "Event") -> bool:
        """Say whether it was first recorded later: to mend it makes it no newer."""
        return _is_later(self.begun_at, self.identity, other.begun_at, other.identity)

    def began_since(self, other: "Event") -> bool:
        """Say whether it was first recorded after another was last mended."""
        return _is_later(self.begun_at, self.identity, other.said_at, other.event)

    @property
    def identity(self) -> int:
        """Give the number that stays the same through corrections."""
        return self.origin or self.event

    @property
    def news(self) -> int:
        """Give the number of the fact with which it was news: it says no more than that."""
        return self.event

    @property
    def known_since(self) -> int:
        """Give the number of the fact with which it was first known, whatever that said."""
        return min(self.identity, self.news)


def _is_later(one: datetime | None, number: int, other: datetime | None, its_number: int) -> bool:
    if one is None or other is None:  # not stored yet
        return number > its_number
    return one > other


def order(event: Event) -> tuple[date, int, int]:
    """Give the sort key of a fact: its day, its rank, its number."""
    return event.on, event.rank, event.event


@dataclass(frozen=True, kw_only=True, slots=True)
class Framing(Event):
    """What others are seen within: who the patient is, courses, bookings. There are few of them."""
