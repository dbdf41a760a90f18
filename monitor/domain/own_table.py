"""Which result codes a drug's own table judges, and for how long."""

from collections.abc import Iterator
from datetime import date

from monitor.domain.dates import Span, days
from monitor.domain.facts import CourseEnded, DoseAction
from monitor.domain.protocol import Protocol
from monitor.domain.timeline import Timeline

_RESTS = (DoseAction.STOP, DoseAction.INTERRUPT)


def judged(protocol: Protocol, timeline: Timeline, day: date) -> frozenset[str]:
    """Give the codes that the table judges on a day: while the drug's course runs, and watches.

    Once it is ended, stopped or interrupted the table speaks as long as the protocol's own window
    after a stop; after that the person is like everybody else.
    """
    course = timeline.course_on(day)
    if course is None:
        return frozenset()
    end = course.ended(day)
    over = [end.on] if end is not None else []
    steps = [step for step in timeline.dosing if course.start.on <= step.on <= day]
    if steps and steps[-1].action in _RESTS:
        over.append(steps[-1].on)
    if over and not any(day <= lasts.after(min(over)) for lasts in _watches(protocol)):
        return frozenset()
    return frozenset(protocol.own_table)


def turns(protocol: Protocol, timeline: Timeline) -> Iterator[date]:
    """Go through the days from which on a table may judge no longer."""
    over = [step.on for step in timeline.dosing if step.action in _RESTS]
    for course in timeline.courses:
        over += [change.on for change in course.changes if isinstance(change, CourseEnded)]
    for lasts in _watches(protocol) if protocol.own_table else ():
        yield from (lasts.after(day) + days(1) for day in over)


def _watches(protocol: Protocol) -> Iterator[Span]:
    for rule in protocol.warnings:
        if rule.after_stop is not None:
            yield rule.after_stop
