"""A value held against figures and the baseline: what the newest means at the gate, by its row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Answer, Result
from monitor.domain.faults import Fault, no_answer_of, not_numbers, not_positive
from monitor.domain.finding import Finding, gravest
from monitor.domain.intake import would_start
from monitor.domain.outcome import Outcome
from monitor.domain.recorded import RecordedAnswer
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.beyond import Beyond, Until, before_first, normal_from, rows_wrong
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.rules.symptom_findings import AfterFever
from monitor.domain.view import View
from monitor.domain.waiting import missing_final, unfit


@dataclass(frozen=True, kw_only=True, slots=True)
class Own(RecordedAnswer):
    """Other rows, where somebody recorded by name that the patient has another range."""

    rows: tuple[Beyond, ...]
    times: int | None = None  # values in range before a start; None: as for all


@dataclass(frozen=True, kw_only=True, slots=True)
class BeforeStart:
    """What a start of a daily drug needs besides: so many values in range, the newest fresh."""

    outcome: Outcome  # of one that is not in range
    fresh_days: int
    times: int = 1
    restart_after_days: int  # an interruption so long makes the next dose a start


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared(RequirementRule):
    """The newest value of a code, by the first row that it is in; in none it is in range."""

    kind = "compared"
    acts_where = ALWAYS
    of_daily = ("own", "before_start")
    means: ClassVar = {
        "rows": "the first that fits counts",
        "otherwise": "in no row, which is in range",
        "own": "where somebody recorded it by name",
        "before_start": "the newest so many are in range",
        "fresh": "so old it still counts",
    }

    code: str
    rows: tuple[Beyond, ...]
    own: Own | None = None
    otherwise: Outcome = Outcome.MET
    fresh_days: int | None = None  # exactly so old is still fresh; None: however old
    before_start: BeforeStart | None = None
    after_fever: AfterFever | None = None

    turns = never_turns

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find rows that compare nothing, and answers that cannot be."""
        yield from not_numbers(("code",), [self.code], catalogue)
        yield from rows_wrong(("rows",), self.rows, catalogue, "outcome", "hold")
        if (own := self.own) is not None:
            yield from rows_wrong(("own", "rows"), own.rows, catalogue, "outcome", "hold")
            yield from no_answer_of(("own", "value"), own.fact, own.value, catalogue)
            yield from not_positive(("own", "times"), own.times != 0, "2")
            if own.times is not None and self.before_start is None:
                yield ("own", "times"), "never acts without `before_start`: leave it out"
        if self.before_start is not None:
            yield from not_positive(("before_start", "times"), self.before_start.times > 0, "2")

    def answered_by(
        self, catalogue: Catalogue, _checks: Sequence[Rule]
    ) -> tuple[dict[str, str], ...]:
        """Give its code with the rows in which a value may be."""
        rows = "; ".join(row.in_words("rows", self.code, catalogue) for row in self.rows)
        return ({self.code: rows},)

    def judge(self, question: Question) -> Finding | None:
        """Weigh the newest value, what an earlier one left behind, its age, and a start."""
        view = question.view
        series, again = view.series(self.code), unfit(view.waiting(self.code))
        if not series:
            return again or Finding(outcome=Outcome.UNKNOWN, message=f"no {self.title} on record")
        newest = series[-1]
        beside, wait = view.lowered_beside(newest.on), question.protocol.demands
        if self.own and beside and newest.on < beside.on + days(wait.counts_from_days):
            # Another drug has lowered it: so low is ordinary for nobody.
            return replace(self, own=None).judge(question)
        left = self._left_behind(view, series)
        findings = [self._by_row(view, series), *left]
        besides = (
            again,
            self.after_fever and self.after_fever.judge(view, newest, self.title),
            self._too_old(question, newest),
        )
        findings += [finding for finding in besides if finding]
        start = self.before_start
        if start and would_start(view.dosing, question.on, start.restart_after_days):
            # First: of equals it is the one that lists every value a start needs.
            findings.insert(0, self._start(question, start, series))
        return _apart(findings) if left else gravest(findings)

    def never_final(self, view: View) -> Finding | None:
        """Find preliminary values that would stand until a person waives them, were they final."""
        newest = view.newest(self.code)
        reports = [result for result in view.overtaken() if result.code == self.code]
        rows = ((result, self._row(view, [result], newest or result)[0]) for result in reports)
        found = [result for result, row in rows if row and row.until is Until.WAIVED]
        return missing_final(found, [newest] if newest else [])

    def _range(self, view: View, newest: Result) -> Sequence[Beyond]:
        own = self.own
        return own.rows if own is not None and own.covers(view, newest) else self.rows

    def _row(
        self, view: View, series: Sequence[Result], newest: Result
    ) -> tuple[Beyond | None, bool]:
        """Find the row of the last value of a series, and whether it can be told at all.

        What is in range was known when the newest value was; the drug must go on for other rows.
        """
        rows, own, baseline = self._range(view, newest), self.own, None
        if any(row.compares for row in (*rows, *self.rows)):
            baseline = before_first(view, self.code)
        if all(row.fits(view, series, baseline) is False for row in rows):
            return None, True
        first = own.rows if own is not None and own.excuses(view, series[-1]) else self.rows
        fits = ((row, row.fits(view, series, baseline)) for row in (*first, *rows))
        return next((row, is_so is True) for row, is_so in fits if is_so is not False)

    def _by_row(self, view: View, series: Sequence[Result]) -> Finding:
        newest = series[-1]
        row, is_told = self._row(view, series, newest)
        facts, outcome = [newest], self.otherwise
        if row is not None:
            baseline = before_first(view, self.code) if row.compares else None
            facts += [baseline] if baseline and baseline is not newest else []
            facts += series[-(row.times or 1) : -1]
            beside = row.also.find(view, newest) if row.also else None
            facts += [beside] if beside else []
            outcome = row.outcome if is_told and row.outcome else Outcome.UNKNOWN
        return Finding(
            outcome=outcome,
            message=self._told(view, series, newest),
            facts=(*facts, *self._own_answer(view, newest)),
            # The newest value that stops cannot be waived away (docs/decisions/0006).
            waivable=outcome is not Outcome.STOP,
        )

    def _left_behind(self, view: View, series: Sequence[Result]) -> list[Finding]:
        """Find values that a newer one does not make good."""
        newest, found, recovered = series[-1], [], False
        ends = {row.until for row in (*self.rows, *(self.own.rows if self.own else ()))}
        if ends <= {None, Until.NEWER}:
            return []
        for last in range(len(series), 0, -1):
            row, is_told = self._row(view, series[:last], newest)
            until = row.until if row is not None and is_told else None
            if row is None:
                recovered = True
            elif last < len(series) and (
                until is Until.WAIVED or (until is Until.NORMAL and not recovered)
            ):
                found.append((series[last - 1], until))
        if not found:
            return []
        earlier, until = found[0]
        ended = "a person waives it" if until is Until.WAIVED else "a normal one"
        return [
            Finding(
                outcome=Outcome.HOLD,
                message=f"{earlier} on {earlier.on} stands until {ended}",
                facts=(earlier, newest, *self._own_answer(view, newest)),
                against=tuple(result for result, _ in found),
            )
        ]

    def _too_old(self, question: Question, newest: Result) -> Finding | None:
        age = (question.on - newest.on).days
        if self.fresh_days is None or age <= self.fresh_days:
            return None
        message = f"{newest} on {newest.on}: {age} days old; must be at most {self.fresh_days}"
        since = newest.on + days(self.fresh_days + 1)
        return Finding(outcome=Outcome.UNKNOWN, message=message, facts=(newest,), since=since)

    def _start(self, question: Question, start: BeforeStart, series: Sequence[Result]) -> Finding:
        view, newest = question.view, series[-1]
        own = self._own_answer(view, newest)
        times = self.own.times if own and self.own and self.own.times else start.times
        last = range(len(series), max(len(series) - times, 0), -1)
        out = [n for n in last if self._row(view, series[:n], newest)[0] is not None]
        facts, age = (*series[-times:], *own), (question.on - newest.on).days
        told, outcome, since = self._told(view, series, newest), Outcome.UNKNOWN, None
        if out:
            told = f"before a start: {self._told(view, series[: out[0]], newest)}"
            outcome = start.outcome
        elif len(last) < times:
            told = f"before a start {times} values are needed, on record is {len(last)}: {told}"
        elif age > start.fresh_days:
            told = f"before a start: {told}: {age} days old; must be at most {start.fresh_days}"
            since = newest.on + days(start.fresh_days + 1)
        else:
            outcome = Outcome.MET
        return Finding(outcome=outcome, message=told, facts=facts, since=since)

    def _told(self, view: View, series: Sequence[Result], newest: Result) -> str:
        """Say the last value of a series, its row, and whose range it was held against."""
        told = f"{series[-1]} on {series[-1].on}"
        row, is_told = self._row(view, series, newest)
        normal = normal_from(self._range(view, newest))
        if normal is not None:
            told += f", normal from {normal.normalize():f} {view.unit(self.code)}"
        elif row is not None:
            says = row.says(self.code, view.timeline.catalogue)
            told += f", {says}" if is_told else f": whether it is {says} cannot be told"
        for answer in self._own_answer(view, newest):
            title = view.timeline.catalogue.facts[answer.fact].title
            told += f" ({title}, recorded by {answer.by} on {answer.on})"
        return told

    def _own_answer(self, view: View, newest: Result) -> tuple[Answer, ...]:
        answer = self.own.answer(view) if self.own is not None else None
        is_own = self.own is not None and self.own.covers(view, newest)
        return (answer,) if answer is not None and is_own else ()


def _apart(findings: Sequence[Finding]) -> Finding:
    """Choose the gravest; who waives what an earlier value left has not waived a missing newer."""
    missing = [found for found in findings if found.outcome is Outcome.UNKNOWN]
    worst = gravest([found for found in findings if found not in missing])
    if not missing or not worst.waivable:
        return worst
    besides = gravest(missing)
    return replace(
        worst,
        message=f"{worst.message}; {besides.message}",
        facts=tuple(dict.fromkeys((*worst.facts, *besides.facts))),
        besides=besides,
    )
