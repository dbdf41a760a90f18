"""What else to say of a fact just recorded: what is odd about its day, which checks it asks for."""

from collections.abc import Iterator

from monitor import protocols
from monitor.domain.assessment import Treatment
from monitor.domain.checks import find_booking
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.domain.outcome import Severity
from monitor.domain.rule import AppliesTo
from monitor.domain.timeline import Timeline
from monitor.service.asking.cases import Case, describe_patient, find_closing, warnings
from monitor.service.asking.said import closed_words

# What a body holds that says nothing of the patient.
_ABOUT_RECORDING = ("correction", "confirm", "second", "digest", "drug", "course")


def remarks(case: Case, row: Recorded) -> Iterator[str]:
    """Say what is odd: the patient is closed, or the day of a booking or an infusion."""
    closed = closed_words(case)
    if closed is not None and row.kind != Kind.CLOSE:
        yield f"{closed}; to watch again: monitor patient reopen {case.patient} --by WHO"
    if row.kind == Kind.PATIENT_CHANGE and "sex" in row.body:
        yield from _open_question(case)
    if row.kind == Kind.COURSE_END:
        ended = int(row.body["course"])
        yield from _still_booked(case, next(t for t in case.treatments if ended in t.protocols))
        return
    treatment = next((t for t in case.treatments if t.timeline.drug == row.body.get("drug")), None)
    if treatment is None or row.kind not in (Kind.COURSE, Kind.PLAN, Kind.INFUSION):
        return
    timeline = treatment.timeline
    if row.kind == Kind.COURSE:
        yield from _nothing_given(case, row)
        return
    if row.kind == Kind.INFUSION:
        yield from _outside_a_course(timeline, row)
        yield from _uses_up(case, treatment, row)
        yield from _close_to_another(case, treatment, row)
        return
    if row.on < case.today:
        yield f"the booked day {row.on} has passed already"
    course = timeline.course_on(row.on)
    if course is None or not course.running(row.on):
        yield f"no course runs on {row.on}: this booking creates no checks"
        return
    protocol = treatment.protocol_of(course)
    view = protocol.view(timeline, case.today)
    if protocol.next_infusion is not None and view.last_infusion is not None:
        plan = find_booking(protocol, view)
        if plan is None or plan.event != row.event:
            yield f"the infusion of {view.last_infusion.on} has used this booking up"


def silenced(before: Case | None, case: Case) -> Iterator[str]:
    """Name the urgent warnings of a patient who was closed: nobody is told of them now."""
    if before is None or find_closing(before) is not None or find_closing(case) is None:
        return
    for warning in warnings(before, least=Severity.URGENT):
        yield f"reminders stop for {warning.severity} {warning.rule}: {warning.message}"


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
    symptom = protocols.catalogue().symptoms[code]
    return {
        rule.name
        for treatment in case.treatments
        for protocol in treatment.protocols.values()
        for rule in protocol.checks
        if rule.is_asked_by(symptom)
    }


def _open_question(case: Case) -> Iterator[str]:
    """Say that the ability to conceive is not recorded, where a pregnancy test depends on it."""
    known = describe_patient(case)
    if known.can_conceive is None and AppliesTo.ABLE_TO_CONCEIVE.is_for(known):
        yield (
            f"whether {case.patient} can conceive is not recorded: pregnancy tests are asked for; "
            f"type: monitor patient change {case.patient} --on DATE --can-conceive, or "
            "--cannot-conceive"
        )


def _uses_up(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say which booking for another day an infusion took the place of."""
    timeline = treatment.timeline
    course = timeline.course_on(case.today)
    if course is None:
        return
    protocol = treatment.protocol_of(course)
    after = protocol.view(timeline, case.today)
    others = [i for i in after.infusions if i.event != row.event]
    booked = find_booking(protocol, protocol.view(timeline, case.today, infusions=others))
    if booked is not None and booked.on != row.on and find_booking(protocol, after) != booked:
        yield (
            f"this infusion uses up the booking for {booked.on}; if another is still meant: "
            f"monitor infusion plan {case.patient} --on DATE"
        )


def _close_to_another(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say how to make one infusion of two so close together, of a drug not given in rounds."""
    course = treatment.timeline.course_on(row.on)
    if course is None or "part_of" in row.body:
        return
    view = treatment.protocol_of(course).view(treatment.timeline, case.today)
    if view.parting.within_days:
        return
    for other in view.infusions:
        if other.event != row.event and 0 <= (row.on - other.on).days <= 1:
            yield (
                f"event {other.event} is an infusion of {other.on}; if this is a part of it: "
                f"monitor retract {row.event} --reason WHY, and log it with --part-of {other.event}"
            )


def _nothing_given(case: Case, row: Recorded) -> Iterator[str]:
    """Say of an older course what starts the watch: checks are counted from what was given."""
    timeline = next(t.timeline for t in case.treatments if t.timeline.drug == row.body["drug"])
    if row.on < case.today and not (timeline.infusions or timeline.dosing):
        yield (
            f"no {timeline.drug} is on record: this course creates no checks until a dose is "
            "recorded or booked; record earlier doses too, with their dates"
        )


def _still_booked(case: Case, treatment: Treatment) -> Iterator[str]:
    course = treatment.timeline.course_on(case.today)
    end = course.ended(case.today) if course is not None else None
    if course is None or end is None:
        return
    protocol = treatment.protocol_of(course)
    plan = find_booking(protocol, protocol.view(treatment.timeline, case.today))
    if plan is not None and plan.on > end.on:
        yield (
            f"an infusion is booked for {plan.on}, after the end of the course; "
            f"to cancel it: monitor infusion cancel {case.patient}"
        )


def _outside_a_course(timeline: Timeline, row: Recorded) -> Iterator[str]:
    course = timeline.course_on(row.on)
    if course is None:
        first = timeline.courses[0].start
        yield (
            f"no course ran on {row.on}; it counts to the one begun on {first.on}; if that day was "
            f"entered wrongly: monitor correct {first.event} --on DATE --reason WHY"
        )
        return
    end = course.ended(row.on)
    if end is not None and end.on < row.on:
        yield f"no course ran on {row.on}; it counts to the one that ended on {end.on}"
