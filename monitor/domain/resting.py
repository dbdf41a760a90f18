"""A daily drug rests with its course: while that is paused, and from its end on.

Nobody records a step then, and the drug is taken no more than after one. Resuming the course ends
the rest for the calendar, and gives nothing: until a dose is named nobody knows with how much it is
taken. After the end of a course a dose of a later one ends it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.course import Change
from monitor.domain.dates import Span
from monitor.domain.facts import (
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DoseAction,
    Dosing,
    order_of_steps,
)

_RESTS = (DoseAction.INTERRUPT, DoseAction.STOP)
# So long after its course was resumed it is taken, though nobody named a dose: else every pause
# of long ago would be asked about for ever.
_UNNAMED_FOR_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """Days without a daily drug, since which no dose is named."""

    steps: tuple[Dosing, ...]  # the step it began with, and what came of it since
    until: date | None  # the day on which its course was resumed; None: it goes on

    @property
    def since(self) -> date:
        """Give the first day without it."""
        return self.steps[0].on

    def days(self, on: date) -> int:
        """Count the days without it: to a day, or to that on which its course was resumed."""
        return ((self.until or on) - self.since).days

    @property
    def recorded(self) -> tuple[Dosing, ...]:
        """List the steps without the resumptions of courses, which make no day without it."""
        return tuple(step for step in self.steps if not gives_nothing(step))

    def is_over(self, on: date, least_days: int) -> bool:
        """Say whether it asks nothing any more: resumed after fewer days, or long ago."""
        if self.until is None:
            return False
        return self.days(on) < least_days or (on - self.until).days > _UNNAMED_FOR_DAYS


def gives_nothing(step: Dosing) -> bool:
    """Say whether a step only says that the course was resumed: nobody recorded a dose."""
    return step.of_course is not None and step.action is DoseAction.RESUME


def find_rest(steps: Iterable[Dosing], on: date, least_days: int = 0) -> Rest | None:
    """Find the rest that had not been ended by a dose before a day; one of fewer days is none.

    A step without a dose ends what was interrupted or stopped; after the resumption of a course
    a dose must be named. Rests between which no dose is named are one.
    """
    found: Rest | None = None
    for step in steps:
        if found is not None and found.is_over(step.on, least_days):
            found = None
        is_back = gives_nothing(step)
        if is_back or step.action in _RESTS:
            before = found.steps if found else ()
            found = Rest(steps=(*before, step), until=step.on if is_back else None)
        elif found is not None and (found.until is None or step.mg is not None):
            found = None
    return None if found is not None and found.is_over(on, least_days) else found


def begun(steps: Sequence[Dosing]) -> list[Dosing]:
    """List the steps by which the drug is taken up: what a gate is asked about.

    Recorded starts and resumptions, and a change of dose of what was not being taken, or of which
    no dose is named since its course was resumed.
    """
    found = []
    for place, step in enumerate(steps):
        if step.action in _RESTS or gives_nothing(step):
            continue
        before = steps[:place]
        if step.action is not DoseAction.CHANGE or not before or find_rest(before, step.on):
            found.append(step)
    return found


def taken_within(steps: Iterable[Dosing], day: date, within: Span) -> bool:
    """Say whether a daily drug was taken on a day, or had rested no longer than a span."""
    past = [step for step in steps if step.on <= day]
    return bool(past) and (past[-1].action not in _RESTS or day <= within.after(past[-1].on))


def with_rests(steps: Sequence[Dosing], changes: Iterable[Change], drug: str) -> list[Dosing]:
    """Read the changes of a drug's courses as steps, where they stand for one.

    Of one day a pause comes after what was taken, as an interruption does; a course is resumed
    before a dose is.
    """
    if not steps:
        return []
    meant = [_step(change, drug) for change in _of_each_day(changes)]
    found: list[Dosing] = []
    for step in sorted([*steps, *meant], key=_order):
        last = found[-1] if found else None
        is_taken = last is not None and last.action not in _RESTS
        if step.of_course is None:
            found.append(step)
        elif step.action is DoseAction.INTERRUPT:
            if is_taken:
                found.append(step)
        elif last is not None and isinstance(last.of_course, CoursePaused):
            found.append(step)
    return found


def _order(step: Dosing) -> tuple[date, int, bool, int]:
    on, rank, event = order_of_steps(step)
    return on, rank, step.of_course is None, event


def _of_each_day(changes: Iterable[Change]) -> list[Change]:
    """Keep of pauses and resumptions of one day the one recorded last, as the course does."""
    found: dict[tuple[date, bool], Change] = {}
    for change in sorted(changes, key=lambda one: one.event):
        found[change.on, isinstance(change, CourseEnded)] = change
    return list(found.values())


def _step(change: Change, drug: str) -> Dosing:
    is_back = isinstance(change, CourseResumed)
    return Dosing(
        event=change.event,
        on=change.on,
        recorded_on=change.recorded_on,
        origin=change.origin,
        by=change.by,
        said_at=change.said_at,
        first_said_at=change.first_said_at,
        begun_at=change.begun_at,
        clock_at=change.clock_at,
        drug=drug,
        action=DoseAction.RESUME if is_back else DoseAction.INTERRUPT,
        of_course=change,
    )
