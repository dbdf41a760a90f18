"""Sizes held against what is on record: a slip of a digit, pounds for kilograms, mg for mg/m2.

Each doubt must be confirmed by a person; how far is far stands in the catalogue.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from monitor.domain.catalogue import PlausibleDose
from monitor.domain.exposure import shown
from monitor.domain.facts import Dosing, Event, Infusion, Result
from monitor.domain.rule import UsualDose
from monitor.domain.surface import FORMULAS

_Size = TypeVar("_Size", Decimal, Fraction)

_YEAR = timedelta(days=365)


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What was measured of a patient on a day."""

    on: date
    height: Decimal | None = None
    weight: Decimal | None = None
    surface: Fraction | None = None  # as it was typed, or computed from the other two


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseGiven:
    """What was given on a day, with all its parts, or from a day on."""

    on: date
    mg: Decimal
    may_be_less: bool = False  # a part, or after a rest: a lower dose is right
    may_be_rest: bool = False  # of an infusion of its day or the day before


def body_of(on: date, line: dict[str, str]) -> Body:
    """Read the body of an infusion's line."""
    if "height_cm" in line and "weight_kg" in line:
        height, weight = Decimal(line["height_cm"]), Decimal(line["weight_kg"])
        surface = FORMULAS[line.get("bsa_formula", "mosteller")](height, weight)
        return Body(on=on, height=height, weight=weight, surface=surface)
    return Body(on=on, surface=Fraction(line["bsa_m2"]) if "bsa_m2" in line else None)


def measured(event: object) -> Body | None:
    """Find what a fact says of the body."""
    match event:
        case Infusion():
            return Body(
                on=event.on, height=event.height_cm, weight=event.weight_kg, surface=event.bsa
            )
        case Result(code="height", value=Decimal() as value):
            return Body(on=event.on, height=value)
        case Result(code="weight", value=Decimal() as value):
            return Body(on=event.on, weight=value)
        case _:
            return None


def unlikely_body(new: Body, limits: PlausibleDose) -> Iterator[str]:
    """Say what about a body must be confirmed, whoever has it."""
    if new.height is not None and not limits.height_from <= new.height <= limits.height_to:
        yield f"height {new.height} cm (metres or inches?)"
    if new.weight is not None and not limits.weight_from <= new.weight <= limits.weight_to:
        yield f"weight {new.weight} kg (pounds?)"
    if new.surface is not None and not limits.surface_from <= new.surface <= limits.surface_to:
        yield f"a body surface of {shown(new.surface, 4)} m2"


def doubtful_body(new: Body, known: Iterable[Body], limits: PlausibleDose) -> Iterator[str]:
    """Say what differs from what was measured last, or does not go together."""
    earlier = list(known)
    weight = _last(new.on, [(b.on, b.weight) for b in earlier], within=_YEAR)
    if new.weight is not None and weight is not None:
        on, was = weight
        if abs(new.weight - was) > was * limits.weight_change:
            yield f"weight {new.weight} kg after {was} kg on {on} (kilograms, not pounds?)"
    height = _last(new.on, [(b.on, b.height) for b in earlier])
    if new.height is not None and height is not None:
        on, was = height
        if abs(new.height - was) > limits.height_change:
            yield f"height {new.height} cm after {was} cm on {on}"
    surface = _last(new.on, [(b.on, b.surface) for b in earlier], within=_YEAR)
    if new.surface is not None and new.weight is None and surface is not None:
        on, size = surface
        if abs(new.surface - size) > size * Fraction(limits.surface_change):
            yield f"a body surface of {shown(new.surface, 4)} m2 after {shown(size, 4)} m2 on {on}"
    tall = new.height or (height[1] if height and new.weight is not None else None)
    heavy = new.weight or (weight[1] if weight and new.height is not None else None)
    if tall and heavy:
        index = Fraction(heavy) / (Fraction(tall) / 100) ** 2
        if not limits.bmi_from <= index <= limits.bmi_to:
            yield f"{heavy} kg at {tall} cm, a body mass index of {shown(index, 1)}"


def doubtful_size(
    new: DoseGiven,
    surface: Fraction | None,
    last: DoseGiven | None,
    usual: UsualDose | None,
    limits: PlausibleDose,
) -> Iterator[str]:
    """Say whether an infusion is far from the usual one for the body, or from the last."""
    mg = new.mg
    rest = ' (the rest of one begun before? --part-of EVENT, in a file "part_of":ID)'
    rest = rest if new.may_be_rest else ""
    if usual is not None:
        # Nobody recorded a surface: as for the largest person, and for the smallest.
        largest, smallest = surface or limits.surface_to, surface or limits.surface_from
        most, least = _usual(usual, Fraction(largest)), _usual(usual, Fraction(smallest))
        what = f"for {shown(surface, 4)} m2" if surface else "whatever the body surface"
        if mg > most * Fraction(limits.above_usual):
            yield f"{mg} mg, far above the usual {shown(most, 1)} mg {what}"
        elif not new.may_be_less and mg < least * Fraction(limits.below_usual):
            yield f"{mg} mg, far below the usual {shown(least, 1)} mg {what}{rest}"
    if last is None:
        return
    if mg > last.mg * limits.above_last:
        yield f"{mg} mg, far above the last dose, {last.mg} mg on {last.on}"
    elif not new.may_be_less and mg < last.mg * limits.below_last:
        yield f"{mg} mg, far below the last dose, {last.mg} mg on {last.on}{rest}"


def doubtful_daily(new: DoseGiven, last: DoseGiven | None) -> Iterator[str]:
    """Say whether a daily dose is a slip of ten from the last: it is raised by degrees."""
    if last is None:
        return
    if new.mg >= last.mg * 10 or (new.mg * 10 <= last.mg and not new.may_be_less):
        yield f"{new.mg} mg a day after {last.mg} mg on {last.on}"


def last_daily(steps: Iterable[Event], drug: str, on: date) -> DoseGiven | None:
    """Find the last daily dose of a drug that was named, up to a day."""
    named = [
        step
        for step in steps
        if isinstance(step, Dosing) and step.drug == drug and step.on <= on and step.mg is not None
    ]
    last = max(named, key=lambda step: (step.on, step.event), default=None)
    return None if last is None or last.mg is None else DoseGiven(on=last.on, mg=last.mg)


def newest_surface(on: date, known: Iterable[Body]) -> Fraction | None:
    """Find the body surface that was measured last, within a year."""
    found = _last(on, [(body.on, body.surface) for body in known], within=_YEAR)
    return found[1] if found else None


def _usual(usual: UsualDose, surface: Fraction) -> Fraction:
    mg = Fraction(usual.size_mg_per_m2) * surface
    return mg if usual.at_most_mg is None else min(mg, Fraction(usual.at_most_mg))


def _last(
    on: date, values: Iterable[tuple[date, _Size | None]], within: timedelta | None = None
) -> tuple[date, _Size] | None:
    """Find the newest value up to a day; where there is none, the first one after it."""
    known = [
        (day, value)
        for day, value in values
        if value is not None and (within is None or abs(day - on) <= within)
    ]
    before = [pair for pair in known if pair[0] <= on]
    if before:
        return max(before, key=lambda pair: pair[0])
    return min(known, key=lambda pair: pair[0], default=None)
