"""The windows that infusions open, or the stop of a daily drug."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.facts import DoseAction, Event
from monitor.domain.faults import Fault, not_ordered, not_positive
from monitor.domain.rule import ALWAYS, Regimen
from monitor.domain.rules.warning import Alert, RestsOn, WarningRule
from monitor.domain.view import View


class Opened(StrEnum):
    """Which infusions, or which step of a daily drug, open a window."""

    EACH_INFUSION = "each_infusion"
    FIRST_INFUSION = "first_infusion"
    LAST_INFUSION = "last_infusion"  # a newer one opens it anew
    STOP = "stop"  # each stop of a drug that is taken daily


@dataclass(frozen=True, kw_only=True, slots=True)
class Window(WarningRule):
    """A time after an infusion, or a stop, in which something must be known or watched."""

    kind = "window"
    acts_where = ALWAYS
    is_by_doses = True
    rests_on = RestsOn.LAST_DOSE

    opened_by: Opened
    lasts: Span | None = None  # None: without end
    lasts_for_women: Span | None = None  # where it differs
    peak_from_days: int | None = None
    peak_until_days: int | None = None

    def faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a window of nothing, and a peak with one end or outside of it."""
        if self.lasts is not None:
            yield from not_positive(("lasts",), self.lasts.least_days > 0, "3 months")
        elif self.lasts_for_women is not None:
            yield ("lasts_for_women",), "without `lasts` it says nothing: add `lasts: 6 months`"
        first, last = self.peak_from_days, self.peak_until_days
        if (first is None) != (last is None):
            there, missing = "peak_from", "peak_until"
            if first is None:
                there, missing = missing, there
            yield (there,), f"a peak needs both ends: add `{missing}: 14 days`"
        if first is not None and last is not None:
            yield from not_ordered("peak_from", first, "peak_until", last)
            yield from _after_the_end(last, self.lasts)

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a peak that is outside of the window of women."""
        yield from _after_the_end(self.peak_until_days or 0, self.lasts_for_women)

    @property
    def after_stop(self) -> Span | None:
        """Say how long it watches after a stop."""
        return self.lasts if self.opened_by is Opened.STOP else None

    def acts(self, regimen: Regimen) -> bool:
        """Say whether what opens it can happen where the drug is given so."""
        return (self.opened_by is Opened.STOP) == (regimen is Regimen.DAILY)

    def find(self, view: View) -> Iterator[Alert]:
        """Find the windows that hold the day."""
        for number, opener in self._openers(view):
            lasts = self.lasts
            if self.lasts_for_women is not None and view.patient.sex == "female":
                lasts = self.lasts_for_women
            until = lasts.after(opener.on) if lasts else None
            if until is not None and view.day > until:
                continue
            peak = None
            if self.peak_from_days is not None and self.peak_until_days is not None:
                peak = (
                    opener.on + days(self.peak_from_days),
                    opener.on + days(self.peak_until_days),
                )
            yield Alert(
                since=opener.on,
                until=until,
                message=self._told(opener.on, until, peak),
                facts=(opener,),
                anchor=opener,
                peak=peak,
                occurrence=number,
            )

    def _openers(self, view: View) -> Sequence[tuple[int, Event]]:
        if self.opened_by is Opened.STOP:
            stops = (step for step in view.dosing if step.action is DoseAction.STOP)
            return list(enumerate(stops, start=1))
        numbered = list(enumerate(view.infusions, start=1))
        if self.opened_by is Opened.FIRST_INFUSION:
            return numbered[:1]
        return numbered[-1:] if self.opened_by is Opened.LAST_INFUSION else numbered

    def _told(self, since: date, until: date | None, peak: tuple[date, date] | None) -> str:
        told = f"{self.message} From {since} " + (f"to {until}." if until else "on, without end.")
        return told + (f" Worst from {peak[0]} to {peak[1]}." if peak else "")


def _after_the_end(peak_until_days: int, lasts: Span | None) -> Iterator[Fault]:
    if lasts is not None and peak_until_days > lasts.least_days:
        words = f"'{peak_until_days} days' is after the window's end"
        yield ("peak_until",), f"{words}: write at most {lasts.least_days} days"
