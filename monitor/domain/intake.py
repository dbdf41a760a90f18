"""How a drug that is taken daily has been taken: since when, with which rests, until when.

What is recorded out of order is read toward watching: a change, or a resumption, of what was
never started is taken for a start.
"""

from collections.abc import Sequence
from datetime import date

from monitor.domain.dates import days
from monitor.domain.facts import CourseResumed, DoseAction, Dosing
from monitor.domain.resting import find_rest
from monitor.domain.view import View

_TAKEN = (DoseAction.START, DoseAction.RESUME, DoseAction.CHANGE)


def clocks(steps: Sequence[Dosing], restart_after_days: int) -> list[Dosing]:
    """List the steps from which time on treatment counts anew: starts, and late resumptions.

    A rest is counted from the first day without the drug to the first day with it again. A
    start counts anew however short the time since the stop.
    """
    found: list[Dosing] = []
    taken, without_since = False, date.min
    for step in steps:
        if step.action not in _TAKEN:
            if taken:
                without_since = step.on
            taken = False
            if step.action is DoseAction.STOP:
                without_since = date.min
            continue
        is_late = (step.on - without_since).days >= restart_after_days
        if step.action is DoseAction.START or (not taken and is_late):
            found.append(step)
        taken = True
    return found


def would_start(steps: Sequence[Dosing], on: date, restart_after_days: int) -> bool:
    """Say whether taking the drug on a day would be a start: of a new patient, or as of one."""
    if not steps or steps[-1].action in _TAKEN:
        return not steps
    resumed = Dosing(event=0, on=on, recorded_on=on, drug=steps[-1].drug, action=DoseAction.RESUME)
    return resumed in clocks([*steps, resumed], restart_after_days)


def taken_up_on(steps: Sequence[Dosing], day: date) -> list[Dosing]:
    """List the steps of a day by which the drug is taken as it was not the day before.

    To change the dose of what was being taken is none; on the day of a start it is one too, and
    where no dose is named since its course was resumed.
    """
    before = [step for step in steps if step.on < day]
    goes_on = bool(before) and find_rest(before, day) is None
    taking = (step for step in steps if step.on == day and step.action in _TAKEN)
    return [step for step in taking if not (goes_on and step.action is DoseAction.CHANGE)]


def was_taken(steps: Sequence[Dosing]) -> bool:
    """Say whether the drug was ever taken: a rest alone was recorded out of order."""
    return any(step.action in _TAKEN for step in steps)


def under_watch(steps: Sequence[Dosing], day: date, after_stop_days: int) -> bool:
    """Say whether the drug was started by a day, and not stopped longer ago than so many days."""
    past = [step for step in steps if step.on <= day]
    if not past:
        return False
    last = past[-1]
    return last.action is not DoseAction.STOP or day <= last.on + days(after_stop_days)


def taken_since(view: View, since: date, until: date) -> bool:
    """Say whether the drug was taken before a day began, and never rested from it to another.

    It rests while it is stopped or interrupted and while its course is paused, and from the end of
    a course until a dose of a later one.
    """
    changes = [c for course in view.timeline.courses for c in course.changes if c.on <= until]
    rests = [step for step in view.dosing if step.on <= until and step.action not in _TAKEN]
    over = [change for change in changes if not isinstance(change, CourseResumed)]
    if any(event.on >= since for event in (*rests, *over)):
        return False
    before = [step for step in view.dosing if step.on < since]
    if not before or before[-1].action not in _TAKEN:
        return False
    course = view.timeline.course_on(until)
    return course is None or course.paused(until) is None
