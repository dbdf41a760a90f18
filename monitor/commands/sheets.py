"""Two protocols side by side, and one played through: as documents and as tables."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby, zip_longest
from typing import Any

from monitor.commands.render import say, table
from monitor.commands.shown import ADVISES, NOT_REVIEWED
from monitor.domain.exposure import shown
from monitor.domain.protocol import Protocol
from monitor.library.compare import Comparison
from monitor.library.simulate import Simulation
from monitor.service.asking.documents import document

Sheet = dict[str, Any]


def comparison_sheet(found: Comparison) -> Sheet:
    """Write a comparison as a document."""
    rules = [d for d in found.differences if d.key == "rule"]
    return {
        "same": found.same,
        "first": _identity(found.first),
        "second": _identity(found.second),
        "only_first": [_rule(d.section, d.rule, d.first) for d in rules if d.first is not None],
        "only_second": [_rule(d.section, d.rule, d.second) for d in rules if d.second is not None],
        "differences": [
            {
                "section": d.section,
                "rule": d.rule,
                "key": d.key,
                "first": d.first,
                "second": d.second,
            }
            for d in found.differences
            if d.key != "rule"
        ],
    }


def show_comparison(sheet: Sheet) -> None:
    """Show which rules only one protocol has, then where the common ones differ."""
    names = [f"{p['name']} {p['version']}" for p in (sheet["first"], sheet["second"])]
    if names[0] == names[1]:
        names = [f"{names[0]} (first)", f"{names[1]} (second)"]
    if sheet["same"]:
        say(f"{names[0]} and {names[1]} say the same")
        return
    for name, only in zip(names, (sheet["only_first"], sheet["only_second"]), strict=True):
        if only:
            say(f"only in {name}")
            table(
                ("section", "rule", "what"),
                [(rule["section"], rule["rule"], rule["what"]) for rule in only],
                indent=2,
            )
            say()
    if not sheet["differences"]:
        return
    say("different")
    rows = list(_side_by_side(sheet["differences"]))
    table(("where", "what", *names), rows, indent=2)


def simulation_sheet(found: Simulation) -> Sheet:
    """Write a simulation as a document."""
    return {
        "protocol": found.protocol.name,
        "version": found.protocol.version,
        "digest": found.protocol.digest,
        "reviewed": found.protocol.reviewed,
        "start": found.plan.start.isoformat(),
        "until": found.plan.end.isoformat(),
        "assumed": list(found.notes),
        "infusions": [
            {
                "no": number,
                "on": dose.infusion.on.isoformat(),
                "mg": str(dose.infusion.mg),
                "mg_per_m2": shown(dose.mg_per_m2 or Fraction(0)),
                "running_total": None if dose.running_total is None else shown(dose.running_total),
            }
            for number, dose in enumerate(found.doses, start=1)
        ],
        "checks": [
            {
                "rule": check.rule,
                "occurrence": check.occurrence,
                "title": check.title,
                "opens": check.opens.isoformat(),
                "due": check.due.isoformat(),
                "overdue_after": check.overdue_after.isoformat(),
                "counted_from": check.anchor.on.isoformat(),
                "audience": [role.value for role in check.audience],
                "cites": document(check.cites),
            }
            for check in found.checks
        ],
        "windows": [
            {
                "rule": window.rule,
                "severity": window.severity.value,
                "since": window.since.isoformat(),
                "until": None if window.until is None else window.until.isoformat(),
                "peak": None
                if window.peak is None
                else {"from": window.peak[0].isoformat(), "until": window.peak[1].isoformat()},
                "cites": document(window.cites),
            }
            for window in found.windows
        ],
    }


def show_simulation(sheet: Sheet) -> None:
    """Show infusions, then everything that comes due, then the windows."""
    say(f"{sheet['protocol']} {sheet['version']}, {sheet['start']} to {sheet['until']}")
    if not sheet["reviewed"]:
        say(f"  {NOT_REVIEWED}")
    for note in sheet["assumed"]:
        say(f"  {note}")
    say()
    say("INFUSIONS")
    table(
        ("no.", "day", "mg", "mg/m2", "sum"),
        [
            (str(i["no"]), i["on"], i["mg"], i["mg_per_m2"], i["running_total"] or "")
            for i in sheet["infusions"]
        ],
        indent=2,
    )
    say()
    say("WHAT COMES DUE")
    table(
        ("due", "check", "no.", "opens", "overdue after", "counted from", "who is told"),
        [
            (
                check["due"],
                check["rule"],
                str(check["occurrence"]),
                check["opens"],
                check["overdue_after"],
                check["counted_from"],
                ", ".join(check["audience"]),
            )
            for check in sheet["checks"]
        ],
        indent=2,
    )
    say()
    say("WINDOWS AND TOTALS")
    table(
        ("since", "until", "what", "severity", "worst"),
        [
            (
                window["since"],
                window["until"] or "without end",
                window["rule"],
                window["severity"],
                f"{window['peak']['from']} to {window['peak']['until']}" if window["peak"] else "",
            )
            for window in sheet["windows"]
        ],
        indent=2,
    )
    say()
    say(ADVISES)


def _identity(protocol: Protocol) -> Sheet:
    return {
        "name": protocol.name,
        "version": protocol.version,
        "digest": protocol.digest,
        "status": protocol.status,
    }


def _rule(section: str, rule: str, what: str | None) -> Sheet:
    return {"section": section, "rule": rule, "what": what}


def _side_by_side(differences: list[Sheet]) -> Iterator[tuple[str, ...]]:
    """Put what only one says beside what only the other says of the same key of the same rule."""
    for (section, rule, key), group in groupby(
        differences, key=lambda d: (d["section"], d["rule"], d["key"])
    ):
        found = list(group)
        where = f"{section} {rule}" if rule and rule != section else section
        firsts = [d["first"] for d in found if d["first"] is not None]
        seconds = [d["second"] for d in found if d["second"] is not None]
        for first, second in zip_longest(firsts, seconds, fillvalue=""):
            yield where, key, first, second
