"""The days of a schedule: phases, and runs of them that are counted from one fact."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from monitor.domain.dates import Span, days
from monitor.domain.facts import Event
from monitor.domain.faults import Fault, ends_too_early, opens_too_early


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """On some days, or every so often; the last check is the first on or after the end."""

    at: tuple[Span, ...] = ()  # after the beginning of the run
    every: Span | None = None  # after the end of the phase before
    until: Span | None = None  # after the beginning of the run; None: without end
    opens_days: int | None = None  # before the due day; None: as the schedule says, as below
    overdue_days: int | None = None  # after it

    def dues(self, begun: date, begins: Span, shift: timedelta, back: date) -> Iterator[date]:
        """Go through its days, where it begins a span after a run began.

        With a shift all is so much later; where the run went back to it, it counts from there.
        """
        if self.every is None:
            return (due for span in self.at if (due := span.after(begun) + shift) > back)
        steps, since = map(self.every.times, itertools.count(1)), begins.after(begun) + shift
        if back > since:
            return (step.after(back) for step in steps)
        if self.every.months and begins.months:
            # Not from the clamped beginning, else the 31st is lost for good.
            both = (Span(months=begins.months + step.months) for step in steps)
            return (span.after(begun) + shift for span in both)
        return (step.after(since) for step in steps)

    def faults(self, opens_days: int, *, is_last: bool) -> Iterator[Fault]:
        """Find days that cannot be told, and an end that is missing, or is one too many."""
        opens = opens_days if self.opens_days is None else self.opens_days
        if bool(self.at) == (self.every is not None):
            yield (), "write either `at: [14 days, 1 month]` or `every: 1 month`"
        elif self.every is not None:
            yield from opens_too_early(opens, self.every, ("every",))
            yield from ends_too_early("until", self.until, self.every)
            if self.until is None and not is_last:
                yield (), "what comes after it never begins: add for instance `until: 6 months`"
        elif self.until is not None:
            yield ("until",), "the last day under `at` is the end: leave `until` out"
        for number, (span, later) in enumerate(pairwise(self.at), start=1):
            if later.least_days <= span.least_days:
                words = f"'{later}' is not later than the day before it"
                yield ("at", number), f"{words}: write more than {span}"

    @property
    def end(self) -> Span | None:
        """Give the end, after which the next phase counts."""
        return self.at[-1] if self.at else self.until


def phase_faults(phases: Sequence[Phase], opens_days: int) -> Iterator[Fault]:
    """Find phases of which one makes no sense, or is over when it begins."""
    for number, phase in enumerate(phases):
        for inside, words in phase.faults(opens_days, is_last=phase is phases[-1]):
            yield ("phases", number, *inside), words
    for number, (before, phase) in enumerate(pairwise(phases), start=1):
        begins, ends = before.end, phase.at[0] if phase.at else phase.until
        if begins is not None and ends is not None and ends.least_days <= begins.least_days:
            yield ("phases", number), f"'{ends}' is over when it begins, after {begins}"


def never_reached(
    phases: Sequence[Phase], lasts: Span | None, times: int | None
) -> Iterator[Fault]:
    """Find phases that begin after a run, or after so many checks."""
    number = 0
    for at, (before, phase) in enumerate(pairwise(phases), start=1):
        begins, number = before.end or Span(), number + _least_number(phases[:at])
        every = phase.every or Span()
        due = phase.at[0].least_days if phase.at else begins.least_days + every.least_days
        if lasts is not None and lasts.least_days < due:
            yield ("phases", at), f"it never acts: `lasts: {lasts}` ends before it"
        elif times is not None and number >= times:
            yield ("phases", at), f"it never acts: `times: {times}` ends before it"


def _least_number(phases: Sequence[Phase]) -> int:
    """Count the checks of the last of some phases, or one fewer."""
    *earlier, phase = phases
    begins = (earlier[-1].end if earlier else None) or Span()
    between = phase.every.least_days if phase.every else 1
    length = (phase.end or Span()).least_days - begins.least_days
    return len(phase.at) or length // between


class Place(NamedTuple):
    """A day of a run on which a check is due."""

    due: date
    opens: date
    overdue_after: date
    asked_by: Event | None  # None: no check is asked for

    def left_out(self) -> "Place":
        """Ask for no check."""
        return self._replace(asked_by=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What is counted from one fact."""

    anchor: Event
    phases: tuple[Phase, ...]
    begun: date | None = None  # where the phases begin; None: on the day of the fact
    shift: timedelta = timedelta()  # by which they are put off
    back: date | None = None  # they go on after it, with the one that it is in
    end: date | None = None  # no check is due after it; None: they go on
    through: bool = False  # one more: the first that is due on or after the end
    stopped: date | None = None  # none that opens after it is asked for
    following: Event | None = None  # the fact that the next run is counted from

    def places(self) -> Iterator[Place]:
        """Go through its days."""
        begun, back = self.begun or self.anchor.on, self.back or date.min
        end, last, begins = self.end or date.max, date.min, Span()
        for phase in self.phases:
            ends = phase.until.after(begun) + self.shift if phase.until else date.max
            for due in phase.dues(begun, begins, self.shift, back) if ends > back else ():
                if (last >= end) if self.through else (due > end):
                    return
                opens = due - days(phase.opens_days or 0)
                yield Place(due, opens, due + days(phase.overdue_days or 0), self.anchor)
                last = due
                if due >= ends:
                    break
            begins = phase.end or begins
