"""Counts while a daily drug is taken: how often goes by time, and by the counts themselves.

Time gives the phases (weekly, later less often). A low count takes over: it is repeated, then
counted often until it is normal, then, after a grave one, so many times weekly; then the phase
goes on where it was left. A stop ends nothing: only a normal count on its day or later does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import takewhile

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.facts import DoseAction, Dosing, Event, Result
from monitor.domain.faults import Fault, not_numbers, rows_with_gaps
from monitor.domain.intake import clocks
from monitor.domain.rule import DAILY
from monitor.domain.rules.expectations import Count, CountRule, Expectation
from monitor.domain.rules.normal import (
    Normal,
    OwnNormal,
    normal_for,
    not_normal,
    own_rows_with_gaps,
)
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class CountPhase:
    """How often, until so long after the start; the last one has no end."""

    every: Span
    until: Span | None = None
    opens_days: int  # before the due day
    overdue_days: int  # after the due day


@dataclass(frozen=True, kw_only=True, slots=True)
class Often:
    """How often while the newest count is below a value; counted from that count."""

    below: Decimal
    every_days: int
    overdue_days: int  # after the due day
    recovery: bool = False  # once it is normal again, the checks of `recovery` follow


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """So many more checks once a count that was gravely low is normal again."""

    every_days: int
    times: int
    opens_days: int  # before the due day
    overdue_days: int  # after the due day


@dataclass(frozen=True, kw_only=True, slots=True)
class PhasedCount(CountRule):
    """A count by time on treatment, more often while it is low, until recovered after a stop."""

    kind = "phased_count"
    acts_where = DAILY

    code: str
    baseline_days: int  # before a start; due on its day
    phases: tuple[CountPhase, ...]
    normal: Normal
    own_normal: OwnNormal | None = None
    repeat_days: int  # after a first low count
    while_low: tuple[Often, ...]
    own_while_low: tuple[Often, ...] = ()  # of the patients with `own_normal`; none: as all
    recovery: Recovery
    restart_after_days: int  # an interruption so long starts the phases again

    @property
    def opens_ahead_days(self) -> int:
        """Give the fewest days before it is due on which one opens."""
        return min((phase.opens_days for phase in self.phases), default=0)

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find phases that do not follow each other, and low counts that no row answers."""
        yield from not_numbers(("code",), [self.code], catalogue)
        yield from self._phase_faults()
        yield from not_normal(self.normal, self.own_normal, catalogue)
        below = [row.below for row in self.while_low]
        yield from rows_with_gaps("while_low", below, self.normal.at_least)
        own = [row.below for row in self.own_while_low]
        yield from own_rows_with_gaps("own_while_low", own, self.own_normal)
        recovery = self.recovery
        if recovery.opens_days >= recovery.every_days:
            words = f"'{recovery.opens_days} days' before is longer than the time between"
            yield ("recovery", "opens"), f"{words}: write less than {recovery.every_days} days"

    def _phase_faults(self) -> Iterator[Fault]:
        ends = 0
        for number, phase in enumerate(self.phases):
            path = ("phases", number)
            least = phase.every.least_days
            if phase.opens_days >= least:
                words = f"'{phase.opens_days} days' before is longer than the time between"
                yield (*path, "opens"), f"{words}: write less than {least} days"
            is_last = phase is self.phases[-1]
            if (phase.until is None) != is_last:
                words = "the last phase has no end, and every other one has: "
                yield path, words + ("leave `until` out" if is_last else "add `until: 6 months`")
            if phase.until is not None and phase.until.least_days <= ends:
                words = f"'{phase.until}' is not later than the phase before"
                yield (*path, "until"), f"{words}: write more than {ends} days, from the start"
            if number and least < self.phases[number - 1].every.least_days:
                words = f"'{phase.every}' is more often than the phase before"
                yield (*path, "every"), f"{words}: phases grow longer"
            ends = phase.until.least_days if phase.until else ends

    @property
    def done_by(self) -> Count:
        """Give what does a check."""
        return Count(codes=(self.code,))

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect what each fact so far has asked for, and what the last one asks for still."""
        progress = self._progress(view)
        progress.keep(until)
        for number, asked in enumerate(progress.asked, start=1):
            yield replace(asked, occurrence=number)

    def needed_by(self, view: View) -> date | None:
        """Find the day by which the count after the newest is needed; None: no more are."""
        return self._progress(view).needed_by()

    def _progress(self, view: View) -> "_Progress":
        progress = _Progress(rule=self, view=view)
        starts = clocks(view.dosing, self.restart_after_days)
        steps = [s for s in view.dosing if s in starts or s.action is DoseAction.STOP]
        kept = view.added.get(self.code, ())
        for fact in _in_order(view.series(self.code), steps):
            if not isinstance(fact, Result) or progress.is_low(fact) or fact not in kept:
                progress.take(fact)  # a normal count that was taken back ends nothing
        return progress


def _in_order(results: Sequence[Result], steps: Sequence[Dosing]) -> Iterable[Result | Dosing]:
    """Merge both by day; on one day the count comes first, as it was taken before the dose."""
    return sorted([*results, *steps], key=lambda fact: fact.on)  # stable: results stay first


@dataclass(kw_only=True, slots=True)
class _Progress:
    """Where the phases, and a low count, stand after the facts so far."""

    rule: PhasedCount
    view: View
    asked: list[Expectation] = field(default_factory=list)
    clock: Dosing | None = None  # since when time on treatment counts; None: nothing is asked
    back: Result | None = None  # the count with which the phases went on
    shift: timedelta = timedelta()  # by which low counts have put the phases off
    newest: Result | None = None
    low: Result | None = None  # the newest count, where it is low
    is_first: bool = False  # the count before it was not low
    low_since: date | None = None  # until the phases go on
    was_grave: bool = False
    recovering: Result | None = None  # the last one that counted of those after a grave one
    recovered: int = 0
    is_stopped: bool = False

    def take(self, fact: Result | Dosing) -> None:
        """Go on to the next fact."""
        if isinstance(fact, Result):
            self.newest = fact
            if self.is_low(fact):
                self._lower(fact)
            else:
                self._normal(fact)
        elif fact.action is DoseAction.STOP:
            self._stop(fact)
        else:
            self._start(fact)

    def is_low(self, count: Result) -> bool:
        """Say whether a count is below the patient's normal range, as it was known then."""
        normal = normal_for(self.view, self.rule.normal, self.rule.own_normal, count)
        return isinstance(count.value, Decimal) and count.value < normal.at_least

    def keep(self, day: date) -> None:
        """Keep what is asked for and has opened by a day: what comes now cannot undo it."""
        self.asked += takewhile(lambda asked: asked.opens <= day, self._coming(day))

    def needed_by(self) -> date | None:
        """Count from the newest count, or from the start where that came later.

        Not from the calendar: there a count that came too early does no check, and without it
        the next one might be due later.
        """
        clock, newest = self.clock, self.newest
        if clock is None:
            return None
        if newest is None or newest.on < clock.on - days(self.rule.baseline_days):
            return clock.on
        since = max(newest.on, clock.on)
        if self.low is not None:
            return since + (self._soon(newest, self.view.day).overdue_after - newest.on)
        if self.recovering is not None:
            return since + (self._recovery(newest).overdue_after - newest.on)
        phase = self._phase_on(since, clock)
        return phase.every.after(since) + days(phase.overdue_days)

    def _phase_on(self, day: date, clock: Dosing) -> CountPhase:
        later = (p for p in self.rule.phases if p.until is None or day < self._end_of(p, clock))
        return next(later)

    def _end_of(self, phase: CountPhase, clock: Dosing) -> date:
        return phase.until.after(clock.on) + self.shift if phase.until else date.max

    def _coming(self, until: date) -> Iterator[Expectation]:
        if self.clock is None:
            return iter(())
        if self.low is not None:
            return iter([self._soon(self.low, until)])
        if self.recovering is not None:
            return iter([self._recovery(self.recovering)])
        return self._phases(self.clock, until)

    def _start(self, step: Dosing) -> None:
        opens = step.on - days(self.rule.baseline_days)
        if self.low is None and self.recovering is None:
            self.keep(opens - days(1))
        else:
            self.low_since = step.on  # what a low count asks for goes on
        self.clock, self.back, self.shift, self.is_stopped = step, None, timedelta(), False
        self.asked.append(_expectation(opens, step.on, 0, step))

    def _stop(self, step: Dosing) -> None:
        self.is_stopped = True
        newest = self.newest
        if self.low is None and newest is not None and newest.on == step.on:
            self._end(step.on)

    def _lower(self, result: Result) -> None:
        self.keep(result.on)
        self.is_first, self.low = self.low is None, result
        self.low_since = self.low_since or result.on
        self.was_grave = self.was_grave or self._often(result, result.on).recovery
        self.recovering = None

    def _normal(self, result: Result) -> None:
        if self.is_stopped or self.clock is None:
            self._end(result.on)
        elif self.low is not None:
            self.keep(result.on)
            self.low = None
            if self.was_grave:
                self.recovering, self.recovered = result, 0
            else:
                self._go_on(result)
        elif self.recovering is not None and result.on >= self._recovery(self.recovering).opens:
            self.keep(result.on)
            self.recovering, self.recovered = result, self.recovered + 1
            if self.recovered == self.rule.recovery.times:
                self._go_on(result)

    def _go_on(self, result: Result) -> None:
        """Go on with the phases where they were left: the time in between does not count."""
        assert self.low_since is not None
        self.shift += result.on - self.low_since
        self.back = result
        self.low_since, self.recovering, self.was_grave = None, None, False

    def _end(self, day: date) -> None:
        self.keep(day)
        self.clock, self.low, self.recovering, self.low_since = None, None, None, None
        self.was_grave = self.is_stopped = False

    def _often(self, result: Result, until: date) -> Often:
        """Find the row of a low count: the lowest that it is below, else the highest.

        Whether the drug goes on with it is asked until the next count, and no longer.
        """
        rule, until = self.rule, min(until, self.view.day)
        is_own = rule.own_normal is not None and rule.own_normal.excuses(self.view, result, until)
        own = rule.own_while_low if is_own else ()
        rows = sorted(own or rule.while_low, key=lambda row: row.below)
        below = (r for r in rows if isinstance(result.value, Decimal) and result.value < r.below)
        return next(below, rows[-1])

    def _soon(self, low: Result, until: date) -> Expectation:
        often = self._often(low, until)
        wait, late = often.every_days, often.overdue_days
        if self.is_first and self.rule.repeat_days <= wait:
            wait, late = self.rule.repeat_days, 0
        return _expectation(low.on + days(1), low.on + days(wait), late, low)

    def _recovery(self, last: Result) -> Expectation:
        recovery = self.rule.recovery
        due = last.on + days(recovery.every_days)
        return _expectation(due - days(recovery.opens_days), due, recovery.overdue_days, last)

    def _phases(self, clock: Dosing, until: date) -> Iterator[Expectation]:
        """Go through the phases; the last check of each is the first on or after its end."""
        anchor: Event = self.back or clock
        begins = Span()
        for phase in self.rule.phases:
            ends, number = self._end_of(phase, clock), 1
            while ends > anchor.on:
                due = self._due(phase, clock, begins, number)
                opens = due - days(phase.opens_days)
                if opens > until:
                    break
                yield _expectation(opens, due, phase.overdue_days, anchor)
                if due >= ends:
                    break
                number += 1
            begins = phase.until or begins

    def _due(self, phase: CountPhase, clock: Dosing, begins: Span, number: int) -> date:
        """Count months and weeks from where the phase began, or from where it went on."""
        step = phase.every.times(number)
        begun_on = begins.after(clock.on) + self.shift
        if self.back is not None and self.back.on > begun_on:
            return step.after(self.back.on)
        if step.months and begins.months:
            # Not from the clamped beginning, else the 31st is lost for good.
            return Span(months=begins.months + step.months).after(clock.on) + self.shift
        return step.after(begun_on)


def _expectation(opens: date, due: date, overdue_days: int, anchor: Event) -> Expectation:
    overdue_after = due + days(overdue_days)
    return Expectation(
        occurrence=0, opens=opens, due=due, overdue_after=overdue_after, anchor=anchor
    )
