"""The next day to look: until the day before, nothing changes by time alone."""

from collections.abc import Iterator
from datetime import date

from monitor.domain.assessment import Assessment, Followed, Watched
from monitor.domain.dates import days
from monitor.domain.facts import Event
from monitor.domain.timeline import Timeline
from monitor.domain.view import View


def next_look(treatment: Followed, assessment: Assessment, today: date, *, latest: date) -> date:
    """Find the first day after today on which the assessment may change without a new fact.

    Some of the days are looked at for nothing; none is left out. At the latest it is `latest`,
    which is as far as the assessment was worked out.
    """
    coming = (day for day in _days(treatment, assessment, today) if day > today)
    return min([latest, *coming])


def coming_days(timeline: Timeline, today: date) -> Iterator[date]:
    """Go through the days after today of facts on record: they begin to count by time alone.

    There are such where a patient moved to a zone in which it is still yesterday.
    """
    facts: list[Event] = [
        *timeline.unindexed(),
        *timeline.closings,
        *timeline.infusions,
        *timeline.of_other_drugs,
        *timeline.dosing,
        *(change for course in timeline.courses for change in course.changes),
    ]
    # What waits counts for nothing, and makes emergencies.
    for by_word in (timeline.results, timeline.answers, timeline.waiting):
        for found in by_word.values():
            facts += found
    facts += timeline.unfit
    return (fact.on for fact in facts if fact.on > today and not fact.lies_ahead)


def _days(treatment: Followed, assessment: Assessment, today: date) -> Iterator[date]:
    yield from coming_days(treatment.timeline, today)
    one = days(1)
    for check in assessment.checks:
        yield check.opens
        yield check.due + one
        yield check.overdue_after + one
    for warning in assessment.warnings:
        if warning.until is not None:
            yield warning.until + one
    of_watch = treatment.watch.drugs if isinstance(treatment, Watched) else ()
    for timeline, protocols in (*of_watch, (treatment.timeline, treatment.protocols)):
        for protocol in protocols.values():
            yield from protocol.turns(timeline)
    view = View(treatment.timeline, today)
    for protocol in treatment.protocols.values():
        yield from (begun for rule in protocol.rules() if (begun := rule.begins(view)))
        for rule in protocol.requirements:
            yield from rule.turns(view)
        if protocol.dose_table is not None:
            yield from protocol.dose_table.turns(view)
