"""Parts of a schedule: its phases, its runs, and the conditions on which a check is asked for."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from monitor.domain.dates import Span, days
from monitor.domain.exposure import exposure, reached
from monitor.domain.facts import DoseAction, Dosing, Event, Infusion, Result
from monitor.domain.rules.low_lines import Line
from monitor.domain.view import View

_NEVER_DAYS = 366 * 150  # no rest is so long


class DoseChange(StrEnum):
    """Which changes of a daily dose begin the run again."""

    RISE = "rise"
    ANY = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """On some days, or every so often; the last check is the first on or after the end."""

    at: tuple[Span, ...] = ()  # after the beginning of the run
    every: Span | None = None  # after the end of the phase before
    until: Span | None = None  # after the beginning of the run; None: without end

    def spans(self, begins: Span) -> Iterator[tuple[Span, Span]]:
        """Go through the days of the phase, each as two spans to go from the beginning."""
        if self.every is None:
            return ((Span(), span) for span in self.at)
        times = map(self.every.times, itertools.count(1))
        if self.every.months and begins.months:
            # Not from the clamped beginning, else the 31st is lost for good.
            return ((Span(), Span(months=begins.months + span.months)) for span in times)
        return ((begins, span) for span in times)

    @property
    def end(self) -> Span | None:
        """Give the end, after which the next phase counts."""
        return self.at[-1] if self.every is None else self.until


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What is counted from one fact."""

    anchor: Event
    end: date | None = None  # no check is due after it; None: they go on
    through: bool = False  # one more: the first that is due on or after the end
    stopped: date | None = None  # none that opens after it is asked for
    following: Event | None = None  # the fact that the next run is counted from


@dataclass(frozen=True, kw_only=True, slots=True)
class IfLow:
    """Only where a result was low in a run."""

    lines: tuple[Line, ...]
    from_days: int  # of the run
    until: Span
    restarts: bool = False  # the checks that come are counted from the low result

    def find(self, view: View, run: Run) -> Result | None:
        """Find the first low result; on the day of the next fact it was taken before that."""
        last = self.until.after(run.anchor.on)
        if run.following is not None:
            last = min(last, run.following.on)
        low = (
            result
            for line in self.lines
            for result in view.between(line.code, run.anchor.on + days(self.from_days), last)
            if isinstance(result.value, Decimal) and result.value < line.below
        )
        return min(low, key=lambda result: (result.on, result.event), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class IfAbove:
    """Only from the infusion on with which the lifetime total was above, or not to be told."""

    prior: str
    mg_per_m2: Decimal

    def infusions(self, view: View) -> Sequence[Infusion]:
        """List the infusions from that one on."""
        amounts = exposure(view, self.prior)
        above = reached(view, amounts, self.mg_per_m2, exactly=False)
        first = date.max if above is None else above.on
        if amounts.total is None:
            unknown = amounts.without_surface if amounts.is_prior_known else amounts.given
            first = min([first, *(infusion.on for infusion in unknown[:1])])
        return [infusion for infusion in view.infusions if infusion.on >= first]


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """What begins the run of a daily drug again, besides a start."""

    dose: DoseChange | None = None
    rest_days: int = _NEVER_DAYS  # a resumption after so many days without it

    def is_after(self, step: Dosing, before: Decimal | None) -> bool:
        """Say whether a step changes the dose so; one that nobody knows does."""
        if self.dose is None:
            return False
        if step.mg is None or before is None:
            return step.action is DoseAction.CHANGE
        return step.mg > before or (self.dose is DoseChange.ANY and step.mg < before)
