"""Warnings that one fact gives rise to: a low value, a word that is a finding, a symptom."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.facts import Answer, Event, Result, order
from monitor.domain.faults import (
    Fault,
    no_warning_of,
    no_word_of,
    nothing_wrong,
)
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.recorded import RecordedAnswer
from monitor.domain.rule import ALWAYS, Regimen, Rule
from monitor.domain.rules.fever_with_low_count import FeverWithLowCount
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.symptom_findings import numbered, signs
from monitor.domain.rules.warning import Alert, SafetyWarning, WarningRule, listed, waived
from monitor.domain.view import View

_UNTOLD = "Record the laboratory's own limit; without it nobody can judge"


def _rank(severity: Severity) -> int:
    return severity.rank


@dataclass(frozen=True, kw_only=True, slots=True)
class LowResult(WarningRule):
    """The newest value of a code is below a limit; a newer one within it ends the warning."""

    kind = "low_result"
    acts_where = ALWAYS
    means: ClassVar = {
        "where": "only where somebody recorded it by name",
        "where_not": "only where nobody recorded it by name",
    }

    of_daily = ("where_not",)

    code: str
    limit: Limit
    lowest: Decimal | None = None  # below this a graver rule speaks instead
    where: RecordedAnswer | None = None  # only where this is on record
    where_not: RecordedAnswer | None = None  # only where this is not

    @property
    def judged_codes(self) -> frozenset[str]:
        """Name the codes whose value alone it judges."""
        return frozenset((self.code,))

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a limit that says nothing."""
        yield from self.limit.faults(("limit",), self.code, catalogue)

    def acts(self, regimen: Regimen) -> bool:
        """Say whether it can act: an answer is an excuse only while a daily drug is taken."""
        return self.where is None or regimen is Regimen.DAILY

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a lowest value of a limit that has no lower end, and an answer excluded anyway."""
        edges = (self.limit, *self.limit.bands)
        keys = ("at_least", "hold_below", "caution_below", "below_lln")
        figures = [getattr(edge, key, None) for edge in edges for key in keys]
        figures += [band.below for band in self.limit.bands]
        is_low = self.limit.own_lln or any(figure is not None for figure in figures)
        if self.lowest is not None and not is_low:
            yield ("lowest",), "never acts without a lower limit: leave it out"
        if self.where and self.where_not and self.where.fact == self.where_not.fact:
            yield ("where_not",), f"never acts beside `where` of {self.where.fact}: leave it out"

    def is_judged_by(self, table: Collection[str]) -> bool:
        """Say whether the code is one of the table's."""
        return self.code in table

    def find(self, view: View) -> Iterator[Alert]:
        """Find the unbroken run of low values that ends in the newest one."""
        run: list[Result] = []
        for result in reversed(view.series(self.code)):
            if self.limit.judge(result) is Outcome.MET:
                break
            run.append(result)
        if run and self._is_for(view, run[0]) and not self.is_for_a_graver(run[0]):
            newest, first = run[0], run[-1]
            is_told = any(self.limit.judge(result) is not Outcome.UNKNOWN for result in run)
            held = self.limit.words_for(newest, view.unit(self.code))
            told = f"{newest} on {newest.on}{held and f', {held}'}."
            yield Alert(
                since=first.on,
                until=None,
                message=f"{self.message if is_told else _UNTOLD} {told}",
                facts=tuple(reversed(run)),
                anchor=first,
                severity=None if is_told else min(self.severity, Severity.CAUTION, key=_rank),
                patient_message=None if is_told else "",
            )

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """List it at the gate, also where it is a caution because its limit is not known."""
        return listed(self, self.find(view), said, cautions=True)

    def _is_for(self, view: View, newest: Result) -> bool:
        if self.where is not None and not self.where.excuses(view, newest):
            return False
        return self.where_not is None or not self.where_not.excuses(view, newest)

    def is_for_a_graver(self, newest: Result) -> bool:
        """Say whether a value is so low that another rule speaks of it."""
        lowest = self.lowest
        return lowest is not None and isinstance(newest.value, Decimal) and newest.value < lowest


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerSoon:
    """A newest known answer that says the same as a result, given until so long after a dose."""

    fact: str
    value: str
    within: Span  # after the last dose

    def find(self, view: View) -> Answer | None:
        """Find the answer, if it is of these days, or of before the dose."""
        answer, last = view.known_answer(self.fact), view.last_infusion
        if answer is None or last is None or answer.value != self.value:
            return None
        return answer if answer.on <= self.within.after(last.on) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultWord(WarningRule):
    """A result, or an answer, that stands as a warning until a person waives it."""

    kind = "result_word"
    acts_where = ALWAYS
    of_infusions = ("answer",)
    ends_by_waiver = True

    code: str
    value: str
    answer: AnswerSoon | None = None

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a word that the result cannot be."""
        yield from no_word_of(("value",), catalogue.results.get(self.code), self.value)

    def find(self, view: View) -> Iterator[Alert]:
        """Find what says so that nobody has waived; it stands together."""
        said: list[Event] = [r for r in view.series(self.code) if r.value == self.value]
        answer = self.answer.find(view) if self.answer is not None else None
        said += [answer] if answer is not None else []
        standing = [fact for fact in said if not waived(self.name, view, (fact,))]
        standing.sort(key=order)
        if standing:
            told = ", ".join(f"{fact} on {fact.on}" for fact in standing)
            yield Alert(
                since=standing[0].on,
                until=None,
                message=f"{self.message} {told}.",
                facts=tuple(standing),
                anchor=standing[0],
            )

    def stands_by_itself(self, view: View, result: Result) -> bool:
        """Say whether one value alone would stand, and nobody has waived it."""
        says_so = result.code == self.code and result.value == self.value
        return says_so and not waived(self.name, view, (result,))


@dataclass(frozen=True, kw_only=True, slots=True)
class SymptomReported(WarningRule):
    """Symptoms of a group: one warning for each day with any."""

    kind = "symptom"
    acts_where = ALWAYS

    group: str
    lasts_days: int
    gives_way_to: str = ""  # the warning rule that speaks instead where it does of the same day

    faults = nothing_wrong

    def faults_beside(self, rules: Sequence[Rule]) -> Iterator[Fault]:
        """Find another warning named that is none."""
        if self.gives_way_to:
            known = [rule.name for rule in rules if isinstance(rule, FeverWithLowCount)]
            yield from no_warning_of("gives_way_to", self.gives_way_to, known)

    @property
    def symptoms(self) -> str:
        """Name the group."""
        return self.group

    @property
    def symptoms_last_days(self) -> int:
        """Give the days for which it warns of one."""
        return self.lasts_days

    def gives_way(self, warning: SafetyWarning, found: Sequence[SafetyWarning]) -> bool:
        """Say whether the other rule speaks of the same day."""
        return any(w.rule == self.gives_way_to and w.since == warning.since for w in found)

    def find(self, view: View) -> Iterator[Alert]:
        """Find the days with such symptoms that are still recent."""
        for number, day, found in numbered(signs(view, self.group, date.min, view.day)):
            until = day + days(self.lasts_days)
            if view.day <= until:
                told = ", ".join(str(event) for event in found)
                yield Alert(
                    since=day,
                    until=until,
                    message=f"{self.message} {told} on {day}.",
                    facts=tuple(found),
                    anchor=found[0],
                    occurrence=number,
                )
