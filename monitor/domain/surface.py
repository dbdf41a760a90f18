"""Body surface areas: computed exactly, measured, and the newest on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt

from monitor.domain.facts import Event, Infusion
from monitor.domain.view import View

_PRECISE = Context(prec=40)


def mosteller(height_cm: Decimal, weight_kg: Decimal) -> Fraction:
    """Compute the BSA in m2, the square root of cm x kg / 3600 (Mosteller 1987).

    Exact where the root is a fraction, so that a dose of exactly 12 mg/m2 stays exactly that;
    else to 40 digits.
    """
    square = Fraction(height_cm) * Fraction(weight_kg) / 3600
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    if root * root == square:
        return root
    quotient = _PRECISE.divide(Decimal(square.numerator), Decimal(square.denominator))
    return Fraction(_PRECISE.sqrt(quotient))


def dubois(height_cm: Decimal, weight_kg: Decimal) -> Fraction:
    """Compute the BSA in m2, 0.007184 x cm^0.725 x kg^0.425 (Du Bois 1916), to 40 digits."""
    height = _PRECISE.power(height_cm, Decimal("0.725"))
    weight = _PRECISE.power(weight_kg, Decimal("0.425"))
    return Fraction(_PRECISE.multiply(Decimal("0.007184"), _PRECISE.multiply(height, weight)))


FORMULAS = {"mosteller": mosteller, "dubois": dubois}


def per_m2(mg: Decimal, bsa: Fraction) -> Fraction:
    """Divide a dose by a body surface, exactly."""
    return Fraction(mg) / bsa


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """A body surface area and the facts it rests on."""

    m2: Fraction  # unrounded
    on: date
    facts: tuple[Event, ...]


def measured_surface(view: View, *, height: str, weight: str) -> Surface | None:
    """Compute the BSA from the newest height and weight results; its day is the later one's."""
    tall, heavy = view.newest(height), view.newest(weight)
    if tall is None or heavy is None:
        return None
    assert isinstance(tall.value, Decimal)
    assert isinstance(heavy.value, Decimal)
    return Surface(
        m2=mosteller(tall.value, heavy.value),
        on=max(tall.on, heavy.on),
        facts=(tall, heavy),
    )


def surfaces(together: Iterable[Infusion]) -> list[Fraction]:
    """List the body surfaces that doses of one day or of following ones were recorded for."""
    lines = [part for given in together for part in (given, *given.parts)]
    return [line.bsa for line in lines if line.bsa is not None]


def newest_surface(view: View, *, height: str, weight: str) -> Surface | None:
    """Find the newest BSA on record: of an infusion, or of height and weight results."""
    measured = measured_surface(view, height=height, weight=weight)
    given = next((i for i in reversed(view.infusions) if i.bsa is not None), None)
    if given is None or given.bsa is None or (measured is not None and measured.on > given.on):
        return measured
    return Surface(m2=given.bsa, on=given.on, facts=(given,))
