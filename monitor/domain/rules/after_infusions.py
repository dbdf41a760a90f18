"""Rules of the calendar that look at what an infusion did, or at the end of a treatment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from monitor.domain.dates import days
from monitor.domain.facts import Infusion, Result
from monitor.domain.rule import INFUSED
from monitor.domain.rules.expectations import Counted, Expectation
from monitor.domain.rules.low_lines import Line
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterLowNadir(Counted):
    """A check that counts have recovered after an infusion, where one of them was low."""

    kind = "after_low_nadir"
    acts_where = INFUSED

    lines: tuple[Line, ...]  # below which a count is low
    opens_days: int  # after the infusion; after the first low count in any case
    due_days: int  # after the infusion; a count from here on is no nadir
    overdue_after_days: int

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect one check for every infusion after which a count was low."""
        pairs = zip_longest(view.infusions, view.infusions[1:])
        for number, (infusion, following) in enumerate(pairs, start=1):
            low = self._first_low(view, infusion, following)
            if low is not None:
                yield Expectation(
                    occurrence=number,
                    opens=max(infusion.on + days(self.opens_days), low.on + days(1)),
                    due=infusion.on + days(self.due_days),
                    overdue_after=infusion.on + days(self.overdue_after_days),
                    anchor=infusion,
                )

    def _first_low(
        self, view: View, infusion: Infusion, following: Infusion | None
    ) -> Result | None:
        """Find the first low count between an infusion and the day by which it should be over."""
        last = infusion.on + days(self.due_days - 1)
        if following is not None:
            last = min(last, following.on)  # a count of its day was taken before it
        low = [
            result
            for line in self.lines
            for result in view.between(line.code, infusion.on + days(1), last)
            if isinstance(result.value, Decimal) and result.value < line.below
        ]
        return min(low, key=lambda result: (result.on, result.event), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class AtCourseEnd(Counted):
    """A check on the day on which a course ended in which something was given."""

    kind = "at_course_end"
    acts_where = INFUSED

    opens_days: int  # before that day
    overdue_days: int  # after it

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect one check for every course that has ended."""
        number = 0
        for course in view.timeline.courses:
            end = course.ended(view.day)
            of_it = (view.timeline.course_of(infusion) for infusion in view.infusions)
            given = any(c is not None and c.start.identity == course.start.identity for c in of_it)
            if end is not None and given:
                number += 1
                yield Expectation(
                    occurrence=number,
                    opens=end.on - days(self.opens_days),
                    due=end.on,
                    overdue_after=end.on + days(self.overdue_days),
                    anchor=end,
                )
