"""Protocols as sheets: the page to sign, two side by side, and one played through."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest

from monitor.commands.gate_words import ADVISES, NOT_REVIEWED
from monitor.commands.render import say, table
from monitor.domain.rule import Evidence
from monitor.library.compare import Comparison, Difference
from monitor.library.page import Clause, Page
from monitor.library.scenario import Simulation

_UNSURE = {
    Evidence.RECALLED: "recalled: look it up in the document before signing",
    Evidence.LOCAL: "local: decide whether you agree",
}


def show_page(page: Page) -> None:
    """Show a protocol; what is local or recalled stands apart at the end."""
    protocol = page.protocol
    _show_head(page)
    _show_clauses("REQUIREMENTS", page.requirements)
    if page.dose_table and protocol.dose_table:
        _show_clauses("DOSE ADJUSTMENT", [page.dose_table])
        for row in protocol.dose_table.not_encoded:
            say(f"    NOT WATCHED BY THE PROGRAM: {row}")
    _show_clauses("CHECKS", page.checks)
    _show_clauses("WARNINGS", page.warnings)
    _show_clauses("ADVICE ON SYMPTOMS", page.symptom_advice)
    _heading("LOCAL DECISIONS, AND CITATIONS FROM MEMORY")
    for kind, words in _UNSURE.items():
        lines = [
            f"{clause.rule}: {cite}"
            for clause in page.clauses()
            for cite in clause.cites
            if cite.kind is kind
        ]
        if lines:
            say(f" {words} ({len(lines)})")
        for line in lines:
            say(f"  {line}")
    _heading("SOURCES")
    for key, source in protocol.sources.items():
        say(f"  {key:6} {source.title} (seen: {source.seen}): {source.address}")
    if protocol.notes:
        _heading("NOTES")
    for line in protocol.notes:
        say(f"  {line}")
    say()
    say(ADVISES)
    say(f"Signed for {protocol.name} {protocol.version}, digest {protocol.digest[:12]}:")
    say()
    say("Reviewed by ______________________  on ______________  signature ______________________")


def _show_head(page: Page) -> None:
    protocol = page.protocol
    say(protocol.title)
    state = "clinically reviewed" if protocol.reviewed else "DRAFT: not clinically reviewed"
    say(f"{protocol.name} {protocol.version}, {state}")
    brands = f" ({', '.join(protocol.brands)})" if protocol.brands else ""
    kinds = Counter(cite.kind for clause in page.clauses() for cite in clause.cites)
    counts = "the drug lowers blood counts" if protocol.lowers_counts else ""
    usual, own = protocol.usual_dose, ", ".join(protocol.own_table)
    for name, words in (
        ("digest", protocol.digest),
        ("drug", (protocol.drug or "any, and none") + brands),
        ("for", protocol.indication),
        ("blood", counts),
        ("dose", f"usually {usual}; a dose far from it must be confirmed" if usual else ""),
        ("judges", f"{own} by its own table" if own else ""),
        ("counts", protocol.related_exposure),
        ("evidence", ", ".join(f"{kinds[kind]} {kind}" for kind in Evidence)),
    ):
        if words:
            say(f"{name:8} {words}")
    say(protocol.summary)


def _show_clauses(heading: str, clauses: Iterable[Clause]) -> None:
    for number, clause in enumerate(clauses):
        say()
        if number == 0:
            say(heading)
        say(f"  {clause.rule}  {clause.title}")
        for key, value in clause.parameters.items():
            kinds = dict.fromkeys(cite.kind for cite in clause.cites if key in cite.supports)
            how_sure = f"  [{', '.join(kinds)}]" if kinds else ""
            meaning = clause.meaning(key)
            about = f" ({meaning})" if meaning else ""
            say(f"    {key.replace('_', ' ')}{about}: {value}{how_sure}")
        for cite in clause.cites:
            say(f"    {cite}")


def show_comparison(found: Comparison) -> None:
    """Show which rules only one protocol has, then where the common ones differ."""
    names = [f"{p.name} {p.version}" for p in (found.first, found.second)]
    if names[0] == names[1]:
        names = [f"{names[0]} (first)", f"{names[1]} (second)"]
    if found.same:
        say(f"{names[0]} and {names[1]} say the same")
        return
    for name, only in zip(names, (found.only_first, found.only_second), strict=True):
        if only:
            say(f"only in {name}")
            rows = [(rule.section, rule.rule, rule.what) for rule in only]
            table(("section", "rule", "what"), rows, indent=2)
            say()
    if found.differences:
        say("different")
        table(("where", "what", *names), list(_side_by_side(found.differences)), indent=2)


def _side_by_side(differences: Iterable[Difference]) -> Iterator[tuple[str, ...]]:
    """Put what only one says beside what only the other says of the same key of the same rule."""
    for (section, rule, key), group in groupby(
        differences, key=lambda d: (d.section, d.rule, d.key)
    ):
        found = list(group)
        where = f"{section} {rule}" if rule and rule != section else section
        firsts = [d.first for d in found if d.first is not None]
        seconds = [d.second for d in found if d.second is not None]
        for first, second in zip_longest(firsts, seconds, fillvalue=""):
            yield where, key, first, second


def show_simulation(found: Simulation) -> None:
    """Show infusions, then everything that comes due, then the windows."""
    protocol, scenario = found.protocol, found.scenario
    say(f"{protocol.name} {protocol.version}, {scenario.start} to {scenario.end}")
    if not protocol.reviewed:
        say(f"  {NOT_REVIEWED}")
    for note in found.notes:
        say(f"  {note}")
    if found.doses:
        _heading("INFUSIONS")
        table(
            ("no.", "day", "mg", "mg/m2", "sum"),
            [
                (str(number), str(dose.on), dose.mg, dose.mg_per_m2, dose.running_total or "")
                for number, dose in enumerate(found.doses, start=1)
            ],
            indent=2,
        )
    _heading("WHAT COMES DUE")
    table(
        ("due", "check", "no.", "opens", "overdue after", "counted from", "who is told"),
        [
            (
                str(check.due),
                check.rule,
                str(check.occurrence),
                str(check.opens),
                str(check.overdue_after),
                str(check.anchor.on),
                ", ".join(check.audience),
            )
            for check in found.checks
        ],
        indent=2,
    )
    _heading("WINDOWS AND TOTALS")
    table(
        ("since", "until", "what", "severity", "worst"),
        [
            (
                str(window.since),
                str(window.until or "without end"),
                window.rule,
                window.severity.value,
                " to ".join(map(str, window.peak or ())),
            )
            for window in found.windows
        ],
        indent=2,
    )
    say()
    say(ADVISES)


def _heading(words: str) -> None:
    say()
    say(words)
