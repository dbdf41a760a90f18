"""Fever, or another sign of infection, with few neutrophils."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, not_numbers, not_ordered
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.symptom_findings import early_signs, numbered, signs
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View

Judged = tuple[str, tuple[Result, ...]]  # why it is an emergency, and the counts that say so


@dataclass(frozen=True, kw_only=True, slots=True)
class FeverWithLowCount(WarningRule):
    """Fever with few neutrophils; or, soon after a drug that lowers counts, with none known.

    What is not final is told at once: of both together nobody waits for the better news.
    """

    kind = "fever_with_low_count"
    acts_where = ALWAYS
    leads_gate = True
    means: ClassVar = {
        "low": "when falling",
        "count_within": "before the fever",
        "unknown_after": "after a dose, or its last day, an unknown count is as bad as a low one",
        "known_within": "before the fever",
    }

    needs: ClassVar = {"whole": ("whole_below",), "whole_below": ("whole",)}

    fever: str  # the symptom that is fever
    code: str
    lasts_days: int
    very_low: Decimal  # so low or lower, however old, while no newer one is higher
    low: Decimal  # below this and falling, or soon after a drug that lowers counts
    count_within_days: int  # of the fever; a later count replaces an earlier one
    unknown_after: Span  # after each dose that lowers counts an unknown one is no calmer than a low
    known_within_days: int
    any_sign_below: Decimal | None = None  # any sign of the group with a count below this
    whole: str | None = None  # the code of which the count is a part
    whole_below: Decimal | None = None  # fever with this of the whole, the part not known since

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a count that is no number, and limits and days out of order."""
        yield from not_numbers(("code",), [self.code], catalogue)
        if self.very_low > self.low:
            words = f"'{self.very_low}' is above `low`"
            yield ("very_low",), f"{words}: write at most {self.low}"
        within, known = self.count_within_days, self.known_within_days
        yield from not_ordered("known_within", known, "count_within", within)

    def find(self, view: View) -> Iterator[Alert]:
        """Judge the signs of every recent day by the newest count around it."""
        group = view.timeline.catalogue.symptoms[self.fever].group
        final = signs(view, group, date.min, view.day)
        early = early_signs(view, group, final)
        every = sorted((*final, *early), key=lambda sign: (sign.on, sign.event))
        for number, day, found in numbered(every):
            until = day + days(self.lasts_days)
            if view.day > until:
                continue
            fever = any(self._is_fever(sign) for sign in found)
            judged = self._judged(view, day, fever=fever)
            if judged is None and view.timeline.waiting:
                # A newer count that is not final: nobody knows that it is not so low.
                judged = self._judged(view.if_final(), day, fever=fever)
            if judged is not None:
                told, counts = judged
                is_sure = any(self._is_fever(event) and event not in early for event in found)
                sign = "Fever" if is_sure else ", ".join(str(event) for event in found)
                yield Alert(
                    since=day,
                    until=until,
                    message=f"{self.message} {sign} on {day}, {told}.",
                    facts=(*found, *counts),
                    anchor=found[0],
                    occurrence=number,
                )

    def requirement(self, view: View, _said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """List the emergency at the gate while it stands: who must be admitted is given nothing."""
        found = list(self.find(view))
        if not found:
            return None
        facts = tuple(dict.fromkeys(fact for alert in found for fact in alert.facts))
        message = " ".join(alert.message for alert in found)
        return self, Finding(outcome=Outcome.HOLD, message=message, facts=facts, waivable=False)

    def _judged(self, view: View, day: date, *, fever: bool) -> Judged | None:
        return self._any_sign(view, day) or (self._fever(view, day) if fever else None)

    def _is_fever(self, sign: Event) -> bool:
        return isinstance(sign, Result) or getattr(sign, "code", None) == self.fever

    def _any_sign(self, view: View, day: date) -> Judged | None:
        counts = view.between(self.code, day - days(self.count_within_days), date.max)
        if self.any_sign_below is None or not counts or _value(counts[-1]) >= self.any_sign_below:
            return None
        return _said(counts[-1]), (counts[-1],)

    def _fever(self, view: View, day: date) -> Judged | None:
        newest = view.newest(self.code)
        if newest is not None and _value(newest) <= self.very_low:
            return _said(newest), (newest,)
        soon = view.is_lowered(day, self.unknown_after)
        first = day - days(self.count_within_days)
        return (
            self._low(view, first, soon=soon)
            or self._low_whole(view, first)
            or self._unknown(view, day, soon=soon)
        )

    def _low(self, view: View, first: date, *, soon: bool) -> Judged | None:
        counts = view.between(self.code, first, date.max)
        if not counts or _value(counts[-1]) >= self.low:
            return None
        newest = counts[-1]
        if soon:
            return _said(newest), (newest,)
        if len(counts) == 1:
            return f"{_said(newest)}, taken as falling", (newest,)
        before = counts[-2].compared
        assert isinstance(before, Decimal)
        if _value(newest) < before:
            return f"{_said(newest)}, falling", (counts[-2], newest)
        return None

    def _low_whole(self, view: View, first: date) -> Judged | None:
        if self.whole is None or self.whole_below is None:
            return None
        counts = view.between(self.whole, first, date.max)
        if not counts or _value(counts[-1]) >= self.whole_below:
            return None
        newest = counts[-1]
        if view.between(self.code, newest.on, date.max):
            return None
        return f"{_said(newest)}, no {self.code} known since", (newest,)

    def _unknown(self, view: View, day: date, *, soon: bool) -> Judged | None:
        if soon and not view.between(self.code, day - days(self.known_within_days), date.max):
            return "suspected, count unknown", ()
        return None


def _value(result: Result) -> Decimal:
    assert isinstance(result.value, Decimal)
    return result.value


def _said(result: Result) -> str:
    return f"{result} on {result.on}"
