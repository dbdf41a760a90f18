"""Figures, doses and spans that are beyond what input accepts, in any part of a rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from monitor.domain.catalogue import Catalogue, ResultCode
from monitor.domain.dates import Span
from monitor.domain.faults import Fault, Path
from monitor.domain.keys import key
from monitor.domain.rule import Cite
from monitor.domain.rules.limits import Limit

Part = tuple[Path, Any, str | None]  # where in the rule; what; the code that it is about

_LOWER = (
    *("below", "always_below", "at_least", "hold_below", "caution_below", "very_low", "low"),
    *("any_sign_below", "whole_below", "lowest", "emergency_below"),
    "emergency_below_with_symptom",
)
_UPPER = ("above", "at_most", "caution_above", "high_above", "without_uln_above", "from_value_cel")
_CODES = {"high_above": "high", "whole_below": "whole"}  # the key that names another code
_A_LIFE = 100  # years
_HIGHEST = Decimal(1_000_000)  # where input refuses no value


def parts_of(thing: Any, path: Path = (), code: str | None = None) -> Iterator[Part]:
    """Go through what a rule is made of, itself first."""
    code = getattr(thing, "code", None) or code
    yield path, thing, code
    for field in fields(thing):
        value, here = getattr(thing, field.name), (*path, key(field.name))
        inside: Iterable[tuple[Path, Any]] = [(here, value)]
        if isinstance(value, tuple):
            inside = [((*here, number), item) for number, item in enumerate(value)]
        elif isinstance(value, Mapping):
            inside = [((*here, name), item) for name, item in value.items()]
        for there, item in inside:
            if is_dataclass(item) and not isinstance(item, Cite | Span):
                of = str(there[-1]) if isinstance(item, Limit) and code is None else code
                yield from parts_of(item, there, of)


def beyond_input(part: Part, catalogue: Catalogue) -> Iterator[Fault]:
    """Find figures that no value, or every value, is beyond, and spans longer than a life."""
    path, thing, of = part
    for field in fields(thing):
        name, value = field.name, getattr(thing, field.name)
        here = (*path, key(name))
        if name == "from_value_cel":
            of = catalogue.symptoms[thing.fever].measured_as
        code = catalogue.results.get(getattr(thing, _CODES.get(name, ""), None) or of or "")
        if isinstance(value, Decimal) and code is not None and code.units:
            yield from ((here, words) for words in _figure(name, value, code))
        elif name.endswith("_mg") and value == 0:
            yield here, "no dose is so small: write for instance 20 mg"
        elif _is_too_long(name, value):
            yield here, f"longer than a life: write at most {_A_LIFE} years"
        elif isinstance(value, Span) and name.startswith("lasts") and not value.least_days:
            yield here, "it is over when it begins: write for instance 6 months"


def _figure(name: str, figure: Decimal, code: ResultCode) -> Iterator[str]:
    lowest, highest = ends(code)
    is_lower = name in _LOWER
    if name in ("below_lln", "above_uln", "rises_above") and figure <= 0:
        yield f"a limit times '{figure}' is no limit: write for instance 2"
    elif name == "fallen_below_percent" and not 0 < figure <= 100:
        yield f"nothing has fallen to '{figure} %': write more than 0 and at most 100 %"
    elif name == "risen_above_percent" and figure < 100:
        yield f"'{figure} %' is no rise: write at least 100 %"
    elif name == "fallen_by_points" and (code.unit != "%" or figure >= highest - lowest):
        yield f"no {code.name} falls by '{figure} points': points are of a code in %, under 100"
    elif is_lower and (figure < lowest or (figure == lowest and name != "very_low")):
        yield f"no {code.name} below {figure} {code.unit} is accepted: leave it out"
    elif name in _UPPER and figure >= highest:
        yield f"no {code.name} above {figure} {code.unit} is accepted: leave it out"
    elif (is_lower and figure > highest) or (name == "at_least" and figure == highest):
        yield f"every {code.name} that is accepted is below {figure} {code.unit}: write less"
    elif (name in _UPPER and figure < lowest) or (name == "at_most" and figure == lowest):
        yield f"every {code.name} that is accepted is above {figure} {code.unit}: write more"


def ends(code: ResultCode) -> tuple[Decimal, Decimal]:
    """Give the least and the largest value that input accepts."""
    limits = code.plausible
    lowest = Decimal(0) if limits.zero_allowed else limits.refuse_below
    return lowest or Decimal(0), limits.refuse_above or _HIGHEST


def _is_too_long(name: str, value: object) -> bool:
    if isinstance(value, Span):
        return value.least_days > 365 * _A_LIFE
    most = {"days": 365 * _A_LIFE, "years": _A_LIFE}.get(name.rpartition("_")[2])
    return isinstance(value, int) and most is not None and value > most
