"""Facts about doses: booked, infused, taken daily."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from monitor.domain.facts.course import CourseEnded, CoursePaused, CourseResumed
from monitor.domain.facts.event import Event, Framing


@dataclass(frozen=True, kw_only=True, slots=True)
class InfusionPlanned(Framing):
    """The next infusion is booked; `on` is the booked day."""

    rank = 5
    lies_ahead = True

    drug: str

    def __str__(self) -> str:
        return f"next infusion booked for {self.on}"


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingCancelled(Framing):
    """The booking in force is given up; no earlier one comes back."""

    rank = 5

    drug: str

    def __str__(self) -> str:
        return "booking of the next infusion cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Infusion(Event):
    """One dose, given."""

    rank = 6

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

    def __str__(self) -> str:
        surface = (
            "BSA not recorded"
            if self.bsa is None
            else f"BSA {int(self.bsa * 10000 + Fraction(1, 2)) / Decimal(10000):.4f} m2"
        )
        parts = f" in {len(self.parts) + 1} parts" if self.parts else ""
        return f"infusion of {self.mg} mg{parts} ({surface})"


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

    rank = 6

    drug: str
    action: DoseAction
    mg: Decimal | None = None  # a day; None where nobody recorded it
    reason: str | None = None
    # Nobody recorded it: the drug rests, or is taken up again, with its course.
    of_course: CoursePaused | CourseResumed | CourseEnded | None = None

    def __str__(self) -> str:
        if self.of_course is not None:
            return str(self.of_course)
        amount = f" {self.mg} mg a day" if self.mg is not None else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"daily dose: {self.action}{amount}{reason}"


def order_of_steps(step: Dosing) -> tuple[date, int, int]:
    """Give the sort key of a step of a daily drug: its day, its action, its number."""
    return step.on, step.action.rank, step.event
