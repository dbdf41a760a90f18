"""Rows to the domain's facts. What was received is stored as received; here it gets its meaning."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict
from zoneinfo import ZoneInfo

from monitor.domain.catalogue import Catalogue
from monitor.domain.corrections import InForce, Recorded, in_force, lone, named_infusions, seen
from monitor.domain.exposure import FORMULAS
from monitor.domain.facts import (
    Acknowledgement,
    Answer,
    BookingCancelled,
    CourseEnded,
    CourseMoved,
    CoursePaused,
    CourseResumed,
    CourseStarted,
    DoseAction,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    Kind,
    PatientClosed,
    PatientDescribed,
    PatientReopened,
    Result,
    Status,
    Symptom,
    Waiver,
)
from monitor.store import earlier

Body = dict[str, str]
_LIMITS = ("uln", "lln")
Decoder = Callable[[InForce, ZoneInfo, Catalogue], Event]


class _Common(TypedDict):
    """The fields that every fact has."""

    event: int
    on: date
    recorded_on: date
    origin: int
    by: str | None
    said_at: datetime
    first_said_at: datetime
    begun_at: datetime
    clock_at: datetime


def facts(
    rows: Iterable[Recorded], catalogue: Catalogue, *, now: datetime | None = None
) -> list[Event]:
    """Turn a patient's rows, in the order of recording, into the facts that are in force.

    What is on record now was recorded by now, whatever its moment says.
    """
    rows = list(rows)
    counting = [*earlier.with_answers(in_force(rows))]
    if now is not None and (at := seen(rows, now)):
        counting = [replace(fact, seen_at=at[fact.origin]) for fact in counting]
    zone = ZoneInfo("UTC")
    for fact in counting:
        name = fact.row.body.get("timezone")
        if fact.row.kind in (Kind.PATIENT, Kind.PATIENT_CHANGE) and name:
            zone = ZoneInfo(name)
    found = [
        _DECODERS[fact.row.kind](fact, zone, catalogue)
        for fact in counting
        if fact.row.kind in _DECODERS
    ]
    known = earlier.first_known(rows)
    found = [
        replace(event, first_said_at=known[event.code, event.on])
        if isinstance(event, Result) and known[event.code, event.on] < _said(event)
        else event
        for event in found
    ]
    if any(isinstance(event, Result) and event.status is Status.UNSUITABLE for event in found):
        numbers = earlier.unfit(rows)
        found = [
            replace(event, number=numbers[event.identity])
            if isinstance(event, Result) and event.status is Status.UNSUITABLE
            else event
            for event in found
        ]
    if any(row.body.get("status") == Status.PRELIMINARY for row in rows):
        confirms = earlier.confirmed(rows)
        found = [
            replace(event, confirms=confirms[event.event])
            if isinstance(event, Result) and event.event in confirms
            else event
            for event in found
        ]
    if any(isinstance(e, Result) and e.is_second and e.came_corrected for e in found):
        several = earlier.of_several(rows)
        found = [
            replace(event, of_several=True)
            if isinstance(event, Result) and event.identity in several
            else event
            for event in found
        ]
    if not any("part_of" in fact.row.body for fact in counting):
        return found
    names, named = named_infusions(rows), {f.row.event: f.row.body.get("part_of") for f in counting}
    return [
        replace(event, part_of=names.get(of))
        if isinstance(event, Infusion) and (of := named[event.event]) is not None
        else event
        for event in found
    ]


def _said(event: Event) -> datetime:
    assert event.first_said_at is not None  # of what was recorded
    return event.first_said_at


def alone(row: Recorded, catalogue: Catalogue) -> Event | None:
    """Turn one row into a fact by itself, in force or not; None for what is no fact."""
    return decode(lone(row), ZoneInfo("UTC"), catalogue)


def decode(fact: InForce, zone: ZoneInfo, catalogue: Catalogue) -> Event | None:
    """Turn one recorded fact into what it says, without looking at others."""
    decoder = _DECODERS.get(fact.row.kind)
    return None if decoder is None else decoder(fact, zone, catalogue)


def _common(fact: InForce, zone: ZoneInfo) -> _Common:
    return {
        "event": fact.row.event,
        "on": fact.row.on,
        "recorded_on": (fact.seen_at or fact.first_recorded_at).astimezone(zone).date(),
        "origin": fact.origin,
        "by": fact.row.by,
        "said_at": fact.row.recorded_at,
        "first_said_at": fact.first_recorded_at,
        "begun_at": fact.first_recorded_at,
        "clock_at": fact.row.said_by_clock,
    }


def _number(body: Body, key: str) -> Decimal | None:
    return Decimal(body[key]) if key in body else None


def _result(fact: InForce, zone: ZoneInfo, catalogue: Catalogue) -> Event:
    body = fact.row.body
    code = catalogue.results[body["code"]]
    # Only a sample that was not fit may be without a value: another one is damaged.
    is_unfit = body.get("status") == Status.UNSUITABLE
    shown = body.get("value", "") if is_unfit else body["value"]
    value: Decimal | str = shown
    factor = Decimal(1)
    if code.units and shown:
        factor = code.units[body["unit"]]
        value = Decimal(body["value"].replace(",", "")) * factor
        shown = f"{body['value']} {body['unit']}"
    # No upper limit is 0, and a lower limit of 0 is none.
    uln, lln = (limit * factor if (limit := _number(body, key)) else None for key in _LIMITS)
    return Result(
        **_common(fact, zone),
        code=code.name,
        value=value,
        shown=shown,
        uln=uln,
        lln=lln,
        method=body.get("method"),
        status=Status(body.get("status", "final")),
        is_second=body.get("second") == "true",
        is_limit_odd=code.plausible.calms(uln, lln),
        came_corrected=(*fact.earlier, fact.row)[0].body.get("status") == Status.CORRECTED,
        once=earlier.once(fact, lambda version: _result(version, zone, catalogue)),
        early=earlier.early(fact, lambda version: _result(version, zone, catalogue)),
    )


def _infusion(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
    body = fact.row.body
    height, weight = _number(body, "height_cm"), _number(body, "weight_kg")
    bsa, formula = Fraction(body["bsa_m2"]) if "bsa_m2" in body else None, None
    if bsa is None and height is not None and weight is not None:
        formula = body.get("bsa_formula", "mosteller")
        bsa = FORMULAS[formula](height, weight)
    common = _common(fact, zone)
    common["first_said_at"] = fact.day_recorded_at
    return Infusion(
        **common,
        drug=body["drug"],
        mg=Decimal(body["dose_mg"]),
        bsa=bsa,
        formula=formula,
        height_cm=height,
        weight_kg=weight,
        route=body.get("route"),
        despite=body.get("despite"),
    )


def _dosing(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
    body = fact.row.body
    return Dosing(
        **_common(fact, zone),
        drug=body["drug"],
        action=DoseAction(body["action"]),
        mg=_number(body, "dose_mg"),
        reason=body.get("reason"),
    )


def _symptom(fact: InForce, zone: ZoneInfo, catalogue: Catalogue) -> Event:
    body = fact.row.body
    shown = f"{body['value']} {body['unit']}" if "value" in body else ""
    measured = catalogue.symptoms[body["code"]].measured_as
    value = None
    if shown and measured and body["unit"] == catalogue.results[measured].unit:
        value = Decimal(body["value"].replace(",", ""))
    at = datetime.fromisoformat(body["at"])
    return Symptom(**_common(fact, zone), code=body["code"], at=at, shown=shown, value=value)


def _patient(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
    body = fact.row.body
    common = _common(fact, zone)
    if fact.row.kind == Kind.PATIENT:
        common["on"] = date.min  # what a patient is registered with holds from the beginning
    able = body.get("can_conceive")
    return PatientDescribed(
        **common,
        sex=body.get("sex"),
        born=date.fromisoformat(body["born"]) if "born" in body else None,
        timezone=body.get("timezone"),
        language=body.get("language"),
        can_conceive=None if able is None else able == "true",
        name=body.get("name"),
    )


def _of(kind: Callable[..., Event], *keys: str, number: str | None = None) -> Decoder:
    """Make a decoder for a kind whose fields are its body's texts."""

    def decode(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
        values: dict[str, object] = {key: fact.row.body[key] for key in keys}
        if number is not None:
            values[number] = int(fact.row.body[number])
        return kind(**_common(fact, zone), **values)

    return decode


def _waiver(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
    body = fact.row.body
    return Waiver(
        **_common(fact, zone),
        rule=body["rule"],
        drug=body["drug"],
        occurrence=int(body["occurrence"]),
        anchor=int(body["anchor"]),
        reason=body["reason"],
    )


def _acknowledgement(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
    body = fact.row.body
    return Acknowledgement(
        **_common(fact, zone),
        rule=body["rule"],
        drug=body["drug"],
        occurrence=int(body["occurrence"]),
        anchor=int(body["anchor"]),
        note=body.get("note"),
        is_patients=body.get("role") == "patient",
        severity=body.get("severity"),
    )


_DECODERS: dict[str, Decoder] = {
    Kind.PATIENT: _patient,
    Kind.PATIENT_CHANGE: _patient,
    Kind.CLOSE: _of(PatientClosed, "reason"),
    Kind.REOPEN: _of(PatientReopened),
    Kind.COURSE: _of(CourseStarted, "protocol", "version", "digest", "drug"),
    Kind.COURSE_PAUSE: _of(CoursePaused, number="course"),
    Kind.COURSE_RESUME: _of(CourseResumed, number="course"),
    Kind.COURSE_END: _of(CourseEnded, "reason", number="course"),
    Kind.FACT: _of(Answer, "fact", "value"),
    Kind.COURSE_MOVE: _of(CourseMoved, "protocol", "version", "digest", number="course"),
    Kind.PLAN: _of(InfusionPlanned, "drug"),
    Kind.CANCEL: _of(BookingCancelled, "drug"),
    Kind.INFUSION: _infusion,
    Kind.DOSE: _dosing,
    Kind.RESULT: _result,
    Kind.SYMPTOM: _symptom,
    Kind.WAIVER: _waiver,
    Kind.ACKNOWLEDGEMENT: _acknowledgement,
}
