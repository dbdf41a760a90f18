"""Two protocols side by side: which rules only one has, and where the common ones differ."""

from dataclasses import dataclass, replace
from typing import Any

from monitor import protocols
from monitor.domain.parameters import parameters
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Rule, SymptomAdvice

_HEADER = (
    "status",
    "drug",
    "title",
    "jurisdiction",
    "indication",
    "summary",
    "given",
    "prior_exposure",
)
_SECTIONS = ("requirements", "checks", "warnings")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One place where two protocols say different things; None: that one says nothing."""

    section: str  # protocol, sources, requirements, checks, warnings, dose_table, symptom_advice
    rule: str
    key: str  # a key of YAML; `rule` where only one of the two has the rule
    first: str | None
    second: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two protocols and everything in which they differ, in the order of the first."""

    first: Protocol
    second: Protocol
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Say whether they say the same; name and version may still differ."""
        return not self.differences


def compare(first: Protocol, second: Protocol) -> Comparison:
    """Find every difference in rules, numbers, words, sources and kinds of evidence."""
    found = _between("protocol", "", _header(first), _header(second))
    for section in _SECTIONS:
        found += _rules(section, getattr(first, section), getattr(second, section))
    found += _parts("dose_table", "dose_table", first.dose_table, second.dose_table)
    one, other = _advice(first), _advice(second)
    for group in _together(one, other):
        found += _parts("symptom_advice", group, one.get(group), other.get(group))
    found += _between("sources", "", _sources(first), _sources(second))
    return Comparison(first=first, second=second, differences=tuple(found))


def _rules(section: str, first: tuple[Rule, ...], second: tuple[Rule, ...]) -> list[Difference]:
    one, other = {r.name: r for r in first}, {r.name: r for r in second}
    found: list[Difference] = []
    for name in _together(one, other):
        if name in one and name in other:
            found += _between(section, name, _said(one[name]), _said(other[name]))
            found += _cites(section, name, one[name], other[name])
            continue
        found.append(
            Difference(
                section=section,
                rule=name,
                key="rule",
                first=_described(one.get(name)),
                second=_described(other.get(name)),
            )
        )
    return found


def _between(
    section: str, rule: str, one: dict[str, str], other: dict[str, str]
) -> list[Difference]:
    return [
        Difference(section=section, rule=rule, key=key, first=one.get(key), second=other.get(key))
        for key in _together(one, other)
        if one.get(key) != other.get(key)
    ]


def _said(rule: Rule) -> dict[str, str]:
    return {"kind": rule.kind, "title": rule.title, **rule.words(protocols.catalogue())}


def _described(rule: Rule | None) -> str | None:
    return None if rule is None else f"{rule.title} ({rule.kind})"


def _cites(section: str, rule: str, one: Any, other: Any) -> list[Difference]:
    """Compare citation by citation: their order says nothing."""
    first = {str(cite): str(cite) for cite in one.cites} if one else {}
    second = {str(cite): str(cite) for cite in other.cites} if other else {}
    return [replace(d, key="cites") for d in _between(section, rule, first, second)]


def _header(protocol: Protocol) -> dict[str, str]:
    said = {key: str(said) for key in _HEADER if (said := getattr(protocol, key)) is not None}
    related = protocol.related_exposure
    if related is not None:
        said["related_exposure"] = str(related)
    return {
        **said,
        "lowers_counts": str(protocol.lowers_counts).lower(),
        "usual_dose": str(protocol.usual_dose or ""),
        "own_table": ", ".join(sorted(protocol.own_table)),
        "brands": ", ".join(sorted(protocol.brands)),
        "notes": " ".join(protocol.notes),
    }


def _parts(section: str, rule: str, one: Any, other: Any) -> list[Difference]:
    said = [parameters(each, protocols.catalogue()) if each else {} for each in (one, other)]
    return _between(section, rule, *said) + _cites(section, rule, one, other)


def _advice(protocol: Protocol) -> dict[str, SymptomAdvice]:
    return {advice.group: advice for advice in protocol.symptom_advice}


def _sources(protocol: Protocol) -> dict[str, str]:
    return {
        key: f"{source.title} ({source.seen}): {source.address}"
        for key, source in protocol.sources.items()
    }


def _together(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """List the keys of both, each once: those of the first, then what only the second has."""
    return list(dict.fromkeys([*one, *other]))
