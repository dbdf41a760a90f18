"""A protocol as a page that a clinician can check and sign: every rule, number and source."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from monitor import protocols
from monitor.domain.keys import parameters
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Cite, Rule
from monitor.service.asking.documents import Document, by_field, document, pick


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One rule of the page, or a part of a protocol that is none: what it says, and why."""

    rule: str
    kind: str = ""
    title: str
    parameters: dict[str, str]
    cites: tuple[Cite, ...]
    meaning: Callable[[str], str | None] = field(default=lambda key: None)  # of a key


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A protocol, with its rules in words."""

    protocol: Protocol
    requirements: list[Clause]
    dose_table: Clause | None
    checks: list[Clause]
    warnings: list[Clause]
    symptom_advice: list[Clause]

    def clauses(self) -> Iterator[Clause]:
        """Go through all of them, in the order of the page."""
        yield from self.requirements
        if self.dose_table is not None:
            yield self.dose_table
        yield from (*self.checks, *self.warnings, *self.symptom_advice)


def page_of(protocol: Protocol) -> Page:
    """Write a protocol in words."""
    table = protocol.dose_table
    return Page(
        protocol=protocol,
        requirements=_rules(protocol.requirements),
        dose_table=_part(table, "dose-advice", "size of the next dose") if table else None,
        checks=_rules(protocol.checks),
        warnings=_rules(protocol.warnings),
        symptom_advice=[
            _part(one, one.group, "reported symptom") for one in protocol.symptom_advice
        ],
    )


def _rules(rules: Iterable[Rule]) -> list[Clause]:
    return [
        Clause(
            rule=rule.name,
            kind=rule.kind,
            title=rule.title,
            parameters=rule.words(protocols.catalogue()),
            cites=rule.cites,
            meaning=rule.meaning,
        )
        for rule in rules
    ]


def _part(thing: Any, rule: str, title: str) -> Clause:
    words = parameters(thing, protocols.catalogue())
    words.pop("not_encoded", None)  # stands below the table, line by line
    return Clause(rule=rule, title=title, parameters=words, cites=thing.cites)


@document.register
def _page(page: Page) -> Document:
    protocol, table = page.protocol, page.dose_table
    usual, related = protocol.usual_dose, protocol.related_exposure
    dose_table = None
    if table is not None and protocol.dose_table is not None:
        dose_table = {**_written(table, "parameters"), **pick(protocol.dose_table, "not_encoded")}
    return {
        **pick(protocol, "name version digest status reviewed title drug brands jurisdiction"),
        **pick(protocol, "indication summary given lowers_counts"),
        "usual_dose": str(usual) if usual else None,
        **pick(protocol, "own_table prior_exposure"),
        "related_exposure": str(related) if related else None,
        "requirements": [_written(one, "rule kind title parameters") for one in page.requirements],
        "dose_table": dose_table,
        "checks": [_written(one, "rule kind title parameters") for one in page.checks],
        "warnings": [_written(one, "rule kind title parameters") for one in page.warnings],
        "symptom_advice": [_written(one, "rule title parameters") for one in page.symptom_advice],
        "sources": {
            key: pick(source, "title address seen") for key, source in protocol.sources.items()
        },
        **pick(protocol, "notes"),
    }


def _written(clause: Clause, names: str) -> Document:
    return {**pick(clause, names), "cites": [by_field(cite) for cite in clause.cites]}
