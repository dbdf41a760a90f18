"""What else to say of a fact just recorded: what is odd about its day, what it ends or calms."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.assessment import Treatment
from monitor.domain.catalogue import FactKind
from monitor.domain.checks import find_booking
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Answer, DoseAction, Kind
from monitor.domain.outcome import Severity
from monitor.domain.rule import AppliesTo
from monitor.domain.rules.question import Proposal
from monitor.service.asking.cases import Asked, Case, closed_words, warnings
from monitor.service.recording import bookings
from monitor.service.recording.not_counting import not_counting
from monitor.service.recording.record import Entry

# What a body holds that says nothing of the patient.
_ABOUT_RECORDING = ("correction", "confirm", "second", "digest", "drug", "course")


def remarks(connection: Connection, entry: Entry, *, now: datetime) -> Iterator[str]:
    """Say what nobody may expect: of its day, of what it calms, and of what does not count."""
    case = entry.case
    closed = closed_words(case)
    if closed is not None and entry.first.kind != Kind.CLOSE:
        yield f"{closed}; to watch again: monitor patient reopen {case.patient} --by WHO"
    yield from _odd(case, entry.first)
    is_booking = entry.first.kind in (Kind.PLAN, Kind.CANCEL) and not entry.first.corrects
    if entry.before is not None and is_booking:
        yield from bookings.booked_before(entry.before, entry.first)
    if entry.first.kind == Kind.RETRACTION:
        yield from bookings.booked_again(case, entry.replaced)
    yield from calmed(case, entry.stored)
    if entry.before is not None and entry.before.closed is None and case.closed is not None:
        for warning in warnings(entry.before, least=Severity.URGENT):
            yield f"reminders stop for {warning.severity} {warning.rule}: {warning.message}"
    yield from not_counting(connection, case, entry.stored, entry.rows, Asked(now=now))


def changed_words(old: Recorded, new: Recorded) -> str:
    """Say what a correction changes: old → new, key by key."""
    was, now_is = _as_said(old), _as_said(new)
    none = "not recorded"
    return ", ".join(
        f"{key.replace('_', ' ')} {was.get(key, none)} → {now_is.get(key, none)}"
        for key in {**was, **now_is}
        if key not in _ABOUT_RECORDING and was.get(key) != now_is.get(key)
    )


def _as_said(row: Recorded) -> dict[str, str]:
    """Give the keys of a fact as they are said: a comparator before its number."""
    body = {"on": row.on.isoformat(), **row.body}
    if "comparator" in body and "value" in body:
        body["value"] = body.pop("comparator") + body["value"]
    return body


def calmed(case: Case, stored: Iterable[Recorded]) -> Iterator[str]:
    """Name for each new answer the newest one that it is calmer than, and how to mend either.

    What was given, or an allergy, does not pass: to answer otherwise of a later day is a correction
    that looks like news, and takes a stop away that nobody could waive. A later "unknown" takes
    nothing back, so that it hides no answer before it.
    """
    news = {row.event for row in stored if row.kind == Kind.FACT}
    answers = [event for event in case.events if isinstance(event, Answer)] if news else []
    for new in (answer for answer in answers if answer.event in news):
        known = [one for one in answers if one.fact == new.fact and one.value != "unknown"]
        earlier = [one for one in known if one.on < new.on]
        was = max(earlier, key=lambda one: (one.on, one.event), default=None)
        if was is None or not _is_calmer(new, was):
            continue
        by = f", by {was.by}" if was.by else ""
        otherwise = f"correct {was.event} --value {new.value}"
        if new.value == "unknown":
            otherwise = f"retract {was.event}"
        yield (
            f"{new.fact} {new.value} on {new.on} (event {new.event}): it was {was.value} on "
            f"{was.on} (event {was.event}{by}), and that does not change with time. "
            f"If {was.value} is right: monitor retract {new.event} --reason R. "
            f"If {was.value} was wrong: monitor {otherwise} --reason R"
        )


def _is_calmer(new: Answer, earlier: Answer) -> bool:
    code = protocols.catalogue().facts[new.fact]
    if not code.lasts:
        return False
    if code.kind is not FactKind.NUMBER:
        return earlier.value == code.worse != new.value
    return Decimal(earlier.value) > Decimal(new.value)


def _odd(case: Case, row: Recorded) -> Iterator[str]:
    drug = row.body.get("drug")
    treatment = next((t for t in case.treatments if t.timeline.drug == drug), None)
    if row.kind == Kind.PATIENT_CHANGE and "sex" in row.body:
        yield from _open_question(case)
    elif row.kind == Kind.COURSE_END:
        course = int(row.body["course"])
        ended = next(t for t in case.treatments if course in t.protocols)
        yield from _still_booked(case, ended)
        yield from _still_taken(case, ended)
    elif treatment is not None and row.kind == Kind.COURSE:
        yield from _nothing_given(case, treatment, row)
    elif treatment is not None and row.kind == Kind.PLAN:
        yield from bookings.creates_nothing(case, treatment, row)
    elif treatment is not None and row.kind == Kind.INFUSION:
        yield from _outside_a_course(treatment, row)
        yield from bookings.uses_up(case, treatment, row)
        yield from _close_to_another(case, treatment, row)
    elif treatment is not None and row.kind == Kind.WAIVER:
        yield from _left_open(case, treatment, row)


def _left_open(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say what a waiver leaves of a requirement: something else is wrong with it."""
    if not any(r.name == row.body["rule"] for r in treatment.protocol_at(case.today).requirements):
        return
    for requirement in treatment.ask(
        on=case.today, today=case.today, proposal=Proposal()
    ).requirements:
        if requirement.rule == row.body["rule"] and requirement.is_left:
            yield f"{requirement.rule} still holds: {requirement.message}"


def _open_question(case: Case) -> Iterator[str]:
    """Say that the ability to conceive is not recorded, where a pregnancy test depends on it."""
    known = case.described
    if known.can_conceive is None and AppliesTo.ABLE_TO_CONCEIVE.is_for(known):
        yield (
            f"whether {case.patient} can conceive is not recorded: pregnancy tests are asked for; "
            f"type: monitor patient change {case.patient} --on DATE --can-conceive, or "
            "--cannot-conceive"
        )


def _still_booked(case: Case, treatment: Treatment) -> Iterator[str]:
    end = treatment.course_at(case.today).ended(case.today)
    plan = find_booking(treatment.protocol_at(case.today), treatment.view(case.today))
    if end is not None and plan is not None and plan.on > end.on:
        yield (
            f"an infusion is booked for {plan.on}, after the end of the course; "
            f"to cancel it: monitor infusion cancel {case.patient}"
        )


def _still_taken(case: Case, treatment: Treatment) -> Iterator[str]:
    """Say that the end of a course stops no daily drug: a person does."""
    drug, steps = treatment.timeline.drug, treatment.timeline.dosing
    is_over = treatment.course_at(case.today).ended(case.today) is not None
    if is_over and steps and steps[-1].action is not DoseAction.STOP:
        yield (
            f"{drug} is not recorded as stopped, and its checks may go on; "
            f"if it is taken no more: monitor dose stop {case.patient} --on DATE"
        )


def _nothing_given(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say of an older course what starts the watch: checks are counted from what was given."""
    timeline = treatment.timeline
    if row.on < case.today and not (timeline.infusions or timeline.dosing):
        yield (
            f"no {timeline.drug} is on record: this course creates no checks until a dose is "
            "recorded or booked; record earlier doses too, with their dates"
        )


def _outside_a_course(treatment: Treatment, row: Recorded) -> Iterator[str]:
    course = treatment.timeline.course_on(row.on)
    end = course.ended(row.on) if course is not None else None
    if course is None:
        first = treatment.timeline.courses[0].start
        yield (
            f"no course ran on {row.on}; it counts to the one begun on {first.on}; if that day was "
            f"entered wrongly: monitor correct {first.event} --on DATE --reason WHY"
        )
    elif end is not None and end.on < row.on:
        yield f"no course ran on {row.on}; it counts to the one that ended on {end.on}"


def _close_to_another(case: Case, treatment: Treatment, row: Recorded) -> Iterator[str]:
    """Say how to make one infusion of two so close together, of a drug not given in rounds."""
    view = treatment.protocol_at(row.on).view(treatment.timeline, case.today)
    is_outside = treatment.timeline.course_on(row.on) is None
    if is_outside or "part_of" in row.body or view.parting.within_days:
        return
    for other in view.infusions:
        if other.event != row.event and 0 <= (row.on - other.on).days <= 1:
            yield (
                f"event {other.event} is an infusion of {other.on}; if this is a part of it: "
                f"monitor retract {row.event} --reason WHY, and log it with --part-of {other.event}"
            )
