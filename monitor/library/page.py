"""A protocol as a page that a clinician can check and sign: every rule, number and source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.domain.protocol import Protocol
from monitor.domain.rule import Cite
from monitor.library.rule_words import dose_words, parameters, related_words
from monitor.service.asking.documents import Document, by_field, document, pick

# Keys that do not explain themselves; where it depends on the kind, `kind.key`.
_MEANS = {
    "fresh": "so old it still counts",
    "usable": "older, up to this, is a caution at later infusions",
    "outlives": "a bad value stands until waived",
    "check_overdue": "after the day of the infusion",
    "unrecorded": "when nobody recorded an answer",
    "earlier": "what an earlier exposure means",
    "serves_several": "also one from before the last infusion counts",
    "any_value": "the source gives no limit",
    "within": "after the infusion before: the same round",
    "apart": "after the last infusion, not sooner",
    "delay": "after the first day possible",
    "beyond": "one round more",
    "early": "so much before the usual day is still on time",
    "rounding": "above the most is met, pharmacies round",
    "tolerance": "above the most is a caution, beyond it a hold",
    "every_version": "acts on courses pinned to an older version too",
    "yes_by_infusions": "infusions of these drugs on record count as yes",
    "yes_by_amounts": "an amount above 0 on record counts as yes",
    "before_course": "infusions on record so long before it are earlier treatment",
    "recurring.times": "checks in all, from the first infusion on",
    "at_course_end.opens": "before that day",
    "at_course_end.overdue": "after that day",
    "after_low_nadir.opens": "after the infusion",
    "after_low_nadir.due": "after the infusion",
    "after_low_nadir.overdue_after": "after the infusion",
    "otherwise": "any other",
    "plan_used_up": "an infusion so close before a booked day uses the booking up",
    "reaching": "exactly the amount counts",
    "together": "results so far apart are one picture",
    "not_within": "after an infusion, where low counts are expected",
    "outcome": "at the gate, while it stands",
    "count_within": "before the fever",
    "unknown_after": "after an infusion an unknown count is as bad as a low one",
    "known_within": "before the fever",
    "low": "when falling",
    "missing_counts_within": "recorded later, only what was not met counts",
    "next_infusion.opens": "before the due day",
    "next_infusion.overdue": "after the due day",
    "recurring.opens": "before the due day",
    "recurring.overdue": "after the due day",
    "recurring.every": "from the first infusion",
    "recurring.lasts": "after the last infusion",
    "series_above.opens": "before the due day",
    "series_above.overdue": "after the due day",
    "series_above.lasts": "after the last infusion",
    "after_each_round.at": "after the first day of a round",
    "after_each_round.opens": "before the due day",
    "after_each_round.overdue": "after the due day",
    "after_low_result.every": "from the low result",
    "against_baseline.beyond": "the gravest counts; % of the value before the first infusion",
    "rising_with.by": "so much is no rise yet",
    "lead": "so long before the due day people hear of it",
    "days_of_round": "the most days with the drug, round by round",
    "where": "only where somebody recorded it by name",
    "where_not": "only where nobody recorded it by name",
    "after_low_result.until": "after the first day of the round",
    "after_low_result.opens": "before the due day",
    "after_low_result.overdue": "after the due day",
    "prophylaxis.lasts": "after the last infusion",
    "series.opens": "before the due day",
    "series.overdue": "after the due day",
    "at_symptom.overdue": "after the symptom",
    "after_each_infusion.opens": "after the infusion",
    "after_each_infusion.due": "after the infusion",
    "after_each_infusion.overdue_after": "after the infusion",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One rule of the page: its parameters in words, by their keys, and its citations."""

    rule: str
    kind: str | None = None
    title: str
    parameters: dict[str, str]
    cites: tuple[Cite, ...]

    def meaning(self, key: str) -> str | None:
        """Say what a key means that does not explain itself."""
        return _MEANS.get(f"{self.kind}.{key}", _MEANS.get(key))


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A protocol, with its rules in words."""

    protocol: Protocol
    requirements: tuple[Clause, ...]
    dose_table: Clause | None
    checks: tuple[Clause, ...]
    warnings: tuple[Clause, ...]
    symptom_advice: tuple[Clause, ...]

    @property
    def usual_dose(self) -> str:
        """Say how large a dose usually is; nothing where sizes are not asked about."""
        return dose_words(self.protocol.usual_dose)

    @property
    def related_exposure(self) -> str | None:
        """Say which related drugs count."""
        related = self.protocol.related_exposure
        return related_words(related) if related else None

    def clauses(self) -> Iterator[Clause]:
        """Go through all rules, the dose table last."""
        for clauses in (self.requirements, self.checks, self.warnings, self.symptom_advice):
            yield from clauses
        if self.dose_table is not None:
            yield self.dose_table


def page_of(protocol: Protocol) -> Page:
    """Write a protocol in words."""
    table = protocol.dose_table
    return Page(
        protocol=protocol,
        requirements=tuple(_clause(r, r.name, r.title, r.kind) for r in protocol.requirements),
        dose_table=_clause(table, "dose-advice", "size of the next dose") if table else None,
        checks=tuple(_clause(r, r.name, r.title, r.kind) for r in protocol.checks),
        warnings=tuple(_clause(r, r.name, r.title, r.kind) for r in protocol.warnings),
        symptom_advice=tuple(
            _clause(one, one.group, "reported symptom") for one in protocol.symptom_advice
        ),
    )


def _clause(thing: Any, rule: str, title: str, kind: str | None = None) -> Clause:
    words = parameters(thing)
    words.pop("not_encoded", None)  # stands below the table, line by line
    return Clause(rule=rule, kind=kind, title=title, parameters=words, cites=thing.cites)


@document.register
def _page(page: Page) -> Document:
    protocol, table = page.protocol, page.dose_table
    dose_table = None
    if table is not None and protocol.dose_table is not None:
        dose_table = _written(table, "parameters")
        dose_table["not_encoded"] = document(protocol.dose_table.not_encoded)
    return {
        **pick(protocol, "name version digest status reviewed title drug brands jurisdiction"),
        **pick(protocol, "indication summary given lowers_counts"),
        "usual_dose": page.usual_dose or None,
        **pick(protocol, "own_table prior_exposure"),
        "related_exposure": page.related_exposure,
        "requirements": [_written(c, "rule kind title parameters") for c in page.requirements],
        "dose_table": dose_table,
        "checks": [_written(c, "rule kind title parameters") for c in page.checks],
        "warnings": [_written(c, "rule kind title parameters") for c in page.warnings],
        "symptom_advice": [_written(c, "rule title parameters") for c in page.symptom_advice],
        "sources": {
            key: pick(source, "title address seen") for key, source in protocol.sources.items()
        },
        "notes": document(protocol.notes),
    }


def _written(clause: Clause, names: str) -> Document:
    return {**pick(clause, names), "cites": [by_field(cite) for cite in clause.cites]}
