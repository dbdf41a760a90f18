"""What else to say of a fact just recorded: what is odd about its day, which checks it asks for."""

from collections.abc import Iterator

from monitor import protocols
from monitor.domain.checks import find_next_infusion
from monitor.domain.expectations import AtSymptom
from monitor.domain.record import Recorded
from monitor.domain.timeline import Timeline
from monitor.domain.view import View
from monitor.service.queries import Case


def remarks(case: Case, row: Recorded) -> Iterator[str]:
    """Say what is odd about the day of a booking, or of an infusion."""
    treatment = next((t for t in case.treatments if t.timeline.drug == row.body.get("drug")), None)
    if treatment is None or row.kind not in ("plan", "infusion"):
        return
    timeline = treatment.timeline
    if row.kind == "infusion":
        yield from _outside_a_course(timeline, row)
        return
    if row.on < case.today:
        yield f"the booked day {row.on} has passed already"
    course = timeline.course_on(row.on)
    if course is None or not course.running(row.on):
        yield f"no course runs on {row.on}: for this booking nothing is asked"
        return
    rule = find_next_infusion(treatment.protocol_of(course))
    view = View(timeline, case.today)
    if rule is not None and view.last_infusion is not None:
        plan = view.plan(rule.plan_used_up_days)
        if plan is None or plan.event != row.event:
            yield f"the infusion of {view.last_infusion.on} has used this booking up"


def checks_at_symptom(case: Case, code: str) -> set[str]:
    """Name the rules that ask for a check when a symptom is reported, however often that day."""
    group = protocols.catalogue().symptoms[code].group
    return {
        rule.name
        for treatment in case.treatments
        for protocol in treatment.protocols.values()
        for rule in protocol.checks
        if isinstance(rule, AtSymptom) and group in rule.groups
    }


def _outside_a_course(timeline: Timeline, row: Recorded) -> Iterator[str]:
    course = timeline.course_on(row.on)
    if course is None:
        first = timeline.courses[0].start
        yield f"no course ran on {row.on}; it counts to the one begun on {first.on}"
        return
    end = course.ended(row.on)
    if end is not None and end.on < row.on:
        yield f"no course ran on {row.on}; it counts to the one that ended on {end.on}"
