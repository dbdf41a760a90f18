"""Rows to the domain's facts. What was received is stored as received; here it gets its meaning."""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import Any, TypedDict, get_args, get_type_hints
from zoneinfo import ZoneInfo

from monitor.domain.catalogue import Catalogue
from monitor.domain.corrections import InForce, Recorded, in_force, lone, named_infusions, seen
from monitor.domain.facts import (
    CLASSES,
    DESCRIBING,
    DoseAction,
    Dosing,
    Event,
    Infusion,
    Kind,
    PatientDescribed,
    Result,
    Status,
    Symptom,
)
from monitor.domain.outcome import Role
from monitor.domain.surface import FORMULAS
from monitor.store import earlier
from monitor.store.measured import measured

Body = dict[str, str]
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
        if fact.row.kind in DESCRIBING and name:
            zone = ZoneInfo(name)
    found = [
        _DECODERS[fact.row.kind](fact, zone, catalogue)
        for fact in counting
        if fact.row.kind in _DECODERS
    ]
    versions = earlier.Versions(rows)
    found = [versions.seen(event) if isinstance(event, Result) else event for event in found]
    if not any("part_of" in fact.row.body for fact in counting):
        return found
    names, named = named_infusions(rows), {f.row.event: f.row.body.get("part_of") for f in counting}
    return [
        replace(event, part_of=names.get(of))
        if isinstance(event, Infusion) and (of := named[event.event]) is not None
        else event
        for event in found
    ]


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
    found = measured(body, code)
    return Result(
        **_common(fact, zone),
        **found,
        code=code.name,
        method=body.get("method"),
        status=Status(body.get("status", "final")),
        is_second=body.get("second") == "true",
        is_limit_odd=code.plausible.calms(found["uln"], found["lln"]),
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
    measured = catalogue.symptoms[body["code"]].measured_as
    shown, value = f"{body['value']} {body['unit']}" if "value" in body else "", None
    code = catalogue.results[measured] if measured else None
    if shown and code and body["unit"] in code.accepted:
        value = code.in_first_unit(Decimal(body["value"].replace(",", "")), body["unit"])
        shown = code.shown(body["value"], body["unit"])
    at = datetime.fromisoformat(body["at"])
    return Symptom(**_common(fact, zone), code=body["code"], at=at, shown=shown, value=value)


def _patient(fact: InForce, zone: ZoneInfo, catalogue: Catalogue) -> Event:
    # What a patient is registered with holds from the beginning.
    return replace(_described(fact, zone, catalogue), on=date.min)


def own_fields(kind: type[Event]) -> dict[str, bool]:
    """Name what a kind of fact says beside what all say; whether each must be there."""
    own = (field for field in fields(kind) if field.name not in _Common.__annotations__)
    return {field.name: field.default is MISSING for field in own}


def plain(kind: type[Event]) -> Decoder:
    """Make the decoder of a kind whose fields stand in the body, as texts under their names."""
    hints, own = get_type_hints(kind), own_fields(kind)
    readers = {name: _reader(kind, name, hints[name]) for name in own}
    needed = {name for name, is_needed in own.items() if is_needed}

    def decode(fact: InForce, zone: ZoneInfo, _catalogue: Catalogue) -> Event:
        body = fact.row.body
        names = (name for name in readers if name in body or name in needed)
        return kind(**_common(fact, zone), **{name: readers[name](body[name]) for name in names})

    return decode


def _reader(kind: type[Event], name: str, hint: Any) -> Callable[[str], object]:
    """Find how a field is read; raises TypeError for a type that nobody reads from a text."""
    types = [one for one in get_args(hint) or (hint,) if one is not NoneType]
    if types[0] not in _READERS:
        raise TypeError(f"{kind.__name__}.{name}: say in _READERS how {hint} is read from a text")
    return _READERS[types[0]]


_READERS: dict[object, Callable[[str], object]] = {
    str: str,
    int: int,
    bool: "true".__eq__,
    date: date.fromisoformat,
    Decimal: Decimal,
    Role: Role,
}
_described = plain(PatientDescribed)
# Of these more is made than stands in their bodies.
_OWN: dict[Kind, Decoder] = {
    Kind.PATIENT: _patient,
    Kind.INFUSION: _infusion,
    Kind.DOSE: _dosing,
    Kind.RESULT: _result,
    Kind.SYMPTOM: _symptom,
}
_DECODERS: dict[str, Decoder] = {
    kind: _OWN.get(kind) or plain(fact) for kind, fact in CLASSES.items()
}
# Of these what is stored has the names of the fields.
AS_WRITTEN = frozenset(CLASSES) - frozenset(_OWN) | {Kind.PATIENT}
