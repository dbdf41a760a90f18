"""What the rules of a file find wrong with themselves, beside each other, and for its drug."""

from collections.abc import Mapping, Sequence

from monitor.domain.catalogue import Catalogue
from monitor.domain.rule import Regimen, Rule
from monitor.domain.rules.dose_adjustment import DoseTable
from monitor.domain.rules.requirement import TotalLimit
from monitor.domain.rules.warning import WarningRule
from monitor.protocols import EVERY_PATIENT, every_patient, reach
from monitor.protocols.every_gate import every_gate
from monitor.protocols.strict_yaml import Document


def check(
    document: Document,
    catalogue: Catalogue,
    rules: Sequence[Rule],
    table: DoseTable | None,
    supplied: Mapping[str, str],
) -> None:
    """Add what each rule finds wrong with itself; not of a `lead` that its text did not give."""
    for rule in rules:
        for inside, words in rule.faults(catalogue):
            if inside != ("lead",) or rule.kind not in supplied or _writes(document, rule, "lead"):
                document.complain((rule.section, rule.name, *inside), words)
        for number, condition in enumerate(rule.when):
            for inside, words in condition.faults(catalogue):
                document.complain((rule.section, rule.name, "when", number, *inside), words)
            if any(condition.excludes(other) for other in rule.when[:number]):
                words = "it never holds together with one above: all must hold"
                document.complain((rule.section, rule.name, "when", number), words)
    for inside, words in table.faults(catalogue) if table else ():
        document.complain(("dose_table", *inside), words)


def check_together(document: Document, rules: Sequence[Rule]) -> None:
    """Add what the rules find wrong beside each other, and what none can work without."""
    for number, rule in enumerate(rules):
        for inside, words in rule.faults_beside(rules):
            document.complain((rule.section, rule.name, *inside), words)
        if rule.is_single and any(type(other) is type(rule) for other in rules[:number]):
            words = f"a second rule of kind '{rule.kind}': keep one, only the first would count"
            document.complain((rule.section, rule.name), words)
    ceilings = [r for r in rules if isinstance(r, TotalLimit) and r.is_lifetime]
    needed = 1 if "prior_exposure" in document.content else 0
    if ceilings and not needed:
        document.complain(
            ("requirements", ceilings[-1].name),
            "a lifetime total in mg/m2 counts what was given before: add `prior_exposure: FACT`",
        )
    elif len(ceilings) != needed:
        document.complain(
            ("requirements",),
            f"exactly one ceiling in mg/m2 is needed, not {len(ceilings)}: a rule with "
            "`kind: ceiling`, `measure: mg/m2` and for instance `ceiling: 72 mg/m2`",
        )


def check_acting(
    document: Document, rules: Sequence[Rule], regimen: Regimen, catalogue: Catalogue
) -> None:
    """Add every rule, and key, that could never act as the drug is given: it would be silence."""
    elsewhere = "where the drug is given as infusions: add `given: daily`"
    here = "where the drug is taken daily: leave the rule out"
    is_daily = regimen is Regimen.DAILY
    how = f"where the drug is {'taken daily' if is_daily else 'given as infusions'}: leave it out"
    for rule in rules:
        if not rule.acts(regimen):
            words = f"'{rule.kind}' never acts {here if is_daily else elsewhere}"
            document.complain((rule.section, rule.name), words)
        elif words := rule.never_acts_beside(rules):
            document.complain((rule.section, rule.name), words)
        for inside, words in reach.faults(rule, catalogue):
            document.complain((rule.section, rule.name, *inside), words)
        for key in rule.of_infusions if is_daily else rule.of_daily:
            if _writes(document, rule, key):
                document.complain((rule.section, rule.name, key), f"'{key}' never acts {how}")
    for key in ("dose_table", "usual_dose", "related_exposure") if is_daily else ():
        if key in document.content:
            document.complain((key,), f"'{key}' never acts {how}")


def check_beside_everybodys(document: Document, rules: Sequence[Rule]) -> None:
    """Add what would silence a rule of every patient or gate: its name, or a table of no rule."""
    if document.content["protocol"] == EVERY_PATIENT:
        return
    everybodys, gates = every_patient().rules(), every_gate()
    whose = {rule.name: "of every patient" for rule in everybodys}
    whose |= {rule.name: "of every gate" for rule in (*gates.requirements, *gates.warnings)}
    same = {(rule.name, rule.kind) for rule in gates.warnings}
    for rule in rules:
        if rule.name in whose and (rule.name, rule.kind) not in same:
            words = f"'{rule.name}' is a rule {whose[rule.name]}: choose another name"
            document.complain((rule.section, rule.name), words)
    watched, judged = _judged(everybodys), _judged(rules)
    for number, code in enumerate(document.content.get("own_table", ())):
        if code not in watched:
            words = f"no rule of every patient judges '{code}': leave it out"
            document.complain(("own_table", number), words)
        elif code not in judged:
            words = f"no warning of this file judges '{code}': add one of kind `low_result`"
            document.complain(("own_table", number), words)


def _judged(rules: Sequence[Rule]) -> set[str]:
    """Name the codes that a warning judges by the value alone."""
    return {c for rule in rules if isinstance(rule, WarningRule) for c in rule.judged_codes}


def _writes(document: Document, rule: Rule, key: str) -> bool:
    return key in document.content[rule.section][rule.name]
