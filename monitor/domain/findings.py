"""Warnings that facts give rise to: low values, symptoms, totals, what went against the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations

from monitor.domain.clause import Finding, Rule
from monitor.domain.dates import Span, days
from monitor.domain.events import Event, Result, describe
from monitor.domain.exposure import exposure, reached, shown, unconverted
from monitor.domain.outcome import Outcome
from monitor.domain.recorded import Recorded
from monitor.domain.results import Limit
from monitor.domain.signs import signs
from monitor.domain.view import View
from monitor.domain.warning import Alert, Warned, waived


@dataclass(frozen=True, kw_only=True, slots=True)
class LowResult(Warned):
    """The newest value of a code is below a limit; a newer one within it ends the warning."""

    code: str
    limit: Limit
    where: Recorded | None = None  # only where this is on record
    where_not: Recorded | None = None  # only where this is not

    def find(self, view: View) -> Iterator[Alert]:
        """Find the unbroken run of low values that ends in the newest one."""
        if self.where is not None and self.where.answer(view) is None:
            return
        if self.where_not is not None and self.where_not.answer(view) is not None:
            return
        run: list[Result] = []
        for result in reversed(view.series(self.code)):
            if self.limit.judge(result) is Outcome.MET:
                break
            run.append(result)
        if run:
            newest, first = run[0], run[-1]
            yield Alert(
                since=first.on,
                until=None,
                message=f"{self.message} {describe(newest)} on {newest.on}, "
                f"{self.limit.words_for(newest, view.unit(self.code))}.",
                facts=tuple(reversed(run)),
                anchor=first,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultWord(Warned):
    """A result that stands as a warning until a person waives it."""

    code: str
    value: str

    def find(self, view: View) -> Iterator[Alert]:
        """Find such results that nobody has waived; they stand together."""
        standing = [
            result
            for result in view.series(self.code)
            if result.value == self.value and not waived(self.name, view, (result,))
        ]
        if standing:
            told = ", ".join(f"{describe(result)} on {result.on}" for result in standing)
            yield Alert(
                since=standing[0].on,
                until=None,
                message=f"{self.message} {told}.",
                facts=tuple(standing),
                anchor=standing[0],
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class SymptomReported(Warned):
    """Symptoms of a group: one warning for each day with any."""

    group: str
    lasts_days: int

    def find(self, view: View) -> Iterator[Alert]:
        """Find the days with such symptoms that are still recent."""
        every = _by_day(signs(view, self.group, date.min, view.day))
        for number, (day, found) in enumerate(every.items(), start=1):
            until = day + days(self.lasts_days)
            if view.day <= until:
                told = ", ".join(describe(event) for event in found)
                yield Alert(
                    since=day,
                    until=until,
                    message=f"{self.message} {told} on {day}.",
                    facts=tuple(found),
                    anchor=found[0],
                    occurrence=number,
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class FeverWithLowCount(Warned):
    """Fever with few neutrophils; or soon after an infusion with the count not known."""

    fever: str  # the symptom that is fever
    code: str
    lasts_days: int
    very_low: Decimal
    low: Decimal  # below this and falling
    count_within_days: int  # of the fever; a later count replaces an earlier one
    unknown_after: Span  # after each infusion an unknown count is no calmer than a low one
    known_within_days: int

    def find(self, view: View) -> Iterator[Alert]:
        """Judge every recent fever by the newest count around it."""
        codes = view.timeline.catalogue.symptoms
        group = codes[self.fever].group
        fevers = [
            sign
            for sign in signs(view, group, date.min, view.day)
            if isinstance(sign, Result) or getattr(sign, "code", None) == self.fever
        ]
        for number, (day, found) in enumerate(_by_day(fevers).items(), start=1):
            until = day + days(self.lasts_days)
            if view.day > until:
                continue
            judged = self._judge(view, day)
            if judged is not None:
                told, counts = judged
                yield Alert(
                    since=day,
                    until=until,
                    message=f"{self.message} Fever on {day}, {told}.",
                    facts=(*found, *counts),
                    anchor=found[0],
                    occurrence=number,
                )

    def _judge(self, view: View, fever_on: date) -> tuple[str, tuple[Result, ...]] | None:
        counts = view.between(self.code, fever_on - days(self.count_within_days), date.max)
        if counts:
            newest = counts[-1]
            assert isinstance(newest.value, Decimal)
            if newest.value < self.very_low:
                return f"{describe(newest)} on {newest.on}", (newest,)
            if newest.value < self.low:
                if len(counts) == 1:
                    return f"{describe(newest)} on {newest.on}, taken as falling", (newest,)
                before = counts[-2]
                assert isinstance(before.value, Decimal)
                if newest.value < before.value:
                    told = f"{describe(newest)} on {newest.on}, falling"
                    return told, (before, newest)
        recent = any(i.on <= fever_on <= self.unknown_after.after(i.on) for i in view.infusions)
        known = view.between(self.code, fever_on - days(self.known_within_days), date.max)
        if recent and not known:
            return "suspected, count unknown", ()
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of blood cells and the value below which it is low."""

    code: str
    below: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class LowLines(Warned):
    """Several low cell lines away from any infusion, or blasts: stands until waived."""

    lines: tuple[Line, ...]
    together_days: int  # results so many days apart count as one picture
    not_within_days: int  # of an infusion, where low counts are the drug's ordinary effect
    blasts: str
    blasts_word: str
    outcome: Outcome

    def find(self, view: View) -> Iterator[Alert]:
        """Find the first picture that nobody has waived."""
        for day, facts in self._pictures(view):
            if waived(self.name, view, facts):
                continue
            told = ", ".join(f"{describe(event)} on {event.on}" for event in facts)
            yield Alert(
                since=day,
                until=None,
                message=f"{self.message} {told}.",
                facts=facts,
                anchor=facts[0],
            )
            return

    def requirement(self, view: View) -> tuple[Rule, Finding] | None:
        """List the warning at the gate while it stands."""
        for alert in self.find(view):
            finding = Finding(
                outcome=self.outcome, message=alert.message, facts=alert.facts, waivable=True
            )
            return self, finding
        return None

    def _pictures(self, view: View) -> list[tuple[date, tuple[Result, ...]]]:
        low = {line.code: self._low(view, line) for line in self.lines}
        found = [
            (max(one.on, other.on), tuple(sorted((one, other), key=lambda r: (r.on, r.event))))
            for a, b in combinations(low, 2)
            for one in low[a]
            for other in low[b]
            if abs((one.on - other.on).days) <= self.together_days
        ]
        found += [
            (result.on, (result,))
            for result in view.series(self.blasts)
            if result.value == self.blasts_word
        ]
        return sorted(found, key=lambda picture: (picture[0], [r.event for r in picture[1]]))

    def _low(self, view: View, line: Line) -> list[Result]:
        return [
            result
            for result in view.series(line.code)
            if isinstance(result.value, Decimal)
            and result.value < line.below
            and not any(
                0 <= (result.on - infusion.on).days <= self.not_within_days
                for infusion in view.infusions
            )
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalAbove(Warned):
    """The lifetime total has reached, or passed, an amount."""

    prior: str
    mg_per_m2: Decimal
    reaching: bool  # exactly the amount counts

    def find(self, view: View) -> Iterator[Alert]:
        """Find the fact with which the known total got there."""
        amounts = exposure(view, self.prior)
        event = reached(view, amounts, self.mg_per_m2, exactly=self.reaching)
        if event is not None:
            known = "" if amounts.total is not None else "at least "
            yield Alert(
                since=event.on,
                until=None,
                message=f"{self.message} {known}{shown(amounts.at_least)} mg/m2.",
                facts=(*amounts.given, *amounts.before),
                anchor=event,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExposureUnknown(Warned):
    """The lifetime total cannot be told, because a part of it was not recorded."""

    prior: str

    def find(self, view: View) -> Iterator[Alert]:
        """Find the infusions without a body surface, or the unrecorded earlier exposure."""
        amounts = exposure(view, self.prior)
        if not view.infusions or amounts.total is not None:
            return
        lacking: Sequence[Event] = amounts.without_surface
        told = [f"BSA not recorded for {len(lacking)} of {len(amounts.given)} infusions"]
        if not amounts.is_prior_known:
            lacking = view.infusions[:1]
            told = told if amounts.without_surface else []
            if amounts.not_added or amounts.prior is not None:
                told.insert(0, unconverted(amounts))
            if amounts.prior is None:
                told.insert(0, "earlier exposure not recorded")
        yield Alert(
            since=min(event.on for event in lacking),
            until=None,
            message=f"{self.message} {'; '.join(told)}; at least {shown(amounts.at_least)} mg/m2.",
            facts=(*lacking, *amounts.not_added),
            anchor=lacking[0],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAgainstGate(Warned):
    """An infusion given against the gate stands until waived; `against.py` finds them."""

    missing_counts_within_days: int  # recorded later than this, only what was not met counts


FoundInFacts = (
    LowResult
    | ResultWord
    | SymptomReported
    | FeverWithLowCount
    | LowLines
    | TotalAbove
    | ExposureUnknown
)


def _by_day(events: Sequence[Event]) -> dict[date, list[Event]]:
    by_day: dict[date, list[Event]] = {}
    for event in events:
        by_day.setdefault(event.on, []).append(event)
    return by_day
