"""A protocol as a page: every rule with its numbers, its sources, and how sure each is."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from monitor import protocols
from monitor.commands.render import say
from monitor.commands.shown import ADVISES
from monitor.domain.parameters import parameters
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Cite, Evidence, Rule
from monitor.domain.rules.kinds import SECTIONS

_HEADINGS = {
    "requirements": "REQUIREMENTS",
    "checks": "CHECKS",
    "warnings": "WARNINGS",
    "symptom_advice": "ADVICE ON SYMPTOMS",
}
_UNSURE = {
    Evidence.RECALLED: "recalled: look it up in the document before signing",
    Evidence.LOCAL: "local: decide whether you agree",
}

_KINDS = {word: kind for kinds in SECTIONS.values() for word, kind in kinds.items()}

Page = dict[str, Any]


def protocol_page(protocol: Protocol) -> Page:
    """Write a protocol as a document, rule by rule."""
    table, related = protocol.dose_table, protocol.related_exposure
    return {
        "name": protocol.name,
        "version": protocol.version,
        "digest": protocol.digest,
        "status": protocol.status,
        "reviewed": protocol.reviewed,
        "title": protocol.title,
        "drug": protocol.drug,
        "brands": list(protocol.brands),
        "jurisdiction": protocol.jurisdiction,
        "indication": protocol.indication,
        "summary": protocol.summary,
        "given": protocol.given.value,
        "lowers_counts": protocol.lowers_counts,
        "usual_dose": str(protocol.usual_dose) if protocol.usual_dose else None,
        "own_table": list(protocol.own_table),
        "prior_exposure": protocol.prior_exposure,
        "related_exposure": str(related) if related else None,
        "requirements": [_rule(rule) for rule in protocol.requirements],
        "dose_table": {**_parts(table), "not_encoded": list(table.not_encoded)} if table else None,
        "checks": [_rule(rule) for rule in protocol.checks],
        "warnings": [_rule(rule) for rule in protocol.warnings],
        "symptom_advice": [
            {"rule": advice.group, "title": "reported symptom", **_parts(advice)}
            for advice in protocol.symptom_advice
        ],
        "sources": {
            key: {"title": source.title, "address": source.address, "seen": source.seen}
            for key, source in protocol.sources.items()
        },
        "notes": list(protocol.notes),
    }


def show_page(page: Page) -> None:
    """Show the page; what is local or recalled stands apart at the end."""
    _show_head(page)
    unsure: dict[str, list[str]] = {kind: [] for kind in _UNSURE}
    for section, heading in _HEADINGS.items():
        if page[section]:
            say()
            say(heading)
            for number, rule in enumerate(page[section]):
                if number:
                    say()
                _show_rule(rule, unsure)
        if section == "requirements" and page["dose_table"]:
            say()
            say("DOSE ADJUSTMENT")
            _show_rule(
                {"rule": "dose-advice", "title": "size of the next dose", **page["dose_table"]},
                unsure,
            )
            for row in page["dose_table"]["not_encoded"]:
                say(f"    NOT WATCHED BY THE PROGRAM: {row}")
    say()
    say("LOCAL DECISIONS, AND WHAT WAS RECALLED WITHOUT SEEING A DOCUMENT")
    for kind, lines in unsure.items():
        if lines:
            say(f" {_UNSURE[Evidence(kind)]} ({len(lines)})")
        for line in lines:
            say(f"  {line}")
    say()
    say("SOURCES")
    for key, source in page["sources"].items():
        say(f"  {key:6} {source['title']} (seen: {source['seen']}): {source['address']}")
    _list("NOTES", page["notes"])
    say()
    say(ADVISES)
    say(f"Signed for {page['name']} {page['version']}, digest {page['digest'][:12]}:")
    say()
    say("Reviewed by ______________________  on ______________  signature ______________________")


def _show_head(page: Page) -> None:
    say(f"{page['title']}")
    state = "clinically reviewed" if page["reviewed"] else "DRAFT: not clinically reviewed"
    say(f"{page['name']} {page['version']}, {state}")
    say(f"digest   {page['digest']}")
    say(
        f"drug     {page['drug'] or 'any, and none'}"
        + f" ({', '.join(page['brands'])})" * bool(page["brands"])
    )
    say(f"for      {page['indication']}")
    if page["lowers_counts"]:
        say("blood    the drug lowers blood counts")
    if page["usual_dose"]:
        say(f"dose     usually {page['usual_dose']}; one far from it is asked about")
    if page["own_table"]:
        say(f"judges   {', '.join(page['own_table'])} by its own table")
    if page["related_exposure"]:
        say(f"counts   {page['related_exposure']}")
    everything = [rule for section in _HEADINGS for rule in page[section]]
    everything += [page["dose_table"]] if page["dose_table"] else []
    kinds = Counter(cite["kind"] for rule in everything for cite in rule["cites"])
    say("evidence " + ", ".join(f"{kinds[kind]} {kind}" for kind in Evidence))
    say(page["summary"])


def _show_rule(rule: Page, unsure: dict[str, list[str]]) -> None:
    say(f"  {rule['rule']}  {rule['title']}")
    kind = _KINDS.get(rule.get("kind", ""))
    for key, value in rule["parameters"].items():
        kinds = dict.fromkeys(c["kind"] for c in rule["cites"] if key in c["supports"])
        how_sure = f"  [{', '.join(kinds)}]" if kinds else ""
        meaning = kind.meaning(key) if kind else None
        about = f" ({meaning})" if meaning else ""
        say(f"    {key.replace('_', ' ')}{about}: {value}{how_sure}")
    for cite in rule["cites"]:
        about = f" ({', '.join(cite['supports'])})" if cite["supports"] else ""
        line = f"[{cite['kind']}] {cite['source']}: {cite['where']}{about}"
        if cite["kind"] in unsure:
            unsure[cite["kind"]].append(f"{rule['rule']}: {line}")
        say(f"    {line}")


def _list(heading: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if number == 0:
            say()
            say(heading)
        say(f"  {line}")


def _rule(rule: Rule) -> Page:
    said = {"parameters": rule.words(protocols.catalogue()), "cites": _cites(rule.cites)}
    return {"rule": rule.name, "kind": rule.kind, "title": rule.title, **said}


def _parts(thing: Any) -> Page:
    said = parameters(thing, protocols.catalogue())
    said.pop("not_encoded", None)  # stands below the table, line by line
    return {"parameters": said, "cites": _cites(thing.cites)}


def _cites(cites: Iterable[Cite]) -> list[Page]:
    return [
        {
            "source": cite.source,
            "where": cite.where,
            "kind": cite.kind.value,
            "supports": list(cite.supports),
        }
        for cite in cites
    ]
