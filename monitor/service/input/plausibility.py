"""Values that cannot be, and values that must be confirmed. The limits are in the catalogue."""

from decimal import Decimal

from monitor.domain.catalogue import ResultCode, Worse
from monitor.domain.facts import DoseAction, Result
from monitor.errors import BadOption
from monitor.service.input import text_fields

# Of a range the worse end counts.
_END = {
    Worse.LOWER: "the lower end, {0}",
    Worse.HIGHER: "the higher end, {1}",
    Worse.BOTH: "one number",
}


def parse_value(
    code: ResultCode, value: str, unit: str | None, key: str = "value"
) -> Decimal | str:
    """Read a value with its unit into the first unit of its code; raises Refused."""
    if code.words:
        refuse_unit(code, unit)
        if value not in code.words:
            given = text_fields.printable(value)
            raise BadOption(key, f"{code.name} is {' or '.join(code.words)}, not '{given}'")
        return value
    return parse_number(code, value, unit, key)


def parse_number(code: ResultCode, value: str, unit: str | None, key: str = "value") -> Decimal:
    """Read a number with its unit into the first unit of its code; raises Refused."""
    if not code.units:
        raise BadOption(key, f"{code.name} has no number; leave it out")
    if unit is None:
        raise BadOption("unit", f"missing; {code.name} is given in {' or '.join(code.accepted)}")
    refuse_unit(code, unit)
    if "," in value and code.units.get(unit, 1) >= 1:
        raise BadOption(key, f"'{value}' with a comma; write 1500 for thousands, 1.5 for decimals")
    if ends := text_fields.find_range(value):
        raise BadOption(key, f"'{value}' is a range; write {_END[code.worse].format(*ends)}")
    try:
        # Decimal itself would also take NaN and Infinity.
        number = Decimal(text_fields.number(value.replace(",", "")))
    except ValueError as fault:
        raise BadOption(key, fault) from fault
    return code.in_first_unit(number, unit)


def refuse_unit(code: ResultCode, unit: str | None) -> None:
    """Raise Refused for a unit in which nothing of a code is given."""
    if unit is None or unit in code.accepted:
        return
    if code.words:
        raise BadOption("unit", f"{code.name} has none; it is {' or '.join(code.words)}")
    units, given = " or ".join(code.accepted), text_fields.printable(unit)
    raise BadOption("unit", f"{code.name} is given in {units}, not '{given}'")


def refuse_impossible(code: ResultCode, number: Decimal, shown: str, key: str = "value") -> None:
    """Raise Refused for a value that cannot be, with what was probably meant."""
    limits = code.plausible
    if number == 0 and limits.zero_allowed:
        return
    low = limits.refuse_below is not None and number < limits.refuse_below
    high = limits.refuse_above is not None and number > limits.refuse_above
    if low or high:
        raise BadOption(key, f"{code.name} {shown} cannot be; {_meant(code, shown)}")


def doubtful(
    code: ResultCode, value: Decimal, shown: str, method: str | None, before: Result | None
) -> list[str]:
    """List what about a possible value must be confirmed: also beside the value before it."""
    doubts = doubtful_number(code, value, f"{code.name} {shown}")
    if before is None or not isinstance(before.compared, Decimal):
        return doubts
    change = code.plausible.confirm_change
    if change is not None and abs(value - before.compared) > change:
        doubts.append(f"{code.name} {shown} after {before.shown} on {before.on}")
    if code.method_matters and method and before.method and method != before.method:
        doubts.append(f"method {method}, but {before.method} on {before.on}")
    return doubts


def doubtful_number(code: ResultCode, number: Decimal, named: str) -> list[str]:
    """Say whether a value, or a laboratory's limit for it, is outside the usual ones."""
    limits = code.plausible
    if limits.confirm_below is not None and number < limits.confirm_below:
        return [f"{named} is unusually low{_hint(code)}"]
    if limits.confirm_above is not None and number > limits.confirm_above:
        return [f"{named} is unusually high{_hint(code)}"]
    return []


def doubtful_limit(code: ResultCode, key: str, number: Decimal, named: str) -> list[str]:
    """Say whether a laboratory's limit is outside what laboratories print.

    Raises Refused for an upper limit of nothing; a lower one of nothing is none.
    """
    if number == 0:
        if key == "uln":
            raise BadOption(
                "uln", f"an upper limit cannot be 0; write the laboratory's limit ({code.unit})"
            )
        return []
    limits = code.plausible
    low, high = (
        (limits.uln_from, limits.uln_to) if key == "uln" else (limits.lln_from, limits.lln_to)
    )
    if low is None or high is None or low <= number <= high:
        return []
    usual = f"laboratories print {low} to {high} {code.unit}"
    return [f"{named} is an unusual limit for {code.name} ({usual}; the other unit?)"]


def refuse_impossible_step(body: dict[str, str]) -> None:
    """Raise Refused for a step of a daily drug whose dose is missing, needless or nothing."""
    action, dose = DoseAction(body["action"]), body.get("dose_mg")
    if action is DoseAction.CHANGE and dose is None:
        raise BadOption("dose_mg", "missing; write the milligrams a day from then on")
    if action in (DoseAction.INTERRUPT, DoseAction.STOP) and dose is not None:
        raise BadOption("dose_mg", f"'{action}' takes no dose; leave it out")
    if dose is not None and Decimal(dose) <= 0:
        raise BadOption("dose_mg", f"{dose} cannot be; write the milligrams a day, or action stop")


def refuse_impossible_dose(body: dict[str, str]) -> None:
    """Raise Refused for a dose, or a body, that cannot be, or of which a part is missing."""
    for key, what in (
        ("dose_mg", "the milligrams given"),
        ("bsa_m2", "the square metres"),
        ("height_cm", "the centimetres"),
        ("weight_kg", "the kilograms"),
    ):
        if key in body and Decimal(body[key]) <= 0:
            raise BadOption(key, f"{body[key]} cannot be; write {what}")
    if "bsa_m2" in body and ("height_cm" in body or "weight_kg" in body):
        raise BadOption("bsa_m2", "give height and weight, or the BSA, not both")
    if ("height_cm" in body) != ("weight_kg" in body):
        missing = "weight_kg" if "height_cm" in body else "height_cm"
        raise BadOption(missing, "missing; height and weight go together")
    if "bsa_formula" in body and "height_cm" not in body:
        raise BadOption("bsa_formula", "only with height and weight")


def _meant(code: ResultCode, shown: str) -> str:
    """Find the unit in which the same number would make sense."""
    text, _, unit = shown.partition(" ")
    number = Decimal(text.replace(",", ""))
    for other in code.accepted:
        limits = code.plausible
        value = code.in_first_unit(number, other)
        low = limits.confirm_below or limits.refuse_below or Decimal(0)
        high = limits.confirm_above or limits.refuse_above or value
        if value != code.in_first_unit(number, unit) and low <= value <= high:
            return f"did you mean {text} {other}?"
    return f"check the value and its unit ({_limits_words(code)})"


def _limits_words(code: ResultCode) -> str:
    low, high = code.plausible.refuse_below, code.plausible.refuse_above
    words = f"{'' if low is None else low} to {'' if high is None else high} {code.unit}".strip()
    return f"{words}; {code.plausible.hint}" if code.plausible.hint else words


def _hint(code: ResultCode) -> str:
    return f" ({code.plausible.hint}?)" if code.plausible.hint else ""
