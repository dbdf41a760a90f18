"""The facts of a patient, one class each, and their order.

A fact is never changed; another fact corrects it. What arrives here is already in force:
corrected and retracted facts have been replaced or left out (see `record.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Kind(StrEnum):
    """The kinds of facts, as they are stored, and what is stored beside them."""

    PATIENT = "patient"
    PATIENT_CHANGE = "patient_change"
    CLOSE = "close"
    REOPEN = "reopen"
    COURSE = "course"
    COURSE_PAUSE = "course_pause"
    COURSE_RESUME = "course_resume"
    COURSE_END = "course_end"
    COURSE_MOVE = "course_move"
    FACT = "fact"
    PLAN = "plan"
    CANCEL = "cancel"
    INFUSION = "infusion"
    DOSE = "dose"
    RESULT = "result"
    SYMPTOM = "symptom"
    WAIVER = "waiver"
    ACKNOWLEDGEMENT = "acknowledgement"
    RETRACTION = "retraction"
    CONTACT = "contact"
    CONTACT_REMOVED = "contact_removed"


class Status(StrEnum):
    """What the laboratory says of a result; only final and corrected ones count."""

    FINAL = "final"
    CORRECTED = "corrected"
    PRELIMINARY = "preliminary"
    UNSUITABLE = "unsuitable"


COUNTING = frozenset({Status.FINAL, Status.CORRECTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to a patient, on a day, and was recorded."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Framing(Event):
    """What others are seen within: who the patient is, courses, bookings. There are few of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientDescribed(Framing):
    """What is known of the patient from a day on; None leaves what was known before."""

    sex: str | None = None
    born: date | None = None
    timezone: str | None = None
    language: str | None = None
    can_conceive: bool | None = None
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientClosed(Framing):
    """The patient died, was transferred or withdrew consent."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientReopened(Framing):
    """A closing was taken back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseStarted(Framing):
    """A course begins, pinned to one version of one protocol."""

    protocol: str
    version: str
    digest: str
    drug: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CoursePaused(Framing):
    """A person interrupts a course."""

    course: int  # identity of its start


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseResumed(Framing):
    """A person takes a course up again."""

    course: int  # identity of its start


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseEnded(Framing):
    """No further infusion is meant to follow."""

    course: int  # identity of its start
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseMoved(Framing):
    """A running course is taken to another version of its protocol."""

    course: int  # identity of its start
    protocol: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer(Event):
    """What a person answered to a question of the catalogue."""

    fact: str
    value: str  # yes, no, unknown, a word, a text or a decimal number


@dataclass(frozen=True, kw_only=True, slots=True)
class InfusionPlanned(Framing):
    """The next infusion is booked; `on` is the booked day."""

    drug: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingCancelled(Framing):
    """The booking in force is given up; no earlier one comes back."""

    drug: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Infusion(Event):
    """One dose, given."""

    drug: str
    mg: Decimal
    bsa: Fraction | None  # m2 on that day, unrounded; None where nobody recorded it
    formula: str | None = None  # mosteller or dubois, where the BSA was computed
    height_cm: Decimal | None = None
    weight_kg: Decimal | None = None
    route: str | None = None  # not named: the one by which the protocol gives it
    despite: str | None = None
    part_of: int | None = None  # identity of the infusion that it is a part of
    parts: tuple["Infusion", ...] = ()  # further parts, whose mg are added to `mg`

    @property
    def mg_per_m2(self) -> Fraction | None:
        """Give the dose by body surface, exactly; None where the BSA is not recorded."""
        if self.bsa is None:
            return None
        own = Fraction(self.mg - sum((part.mg for part in self.parts), Decimal(0)))
        # A part without a body surface was given to the same person within a day.
        return own / self.bsa + sum(
            (Fraction(part.mg) / (part.bsa or self.bsa) for part in self.parts), Fraction(0)
        )

    def with_parts(self, parts: Iterable["Infusion"]) -> "Infusion":
        """Make one infusion of this first part and others; the day is that of the first."""
        added = tuple(parts)
        mg = self.mg + sum((part.mg for part in added), Decimal(0))
        return replace(self, mg=mg, parts=(*self.parts, *added))

    def until(self, day: date) -> "Infusion":
        """Leave out the parts given after a day."""
        late = [part for part in self.parts if part.on > day]
        if not late:
            return self
        mg = self.mg - sum((part.mg for part in late), Decimal(0))
        return replace(self, mg=mg, parts=tuple(p for p in self.parts if p.on <= day))


class DoseAction(StrEnum):
    """What happens to a drug that is taken daily; of one day they count in this order."""

    START = "start"
    RESUME = "resume"
    CHANGE = "change"
    INTERRUPT = "interrupt"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """Give its place within a day."""
        return _DOSE_RANK[self]


_DOSE_RANK = {action: rank for rank, action in enumerate(DoseAction)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dosing(Event):
    """A daily drug begins, changes or rests; `on` is the first day with it, or without it."""

    drug: str
    action: DoseAction
    mg: Decimal | None = None  # a day; None where nobody recorded it
    reason: str | None = None
    # Nobody recorded it: the drug rests, or is taken up again, with its course.
    of_course: CoursePaused | CourseResumed | CourseEnded | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result(Event):
    """What a test showed; values in the first unit of the catalogue."""

    code: str
    value: Decimal | str  # a number, or one of the code's words; '': none, the sample was not fit
    shown: str  # as it was received, with its unit
    uln: Decimal | None = None  # this laboratory's upper limit of normal
    lln: Decimal | None = None  # this laboratory's lower limit of normal
    is_limit_odd: bool = False  # one of these makes values look well, and none prints it
    method: str | None = None
    status: Status = Status.FINAL
    is_second: bool = False  # a sample of its own, by the person's word, beside another of the day
    came_corrected: bool = False  # it was no other value that a person corrected
    of_several: bool = False  # came as a corrected second one beside several: nobody says of which
    confirms: int = 0  # the preliminary value of its sample that said the same; 0: there is none
    once: "Result | None" = None  # what it said when it counted last, where it counts no longer
    early: "Result | None" = None  # what it said when it was preliminary, where it is not fit now
    number: int = 0  # among the samples that were not fit, also those taken back; 0: not counted
    # Of its day as well, where this one is low, and both are bad.
    high: "Result | None" = field(default=None, compare=False)

    @property
    def news(self) -> int:
        """Give the preliminary value that it confirms, where it does no more than that."""
        return self.confirms or self.event

    @property
    def replaces_second(self) -> bool:
        """Say whether it is in the place of the second samples that were there before it."""
        is_corrected = self.status is Status.CORRECTED and self.came_corrected
        return self.is_second and is_corrected and not self.of_several

    @property
    def ends(self) -> tuple["Result", ...]:
        """List the values of its day that count: this one, and one at the other end."""
        return (self,) if self.high is None else (replace(self, high=None), self.high)


@dataclass(frozen=True, kw_only=True, slots=True)
class Symptom(Event):
    """Something the patient noticed."""

    code: str
    at: datetime
    shown: str = ""  # a measured value with its unit, as received
    value: Decimal | None = None  # the same in the unit in which values are compared


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver(Event):
    """A documented decision not to ask for one occurrence, by whom and why."""

    rule: str
    drug: str
    occurrence: int
    anchor: int  # identity of the fact the occurrence counts from
    reason: str

    def covers(self, facts: Sequence[Event]) -> bool:
        """Say whether it covers facts: none happened, or became known, after it.

        Of an infusion given in parts every part is a fact.
        """
        parts = [part for fact in facts if isinstance(fact, Infusion) for part in fact.parts]
        return all(f.on <= self.on and f.event < self.event for f in (*facts, *parts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement(Event):
    """Somebody has seen a reminder or warning: it is told no more for a while; nothing is done."""

    rule: str
    drug: str
    occurrence: int
    anchor: int  # number of the fact the occurrence counts from
    note: str | None = None
    is_patients: bool = False  # it answers a message to the patient, and quiets nobody else
    severity: str | None = None  # of what was seen; graver, it is told anew


def is_for_the_next(waiver: Waiver, last: Event) -> bool:
    """Say whether a waiver of a requirement is for what comes after the last dose.

    One of the day of a dose, or of a day before, was for that dose, whenever it was recorded.
    """
    return not isinstance(last, Infusion | Dosing) or waiver.on > last.on


# Facts of one day count in this order: what is known of the patient and the course, then
# results, then symptoms, then the infusion, because a result of the day of an infusion was
# taken before it (docs/decisions/0006, "order within a day").
_RANK: dict[type[Event], int] = {
    PatientDescribed: 0,
    CourseStarted: 1,
    CoursePaused: 1,
    CourseResumed: 1,
    CourseEnded: 1,
    CourseMoved: 1,
    Answer: 2,
    Result: 3,
    Symptom: 4,
    InfusionPlanned: 5,
    BookingCancelled: 5,
    Infusion: 6,
    Dosing: 6,
    Waiver: 7,
    Acknowledgement: 7,
    PatientClosed: 8,
    PatientReopened: 8,
}


def order(event: Event) -> tuple[date, int, int]:
    """Give the sort key of a fact: its day, its kind, its number."""
    return event.on, _RANK[type(event)], event.event


def order_of_steps(step: Dosing) -> tuple[date, int, int]:
    """Give the sort key of a step of a daily drug: its day, its action, its number."""
    return step.on, step.action.rank, step.event
