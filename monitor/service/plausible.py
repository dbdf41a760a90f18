"""Values that cannot be, and values that must be confirmed. The limits are in the catalogue."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from monitor.domain.catalogue import Catalogue, PlausibleDose, ResultCode
from monitor.domain.events import COUNTING, Result
from monitor.domain.exposure import FORMULAS, shown
from monitor.errors import Refused

def parse_value(code: ResultCode, value: str, unit: str | None) -> Decimal | str:
    """Read a value with its unit into the first unit of its code; raises Refused."""
    if code.words:
        if unit is not None:
            raise Refused(f"unit: {code.name} has none; it is {' or '.join(code.words)}")
        if value not in code.words:
            raise Refused(f"value: {code.name} is {' or '.join(code.words)}, not '{value}'")
        return value
    if unit is None:
        raise Refused(f"unit: missing; {code.name} is given in {' or '.join(code.units)}")
    if unit not in code.units:
        raise Refused(f"unit: {code.name} is given in {' or '.join(code.units)}, not '{unit}'")
    factor = code.units[unit]
    if "," in value and factor >= 1:
        raise Refused(f"value: '{value}' with a comma; write 1500 for thousands, 1.5 for decimals")
    try:
        return Decimal(value.replace(",", "")) * factor
    except ArithmeticError as fault:
        raise Refused(f"value: '{value}' is not a number; write for instance 3.2") from fault


def refuse_impossible(code: ResultCode, number: Decimal, shown: str, key: str = "value") -> None:
    """Raise Refused for a value that cannot be, with what was probably meant."""
    limits = code.plausible
    if number == 0 and limits.zero_allowed:
        return
    low = limits.refuse_below is not None and number < limits.refuse_below
    high = limits.refuse_above is not None and number > limits.refuse_above
    if low or high:
        raise Refused(f"{key}: {code.name} {shown} cannot be; {_meant(code, shown)}")


def _meant(code: ResultCode, shown: str) -> str:
    """Find the unit in which the same number would make sense."""
    text, _, unit = shown.partition(" ")
    number = Decimal(text.replace(",", ""))
    for other, factor in code.units.items():
        limits = code.plausible
        value = number * factor
        low = limits.confirm_below or limits.refuse_below or Decimal(0)
        high = limits.confirm_above or limits.refuse_above or value
        if other != unit and factor != code.units.get(unit) and low <= value <= high:
            return f"did you mean {text} {other}?"
    return f"check the value and its unit ({limits_words(code)})"


def limits_words(code: ResultCode) -> str:
    """Say between what the values of a code may lie."""
    low, high = code.plausible.refuse_below, code.plausible.refuse_above
    words = f"{'' if low is None else low} to {'' if high is None else high} {code.unit}".strip()
    return f"{words}; {code.plausible.hint}" if code.plausible.hint else words


def doubtful(code: ResultCode, result: Result, earlier: Iterable[Result]) -> list[str]:
    """List what about a possible value must be confirmed."""
    value = result.value
    if not isinstance(value, Decimal):
        return []
    limits, doubts = code.plausible, []
    if limits.confirm_below is not None and value < limits.confirm_below:
        doubts.append(f"{code.name} {result.shown} is unusually low" + _hint(code))
    if limits.confirm_above is not None and value > limits.confirm_above:
        doubts.append(f"{code.name} {result.shown} is unusually high" + _hint(code))
    before = max(
        (r for r in earlier if r.code == code.name and r.status in COUNTING and r.on <= result.on),
        key=lambda r: (r.on, r.event),
        default=None,
    )
    if before is None or not isinstance(before.value, Decimal):
        return doubts
    change = limits.confirm_change
    if change is not None and abs(value - before.value) > change:
        doubts.append(f"{code.name} {result.shown} after {before.shown} on {before.on}")
    if code.method_matters and result.method and before.method and result.method != before.method:
        doubts.append(f"method {result.method}, but {before.method} on {before.on}")
    return doubts


def _hint(code: ResultCode) -> str:
    return f" ({code.plausible.hint}?)" if code.plausible.hint else ""


def exceeds_partner(catalogue: Catalogue, result: Result, same_day: Iterable[Result]) -> str | None:
    """Find a part that is larger than its whole: neutrophils above leucocytes."""
    if not isinstance(result.value, Decimal):
        return None
    for other in same_day:
        if not isinstance(other.value, Decimal):
            continue
        for part, whole in ((result, other), (other, result)):
            above = catalogue.results[part.code].at_most == whole.code
            if above and part.value > whole.value:  # type: ignore[operator]  # both are numbers
                return f"{part.code} {part.shown} above {whole.code} {whole.shown} of the same day"
    return None


def doubtful_dose(body: dict[str, str], limits: PlausibleDose) -> list[str]:
    """List what about a dose must be confirmed; raises Refused for what cannot be."""
    doubts = []
    mg = Decimal(body["dose_mg"])
    if mg <= 0:
        raise Refused(f"dose_mg: {mg} cannot be; write the milligrams given")
    surface = Fraction(body["bsa_m2"]) if "bsa_m2" in body else None
    if surface is not None and ("height_cm" in body or "weight_kg" in body):
        raise Refused("bsa_m2: give height and weight, or the BSA, not both")
    if ("height_cm" in body) != ("weight_kg" in body):
        missing = "weight_kg" if "height_cm" in body else "height_cm"
        raise Refused(f"{missing}: missing; height and weight go together")
    if "bsa_formula" in body and "height_cm" not in body:
        raise Refused("bsa_formula: only with height and weight")
    if "height_cm" in body:
        height, weight = Decimal(body["height_cm"]), Decimal(body["weight_kg"])
        if height <= 0 or weight <= 0:
            raise Refused("height_cm: height and weight must be above 0")
        if not limits.height_from <= height <= limits.height_to:
            doubts.append(f"height {height} cm (metres or inches?)")
        if not limits.weight_from <= weight <= limits.weight_to:
            doubts.append(f"weight {weight} kg (pounds?)")
        surface = FORMULAS[body.get("bsa_formula", "mosteller")](height, weight)
    if surface is not None and surface <= 0:
        raise Refused("bsa_m2: must be above 0")
    if surface is not None and not limits.surface_from <= surface <= limits.surface_to:
        doubts.append(f"a body surface of {shown(surface, 4)} m2")
    usual = mg == limits.usual_mg_per_m2
    if usual and surface is not None and surface > limits.mistaken_above_m2:
        doubts.append(f"{mg} mg for {shown(surface, 4)} m2 (mg, not mg/m2?)")
    return doubts
