"""Checks by time: counted from facts, on some days or every so often, until an end.

What a protocol asks for by time is one kind of rule. It says what it counts from (each of those
facts begins a run), on which days of a run a check is due, when a run ends, and under which
condition a check is asked for. The days of all runs are numbered through, asked for or not, so
that the number of an occurrence never changes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import zip_longest
from typing import ClassVar

from monitor.domain.catalogue import Catalogue, SymptomCode
from monitor.domain.dates import Span, days
from monitor.domain.facts import Event, Infusion
from monitor.domain.faults import Fault, ends_too_early, not_positive
from monitor.domain.rule import ALWAYS, Regimen
from monitor.domain.rules.expectations import Counted, Expectation
from monitor.domain.rules.more_often import MoreOften
from monitor.domain.rules.phases import Phase, Place, Run, never_reached, phase_faults
from monitor.domain.rules.runs import (
    Again,
    From,
    IfAbove,
    IfLow,
    course_ends,
    first_signs,
    from_day,
    stretches,
)
from monitor.domain.rules.taking import Taking
from monitor.domain.view import View

_OF_DAILY = (From.START, From.STOP)
_ENDED = (From.FIRST_INFUSION, From.LAST_INFUSION)  # by the next run, where they have no end
_BY_FIRST_DOSE = (From.START, From.FIRST_INFUSION)
_OF_INFUSIONS = (From.EACH_INFUSION, *_ENDED)
# The keys that act only with some of them.
_ONLY_FROM: Mapping[str, tuple[From, ...]] = {
    "groups": (From.SYMPTOM,),
    "symptom": (From.SYMPTOM,),
    "after_stop_days": (From.SYMPTOM,),
    "again_after": (From.START,),
    "more_often": (From.START,),
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
        "more_often": "values that take over; the first row that fits counts",
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
    more_often: MoreOften | None = None
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

    @property
    def opens_ahead_days(self) -> int:
        """Give the fewest days before it is due on which one opens."""
        return min((phase.opens_days or 0 for phase in self.full_phases), default=0)

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find keys that never act, checks that never end, and what its parts find."""
        for name, froms in _ONLY_FROM.items():
            value = getattr(self, name)
            if value is not None and value is not False and value != () and self.from_ not in froms:
                words = f"never acts with `from: {self.from_}`: leave it out"
                is_ended = name == "on_treatment_only" and self.from_ is From.START
                words += "; a stop ends it by itself" if is_ended else ""
                yield (name.removesuffix("_days"),), words
        if self.from_ is From.SYMPTOM and bool(self.groups) == bool(self.symptom):
            yield (), "nothing asks for it: add `groups: [infection]`, or else `symptom: fever`"
        if self.times is not None:
            yield from not_positive(("times",), self.times > 0, "5")
        if self.more_often and not any(self.more_often.code in p for p in self.count.choices):
            words = f"no check shows '{self.more_often.code}': add it to `count`"
            yield ("more_often", "code"), words
        if self.more_often and self.if_low:
            yield ("if_low",), "`more_often` asks by the values itself: leave it out"
        for key in ("if_low", "if_above", "more_often"):
            part = getattr(self, key)
            for inside, words in part.faults(catalogue) if part is not None else ():
                yield (key, *inside), words
        if not self.phases:
            return
        yield from phase_faults(self.phases, self.opens_days)
        first, last = self.phases[0], self.phases[-1]
        again = self.again_after
        for inside, words in again.faults(first, is_last=first is last) if again else ():
            yield ("again_after", *inside), words
        yield from ends_too_early("lasts", self.lasts, first.at[0] if first.at else first.every)
        is_ended = self.if_low is None and self.from_ in (*_OF_DAILY, *_ENDED)
        if self.lasts is None and last.end is None and not is_ended:
            yield (), "its checks never end: add for instance `lasts: 12 months`"

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find what begins after the last check, or asks for one that is over."""
        ends = None if self.from_ is From.FIRST_INFUSION else self.lasts
        times = None if self.if_low or self.when else self.times  # else some are not asked for
        yield from never_reached(self.phases, ends, times)
        if self.if_low is not None:
            yield from self.if_low.too_late(self.phases[-1].at, self.overdue_days)
        goes_on = self.again_after or self.more_often or self.from_ not in _BY_FIRST_DOSE
        last = self.phases[-1].end if self.phases and not goes_on else None
        for number, condition in enumerate(self.when):
            begins = condition.on_drug
            if last is not None and begins and begins.least_days > last.least_days:
                words = f"its last check is due {last} after the start: write less"
                yield ("when", number), words

    def is_for(self, view: View) -> bool:
        """Say whether it ever is: what is due before that is left out, day by day."""
        return self.begins(view) is not None

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect the checks of every run; of those that go on and on what opens by a day."""
        runs, number, asked = list(self._runs(view)), 0, 0
        goes_on = self.if_low is None and any(phase.every for phase in self.phases)
        begun = self.begins(view) or date.min
        for run in runs:
            for place in from_day(begun, self._places(view, run), again=goes_on):
                if run.stopped is not None and place.opens > run.stopped:
                    break
                number += 1
                if goes_on and place.opens > until:
                    if run is runs[-1]:
                        return
                elif place.asked_by and (self.times is None or asked < self.times):
                    asked += 1
                    yield Expectation(
                        occurrence=number,
                        opens=place.opens,
                        due=place.due,
                        overdue_after=place.overdue_after,
                        anchor=place.asked_by,
                    )

    def _places(self, view: View, run: Run) -> Iterable[Place]:
        """Go through the days of a run, and what asks for a check then."""
        if self.if_low is None:
            return run.places()
        low, grid = self.if_low.find(view, run), [*run.places()]
        if low is None:
            return [place.left_out() for place in grid]
        first, again = low.on + days(1), grid
        if self.if_low.restarts:
            again = [*replace(run, anchor=low, begun=low.on).places()]
            passed = [place for place in grid if place.due <= low.on]
        else:
            passed = []
        opened = [
            place._replace(opens=max(place.opens, first))
            if first <= place.overdue_after
            else place.left_out()
            for place in again
        ]
        left_out = grid[len(passed) + len(again) :]
        return [*(p.left_out() for p in passed), *opened, *(p.left_out() for p in left_out)]

    def taking(self, view: View) -> Taking:
        """Part the time of a daily drug into runs."""
        taking = Taking(
            view=view, phases=self.full_phases, lasts=self.lasts, more_often=self.more_often
        )
        again = self.again_after or Again()
        return taking.go_through(again, from_stop=self.from_ is From.STOP)

    @property
    def full_phases(self) -> tuple[Phase, ...]:
        """Give its phases, each with its window."""
        opens, overdue = self.opens_days, self.overdue_days
        return tuple(
            replace(
                phase,
                opens_days=opens if phase.opens_days is None else phase.opens_days,
                overdue_days=overdue if phase.overdue_days is None else phase.overdue_days,
            )
            for phase in self.phases
        )

    def _runs(self, view: View) -> Iterator[Run]:
        given = self.if_above.infusions(view) if self.if_above else view.infusions
        match self.from_:
            case From.FIRST_INFUSION:
                for stretch in stretches(given, partial(self._run, view)):
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
                yield from self.taking(view).all_runs()

    def _run(self, view: View, fact: Event, last: Event | None = None) -> Run:
        """Count from a fact until a span after it, or after the last one of the same run."""
        last, stopped = last or fact, None
        if self.on_treatment_only and isinstance(last, Infusion):
            course = view.timeline.course_of(last)
            ended = course.ended(view.day) if course is not None else None
            stopped = None if ended is None else ended.on
        end = None if self.lasts is None else self.lasts.after(last.on)
        return Run(anchor=fact, phases=self.full_phases, end=end, stopped=stopped)
