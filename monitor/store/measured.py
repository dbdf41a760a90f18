"""What a stored result says: in the first unit, and as it was received."""

from decimal import Decimal
from typing import TypedDict

from monitor.domain.catalogue import ResultCode
from monitor.domain.comparators import Comparator
from monitor.domain.facts import Status

_LIMITS = ("uln", "lln")


class Measured(TypedDict):
    """The fields of a result that its value and its limits make."""

    value: Decimal | str
    shown: str
    comparator: Comparator | None
    written: Decimal | None
    uln: Decimal | None
    lln: Decimal | None


def measured(body: dict[str, str], code: ResultCode) -> Measured:
    """Read value, comparator and limits of a result; raises where it is damaged."""
    # Only a sample that was not fit may be without a value: another one is damaged.
    is_unfit = body.get("status") == Status.UNSUITABLE
    shown = body.get("value", "") if is_unfit else body["value"]
    value: Decimal | str = shown
    comparator = Comparator(body["comparator"]) if "comparator" in body else None
    written = None
    if is_unfit and not shown[:1].isdigit() and shown not in code.words:
        value = ""  # what is there says why it was not fit
    elif code.units:
        value = code.in_first_unit(Decimal(shown.replace(",", "")), body["unit"])
        shown = code.shown(shown, body["unit"])
        if comparator is not None:
            written, value = value, comparator.worse_end(value, code.worse)
            shown = comparator + shown
    # No upper limit is 0, and a lower limit of 0 is none.
    uln, lln = (
        code.in_first_unit(Decimal(body[key]), body["unit"]) or None if key in body else None
        for key in _LIMITS
    )
    return Measured(
        value=value, shown=shown, comparator=comparator, written=written, uln=uln, lln=lln
    )
