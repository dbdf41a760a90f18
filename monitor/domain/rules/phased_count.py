"""A count of a daily drug by time and by the counts themselves, as a short form of a schedule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span
from monitor.domain.faults import (
    Fault,
    not_numbers,
    not_positive,
    opens_too_early,
    rows_with_gaps,
)
from monitor.domain.rule import DAILY
from monitor.domain.rules.expectations import Count
from monitor.domain.rules.more_often import MoreOften, Often, OwnRows, Recovery, repeat_wrong
from monitor.domain.rules.normal import Normal, OwnNormal, not_normal, own_rows_with_gaps
from monitor.domain.rules.phases import Phase, phase_faults
from monitor.domain.rules.runs import Again, From
from monitor.domain.rules.scheduled import Scheduled
from monitor.domain.rules.short_forms import ShortForm


@dataclass(frozen=True, kw_only=True, slots=True)
class CountPhase(Phase):
    """How often, until so long after the start; the last one has no end."""

    every: Span
    opens_days: int  # before the due day
    overdue_days: int  # after the due day


@dataclass(frozen=True, kw_only=True, slots=True)
class Low(Often):
    """How often while the newest count is below a value."""

    below: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class PhasedCount(ShortForm):
    """A count by time on treatment, more often while it is low, until recovered after a stop."""

    kind = "phased_count"
    acts_where = DAILY

    code: str
    baseline_days: int  # before a start; due on its day
    phases: tuple[CountPhase, ...]
    normal: Normal
    own_normal: OwnNormal | None = None
    repeat_days: int  # after a first low count
    while_low: tuple[Low, ...]
    own_while_low: tuple[Low, ...] = ()  # of the patients with `own_normal`; none: as all
    recovery: Recovery
    restart_after_days: int  # an interruption so long starts the phases again

    @property
    def opens_ahead_days(self) -> int:
        """Give the fewest days before it is due on which one opens."""
        return min((phase.opens_days for phase in self.phases), default=0)

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find phases that do not follow each other, and low counts that no row answers."""
        yield from not_numbers(("code",), [self.code], catalogue)
        yield from phase_faults(self.phases, 0)
        for last in self.phases[-1:]:
            if last.until is not None:
                path = ("phases", len(self.phases) - 1)
                yield path, "the last phase has no end: leave `until` out"
        for number, (before, phase) in enumerate(pairwise(self.phases), start=1):
            if phase.every.least_days < before.every.least_days:
                words = f"'{phase.every}' is more often than the phase before"
                yield ("phases", number, "every"), f"{words}: phases grow longer"
        yield from not_normal(self.normal, self.own_normal, catalogue)
        below = [row.below for row in self.while_low]
        yield from rows_with_gaps("while_low", below, self.normal.at_least)
        own = [row.below for row in self.own_while_low]
        yield from own_rows_with_gaps("own_while_low", own, self.own_normal)
        every, opens = Span(days=self.recovery.every_days), self.recovery.opens_days
        yield from opens_too_early(opens, every, ("recovery", "every"), ("recovery", "opens"))

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find checks of no days or no times, and a repeat that is later than any."""
        for key, rows in ("while_low", self.while_low), ("own_while_low", self.own_while_low):
            for number, row in enumerate(rows):
                yield from not_positive((key, number, "every"), row.every_days > 0, "2 days")
        yield from repeat_wrong(self.repeat_days, (*self.while_low, *self.own_while_low))
        yield from not_positive(("recovery", "times"), self.recovery.times > 0, "4")

    @property
    def done_by(self) -> Count:
        """Give what does a check."""
        return Count(codes=(self.code,))

    def schedule(self) -> Scheduled:
        """Count from the start; low counts take over."""
        before_start = Phase(at=(Span(),), opens_days=self.baseline_days, overdue_days=0)
        own, of_own = self.own_normal, self.own_while_low or self.while_low
        more_often = MoreOften(
            code=self.code,
            rows=_below(self.normal.at_least, self.while_low),
            own=None
            if own is None
            else OwnRows(fact=own.fact, value=own.value, rows=_below(own.at_least, of_own)),
            repeat_days=self.repeat_days,
            recovery=self.recovery,
        )
        again = Again(rest_days=self.restart_after_days)
        return self.counted(
            From.START, before_start, *self.phases, more_often=more_often, again_after=again
        )


def _below(normal: Decimal, rows: Sequence[Low]) -> tuple[Low, ...]:
    """List rows from the lowest on, as the first that fits counts; the last one to the normal."""
    falling = [
        replace(row, below=min(row.below, normal)) for row in sorted(rows, key=lambda r: r.below)
    ]
    return (*falling[:-1], replace(falling[-1], below=normal))
