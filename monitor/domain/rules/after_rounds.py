"""Rules of the calendar that count from the first day of each round."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor.domain.dates import Span, days
from monitor.domain.facts import Result
from monitor.domain.rule import INFUSED
from monitor.domain.rules.expectations import Counted, Expectation
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterEachRound(Counted):
    """A check at some spans after the first day of each round."""

    kind = "after_each_round"
    acts_where = INFUSED

    at: tuple[Span, ...]
    opens_days: int  # before the due day
    overdue_days: int  # after the due day

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect every span of every round."""
        for before, infusions in enumerate(view.rounds):
            for place, span in enumerate(self.at, start=1):
                due = span.after(infusions[0].on)
                yield Expectation(
                    occurrence=before * len(self.at) + place,
                    opens=due - days(self.opens_days),
                    due=due,
                    overdue_after=due + days(self.overdue_days),
                    anchor=infusions[0],
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterLowResult(Counted):
    """Further checks of a round in which a result was low, until a span after its first day.

    They count from the low result and go on to the end of the span whatever the later results
    are. The occurrence counts the spans since the first day of the round, through all rounds,
    whether asked for or not.
    """

    kind = "after_low_result"
    acts_where = INFUSED

    code: str
    below: Decimal
    every: Span  # counted from the low result
    until: Span  # after the first day of the round
    opens_days: int  # before the due day, and not before the day after the low result
    overdue_days: int  # after the due day

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect what is due after the first low result of each round."""
        before = 0
        for infusions in view.rounds:
            begun = infusions[0]
            end = self.until.after(begun.on)
            low = self._first_low(view, begun.on, end)
            dues = [] if low is None else self._dues(low.on, end)
            for number, due in enumerate(dues, start=1):
                assert low is not None
                passed = sum(day <= low.on for day in self._dues(begun.on, end))
                yield Expectation(
                    occurrence=before + passed + number,
                    opens=max(due - days(self.opens_days), low.on + days(1)),
                    due=due,
                    overdue_after=due + days(self.overdue_days),
                    anchor=low,
                )
            before += len(list(self._dues(begun.on, end)))

    def _dues(self, begun: date, end: date) -> Iterator[date]:
        number, due = 1, self.every.after(begun)
        while due <= end:
            yield due
            number += 1
            due = self.every.times(number).after(begun)

    def _first_low(self, view: View, first: date, last: date) -> Result | None:
        return next(
            (
                result
                for result in view.between(self.code, first, last)
                if isinstance(result.value, Decimal) and result.value < self.below
            ),
            None,
        )
