"""Runs of a daily drug: from its starts or stops, and more often while a value is out of range.

Steps begin a run and end it. A value that is out of range takes over: it is repeated, then
measured as often as its row says until one is in range, then, after a grave one, so many times
more; then the phases go on where they were left. Then a stop ends nothing: only a value in range
on its day or later does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from monitor.domain.dates import Span, days
from monitor.domain.facts import DoseAction, Dosing, Event, Result
from monitor.domain.intake import clocks
from monitor.domain.rules.more_often import MoreOften
from monitor.domain.rules.phases import Phase, Run
from monitor.domain.rules.runs import Again
from monitor.domain.view import View

_NEVER_DAYS = 366 * 150  # no rest is so long


def _steps(view: View, again: Again) -> Iterator[tuple[Dosing, bool]]:
    """Go through the steps from which time counts anew, each with True, and the stops."""
    begun = {step.event for step in clocks(view.dosing, again.rest_days or _NEVER_DAYS)}
    mg, taken = None, False
    for step in view.dosing:
        is_stop = step.action is DoseAction.STOP and taken
        is_new = step.event in begun or (taken and again.is_after(step, mg))
        taken, mg = not is_stop and (taken or is_new), step.mg or mg
        if is_stop or is_new:
            yield step, is_new


@dataclass(kw_only=True, slots=True)
class Taking:
    """Where the phases, and a value out of range, stand after the facts so far."""

    view: View
    phases: tuple[Phase, ...]
    lasts: Span | None
    more_often: MoreOften | None
    runs: list[Run] = field(default_factory=list)  # those that are over
    clock: Dosing | None = None  # from which the phases count; None: nothing is asked
    back: Result | None = None  # the value with which the phases went on
    shift: timedelta = timedelta()  # by which values out of range have put the phases off
    newest: Result | None = None
    out: Result | None = None  # the newest value, where it is out of range
    is_first: bool = False  # the value before it was in range
    out_since: date | None = None  # until the phases go on
    was_grave: bool = False
    recovering: Result | None = None  # the last one that counted of those after a grave one
    recovered: int = 0
    is_stopped: bool = False

    def go_through(self, again: Again, *, from_stop: bool) -> "Taking":
        """Go through what is on record."""
        facts: list[tuple[Event, bool]] = [
            (step, is_new != from_stop) for step, is_new in _steps(self.view, again)
        ]
        if self.more_often is not None:
            kept = self.view.added.get(self.more_often.code, ())
            for result in self.view.series(self.more_often.code):
                is_out = self.more_often.is_out(self.view, result)
                if is_out or result not in kept:  # one in range, taken back, ends nothing
                    facts.append((result, is_out))
        # On one day the value comes first: it was taken before the dose.
        for fact, is_so in sorted(facts, key=lambda f: (f[0].on, not isinstance(f[0], Result))):
            if isinstance(fact, Result):
                self.newest = fact
                (self._go_out if is_so else self._come_in)(fact)
            else:
                assert isinstance(fact, Dosing)
                (self._begin if is_so else self._stop)(fact)
        return self

    def needed_by(self) -> date | None:
        """Count from the newest value, or from the start where that came later; None: no more are.

        Not from the calendar: there a value that came too early does no check, and without it
        the next one might be due later.
        """
        clock, newest = self.clock, self.newest
        if clock is None:
            return None
        first = next(Run(anchor=clock, phases=self.phases).places())
        if newest is None or newest.on < first.opens:
            return first.overdue_after
        since, now = max(newest.on, clock.on), self._now(self.view.day)
        if now is not None and now.phases is not self.phases:
            return since + (next(now.places()).overdue_after - now.anchor.on)
        ends = ((phase, phase.end) for phase in self.phases)
        phase = next(p for p, e in ends if e is None or since < e.after(clock.on) + self.shift)
        assert phase.every is not None
        return phase.every.after(since) + days(phase.overdue_days or 0)

    def all_runs(self) -> list[Run]:
        """List the runs that are over, and the one that goes on."""
        return self._until(self.view.day)

    def _until(self, day: date) -> list[Run]:
        now = self._now(day)
        return [*self.runs, now] if now else self.runs

    def _now(self, day: date) -> Run | None:
        """Find the run that goes on until a day."""
        if self.clock is None:
            return None
        if self.out is not None:
            return self._soon(self.out, day)
        if self.recovering is not None:
            return self._recovery(self.recovering)
        end = self.lasts.after(self.clock.on) + self.shift if self.lasts else None
        again = self.back or self.clock
        return Run(
            anchor=again, phases=self.phases, begun=self.clock.on, shift=self.shift,
            back=again.on, end=end,
        )  # fmt: skip

    def _soon(self, out: Result, until: date) -> Run:
        assert self.more_often is not None
        row = self.more_often.often(self.view, out, min(until, self.view.day))
        wait, late, again = row.every_days, row.overdue_days, self.more_often.repeat_days
        if self.is_first and again is not None and again <= wait:
            wait, late = again, 0
        return _once(out, opens=1, due=wait, late=late)

    def _recovery(self, last: Result) -> Run:
        assert self.more_often is not None
        assert self.more_often.recovery is not None
        row = self.more_often.recovery
        every = row.every_days
        return _once(last, opens=every - row.opens_days, due=every, late=row.overdue_days)

    def _close(self, day: date) -> None:
        """Keep what is asked for and has opened by a day: what comes now cannot undo it."""
        self.runs = [replace(r, stopped=min(r.stopped or day, day)) for r in self._until(day)]

    def _begin(self, step: Dosing) -> None:
        run, now = Run(anchor=step, phases=self.phases), self._now(step.on)
        first = next(run.places())
        if self.out or self.recovering:
            self.out_since = step.on  # what a value out of range asks for goes on
        elif now is not None and self.more_often is not None:
            self.runs.append(replace(now, stopped=first.opens - days(1)))
        elif now is not None:  # never later than it was due
            last = first.due - days(1)
            self.runs.append(replace(now, end=min(now.end or last, last)))
        self.clock, self.back, self.shift, self.is_stopped = step, None, timedelta(), False
        self.runs.append(replace(run, end=step.on))  # what is due on that day is asked for at once

    def _stop(self, step: Dosing) -> None:
        if self.more_often is None:
            self._end(step.on)
            return
        self.is_stopped = True
        newest = self.newest
        if self.out is None and newest is not None and newest.on == step.on:
            self._end(step.on)

    def _go_out(self, result: Result) -> None:
        assert self.more_often is not None
        self._close(result.on)
        self.is_first, self.out = self.out is None, result
        self.out_since = self.out_since or result.on
        row = self.more_often.often(self.view, result, min(result.on, self.view.day))
        self.was_grave = self.was_grave or row.recovery
        self.recovering = None

    def _come_in(self, result: Result) -> None:
        assert self.more_often is not None
        if self.is_stopped or self.clock is None:
            self._end(result.on)
        elif self.out is not None:
            self._close(result.on)
            self.out = None
            if self.was_grave:
                self.recovering, self.recovered = result, 0
            else:
                self._go_on(result)
        elif self.recovering is not None and self._counts(self.recovering, result):
            self._close(result.on)
            self.recovering, self.recovered = result, self.recovered + 1
            if self.more_often.recovery and self.recovered == self.more_often.recovery.times:
                self._go_on(result)

    def _counts(self, last: Result, result: Result) -> bool:
        return result.on >= next(self._recovery(last).places()).opens

    def _go_on(self, result: Result) -> None:
        """Go on with the phases where they were left: the time in between does not count."""
        assert self.out_since is not None
        self.shift += result.on - self.out_since
        self.back = result
        self.out_since, self.recovering, self.was_grave = None, None, False

    def _end(self, day: date) -> None:
        self._close(day)
        self.clock, self.out, self.recovering, self.out_since = None, None, None, None
        self.was_grave = self.is_stopped = False


def _once(fact: Event, *, opens: int, due: int, late: int) -> Run:
    """Ask for one check, so many days after a fact."""
    phase = Phase(at=(Span(days=due),), opens_days=due - opens, overdue_days=late)
    return Run(anchor=fact, phases=(phase,))
