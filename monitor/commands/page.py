"""A protocol as a page: every rule with its numbers, its sources, and how sure each is."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from monitor.commands.render import say
from monitor.commands.shown import ADVISES
from monitor.domain.clause import Cite, Evidence, Rule
from monitor.domain.dates import Span
from monitor.domain.protocol import Protocol

_COMMON = ("name", "title", "cites", "applies_to")


def protocol_page(protocol: Protocol) -> dict[str, Any]:
    """Write a protocol as a document, rule by rule."""
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
        "requirements": [_rule(rule) for rule in protocol.requirements],
        "dose_table": _parameters(protocol.dose_table) if protocol.dose_table else None,
        "checks": [_rule(rule) for rule in protocol.checks],
        "warnings": [_rule(rule) for rule in protocol.warnings],
        "sources": {
            key: {"title": source.title, "address": source.address, "seen": source.seen}
            for key, source in protocol.sources.items()
        },
        "notes": list(protocol.notes),
    }


def show_page(page: dict[str, Any]) -> None:
    """Show the page; what is local or recalled stands apart at the end."""
    say(f"{page['title']}")
    state = "clinically reviewed" if page["reviewed"] else "DRAFT: not clinically reviewed"
    say(f"{page['name']} {page['version']}, {state}")
    say(f"digest {page['digest']}")
    say(f"brands {', '.join(page['brands'])}")
    say(f"for    {page['indication']}")
    say(page["summary"])
    unsure: list[str] = []
    for section in ("requirements", "checks", "warnings"):
        say()
        say(section.upper())
        for rule in page[section]:
            _show_rule(rule, unsure)
    if page["dose_table"]:
        say()
        say("DOSE ADJUSTMENT")
        _show_rule({"rule": "dose advice", "title": "", **page["dose_table"]}, unsure)
    say()
    say("LOCAL DECISIONS, AND WHAT WAS RECALLED WITHOUT SEEING A DOCUMENT")
    for line in unsure:
        say(f"  {line}")
    say()
    say("SOURCES")
    for key, source in page["sources"].items():
        say(f"  {key:6} {source['title']} ({source['seen']}): {source['address']}")
    if page["notes"]:
        say()
        say("NOTES")
        for note in page["notes"]:
            say(f"  {note}")
    say()
    say(ADVISES)
    say("Reviewed by ______________________  on ______________  signature ______________________")


def _show_rule(rule: dict[str, Any], unsure: list[str]) -> None:
    say(f"  {rule['rule']}  {rule['title']}")
    for key, value in rule["parameters"].items():
        say(f"    {key.replace('_', ' ')}: {value}")
    for cite in rule["cites"]:
        about = f" ({', '.join(cite['supports'])})" if cite["supports"] else ""
        line = f"[{cite['kind']}] {cite['source']}: {cite['where']}{about}"
        if cite["kind"] in (Evidence.LOCAL, Evidence.RECALLED):
            unsure.append(f"{rule['rule']}: {line}")
        say(f"    {line}")


def _rule(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.name, "title": rule.title, **_parameters(rule)}


def _parameters(thing: Any) -> dict[str, Any]:
    shown = {
        field.name: _plain(getattr(thing, field.name), field.name)
        for field in fields(thing)
        if field.name not in _COMMON and getattr(thing, field.name) not in (None, (), "")
    }
    scope = getattr(thing, "applies_to", "everyone")
    if scope != "everyone":
        shown["applies_to"] = str(scope)
    return {"parameters": shown, "cites": [_cite(cite) for cite in thing.cites]}


def _plain(value: Any, name: str = "") -> Any:
    """Write a parameter in words, with its unit."""
    if isinstance(value, Span):
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Decimal, int)):
        return f"{value}{_UNITS.get(name.rsplit('_', 1)[-1], '')}"
    if isinstance(value, tuple):
        return ", ".join(str(_plain(item)) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if hasattr(value, "__dataclass_fields__"):
        inside = {f.name: getattr(value, f.name) for f in fields(value)}
        said = [
            f"{key.replace('_', ' ')} {_plain(item, key)}"
            for key, item in inside.items()
            if item not in (None, (), {}, False) and key != "cites"
        ]
        return "(" + ", ".join(said) + ")"
    return str(value)


_UNITS = {"days": " days", "years": " years", "percent": " %", "points": " points", "mg": " mg"}


def _cite(cite: Cite) -> dict[str, Any]:
    return {
        "source": cite.source,
        "where": cite.where,
        "kind": cite.kind.value,
        "supports": list(cite.supports),
    }
