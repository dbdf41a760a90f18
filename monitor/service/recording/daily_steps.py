"""The steps of a daily drug: which of them fit the ones before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.facts import CourseResumed, DoseAction, Dosing
from monitor.domain.resting import gives_nothing
from monitor.domain.timeline import Timeline


class DrugState(StrEnum):
    """How a daily drug stands, in words that a message can use."""

    NEVER = "was not started"
    TAKEN = "is taken"
    RESTING = "is paused with its course"
    BACK = "rested with its course"  # it is there again, and no step is recorded since
    INTERRUPTED = "is interrupted"
    STOPPED = "was stopped"

    @property
    def fits(self) -> str:
        """Say what may be typed."""
        return _FITS[self]


_ONGOING = (DrugState.TAKEN, DrugState.RESTING, DrugState.BACK)
_BEFORE = {  # action -> the states in which it makes sense
    DoseAction.START: (DrugState.NEVER, DrugState.STOPPED, DrugState.BACK),
    DoseAction.RESUME: (DrugState.INTERRUPTED, DrugState.BACK),
    DoseAction.CHANGE: _ONGOING,
    DoseAction.INTERRUPT: _ONGOING,
    DoseAction.STOP: (*_ONGOING, DrugState.INTERRUPTED),
}
_AFTER = {
    DoseAction.START: DrugState.TAKEN,
    DoseAction.RESUME: DrugState.TAKEN,
    DoseAction.CHANGE: DrugState.TAKEN,
    DoseAction.INTERRUPT: DrugState.INTERRUPTED,
    DoseAction.STOP: DrugState.STOPPED,
}
_FITS = {
    DrugState.NEVER: "start",
    DrugState.TAKEN: "change, interrupt or stop",
    DrugState.RESTING: "change, interrupt or stop",
    DrugState.INTERRUPTED: "resume or stop",
    DrugState.STOPPED: "start",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Misfit:
    """A step that makes no sense as the drug stands."""

    step: Dosing
    state: DrugState
    since: date | None


def misfits(timeline: Timeline) -> Iterator[Misfit]:
    """Go through the steps of a drug in order, and give those that do not fit.

    While its course is paused, and from its end on, the drug rests; where another course has begun
    since, it is there again.
    """
    state, since = DrugState.NEVER, None
    back = {course.start.on for course in timeline.courses}
    changes = (change for course in timeline.courses for change in course.changes)
    back |= {change.on for change in changes if isinstance(change, CourseResumed)}
    for step in timeline.taking:
        if step.of_course is not None:
            if not gives_nothing(step):
                state, since = DrugState.RESTING, step.on
            continue
        if state is DrugState.RESTING and any(since < on <= step.on for on in back if since):
            state = DrugState.BACK
        if state not in _BEFORE[step.action]:
            yield Misfit(step=step, state=state, since=since)
        state, since = _AFTER[step.action], step.on
