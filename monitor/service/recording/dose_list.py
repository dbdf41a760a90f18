"""The steps of daily drugs on a patient's chart: which of them fit the ones before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.corrections import InForce
from monitor.domain.facts import DoseAction
from monitor.service.recording.course_list import Rest


class _State(StrEnum):
    """How a daily drug stands, in words that a message can use."""

    NEVER = "was not started"
    TAKEN = "is taken"
    RESTING = "rests with its course"
    BACK = "rested with its course"  # it is there again, and no step is recorded since
    INTERRUPTED = "is interrupted"
    STOPPED = "was stopped"


_ONGOING = (_State.TAKEN, _State.RESTING, _State.BACK)
_BEFORE = {  # action -> the states in which it makes sense
    DoseAction.START: (_State.NEVER, _State.STOPPED, _State.BACK),
    DoseAction.RESUME: (_State.INTERRUPTED, _State.BACK),
    DoseAction.CHANGE: _ONGOING,
    DoseAction.INTERRUPT: _ONGOING,
    DoseAction.STOP: (*_ONGOING, _State.INTERRUPTED),
}
_AFTER = {
    DoseAction.START: _State.TAKEN,
    DoseAction.RESUME: _State.TAKEN,
    DoseAction.CHANGE: _State.TAKEN,
    DoseAction.INTERRUPT: _State.INTERRUPTED,
    DoseAction.STOP: _State.STOPPED,
}
_RIGHT = {  # state -> what may be typed
    _State.NEVER: "start",
    _State.TAKEN: "change, interrupt or stop",
    _State.RESTING: "change, interrupt or stop",
    _State.INTERRUPTED: "resume or stop",
    _State.STOPPED: "start",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    event: int
    on: date
    drug: str
    action: DoseAction


@dataclass(frozen=True, kw_only=True, slots=True)
class _Misfit:
    step: _Step
    state: _State
    since: date | None


class DoseList:
    """One patient's steps of daily drugs, checked when all lines are there."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._steps: list[_Step] = []

    def note(self, fact: InForce) -> None:
        """Take note of a step."""
        body = fact.row.body
        action = DoseAction(body["action"])
        self._steps.append(
            _Step(event=fact.row.event, on=fact.row.on, drug=body["drug"], action=action)
        )

    def misfits(
        self, added: set[int], rests: Callable[[str], Sequence[Rest]]
    ) -> list[tuple[int, str]]:
        """List the added steps that do not fit, by event: also where an older one fits no more.

        `rests` gives the days on which a drug rests with its course.
        """
        found = []
        for drug in dict.fromkeys(step.drug for step in self._steps if step.event in added):
            steps = [step for step in self._steps if step.drug == drug]
            new = [step for step in steps if step.event in added]
            own = rests(drug)
            before = _walk([step for step in steps if step.event not in added], own)
            known = {misfit.step for misfit in before}
            for misfit in _walk(steps, own):
                if misfit.step not in known:
                    blamed = misfit.step if misfit.step in new else new[-1]
                    found.append((blamed.event, self._words(misfit, blamed)))
        return found

    def _words(self, misfit: _Misfit, blamed: _Step) -> str:
        step, since = misfit.step, f", since {misfit.since}" if misfit.since else ""
        later = "" if blamed is step else f"then '{step.action}' on {step.on} would not fit: "
        return (
            f"on: {later}on {step.on} {step.drug} {misfit.state}{since}; what fits is "
            f"monitor dose {_RIGHT[misfit.state]} {self._who}"
        )


def _walk(steps: Sequence[_Step], rests: Sequence[Rest]) -> list[_Misfit]:
    """Go through the steps of one drug in order, and list those that do not fit."""
    state, since, found = _State.NEVER, None, []
    for step in sorted(steps, key=lambda step: (step.on, step.action.rank, step.event)):
        if state is _State.TAKEN and since is not None:
            state, since = _resting(since, step.on, rests)
        if state not in _BEFORE[step.action]:
            found.append(_Misfit(step=step, state=state, since=since))
        state, since = _AFTER[step.action], step.on
    return found


def _resting(since: date, on: date, rests: Sequence[Rest]) -> tuple[_State, date]:
    """Say how what is taken since a day stands on another, by the rests of its courses."""
    begun = [rest for rest in rests if since <= rest.since <= on]
    if not begun:
        return _State.TAKEN, since
    newest = max(begun, key=lambda rest: rest.since)
    is_back = newest.until is not None and newest.until <= on
    return _State.BACK if is_back else _State.RESTING, min(rest.since for rest in begun)
