"""Warnings that several facts bring about, or end, together."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, no_word_of, not_numbers, not_positive
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, INFUSED
from monitor.domain.rules.beyond import before_first
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.warning import Alert, WarningRule, waived
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Prophylaxis(WarningRule):
    """What must be taken until a span has passed and a result is good again, the later of both."""

    kind = "prophylaxis"
    acts_where = INFUSED
    means: ClassVar = {
        "lasts": "after the last infusion",
    }

    lasts: Span  # after the last infusion
    code: str
    limit: Limit

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a time of nothing, and a limit that says nothing."""
        yield from not_positive(("lasts",), self.lasts.least_days > 0, "2 months")
        yield from self.limit.faults(("limit",), self.code, catalogue)

    def find(self, view: View) -> Iterator[Alert]:
        """Find whether it goes on: from the first day of the round, while one of both lacks."""
        last = view.last_infusion
        if last is None:
            return
        until = None
        good = self._good(view, last)
        if good:
            until = max(self.lasts.after(last.on), good[0].on)
            if view.day > until:
                return
        begun = view.rounds[-1][0]
        span = f"{self.lasts} have passed since {last.on}"
        told = f"until {until}" if until else f"until {span} and {self.code} is good"
        yield Alert(
            since=begun.on,
            until=until,
            message=f"{self.message} From {begun.on} {told}.",
            facts=(last, *good[:1]),
            anchor=begun,
            occurrence=len(view.rounds),
        )

    def _good(self, view: View, last: Event) -> list[Result]:
        """List the unbroken run of good results since the last infusion that ends in the newest."""
        run: list[Result] = []
        for result in reversed(view.series(self.code)):
            if result.on <= last.on or self.limit.judge(result) is not Outcome.MET:
                break
            run.insert(0, result)
        return run


@dataclass(frozen=True, kw_only=True, slots=True)
class RisingWith(WarningRule):
    """A word together with a rising number, or with one that nobody knows; until waived.

    A number rises when it is above the one before, above the newest one before the first
    dose, or above the first on record, by more than so much.
    """

    kind = "rising_with"
    acts_where = ALWAYS
    ends_by_waiver = True
    means: ClassVar = {
        "together": "results so far apart are one picture",
        "by": "so much is no rise yet",
    }

    code: str
    result: str  # the code that is a word
    value: str  # the word
    together_days: int  # so far apart they are one picture
    by_percent: Decimal = Decimal(0)

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a code that is no number, and a word that the other cannot be."""
        yield from not_numbers(("code",), [self.code], catalogue)
        yield from no_word_of(("value",), catalogue.results.get(self.result), self.value)

    def find(self, view: View) -> Iterator[Alert]:
        """Find the first such picture that nobody has waived."""
        for seen in view.series(self.result):
            if seen.value != self.value:
                continue
            pictures = (
                p for p in self._rising(view, seen) if not waived(self.name, view, (seen, *p))
            )
            rising = next(pictures, None)
            if rising is None:
                continue
            told = ", ".join(f"{event} on {event.on}" for event in (seen, *rising))
            unknown = "" if len(rising) > 1 else f"; whether {self.code} rises is not known"
            yield Alert(
                since=max(result.on for result in (seen, *rising[-1:])),
                until=None,
                message=f"{self.message} {told}{unknown}.",
                facts=(seen, *rising),
                anchor=seen,
            )
            return

    def _rising(self, view: View, seen: Result) -> Iterator[tuple[Result, ...]]:
        """Go through the numbers that show a rise; empty or a single one where it is not known."""
        first_on, last_on = seen.on - days(self.together_days), seen.on + days(self.together_days)
        near = view.between(self.code, first_on, last_on)
        if not near:
            yield ()
        known = list(view.series(self.code))
        begun = before_first(view, self.code)
        rises = not near
        for result in near:
            earlier = known[: known.index(result)]
            compared = [*earlier[-1:], *earlier[:1]]
            if begun is not None and begun in earlier:
                compared.insert(1, begun)
            before = next((b for b in compared if _above(result, b, self.by_percent)), None)
            if before is not None:
                rises = True
                yield before, result
        if not rises and near[-1] is known[0]:
            yield (near[-1],)


def _above(result: Result, before: Result, percent: Decimal) -> bool:
    one, other = result.value, before.compared
    assert isinstance(one, Decimal)
    assert isinstance(other, Decimal)
    return Fraction(one) * 100 > Fraction(other) * (100 + Fraction(percent))
