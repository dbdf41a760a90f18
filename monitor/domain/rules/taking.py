"""Runs of a daily drug: from its starts or stops, and more often while a value is out of range.

Steps begin a run and end it. A value that is out of range takes over: it is repeated, then
measured as often as its row says until one is in range, then, after a grave one, so many times
more; then the phases go on where they were left. Then a stop ends nothing: only a value in range
on its day or later does.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from monitor.domain.dates import Span, days
from monitor.domain.facts import Dosing, Event, Result
from monitor.domain.rules.more_often import MoreOften
from monitor.domain.rules.phases import Phase, Run
from monitor.domain.rules.runs import Again, Then
from monitor.domain.view import View


@dataclass(kw_only=True, slots=True)
class Taking:
    """Where the phases, and a value out of range, stand after the facts so far."""

    view: View
    phases: tuple[Phase, ...]
    lasts: Span | None
    more_often: MoreOften | None
    runs: list[Run] = field(default_factory=list)  # those that are over
    clock: Dosing | None = None  # from which the phases count; None: nothing is asked
    back: Event | None = None  # with which the phases went on
    back_on: date = date.min  # on its day, or later
    left_on: date | None = None  # where they were left
    shift: timedelta = timedelta()  # by which they are put off
    again: Dosing | None = None  # it began the first phase again, and they wait for its end
    again_shift: timedelta = timedelta()  # by which that is put off
    newest: Result | None = None  # of the code that may take over
    out: Result | None = None  # the newest value, where it is out of range
    is_first: bool = False  # the value before it was in range
    out_since: date | None = None  # until one is in range, and recovered
    was_grave: bool = False
    recovering: Result | None = None  # the last one that counted of those after a grave one
    recovered: int = 0
    is_stopped: bool = False

    def go_through(self, again: Again, *, from_stop: bool) -> "Taking":
        """Go through what is on record."""
        facts: list[tuple[Event, bool]] = []
        goes_back = set()
        for step, is_new, is_again in again.steps(self.view):
            facts.append((step, is_new != from_stop))
            if is_again and again.then is Then.BACK:
                goes_back.add(step.event)
        if self.more_often is not None:
            kept = self.view.added.get(self.more_often.code, ())
            for result in self.view.series(self.more_often.code):
                is_out = self.more_often.is_out(self.view, result)
                if is_out or result not in kept:  # one in range, taken back, ends nothing
                    facts.append((result, is_out))
        # On one day the value comes first: it was taken before the dose.
        for fact, is_so in sorted(facts, key=lambda f: (f[0].on, not isinstance(f[0], Result))):
            self._settle(fact.on)
            if isinstance(fact, Result):
                self.newest = fact
                (self._go_out if is_so else self._come_in)(fact)
            else:
                assert isinstance(fact, Dosing)
                if is_so:
                    self._begin(fact, goes_back=fact.event in goes_back)
                else:
                    self._stop(fact)
        self._settle(self.view.day)
        return self

    def needed_by(self, newest: date | None) -> date | None:
        """Count from the newest value, or from the start where that came later; None: no more are.

        Not from the calendar: there a value that came too early does no check, and without it
        the next one might be due later.
        """
        if self.clock is None:
            return None
        first = next(Run(anchor=self.clock, phases=self.phases).places())
        if newest is None or newest < first.opens:
            return first.overdue_after
        begun, run = self.again or self.clock, self._now(self.view.day)[0]
        since = max(newest, begun.on)
        if run.begun is None:  # a value asks for the next one
            return since + (next(run.places()).overdue_after - run.anchor.on)
        for phase in run.phases:
            if phase.end is not None and since >= phase.end.after(begun.on) + run.shift:
                continue
            if phase.every is None:
                break
            due = phase.every.after(since)
            return None if run.end and due > run.end else due + days(phase.overdue_days or 0)
        coming = (place.overdue_after for place in run.places() if place.opens > since)
        return next(coming, None)

    def all_runs(self) -> list[Run]:
        """List the runs that are over, and the one that goes on."""
        return self._until(self.view.day)

    def _until(self, day: date) -> list[Run]:
        return [*self.runs, *self._now(day)]

    def _now(self, day: date) -> list[Run]:
        """Find what goes on until a day: one run, or the first phase again and what follows it."""
        if self.clock is None:
            return []
        if self.out is not None:
            return [self._soon(self.out, day)]
        if self.recovering is not None:
            return [self._recovery(self.recovering)]
        end = self.lasts.after(self.clock.on) + self.shift if self.lasts else None
        main = Run(
            anchor=self.back or self.clock, phases=self.phases, begun=self.clock.on,
            shift=self.shift, back=max(self.back_on, self.clock.on), end=end,
        )  # fmt: skip
        if self.again is None or self.left_on is None:
            return [main]
        is_back = self.back is not None and self.back_on > self.again.on
        first = Run(
            anchor=self.back if self.back and is_back else self.again, phases=self.phases[:1],
            begun=self.again.on, shift=self.again_shift, back=max(self.back_on, self.again.on),
        )  # fmt: skip
        over, wait = self._over(self.again), self._over(self.again) - self.left_on
        following = replace(
            main, anchor=self.again, back=over, shift=self.shift + wait, end=end and end + wait
        )
        return [first, following]

    def _over(self, again: Dosing) -> date:
        """Find the end of the first phase that was begun again."""
        return (self.phases[0].end or Span()).after(again.on) + self.again_shift

    def _settle(self, day: date) -> None:
        """Go back to the phases that were left, once the first one, begun again, is over."""
        if self.again is None or self.out is not None or self.recovering is not None:
            return
        over = self._over(self.again)
        if over <= day:
            self.runs.append(self._now(day)[0])
            self._resume(self.again, over)
            self.again = None

    def _resume(self, fact: Event, on: date) -> None:
        assert self.left_on is not None
        self.shift += on - self.left_on
        self.back, self.back_on, self.left_on = fact, on, None

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

    def _begin(self, step: Dosing, *, goes_back: bool) -> None:
        phases = self.phases[:1] if goes_back else self.phases
        run = Run(anchor=step, phases=phases)
        first, waits = next(run.places()), self.out is not None or self.recovering is not None
        for now in () if waits else self._now(step.on):
            if self.more_often is not None:
                self.runs.append(replace(now, stopped=first.opens - days(1)))
            else:  # never later than it was due
                last = first.due - days(1)
                self.runs.append(replace(now, end=min(now.end or last, last)))
        if goes_back:
            self.again, self.again_shift = step, timedelta()
            self.left_on = self.left_on or step.on
        else:
            self.clock, self.back, self.back_on, self.again = step, None, date.min, None
            self.shift, self.left_on = timedelta(), step.on if waits else None
        self.is_stopped = False
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
        self.out_since, self.left_on = self.out_since or result.on, self.left_on or result.on
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
        if self.again is None:
            self._resume(result, result.on)
        else:
            self.again_shift += result.on - max(self.out_since, self.again.on)
            self.back, self.back_on = result, result.on
        self.out_since, self.recovering, self.was_grave = None, None, False

    def _end(self, day: date) -> None:
        self._close(day)
        self.clock, self.out, self.recovering, self.again = None, None, None, None
        self.out_since, self.left_on = None, None
        self.was_grave = self.is_stopped = False


def _once(fact: Event, *, opens: int, due: int, late: int) -> Run:
    """Ask for one check, so many days after a fact."""
    phase = Phase(at=(Span(days=due),), opens_days=due - opens, overdue_days=late)
    return Run(anchor=fact, phases=(phase,))
