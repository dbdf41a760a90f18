"""Symptoms that mean something else while a daily drug is new."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from monitor.domain.dates import Span, days
from monitor.domain.faults import nothing_wrong
from monitor.domain.intake import clocks
from monitor.domain.rule import DAILY
from monitor.domain.rules.symptom_findings import numbered, reports
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class SignsAfterStart(WarningRule):
    """Some symptoms in the first time on a daily drug: one warning for each day with any.

    A start counts, and a resumption after so long a rest.
    """

    kind = "signs_after_start"
    acts_where = DAILY
    means: ClassVar = {
        "within": "after a start",
    }

    signs: tuple[str, ...]  # symptoms; one that is measured counts from its value on
    within: Span  # after a start; its last day is inside
    restart_after_days: int
    lasts_days: int

    faults = nothing_wrong

    def find(self, view: View) -> Iterator[Alert]:
        """Find the days with such signs that are still recent."""
        starts = [step.on for step in clocks(view.dosing, self.restart_after_days)]
        every = [
            sign
            for code in self.signs
            for sign in reports(view, code)
            if any(begun <= sign.on <= self.within.after(begun) for begun in starts)
        ]
        every.sort(key=lambda sign: (sign.on, sign.event))
        for number, day, found in numbered(every):
            until = day + days(self.lasts_days)
            if view.day <= until:
                told = ", ".join(str(event) for event in found)
                begun = max(on for on in starts if on <= day)
                yield Alert(
                    since=day,
                    until=until,
                    message=f"{self.message} {told} on {day}, begun on {begun}.",
                    facts=tuple(found),
                    anchor=found[0],
                    occurrence=number,
                )
