"""The steps of a daily drug: which of them fit the ones before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.facts import CourseResumed, DoseAction, Dosing
from monitor.domain.resting import gives_nothing
from monitor.domain.timeline import Timeline


class State(StrEnum):
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


_ONGOING = (State.TAKEN, State.RESTING, State.BACK)
_BEFORE = {  # action -> the states in which it makes sense
    DoseAction.START: (State.NEVER, State.STOPPED, State.BACK),
    DoseAction.RESUME: (State.INTERRUPTED, State.BACK),
    DoseAction.CHANGE: _ONGOING,
    DoseAction.INTERRUPT: _ONGOING,
    DoseAction.STOP: (*_ONGOING, State.INTERRUPTED),
}
_AFTER = {
    DoseAction.START: State.TAKEN,
    DoseAction.RESUME: State.TAKEN,
    DoseAction.CHANGE: State.TAKEN,
    DoseAction.INTERRUPT: State.INTERRUPTED,
    DoseAction.STOP: State.STOPPED,
}
_FITS = {
    State.NEVER: "start",
    State.TAKEN: "change, interrupt or stop",
    State.RESTING: "change, interrupt or stop",
    State.INTERRUPTED: "resume or stop",
    State.STOPPED: "start",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Misfit:
    """A step that makes no sense as the drug stands."""

    step: Dosing
    state: State
    since: date | None


def misfits(timeline: Timeline) -> Iterator[Misfit]:
    """Go through the steps of a drug in order, and give those that do not fit.

    While its course is paused, and from its end on, the drug rests; where another course has begun
    since, it is there again.
    """
    state, since = State.NEVER, None
    back = {course.start.on for course in timeline.courses}
    changes = (change for course in timeline.courses for change in course.changes)
    back |= {change.on for change in changes if isinstance(change, CourseResumed)}
    for step in timeline.taking:
        if step.of_course is not None:
            if not gives_nothing(step):
                state, since = State.RESTING, step.on
            continue
        if state is State.RESTING and any(since < on <= step.on for on in back if since):
            state = State.BACK
        if state not in _BEFORE[step.action]:
            yield Misfit(step=step, state=state, since=since)
        state, since = _AFTER[step.action], step.on
