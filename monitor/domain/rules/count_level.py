"""What a count means for a drug that is taken daily: normal, low by how much, until when.

The figures serve two kinds of rule: the checks of `phased` and the requirement below.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Answer, Result
from monitor.domain.faults import Fault, not_numbers, rows_with_gaps
from monitor.domain.finding import Finding, gravest
from monitor.domain.intake import would_start
from monitor.domain.outcome import Outcome
from monitor.domain.rule import DAILY, Rule
from monitor.domain.rules.normal import (
    Normal,
    OwnNormal,
    normal_for,
    not_normal,
    own_rows_with_gaps,
)
from monitor.domain.rules.phased_count import PhasedCount
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.rules.symptom_findings import reports
from monitor.domain.view import View
from monitor.domain.waiting import missing_final, unfit


class Until(StrEnum):
    """What ends the outcome of a low count."""

    NEWER = "newer"  # a newer count that is not so low
    NORMAL = "normal"  # a normal one
    WAIVED = "waived"  # a person


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """What a count below a value means at the gate."""

    below: Decimal
    outcome: Outcome
    until: Until = Until.NEWER


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterFever:
    """What a fever so high means until a count of its day or later."""

    fever: str  # the symptom that is fever
    from_value_cel: Decimal
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class CountLevel(RequirementRule):
    """The newest count: normal before a start, and by its level while the drug is taken."""

    kind = "count_level"
    acts_where = DAILY
    means: ClassVar = {
        "fresh": "so old it still counts",
    }

    code: str
    normal: Normal
    own_normal: OwnNormal | None = None
    levels: tuple[Level, ...]
    own_levels: tuple[Level, ...] = ()  # of the patients with `own_normal`; none: as all
    after_fever: AfterFever | None = None
    not_normal: Outcome  # before a start
    fresh_days: int  # before a start; afterwards the checks of the calendar say how often
    restart_after_days: int  # an interruption so long makes the next dose a start

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find low counts that no level answers, and a patient's own range that cannot be."""
        yield from not_numbers(("code",), [self.code], catalogue)
        yield from not_normal(self.normal, self.own_normal, catalogue)
        below = [level.below for level in self.levels]
        yield from rows_with_gaps("levels", below, self.normal.at_least)
        own = [level.below for level in self.own_levels]
        yield from own_rows_with_gaps("own_levels", own, self.own_normal)

    def faults_beside(self, rules: Sequence[Rule]) -> Iterator[Fault]:
        """Find a check of the same count that says otherwise what is normal."""
        said = (self.normal, self.own_normal, self.restart_after_days)
        for count in rules:
            if not isinstance(count, PhasedCount) or count.code != self.code:
                continue
            if said != (count.normal, count.own_normal, count.restart_after_days):
                words = f"`normal`, `own_normal` and `restart_after` differ from '{count.name}'"
                yield (), f"{words}: write the same in both"

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Weigh the newest count, what an earlier low one left behind, and a start."""
        view = question.view
        newest = view.newest(self.code)
        if newest is None:
            none = Finding(outcome=Outcome.UNKNOWN, message=f"no {self.title} on record")
            return unfit(view.waiting(self.code)) or none
        beside, wait = view.lowered_beside(newest.on), question.protocol.demands
        if beside is not None and newest.on < beside.on + days(wait.counts_from_days):
            # Another drug has lowered it: so low is ordinary for nobody.
            return replace(self, own_normal=None, own_levels=()).judge_count(question, newest)
        return self.judge_count(question, newest)

    def judge_count(self, question: Question, newest: Result) -> Finding:
        """Weigh it by the levels that are the patient's."""
        view = question.view
        normal = normal_for(view, self.normal, self.own_normal, newest)
        findings = [self._newest(view, newest, normal), *self._left_behind(view, newest, normal)]
        besides = (unfit(view.waiting(self.code)), self._since_fever(view, newest))
        findings += [finding for finding in besides if finding is not None]
        if would_start(view.dosing, question.on, self.restart_after_days):
            # First: of equals it is the one that lists every count a start needs.
            findings.insert(0, self._start(question, newest, normal))
        return gravest(findings)

    def level_of(self, view: View, result: Result, normal: Normal) -> Level | None:
        """Find the level of a count; None where it is normal."""
        assert isinstance(result.value, Decimal)
        if result.value >= normal.at_least:
            return None
        is_own = self.own_normal is not None and self.own_normal.excuses(view, result)
        levels = self.own_levels if self.own_levels and is_own else self.levels
        reached = [level for level in levels if result.value < level.below]
        return min(reached, key=lambda level: level.below, default=None)

    def never_final(self, view: View) -> Finding | None:
        """Find preliminary counts that would stand until a person waives them, were they final."""
        newest = view.newest(self.code)
        normal = normal_for(view, self.normal, self.own_normal, newest)
        found = [
            result
            for result in view.overtaken()
            if result.code == self.code
            and (level := self.level_of(view, result, normal)) is not None
            and level.until is Until.WAIVED
        ]
        return missing_final(found, [newest] if newest else [])

    def _newest(self, view: View, newest: Result, normal: Normal) -> Finding:
        level = self.level_of(view, newest, normal)
        told = f"{newest} on {newest.on}"
        held = f"{self._range(view, normal)}"
        outcome = Outcome.MET if level is None else level.outcome
        return Finding(
            outcome=outcome,
            message=f"{told}, {held}",
            facts=(newest, *self._own(view)),
            # The newest value that stops cannot be waived away (docs/decisions/0006).
            waivable=outcome is not Outcome.STOP,
        )

    def _left_behind(self, view: View, newest: Result, normal: Normal) -> list[Finding]:
        """Find low counts that a newer one does not make good."""
        found = []
        recovered = False
        for result in reversed(view.series(self.code)):
            level = self.level_of(view, result, normal)
            if level is None:
                recovered = True
            elif result is not newest and (
                level.until is Until.WAIVED or (level.until is Until.NORMAL and not recovered)
            ):
                found.append((result, level))
        if not found:
            return []
        earlier, level = found[0]
        until = "a person waives it" if level.until is Until.WAIVED else "a normal one"
        return [
            Finding(
                outcome=Outcome.HOLD,
                message=f"{earlier} on {earlier.on} stands until {until}",
                facts=(earlier, newest, *self._own(view)),
                against=tuple(result for result, _ in found),
            )
        ]

    def _since_fever(self, view: View, newest: Result) -> Finding | None:
        """Find a fever that no count has answered; one without a figure counts as high."""
        rule = self.after_fever
        found = [] if rule is None else reports(view, rule.fever, rule.from_value_cel)
        unanswered = tuple(fever for fever in found if fever.on > newest.on)
        if rule is None or not unanswered:
            return None
        last = unanswered[-1]
        message = f"{last} on {last.on}, and no {self.title} of that day or later"
        facts = (last, newest)
        return Finding(outcome=rule.outcome, message=message, facts=facts, against=unanswered)

    def _start(self, question: Question, newest: Result, normal: Normal) -> Finding:
        view, age = question.view, (question.on - newest.on).days
        counted = view.series(self.code)[-normal.baselines :]
        low = [r for r in counted if isinstance(r.value, Decimal) and r.value < normal.at_least]
        facts = (*counted, *self._own(view))
        told = f"{newest} on {newest.on}, {self._range(view, normal)}"
        if low:
            message = f"before a start: {low[-1]} on {low[-1].on}"
            message += f", {self._range(view, normal)}"
            return Finding(outcome=self.not_normal, message=message, facts=facts)
        if len(counted) < normal.baselines:
            message = f"before a start {normal.baselines} counts are needed, there is one: {told}"
            return Finding(outcome=Outcome.UNKNOWN, message=message, facts=facts)
        if age > self.fresh_days:
            message = f"before a start: {told}: {age} days old; must be at most {self.fresh_days}"
            return Finding(outcome=Outcome.UNKNOWN, message=message, facts=facts)
        return Finding(outcome=Outcome.MET, message=told, facts=facts)

    def _range(self, view: View, normal: Normal) -> str:
        held = f"normal from {normal.at_least.normalize():f} {view.unit(self.code)}"
        for answer in self._own(view):
            title = view.timeline.catalogue.facts[answer.fact].title
            held += f" ({title}, recorded by {answer.by} on {answer.on})"
        return held

    def _own(self, view: View) -> tuple[Answer, ...]:
        newest, own = view.newest(self.code), self.own_normal
        answer = own.answer(view) if own is not None else None
        if own is None or answer is None or newest is None or not own.covers(view, newest):
            return ()
        return (answer,)
