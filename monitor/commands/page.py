"""A protocol as a page: every rule with its numbers, its sources, and how sure each is."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from monitor.commands.render import say
from monitor.commands.shown import ADVISES
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Cite, Evidence, Rule
from monitor.library.rule_words import dose_words, parameters, related_words

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
        "usual_dose": dose_words(protocol.usual_dose) or None,
        "own_table": list(protocol.own_table),
        "prior_exposure": protocol.prior_exposure,
        "related_exposure": related_words(related) if related else None,
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
    for key, value in rule["parameters"].items():
        kinds = dict.fromkeys(c["kind"] for c in rule["cites"] if key in c["supports"])
        how_sure = f"  [{', '.join(kinds)}]" if kinds else ""
        meaning = _MEANS.get(f"{rule.get('kind')}.{key}", _MEANS.get(key))
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
    return {"rule": rule.name, "kind": rule.kind, "title": rule.title, **_parts(rule)}


def _parts(thing: Any) -> Page:
    said = parameters(thing)
    said.pop("not_encoded", None)  # stands below the table, line by line
    return {"parameters": said, "cites": [_cite(cite) for cite in thing.cites]}


def _cite(cite: Cite) -> Page:
    return {
        "source": cite.source,
        "where": cite.where,
        "kind": cite.kind.value,
        "supports": list(cite.supports),
    }
