"""Rules of the calendar whose end moves with every infusion while their days stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor.domain.dates import Span, days
from monitor.domain.exposure import exposure, reached
from monitor.domain.facts import Infusion
from monitor.domain.rule import INFUSED
from monitor.domain.rules.expectations import Counted, Expectation
from monitor.domain.rules.rounds import stretches
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurring(Counted):
    """A check at regular spans from the first infusion on, until a span after the last one.

    A later infusion moves only the end. One that comes after the end begins anew.
    """

    kind = "recurring"
    acts_where = INFUSED

    every: Span
    lasts: Span | None = None  # after the last infusion; None: without end
    times: int | None = None  # so many in all, from the first infusion on; None: as `lasts` says
    opens_days: int  # before the due day
    overdue_days: int  # after the due day

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect the occurrences that open by a day, counted from the first infusion."""
        for expected in _series(self, view.infusions, until):
            if self.times is None or expected.occurrence <= self.times:
                yield expected


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesAbove(Counted):
    """A check at regular spans once the lifetime total is above an amount.

    It counts from the infusion with which the total got there. A total that cannot be told is
    not known to be below: it counts as above.
    """

    kind = "series_above"
    acts_where = INFUSED

    prior: str
    mg_per_m2: Decimal
    every: Span
    lasts: Span | None = None  # after the last infusion; None: without end
    opens_days: int  # before the due day
    overdue_days: int  # after the due day

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect the occurrences that open by a day, counted from the infusion that got there."""
        yield from _series(self, self._infusions_above(view), until)

    def _infusions_above(self, view: View) -> Sequence[Infusion]:
        """List the infusions from that on with which the total was above, or not to be told."""
        amounts = exposure(view, self.prior)
        above = reached(view, amounts, self.mg_per_m2, exactly=False)
        first = date.max if above is None else above.on
        if amounts.total is None:
            unknown = amounts.without_surface if amounts.is_prior_known else amounts.given
            first = min([first, *(infusion.on for infusion in unknown[:1])])
        return [infusion for infusion in view.infusions if infusion.on >= first]


def _series(
    rule: Recurring | SeriesAbove, infusions: Sequence[Infusion], until: date
) -> Iterator[Expectation]:
    """Go through the occurrences of every stretch of infusions.

    The last one is the first that is due on or after the end, so that nobody is followed for
    less than the span.
    """
    found = stretches(infusions, rule.lasts)
    occurrence = 0
    for stretch in found:
        anchor, end = stretch[0], None
        if rule.lasts is not None:
            end = rule.lasts.after(stretch[-1].on)
        number, due = 0, date.min
        while end is None or due < end:
            number, occurrence = number + 1, occurrence + 1
            due = rule.every.times(number).after(anchor.on)
            opens = due - days(rule.opens_days)
            if opens <= until:
                yield Expectation(
                    occurrence=occurrence,  # goes on through the stretches: each stands for one
                    opens=opens,
                    due=due,
                    overdue_after=due + days(rule.overdue_days),
                    anchor=anchor,
                )
            elif stretch is found[-1]:
                return
