"""A rule's parameters in words: under the keys of YAML, every number with its unit.

For pages and comparisons; nothing is decided here.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from monitor import protocols
from monitor.domain.dates import Span
from monitor.domain.rule import AppliesTo, Cite, Related, UsualDose
from monitor.domain.rules.dose_adjustment import Grades, Row, Spell
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.low_lines import Exempt, Line
from monitor.protocols.keys import key, unit

_COMMON = ("name", "title", "cites", "applies_to")
_SCOPES = {
    AppliesTo.NOT_MEN: "not_men: all but patients recorded as male",
    AppliesTo.ABLE_TO_CONCEIVE: "able_to_conceive: unless recorded as not, or unrecorded in a man",
    AppliesTo.FERTILE: "fertile: all but women recorded as unable to conceive",
}


def parameters(thing: Any, of_code: str | None = None) -> dict[str, str]:
    """Write the parameters that say something, by the key that YAML has for them."""
    code = getattr(thing, "code", of_code)
    said = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name in _COMMON or value is None or value in ((), "", {}) or value is False:
            continue
        said[key(field.name)] = _words(value, field.name, code)
    if "measure" in said:
        said["ceiling"] = f"{thing.ceiling} {thing.measure}"
    scope = getattr(thing, "applies_to", AppliesTo.EVERYONE)
    if scope in _SCOPES:
        said["applies_to"] = _SCOPES[scope]
    return said


def related_words(related: Related) -> str:
    """Write which related drugs count, and how they come into the sum."""
    drugs = f"; infusions of {', '.join(related.drugs)}" if related.drugs else ""
    needs = "".join(
        f"; {fact} yes needs an amount above 0 of {', '.join(amounts)}"
        for fact, amounts in related.yes_needs_amount.items()
    )
    return f"{', '.join(related.facts)}{drugs}; added only as {related.converted}{needs}"


def dose_words(usual: UsualDose | None) -> str:
    """Write how large a dose usually is; nothing where sizes are not asked about."""
    if usual is None:
        return ""
    most = f", at most {usual.at_most_mg} mg" if usual.at_most_mg is not None else ""
    return f"{usual.size_mg_per_m2} mg/m2{most}"


def cite_words(cite: Cite) -> str:
    """Write a citation: how sure it is, where it stands, and what it supports."""
    about = f" ({', '.join(cite.supports)})" if cite.supports else ""
    return f"[{cite.kind}] {cite.source}: {cite.where}{about}"


def _words(value: Any, name: str, code: str | None) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case StrEnum() | str() | Span():
            return str(value)
        case Decimal() | int():
            return _amount(value, name, code)
        case Limit():
            return _limit(value, code, judged=name != "limit")
        case Line():
            return f"{value.code} below {_amount(value.below, 'below', value.code)}"
        case Exempt():
            return f"{value.code} where {value.fact} is {value.value}"
        case Grades():
            return _grades(value)
        case Row():
            grades = ", ".join(map(str, value.grades))
            less = f" to {value.mg_per_m2} mg/m2" if value.mg_per_m2 is not None else ""
            return f"grade {grades}: {value.decision}{less}"
        case Spell():
            return _spell(value)
        case Mapping():
            return "; ".join(f"{k}: {_words(v, '', k)}" for k, v in value.items())
        case tuple():
            if name == "panels":
                return " or ".join(" + ".join(panel) for panel in value)
            between = "; " if is_dataclass(value[0]) else ", "
            return between.join(_words(item, name, code) for item in value)
        case _:
            return ", ".join(
                f"{k.replace('_', ' ')} {v}" for k, v in parameters(value, code).items()
            )


def _amount(value: Decimal | int, name: str, code: str | None) -> str:
    demanded = unit(name)
    if demanded is None and name == "mg_per_m2":
        demanded = "mg/m2"
    if demanded is None and isinstance(value, Decimal) and code is not None:
        demanded = protocols.catalogue().results[code].unit
    return f"{value} {demanded}" if demanded else str(value)


def _limit(limit: Limit, code: str | None, *, judged: bool) -> str:
    said = []
    if limit.at_least is not None:
        floor = f"at least {_amount(limit.at_least, 'at_least', code)}"
        if limit.or_own_lln:
            floor += ", or the laboratory's own lower limit where that is higher"
        said.append(f"{floor}; below: {limit.below}" if judged else floor)
    if limit.own_lln:
        said.append(f"at least the laboratory's own lower limit; below: {limit.below}")
    if limit.at_most is not None:
        most = f"at most {_amount(limit.at_most, 'at_most', code)}"
        said.append(f"{most}; above: {limit.above}" if judged else most)
    if limit.caution_below is not None:
        said.append(f"a caution below {_amount(limit.caution_below, 'caution_below', code)}")
    if limit.caution_above is not None:
        said.append(f"a caution above {_amount(limit.caution_above, 'caution_above', code)}")
    if limit.any_value:
        said.append("any value")
    if limit.own_uln:
        said.append(f"at most the laboratory's own upper limit; above: {limit.above}")
    said += [f"{word}: {outcome}" for word, outcome in limit.words.items()]
    return ", ".join(said)


def _grades(scale: Grades) -> str:
    bounds = ", ".join(f"{grade} from {value}" for grade, value in enumerate(scale.from_value))
    return f"WHO grades of {scale.code}: {bounds} {protocols.catalogue().results[scale.code].unit}"


def _spell(spell: Spell) -> str:
    rows = "; ".join(_words(row, "rows", None) for row in spell.rows)
    alone = ", ".join(map(str, spell.alone))
    return f"{spell.within_days} days; with infection {rows}; alone, grade {alone}: clinician"
