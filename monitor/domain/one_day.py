"""Of several values of a code on one day the worst counts, by the strictest of their limits."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from monitor.domain.catalogue import ResultCode, Worse
from monitor.domain.events import Result

_FAR = Fraction(10**9)  # from any limit: nothing at all, or a limit of nothing


def worst(found: Sequence[Result], code: ResultCode) -> Result:
    """Choose the worst of several results; one value more never makes a day look better.

    A number is compared as it stands, not with its own limit: 12 without one is worse than 140
    below 150. It then carries the strictest limit of the day that it lies beyond.
    """
    # Of equal values the one that cannot be judged, then the newest, whichever arrived first.
    chosen = max(found, key=lambda r: (_badness(r, found, code), r.uln is None, r.on, r.event))
    value = chosen.value
    if isinstance(value, str) or len(found) == 1:
        return chosen
    lower, upper = _strictest(found)
    if lower is not None and value < lower:
        chosen = replace(chosen, lln=lower, is_limit_odd=False)
    if upper is not None and value > upper:
        chosen = replace(chosen, uln=upper, is_limit_odd=False)
    return chosen


def _strictest(found: Sequence[Result]) -> tuple[Decimal | None, Decimal | None]:
    lower = max((r.lln for r in found if r.lln is not None), default=None)
    return lower, min((r.uln for r in found if r.uln is not None), default=None)


def _badness(result: Result, found: Sequence[Result], code: ResultCode) -> Fraction:
    value = result.value
    if isinstance(value, str):
        return Fraction(code.words.index(value))
    if code.worse is Worse.HIGHER:
        return Fraction(value)
    if code.worse is not Worse.BOTH or code.usual is None:
        return -Fraction(value)
    # Bad at both ends: how far outside, as a ratio.
    low, high = _strictest(found)
    lower, upper = code.usual
    lower, upper = max(lower, low or lower), min(upper, high or upper)
    if value > upper:
        return Fraction(value) / Fraction(upper) if upper else _FAR
    if value < lower:
        return Fraction(lower) / Fraction(value) if value else _FAR
    return Fraction(0)
