"""YAML text to a Protocol, or everything that is wrong with it, line by line."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from monitor.domain.catalogue import Catalogue, FactCode, PlausibleDose, ResultCode, SymptomCode
from monitor.domain.faults import suggestion
from monitor.domain.protocol import Protocol
from monitor.domain.related import Related
from monitor.domain.rule import Regimen, Rule, Source, SymptomAdvice, UsualDose
from monitor.domain.rules.dose_adjustment import DoseTable
from monitor.domain.rules.expectations import CheckRule
from monitor.domain.rules.kinds import SECTIONS
from monitor.domain.rules.requirement import RequirementRule
from monitor.domain.rules.warning import WarningRule
from monitor.errors import ProtocolError
from monitor.protocols import begun, citations, consistency, model, older, references
from monitor.protocols.every_gate import every_gate
from monitor.protocols.strict_yaml import Document, parse

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    """The part of a protocol before its rules."""

    protocol: str
    version: str
    status: str
    drug: str
    title: str
    jurisdiction: str
    indication: str
    summary: str
    lowers_counts: bool
    prior_exposure: str | None = None
    related_exposure: Related | None = None
    brands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    given: Regimen = Regimen.INFUSIONS
    usual_dose: UsualDose | None = None
    own_table: tuple[str, ...] = ()
    begun_from: str | None = None


_SECTIONS = ("sources", "requirements", "dose_table", "checks", "warnings", "symptom_advice")


def read_protocol(name: str, text: str, catalogue: Catalogue, *, is_kept: bool = False) -> Protocol:
    """Read a protocol; raises ProtocolError with every fault that was found.

    A text that courses are pinned to is kept: what is asked only of newer files is not asked of it.
    """
    document = parse(name, text)
    protocol = _protocol(document, text, catalogue, is_kept=is_kept)
    if document.faults or protocol is None:
        raise ProtocolError(sorted(set(document.faults), key=_by_line))
    return protocol


def read_catalogue(name: str, text: str) -> Catalogue:
    """Read the catalogue of names; raises ProtocolError with every fault."""
    document = parse(name, text)
    content = document.content
    if not isinstance(content, dict):
        raise ProtocolError([document.fault((), "expected `key: value` lines")])
    results = _named(ResultCode, "results", document)
    facts = _named(FactCode, "facts", document)
    symptoms = _named(SymptomCode, "symptoms", document)
    dose = model.read(PlausibleDose, content.get("dose"), document, ("dose",))
    if document.faults or dose is None:
        raise ProtocolError(document.faults)
    return Catalogue(
        results=results,
        facts=facts,
        symptoms=symptoms,
        routes=tuple(content.get("routes", ())),
        dose=dose,
        spellings={unit: tuple(others) for unit, others in content.get("spellings", {}).items()},
    )


def _protocol(
    document: Document, text: str, catalogue: Catalogue, *, is_kept: bool
) -> Protocol | None:
    content = document.content
    if not isinstance(content, dict):
        document.complain((), "not a protocol: write `key: value` lines, first `protocol: NAME`")
        return None
    if not content:
        if not document.faults:
            document.complain((), "the file says nothing: begin with `protocol: NAME`")
        return None
    plain = {key: value for key, value in content.items() if key not in _SECTIONS}
    if is_kept:
        plain.setdefault("lowers_counts", "true")  # the cautious one, where it was not asked yet
    header = model.read(_Header, plain, document, ())
    sources = {
        key: source
        for key, value in _mapping(document, "sources").items()
        if (source := model.read(Source, value, document, ("sources", key), key=key))
    }
    leads = older.LEADS if is_kept else {}
    rules = [rule for section in SECTIONS for rule in _rules(section, document, leads)]
    table = None
    if "dose_table" in content:
        table = model.read(DoseTable, content["dose_table"], document, ("dose_table",))
    advice = _listed(SymptomAdvice, "symptom_advice", document)
    references.check(document, catalogue)
    consistency.check(document, catalogue, rules, table, leads)
    citations.check(document, catalogue)
    if header is not None and not (is_kept or document.faults):
        consistency.check_acting(document, rules, header.given, catalogue)
        consistency.check_beside_everybodys(document, rules)
        begun.check(document)
    if not document.faults:
        consistency.check_together(document, rules)
    if header is None or document.faults:
        return None
    every = every_gate()
    own = [rule for rule in rules if isinstance(rule, RequirementRule)]
    warnings = [rule for rule in rules if isinstance(rule, WarningRule)]
    head = {field.name: getattr(header, field.name) for field in fields(header)}
    head.pop("begun_from")  # asked of the file alone
    return Protocol(
        name=head.pop("protocol"),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        sources={**every.sources, **sources},
        requirements=tuple(rule.beside(own) for rule in (*own, *every.requirements)),
        dose_table=table,
        checks=tuple(rule for rule in rules if isinstance(rule, CheckRule)),
        warnings=(*warnings, *every.warnings_beside(own, warnings)),
        symptom_advice=tuple(advice),
        demands=every.demands,
        **head,
    )


def _rules(section: str, document: Document, leads: Mapping[str, str]) -> list[Rule]:
    """Read a section: the class is chosen by `kind` first, then the rest is validated."""
    rules, kinds = [], SECTIONS[section]
    for name, content in _mapping(document, section).items():
        path = (section, name)
        if content is None:
            continue
        if not isinstance(content, dict):
            words = f"'{content}' is not a rule: write `key: value` lines under its name"
            document.complain(path, words)
            continue
        kind = content.get("kind")
        if kind is None:
            known = ", ".join(kinds)
            document.complain(path, f"the key 'kind' is missing: add `kind: …`, one of {known}")
            continue
        if not isinstance(kind, str) or kind not in kinds:
            hint = suggestion(str(kind), kinds)
            document.complain((*path, "kind"), f"unknown kind of rule '{kind}': {hint}")
            continue
        references.declared(kinds[kind])
        rest = {key: value for key, value in content.items() if key != "kind"}
        if kind in leads:
            rest.setdefault("lead", leads[kind])
        rule = model.read(kinds[kind], rest, document, path, name=name)
        if rule is not None:
            rules.append(rule)
    return rules


def _mapping(document: Document, section: str) -> dict[str, Any]:
    content = document.content.get(section)
    if isinstance(content, dict):
        return content
    if content is not None:
        document.complain((section,), f"'{content}' is not a mapping: write `name: …` lines")
    return {}


def _listed(cls: type[Item], section: str, document: Document) -> list[Item]:
    content = document.content.get(section)
    if content is None:
        return []
    if not isinstance(content, list):
        document.complain((section,), f"'{content}' is not a list: write lines that begin with '-'")
        return []
    return [
        read
        for number, item in enumerate(content)
        if (read := model.read(cls, item, document, (section, number)))
    ]


def _named(cls: type[Item], section: str, document: Document) -> dict[str, Item]:
    return {
        name: read
        for name, value in _mapping(document, section).items()
        if (read := model.read(cls, value, document, (section, name), name=name))
    }


def _by_line(fault: str) -> tuple[int, str]:
    number = fault.split(":", 2)[1]
    return (int(number) if number.isdigit() else 0), fault
