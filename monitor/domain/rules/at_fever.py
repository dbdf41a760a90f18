"""Fever on a daily drug: which days ask for a check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitor.domain.dates import days
from monitor.domain.facts import Event, Result
from monitor.domain.intake import under_watch
from monitor.domain.rule import DAILY
from monitor.domain.rules.expectations import Counted, Expectation
from monitor.domain.rules.symptom_findings import signs
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class AtFever(Counted):
    """A check on the day of a fever while a daily drug is taken, and for days after a stop."""

    kind = "at_fever"
    acts_where = DAILY

    fever: str  # the symptom that is fever
    after_stop_days: int
    overdue_days: int

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect one check for every day with fever."""
        group = view.timeline.catalogue.symptoms[self.fever].group
        by_day: dict[date, Event] = {}
        for sign in signs(view, group, date.min, view.day):
            if isinstance(sign, Result) or getattr(sign, "code", None) == self.fever:
                by_day.setdefault(sign.on, sign)
        watched = (day for day in by_day if under_watch(view.dosing, day, self.after_stop_days))
        for number, day in enumerate(watched, start=1):
            yield Expectation(
                occurrence=number,
                opens=day,
                due=day,
                overdue_after=day + days(self.overdue_days),
                anchor=by_day[day],
            )
