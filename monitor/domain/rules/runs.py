"""What begins the runs of a schedule, and the conditions on which a check is asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import chain, pairwise
from typing import NamedTuple

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.exposure import exposure, reached
from monitor.domain.facts import DoseAction, Dosing, Event, Infusion, Result
from monitor.domain.faults import (
    Fault,
    no_number_fact,
    not_numbers,
    not_ordered,
    not_positive,
)
from monitor.domain.intake import clocks, under_watch
from monitor.domain.rules.low_lines import CellLine
from monitor.domain.rules.phases import Phase, Place, Run
from monitor.domain.rules.symptom_findings import reports, signs
from monitor.domain.view import View

_NEVER_DAYS = 366 * 150  # no rest is so long


class From(StrEnum):
    """What a run is counted from."""

    EACH_INFUSION = "each_infusion"
    FIRST_INFUSION = "first_infusion"  # an infusion after the end begins another run
    LAST_INFUSION = "last_infusion"  # the next infusion takes its place
    EACH_ROUND = "each_round"  # its first infusion
    COURSE_END = "course_end"  # of a course in which something was given
    SYMPTOM = "symptom"  # the first of each day
    START = "start"  # of a daily drug; a stop ends the run
    STOP = "stop"  # of a daily drug; a start ends the run


class DoseChange(StrEnum):
    """Which changes of a daily dose begin the run again."""

    RISE = "rise"
    ANY = "any"


class Step(NamedTuple):
    """What a step does to the runs."""

    dosing: Dosing
    is_new: bool  # time counts anew; else it is a stop
    is_again: bool  # the drug is taken still, at another dose or after a rest


class Then(StrEnum):
    """What follows the first phase that was begun again."""

    ALL = "all"  # all the others again
    BACK = "back"  # the phase that was left, where it was left


@dataclass(frozen=True, kw_only=True, slots=True)
class IfLow:
    """Only where a result was low in a run."""

    lines: tuple[CellLine, ...]
    from_days: int  # of the run
    until: Span
    restarts: bool = False  # the checks that come are counted from the low result

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find lines that are no numbers, and days that never come."""
        yield from not_numbers(("lines",), [line.code for line in self.lines], catalogue)
        yield from not_ordered("from", self.from_days, "until", self.until.least_days)

    def too_late(self, at: Sequence[Span], overdue_days: int) -> Iterator[Fault]:
        """Find days of low results on which every check is over."""
        latest = at[-1].least_days + overdue_days - 1 if at else 0
        if at and not self.restarts and self.until.least_days > latest:
            words = f"a result so late asks for nothing: write at most {latest} days"
            yield ("if_low", "until"), words

    def find(self, view: View, run: Run) -> Result | None:
        """Find the first low result; on the day of the next fact it was taken before that."""
        last = self.until.after(run.anchor.on)
        if run.following is not None:
            last = min(last, run.following.on)
        low = (
            result
            for line in self.lines
            for result in view.between(line.code, run.anchor.on + days(self.from_days), last)
            if isinstance(result.value, Decimal) and result.value < line.below
        )
        return min(low, key=lambda result: (result.on, result.event), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class IfAbove:
    """Only from the infusion on with which the lifetime total was above, or not to be told."""

    prior: str
    mg_per_m2: Decimal

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find that nothing is added up."""
        yield from no_number_fact(("prior",), self.prior, catalogue)
        yield from not_positive(("mg_per_m2",), self.mg_per_m2 > 0, "300 mg/m2")

    def infusions(self, view: View) -> Sequence[Infusion]:
        """List the infusions from that one on."""
        amounts = exposure(view, self.prior)
        above = reached(view, amounts, self.mg_per_m2, exactly=False)
        first = date.max if above is None else above.on
        if amounts.total is None:
            unknown = amounts.without_surface if amounts.is_prior_known else amounts.given
            first = min([first, *(infusion.on for infusion in unknown[:1])])
        return [infusion for infusion in view.infusions if infusion.on >= first]


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """What begins the run of a daily drug again, besides a start."""

    dose: DoseChange | None = None
    rest_days: int | None = None  # a resumption after so many days without it
    then: Then = Then.ALL

    def faults(self, first: Phase, *, is_last: bool) -> Iterator[Fault]:
        """Find that nothing begins a run again, or that there is nothing to go back to."""
        if self.dose is None and self.rest_days is None:
            yield (), "nothing begins it again: add `dose: rise` or `rest: 30 days`"
        if self.then is Then.BACK and (is_last or first.end is None or not first.end.least_days):
            yield ("then",), "the first phase has no end to go back at: add `until`, and a second"

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a rest of no days."""
        yield from not_positive(("rest",), self.rest_days != 0, "30 days")

    def steps(self, view: View) -> Iterator[Step]:
        """Go through the steps from which time counts anew, and the stops."""
        begun = {step.event for step in clocks(view.dosing, self.rest_days or _NEVER_DAYS)}
        mg, taken = None, False
        for step in view.dosing:
            is_stop = step.action is DoseAction.STOP and taken
            is_new = step.event in begun or (taken and self._is_after(step, mg))
            if is_stop or is_new:
                yield Step(step, is_new, taken and step.action is not DoseAction.START)
            taken, mg = not is_stop and (taken or is_new), step.mg or mg

    def _is_after(self, step: Dosing, before: Decimal | None) -> bool:
        """Say whether a step changes the dose so; one that nobody knows does."""
        if self.dose is None:
            return False
        if step.mg is None or before is None:
            return step.action is DoseAction.CHANGE
        return step.mg > before or (self.dose is DoseChange.ANY and step.mg < before)


def course_ends(view: View) -> Iterator[Event]:
    """Go through the ends of the courses in which something was given."""
    courses = (view.timeline.course_of(infusion) for infusion in view.infusions)
    given = {course.start.identity for course in courses if course is not None}
    for course in view.timeline.courses:
        end = course.ended(view.day)
        if end is not None and course.start.identity in given:
            yield end


def first_signs(
    view: View, groups: Sequence[str], symptom: str | None, after_stop_days: int | None
) -> Iterator[Event]:
    """Go through the first sign of each day, of some groups or of one symptom.

    With days only while a daily drug is taken, and so long after its stop.
    """
    found = reports(view, symptom) if symptom else []
    for group in groups:
        found += signs(view, group, date.min, view.day)
    by_day: dict[date, Event] = {}
    for sign in sorted(found, key=lambda sign: (sign.on, sign.event)):
        by_day.setdefault(sign.on, sign)
    for day, sign in by_day.items():
        if after_stop_days is None or under_watch(view.dosing, day, after_stop_days):
            yield sign


def stretches(given: Sequence[Infusion], run: Callable[[Infusion], Run]) -> list[list[Infusion]]:
    """Part infusions where the checks of the run of one had ended before the next."""
    found: list[list[Infusion]] = []
    for infusion in given:
        before = run(found[-1][-1]) if found else None
        goes_on = before is not None and not any(
            end is not None and infusion.on > end for end in (before.end, before.stopped)
        )
        if goes_on:
            found[-1].append(infusion)
        else:
            found.append([infusion])
    return found


def from_day(begun: date, places: Iterable[Place], *, again: bool) -> Iterator[Place]:
    """Ask for nothing that was due before a day.

    What goes on is due once `again` on that day, for the last time that has passed.
    """
    if begun == date.min:  # of most rules
        yield from places
        return
    for place, following in pairwise(chain(places, [None])):
        assert place is not None  # only the last one has none after it
        if place.due >= begun:
            yield place
        elif again and following is not None and following.due > begun:
            yield Place(begun, begun, begun + (place.overdue_after - place.due), place.asked_by)
        else:
            yield place.left_out()
