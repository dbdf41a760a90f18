"""A value held against figures and the baseline: a requirement by its rows, and a warning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, not_numbers
from monitor.domain.finding import Finding, gravest
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.rule import ALWAYS
from monitor.domain.rules.beyond import Beyond
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View
from monitor.domain.waiting import unfit


def before_first(view: View, code: str, doses: Sequence[Event] | None = None) -> Result | None:
    """Find the newest value of a code of a day up to the first infusion's: the baseline."""
    given = view.infusions if doses is None else doses
    if not given:
        return None
    known = [result for result in view.series(code) if result.on <= given[0].on]
    return known[-1] if known else None


def _doses(view: View) -> Sequence[Event]:
    """List the infusions, else the beginnings of a daily drug."""
    return view.infusions or view.begun


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared(RequirementRule):
    """The newest value of a code, by the first row that it is in."""

    kind = "compared"
    acts_where = ALWAYS
    means: ClassVar = {
        "rows": "the first that fits counts",
        "otherwise": "in no row",
        "fresh": "so old it still counts",
    }

    code: str
    rows: tuple[Beyond, ...]
    otherwise: Outcome = Outcome.MET
    fresh_days: int | None = None  # exactly so old is still fresh; None: however old

    turns = never_turns

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find rows that compare nothing, or that no value reaches."""
        yield from _rows_wrong("rows", self.code, self.rows, catalogue, "outcome", "hold")
        for number, row in enumerate(self.rows):
            before = (earlier for earlier in self.rows[:number] if earlier.is_by_figures)
            if any(earlier.takes_all_of(row) for earlier in before):
                yield ("rows", number), "no value reaches it: the rows before take them all"

    def judge(self, question: Question) -> Finding | None:
        """Find the row of the newest value; what cannot be compared is unknown."""
        view = question.view
        series, again = view.series(self.code), unfit(view.waiting(self.code))
        if not series:
            none = Finding(outcome=Outcome.UNKNOWN, message=f"no {self.title} on record")
            return again or none
        newest, baseline = series[-1], before_first(view, self.code, _doses(view))
        findings = [self._by_row(view, series, baseline), *([again] if again else [])]
        age = (question.on - newest.on).days
        if self.fresh_days is not None and age > self.fresh_days:
            words = f"{newest} on {newest.on}: {age} days old; "
            words += f"must be at most {self.fresh_days}"
            findings.append(Finding(outcome=Outcome.UNKNOWN, message=words, facts=(newest,)))
        return gravest(findings)

    def _by_row(self, view: View, series: Sequence[Result], baseline: Result | None) -> Finding:
        newest = series[-1]
        facts = (newest, *((baseline,) if baseline not in (None, newest) else ()))
        told, outcome = f"{newest} on {newest.on}", self.otherwise
        for row in self.rows:
            fits = row.fits(view, series, baseline)
            if fits is False:
                continue
            said = row.says(self.code, view.timeline.catalogue)
            told += f", {said}" if fits else f": whether it is {said} cannot be told"
            outcome = row.outcome if fits and row.outcome else Outcome.UNKNOWN
            facts = (*facts, *series[-(row.times or 1) : -1])
            if row.also is not None and (beside := row.also.find(view, newest)) is not None:
                facts = (*facts, beside)
            break
        waivable = outcome is not Outcome.STOP  # docs/decisions/0006
        return Finding(outcome=outcome, message=told, facts=facts, waivable=waivable)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgainstBaseline(WarningRule):
    """The newest value of a code is beyond a fixed value, or far from the baseline."""

    kind = "against_baseline"
    acts_where = ALWAYS
    means: ClassVar = {
        "beyond": "the gravest counts; % of the value before the first infusion",
    }

    code: str
    beyond: tuple[Beyond, ...]  # the gravest that holds counts

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a code that is no number, and rows that compare nothing."""
        yield from _rows_wrong("beyond", self.code, self.beyond, catalogue, "severity", "caution")

    @property
    def may_be_grave(self) -> bool:
        """Say whether it may speak at the gate: each row is as grave as it says."""
        return True

    def find(self, view: View) -> Iterator[Alert]:
        """Find the unbroken run of values as grave as the newest: a graver one is told anew."""
        series, given = view.series(self.code), _doses(view)
        baseline = before_first(view, self.code, given)
        severity = self._gravest(view, series, baseline) if series else None
        if severity is None:
            return
        first, newest = len(series) - 1, series[-1]
        while first > 0:
            reached = self._gravest(view, series[:first], baseline)
            if reached is None or reached.rank < severity.rank:
                break
            first -= 1
        compares = any(row.compares for row in self.beyond)
        compared = _compared(view, baseline) if compares else ""
        facts = [*series[first:]]
        if baseline is not None and baseline not in facts:
            facts.insert(0, baseline)
        yield Alert(
            since=series[first].on,
            until=None,
            message=f"{self.message} {newest} on {newest.on}{compared}.",
            facts=tuple(facts),
            anchor=series[first],
            severity=severity,
        )

    def _gravest(
        self, view: View, series: Sequence[Result], baseline: Result | None
    ) -> Severity | None:
        """Find the gravest row; beside a fixed value what cannot be told counts as passed.

        Alone it does not, else everybody without a baseline would be warned of.
        """
        found = []
        for row in self.beyond:
            fits = row.fits(view, series, baseline)
            if (row.is_fixed if fits is None else fits) and row.severity is not None:
                found.append(row.severity)
        return max(found, key=lambda severity: severity.rank, default=None)


def _compared(view: View, baseline: Result | None) -> str:
    dose = "infusion" if view.infusions or not view.begun else "dose"
    if not _doses(view):
        return f"; before any {dose}"
    if baseline is None:
        return f"; no value from before the first {dose} to compare with"
    return f"; before the first {dose} {baseline} on {baseline.on}"


def _rows_wrong(
    key: str, code: str, rows: Sequence[Beyond], catalogue: Catalogue, says: str, example: str
) -> Iterator[Fault]:
    yield from not_numbers(("code",), [code], catalogue)
    for number, row in enumerate(rows):
        for inside, words in row.faults(says, example):
            yield (key, number, *inside), words
        if row.also is not None:
            yield from not_numbers((key, number, "also", "code"), [row.also.code], catalogue)
