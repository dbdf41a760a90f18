"""What no patient ever reaches: figures, rows, answers and keys of a new file that never act."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

from monitor.domain.catalogue import Catalogue, ResultCode
from monitor.domain.dates import Span
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, Path, no_answer_of
from monitor.domain.keys import key
from monitor.domain.outcome import Outcome
from monitor.domain.rule import Cite, Rule
from monitor.domain.rules.bands import Band
from monitor.domain.rules.beyond import Also, Beyond, Figures
from monitor.domain.rules.combined import Prophylaxis
from monitor.domain.rules.count_level import Level
from monitor.domain.rules.found_in_facts import LowResult
from monitor.domain.rules.limits import GOOD, Limit
from monitor.domain.rules.phased_count import Low
from monitor.domain.when import Condition

Part = tuple[Path, Any, str | None]  # where in the rule; what; the code that it is about

_LOWER = (
    *("below", "always_below", "at_least", "hold_below", "caution_below", "very_low", "low"),
    *("any_sign_below", "whole_below", "lowest", "emergency_below"),
    "emergency_below_with_symptom",
)
_UPPER = ("above", "at_most", "caution_above", "high_above", "without_uln_above", "from_value_cel")
_CODES = {"high_above": "high", "whole_below": "whole"}  # the key that names another code
_ROWS = (Band, Beyond, Level)
_MAY_BE_MET = ("earlier", "otherwise", "unrecorded")
_A_LIFE = 100  # years
_STEP = Decimal("0.0001")
_HIGHEST = Decimal(1_000_000)  # where input refuses no value


def faults(rule: Rule, catalogue: Catalogue) -> Iterator[Fault]:
    """Find what never acts: by input's limits first, then by what the rule says itself."""
    parts = [*_parts(rule, (), None, catalogue)]
    found = [fault for part in parts for fault in _beyond_input(part, catalogue)]
    if not found:
        found = [fault for part in parts for fault in _of_part(part, rule, parts, catalogue)]
    yield from found
    for path, thing, _ in parts if not found else ():
        if hasattr(thing, "never_acts"):
            yield from (
                (((*path, *inside), words)) for inside, words in thing.never_acts(catalogue)
            )


def _parts(thing: Any, path: Path, code: str | None, catalogue: Catalogue) -> Iterator[Part]:
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
                yield from _parts(item, there, of, catalogue)


# Figures and spans beyond what input accepts.


def _beyond_input(part: Part, catalogue: Catalogue) -> Iterator[Fault]:
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
    lowest, highest = _ends(code)
    is_lower = name in _LOWER
    if name in ("below_lln", "above_uln", "rises_above") and figure <= 0:
        yield f"'{figure}' times it no value is: write for instance 2"
    elif name == "fallen_below_percent" and not 0 < figure <= 100:
        yield f"nothing has fallen to '{figure} %': write more than 0 and at most 100 %"
    elif name == "risen_above_percent" and figure < 100:
        yield f"'{figure} %' is no rise: write at least 100 %"
    elif name == "fallen_by_points" and (code.unit != "%" or figure >= highest - lowest):
        yield f"no {code.name} falls by '{figure} points': it is in {code.unit}"
    elif is_lower and (figure < lowest or (figure == lowest and name != "very_low")):
        yield f"no {code.name} below {figure} {code.unit} is accepted: leave it out"
    elif name in _UPPER and figure >= highest:
        yield f"no {code.name} above {figure} {code.unit} is accepted: leave it out"
    elif (is_lower and figure > highest) or (name == "at_least" and figure == highest):
        yield f"every {code.name} that is accepted is below {figure} {code.unit}: write less"
    elif (name in _UPPER and figure < lowest) or (name == "at_most" and figure == lowest):
        yield f"every {code.name} that is accepted is above {figure} {code.unit}: write more"


def _ends(code: ResultCode) -> tuple[Decimal, Decimal]:
    """Give the least and the largest value that input accepts."""
    limits = code.plausible
    lowest = Decimal(0) if limits.zero_allowed else limits.refuse_below
    return lowest or Decimal(0), limits.refuse_above or _HIGHEST


def _is_too_long(name: str, value: object) -> bool:
    if isinstance(value, Span):
        return value.least_days > 365 * _A_LIFE
    most = {"days": 365 * _A_LIFE, "years": _A_LIFE}.get(name.rpartition("_")[2])
    return isinstance(value, int) and most is not None and value > most


# What each part says of the values that input accepts.


def _of_part(
    part: Part, rule: Rule, parts: Sequence[Part], catalogue: Catalogue
) -> Iterator[Fault]:
    path, thing, of = part
    code = catalogue.results.get(of or "")
    if hasattr(thing, "fact") and hasattr(thing, "value"):
        yield from no_answer_of((*path, "value"), thing.fact, thing.value, catalogue)
    defaults = {field.name: _default(field) for field in fields(thing)}
    for name, others in getattr(thing, "needs", {}).items():
        is_given = getattr(thing, name) != defaults.get(name)
        if is_given and not any(getattr(thing, other) for other in others):
            needed = " or ".join(f"`{key(other)}`" for other in others)
            yield (*path, key(name)), f"never acts without {needed}: add it, or leave this out"
    if isinstance(thing, Also) and not thing.are_given:
        yield path, "nothing is compared: add for instance `above_uln: 3`"
    if isinstance(thing, Also) and any(p == path[:-1] and c == of for p, _, c in parts):
        yield (*path, "code"), "it is the value itself: name another code"
    if isinstance(thing, Limit) and code is not None:
        yield from _of_limit(path, thing, rule, [*_values(code, parts)])
    for field in fields(thing):
        value, here = getattr(thing, field.name), (*path, key(field.name))
        may_be_met = isinstance(thing, (*_ROWS, Limit)) or field.name in _MAY_BE_MET
        if value is Outcome.MET and not may_be_met:
            yield here, "`met` is silent: write caution, hold or stop"
        if isinstance(value, tuple) and value and isinstance(value[0], (Figures, Level)):
            yield from _of_rows(here, value, rule, code, parts)
        if field.name == "when":
            yield from _of_conditions(here, value, catalogue, parts)


def _of_rows(
    path: Path, rows: Sequence[Any], rule: Rule, code: ResultCode | None, parts: Sequence[Part]
) -> Iterator[Fault]:
    other = "outcome" if rule.section == "warnings" else "severity"
    for number, row in enumerate(rows if isinstance(rows[0], Beyond) else ()):
        if getattr(row, other) is not None:
            yield (*path, number, other), "it says nothing here: leave it out"
    outcomes = {getattr(row, "outcome", None) for row in rows}
    if outcomes == {Outcome.MET} == {getattr(rule, "otherwise", Outcome.MET)}:
        yield path, "every row is met: it never speaks"
    elif code is not None and code.units and not isinstance(rows[0], (Low, Level)):
        values = [v for v in _values(code, parts) if _are_so(rule.when, code.name, v)]
        gravest = sorted(rows, key=lambda row: -_gravity(row))
        reached = _reached(gravest, values)
        for number, row in enumerate(rows):
            if not any(row is one for one in reached):
                alone = _reached([row], values)
                why = "the rows before take them all" if alone else f"no {code.name} is all of that"
                yield (*path, number), f"no value reaches it: {why}"


def _gravity(row: Any) -> int:
    severity = getattr(row, "severity", None)  # the gravest that holds counts; else the first
    return severity.rank if severity is not None else 0


def _reached(rows: Sequence[Figures], values: Iterable[Result]) -> list[Figures]:
    """List the rows that a value comes to; what holds besides its figures may be so, or not."""
    found = []
    for value in values:
        for row in rows:
            holds = row.holds(value)
            if holds:
                found.append(row)
            if holds is not False and (not isinstance(row, Beyond) or row.is_by_figures):
                break
    return found


def _of_limit(path: Path, limit: Limit, rule: Rule, values: Sequence[Result]) -> Iterator[Fault]:
    judged = [limit.judge(value) for value in values]
    for field in fields(limit):
        default = _default(field)
        other: dict[str, Any] = {field.name: default}
        if getattr(limit, field.name) == default or field.name in ("words", "bands"):
            continue
        if field.name == "any_value" and limit.limits_nothing:
            continue
        if judged == [replace(limit, **other).judge(value) for value in values]:
            yield (*path, key(field.name)), "no value is judged otherwise by it: leave it out"
    good = (Outcome.MET,) if isinstance(rule, LowResult | Prophylaxis) else GOOD
    if not any(outcome in good for outcome in judged):
        yield path, "no value is good by this: nothing would ever end it"
    if isinstance(rule, LowResult) and not any(
        outcome not in (Outcome.MET, Outcome.UNKNOWN)
        and _are_so(rule.when, rule.code, value)
        and not rule.is_for_a_graver(value)
        for value, outcome in zip(values, judged, strict=True)
    ):
        yield path, "it never warns of any value that is left to it by `when` and `lowest`"


def _of_conditions(
    path: Path, when: Sequence[Condition], catalogue: Catalogue, parts: Sequence[Part]
) -> Iterator[Fault]:
    for number, condition in enumerate(when):
        code = catalogue.results.get(condition.code or "")
        values = [*_values(code, parts)] if code else []
        if not values:
            continue
        if all(condition.is_so(value.value) for value in values):
            yield (*path, number), "every value is so: leave it out"
        elif not any(_are_so(when[: number + 1], condition.code, value) for value in values):
            yield (*path, number), "it never holds together with one above: all must hold"


def _are_so(when: Iterable[Condition], code: str | None, result: Result) -> bool:
    return all(condition.is_so(result.value) for condition in when if condition.code == code)


def _values(code: ResultCode, parts: Sequence[Part]) -> Iterator[Result]:
    """Go through what a code may be: its ends, and every figure with what lies beside it."""
    nothing = Result(event=0, on=date.min, recorded_on=date.min, code=code.name, value="", shown="")
    yield from (replace(nothing, value=word) for word in code.words)
    if code.words:
        return
    lowest, highest = _ends(code)
    limits = code.plausible
    llns, ulns = (None, limits.lln_from, limits.lln_to), (None, limits.uln_from, limits.uln_to)
    for lln, uln in product(llns, ulns):
        edges = {lowest, highest, lln, uln}
        for _, thing, of in parts:
            for field in fields(thing) if of == code.name else ():
                figure = getattr(thing, field.name)
                times = {"below_lln": lln, "above_uln": uln}.get(field.name, Decimal(1))
                if isinstance(figure, Decimal) and times is not None:
                    edges.add(figure * times)
        given = sorted(edge for edge in edges if edge is not None)
        for value in (beside for e in given for beside in (e - _STEP, e, e + _STEP)):
            if lowest <= value <= highest:
                yield replace(nothing, value=value, lln=lln, uln=uln)


def _default(field: "Field[Any]") -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
