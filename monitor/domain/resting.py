"""A daily drug rests with its course: while that is paused, and from its end on.

Nobody records a step then, and the drug is taken no more than after one. It is taken up again
with its course, or, after the end, by a dose of a later one.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from monitor.domain.events import (
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DoseAction,
    Dosing,
    order_of_steps,
)

Change = CoursePaused | CourseResumed | CourseEnded
_RESTS = (DoseAction.INTERRUPT, DoseAction.STOP)


def with_rests(steps: Sequence[Dosing], changes: Iterable[Change], drug: str) -> list[Dosing]:
    """Read the changes of a drug's courses as steps, where they stand for one.

    Of one day a pause comes after what was taken, as an interruption does.
    """
    if not steps:
        return []
    meant = [_step(change, drug) for change in _of_each_day(changes)]
    found: list[Dosing] = []
    for step in sorted([*steps, *meant], key=order_of_steps):
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
