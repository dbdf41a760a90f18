"""Checks by time: counted from facts, on some days or every so often, until an end.

What a protocol asks for by time is one kind of rule. It says what it counts from (each of those
facts begins a run), on which days of a run a check is due, when a run ends, and under which
condition a check is asked for. The days of all runs are numbered through, asked for or not, so
that the number of an occurrence never changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, zip_longest
from typing import ClassVar

from monitor.domain.catalogue import Catalogue, SymptomCode
from monitor.domain.dates import Span, days
from monitor.domain.facts import DoseAction, Event, Infusion
from monitor.domain.faults import Fault, ends_too_early, not_positive
from monitor.domain.intake import clocks
from monitor.domain.rule import ALWAYS, Regimen
from monitor.domain.rules.expectations import Counted, Expectation
from monitor.domain.rules.runs import (
    Again,
    From,
    IfAbove,
    IfLow,
    Phase,
    Place,
    Run,
    course_ends,
    first_signs,
    from_day,
)
from monitor.domain.view import View

_NEVER_DAYS = 366 * 150  # no rest is so long


_OF_DAILY = (From.START, From.STOP)
_ENDED = (From.FIRST_INFUSION, From.LAST_INFUSION)  # by the next run, where they have no end
_OF_INFUSIONS = (From.EACH_INFUSION, *_ENDED)
# The keys that act only with some of them.
_ONLY_FROM: Mapping[str, tuple[From, ...]] = {
    "groups": (From.SYMPTOM,),
    "symptom": (From.SYMPTOM,),
    "after_stop_days": (From.SYMPTOM,),
    "again_after": (From.START,),
    "on_treatment_only": (*_OF_INFUSIONS, From.EACH_ROUND),
    "if_above": _OF_INFUSIONS,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheduled(Counted):
    """A check on the days of every run."""

    kind = "schedule"
    led_as = "series"
    acts_where = ALWAYS
    means: ClassVar = {
        "from": "each begins a run",
        "lasts": "a run, or from its last infusion",
        "times": "checks in all",
        "opens": "before the due day",
        "overdue": "after the due day",
    }

    from_: From
    groups: tuple[str, ...] = ()  # of symptoms
    symptom: str | None = None  # instead: this one, and what is measured for it
    after_stop_days: int | None = None  # only while a daily drug is taken, and so long after
    phases: tuple[Phase, ...]
    lasts: Span | None = None  # a run, from its last infusion or other fact; None: without end
    times: int | None = None  # so many in all
    on_treatment_only: bool = False  # the end of the course ends what has not opened
    again_after: Again | None = None
    if_low: IfLow | None = None
    if_above: IfAbove | None = None
    opens_days: int  # before the due day
    overdue_days: int  # after it

    def acts(self, regimen: Regimen) -> bool:
        """Say whether what it counts from is ever recorded where the drug is given so."""
        if self.from_ is From.SYMPTOM:
            return regimen is Regimen.DAILY or self.after_stop_days is None
        return (self.from_ in _OF_DAILY) == (regimen is Regimen.DAILY)

    def is_asked_by(self, symptom: SymptomCode) -> bool:
        """Say whether a run may begin with it."""
        return symptom.group in self.groups or symptom.name == self.symptom

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find keys that never act, checks that never end, and what its parts find."""
        for name, froms in _ONLY_FROM.items():
            value = getattr(self, name)
            if value is not None and value is not False and value != () and self.from_ not in froms:
                words = f"never acts with `from: {self.from_}`: leave it out"
                yield (name.removesuffix("_days"),), words
        if self.from_ is From.SYMPTOM and bool(self.groups) == bool(self.symptom):
            yield (), "nothing asks for it: add `groups: [infection]`, or else `symptom: fever`"
        if self.times is not None:
            yield from not_positive(("times",), self.times > 0, "5")
        yield from self._faults_of_phases()
        if self.again_after is not None and self.again_after == Again():
            yield ("again_after",), "nothing begins it again: add `dose: rise` or `rest: 30 days`"
        for key, part in (("if_low", self.if_low), ("if_above", self.if_above)):
            for inside, words in part.faults(catalogue) if part is not None else ():
                yield (key, *inside), words

    def _faults_of_phases(self) -> Iterator[Fault]:
        first, last = self.phases[0], self.phases[-1]
        for number, phase in enumerate(self.phases):
            for inside, words in phase.faults(self.opens_days, is_last=phase is last):
                yield ("phases", number, *inside), words
        for number, (before, phase) in enumerate(pairwise(self.phases), start=1):
            begins, ends = before.end, phase.at[0] if phase.at else phase.until
            if begins is not None and ends is not None and ends.least_days <= begins.least_days:
                yield ("phases", number), f"'{ends}' is over when it begins, after {begins}"
        yield from ends_too_early("lasts", self.lasts, first.at[0] if first.at else first.every)
        is_ended = self.if_low is None and self.from_ in (*_OF_DAILY, *_ENDED)
        if self.lasts is None and last.end is None and not is_ended:
            yield (), "its checks never end: add for instance `lasts: 12 months`"

    def is_for(self, view: View) -> bool:
        """Say whether it ever is: what is due before that is left out, day by day."""
        return self.begins(view) is not None

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect the checks of every run; of those that go on and on what opens by a day."""
        runs, number = list(self._runs(view)), 0
        goes_on = self.if_low is None and any(phase.every for phase in self.phases)
        begun = self.begins(view) or date.min
        for run in runs:
            places = from_day(begun, self._places(view, run), again=goes_on)
            numbered = enumerate(places, number + 1)
            for number, place in numbered:
                opens = max(place.due - days(self.opens_days), place.opens_from)
                if run.stopped is not None and opens > run.stopped:
                    break
                if goes_on and opens > until:
                    if run is runs[-1]:
                        return
                elif place.asked_by and (self.times is None or number <= self.times):
                    yield Expectation(
                        occurrence=number,
                        opens=opens,
                        due=place.due,
                        overdue_after=place.due + days(self.overdue_days),
                        anchor=place.asked_by,
                    )

    def _places(self, view: View, run: Run) -> Iterable[Place]:
        """Go through the days of a run, and what asks for a check then."""
        dues = self._dues(run.anchor.on, run)
        if self.if_low is None:
            return (Place(due, run.anchor) for due in dues)
        low = self.if_low.find(view, run)
        if low is None:
            return (Place(due) for due in dues)
        first = low.on + days(1)
        if not self.if_low.restarts:
            return (Place(due, run.anchor, first) for due in dues)
        grid = [*dues]
        passed = [Place(due) for due in grid if due <= low.on]
        again = [Place(due, low, first) for due in self._dues(low.on, run)]
        left_out = [Place(due) for due in grid[len(passed) + len(again) :]]
        return [*passed, *again, *left_out]

    def _dues(self, begun: date, run: Run) -> Iterator[date]:
        """Go through the days of a run on which checks are due, counted from a day."""
        due, begins = date.min, Span()
        for phase in self.phases:
            ends = None if phase.until is None else phase.until.after(begun)
            for since, span in phase.spans(begins):
                if run.end is not None and run.through and due >= run.end:
                    return
                due = span.after(since.after(begun))
                if run.end is not None and not run.through and due > run.end:
                    return
                yield due
                if ends is not None and due >= ends:
                    break
            begins = phase.end or begins

    def _runs(self, view: View) -> Iterator[Run]:
        given = self.if_above.infusions(view) if self.if_above else view.infusions
        match self.from_:
            case From.FIRST_INFUSION:
                for stretch in self._stretches(view, given):
                    yield replace(self._run(view, stretch[0], stretch[-1]), through=True)
            case From.LAST_INFUSION:
                yield from (self._run(view, infusion) for infusion in given[-1:])
            case From.EACH_INFUSION:
                for infusion, following in zip_longest(given, given[1:]):
                    yield replace(self._run(view, infusion), following=following)
            case From.EACH_ROUND:
                yield from (self._run(view, infusions[0]) for infusions in view.rounds)
            case From.COURSE_END:
                yield from (self._run(view, end) for end in course_ends(view))
            case From.SYMPTOM:
                signs = first_signs(view, self.groups, self.symptom, self.after_stop_days)
                yield from (self._run(view, sign) for sign in signs)
            case _:  # of a daily drug
                yield from self._taking(view)

    def _run(self, view: View, fact: Event, last: Event | None = None) -> Run:
        """Count from a fact until a span after it, or after the last one of the same run."""
        last, stopped = last or fact, None
        if self.on_treatment_only and isinstance(last, Infusion):
            course = view.timeline.course_of(last)
            ended = course.ended(view.day) if course is not None else None
            stopped = None if ended is None else ended.on
        end = None if self.lasts is None else self.lasts.after(last.on)
        return Run(anchor=fact, end=end, stopped=stopped)

    def _stretches(self, view: View, given: Sequence[Infusion]) -> list[list[Infusion]]:
        """Part infusions where the checks had ended before the next one."""
        found: list[list[Infusion]] = []
        for infusion in given:
            before = self._run(view, found[-1][-1]) if found else None
            goes_on = before is not None and not any(
                end is not None and infusion.on > end for end in (before.end, before.stopped)
            )
            if goes_on:
                found[-1].append(infusion)
            else:
                found.append([infusion])
        return found

    def _taking(self, view: View) -> Iterator[Run]:
        """Count from each beginning of a daily drug, or each stop, until the other one.

        A beginning while it is taken never makes a check later than it was due.
        """
        again, runs = self.again_after or Again(), list[Run]()
        begun = {step.event for step in clocks(view.dosing, again.rest_days or _NEVER_DAYS)}
        mg, taken = None, False
        for step in view.dosing:
            is_stop = step.action is DoseAction.STOP and taken
            is_new = step.event in begun or (taken and again.is_after(step, mg))
            taken, mg = not is_stop and (taken or is_new), step.mg or mg
            if is_stop if self.from_ is From.STOP else is_new:
                run = self._run(view, step)
                if runs and runs[-1].stopped is None:
                    last = next(self._dues(step.on, run)) - days(1)
                    runs[-1] = replace(runs[-1], end=min(runs[-1].end or last, last))
                runs.append(run)
            elif runs and runs[-1].stopped is None and (is_stop or is_new):
                runs[-1] = replace(runs[-1], stopped=step.on)
        return iter(runs)
