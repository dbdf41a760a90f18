"""The newest count of a daily drug by levels, as a short form of `compared`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.faults import Fault, not_numbers, rows_with_gaps
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import DAILY, Rule
from monitor.domain.rules.beyond import Beyond, Until, met_until
from monitor.domain.rules.compared import BeforeStart, Compared, Own
from monitor.domain.rules.normal import Normal, OwnNormal, not_normal, own_rows_with_gaps
from monitor.domain.rules.phased_count import PhasedCount
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.rules.symptom_findings import AfterFever
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """What a count below a value means at the gate."""

    below: Decimal
    outcome: Outcome
    until: Until = Until.NEWER

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a count that is met, and is to be made good."""
        yield from met_until(self.outcome, self.until)


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

    def answered_by(
        self, catalogue: Catalogue, checks: Sequence[Rule]
    ) -> tuple[dict[str, str], ...]:
        """Give its code with its levels."""
        return self.compared().answered_by(catalogue, checks)

    def judge(self, question: Question) -> Finding | None:
        """Weigh the newest count, what an earlier low one left behind, and a start."""
        return self.compared().judge(question)

    def never_final(self, view: View) -> Finding | None:
        """Find preliminary counts that would stand until a person waives them, were they final."""
        return self.compared().never_final(view)

    def compared(self) -> Compared:
        """Write it out."""
        own = self.own_normal
        return Compared(
            name=self.name,
            title=self.title,
            cites=self.cites,
            code=self.code,
            rows=_rows(self.normal.at_least, self.levels),
            own=None
            if own is None
            else Own(
                fact=own.fact,
                value=own.value,
                times=own.baselines,
                rows=_rows(own.at_least, self.own_levels or self.levels),
            ),
            before_start=BeforeStart(
                outcome=self.not_normal,
                fresh_days=self.fresh_days,
                times=self.normal.baselines,
                restart_after_days=self.restart_after_days,
            ),
            after_fever=self.after_fever,
        )


def _rows(normal: Decimal, levels: Sequence[Level]) -> tuple[Beyond, ...]:
    """List rows from the lowest on, as the first that fits counts; the last one to the normal."""
    return tuple(
        Beyond(below=min(level.below, normal), outcome=level.outcome, until=level.until)
        for level in sorted(levels, key=lambda level: level.below)
    )
