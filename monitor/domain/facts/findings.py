"""Facts about how the patient is: answers, results, symptoms."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from monitor.domain.comparators import Comparator
from monitor.domain.facts.event import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer(Event):
    """What a person answered to a question of the catalogue."""

    rank = 2

    fact: str
    value: str  # yes, no, unknown, a word, a text or a decimal number

    def __str__(self) -> str:
        return f"{self.fact} {self.value}"


class Status(StrEnum):
    """What the laboratory says of a result; only final and corrected ones count."""

    FINAL = "final"
    CORRECTED = "corrected"
    PRELIMINARY = "preliminary"
    UNSUITABLE = "unsuitable"


COUNTING = frozenset({Status.FINAL, Status.CORRECTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Result(Event):
    """What a test showed; values in the first unit of the catalogue."""

    rank = 3

    code: str
    value: Decimal | str  # a number, or one of the code's words; '': none, the sample was not fit
    shown: str  # as it was received, with its unit
    uln: Decimal | None = None  # this laboratory's upper limit of normal
    lln: Decimal | None = None  # this laboratory's lower limit of normal
    is_limit_odd: bool = False  # one of these makes values look well, and none prints it
    method: str | None = None
    status: Status = Status.FINAL
    comparator: Comparator | None = None  # the value is then the worse end of what it may be
    written: Decimal | None = None  # what stood beside the comparator, in the first unit
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
    def compared(self) -> Decimal | str:
        """Give what a later value is held against: the number, with a comparator or without."""
        return self.value if self.written is None else self.written

    def must_exceed(self, other: "Result") -> bool:
        """Say whether it is above another, whatever each may be by its comparator."""
        own, its = self.compared, other.compared
        if isinstance(own, str) or isinstance(its, str):
            return False
        least = own if self.comparator is None else self.comparator.least(own)
        return least > (its if other.comparator is None else other.comparator.most(its))

    @property
    def replaces_second(self) -> bool:
        """Say whether it is in the place of the second samples that were there before it."""
        is_corrected = self.status is Status.CORRECTED and self.came_corrected
        return self.is_second and is_corrected and not self.of_several

    @property
    def ends(self) -> tuple["Result", ...]:
        """List the values of its day that count: this one, and one at the other end."""
        return (self,) if self.high is None else (replace(self, high=None), self.high)

    def __str__(self) -> str:
        note = "" if self.status is Status.FINAL else f" ({self.status})"
        return " ".join(filter(None, (self.code, self.shown))) + note


@dataclass(frozen=True, kw_only=True, slots=True)
class Symptom(Event):
    """Something the patient noticed."""

    rank = 4

    code: str
    at: datetime
    shown: str = ""  # a measured value with its unit, as received
    value: Decimal | None = None  # the same in the unit in which values are compared

    def __str__(self) -> str:
        return f"{self.code} {self.shown}".rstrip()
