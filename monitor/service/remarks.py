"""What else to say of a fact just recorded: what is odd about its day, which checks it asks for."""

from collections.abc import Iterator

from monitor import protocols
from monitor.domain.checks import find_next_infusion
from monitor.domain.events import Infusion, describe
from monitor.domain.expectations import AtSymptom
from monitor.domain.record import Recorded
from monitor.domain.timeline import Timeline
from monitor.domain.view import View
from monitor.service.queries import Case, find_closing
from monitor.store import codec

# What a body holds that says nothing of the patient.
_ABOUT_RECORDING = ("correction", "confirm", "second", "digest", "drug", "course")


def remarks(case: Case, row: Recorded) -> Iterator[str]:
    """Say what is odd: the patient is closed, or the day of a booking or an infusion."""
    closed = find_closing(case)
    if closed is not None and row.kind != "close":
        yield (
            f"{case.patient} is closed since {closed.on} ({closed.reason}): nothing is watched; "
            f"to watch again: monitor patient reopen {case.patient} --by WHO"
        )
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


def fact_words(row: Recorded) -> str:
    """Say what a recorded fact says, with its day, whether it is in force or not."""
    event = codec.alone(row, protocols.catalogue())
    said = describe(event) if event is not None else row.kind.replace("_", " ")
    if row.kind == "infusion" and isinstance(event, Infusion) and event.route != "iv":
        said += f", {event.route}"
    return said if row.kind == "plan" else f"{said} on {row.on}"


def changed_words(old: Recorded, new: Recorded) -> str:
    """Say what a correction changes: old → new, key by key."""
    was = {"on": old.on.isoformat(), **old.body}
    now_is = {"on": new.on.isoformat(), **new.body}
    none = "not recorded"
    return ", ".join(
        f"{key.replace('_', ' ')} {was.get(key, none)} → {now_is.get(key, none)}"
        for key in {**was, **now_is}
        if key not in _ABOUT_RECORDING and was.get(key) != now_is.get(key)
    )


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
