"""What no patient ever reaches: figures, rows, answers and keys of a new file that never act."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, Field, fields, replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

from monitor.domain.catalogue import Catalogue, ResultCode
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, Path, no_answer_of
from monitor.domain.keys import key
from monitor.domain.outcome import Outcome
from monitor.domain.rule import Rule
from monitor.domain.rules.bands import Band
from monitor.domain.rules.beyond import Also, Beyond, Figures
from monitor.domain.rules.combined import Prophylaxis
from monitor.domain.rules.count_level import Level
from monitor.domain.rules.found_in_facts import LowResult
from monitor.domain.rules.limits import GOOD, Limit
from monitor.domain.rules.phased_count import Low
from monitor.domain.when import Condition
from monitor.protocols.accepted import Part, beyond_input, ends, parts_of

_ROWS = (Band, Beyond, Level)
_MAY_BE_MET = ("earlier", "otherwise", "unrecorded")
_STEP = Decimal("0.0001")


def faults(rule: Rule, catalogue: Catalogue) -> Iterator[Fault]:
    """Find what never acts: by input's limits first, then by what the rule says itself."""
    parts = [*parts_of(rule)]
    found = [fault for part in parts for fault in beyond_input(part, catalogue)]
    if not found:
        found = [fault for part in parts for fault in _of_part(part, rule, parts, catalogue)]
    yield from found
    for path, thing, _ in () if found else parts:
        for inside, words in thing.never_acts(catalogue) if hasattr(thing, "never_acts") else ():
            yield (*path, *inside), words


def _of_part(
    part: Part, rule: Rule, parts: Sequence[Part], catalogue: Catalogue
) -> Iterator[Fault]:
    path, thing, of = part
    code = catalogue.results.get(of or "")
    if hasattr(thing, "fact") and hasattr(thing, "value"):
        yield from no_answer_of((*path, "value"), thing.fact, thing.value, catalogue)
    given = {f.name for f in fields(thing) if getattr(thing, f.name) != _default(f)}
    for name, others in getattr(thing, "needs", {}).items():
        if name in given and given.isdisjoint(others):
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
    good = (Outcome.MET,) if isinstance(rule, LowResult | Prophylaxis) else GOOD
    if not any(outcome in good for outcome in judged):
        yield path, "no value is good by this: nothing would ever end it"
    elif isinstance(rule, LowResult) and not any(
        outcome not in (Outcome.MET, Outcome.UNKNOWN)
        and _are_so(rule.when, rule.code, value)
        and not rule.is_for_a_graver(value)
        for value, outcome in zip(values, judged, strict=True)
    ):
        why = "every value is met by this"
        if rule.when or rule.lowest is not None:
            why = "`when` and `lowest` leave it no value that is not met"
        yield path, f"{why}: it never warns"
    else:
        for field in fields(limit):
            other: dict[str, Any] = {field.name: _default(field)}
            is_silent = field.name in ("words", "bands") or (
                limit.any_value and limit.limits_nothing
            )
            if replace(limit, **other) == limit or is_silent:
                continue
            if judged == [replace(limit, **other).judge(value) for value in values]:
                yield (*path, key(field.name)), "no value is judged otherwise by it: leave it out"


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
    lowest, highest = ends(code)
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
