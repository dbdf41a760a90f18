"""Values that a laboratory would telephone: the warning, and the gate."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, not_numbers
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.critical_runs import CriticalRow, CriticalRun, runs
from monitor.domain.rules.symptom_findings import signs
from monitor.domain.rules.warning import Alert, SafetyWarning, WarningRule, listed
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalResult(WarningRule):
    """A value that a laboratory would telephone stands until a newer one outside its row.

    One that was old when it was first seen is only a caution: what it asks for is a new one.
    """

    kind = "critical_result"
    acts_where = ALWAYS
    leads_gate = True
    awaits_final = True

    rows: tuple[CriticalRow, ...]
    old_after_days: int  # from its day to the day on which it was recorded
    symptom_within_days: int  # before the run's first value, and until its end
    emergency_message: str
    emergency_patient_message: str
    old_message: str

    @property
    def judged_codes(self) -> frozenset[str]:
        """Name the codes whose value alone it judges."""
        return frozenset(row.code for row in self.rows)

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find rows of codes that are no numbers."""
        yield from not_numbers(("rows",), [row.code for row in self.rows], catalogue)

    def reads(self, view: View) -> list[str]:
        """Name the codes that it judges, without those that a drug's own table does."""
        return [row.code for row in self.rows if row.code not in view.own_table]

    def is_said_by(self, warning: SafetyWarning, other: SafetyWarning) -> bool:
        """Say whether one as grave rests on the newest value of the run, or on both its ends."""
        code = getattr(warning.anchor, "code", None)
        values = [f for f in warning.facts if isinstance(f, Result) and f.code == code]
        newest = max(value.on for value in values)
        is_as_grave = other.severity.rank >= warning.severity.rank
        return is_as_grave and all(v in other.facts for v in values if v.on == newest)

    def find(self, view: View) -> Iterator[Alert]:
        """Find the runs that stand, and those that a symptom makes grave before they are final."""
        early = view.if_final() if view.timeline.waiting else view
        beside = self._beside_symptoms(early) if early.added else ()
        told = {alert.anchor.identity: alert for alert in beside}
        for alert in self._standing(view):
            yield told.pop(alert.anchor.identity, alert)
        yield from told.values()

    def _standing(self, view: View) -> Iterator[Alert]:
        for number, run in self.numbered(view):
            if run.stands:
                yield self._alert(view, run, number)

    def _beside_symptoms(self, early: View) -> Iterator[Alert]:
        """Find runs with a preliminary value that would be an emergency with a symptom on record.

        By itself such a value waits until it is final; who bleeds does not.
        """
        added = {result.event for result in early.all_added}
        for number, run in self.numbered(early):
            if not run.stands or not any(value.event in added for value in run.values):
                continue
            if self._symptoms(early, run):
                yield self._alert(early, run, number)

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """List what stands at the gate; what was old when it was first seen is a caution."""
        stands = list(self.find(view))
        grave = [alert for alert in stands if alert.severity is not Severity.CAUTION]
        told_already = {*said, *(fact for alert in grave for fact in alert.facts)}
        expected = [result for result in self._expected(view) if result not in told_already]
        if not grave and not expected:
            return listed(self, stands, said, cautions=True)
        told = [f"{result} on {result.on}, low as after a dose." for result in expected]
        finding = Finding(
            outcome=Outcome.HOLD,
            message=" ".join((*(alert.message for alert in grave), *told)),
            facts=(*(fact for alert in grave for fact in alert.facts), *expected),
            waivable=False,
        )
        return self, finding

    def _expected(self, view: View) -> Iterator[Result]:
        """Go through newest values that are expected to be low: no reason to give the next dose."""
        for row in self.rows:
            newest = view.newest(row.code)
            if newest is None or row.below is None or row.code in view.own_table:
                continue
            assert isinstance(newest.value, Decimal)
            if newest.value < row.below and not row.is_critical(newest, view):
                yield newest

    def speaks_of(self, view: View, report: Result) -> bool:
        """Say whether a report that does not count would be told of if it did, or had been final.

        It is told until a value of its own code counts: nothing else says how bad that is.
        """
        if report.once is None and report.early is None:  # of most
            return False
        kept = view.if_kept()
        return any(
            report.event == fact.event
            for other in (kept, kept.if_final())
            for alert in self.find(other)
            for fact in other.among_added(alert.facts)
        )

    def runs(self, view: View) -> list[CriticalRun]:
        """List every run on record, the one that began first at the head."""
        found = [
            run
            for row in self.rows
            if row.code not in view.own_table
            for run in runs(row, view, view.series(row.code))
        ]
        return sorted(found, key=lambda run: (run.values[0].on, run.values[0].event))

    def numbered(self, view: View) -> list[tuple[int, CriticalRun]]:
        """List every run with its number, in the order in which their first values became known.

        So a value that is typed in late, of an older day, gives no other run another number: what
        was told of that would be told again.
        """
        found = self.runs(view)
        known = sorted(run.values[0].known_since for run in found)
        return [(known.index(run.values[0].known_since) + 1, run) for run in found]

    def _alert(self, view: View, run: CriticalRun, number: int) -> Alert:
        newest = run.values[-1]
        severity, facts = self._severity(view, run)
        series = view.series(run.row.code)
        earlier = f"before it {series[-2]} on {series[-2].on}" if series[1:] else ""
        if run.before is not None and (not series[1:] or run.before is not series[-2]):
            earlier += f", before all of these {run.before} on {run.before.on}"
        words = {
            Severity.EMERGENCY: (self.emergency_message, self.emergency_patient_message),
            Severity.URGENT: (self.message, self.patient_message),
            Severity.CAUTION: (self.old_message, ""),
        }[severity]
        # Of other rows the value before says nothing: it is named, and no reason.
        before = (run.before,) if run.before is not None and run.row.compares else ()
        told = "; ".join(f"{v} on {v.on}" for v in run.values if v.on == newest.on)
        return Alert(
            since=run.values[0].on,
            until=None,
            message=f"{words[0]} {told}; {earlier or 'no value before it'}.",
            facts=(*before, *run.values, *facts),
            anchor=run.values[0],
            occurrence=number,
            severity=severity,
            patient_message=words[1],
        )

    def _severity(self, view: View, run: CriticalRun) -> tuple[Severity, tuple[Event, ...]]:
        # A value typed in late is one more: what was seen in time stands as it stood. Where all
        # came late only a symptom of these days makes more of them than a reason to repeat.
        in_time = self._in_time(run)
        row, newest = run.row, (in_time or run.values)[-1]
        assert isinstance(newest.value, Decimal)
        is_low = row.emergency_below is not None and newest.value < row.emergency_below
        # Named also where the value is enough: it was told on both while it was not final.
        beside = self._symptoms(view, run)
        if (in_time and is_low) or beside:
            return Severity.EMERGENCY, beside
        return self.severity if in_time else Severity.CAUTION, ()

    def _in_time(self, run: CriticalRun) -> list[Result]:
        return [value for value in run.values if self.is_in_time(value)]

    def is_in_time(self, result: Result) -> bool:
        """Say whether a result was not old yet when it was first seen."""
        return (result.recorded_on - result.on).days <= self.old_after_days

    def _symptoms(self, view: View, run: CriticalRun) -> tuple[Event, ...]:
        """Find the symptoms of these days that make an emergency of a run."""
        row, in_time = run.row, self._in_time(run)
        newest = (in_time or run.values)[-1]
        assert isinstance(newest.value, Decimal)
        limit = row.emergency_below_with_symptom
        if row.group is None or limit is None or newest.value >= limit:
            return ()
        since = run.values[0].on if in_time else newest.recorded_on
        return tuple(signs(view, row.group, since - days(self.symptom_within_days), view.day))
