"""Days, months, exact numbers, rounding."""
import calendar
import decimal
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

CONTEXT = decimal.Context(prec=60)


def day(x):
    if isinstance(x, date):
        return x
    return date.fromisoformat(x)


def plus(d, days):
    return d + timedelta(days=days)


@cache
def months(anchor, n):
    """K2: "month arithmetic from the **anchor**, clamped to month end, never chained"."""
    index = anchor.year * 12 + (anchor.month - 1) + n
    year, month = index // 12, index % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(anchor.day, last))


def days_from_to(first, last):
    """Every day from first to last, both inside."""
    out, d = [], first
    while d <= last:
        out.append(d)
        d = plus(d, 1)
    return out


def dec(x):
    """ "Numbers may be strings or numbers": text of it, exactly."""
    return x if isinstance(x, Decimal) else Decimal(str(x))


def frac(x):
    """Exact value. Sums and comparisons are exact rationals ("compared unrounded", "full-precision")."""
    if isinstance(x, str):
        return _read(x)
    return None if x is None else x if isinstance(x, Fraction) else Fraction(dec(x))


@cache
def _read(text):
    return Fraction(Decimal(text))


@cache
def mosteller(h, w):
    """√(cm·kg/3600)"""
    return Fraction(CONTEXT.sqrt(CONTEXT.divide(CONTEXT.multiply(dec(h), dec(w)), Decimal(3600))))


@cache
def dubois(h, w):
    """0.007184·cm^0.725·kg^0.425"""
    a = CONTEXT.power(dec(h), Decimal("0.725"))
    b = CONTEXT.power(dec(w), Decimal("0.425"))
    return Fraction(CONTEXT.multiply(CONTEXT.multiply(Decimal("0.007184"), a), b))


def _text(units, places):
    sign, units = ("-", -units) if units < 0 else ("", units)
    digits = str(units).rjust(places + 1, "0")
    return sign + digits[:-places] + "." + digits[-places:]


def half_up(x, places):
    """ "mg/m2 half-up to 0.01 … BSA to 0.0001" (all our numbers are >= 0)"""
    if x is None:
        return None
    scaled = frac(x) * 10 ** places
    return _text((scaled + Fraction(1, 2)).__floor__(), places)


def down(x, places):
    """ "`remaining` down to 0.01, `remaining_mg` down to 0.1" """
    return None if x is None else _text((frac(x) * 10 ** places).__floor__(), places)


def together(parts):
    """The parts of one infusion (the first one first) as one."""
    first = parts[0]
    if len(parts) == 1:
        return dict(first, lines=parts)
    # a part without a surface was given to the same person within a day
    amounts = [frac(i["mg"]) / first["bsa"] if i["bsa"] is None and first["bsa"] else i["per_m2"] for i in parts]
    route = next((i["route"] for i in parts if i["route"].lower() != "iv"), "iv")
    return dict(first, lines=parts, mg=sum(i["mg"] for i in parts), seq=max(i["seq"] for i in parts), route=route,
                per_m2=None if None in amounts else sum(amounts), recorded_on=first["recorded_on"])
