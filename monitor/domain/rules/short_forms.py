"""Short forms of a schedule: words of protocols for what many drugs need.

Each has its own keys and says which schedule it stands for; what is expected, the schedule says.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from monitor.domain.catalogue import Catalogue, SymptomCode
from monitor.domain.dates import Span
from monitor.domain.faults import (
    Fault,
    ends_too_early,
    not_numbers,
    not_ordered,
    nothing_wrong,
    opens_too_early,
)
from monitor.domain.rule import ALWAYS, DAILY, INFUSED, Regimen
from monitor.domain.rules.expectations import Counted, CountRule, Expectation
from monitor.domain.rules.low_lines import CellLine
from monitor.domain.rules.phases import Phase
from monitor.domain.rules.runs import From, IfLow
from monitor.domain.rules.scheduled import Scheduled
from monitor.domain.view import View

_SAME_DAY = Phase(at=(Span(),))
WINDOW = {"opens": "before the due day", "overdue": "after the due day"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortForm(CountRule):
    """A rule that stands for a schedule."""

    acts_where: ClassVar[tuple[Regimen, ...]] = INFUSED

    @abstractmethod
    def schedule(self) -> Scheduled:
        """Write it out."""

    def is_for(self, view: View) -> bool:
        """Say whether it ever is: the schedule leaves out what is due before that."""
        return self.begins(view) is not None

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect what the schedule does."""
        return self.schedule().expected(view, until)

    def counted(self, from_: From, *phases: Phase, **more: Any) -> Scheduled:
        """Write the schedule; what has a key here is as it is here."""
        both = ("name", "title", "cites", "applies_to", "when", "audience", "lead_days")
        said: dict[str, Any] = {key: getattr(self, key) for key in both}
        for key in ("opens_days", "overdue_days"):
            said[key] = getattr(self, key, 0)
        return Scheduled(from_=from_, count=self.done_by, phases=phases, **{**said, **more})


@dataclass(frozen=True, kw_only=True, slots=True)
class InDays(ShortForm, Counted):
    """A check so many days after each infusion."""

    means: ClassVar = dict.fromkeys(("opens", "due", "overdue_after"), "after the infusion")

    opens_days: int  # after the infusion, as the others
    due_days: int
    overdue_after_days: int

    def schedule_faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find days out of order."""
        yield from not_ordered("opens", self.opens_days, "due", self.due_days)
        yield from not_ordered("due", self.due_days, "overdue_after", self.overdue_after_days)

    def schedule(self) -> Scheduled:
        """Count from each infusion."""
        return self.counted(
            From.EACH_INFUSION,
            Phase(at=(Span(days=self.due_days),)),
            opens_days=self.due_days - self.opens_days,
            overdue_days=self.overdue_after_days - self.due_days,
            if_low=self._if_low(),
        )

    def _if_low(self) -> IfLow | None:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterEachInfusion(InDays):
    """A check so many days after each infusion."""

    kind = "after_each_infusion"

    @property
    def opens_ahead_days(self) -> int:
        """Give the days before it is due on which it opens."""
        return self.due_days - self.opens_days


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterLowNadir(InDays):
    """A check that counts have recovered after an infusion, where one of them was low.

    It opens after the first low count; from the due day on a low one is no nadir.
    """

    kind = "after_low_nadir"

    lines: tuple[CellLine, ...]  # below which a count is low

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find lines that are no numbers, and days out of order."""
        yield from not_numbers(("lines",), [line.code for line in self.lines], catalogue)
        yield from InDays.schedule_faults(self, catalogue)

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find that no count comes before it."""
        if self.due_days < 2:
            yield ("due",), "no count comes before it: write for instance 14 days"

    def _if_low(self) -> IfLow:
        return IfLow(lines=self.lines, from_days=1, until=Span(days=self.due_days - 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class AtCourseEnd(ShortForm, Counted):
    """A check on the day on which a course ended in which something was given."""

    kind = "at_course_end"
    means: ClassVar = {
        "opens": "before that day",
        "overdue": "after that day",
    }

    opens_days: int  # before that day
    overdue_days: int  # after it

    schedule_faults = nothing_wrong

    def schedule(self) -> Scheduled:
        """Count from the end."""
        return self.counted(From.COURSE_END, _SAME_DAY)


@dataclass(frozen=True, kw_only=True, slots=True)
class AtSymptom(ShortForm, Counted):
    """A check on the day of a symptom; several symptoms of one day ask for it once."""

    kind = "at_symptom"
    acts_where = ALWAYS
    means: ClassVar = {
        "overdue": "after the symptom",
    }

    groups: tuple[str, ...]
    overdue_days: int

    schedule_faults = nothing_wrong

    def schedule(self) -> Scheduled:
        """Count from the symptom."""
        return self.counted(From.SYMPTOM, _SAME_DAY, groups=self.groups)

    def is_asked_by(self, symptom: SymptomCode) -> bool:
        """Say whether it is of one of the groups."""
        return symptom.group in self.groups


@dataclass(frozen=True, kw_only=True, slots=True)
class AtFever(ShortForm, Counted):
    """A check on the day of a fever while a daily drug is taken, and for days after a stop."""

    kind = "at_fever"
    acts_where = DAILY

    fever: str  # the symptom that is fever
    after_stop_days: int
    overdue_days: int

    schedule_faults = nothing_wrong

    def schedule(self) -> Scheduled:
        """Count from the fever."""
        watched = {"symptom": self.fever, "after_stop_days": self.after_stop_days}
        return self.counted(From.SYMPTOM, _SAME_DAY, **watched)


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterEachRound(ShortForm, Counted):
    """A check at some spans after the first day of each round."""

    kind = "after_each_round"
    led_as = "series"
    means: ClassVar = {**WINDOW, "at": "after the first day of a round"}

    at: tuple[Span, ...]
    opens_days: int  # before the due day
    overdue_days: int  # after the due day

    def schedule_faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find checks that open before the round."""
        for number, span in enumerate(self.at):
            yield from opens_too_early(self.opens_days, span, ("at", number))

    def schedule(self) -> Scheduled:
        """Count from each round."""
        return self.counted(From.EACH_ROUND, Phase(at=self.at))


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterLowResult(ShortForm, Counted):
    """Further checks of a round in which a result was low, until a span after its first day.

    They count from the low result and go on whatever the later results are.
    """

    kind = "after_low_result"
    led_as = "series"
    means: ClassVar = {
        **WINDOW,
        "every": "from the low result",
        "until": "after the first day of the round",
    }

    code: str
    below: Decimal
    every: Span  # counted from the low result
    until: Span  # after the first day of the round
    opens_days: int  # before the due day, and not before the day after the low result
    overdue_days: int  # after the due day

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find checks that open before the one before, or end before the first; no number."""
        yield from opens_too_early(self.opens_days, self.every, ("every",))
        yield from ends_too_early("until", self.until, self.every)
        yield from not_numbers(("code",), [self.code], catalogue)

    def schedule(self) -> Scheduled:
        """Count from each round, then from the low result."""
        lines = (CellLine(code=self.code, below=self.below),)
        low = IfLow(lines=lines, from_days=0, until=self.until, restarts=True)
        return self.counted(From.EACH_ROUND, Phase(every=self.every), lasts=self.until, if_low=low)
