"""Values that must be measured again: critical ones, and samples that were not fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Result, Waiver
from monitor.domain.faults import Fault, no_warning_of, no_word_of, nothing_wrong
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.critical_result import CriticalResult
from monitor.domain.rules.critical_runs import CriticalRun
from monitor.domain.rules.expectations import Asked, CheckRule, Expectation, Fulfilment
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalRepeat(CheckRule):
    """The same code again, soon after a critical value began to stand."""

    kind = "critical_repeat"
    acts_where = ALWAYS
    is_by_code = True

    of: str  # the warning rule, of kind critical_result
    due_days: int  # after the first value of the run
    overdue_after_days: int

    schedule_faults = nothing_wrong

    def faults_beside(self, rules: Sequence[Rule]) -> Iterator[Fault]:
        """Find another warning named that is none."""
        known = [rule.name for rule in rules if isinstance(rule, CriticalResult)]
        yield from no_warning_of("of", self.of, known)

    def asked(self, warnings: Sequence[Rule], view: View, _until: date) -> Iterator[Asked]:
        """Expect what the warning asks for, each code for itself."""
        of = next((rule for rule in warnings if rule.name == self.of), None)
        return self.by_code(of, view) if isinstance(of, CriticalResult) else iter(())

    def by_code(self, rule: CriticalResult, view: View) -> Iterator[Asked]:
        """Expect one for every run; any later value of its code does it."""
        expected: dict[str, list[Expectation]] = {}
        for number, run in rule.numbered(view.if_kept()):
            first = run.values[0]
            expected.setdefault(run.row.code, []).append(
                Expectation(
                    occurrence=number,
                    opens=first.on + days(1),
                    due=first.on + days(self.due_days),
                    overdue_after=first.on + days(self.overdue_after_days),
                    anchor=first,
                    about=run.row.code,
                )
            )
        for code, expectations in expected.items():
            yield (
                expectations,
                [
                    Fulfilment(on=result.on, oldest=result.on, facts=(result,))
                    for result in view.between(code, expectations[0].opens, view.day)
                ],
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class AlsoBy:
    """Results of other codes that together answer a sample that was not fit."""

    codes: tuple[str, ...]  # of the samples
    panel: tuple[str, ...]  # a value of each
    word: str | None = None  # of the codes that are words, what they must say

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a panel that never could, or whatever it says."""
        codes = [catalogue.results[name] for name in self.panel if name in catalogue.results]
        spoken = [code for code in codes if code.words]
        for code in spoken if self.word is not None else ():
            yield from no_word_of(("word",), code, self.word or "")
        if spoken and self.word is None:
            words = f"'{spoken[0].name}' would do it whatever it says"
            yield (), f"{words}: add for instance `word: {spoken[0].words[0]}`"
        if codes and not spoken and self.word is not None:
            yield ("word",), f"'{codes[0].name}' is a number, not a word: leave `word` out"

    def find(self, view: View, report: Result) -> Fulfilment | None:
        """Find the first whole panel, all of it of the day of the sample or later."""
        if report.code not in self.codes:
            return None
        found = [
            next((r for r in view.between(code, report.on, view.day) if self._says(r)), None)
            for code in self.panel
        ]
        parts = tuple(part for part in found if part is not None)
        if len(parts) < len(found):
            return None
        on = [part.on for part in parts]
        return Fulfilment(on=max(on), oldest=min(on), facts=parts)

    def _says(self, result: Result) -> bool:
        return isinstance(result.value, Decimal) or self.word in (None, result.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleRepeat(CheckRule):
    """The same code again, soon after samples of a day that were not fit.

    Not while `critical_repeat` asks for the same code already.
    """

    kind = "sample_repeat"
    acts_where = ALWAYS
    is_by_code = True

    of: str  # the warning rule, of kind critical_result
    due_days: int  # after the day of the samples
    overdue_after_days: int
    not_of: tuple[str, ...] = ()  # codes that are measured and not drawn: no sample is asked for
    also_by: tuple[AlsoBy, ...] = ()

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find panels that stand for a code and never could, or whatever they say."""
        for number, row in enumerate(self.also_by):
            for inside, words in row.faults(catalogue):
                yield ("also_by", number, *inside), words

    def faults_beside(self, rules: Sequence[Rule]) -> Iterator[Fault]:
        """Find another warning named that is none."""
        known = [rule.name for rule in rules if isinstance(rule, CriticalResult)]
        yield from no_warning_of("of", self.of, known)

    def is_measured(self, code: str) -> bool:
        """Say whether a code is one that it does not ask for."""
        return code in self.not_of

    def answers_to(self, warnings: Sequence[Rule], view: View, report: Result) -> list[Fulfilment]:
        """List what answers a sample of the warning that it is of."""
        of = self._warning(warnings)
        return self._answers_to(of, view, report) if of else []

    def _warning(self, warnings: Sequence[Rule]) -> CriticalResult | None:
        of = (w for w in warnings if isinstance(w, CriticalResult) and w.name == self.of)
        return next(of, None)

    def _answers_to(self, rule: CriticalResult, view: View, report: Result) -> list[Fulfilment]:
        """List what answers a sample that was not fit, the first at the head.

        That is what answers its code, or a whole panel of others that stands for it; not for one
        that said something critical before it was found unfit, for which the gate waits.
        """
        own = [Fulfilment(on=r.on, oldest=r.on, facts=(r,)) for r in view.answers_to(report)]
        before = view.until(own[0].on - days(1)) if own else view  # its own code answers for good
        if rule.speaks_of(before, report):
            return own
        panels = (panel for row in self.also_by if (panel := row.find(view, report)) is not None)
        return sorted((*own, *panels), key=lambda evidence: evidence.on)

    def asked(self, warnings: Sequence[Rule], view: View, _until: date) -> Iterator[Asked]:
        """Expect what the warning asks for, each code for itself."""
        of = self._warning(warnings)
        return self._by_code(of, view) if of else iter(())

    def _by_code(self, rule: CriticalResult, view: View) -> Iterator[Asked]:
        """Expect one for every code and day; what answers all its samples does it.

        Not where all of them were old when they were first seen: that day is long past.
        """
        by_day: dict[tuple[str, date], list[Result]] = {}
        places: dict[int, int] = {}
        for place, report in enumerate(view.timeline.unfit, start=1):
            places[report.event] = place
            if report.on <= view.day and report.code not in self.not_of:
                by_day.setdefault((report.code, report.on), []).append(report)
        open_runs = self._not_repeated(rule, view) if by_day else []
        for (code, on), reports in by_day.items():
            if not any(rule.is_in_time(report) for report in reports):
                continue
            if any(self._is_asked(run, waiver, reports) for run, waiver in open_runs):
                continue
            expected = Expectation(
                occurrence=reports[0].number or places[reports[0].event],
                opens=on,
                due=on + days(self.due_days),
                overdue_after=on + days(self.overdue_after_days),
                anchor=reports[0],
                about=code,
            )
            yield [expected], min((self._answers_to(rule, view, r) for r in reports), key=len)

    def _not_repeated(
        self, rule: CriticalResult, view: View
    ) -> list[tuple[CriticalRun, Waiver | None]]:
        """List the runs that nobody has repeated, with what was taken back, and who waived that."""
        known = (w for w in view.timeline.of(Waiver) if w.on <= view.day)
        waived = {w.anchor: w for w in known if w.rule not in (self.name, self.of)}
        return [
            (run, waived.get(run.values[0].identity))
            for run in rule.runs(view.if_kept())
            if not view.between(run.row.code, run.values[0].on + days(1), view.day)
        ]

    def _is_asked(self, run: CriticalRun, waiver: Waiver | None, reports: Sequence[Result]) -> bool:
        """Say whether the repeat of a run asks for the same, or was waived by who had seen these.

        So it is of a value of the run, and of a sample that was taken to repeat it in time.
        """
        if reports[0].code != run.row.code or not (waiver is None or waiver.covers(reports)):
            return False
        first, values = run.values[0].on, {value.event for value in run.values}
        in_time = first <= reports[0].on <= first + days(self.overdue_after_days)
        return in_time or all(report.event in values for report in reports)
