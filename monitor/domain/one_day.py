"""How far a value of a day is out of its limits: of several the one further out counts."""

from decimal import Decimal
from fractions import Fraction

from monitor.domain.catalogue import ResultCode, Worse
from monitor.domain.events import Result

_FAR = Fraction(10**9)  # from any limit: nothing at all, or a limit of nothing


def beyond(result: Result, code: ResultCode) -> Fraction:
    """Say how far a number lies outside its limits, as a ratio: 0 within them, 1 and more beyond.

    Limits are the laboratory's own; of a code that is bad at both ends, else the usual ones.
    """
    lower, upper = code.usual if code.usual and code.worse is Worse.BOTH else (None, None)
    lower, upper = result.lln or lower, result.uln or upper
    assert isinstance(result.value, Decimal)
    if upper is not None and result.value > upper:
        return Fraction(result.value) / Fraction(upper) if upper else _FAR
    if lower is not None and result.value < lower:
        return Fraction(lower) / Fraction(result.value) if result.value else _FAR
    return Fraction(0)
