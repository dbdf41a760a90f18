"""Of several values of a code on one day the worst counts, by the strictest of their limits."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from monitor.domain.catalogue import ResultCode, Worse
from monitor.domain.facts import Result, Status

_FAR = Fraction(10**9)  # from any limit: nothing at all, or a limit of nothing


def counting(found: Sequence[Result]) -> list[Result]:
    """Leave out the values of a day in whose place a corrected one is.

    A corrected value is in the place of those of the first sample, and of none that a person
    recorded as a second one. In the place of these is only what came as a corrected second one
    after them, where there was one of them; to correct one of them changes no other. Lines of one
    file came together.
    """
    first = [r for r in found if not r.is_second]
    second = [r for r in found if r.is_second]
    corrected = [r for r in first if r.status is Status.CORRECTED]
    again = [r for r in second if r.replaces_second]
    return [*_not_replaced(corrected or first, corrected), *_not_replaced(second, again)]


def _not_replaced(found: Sequence[Result], corrected: Sequence[Result]) -> list[Result]:
    return [r for r in found if not any(other.began_since(r) for other in corrected)]


def worst(found: Sequence[Result], code: ResultCode) -> Result:
    """Choose the worst of several results; one value more never makes a day look better.

    A number is compared as it stands, not with its own limit: 12 without one is worse than 140
    below 150. It then carries the strictest limit of the day that it lies beyond. Where a code is
    bad at both ends, and the day is, the low one is chosen and the high one is kept with it.
    """
    if len(found) == 1:
        return found[0]
    found = [end for result in found for end in result.ends]
    chosen = max(found, key=lambda r: _place(r, found, code))
    if code.worse is not Worse.BOTH or code.usual is None:
        return _limited(chosen, found)
    lower, upper = _usual(found, code.usual)
    low = [r for r in found if isinstance(r.value, Decimal) and r.value < lower]
    high = [r for r in found if isinstance(r.value, Decimal) and r.value > upper]
    if not (low and high):
        return _limited(chosen, found)
    one, other = (max(end, key=lambda r: _place(r, found, code)) for end in (low, high))
    return replace(_limited(one, found), high=_limited(other, found))


def _place(result: Result, found: Sequence[Result], code: ResultCode) -> tuple[object, ...]:
    """Give the key by which the worst is chosen.

    Of equal values it is the one that cannot be judged, then the newest, whichever arrived first.
    """
    return _badness(result, found, code), result.uln is None, result.on, result.event


def _limited(chosen: Result, found: Sequence[Result]) -> Result:
    """Give a number the strictest limit of the day that it lies beyond."""
    value = chosen.value
    if isinstance(value, str):
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


def _usual(found: Sequence[Result], usual: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    low, high = _strictest(found)
    lower, upper = usual
    return max(lower, low or lower), min(upper, high or upper)


def _badness(result: Result, found: Sequence[Result], code: ResultCode) -> Fraction:
    value = result.value
    if isinstance(value, str):
        return Fraction(code.words.index(value))
    if code.worse is Worse.HIGHER:
        return Fraction(value)
    if code.worse is not Worse.BOTH or code.usual is None:
        return -Fraction(value)
    # Bad at both ends: how far outside, as a ratio.
    lower, upper = _usual(found, code.usual)
    if value > upper:
        return Fraction(value) / Fraction(upper) if upper else _FAR
    if value < lower:
        return Fraction(lower) / Fraction(value) if value else _FAR
    return Fraction(0)
